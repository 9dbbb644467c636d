//! SQL of deleted accounts.

use model::AccountId;
use model::access::Actor;
use uuid::Uuid;

use super::Deleted;
use crate::accounts::app_of;
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::paging::{Cursor, Wanted, one_more};
use crate::values;

/// Where a list goes on.
pub(super) fn cursor(account: &Deleted) -> Cursor<AccountId> {
    Cursor { key: account.at.as_millisecond().to_string(), id: account.id }
}

/// Those that the actor owned, by a share of their own or of a team: these come back with the account.
pub(super) async fn list(
    tx: &mut Tx,
    actor: &Actor,
    wanted: &Wanted<AccountId>,
) -> Result<Vec<Deleted>> {
    let end = wanted.after.as_ref().and_then(|end| Some((end.key.parse().ok()?, end.id)));
    let (at, id) = end.unwrap_or((i64::MAX, Uuid::max().into()));
    let rows = tx
        .all(
            "SELECT a.id, a.name, a.app_name, a.login_url, a.username, a.deleted_at, m.name AS deleted_by
             FROM account a LEFT JOIN member m ON m.id = a.deleted_by
             WHERE a.workspace_id = $1 AND a.deleted_at IS NOT NULL
               AND (a.deleted_at < $3 OR (a.deleted_at = $3 AND a.id < $4))
               AND EXISTS (
                   SELECT 1 FROM share s WHERE s.account_id = a.id AND s.ended_at IS NULL AND s.role = 'owner'
                     AND (s.member_id = $2 OR s.team_id IN (
                         SELECT t.team_id FROM team_membership t WHERE t.member_id = $2 AND t.ended_at IS NULL)))
             ORDER BY a.deleted_at DESC, a.id DESC LIMIT $5",
            values![actor.workspace, actor.member, at, id, one_more(wanted.limit)],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Deleted> {
    let (app, url) = (row.opt_text("app_name")?, row.opt_text("login_url")?);
    Ok(Deleted {
        id: row.id("id")?,
        name: row.text("name")?,
        app: app_of(app.as_deref(), url.as_deref()),
        username: row.text("username")?,
        at: row.at("deleted_at")?,
        by: row.opt_text("deleted_by")?,
    })
}

pub(super) async fn restore(tx: &mut Tx, by: &By, id: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET deleted_at = NULL, deleted_by = NULL, updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}
