//! SQL of the tiles of one person's accounts, and of one tile by its id.

use model::access::Actor;
use model::{TileId, Timestamp, WorkspaceId};

use crate::db::{Result, Tx};
use crate::sync::Tile;
use crate::values;

/// The tiles of the accounts that a person owns.
#[derive(Debug, Clone, Copy)]
pub struct OwnTiles {
    /// How many there are.
    pub tiles: i64,
    /// When one of them was last confirmed.
    pub synced_at: Option<Timestamp>,
}

/// The tiles of the accounts that the actor owns by any path.
pub async fn own_tiles(tx: &mut Tx, actor: &Actor) -> Result<OwnTiles> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n, MAX(t.synced_at) AS synced_at FROM tile t
             WHERE t.workspace_id = $1 AND t.ended_at IS NULL AND EXISTS (
                 SELECT 1 FROM share s
                 WHERE s.account_id = t.account_id AND s.ended_at IS NULL AND s.role = 'owner'
                   AND (s.member_id = $2 OR s.team_id IN (
                       SELECT m.team_id FROM team_membership m WHERE m.member_id = $2 AND m.ended_at IS NULL))
                 UNION ALL
                 SELECT 1 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL AND s.role = 'owner'
                 WHERE i.account_id = t.account_id AND i.ended_at IS NULL
                   AND (s.member_id = $2 OR s.team_id IN (
                       SELECT m.team_id FROM team_membership m WHERE m.member_id = $2 AND m.ended_at IS NULL)))",
            values![actor.workspace, actor.member],
        )
        .await?;
    Ok(OwnTiles { tiles: row.int("n")?, synced_at: row.opt_at("synced_at")? })
}

/// The tile with this id.
pub async fn find_tile(tx: &mut Tx, workspace: WorkspaceId, id: TileId) -> Result<Option<Tile>> {
    let row = tx
        .optional(
            super::tile_rows!("WHERE t.workspace_id = $1 AND t.id = $2"),
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(super::tile::tile).transpose()
}
