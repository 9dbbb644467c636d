//! SQL of what was found about a directory's health.

use std::collections::BTreeMap;

use model::workspace::WorkspaceRole;
use model::{DirectoryId, MemberId, Timestamp, WorkspaceId};

use super::{Finding, Kind, Ours};
use crate::db::{Result, Row, Tx};
use crate::values;

/// Everybody who came by the directory and is a member now.
pub(super) async fn ours(tx: &mut Tx, directory: DirectoryId) -> Result<Vec<Ours>> {
    let rows = tx
        .all(
            "SELECT i.external_id, m.name, r.role FROM identity i
             JOIN member m ON m.id = i.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.directory_id = $1 AND i.ended_at IS NULL AND m.removed_at IS NULL ORDER BY m.name_key, m.id",
            values![directory],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Ours {
                external_id: row.opt_text("external_id")?,
                name: row.text("name")?,
                is_owner: row.code("role", WorkspaceRole::from_code)? == WorkspaceRole::Owner,
            })
        })
        .collect()
}

/// Clears the place of a look that broke off.
pub(super) async fn begin(tx: &mut Tx, directory: DirectoryId, found_at: Timestamp) -> Result<()> {
    tx.execute(
        "DELETE FROM directory_finding WHERE directory_id = $1 AND found_at = $2",
        values![directory, found_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    directory: DirectoryId,
    found_at: Timestamp,
    place: i64,
    finding: &Finding,
) -> Result<()> {
    tx.execute(
        "INSERT INTO directory_finding (directory_id, workspace_id, found_at, kind, place, external_id, name, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            directory,
            workspace,
            found_at,
            finding.kind.code(),
            place,
            &finding.external_id,
            &finding.name,
            &finding.detail
        ],
    )
    .await?;
    Ok(())
}

/// From now on these findings count, and no others.
pub(super) async fn finish(
    tx: &mut Tx,
    workspace: WorkspaceId,
    directory: DirectoryId,
    found_at: Timestamp,
    people: i64,
    note: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET health_at = $3, health_people = $4, health_note = $5
         WHERE workspace_id = $1 AND id = $2",
        values![workspace, directory, found_at, people, note],
    )
    .await?;
    tx.execute(
        "DELETE FROM directory_finding WHERE directory_id = $1 AND found_at <> $2",
        values![directory, found_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn counts(tx: &mut Tx, workspace: WorkspaceId) -> Result<BTreeMap<Kind, i64>> {
    let rows = tx
        .all(
            "SELECT f.kind, COUNT(*) AS n FROM directory d
             JOIN directory_finding f ON f.directory_id = d.id AND f.found_at = d.health_at
             WHERE d.workspace_id = $1 GROUP BY f.kind",
            values![workspace],
        )
        .await?;
    rows.iter().map(|row| Ok((row.code("kind", Kind::from_code)?, row.int("n")?))).collect()
}

pub(super) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: Kind,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Finding)>> {
    let rows = tx
        .all(
            "SELECT f.place, f.kind, f.external_id, f.name, f.detail FROM directory d
             JOIN directory_finding f ON f.directory_id = d.id AND f.found_at = d.health_at
             WHERE d.workspace_id = $1 AND f.kind = $2 AND f.place > $3 ORDER BY f.place LIMIT $4",
            values![workspace, kind.code(), after, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int("place")?, finding(row)?))).collect()
}

pub(super) async fn has_any(tx: &mut Tx, workspace: WorkspaceId, kind: Kind) -> Result<bool> {
    Ok(!list(tx, workspace, kind, 0, 1).await?.is_empty())
}

pub(super) async fn of_person(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Vec<Kind>> {
    let rows = tx
        .all(
            "SELECT DISTINCT f.kind FROM directory d
             JOIN directory_finding f ON f.directory_id = d.id AND f.found_at = d.health_at
             WHERE d.workspace_id = $1 AND f.external_id = $2 ORDER BY f.kind",
            values![workspace, external_id],
        )
        .await?;
    rows.iter().map(|row| row.code("kind", Kind::from_code)).collect()
}

pub(super) async fn of_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<Vec<Kind>> {
    let rows = tx
        .all(
            "SELECT DISTINCT f.kind FROM directory d
             JOIN identity i ON i.directory_id = d.id AND i.ended_at IS NULL
             JOIN directory_finding f ON f.directory_id = d.id AND f.found_at = d.health_at
                  AND f.external_id = i.external_id
             WHERE d.workspace_id = $1 AND i.member_id = $2 ORDER BY f.kind",
            values![workspace, member],
        )
        .await?;
    rows.iter().map(|row| row.code("kind", Kind::from_code)).collect()
}

fn finding(row: &Row) -> Result<Finding> {
    Ok(Finding {
        kind: row.code("kind", Kind::from_code)?,
        external_id: row.text("external_id")?,
        name: row.text("name")?,
        detail: row.text("detail")?,
    })
}
