//! SQL of passes: when the next is due, what there is to compare, and which tiles are looked at.

use model::{AudienceId, LaunchId, PortalId, TileId, Timestamp, WorkspaceId};
use portal::{AppStatus, Priority};

use crate::actor::By;
use crate::db::{Error, Result, Row as DbRow, Tx};
use crate::sync::audit::compare::{Look, Row};
use crate::sync::rank;
use crate::sync::store::Phase;
use crate::values;

/// How the audits of a portal stand.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// When the next is due; unknown until the worker has chosen.
    pub due_at: Option<Timestamp>,
    /// When somebody asked for one that has not been done.
    pub asked_at: Option<Timestamp>,
    /// When the last whole one ended.
    pub last_at: Option<Timestamp>,
    /// How many there were.
    pub passes: i64,
    /// How many apps the last one listed.
    pub apps: i64,
    /// How many tiles it had looked at.
    pub looks: i64,
    /// Why the last attempt came to nothing.
    pub problem: Option<String>,
}

/// How the audits of a workspace's portal stand.
pub async fn state(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<State>> {
    let row = tx
        .optional(
            "SELECT audit_due_at, audit_asked_at, last_audit_at, audit_passes, audit_apps, audit_looks, audit_problem
             FROM portal WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(State {
            due_at: row.opt_at("audit_due_at")?,
            asked_at: row.opt_at("audit_asked_at")?,
            last_at: row.opt_at("last_audit_at")?,
            passes: row.int("audit_passes")?,
            apps: row.int("audit_apps")?,
            looks: row.int("audit_looks")?,
            problem: row.opt_text("audit_problem")?,
        })
    })
    .transpose()
}

/// Somebody asks for an audit.
pub async fn ask(tx: &mut Tx, by: &By) -> Result<()> {
    tx.execute(
        "UPDATE portal SET audit_asked_at = $2, audit_asked_by = $3 WHERE workspace_id = $1",
        values![by.workspace, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Sets when the next audit is due, and why the last attempt came to nothing. Answers whether the worker is the one.
pub(in crate::sync) async fn postpone(
    tx: &mut Tx,
    portal: PortalId,
    fence: i64,
    due_at: Timestamp,
    problem: Option<&str>,
) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE portal SET audit_due_at = $3, audit_problem = $4,
                    audit_asked_at = CASE WHEN $4 IS NULL THEN audit_asked_at END
             WHERE id = $1 AND fence = $2",
            values![portal, fence, due_at, problem],
        )
        .await?;
    Ok(touched > 0)
}

/// What a pass came to.
pub(in crate::sync) struct Passed {
    pub(in crate::sync) begun_at: Timestamp,
    pub(in crate::sync) next_at: Timestamp,
    pub(in crate::sync) apps: usize,
    pub(in crate::sync) looks: usize,
}

/// A whole pass has ended. A wish that came while it ran is still open. Answers whether the worker is the one.
pub(in crate::sync) async fn finish(
    tx: &mut Tx,
    portal: PortalId,
    fence: i64,
    now: Timestamp,
    passed: &Passed,
) -> Result<bool> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let touched = tx
        .execute(
            "UPDATE portal SET last_audit_at = $3, audit_due_at = $4, audit_passes = audit_passes + 1, audit_apps = $5,
                    audit_looks = $6, audit_problem = NULL,
                    audit_asked_at = CASE WHEN audit_asked_at > $7 THEN audit_asked_at END
             WHERE id = $1 AND fence = $2",
            values![
                portal,
                fence,
                now,
                passed.next_at,
                number(passed.apps),
                number(passed.looks),
                passed.begun_at
            ],
        )
        .await?;
    Ok(touched > 0)
}

/// Every tile of the portal, those that are gone included; `url_of` writes a launch URL.
pub(in crate::sync) async fn rows(
    tx: &mut Tx,
    portal: PortalId,
    url_of: impl Fn(LaunchId) -> String,
) -> Result<Vec<Row>> {
    let rows = tx
        .all(
            "SELECT id, launch_id, app_id, phase, mirror_label, mirror_url, mirror_status, mirror_self_service,
                    mirror_updated_at, gone_at, audience_id
             FROM tile WHERE portal_id = $1",
            values![portal],
        )
        .await?;
    rows.iter().map(|row| read(row, &url_of)).collect()
}

fn read(row: &DbRow, url_of: impl Fn(LaunchId) -> String) -> Result<Row> {
    let launch: [u8; 16] = row
        .bytes("launch_id")?
        .try_into()
        .map_err(|_| Error::Stored { column: "launch_id", why: "not 16 bytes".into() })?;
    let phase = row.code("phase", Phase::from_code)?;
    let status = row.opt_text("mirror_status")?.map(|code| match code.as_str() {
        "active" => AppStatus::Active,
        _ => AppStatus::Inactive,
    });
    let mirror = row.opt_text("mirror_label")?.zip(row.opt_text("mirror_url")?).zip(status);
    Ok(Row {
        tile: row.id("id")?,
        url: url_of(LaunchId::from_bytes(launch)),
        // What a create came to is the search's to find out.
        app_id: row.opt_text("app_id")?.filter(|_| phase != Phase::Creating),
        mirror: mirror.map(|((label, url), status)| (label, url, status)),
        self_service: row.int("mirror_self_service")? != 0,
        updated_at: row.opt_at("mirror_updated_at")?,
        is_gone: row.opt_at("gone_at")?.is_some(),
        is_paused: phase == Phase::Paused,
        is_in_group: row.opt_id::<AudienceId>("audience_id")?.is_some(),
        is_without: phase == Phase::New,
    })
}

/// Asks the worker to look at a tile, behind everything else. A look for the people does not replace a whole one.
pub(in crate::sync) async fn mark_look(
    tx: &mut Tx,
    now: Timestamp,
    tile: TileId,
    look: Look,
) -> Result<()> {
    let refresh = match look {
        Look::Whole => 1_i64,
        Look::People => 2,
    };
    tx.execute(
        "UPDATE tile SET marked = marked + 1, refresh = CASE WHEN refresh = 1 THEN 1 ELSE $3 END,
                due_at = CASE WHEN due_at IS NULL OR due_at > $2 THEN $2 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL THEN $4 ELSE priority END
         WHERE id = $1 AND gone_at IS NULL",
        values![tile, now, refresh, rank(Priority::Audit)],
    )
    .await?;
    Ok(())
}

/// Remembers the portal's own "last updated" of a tile that is as we know it.
pub(in crate::sync) async fn learn(tx: &mut Tx, tile: TileId, at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE tile SET mirror_updated_at = $2 WHERE id = $1 AND mirror_updated_at IS NULL",
        values![tile, at],
    )
    .await?;
    Ok(())
}

/// How many tiles have differed from what is wanted since before `since` (L6). Asked every few seconds: each half reads what
/// differs, by an index of its own, rather than all tiles.
pub async fn count_behind(tx: &mut Tx, workspace: WorkspaceId, since: Timestamp) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT t.id FROM portal p JOIN tile t ON t.portal_id = p.id
             WHERE p.workspace_id = $1 AND (p.status <> 'off' OR t.ended_at IS NOT NULL)
               AND t.gone_at IS NULL AND t.behind_since <= $2
             UNION
             SELECT t.id FROM portal p JOIN tile_mark n ON n.portal_id = p.id JOIN tile t ON t.id = n.tile_id
             WHERE p.workspace_id = $1 AND (p.status <> 'off' OR t.ended_at IS NOT NULL)
               AND t.gone_at IS NULL AND n.marked_at <= $2
         ) b",
        values![workspace, since],
    )
    .await?
    .int("n")
}

/// A tile that is not as it should be, and has not been for a while.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The tile.
    pub tile: TileId,
    /// Its account.
    pub account: model::AccountId,
    /// What it is called.
    pub label: String,
    /// Since when.
    pub since: Timestamp,
    /// What stands in the way, where something does.
    pub problem: Option<String>,
    /// A person has to decide about the app.
    pub is_paused: bool,
}

/// The tiles that have been behind the longest, and all that are paused.
pub async fn behind(
    tx: &mut Tx,
    workspace: WorkspaceId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Behind>> {
    let rows = tx
        .all(
            "SELECT t.id, t.account_id, t.label, t.behind_since, t.extended_at, t.phase, t.problem_detail
             FROM tile t JOIN portal p ON p.id = t.portal_id
             WHERE p.workspace_id = $1 AND (p.status <> 'off' OR t.ended_at IS NOT NULL) AND t.gone_at IS NULL
               AND (t.behind_since <= $2 OR (t.phase = 'paused' AND t.ended_at IS NULL AND t.behind_since IS NOT NULL))
             ORDER BY CASE WHEN t.phase = 'paused' THEN 0 ELSE 1 END, t.behind_since, t.id LIMIT $3",
            values![workspace, since, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Behind {
                tile: row.id("id")?,
                account: row.id("account_id")?,
                label: row.text("label")?,
                since: row.opt_at("behind_since")?.unwrap_or(row.at("extended_at")?),
                problem: row.opt_text("problem_detail")?,
                is_paused: row.code("phase", Phase::from_code)? == Phase::Paused,
            })
        })
        .collect()
}
