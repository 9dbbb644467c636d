//! SQL of differences: a report of what was found, and of how each ended.

use model::{AccountId, DriftId, MemberId, PortalId, TileId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::sync::Tile;
use crate::sync::audit::{Difference, Kind};
use crate::values;

/// A difference as the report shows it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its id, by which pages go on.
    pub id: DriftId,
    /// What kind it is.
    pub kind: Kind,
    /// What the app is called.
    pub label: String,
    /// The account behind the tile.
    pub account: Option<AccountId>,
    /// The portal's id of the person or group.
    pub external_id: Option<String>,
    /// The member, where we know them.
    pub member: Option<(MemberId, String)>,
    /// What we had.
    pub ours: Option<String>,
    /// What the portal had.
    pub theirs: Option<String>,
    /// When it was found.
    pub found_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// `repaired`, or what a person decided.
    pub ended_how: Option<String>,
    /// Who decided.
    pub ended_by: Option<String>,
    /// Who did it in the portal, where its log told.
    pub done_by: Option<String>,
}

/// Which differences are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Only those that are not over, or only those that are.
    pub is_open: Option<bool>,
    /// Of this account's tiles.
    pub account: Option<AccountId>,
    /// Older than this one.
    pub before: Option<DriftId>,
}

/// Records a difference, unless the same one is open already.
pub(in crate::sync) async fn insert_drift(
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    tile: &Tile,
    difference: &Difference,
) -> Result<()> {
    let app = difference.app.as_deref().or(tile.app_id.as_deref()).unwrap_or_default();
    let about = About { portal, tile: Some(tile.id), app, label: &tile.label };
    insert(tx, by, &about, difference).await
}

/// What a difference is about.
pub(in crate::sync) struct About<'a> {
    pub(in crate::sync) portal: PortalId,
    pub(in crate::sync) tile: Option<TileId>,
    pub(in crate::sync) app: &'a str,
    pub(in crate::sync) label: &'a str,
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    about: &About<'_>,
    difference: &Difference,
) -> Result<()> {
    let id = DriftId::new(by.now, &mut by.rng);
    let kind = difference.kind.code();
    tx.execute(
        "INSERT INTO drift (id, workspace_id, portal_id, tile_id, app_id, app_label, kind, external_id, ours, theirs, found_at,
                            done_by)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                (SELECT c.actor FROM portal_change c
                 WHERE c.portal_id = $3 AND c.app_id = $5 AND c.kind = $7 AND c.external_id = COALESCE($8, '')
                 ORDER BY c.at DESC LIMIT 1)
         WHERE NOT EXISTS (
             SELECT 1 FROM drift
             WHERE portal_id = $3 AND app_id = $5 AND kind = $7 AND COALESCE(tile_id, $3) = COALESCE($4, $3) AND COALESCE(external_id, '') = COALESCE($8, '')
               AND ended_at IS NULL)",
        values![
            id,
            by.workspace,
            about.portal,
            about.tile,
            about.app,
            about.label,
            kind,
            difference.external_id.as_deref(),
            difference.ours.as_deref(),
            difference.theirs.as_deref(),
            by.now
        ],
    )
    .await?;
    Ok(())
}

/// The tile is as it should be: what differed was repaired.
pub(in crate::sync) async fn end_drift(tx: &mut Tx, tile: TileId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE drift SET ended_at = $2, ended_how = 'repaired'
         WHERE tile_id = $1 AND ended_at IS NULL AND kind NOT IN ('orphan', 'ghost', 'double')",
        values![tile, now],
    )
    .await?;
    Ok(())
}

/// A person decided about what an admin of the portal did to a tile.
pub(in crate::sync) async fn decide_drift(
    tx: &mut Tx,
    by: &By,
    tile: TileId,
    how: &'static str,
) -> Result<()> {
    tx.execute(
        "UPDATE drift SET ended_at = $3, ended_how = $4, ended_by = $5
         WHERE workspace_id = $1 AND tile_id = $2 AND ended_at IS NULL
           AND kind IN ('deleted', 'hidden', 'foreign_address')",
        values![by.workspace, tile, by.now, how, by.member],
    )
    .await?;
    Ok(())
}

/// What became of an app that no tile explains.
pub(in crate::sync) async fn end_stray_drift(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    app: &str,
    how: &'static str,
) -> Result<()> {
    tx.execute(
        "UPDATE drift SET ended_at = $3, ended_how = $4, ended_by = $5
         WHERE portal_id = $1 AND app_id = $2 AND ended_at IS NULL AND kind IN ('orphan', 'ghost', 'double')",
        values![portal, app, by.now, how, by.member],
    )
    .await?;
    Ok(())
}

/// The newest differences.
pub async fn drift(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Found>> {
    let rows = tx
        .all(
            "SELECT d.id, d.kind, d.app_label, t.account_id, d.external_id, m.id AS member_id, m.name, d.ours, d.theirs,
                    d.found_at, d.ended_at, d.ended_how, e.name AS ended_by, d.done_by
             FROM drift d
             JOIN portal p ON p.id = d.portal_id AND p.workspace_id = $1
             LEFT JOIN tile t ON t.id = d.tile_id
             LEFT JOIN identity i ON i.id = (
                 SELECT o.id FROM identity o WHERE o.workspace_id = d.workspace_id AND o.external_id = d.external_id
                 ORDER BY o.id DESC LIMIT 1)
             LEFT JOIN member m ON m.id = i.member_id
             LEFT JOIN member e ON e.id = d.ended_by
             WHERE ($2 IS NULL OR d.kind = $2) AND ($3 IS NULL OR (d.ended_at IS NULL) = ($3 = 1))
               AND ($4 IS NULL OR t.account_id = $4) AND ($5 IS NULL OR d.id < $5)
             ORDER BY d.id DESC LIMIT $6",
            values![
                workspace,
                filter.kind.map(Kind::code),
                filter.is_open.map(i64::from),
                filter.account,
                filter.before,
                limit
            ],
        )
        .await?;
    rows.iter().map(found).collect()
}

/// How many differences are not over.
pub async fn count_drift(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM drift d JOIN portal p ON p.id = d.portal_id
         WHERE p.workspace_id = $1 AND d.ended_at IS NULL",
        values![workspace],
    )
    .await?
    .int("n")
}

fn found(row: &Row) -> Result<Found> {
    Ok(Found {
        id: row.id("id")?,
        kind: row.code("kind", Kind::from_code)?,
        label: row.text("app_label")?,
        account: row.opt_id("account_id")?,
        external_id: row.opt_text("external_id")?,
        member: row.opt_id("member_id")?.zip(row.opt_text("name")?),
        ours: row.opt_text("ours")?,
        theirs: row.opt_text("theirs")?,
        found_at: row.at("found_at")?,
        ended_at: row.opt_at("ended_at")?,
        ended_how: row.opt_text("ended_how")?,
        ended_by: row.opt_text("ended_by")?,
        done_by: row.opt_text("done_by")?,
    })
}
