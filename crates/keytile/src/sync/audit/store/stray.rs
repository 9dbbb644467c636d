//! SQL of apps with our address that no tile explains.

use jiff::SignedDuration;
use model::{PortalId, Timestamp, WorkspaceId};
use portal::AppStatus;

use super::drift::{About, end_stray_drift, insert};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::sync::audit::compare::Stray;
use crate::sync::audit::{Difference, Kind};
use crate::values;

/// A stray app is hidden after a day …
pub const HIDDEN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// … and deleted after a week (security.md 3.3, 8).
pub const DELETED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A stray app as its row tells.
#[derive(Debug, Clone)]
pub struct StrayRow {
    /// The portal's id of the app.
    pub app_id: String,
    /// An orphan, a ghost or a double.
    pub kind: Kind,
    /// What it is called.
    pub label: String,
    /// Where it leads: the mark by which it is ours.
    pub url: String,
    /// When it was found.
    pub found_at: Timestamp,
    /// When it was seen hidden, or was hidden by us.
    pub hidden_at: Option<Timestamp>,
    /// When it is hidden or deleted next; never, where somebody decided to keep it.
    pub due_at: Option<Timestamp>,
    /// Somebody asked to remove it.
    pub is_asked_for: bool,
    /// Why that came to nothing.
    pub problem: Option<String>,
}

/// Takes note of the strays that a whole list showed, and forgets those that it did not.
pub(in crate::sync) async fn note_strays(
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    strays: &[Stray],
) -> Result<()> {
    for stray in strays {
        let app = &stray.app;
        let hidden_at = (app.status == AppStatus::Inactive).then_some(by.now);
        let wait = if hidden_at.is_some() { DELETED_AFTER } else { HIDDEN_AFTER };
        tx.execute(
            "INSERT INTO stray_app (portal_id, workspace_id, app_id, kind, label, url, found_at, seen_at, hidden_at, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)
             ON CONFLICT (portal_id, app_id) DO UPDATE SET
                 kind = excluded.kind, label = excluded.label, url = excluded.url, seen_at = excluded.seen_at,
                 hidden_at = CASE WHEN excluded.hidden_at IS NULL THEN NULL
                                  ELSE COALESCE(stray_app.hidden_at, excluded.hidden_at) END,
                 found_at = CASE WHEN stray_app.ended_at IS NULL THEN stray_app.found_at ELSE excluded.found_at END,
                 due_at = CASE WHEN stray_app.ended_at IS NULL THEN stray_app.due_at ELSE excluded.due_at END,
                 decision = CASE WHEN stray_app.ended_at IS NULL THEN stray_app.decision END,
                 ended_at = NULL",
            values![
                portal,
                by.workspace,
                &app.id.0,
                stray.kind.code(),
                &app.label,
                &app.url,
                by.now,
                hidden_at,
                by.now + wait
            ],
        )
        .await?;
        let about = About { portal, tile: stray.tile, app: &app.id.0, label: &app.label };
        insert(tx, by, &about, &Difference::stray(stray.kind, &app.url)).await?;
    }
    let over = tx
        .all(
            "SELECT app_id FROM stray_app WHERE portal_id = $1 AND ended_at IS NULL AND seen_at < $2",
            values![portal, by.now],
        )
        .await?;
    for row in &over {
        end_stray(tx, by, portal, &row.text("app_id")?, "gone").await?;
    }
    Ok(())
}

/// The strays that are due to be hidden or deleted.
pub(in crate::sync) async fn due_strays(
    tx: &mut Tx,
    portal: PortalId,
    now: Timestamp,
) -> Result<Vec<StrayRow>> {
    let rows = tx
        .all(
            "SELECT app_id, kind, label, url, found_at, hidden_at, due_at, decision, problem FROM stray_app
             WHERE portal_id = $1 AND ended_at IS NULL AND due_at <= $2 ORDER BY due_at, app_id LIMIT 1000",
            values![portal, now],
        )
        .await?;
    rows.iter().map(stray).collect()
}

/// The strays of a workspace that are still there.
pub async fn strays(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<StrayRow>> {
    let rows = tx
        .all(
            "SELECT s.app_id, s.kind, s.label, s.url, s.found_at, s.hidden_at, s.due_at, s.decision, s.problem
             FROM stray_app s JOIN portal p ON p.id = s.portal_id
             WHERE p.workspace_id = $1 AND s.ended_at IS NULL ORDER BY s.found_at, s.app_id LIMIT 200",
            values![workspace],
        )
        .await?;
    rows.iter().map(stray).collect()
}

/// Whether a tile explains the app by now.
pub(in crate::sync) async fn is_explained(
    tx: &mut Tx,
    portal: PortalId,
    app: &str,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS explained FROM tile WHERE portal_id = $1 AND app_id = $2 AND gone_at IS NULL",
            values![portal, app],
        )
        .await?;
    Ok(row.is_some())
}

/// The app is hidden; it is deleted at `due_at`.
pub(in crate::sync) async fn hide_stray(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    app: &str,
    due_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE stray_app SET hidden_at = $3, due_at = $4, problem = NULL WHERE portal_id = $1 AND app_id = $2",
        values![portal, app, by.now, due_at],
    )
    .await?;
    Ok(())
}

/// It did not go as it should: the next try, or none before somebody decides.
pub(in crate::sync) async fn put_off_stray(
    tx: &mut Tx,
    portal: PortalId,
    app: &str,
    due_at: Option<Timestamp>,
    problem: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE stray_app SET due_at = $3, problem = $4 WHERE portal_id = $1 AND app_id = $2",
        values![portal, app, due_at, problem],
    )
    .await?;
    Ok(())
}

/// The app is gone, or a tile explains it.
pub(in crate::sync) async fn end_stray(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    app: &str,
    how: &'static str,
) -> Result<()> {
    tx.execute(
        "UPDATE stray_app SET ended_at = $3, due_at = NULL WHERE portal_id = $1 AND app_id = $2",
        values![portal, app, by.now],
    )
    .await?;
    end_stray_drift(tx, by, portal, app, how).await
}

/// A person decides about a stray: it goes now, or stays for good. Answers whether there is one.
pub(in crate::sync) async fn decide_stray(
    tx: &mut Tx,
    by: &By,
    app: &str,
    is_removed: bool,
) -> Result<bool> {
    let (decision, due_at) = if is_removed { ("remove", Some(by.now)) } else { ("keep", None) };
    let touched = tx
        .execute(
            "UPDATE stray_app SET decision = $3, decided_at = $4, decided_by = $5, due_at = $6, problem = NULL
             WHERE workspace_id = $1 AND app_id = $2 AND ended_at IS NULL",
            values![by.workspace, app, decision, by.now, by.member, due_at],
        )
        .await?;
    Ok(touched > 0)
}

fn stray(row: &Row) -> Result<StrayRow> {
    Ok(StrayRow {
        app_id: row.text("app_id")?,
        kind: row.code("kind", Kind::from_code)?,
        label: row.text("label")?,
        url: row.text("url")?,
        found_at: row.at("found_at")?,
        hidden_at: row.opt_at("hidden_at")?,
        due_at: row.opt_at("due_at")?,
        is_asked_for: row.opt_text("decision")?.as_deref() == Some("remove"),
        problem: row.opt_text("problem")?,
    })
}
