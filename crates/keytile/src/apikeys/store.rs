//! SQL of API keys.

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{ApiKeyId, MemberId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::status;
use crate::values;

/// An API key, without the key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

pub(super) async fn insert(tx: &mut Tx, by: &mut By, member: MemberId, hash: &[u8]) -> Result<()> {
    let id = ApiKeyId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO api_key (id, workspace_id, member_id, hash, created_at) VALUES ($1, $2, $3, $4, $5)",
        values![id, by.workspace, member, hash, by.now],
    )
    .await?;
    Ok(())
}

/// True where there was one.
pub(super) async fn end_of_member(tx: &mut Tx, by: &By, member: MemberId) -> Result<bool> {
    let ended = tx
        .execute(
            "UPDATE api_key SET ended_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
            values![by.workspace, member, by.now],
        )
        .await?;
    Ok(ended > 0)
}

pub(super) async fn find(tx: &mut Tx, actor: &Actor) -> Result<Option<ApiKey>> {
    let row = tx
        .optional(
            "SELECT created_at, last_used_at FROM api_key
             WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
            values![actor.workspace, actor.member],
        )
        .await?;
    row.map(|row| {
        Ok(ApiKey { created_at: row.at("created_at")?, last_used_at: row.opt_at("last_used_at")? })
    })
    .transpose()
}

pub(super) async fn actor_of(
    tx: &mut Tx,
    hash: &[u8],
) -> Result<Option<(Actor, ApiKeyId, Option<Timestamp>)>> {
    let row = tx
        .optional(
            "SELECT k.id, k.workspace_id, k.member_id, k.last_used_at, m.suspended_at, m.removed_at, r.role
             FROM api_key k
             JOIN member m ON m.id = k.member_id AND m.removed_at IS NULL AND m.suspended_at IS NULL
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE k.hash = $1 AND k.ended_at IS NULL",
            values![hash],
        )
        .await?;
    row.map(|row| {
        let actor = Actor {
            workspace: row.id("workspace_id")?,
            member: row.id("member_id")?,
            role: row.code("role", WorkspaceRole::from_code)?,
            status: status(&row)?,
        };
        Ok((actor, row.id("id")?, row.opt_at("last_used_at")?))
    })
    .transpose()
}

pub(super) async fn touch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE api_key SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![workspace, id, now],
    )
    .await?;
    Ok(())
}
