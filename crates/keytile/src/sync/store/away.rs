//! SQL of people whom the portal has ended. The mirror's rows about them are passed over while they are away.

use std::collections::BTreeSet;

use model::{Timestamp, WorkspaceId};

use crate::db::{Result, Tx};
use crate::values;

/// Whether the directory says that the person with this external id has left, and nobody says that they are back.
pub(in crate::sync) async fn has_left(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS gone FROM identity i JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.external_id = $2 AND m.removed_at <= $3 AND m.removed_by IS NULL
               AND NOT EXISTS (
                   SELECT 1 FROM identity o JOIN member p ON p.id = o.member_id
                   WHERE o.workspace_id = $1 AND o.external_id = $2 AND o.ended_at IS NULL
                     AND (p.removed_at IS NULL OR p.removed_at > $3))
             LIMIT 1",
            values![workspace, external_id, now],
        )
        .await?;
    Ok(row.is_some())
}

/// Notes that the portal has ended a person, as it said when it was asked at `asked_at`. Somebody who has returned or has
/// left anew since is another matter: then nothing is noted.
pub(in crate::sync) async fn note(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
    asked_at: Timestamp,
) -> Result<()> {
    if !has_left(tx, workspace, external_id, asked_at).await? {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO away_person (workspace_id, external_id, since, looked_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (workspace_id, external_id) DO UPDATE SET looked_at = excluded.looked_at",
        values![workspace, external_id, asked_at],
    )
    .await?;
    Ok(())
}

/// Since when the person is away; none where they are not.
pub(in crate::sync) async fn since(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Option<Timestamp>> {
    let row = tx
        .optional(
            "SELECT since FROM away_person WHERE workspace_id = $1 AND external_id = $2",
            values![workspace, external_id],
        )
        .await?;
    row.map(|row| row.at("since")).transpose()
}

/// Everybody who is noted as away.
pub(in crate::sync) async fn all(tx: &mut Tx, workspace: WorkspaceId) -> Result<BTreeSet<String>> {
    let sql = "SELECT external_id FROM away_person WHERE workspace_id = $1";
    let rows = tx.all(sql, values![workspace]).await?;
    rows.iter().map(|row| row.text("external_id")).collect()
}

/// The person is back. Answers whether they were away.
pub(in crate::sync) async fn end(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<bool> {
    let sql = "DELETE FROM away_person WHERE workspace_id = $1 AND external_id = $2";
    Ok(tx.execute(sql, values![workspace, external_id]).await? > 0)
}

/// Forgets the assignments of a person who was away: the portal has dropped them.
pub(in crate::sync) async fn forget_dropped(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<()> {
    tx.execute(
        "DELETE FROM tile_principal WHERE workspace_id = $1 AND external_id = $2 AND kind = 'person'",
        values![workspace, external_id],
    )
    .await?;
    Ok(())
}

/// Those who are away and still in a group of ours, the longest unseen first.
pub(in crate::sync) async fn in_groups(
    tx: &mut Tx,
    workspace: WorkspaceId,
    limit: i64,
) -> Result<Vec<String>> {
    let rows = tx
        .all(
            "SELECT a.external_id FROM away_person a
             WHERE a.workspace_id = $1 AND EXISTS (
                 SELECT 1 FROM audience_member m JOIN audience u ON u.id = m.audience_id AND u.gone_at IS NULL
                 WHERE m.external_id = a.external_id AND m.workspace_id = $1)
             ORDER BY a.looked_at, a.external_id LIMIT $2",
            values![workspace, limit],
        )
        .await?;
    rows.iter().map(|row| row.text("external_id")).collect()
}

/// A person who is away was looked at, and still is.
pub(in crate::sync) async fn looked_at(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE away_person SET looked_at = $3 WHERE workspace_id = $1 AND external_id = $2",
        values![workspace, external_id, now],
    )
    .await?;
    Ok(())
}
