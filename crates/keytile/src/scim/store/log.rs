//! SQL of the requests that SCIM clients sent lately.

use model::{ActivityId, DirectoryId, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::scim::log::Entry;
use crate::values;

pub async fn insert(tx: &mut Tx, by: &mut By, directory: DirectoryId, entry: &Entry) -> Result<()> {
    // By the instant at which it came, and not at which it is stored.
    let id = ActivityId::new(entry.at, &mut by.rng);
    tx.execute(
        "INSERT INTO scim_request (id, workspace_id, directory_id, at, method, path, client, body, status, refusal, micros)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            by.workspace,
            directory,
            entry.at,
            &entry.method,
            &entry.path,
            &entry.client,
            &entry.body,
            i64::from(entry.status),
            entry.refusal.as_deref(),
            entry.micros
        ],
    )
    .await?;
    Ok(())
}

/// Keeps the newest.
pub async fn forget(tx: &mut Tx, directory: DirectoryId, kept: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM scim_request WHERE directory_id = $1 AND id <= (
             SELECT id FROM scim_request WHERE directory_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        values![directory, kept],
    )
    .await?;
    Ok(())
}

/// The newest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId, most: i64) -> Result<Vec<Entry>> {
    let rows = tx
        .all(
            "SELECT r.at, r.method, r.path, r.client, r.body, r.status, r.refusal, r.micros
             FROM scim_request r JOIN directory d ON d.id = r.directory_id
             WHERE d.workspace_id = $1 ORDER BY r.id DESC LIMIT $2",
            values![workspace, most],
        )
        .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry> {
    Ok(Entry {
        at: row.at("at")?,
        method: row.text("method")?,
        path: row.text("path")?,
        client: row.text("client")?,
        body: row.text("body")?,
        status: u16::try_from(row.int("status")?).unwrap_or_default(),
        refusal: row.opt_text("refusal")?,
        micros: row.int("micros")?,
    })
}
