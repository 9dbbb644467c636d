//! SQL about which audiences have their turn.

use model::{PortalId, Timestamp};
use portal::Priority;

use super::{Candidate, Subject, candidate};
use crate::db::{Result, Tx};
use crate::sync::rank;
use crate::values;

/// How far a first sync looks ahead: two windows of the portal's usual limits make so many tiles.
const NEXT: i64 = 64;

macro_rules! audiences_at_priority {
    ($rank:literal) => {
        concat!(
            "SELECT * FROM (SELECT a.id, a.priority, a.due_at, a.marked FROM audience a
             WHERE a.portal_id = $1 AND a.priority = ",
            $rank,
            " AND a.due_at <= $2 AND ($3 = 0 OR NOT EXISTS (
                 SELECT 1 FROM tile t WHERE t.audience_id = a.id AND t.gone_at IS NULL AND t.ended_at IS NULL))
             ORDER BY a.due_at, a.id LIMIT $4) AS p",
            $rank
        )
    };
}

/// The most urgent audiences, in the order of their priority and of their waiting.
pub(in crate::sync::worker) async fn due_audiences(
    tx: &mut Tx,
    portal: PortalId,
    only_ended: bool,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Candidate>> {
    let rows = tx
        .all(
            concat!(
                "SELECT id, priority, marked FROM (",
                audiences_at_priority!("0"),
                " UNION ALL ",
                audiences_at_priority!("1"),
                " UNION ALL ",
                audiences_at_priority!("2"),
                " UNION ALL ",
                audiences_at_priority!("3"),
                " UNION ALL ",
                audiences_at_priority!("4"),
                ") AS due ORDER BY priority, due_at, id LIMIT $4"
            ),
            values![portal, now, i64::from(only_ended), limit],
        )
        .await?;
    rows.iter().map(|row| candidate(Subject::Audience(row.id("id")?), row)).collect()
}

/// Of the next tiles of a first sync, those that are in no group yet, where tiles are shown by groups.
pub(in crate::sync::worker) async fn without_group(
    tx: &mut Tx,
    portal: PortalId,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let rows = tx
        .all(
            "SELECT id, priority, marked FROM (
                 SELECT id, priority, marked, due_at, phase, ended_at, audience_id FROM tile
                 WHERE portal_id = $1 AND priority = $2 AND due_at <= $3 ORDER BY due_at, id LIMIT $4) AS next
             WHERE phase = 'new' AND ended_at IS NULL AND audience_id IS NULL
               AND EXISTS (SELECT 1 FROM portal WHERE id = $1 AND strategy = 'audience' AND status = 'on')
             ORDER BY due_at, id",
            values![portal, rank(Priority::FirstSync), now, NEXT],
        )
        .await?;
    rows.iter().map(|row| candidate(Subject::Tile(row.id("id")?), row)).collect()
}

/// When the next audience becomes due.
pub(in crate::sync::worker) async fn next_due_audience(
    tx: &mut Tx,
    portal: PortalId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    tx.one(
        "SELECT MIN(due_at) AS due_at FROM audience WHERE portal_id = $1 AND due_at > $2",
        values![portal, now],
    )
    .await?
    .opt_at("due_at")
}
