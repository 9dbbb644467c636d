//! SQL of how far a portal is: what is left to do, until when, and within which limits.

use model::{PortalId, Timestamp};

use crate::db::{Result, Tx};
use crate::sync::worker::PortalRow;
use crate::values;

/// How many tiles are due, and how many steps they need: those that are known, and for a tile that was not looked at yet as
/// many as for one that is on its way, or was made before.
pub(in crate::sync::worker) async fn outstanding(
    tx: &mut Tx,
    row: &PortalRow,
) -> Result<(i64, i64)> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS tiles,
                    CAST(COALESCE(SUM(CASE WHEN steps_total > steps_done THEN steps_total - steps_done
                                           WHEN phase <> 'new' THEN 1
                                           ELSE COALESCE(
                                               (SELECT (CAST(SUM(k.steps_total) AS BIGINT) + COUNT(*) - 1) / NULLIF(COUNT(*), 0)
                                                FROM tile k WHERE k.portal_id = $1 AND k.due_at IS NOT NULL
                                                  AND k.steps_total > 0),
                                               (SELECT 1 + (CAST(SUM(k.people) AS BIGINT) + COUNT(*) - 1) / NULLIF(COUNT(*), 0)
                                                FROM (SELECT (SELECT COUNT(*) FROM tile_principal p
                                                              WHERE p.tile_id = o.id) AS people
                                                      FROM tile o WHERE o.portal_id = $1 AND o.gone_at IS NULL
                                                        AND o.app_id IS NOT NULL ORDER BY o.id LIMIT 100) k),
                                               2) END), 0) AS BIGINT)
                    + CASE WHEN (SELECT logos FROM portal WHERE id = $1) = 1
                           THEN (SELECT COUNT(*) FROM tile w WHERE w.portal_id = $1 AND w.logo IS NULL
                                   AND w.app_id IS NOT NULL AND w.gone_at IS NULL AND w.ended_at IS NULL)
                           ELSE 0 END AS calls
             FROM tile WHERE portal_id = $1 AND due_at IS NOT NULL",
            values![row.id],
        )
        .await?;
    Ok((row.int("tiles")?, row.int("calls")?))
}

/// Writes down when the run will be done.
pub(in crate::sync::worker) async fn set_forecast(
    tx: &mut Tx,
    id: PortalId,
    fence: i64,
    done_at: Option<Timestamp>,
) -> Result<()> {
    tx.execute(
        "UPDATE portal SET forecast_at = $3 WHERE id = $1 AND fence = $2",
        values![id, fence, done_at],
    )
    .await?;
    Ok(())
}

/// When the run will be done, as its worker last told.
pub(in crate::sync::worker) async fn forecast(
    tx: &mut Tx,
    row: &PortalRow,
) -> Result<Option<Timestamp>> {
    tx.one("SELECT forecast_at FROM portal WHERE id = $1", values![row.id])
        .await?
        .opt_at("forecast_at")
}

/// Writes down what is known about the portal's limits.
pub(in crate::sync::worker) async fn set_limits(
    tx: &mut Tx,
    id: PortalId,
    fence: i64,
    limits: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE portal SET limits = $3 WHERE id = $1 AND fence = $2",
        values![id, fence, limits],
    )
    .await?;
    Ok(())
}

/// What is known about the portal's limits, as its worker last told.
pub(in crate::sync::worker) async fn limits(tx: &mut Tx, id: PortalId) -> Result<Option<String>> {
    tx.one("SELECT limits FROM portal WHERE id = $1", values![id]).await?.opt_text("limits")
}
