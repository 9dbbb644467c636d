//! SQL of launches.

use model::{AccountId, LaunchId, WorkspaceId};

use super::Launch;
use crate::accounts;
use crate::db::{Result, Row, Tx};
use crate::values;

/// The account behind a tile, whatever state the tile is in.
pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: &LaunchId,
) -> Result<Option<Launch>> {
    let row = tx
        .optional(
            "SELECT a.id, a.name, a.login_url, a.username, a.step_up_minutes, a.step_up_acr, t.label
             FROM tile t JOIN account a ON a.id = t.account_id
             WHERE t.launch_id = $1 AND t.workspace_id = $2 AND a.deleted_at IS NULL",
            values![id.as_bytes().as_slice(), workspace],
        )
        .await?;
    row.map(|row| launch(&row)).transpose()
}

/// An account that somebody launches without its tile.
pub(super) async fn find_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AccountId,
) -> Result<Option<Launch>> {
    let row = tx
        .optional(
            "SELECT id, name, login_url, username, step_up_minutes, step_up_acr, COALESCE(app_name, '') AS label FROM account
             WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL",
            values![workspace, id],
        )
        .await?;
    row.map(|row| launch(&row)).transpose()
}

fn launch(row: &Row) -> Result<Launch> {
    Ok(Launch {
        account: row.id("id")?,
        name: row.text("name")?,
        label: row.text("label")?,
        login_url: row.opt_text("login_url")?,
        username: row.text("username")?,
        step_up: accounts::store::step_up(row)?,
        is_owner: false,
        ticket: None,
    })
}

/// Where the workspace's portal is, and who signs its people in.
pub(super) async fn addresses(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<String>> {
    let row = tx
        .one(
            "SELECT (SELECT domain FROM portal WHERE workspace_id = $1) AS portal,
                    (SELECT issuer FROM directory WHERE workspace_id = $1) AS issuer",
            values![workspace],
        )
        .await?;
    Ok([row.opt_text("portal")?, row.opt_text("issuer")?].into_iter().flatten().collect())
}

pub(super) async fn workspace_of(tx: &mut Tx, id: &LaunchId) -> Result<Option<WorkspaceId>> {
    let row = tx
        .optional(
            "SELECT workspace_id FROM tile WHERE launch_id = $1",
            values![id.as_bytes().as_slice()],
        )
        .await?;
    row.map(|row| row.id("workspace_id")).transpose()
}
