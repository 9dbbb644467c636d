//! SQL of audiences, for the use-cases. The worker's own is in `worker/store/audience.rs`.

use model::share::Grantee;
use model::{AudienceId, PortalId, TileId, Timestamp, WorkspaceId};
use portal::Priority;

use super::tile::Tile;
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::sync::audience::{Sources, another_name};
use crate::sync::store::Phase;
use crate::sync::{Problem, rank};
use crate::values;

/// The audience with these sources.
pub(in crate::sync) async fn find_audience(
    tx: &mut Tx,
    portal: PortalId,
    hash: &[u8],
) -> Result<Option<AudienceId>> {
    let row = tx
        .optional(
            "SELECT id FROM audience WHERE portal_id = $1 AND sources_hash = $2 AND gone_at IS NULL",
            values![portal, hash],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// Makes an audience for a tile, as urgent as the tile is.
pub(in crate::sync) async fn insert_audience(
    tx: &mut Tx,
    by: &mut By,
    tile: &Tile,
    hash: &[u8],
    name: &str,
    sources: &Sources,
) -> Result<AudienceId> {
    let id = AudienceId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO audience (id, workspace_id, portal_id, sources_hash, name, due_at, priority, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $6)",
        values![id, tile.workspace, tile.portal, hash, name, by.now, tile.priority],
    )
    .await?;
    insert_sources(tx, by, id, sources).await?;
    Ok(id)
}

/// The audience becomes that of other sources.
pub(in crate::sync) async fn set_sources(
    tx: &mut Tx,
    by: &By,
    id: AudienceId,
    hash: &[u8],
    name: &str,
    sources: &Sources,
) -> Result<()> {
    tx.execute(
        "UPDATE audience SET sources_hash = $3, name = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, hash, name],
    )
    .await?;
    tx.execute(
        "DELETE FROM audience_source WHERE workspace_id = $1 AND audience_id = $2",
        values![by.workspace, id],
    )
    .await?;
    insert_sources(tx, by, id, sources).await
}

async fn insert_sources(tx: &mut Tx, by: &By, id: AudienceId, sources: &Sources) -> Result<()> {
    for source in sources.iter() {
        let (kind, source) = match source {
            Grantee::Member(id) => ("member", id.uuid()),
            Grantee::Team(id) => ("team", id.uuid()),
        };
        tx.execute(
            "INSERT INTO audience_source (audience_id, workspace_id, kind, source_id) VALUES ($1, $2, $3, $4)",
            values![id, by.workspace, kind, source],
        )
        .await?;
    }
    Ok(())
}

/// Puts a tile into an audience, or into none.
pub(in crate::sync) async fn set_audience(
    tx: &mut Tx,
    workspace: WorkspaceId,
    tile: TileId,
    audience: Option<AudienceId>,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET audience_id = $3 WHERE workspace_id = $1 AND id = $2",
        values![workspace, tile, audience],
    )
    .await?;
    Ok(())
}

/// The name of an audience that may become another one: this tile alone is in it, and its group is known, or was never
/// asked for. A group whose making is uncertain is searched for by its name, so the name must stay.
pub(in crate::sync) async fn name_if_free(
    tx: &mut Tx,
    audience: AudienceId,
    tile: TileId,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "SELECT a.name FROM audience a
             WHERE a.id = $1 AND a.gone_at IS NULL AND a.phase <> 'paused' AND (a.group_id IS NOT NULL OR a.sent_at IS NULL)
               AND NOT EXISTS (
                   SELECT 1 FROM tile t WHERE t.audience_id = a.id AND t.gone_at IS NULL AND t.id <> $2)",
            values![audience, tile],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// Whether an audience of the portal has this name.
pub(in crate::sync) async fn is_name_taken(
    tx: &mut Tx,
    portal: PortalId,
    name: &str,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS taken FROM audience WHERE portal_id = $1 AND name = $2 AND gone_at IS NULL LIMIT 1",
            values![portal, name],
        )
        .await?;
    Ok(row.is_some())
}

/// A tile is in the audience (again). One that was about to go is looked at, so that it stays.
pub(in crate::sync) async fn end_idleness(
    tx: &mut Tx,
    by: &By,
    id: AudienceId,
    rank: i64,
) -> Result<()> {
    let sql = "UPDATE audience SET idle_since = NULL WHERE workspace_id = $1 AND id = $2 AND idle_since IS NOT NULL";
    if tx.execute(sql, values![by.workspace, id]).await? > 0 {
        mark_audience(tx, by, id, rank).await?;
    }
    Ok(())
}

/// Whether another tile than this one is in the audience.
pub(in crate::sync) async fn is_shared(
    tx: &mut Tx,
    audience: AudienceId,
    tile: TileId,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS shared FROM tile WHERE audience_id = $1 AND gone_at IS NULL AND id <> $2 LIMIT 1",
            values![audience, tile],
        )
        .await?;
    Ok(row.is_some())
}

/// Notes since when no tile is in the audience, or that one is.
pub(in crate::sync) async fn note_idle(tx: &mut Tx, id: AudienceId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE audience SET idle_since = CASE
             WHEN EXISTS (SELECT 1 FROM tile t WHERE t.audience_id = $1 AND t.gone_at IS NULL) THEN NULL
             ELSE COALESCE(idle_since, $2) END
         WHERE id = $1",
        values![id, now],
    )
    .await?;
    Ok(())
}

/// What pages tell of a tile's audience.
#[derive(Debug, Clone)]
pub(in crate::sync) struct AudienceStanding {
    /// Nothing is left to do for it.
    pub(in crate::sync) is_settled: bool,
    /// When everything was last confirmed.
    pub(in crate::sync) synced_at: Option<Timestamp>,
    /// It waits for a person.
    pub(in crate::sync) is_paused: bool,
    /// Why it does not go on, for people.
    pub(in crate::sync) problem: Option<Problem>,
}

pub(in crate::sync) async fn audience_standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AudienceId,
) -> Result<Option<AudienceStanding>> {
    let row = tx
        .optional(
            "SELECT marked, settled, synced_at, phase, problem, problem_detail, problem_request_id, due_at
             FROM audience WHERE workspace_id = $1 AND id = $2",
            values![workspace, id],
        )
        .await?;
    row.map(|row| {
        let problem = match row.opt_text("problem")? {
            None => None,
            Some(code) => Some(Problem {
                code,
                message: row.opt_text("problem_detail")?.unwrap_or_default(),
                request_id: row.opt_text("problem_request_id")?,
                retry_at: row.opt_at("due_at")?,
            }),
        };
        Ok(AudienceStanding {
            is_settled: row.int("settled")? >= row.int("marked")?,
            synced_at: row.opt_at("synced_at")?,
            is_paused: row.code("phase", Phase::from_code)? == Phase::Paused,
            problem,
        })
    })
    .transpose()
}

/// After a pause: the group is made anew. Under another name, because the one before may still be there.
pub(in crate::sync) async fn restart_audience(tx: &mut Tx, by: &By, id: AudienceId) -> Result<()> {
    let row = tx
        .optional(
            "SELECT name FROM audience WHERE workspace_id = $1 AND id = $2 AND phase = 'paused'",
            values![by.workspace, id],
        )
        .await?;
    let Some(name) = row.map(|row| row.text("name")).transpose()? else { return Ok(()) };
    tx.execute(
        "UPDATE audience SET marked = marked + 1, due_at = $3, priority = $4, failures = 0, phase = 'new', confirmed = 'kept',
                group_id = NULL, sent_at = NULL, mirror_name = NULL, mirror_description = NULL, refresh = 0,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL, in_flight = NULL, name = $5
         WHERE workspace_id = $1 AND id = $2 AND phase = 'paused'",
        values![by.workspace, id, by.now, rank(Priority::Person), another_name(&name)],
    )
    .await?;
    // One of them was asked for, and all of them come by the new group.
    tx.execute(
        "UPDATE tile SET marked = marked + 1, behind_since = COALESCE(behind_since, $3),
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
         WHERE workspace_id = $1 AND audience_id = $2 AND gone_at IS NULL AND phase <> 'paused'",
        values![by.workspace, id, by.now, rank(Priority::Person)],
    )
    .await?;
    Ok(())
}

/// Has the audience looked at again, at least as soon as `rank` says.
pub(in crate::sync) async fn mark_audience(
    tx: &mut Tx,
    by: &By,
    id: AudienceId,
    rank: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE audience SET marked = marked + 1,
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
         WHERE workspace_id = $1 AND id = $2 AND gone_at IS NULL",
        values![by.workspace, id, by.now, rank],
    )
    .await?;
    Ok(())
}

/// What the sources are called, teams first, each by name.
pub(in crate::sync) async fn source_names(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sources: &Sources,
) -> Result<Vec<String>> {
    let (mut teams, mut members) = (Vec::new(), Vec::new());
    for source in sources.iter() {
        let row = match source {
            Grantee::Team(id) => {
                let sql = "SELECT name FROM team WHERE workspace_id = $1 AND id = $2";
                tx.optional(sql, values![workspace, *id]).await?
            }
            Grantee::Member(id) => {
                let sql = "SELECT name FROM member WHERE workspace_id = $1 AND id = $2";
                tx.optional(sql, values![workspace, *id]).await?
            }
        };
        let Some(name) = row.map(|row| row.text("name")).transpose()? else { continue };
        match source {
            Grantee::Team(_) => teams.push(name),
            Grantee::Member(_) => members.push(name),
        }
    }
    teams.sort();
    members.sort();
    Ok(teams.into_iter().chain(members).collect())
}
