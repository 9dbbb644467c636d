//! SQL of the keys that sign the extension.

use model::{DataKeyId, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

/// A workspace's key, sealed.
pub(super) struct Sealed {
    /// How browsers call what it signs.
    pub id: String,
    pub workspace: WorkspaceId,
    pub version: i64,
    pub data_key: DataKeyId,
    pub bytes: Vec<u8>,
}

pub(super) async fn of_workspace(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Sealed>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, version, data_key_id, sealed FROM extension_key WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.as_ref().map(sealed).transpose()
}

/// The key of the extension with this id, in whatever workspace: browsers ask without saying who they are.
pub(super) async fn of_id(tx: &mut Tx, id: &str) -> Result<Option<Sealed>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, version, data_key_id, sealed FROM extension_key WHERE id = $1",
            values![id],
        )
        .await?;
    row.as_ref().map(sealed).transpose()
}

/// Puts a key in place of what was there.
pub(super) async fn set(tx: &mut Tx, by: &By, key: &Sealed) -> Result<()> {
    tx.execute(
        "INSERT INTO extension_key (workspace_id, id, version, data_key_id, sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (workspace_id) DO UPDATE
         SET id = excluded.id, version = excluded.version, data_key_id = excluded.data_key_id,
             sealed = excluded.sealed, created_at = excluded.created_at",
        values![by.workspace, &key.id, key.version, key.data_key, key.bytes.as_slice(), by.now],
    )
    .await?;
    Ok(())
}

fn sealed(row: &Row) -> Result<Sealed> {
    Ok(Sealed {
        id: row.text("id")?,
        workspace: row.id("workspace_id")?,
        version: row.int("version")?,
        data_key: row.id("data_key_id")?,
        bytes: row.bytes("sealed")?,
    })
}
