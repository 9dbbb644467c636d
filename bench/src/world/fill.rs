//! Fills a world: so many rows at a time, each batch one transaction.

use anyhow::Context as _;
use futures_util::future::BoxFuture;
use keytile::actor::By;
use keytile::db::Tx;
use keytile::keys::Field;
use keytile::members::{self, NewMember};
use keytile::{App, Result, apikeys, settings, teams, values};
use model::secret::Secret;
use model::workspace::WorkspaceRole;
use model::{
    AccountId, DataKeyId, LaunchId, MemberId, MembershipId, PortalId, ShareId, TeamId, TileId,
    WorkspaceId,
};

use super::Shape;

const BATCH: usize = 2_000;

/// An org that is never called: no tile of a world is due.
const OKTA: &str = "https://bench.okta.com";

/// One change on behalf of the system.
pub async fn write<T, F>(app: &App, workspace: WorkspaceId, change: F) -> Result<T>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Tx, &'c mut By) -> BoxFuture<'c, Result<T>> + Send + 'static,
{
    let mut by = By::process(app, workspace, "system");
    app.db.write(workspace, move |tx| Box::pin(async move { change(tx, &mut by).await })).await
}

/// Turns extending on.
pub async fn connect(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    let domain = OKTA.parse().context("read an address")?;
    let token = Secret::new("00bench-token-bench-token-bench-token".to_owned());
    let app2 = app.clone();
    write(app, workspace, move |tx, by| {
        Box::pin(async move {
            settings::connect(&app2, tx, by, &domain, "00obench".into(), &token).await
        })
    })
    .await
    .context("connect an org")
}

/// Removes the marks that were noted, as the worker does when it has put them on their tiles.
pub async fn forget_marks(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    write(app, workspace, |tx, _| {
        Box::pin(async move { Ok(tx.execute("DELETE FROM tile_mark", values![]).await?) })
    })
    .await
    .context("forget the marks")?;
    Ok(())
}

/// People, by the product's own function.
pub async fn members(app: &App, workspace: WorkspaceId, count: usize) -> Result<Vec<MemberId>> {
    let mut all = Vec::with_capacity(count);
    for first in (0..count).step_by(BATCH) {
        let batch = first..count.min(first + BATCH);
        all.extend(
            write(app, workspace, move |tx, by| {
                Box::pin(async move {
                    let mut ids = Vec::with_capacity(batch.len());
                    for index in batch {
                        let new = NewMember {
                            email: format!("person-{index:06}@example.com"),
                            name: format!("Person {index:06}"),
                            role: WorkspaceRole::User,
                            directory: None,
                        };
                        ids.push(members::add(tx, by, new).await?);
                    }
                    Ok(ids)
                })
            })
            .await?,
        );
    }
    Ok(all)
}

/// Teams, each of its own people; the first person is in all of them.
pub async fn teams(
    app: &App,
    workspace: WorkspaceId,
    shape: Shape,
    people: &[MemberId],
) -> Result<Vec<TeamId>> {
    let people = people.to_vec();
    write(app, workspace, move |tx, by| {
        Box::pin(async move {
            let mut ids = Vec::with_capacity(shape.teams);
            for index in 0..shape.teams {
                let team = teams::insert(tx, by, &format!("Team {index:06}"), None).await?;
                join(tx, by, team, people[0]).await?;
                for nth in 1..shape.team_size {
                    // The first person is passed over: nobody is in a team twice.
                    let at = 1 + (index * shape.team_size + nth) % (people.len() - 1);
                    join(tx, by, team, people[at]).await?;
                }
                ids.push(team);
            }
            Ok(ids)
        })
    })
    .await
}

async fn join(tx: &mut Tx, by: &mut By, team: TeamId, member: MemberId) -> Result<()> {
    let id = MembershipId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO team_membership (id, workspace_id, team_id, member_id, role, started_at)
         VALUES ($1, $2, $3, $4, 'member', $5)",
        values![id, by.workspace, team, member, by.now],
    )
    .await?;
    Ok(())
}

/// Accounts with sealed notes, their shares, and a tile for each that is as it should be.
pub async fn accounts(
    app: &App,
    workspace: WorkspaceId,
    shape: Shape,
    people: &[MemberId],
    teams: &[TeamId],
) -> Result<Vec<AccountId>> {
    let portal = {
        let mut tx = app.db.read().await?;
        keytile::sync::store::portal(&mut tx, workspace).await?.map(|portal| portal.id)
    };
    let mut all = Vec::with_capacity(shape.accounts);
    for first in (0..shape.accounts).step_by(BATCH) {
        let batch = first..shape.accounts.min(first + BATCH);
        let (app2, people, teams) = (app.clone(), people.to_vec(), teams.to_vec());
        all.extend(
            write(app, workspace, move |tx, by| {
                Box::pin(async move {
                    let key = app2.keys.current(tx, by).await?;
                    let mut ids = Vec::with_capacity(batch.len());
                    for index in batch {
                        let id = account(&app2, tx, by, key, index, people[0]).await?;
                        for nth in 0..shape.direct {
                            let at = (index * shape.direct + nth) % people.len();
                            share(tx, by, id, Some(people[at]), None, nth).await?;
                        }
                        for nth in 0..shape.by_team {
                            let at = shape.team_of(index, nth);
                            share(tx, by, id, None, Some(teams[at]), nth).await?;
                        }
                        if let Some(portal) = portal {
                            tile(&app2, tx, by, portal, id, index, people[0]).await?;
                        }
                        ids.push(id);
                    }
                    Ok(ids)
                })
            })
            .await?,
        );
    }
    Ok(all)
}

/// The name, app and user name of the account with this index. They sort as the indexes do.
pub fn names(index: usize) -> [String; 3] {
    [format!("Account {index:06}"), format!("App {:02}", index % 50), format!("user-{index}")]
}

async fn account(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    key: DataKeyId,
    index: usize,
    maker: MemberId,
) -> Result<AccountId> {
    let id = AccountId::new(by.now, &mut by.rng);
    let [name, app_name, username] = names(index);
    let search = members::store::key(&format!("{name} {app_name} {username}"));
    let notes = format!(
        "Shared with the team. Ask {maker} before you change account {index}. {}",
        "x".repeat(120)
    );
    let field = |name| Field { item: id.uuid(), name, version: 1 };
    let password = app.keys.seal(tx, by, key, field("password"), b"correct horse battery").await?;
    let notes = app.keys.seal(tx, by, key, field("notes"), notes.as_bytes()).await?;
    tx.execute(
        "INSERT INTO account (id, workspace_id, name, app_name, login_url, username, search_key, data_key_id,
                              password, password_version, notes, notes_version, version, created_at, created_by, updated_at)
         VALUES ($1, $2, $3, $4, 'https://login.example.com/', $5, $6, $7, $8, 1, $9, 1, 1, $10, $11, $10)",
        values![id, by.workspace, name, app_name, username, search, key, password, notes, by.now, maker],
    )
    .await?;
    Ok(id)
}

async fn share(
    tx: &mut Tx,
    by: &mut By,
    account: AccountId,
    member: Option<MemberId>,
    team: Option<TeamId>,
    nth: usize,
) -> Result<()> {
    let id = ShareId::new(by.now, &mut by.rng);
    let role = if nth == 0 { "owner" } else { "collaborator" };
    tx.execute(
        "INSERT INTO share (id, workspace_id, account_id, member_id, team_id, role, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, by.workspace, account, member, team, role, by.now],
    )
    .await?;
    Ok(())
}

async fn tile(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    account: AccountId,
    index: usize,
    maker: MemberId,
) -> Result<()> {
    let id = TileId::new(by.now, &mut by.rng);
    let launch = LaunchId::new(&mut by.rng);
    let [name, app_name, _] = names(index);
    let label = format!("{name} - {app_name}");
    let label_key = members::store::key(&label);
    tx.execute(
        "INSERT INTO tile (id, workspace_id, portal_id, account_id, launch_id, label, label_key, label_number,
                           extended_at, extended_by, phase, confirmed, app_id, mirror_label, mirror_url, mirror_status,
                           marked, settled, priority, synced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, 'live', 'active', $10, $6, $11, 'active', 1, 1, 2, $8)",
        values![
            id, by.workspace, portal, account, launch.as_bytes().as_slice(), label, label_key, by.now, maker,
            app_id(index), keytile::sync::launch_url(app, launch)
        ],
    )
    .await?;
    Ok(())
}

/// What Okta calls the app of the account with this index.
pub fn app_id(index: usize) -> String {
    format!("0oa{index:017}")
}

/// An API key of this member, by the product's own function.
pub async fn key(app: &App, workspace: WorkspaceId, member: MemberId) -> Result<String> {
    let key = write(app, workspace, move |tx, by| {
        Box::pin(async move { apikeys::add(tx, by, member).await })
    })
    .await?;
    Ok(key.expose().clone())
}
