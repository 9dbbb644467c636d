//! SQL of accounts that nobody owns.

use std::collections::BTreeSet;

use model::workspace::MemberStatus;
use model::{AccountId, DepartureId, WorkspaceId};

use super::Ownerless;
use crate::db::{Result, Tx};
use crate::paging::{Cursor, Wanted};
use crate::{sharing, values};

/// An active person in `$member` whose role may own.
macro_rules! owner_in {
    ($member:literal) => {
        concat!(
            "JOIN member m ON m.id = ",
            $member,
            " AND m.removed_at IS NULL AND m.suspended_at IS NULL
             JOIN member_role w ON w.member_id = m.id AND w.ended_at IS NULL AND w.role NOT IN ('guest', 'login_only') "
        )
    };
}

/// No active person owns the account `$account`, by whatever path.
macro_rules! nobody_owns {
    ($account:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM share s ",
            owner_in!("s.member_id"),
            "WHERE s.account_id = ",
            $account,
            " AND s.ended_at IS NULL AND s.role = 'owner')
             AND NOT EXISTS (SELECT 1 FROM share s JOIN team_membership t ON t.team_id = s.team_id AND t.ended_at IS NULL ",
            owner_in!("t.member_id"),
            "WHERE s.account_id = ",
            $account,
            " AND s.ended_at IS NULL AND s.role = 'owner')
             AND NOT EXISTS (SELECT 1 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL AND s.role = 'owner' ",
            owner_in!("s.member_id"),
            "WHERE i.account_id = ",
            $account,
            " AND i.ended_at IS NULL)
             AND NOT EXISTS (SELECT 1 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL AND s.role = 'owner'
                 JOIN team_membership t ON t.team_id = s.team_id AND t.ended_at IS NULL ",
            owner_in!("t.member_id"),
            "WHERE i.account_id = ",
            $account,
            " AND i.ended_at IS NULL)"
        )
    };
}

/// Where a list goes on.
pub(super) fn cursor(account: &Ownerless) -> Cursor<AccountId> {
    Cursor { key: account.key.clone(), id: account.id }
}

pub(super) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    wanted: &Wanted<AccountId>,
) -> Result<Vec<Ownerless>> {
    let (key, id) = wanted.after.as_ref().map_or_else(
        || (String::new(), uuid::Uuid::nil().into()),
        |cursor| (cursor.key.clone(), cursor.id),
    );
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let rows = tx
        .all(
            concat!(
                "SELECT a.id, a.name, a.app_name, a.search_key, (
                     SELECT p.name FROM share o JOIN member p ON p.id = o.member_id
                     WHERE o.account_id = a.id AND o.role = 'owner'
                     ORDER BY o.started_at DESC, o.id DESC LIMIT 1) AS last_owner
                 FROM account a
                 WHERE a.workspace_id = $1 AND a.deleted_at IS NULL AND (a.search_key, a.id) > ($2, $3) AND ",
                nobody_owns!("a.id"),
                " ORDER BY a.search_key, a.id LIMIT $4"
            ),
            values![workspace, key, id, limit],
        )
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = row.id("id")?;
        found.push(Ownerless {
            id,
            name: row.text("name")?,
            app: row.opt_text("app_name")?,
            last_owner: row.opt_text("last_owner")?,
            people: active_people(tx, workspace, id).await?,
            key: row.text("search_key")?,
        });
    }
    Ok(found)
}

async fn active_people(tx: &mut Tx, workspace: WorkspaceId, account: AccountId) -> Result<usize> {
    let paths = sharing::people(tx, workspace, account).await?;
    let active = paths.iter().filter(|path| path.status == MemberStatus::Active);
    Ok(active.map(|path| path.member).collect::<BTreeSet<_>>().len())
}

/// Among the accounts that somebody owned who has left.
pub(super) async fn left_by(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
) -> Result<i64> {
    tx.one(
        concat!(
            "SELECT COUNT(*) AS n FROM rotation r
             WHERE r.workspace_id = $1 AND r.departure_id = $2 AND r.role = 'owner' AND ",
            nobody_owns!("r.account_id")
        ),
        values![workspace, departure],
    )
    .await?
    .int("n")
}

pub(super) async fn is_ownerless(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<bool> {
    let row = tx
        .optional(
            concat!(
                "SELECT a.id FROM account a
                 WHERE a.workspace_id = $1 AND a.id = $2 AND a.deleted_at IS NULL AND ",
                nobody_owns!("a.id")
            ),
            values![workspace, account],
        )
        .await?;
    Ok(row.is_some())
}
