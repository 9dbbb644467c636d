//! API keys: one for each person, shown once and stored as a hash. It acts with its person's own rights.

mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::secret::Secret;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, Timestamp};

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::members;

pub use store::ApiKey;

/// Makes the person's key and shows it this once; the one that they had ends.
pub async fn create(app: &App, actor: &Actor) -> Result<Secret<String>> {
    let workspace = permit(actor, Action::ManageApiKeys, own(actor))?.workspace();
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let now = members::present(tx, &actor).await?;
                let _permitted = permit(&now, Action::ManageApiKeys, own(&now))?;
                add(tx, &mut by, actor.member).await
            })
        })
        .await
}

/// The inner part of [`create`].
pub async fn add(tx: &mut Tx, by: &mut By, member: MemberId) -> Result<Secret<String>> {
    store::end_of_member(tx, by, member).await?;
    let (token, hash) = seal::token::mint("ktk", &mut by.rng);
    store::insert(tx, by, member, &hash.0).await?;
    activity::record(tx, by, Event::new("api_key.created").member(member)).await?;
    Ok(Secret::new(token.expose().to_string()))
}

/// Ends the person's key at once, whatever their role is now.
pub async fn revoke(app: &App, actor: &Actor) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { revoke_of(tx, &mut by, actor.member).await })
        })
        .await
}

/// Ends somebody's key, if they have one, inside a change that has been permitted.
pub async fn revoke_of(tx: &mut Tx, by: &mut By, member: MemberId) -> Result<()> {
    if store::end_of_member(tx, by, member).await? {
        activity::record(tx, by, Event::new("api_key.revoked").member(member)).await?;
    }
    Ok(())
}

/// Ends the key of somebody whose new role may have none.
pub async fn follow_role(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    role: WorkspaceRole,
) -> Result<()> {
    let (workspace, status) = (by.workspace, MemberStatus::Active);
    let actor = Actor { workspace, member, role, status };
    if permit(&actor, Action::ManageApiKeys, own(&actor)).is_err() {
        revoke_of(tx, by, member).await?;
    }
    Ok(())
}

/// Ends a leaver's key: part of the routine for a leaver.
pub async fn end_all(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    store::end_of_member(tx, by, member).await?;
    Ok(())
}

/// The person's key, without the key.
pub async fn find(app: &App, actor: &Actor) -> Result<Option<ApiKey>> {
    Ok(store::find(&mut app.db.read().await?, actor).await?)
}

/// Whoever holds this key, in one statement; nobody where it has ended or its person may not act.
pub async fn authenticate(app: &App, key: &str) -> Result<Actor> {
    let hash = seal::token::hash(key);
    let found = store::actor_of(&mut app.db.read().await?, &hash).await?;
    let (actor, id, last_used_at) = found.ok_or(Error::NotFound)?;
    let now = app.now();
    if is_stale(last_used_at, now) {
        // Off the hot path: nobody waits for the "last used" of a key.
        let app = app.clone();
        tokio::spawn(async move {
            let touched = app.db.write(actor.workspace, move |tx| {
                Box::pin(async move {
                    Ok::<_, Error>(store::touch(tx, actor.workspace, id, now).await?)
                })
            });
            if let Err(error) = touched.await {
                tracing::warn!(%error, "could not note that an API key was used");
            }
        });
    }
    Ok(actor)
}

fn is_stale(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|at| now.duration_since(at) > jiff::SignedDuration::from_mins(1))
}

fn own(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}
