//! SQL of waves: how many left of late, and who.

use model::{DepartureId, Timestamp, WaveId, WorkspaceId};

use super::departure;
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::departures::{Gone, Wave};
use crate::members::store::status;
use crate::values;

/// The wave whose last person left after `since`.
pub(in crate::departures) async fn wave_under_way(
    tx: &mut Tx,
    workspace: WorkspaceId,
    since: Timestamp,
) -> Result<Option<WaveId>> {
    let row = tx
        .optional(
            "SELECT id, last_at FROM departure_wave WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1",
            values![workspace],
        )
        .await?;
    let Some(row) = row.filter(|row| row.at("last_at").is_ok_and(|at| at > since)) else {
        return Ok(None);
    };
    Ok(Some(row.id("id")?))
}

pub(in crate::departures) async fn join_wave(
    tx: &mut Tx,
    by: &By,
    wave: WaveId,
    departure: DepartureId,
) -> Result<()> {
    tx.execute(
        "UPDATE departure SET wave_id = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, departure, wave],
    )
    .await?;
    tx.execute(
        "UPDATE departure_wave SET last_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, wave, by.now],
    )
    .await?;
    Ok(())
}

/// How many people left after `since`, counted up to `most`.
pub(in crate::departures) async fn recent(
    tx: &mut Tx,
    workspace: WorkspaceId,
    since: Timestamp,
    most: i64,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT DISTINCT member_id FROM departure WHERE workspace_id = $1 AND at > $2 LIMIT $3) d",
        values![workspace, since, most],
    )
    .await?
    .int("n")
}

/// How many people are here, counted up to `most`.
pub(in crate::departures) async fn people_here(
    tx: &mut Tx,
    workspace: WorkspaceId,
    most: i64,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT id FROM member WHERE workspace_id = $1 AND removed_at IS NULL LIMIT $2) m",
        values![workspace, most],
    )
    .await?
    .int("n")
}

/// A wave of all who left after `since`.
pub(in crate::departures) async fn begin_wave(
    tx: &mut Tx,
    by: &mut By,
    since: Timestamp,
) -> Result<()> {
    let id = WaveId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO departure_wave (id, workspace_id, began_at, last_at)
         SELECT $1, $2, MIN(at), $4 FROM departure WHERE workspace_id = $2 AND at > $3 AND wave_id IS NULL",
        values![id, by.workspace, since, by.now],
    )
    .await?;
    tx.execute(
        "UPDATE departure SET wave_id = $3 WHERE workspace_id = $1 AND at > $2 AND wave_id IS NULL",
        values![by.workspace, since, id],
    )
    .await?;
    Ok(())
}

/// Waves, of `$which`.
macro_rules! waves {
    ($which:literal) => {
        concat!(
            "SELECT w.id, w.began_at, w.last_at,
                    (SELECT COUNT(*) FROM departure d WHERE d.wave_id = w.id) AS people,
                    (SELECT COUNT(*) FROM departure d JOIN member m ON m.id = d.member_id
                     WHERE d.wave_id = w.id AND d.decided_at IS NULL AND m.removed_at IS NULL AND m.suspended_at IS NULL)
                        AS waiting
             FROM departure_wave w WHERE w.workspace_id = $1 ",
            $which
        )
    };
}

pub(in crate::departures) async fn waves(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Wave>> {
    let rows = tx.all(waves!("ORDER BY w.id DESC LIMIT 50"), values![workspace]).await?;
    rows.iter().map(wave).collect()
}

pub(in crate::departures) async fn find_wave(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: WaveId,
) -> Result<Option<Wave>> {
    let row = tx.optional(waves!("AND w.id = $2"), values![workspace, id]).await?;
    row.as_ref().map(wave).transpose()
}

/// Everybody who left in a wave, by name.
pub(in crate::departures) async fn gone(
    tx: &mut Tx,
    workspace: WorkspaceId,
    wave: WaveId,
) -> Result<Vec<Gone>> {
    let rows = tx
        .all(
            "SELECT d.id, d.member_id, d.at, d.role, d.external_id, d.wave_id, d.asked_at, d.decided_at, d.decision,
                    m.name, m.suspended_at, m.removed_at,
                    (SELECT COUNT(*) FROM share s WHERE s.departure_id = d.id)
                    + (SELECT COUNT(*) FROM team_membership t JOIN team g ON g.id = t.team_id AND g.directory_id IS NULL
                       WHERE t.departure_id = d.id) AS restorable
             FROM departure d JOIN member m ON m.id = d.member_id
             WHERE d.workspace_id = $1 AND d.wave_id = $2 ORDER BY m.name_key, d.id",
            values![workspace, wave],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Gone {
                departure: departure(row)?,
                status: status(row)?,
                restorable: row.int("restorable")?,
                decision: row.opt_text("decision")?,
            })
        })
        .collect()
}

fn wave(row: &Row) -> Result<Wave> {
    Ok(Wave {
        id: row.id("id")?,
        began_at: row.at("began_at")?,
        last_at: row.at("last_at")?,
        people: row.int("people")?,
        waiting: row.int("waiting")?,
    })
}
