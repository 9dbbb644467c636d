//! SQL of workspaces.

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

pub(super) async fn insert(tx: &mut Tx, by: &By, name: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)",
        values![by.workspace, name, by.now],
    )
    .await?;
    Ok(())
}

/// How many workspaces this deployment holds.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    tx.one("SELECT COUNT(*) AS n FROM workspace", values![]).await?.int("n")
}
