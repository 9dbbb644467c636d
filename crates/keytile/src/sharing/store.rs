//! SQL of shares, and of the paths by which people reach an account. Keeps grants, never (member, account) pairs.

mod granted;
mod history;
mod reach;
mod sources;

use model::access::{Level, Path, level};
use model::share::{Grantee, ItemRole, ShareItem};
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{AccountId, CollectionId, DepartureId, MemberId, ShareId, TeamId, WorkspaceId};

use super::Share;
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

pub use granted::{Granted, granted};
pub use history::{Use, uses_between};
pub use reach::{ReachedPath, reached_by_member, reached_by_team};
pub use sources::grantees;

/// What a member holds on an item, and what they are at this moment: they may have been demoted or suspended since the
/// request was read (T28).
pub struct Held {
    /// The item's workspace, where the item exists in it.
    pub workspace: Option<WorkspaceId>,
    /// The level that all paths add up to.
    pub level: Level,
}

/// The greatest role code of all paths. It works on text: `owner` sorts after `collaborator`.
pub(super) async fn held_on_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    member: MemberId,
    is_deleted: bool,
) -> Result<Held> {
    let row = tx
        .optional(
            "SELECT a.workspace_id, w.role AS workspace_role, me.suspended_at, me.removed_at, (SELECT MAX(g.role) FROM (
                 SELECT s.role FROM share s
                 WHERE s.account_id = a.id AND s.ended_at IS NULL AND (s.member_id = $3 OR EXISTS (
                     SELECT 1 FROM team_membership m WHERE m.team_id = s.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
                 UNION ALL
                 SELECT s.role FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
                 WHERE i.account_id = a.id AND i.ended_at IS NULL AND (s.member_id = $3 OR EXISTS (
                     SELECT 1 FROM team_membership m WHERE m.team_id = s.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
             ) g) AS role
             FROM account a
             JOIN member me ON me.id = $3 AND me.workspace_id = $1
             JOIN member_role w ON w.member_id = me.id AND w.ended_at IS NULL
             WHERE a.id = $2 AND a.workspace_id = $1
               AND CASE WHEN a.deleted_at IS NULL THEN 0 ELSE 1 END = $4",
            values![workspace, account, member, i64::from(is_deleted)],
        )
        .await?;
    held(row.as_ref())
}

pub(super) async fn held_on_collection(
    tx: &mut Tx,
    workspace: WorkspaceId,
    collection: CollectionId,
    member: MemberId,
) -> Result<Held> {
    let row = tx
        .optional(
            "SELECT c.workspace_id, w.role AS workspace_role, me.suspended_at, me.removed_at, (SELECT MAX(s.role) FROM collection_path p
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
                 WHERE p.descendant_id = c.id AND p.ended_at IS NULL AND (s.member_id = $3 OR EXISTS (
                     SELECT 1 FROM team_membership m WHERE m.team_id = s.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
             ) AS role
             FROM collection c
             JOIN member me ON me.id = $3 AND me.workspace_id = $1
             JOIN member_role w ON w.member_id = me.id AND w.ended_at IS NULL
             WHERE c.id = $2 AND c.workspace_id = $1 AND c.deleted_at IS NULL",
            values![workspace, collection, member],
        )
        .await?;
    held(row.as_ref())
}

fn held(row: Option<&Row>) -> Result<Held> {
    let Some(row) = row else { return Ok(Held { workspace: None, level: Level::None }) };
    let workspace_role = row.code("workspace_role", WorkspaceRole::from_code)?;
    let status = crate::members::store::status(row)?;
    let level = level(workspace_role, status, opt_role(row)?.into_iter());
    Ok(Held { workspace: Some(row.id("workspace_id")?), level })
}

/// The item role of a row whose `role` may be missing.
pub fn opt_role(row: &Row) -> Result<Option<ItemRole>> {
    row.opt_text("role")?
        .map(|code| {
            ItemRole::from_code(&code)
                .ok_or(Error::Stored { column: "role", why: format!("unknown word {code:?}") })
        })
        .transpose()
}

/// One person who reaches an account, by one path.
#[derive(Debug, Clone)]
pub struct PersonPath {
    /// The person.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their role in the workspace.
    pub workspace_role: WorkspaceRole,
    /// Active or suspended; removed people hold nothing.
    pub status: MemberStatus,
    /// Their id in Okta, where SCIM has told it (C5).
    pub external_id: Option<String>,
    /// By which share.
    pub path: Path,
    /// The name of the team or collection on that path, as people read it.
    pub through: String,
    /// In which role.
    pub role: ItemRole,
}

/// Everyone who reaches the account, a row per path, by name. An account may lie twice beneath a shared collection:
/// that is one path.
pub async fn people(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<PersonPath>> {
    let rows = tx
        .all(
            "SELECT g.member_id, g.share_id, g.team_id, g.collection_id, g.role, m.name, m.email, m.suspended_at, m.removed_at,
                    r.role AS workspace_role, i.external_id, t.name AS team_name, c.name AS collection_name
             FROM (
                 SELECT s.id AS share_id, s.member_id, s.team_id, s.collection_id, s.role FROM share s
                 WHERE s.account_id = $2 AND s.ended_at IS NULL AND s.member_id IS NOT NULL
                 UNION
                 SELECT s.id, m.member_id, s.team_id, s.collection_id, s.role FROM share s
                 JOIN team_membership m ON m.team_id = s.team_id AND m.ended_at IS NULL
                 WHERE s.account_id = $2 AND s.ended_at IS NULL
                 UNION
                 SELECT s.id, s.member_id, s.team_id, s.collection_id, s.role FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
                 WHERE i.account_id = $2 AND i.ended_at IS NULL AND s.member_id IS NOT NULL
                 UNION
                 SELECT s.id, m.member_id, s.team_id, s.collection_id, s.role FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
                 JOIN team_membership m ON m.team_id = s.team_id AND m.ended_at IS NULL
                 WHERE i.account_id = $2 AND i.ended_at IS NULL
             ) g
             CROSS JOIN member m
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             LEFT JOIN identity i ON i.member_id = m.id AND i.ended_at IS NULL
             LEFT JOIN team t ON t.id = g.team_id
             LEFT JOIN collection c ON c.id = g.collection_id
             WHERE m.id = g.member_id AND m.workspace_id = $1
             ORDER BY m.name, m.id, g.share_id",
            values![workspace, account],
        )
        .await?;
    rows.iter().map(person_path).collect()
}

fn person_path(row: &Row) -> Result<PersonPath> {
    let share = row.id("share_id")?;
    let team: Option<TeamId> = row.opt_id("team_id")?;
    let collection: Option<CollectionId> = row.opt_id("collection_id")?;
    let (team_name, collection_name) =
        (row.opt_text("team_name")?, row.opt_text("collection_name")?);
    let (path, through) = match (team, collection) {
        (None, None) => (Path::Direct { share }, String::new()),
        (Some(team), None) => (Path::Team { share, team }, team_name.unwrap_or_default()),
        (None, Some(collection)) => {
            (Path::Collection { share, collection }, collection_name.unwrap_or_default())
        }
        (Some(team), Some(collection)) => (
            Path::TeamCollection { share, team, collection },
            format!("{}, {}", team_name.unwrap_or_default(), collection_name.unwrap_or_default()),
        ),
    };
    Ok(PersonPath {
        member: row.id("member_id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        workspace_role: row.code("workspace_role", WorkspaceRole::from_code)?,
        status: crate::members::store::status(row)?,
        external_id: row.opt_text("external_id")?,
        path,
        through,
        role: row.code("role", ItemRole::from_code)?,
    })
}

pub(super) async fn find_live(
    tx: &mut Tx,
    workspace: WorkspaceId,
    item: ShareItem,
    grantee: Grantee,
) -> Result<Option<(ShareId, ItemRole)>> {
    let (account, collection) = split_item(item);
    let (member, team) = split_grantee(grantee);
    let row = tx
        .optional(
            "SELECT id, role FROM share
             WHERE workspace_id = $1 AND ended_at IS NULL
               AND (account_id = $2 OR collection_id = $3) AND (member_id = $4 OR team_id = $5)",
            values![workspace, account, collection, member, team],
        )
        .await?;
    row.map(|row| Ok((row.id("id")?, row.code("role", ItemRole::from_code)?))).transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    item: ShareItem,
    grantee: Grantee,
    role: ItemRole,
) -> Result<ShareId> {
    let id = ShareId::new(by.now, &mut by.rng);
    let (account, collection) = split_item(item);
    let (member, team) = split_grantee(grantee);
    tx.execute(
        "INSERT INTO share (id, workspace_id, account_id, collection_id, member_id, team_id, role, started_at, started_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![id, by.workspace, account, collection, member, team, role.code(), by.now, by.member],
    )
    .await?;
    Ok(id)
}

pub(super) async fn close(tx: &mut Tx, by: &By, id: ShareId) -> Result<()> {
    tx.execute(
        "UPDATE share SET ended_at = $3, ended_by = $4 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn close_of_member(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    departure: DepartureId,
) -> Result<u64> {
    tx.execute(
        "UPDATE share SET ended_at = $3, ended_by = $4, departure_id = $5
         WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now, by.member, departure],
    )
    .await
}

pub(super) async fn close_of_team(tx: &mut Tx, by: &By, team: TeamId) -> Result<u64> {
    tx.execute(
        "UPDATE share SET ended_at = $3, ended_by = $4 WHERE workspace_id = $1 AND team_id = $2 AND ended_at IS NULL",
        values![by.workspace, team, by.now, by.member],
    )
    .await
}

pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ShareId,
) -> Result<Option<Share>> {
    let row = tx
        .optional(
            "SELECT s.id, s.account_id, s.collection_id, s.member_id, s.team_id, s.role, s.started_at,
                    m.name AS member_name, t.name AS team_name
             FROM share s LEFT JOIN member m ON m.id = s.member_id LEFT JOIN team t ON t.id = s.team_id
             WHERE s.workspace_id = $1 AND s.id = $2 AND s.ended_at IS NULL",
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(share).transpose()
}

pub(super) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    item: ShareItem,
) -> Result<Vec<Share>> {
    let (account, collection) = split_item(item);
    let rows = tx
        .all(
            "SELECT s.id, s.account_id, s.collection_id, s.member_id, s.team_id, s.role, s.started_at,
                    m.name AS member_name, t.name AS team_name
             FROM share s LEFT JOIN member m ON m.id = s.member_id LEFT JOIN team t ON t.id = s.team_id
             WHERE s.workspace_id = $1 AND s.ended_at IS NULL AND (s.account_id = $2 OR s.collection_id = $3)
             ORDER BY s.id",
            values![workspace, account, collection],
        )
        .await?;
    rows.iter().map(share).collect()
}

fn share(row: &Row) -> Result<Share> {
    let item = match (row.opt_id("account_id")?, row.opt_id("collection_id")?) {
        (Some(id), _) => ShareItem::Account(id),
        (None, Some(id)) => ShareItem::Collection(id),
        (None, None) => {
            return Err(Error::Stored { column: "account_id", why: "a share of nothing".into() });
        }
    };
    let grantee = match (row.opt_id("member_id")?, row.opt_id("team_id")?) {
        (Some(id), _) => Grantee::Member(id),
        (None, Some(id)) => Grantee::Team(id),
        (None, None) => {
            return Err(Error::Stored { column: "member_id", why: "a share with nobody".into() });
        }
    };
    let name = row.opt_text("member_name")?.or(row.opt_text("team_name")?);
    Ok(Share {
        id: row.id("id")?,
        item,
        grantee,
        grantee_name: name.unwrap_or_default(),
        role: row.code("role", ItemRole::from_code)?,
        started_at: row.at("started_at")?,
    })
}

fn split_item(item: ShareItem) -> (Option<AccountId>, Option<CollectionId>) {
    match item {
        ShareItem::Account(id) => (Some(id), None),
        ShareItem::Collection(id) => (None, Some(id)),
    }
}

fn split_grantee(grantee: Grantee) -> (Option<MemberId>, Option<TeamId>) {
    match grantee {
        Grantee::Member(id) => (Some(id), None),
        Grantee::Team(id) => (None, Some(id)),
    }
}
