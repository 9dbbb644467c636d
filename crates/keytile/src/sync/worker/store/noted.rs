//! SQL of marks that a change noted for many tiles: the worker puts them on the tiles, the most urgent first.

use model::{PortalId, TileId};

use super::Fence;
use crate::db::{Result, Tx};
use crate::values;

/// So many at a time, so that an urgent tile does not wait for thousands of others.
const AT_ONCE: i64 = 200;

pub(in crate::sync::worker) async fn has_noted_marks(
    tx: &mut Tx,
    portal: PortalId,
) -> Result<bool> {
    let row = tx
        .optional("SELECT 1 AS noted FROM tile_mark WHERE portal_id = $1 LIMIT 1", values![portal])
        .await?;
    Ok(row.is_some())
}

/// Puts the most urgent noted marks on their tiles; answers false where another worker has taken over.
pub(in crate::sync::worker) async fn put_noted_marks(tx: &mut Tx, fence: Fence) -> Result<bool> {
    let ours = tx
        .optional(
            "SELECT 1 AS ours FROM portal WHERE id = $1 AND fence = $2",
            values![fence.portal, fence.number],
        )
        .await?;
    if ours.is_none() {
        return Ok(false);
    }
    let noted = tx
        .all(
            "SELECT tile_id, marks, marked_at, priority FROM tile_mark WHERE portal_id = $1
             ORDER BY priority, marked_at, tile_id LIMIT $2",
            values![fence.portal, AT_ONCE],
        )
        .await?;
    for row in &noted {
        let tile: TileId = row.id("tile_id")?;
        tx.execute(
            "UPDATE tile SET marked = marked + $2, behind_since = COALESCE(behind_since, $3),
                    due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                    priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
             WHERE id = $1 AND gone_at IS NULL",
            values![tile, row.int("marks")?, row.at("marked_at")?, row.int("priority")?],
        )
        .await?;
        tx.execute("DELETE FROM tile_mark WHERE tile_id = $1", values![tile]).await?;
    }
    Ok(true)
}
