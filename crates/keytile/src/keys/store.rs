//! SQL of data keys.

use model::{DataKeyId, WorkspaceId};
use seal::Wrapped;

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

pub(super) async fn newest(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<DataKeyId>> {
    let row = tx
        .optional(
            "SELECT id FROM data_key WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1",
            values![workspace],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// Every workspace of this deployment.
pub(super) async fn workspaces(tx: &mut Tx) -> Result<Vec<WorkspaceId>> {
    let rows = tx.all("SELECT id FROM workspace ORDER BY id", values![]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

pub(super) async fn insert(tx: &mut Tx, by: &By, id: DataKeyId, wrapped: &Wrapped) -> Result<()> {
    tx.execute(
        "INSERT INTO data_key (id, workspace_id, root_key_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)",
        values![id, by.workspace, &wrapped.root_key_id, wrapped.bytes.as_slice(), by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DataKeyId,
) -> Result<Option<Wrapped>> {
    let row = tx
        .optional(
            "SELECT root_key_id, wrapped FROM data_key WHERE workspace_id = $1 AND id = $2",
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(wrapped).transpose()
}

/// How many data keys there are.
pub(super) async fn count(tx: &mut Tx) -> Result<i64> {
    tx.one("SELECT COUNT(*) AS n FROM data_key", values![]).await?.int("n")
}

/// The root keys that wrap any.
pub(super) async fn root_keys(tx: &mut Tx) -> Result<Vec<String>> {
    let rows =
        tx.all("SELECT DISTINCT root_key_id FROM data_key ORDER BY root_key_id", values![]).await?;
    rows.iter().map(|row| row.text("root_key_id")).collect()
}

/// The oldest data key that this root key wraps.
pub(super) async fn first_under(
    tx: &mut Tx,
    root_key_id: &str,
) -> Result<Option<(WorkspaceId, DataKeyId, Wrapped)>> {
    let row = tx
        .optional(
            "SELECT workspace_id, id, root_key_id, wrapped FROM data_key WHERE root_key_id = $1 ORDER BY id LIMIT 1",
            values![root_key_id],
        )
        .await?;
    row.map(|row| Ok((row.id("workspace_id")?, row.id("id")?, wrapped(&row)?))).transpose()
}

pub(super) async fn count_under_other(tx: &mut Tx, root_key_id: &str) -> Result<i64> {
    tx.one("SELECT COUNT(*) AS n FROM data_key WHERE root_key_id <> $1", values![root_key_id])
        .await?
        .int("n")
}

pub(super) async fn under_other(
    tx: &mut Tx,
    root_key_id: &str,
) -> Result<Vec<(WorkspaceId, DataKeyId, Wrapped)>> {
    let rows = tx
        .all(
            "SELECT workspace_id, id, root_key_id, wrapped FROM data_key WHERE root_key_id <> $1 ORDER BY id LIMIT 100",
            values![root_key_id],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("workspace_id")?, row.id("id")?, wrapped(row)?))).collect()
}

/// Replaces the wrapping that was read, and no other: a second rotation may have been faster.
pub(super) async fn rewrap(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DataKeyId,
    old: &Wrapped,
    new: &Wrapped,
) -> Result<()> {
    tx.execute(
        "UPDATE data_key SET root_key_id = $4, wrapped = $5
         WHERE workspace_id = $1 AND id = $2 AND root_key_id = $3",
        values![workspace, id, &old.root_key_id, &new.root_key_id, new.bytes.as_slice()],
    )
    .await?;
    Ok(())
}

fn wrapped(row: &Row) -> Result<Wrapped> {
    Ok(Wrapped { root_key_id: row.text("root_key_id")?, bytes: row.bytes("wrapped")? })
}
