//! SQL of the queue. Each statement begins at an index of what is due, or of what has a problem.

use model::{AccountId, PortalId, TileId, Timestamp};
use uuid::Uuid;

use super::{Place, Waiting};
use crate::db::{Result, Tx};
use crate::sync::from_rank;
use crate::sync::store::Phase;
use crate::values;

/// A tile in the order of its turn.
#[derive(Debug, Clone)]
pub struct InLine {
    /// Where it stands.
    pub place: Place,
    /// Its account.
    pub account: AccountId,
    /// What the portal calls it.
    pub label: String,
    /// It is to be removed.
    pub is_removal: bool,
    /// Steps done in this run.
    pub steps_done: i64,
    /// Steps of this run, where they are known.
    pub steps_total: i64,
    /// What stood in the way of the last try.
    pub problem: Option<String>,
}

/// A tile with a problem.
#[derive(Debug, Clone)]
pub struct Troubled {
    /// The tile.
    pub tile: TileId,
    /// Its account.
    pub account: AccountId,
    /// What the portal calls it.
    pub label: String,
    /// How far it is.
    pub phase: Phase,
    /// What stands in the way, for people.
    pub problem: String,
    /// The portal's id of the request.
    pub request_id: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
}

pub(super) async fn waiting(tx: &mut Tx, portal: PortalId, now: Timestamp) -> Result<Vec<Waiting>> {
    let rows = tx
        .all(
            "SELECT priority, COUNT(*) AS n,
                    CAST(COALESCE(SUM(CASE WHEN due_at <= $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS due
             FROM tile WHERE portal_id = $1 AND due_at IS NOT NULL
             GROUP BY priority ORDER BY priority",
            values![portal, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let due = row.int("due")?;
            let priority = from_rank(row.int("priority")?);
            Ok(Waiting { priority, due, later: row.int("n")? - due })
        })
        .collect()
}

pub(super) async fn groups(tx: &mut Tx, portal: PortalId) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM audience WHERE portal_id = $1 AND due_at IS NOT NULL AND settled < marked",
        values![portal],
    )
    .await?
    .int("n")
}

/// How many tiles wait for a person, and how many failed and are tried again.
pub(super) async fn troubles(tx: &mut Tx, portal: PortalId) -> Result<(i64, i64)> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n,
                    CAST(COALESCE(SUM(CASE WHEN phase = 'paused' THEN 1 ELSE 0 END), 0) AS BIGINT) AS paused
             FROM tile WHERE portal_id = $1 AND problem IS NOT NULL AND gone_at IS NULL",
            values![portal],
        )
        .await?;
    let paused = row.int("paused")?;
    Ok((paused, row.int("n")? - paused))
}

pub(super) async fn in_line(
    tx: &mut Tx,
    portal: PortalId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<InLine>> {
    let begin = after.unwrap_or(Place {
        rank: -1,
        due_at: Timestamp::UNIX_EPOCH,
        tile: TileId::from(Uuid::nil()),
    });
    let rows = tx
        .all(
            "SELECT id, account_id, label, priority, due_at, ended_at, steps_done, steps_total, problem_detail
             FROM tile WHERE portal_id = $1 AND due_at IS NOT NULL AND (priority, due_at, id) > ($2, $3, $4)
             ORDER BY priority, due_at, id LIMIT $5",
            values![portal, begin.rank, begin.due_at, begin.tile, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let place = Place {
                rank: row.int("priority")?,
                due_at: row.at("due_at")?,
                tile: row.id("id")?,
            };
            Ok(InLine {
                place,
                account: row.id("account_id")?,
                label: row.text("label")?,
                is_removal: row.opt_at("ended_at")?.is_some(),
                steps_done: row.int("steps_done")?,
                steps_total: row.int("steps_total")?,
                problem: row.opt_text("problem_detail")?,
            })
        })
        .collect()
}

pub(super) async fn troubled(
    tx: &mut Tx,
    portal: PortalId,
    after: Option<TileId>,
    limit: i64,
) -> Result<Vec<Troubled>> {
    let rows = tx
        .all(
            "SELECT id, account_id, label, phase, problem_detail, problem_request_id, due_at
             FROM tile WHERE portal_id = $1 AND problem IS NOT NULL AND gone_at IS NULL AND ($2 IS NULL OR id > $2)
             ORDER BY id LIMIT $3",
            values![portal, after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Troubled {
                tile: row.id("id")?,
                account: row.id("account_id")?,
                label: row.text("label")?,
                phase: row.code("phase", Phase::from_code)?,
                problem: row.opt_text("problem_detail")?.unwrap_or_default(),
                request_id: row.opt_text("problem_request_id")?,
                retry_at: row.opt_at("due_at")?,
            })
        })
        .collect()
}
