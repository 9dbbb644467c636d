//! SQL of hooks and of the events that were heard.

use jiff::SignedDuration;
use model::{DirectoryId, HookId, Timestamp, WorkspaceId};
use seal::token::TokenHash;

use super::Hook;
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

/// An event is known again for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// No more of them are kept: what a directory sends for hours on end is looked at once more instead.
const MOST: i64 = 20_000;

pub(super) async fn find(tx: &mut Tx, id: HookId, now: Timestamp) -> Result<Option<Hook>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, directory_id, hash, old_hash, old_until, created_at, verified_at, heard_at,
                    heard_kind, events
             FROM directory_hook WHERE id = $1",
            values![id],
        )
        .await?;
    row.map(|row| read(&row, now)).transpose()
}

pub(super) async fn of_workspace(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Option<Hook>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, directory_id, hash, old_hash, old_until, created_at, verified_at, heard_at,
                    heard_kind, events
             FROM directory_hook WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| read(&row, now)).transpose()
}

fn read(row: &Row, now: Timestamp) -> Result<Hook> {
    let old_until = row.opt_at("old_until")?.filter(|until| now < *until);
    let old = row.opt_bytes("old_hash")?.filter(|_| old_until.is_some());
    let secrets = [Some(row.bytes("hash")?), old].into_iter().flatten().map(hash);
    Ok(Hook {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        directory: row.id("directory_id")?,
        created_at: row.at("created_at")?,
        old_until,
        verified_at: row.opt_at("verified_at")?,
        heard_at: row.opt_at("heard_at")?,
        heard_kind: row.opt_text("heard_kind")?,
        events: row.int("events")?,
        secrets: secrets.collect::<Result<_>>()?,
    })
}

fn hash(bytes: Vec<u8>) -> Result<TokenHash> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Error::Stored { column: "hash", why: "a hash has 32 bytes".into() })?;
    Ok(TokenHash(bytes))
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    directory: DirectoryId,
    hash: &[u8],
) -> Result<()> {
    let id = HookId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO directory_hook (id, workspace_id, directory_id, hash, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, directory, hash, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Puts another secret in the place of the one that is there, which is accepted until then. Answers whether there was one.
pub(super) async fn rotate(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    hash: &[u8],
    until: Timestamp,
) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE directory_hook SET old_hash = hash, old_until = $4, hash = $3
             WHERE workspace_id = $1 AND directory_id = $2",
            values![by.workspace, directory, hash, until],
        )
        .await?;
    Ok(touched > 0)
}

pub(super) async fn delete(tx: &mut Tx, workspace: WorkspaceId) -> Result<bool> {
    let gone = tx
        .execute("DELETE FROM directory_hook WHERE workspace_id = $1", values![workspace])
        .await?;
    Ok(gone > 0)
}

/// Answers whether it is the first time.
pub(super) async fn set_verified(tx: &mut Tx, id: HookId, now: Timestamp) -> Result<bool> {
    let is_first = tx
        .execute(
            "UPDATE directory_hook SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL",
            values![id, now],
        )
        .await?;
    Ok(is_first > 0)
}

pub(super) async fn scim_app(tx: &mut Tx, directory: DirectoryId) -> Result<Option<String>> {
    tx.one("SELECT scim_app_id FROM directory WHERE id = $1", values![directory])
        .await?
        .opt_text("scim_app_id")
}

/// Whether an event is heard for the first time.
pub(super) async fn is_new(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    event: &str,
) -> Result<bool> {
    let put = tx
        .execute(
            "INSERT INTO directory_event (directory_id, workspace_id, event_id, heard_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (directory_id, event_id) DO NOTHING",
            values![directory, by.workspace, event, by.now],
        )
        .await?;
    Ok(put > 0)
}

/// Forgets events that nobody delivers again, and the oldest where there are too many.
pub(super) async fn forget_events(
    tx: &mut Tx,
    directory: DirectoryId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "DELETE FROM directory_event WHERE directory_id = $1 AND heard_at < $2",
        values![directory, now - KEPT],
    )
    .await?;
    tx.execute(
        "DELETE FROM directory_event WHERE directory_id = $1 AND heard_at <=
             (SELECT heard_at FROM directory_event WHERE directory_id = $1 ORDER BY heard_at DESC LIMIT 1 OFFSET $2)",
        values![directory, MOST],
    )
    .await?;
    Ok(())
}

pub(super) async fn note_heard(
    tx: &mut Tx,
    by: &By,
    id: HookId,
    kind: Option<String>,
    events: usize,
) -> Result<()> {
    let events = i64::try_from(events).unwrap_or(i64::MAX);
    tx.execute(
        "UPDATE directory_hook SET heard_at = $2, heard_kind = COALESCE($3, heard_kind), events = events + $4
         WHERE id = $1",
        values![id, by.now, kind, events],
    )
    .await?;
    Ok(())
}
