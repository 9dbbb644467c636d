//! SQL of workspaces.

use model::{DirectoryId, MemberId, MembershipId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::key;
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

pub(super) async fn identify(
    tx: &mut Tx,
    by: &mut By,
    directory: DirectoryId,
    owner: MemberId,
    external_id: &str,
    user_name: &str,
) -> Result<()> {
    let id = MembershipId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO identity (id, workspace_id, directory_id, member_id, external_id, user_name, user_name_key,
                               resource, started_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', $8, $8)",
        values![id, by.workspace, directory, owner, external_id, user_name, key(user_name), by.now],
    )
    .await?;
    Ok(())
}
