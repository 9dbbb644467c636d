//! SQL of comparisons: when they were, what they cost, and what they came to.

use jiff::SignedDuration;
use model::{DirectoryId, DirectoryRunId, Timestamp};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::directories::watch::{Cause, Ran, Tally, Watch};
use crate::values;

/// They are kept so long.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(in crate::directories::watch) async fn begin_run(
    tx: &mut Tx,
    by: &mut By,
    watch: &Watch,
    cause: Cause,
) -> Result<DirectoryRunId> {
    let id = DirectoryRunId::new(by.now, &mut by.rng);
    tx.execute(
        "UPDATE directory_run SET ended_at = $2, problem = 'It was interrupted, and begun anew.'
         WHERE directory_id = $1 AND ended_at IS NULL AND cause <> 'hook'",
        values![watch.directory, by.now],
    )
    .await?;
    tx.execute(
        "DELETE FROM directory_run WHERE directory_id = $1 AND begun_at < $2",
        values![watch.directory, by.now - KEPT],
    )
    .await?;
    tx.execute(
        "INSERT INTO directory_run (id, workspace_id, directory_id, cause, begun_at) VALUES ($1, $2, $3, $4, $5)",
        values![id, by.workspace, watch.directory, cause.code(), by.now],
    )
    .await?;
    Ok(id)
}

/// How far a run is, and how it ended where it has.
pub(in crate::directories::watch) async fn note_run(
    tx: &mut Tx,
    id: DirectoryRunId,
    tally: &Tally,
    ended_at: Option<Timestamp>,
    problem: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE directory_run SET calls = $2, people = $3, looks = $4, removed = $5, missing = $6, suspended = $7,
                resumed = $8, waiting = $9, ended_at = $10, problem = $11
         WHERE id = $1",
        values![
            id, tally.calls, tally.people, tally.looks, tally.removed, tally.missing, tally.suspended,
            tally.resumed, tally.waiting, ended_at, problem
        ],
    )
    .await?;
    Ok(())
}

/// The newest runs first. Of those that a hook caused, only the ones that did something.
pub(in crate::directories::watch) async fn runs(
    tx: &mut Tx,
    directory: DirectoryId,
    limit: i64,
) -> Result<Vec<Ran>> {
    let rows = tx
        .all(
            "SELECT cause, begun_at, ended_at, calls, people, looks, removed, missing, suspended, resumed, waiting, problem
             FROM directory_run
             WHERE directory_id = $1 AND (cause <> 'hook' OR removed + suspended + resumed + waiting > 0 OR problem IS NOT NULL)
             ORDER BY begun_at DESC, id DESC LIMIT $2",
            values![directory, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Ran {
                cause: row.code("cause", Cause::from_code)?,
                begun_at: row.at("begun_at")?,
                ended_at: row.opt_at("ended_at")?,
                tally: Tally {
                    calls: row.int("calls")?,
                    people: row.int("people")?,
                    looks: row.int("looks")?,
                    removed: row.int("removed")?,
                    missing: row.int("missing")?,
                    suspended: row.int("suspended")?,
                    resumed: row.int("resumed")?,
                    waiting: row.int("waiting")?,
                },
                problem: row.opt_text("problem")?,
            })
        })
        .collect()
}
