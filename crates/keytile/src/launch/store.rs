//! SQL of launches.

use model::{LaunchId, WorkspaceId};

use super::Launch;
use crate::db::{Result, Tx};
use crate::values;

/// The account behind a tile, whatever state the tile is in.
pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: &LaunchId,
) -> Result<Option<Launch>> {
    let row = tx
        .optional(
            "SELECT a.id, a.name, a.login_url, a.username, t.label
             FROM tile t JOIN account a ON a.id = t.account_id
             WHERE t.launch_id = $1 AND t.workspace_id = $2 AND a.deleted_at IS NULL",
            values![id.as_bytes().as_slice(), workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Launch {
            account: row.id("id")?,
            name: row.text("name")?,
            label: row.text("label")?,
            login_url: row.opt_text("login_url")?,
            username: row.text("username")?,
            is_owner: false,
        })
    })
    .transpose()
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
