//! SQL of what the settings page sums up.

use model::WorkspaceId;

use crate::db::{Result, Tx};
use crate::values;

/// How many people and groups a directory has pushed here.
pub(super) struct Pushed {
    pub people: i64,
    pub groups: i64,
}

/// Where the tiles of a workspace stand.
pub(super) struct Standing {
    /// Who turned extending on.
    pub by: Option<String>,
    /// Tiles that nobody has asked to remove.
    pub tiles: i64,
    /// Tiles that were asked to go since extending was turned off.
    pub leaving: i64,
    /// How many of those are gone.
    pub gone: i64,
}

pub(super) async fn pushed(tx: &mut Tx, workspace: WorkspaceId) -> Result<Pushed> {
    let row = tx
        .one(
            "SELECT (SELECT COUNT(*) FROM identity i JOIN member m ON m.id = i.member_id AND m.removed_at IS NULL
                     WHERE i.workspace_id = $1 AND i.ended_at IS NULL) AS people,
                    (SELECT COUNT(*) FROM team t
                     WHERE t.workspace_id = $1 AND t.directory_id IS NOT NULL AND t.deleted_at IS NULL) AS groups_pushed",
            values![workspace],
        )
        .await?;
    Ok(Pushed { people: row.int("people")?, groups: row.int("groups_pushed")? })
}

pub(super) async fn standing(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Standing>> {
    let row = tx
        .optional(
            "SELECT m.name,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.ended_at IS NULL) AS tiles,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.ended_at >= p.turned_off_at) AS leaving,
                    (SELECT COUNT(*) FROM tile t
                     WHERE t.portal_id = p.id AND t.ended_at >= p.turned_off_at AND t.gone_at IS NOT NULL) AS gone
             FROM portal p LEFT JOIN member m ON m.id = p.turned_on_by
             WHERE p.workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Standing {
            by: row.opt_text("name")?,
            tiles: row.int("tiles")?,
            leaving: row.int("leaving")?,
            gone: row.int("gone")?,
        })
    })
    .transpose()
}
