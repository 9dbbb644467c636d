//! SQL of webhooks: where another system is told.

use model::{Timestamp, WorkspaceId};

use super::{Endpoint, NewSecret};
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

pub(super) async fn endpoint(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Endpoint>> {
    let row = tx
        .optional(
            "SELECT url, secret, secret_version, data_key_id, created_at, failing_since
             FROM webhook WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Endpoint {
            url: row.text("url")?,
            secret: row.bytes("secret")?,
            secret_version: row.int("secret_version")?,
            data_key: row.id("data_key_id")?,
            created_at: row.at("created_at")?,
            failing_since: row.opt_at("failing_since")?,
        })
    })
    .transpose()
}

pub(super) async fn insert(tx: &mut Tx, by: &By, url: &str, secret: &NewSecret) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook (workspace_id, url, secret, secret_version, data_key_id, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            by.workspace,
            url,
            secret.sealed.clone(),
            secret.version,
            secret.data_key,
            by.now,
            by.member
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_url(tx: &mut Tx, by: &By, url: &str) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET url = $2, failing_since = NULL WHERE workspace_id = $1",
        values![by.workspace, url],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_secret(tx: &mut Tx, by: &By, secret: &NewSecret) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET secret = $2, secret_version = $3, data_key_id = $4 WHERE workspace_id = $1",
        values![by.workspace, secret.sealed.clone(), secret.version, secret.data_key],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    tx.execute("DELETE FROM webhook WHERE workspace_id = $1", values![workspace]).await?;
    Ok(())
}

/// Notes since when messages have been given up, or that one was heard; answers whether that is news.
pub(super) async fn set_failing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    since: Option<Timestamp>,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE webhook SET failing_since = $2
             WHERE workspace_id = $1 AND (failing_since IS NULL) = ($2 IS NOT NULL)",
            values![workspace, since],
        )
        .await?;
    Ok(changed > 0)
}
