//! SQL of previews: what names ids of the portal have, and which tiles have something left to do.

use model::{AccountId, TileId, WorkspaceId};

use crate::db::{Result, Tx};
use crate::sync::Tile;
use crate::sync::store::tile_rows;
use crate::values;

/// The name of a member, by their id in the portal.
pub(in crate::sync) async fn person(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: &str,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "SELECT m.name FROM identity i JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.external_id = $2 ORDER BY i.ended_at IS NOT NULL LIMIT 1",
            values![workspace, id],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// The name of a group of ours, by its id in the portal.
pub(in crate::sync) async fn group(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: &str,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "SELECT name FROM audience WHERE workspace_id = $1 AND group_id = $2 LIMIT 1",
            values![workspace, id],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// The name of an account, also after it was deleted.
pub(super) async fn name(tx: &mut Tx, workspace: WorkspaceId, id: AccountId) -> Result<String> {
    tx.one("SELECT name FROM account WHERE workspace_id = $1 AND id = $2", values![workspace, id])
        .await?
        .text("name")
}

/// Tiles with something left to do, in the order of their ids.
pub(super) async fn outstanding(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<TileId>,
    limit: i64,
) -> Result<Vec<Tile>> {
    let rows = tx
        .all(
            tile_rows!(
                "JOIN portal p ON p.id = t.portal_id
                 WHERE p.workspace_id = $1 AND t.gone_at IS NULL AND ($2 IS NULL OR t.id > $2) AND (
                     t.settled < t.marked OR t.problem IS NOT NULL
                     OR EXISTS (SELECT 1 FROM tile_mark n WHERE n.tile_id = t.id)
                     OR EXISTS (SELECT 1 FROM audience a WHERE a.id = t.audience_id AND a.settled < a.marked))
                 ORDER BY t.id LIMIT $3"
            ),
            values![workspace, after, limit],
        )
        .await?;
    rows.iter().map(crate::sync::store::tile).collect()
}
