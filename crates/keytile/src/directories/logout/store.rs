//! SQL of signing people out: whom a subject names, and which tokens were used.

use std::collections::BTreeSet;

use model::{DirectoryId, MemberId, Timestamp, WorkspaceId};

use super::{Last, Subject};
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::key;
use crate::values;

/// The member whom the issuer means. An address means somebody only where exactly one person of this directory has it,
/// among their addresses or as their login (T6).
pub(super) async fn find(
    tx: &mut Tx,
    directory: DirectoryId,
    issuer: &str,
    subject: &Subject,
) -> Result<Option<MemberId>> {
    match subject {
        Subject::AtIssuer { issuer: theirs, .. } if theirs != issuer => Ok(None),
        Subject::AtIssuer { id, .. } => {
            let row = tx
                .optional(
                    "SELECT m.id FROM identity i JOIN member m ON m.id = i.member_id
                     WHERE i.directory_id = $1 AND i.external_id = $2 AND i.ended_at IS NULL AND m.removed_at IS NULL",
                    values![directory, id],
                )
                .await?;
            row.map(|row| row.id("id")).transpose()
        }
        Subject::Email(email) => {
            let rows = tx
                .all(
                    "SELECT m.id FROM identity i JOIN member m ON m.id = i.member_id
                     WHERE i.directory_id = $1 AND i.ended_at IS NULL AND m.removed_at IS NULL
                       AND (m.email_key = $2 OR i.user_name_key = $2 OR EXISTS (
                           SELECT 1 FROM identity_address a WHERE a.identity_id = i.id AND a.address_key = $2))
                     LIMIT 3",
                    values![directory, key(email)],
                )
                .await?;
            let people = rows.iter().map(|row| row.id("id")).collect::<Result<BTreeSet<_>>>()?;
            Ok(people.first().copied().filter(|_| people.len() == 1))
        }
    }
}

/// Whether a token is used for the first time. It is remembered for as long as it would be accepted.
pub(super) async fn is_new(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    hash: &[u8],
    until: Timestamp,
) -> Result<bool> {
    let put = tx
        .execute(
            "INSERT INTO directory_token (directory_id, workspace_id, hash, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (directory_id, hash) DO NOTHING",
            values![directory, by.workspace, hash, until],
        )
        .await?;
    Ok(put > 0)
}

/// Forgets tokens that are refused for their age.
pub(super) async fn forget_tokens(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM directory_token WHERE expires_at < $1", values![now]).await?;
    Ok(())
}

pub(super) async fn note_logout(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    member: MemberId,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET logout_at = $2, logout_name = (SELECT name FROM member WHERE id = $3) WHERE id = $1",
        values![directory, by.now, member],
    )
    .await?;
    Ok(())
}

pub(super) async fn note_stream(tx: &mut Tx, directory: DirectoryId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE directory SET stream_at = $2 WHERE id = $1", values![directory, now])
        .await?;
    Ok(())
}

pub(super) async fn last(tx: &mut Tx, workspace: WorkspaceId) -> Result<Last> {
    let row = tx
        .optional(
            "SELECT logout_at, logout_name, stream_at FROM directory WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    let Some(row) = row else { return Ok(Last::default()) };
    let name = row.opt_text("logout_name")?.unwrap_or_default();
    Ok(Last {
        logout: row.opt_at("logout_at")?.map(|at| (at, name)),
        stream_at: row.opt_at("stream_at")?,
    })
}
