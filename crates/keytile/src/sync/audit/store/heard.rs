//! SQL of what the portal's own log told.

use jiff::SignedDuration;
use model::{AudienceId, PortalId, Timestamp};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::sync::audit::compare::SAMPLE;
use crate::sync::audit::heard::Heard;
use crate::sync::store::away;
use crate::sync::{mark_confirmed_for, rank};
use crate::values;

/// Who did it is kept so long: an audit looks much sooner.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where the log was read to.
pub(in crate::sync) async fn log_cursor(tx: &mut Tx, portal: PortalId) -> Result<Option<String>> {
    tx.one("SELECT log_cursor FROM portal WHERE id = $1", values![portal])
        .await?
        .opt_text("log_cursor")
}

/// Keeps what was heard, and where to go on.
pub(in crate::sync) async fn note_heard(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    heard: &Heard,
    cursor: Option<&str>,
) -> Result<()> {
    for change in &heard.changes {
        tx.execute(
            "INSERT INTO portal_change (portal_id, workspace_id, event_id, app_id, kind, external_id, actor, at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8
             WHERE EXISTS (SELECT 1 FROM tile WHERE portal_id = $1 AND app_id = $4)
             ON CONFLICT (portal_id, event_id, app_id) DO NOTHING",
            values![
                portal,
                by.workspace,
                &change.event,
                &change.app,
                change.kind.code(),
                change.external_id.as_deref().unwrap_or_default(),
                &change.actor,
                change.at
            ],
        )
        .await?;
    }
    for group in &heard.groups {
        tx.execute(
            "UPDATE audience SET marked = marked + 1, refresh = 1, due_at = $3,
                    priority = CASE WHEN due_at IS NULL THEN $4 ELSE priority END
             WHERE portal_id = $1 AND group_id = $2 AND gone_at IS NULL",
            values![portal, group, by.now, rank(portal::Priority::Audit)],
        )
        .await?;
    }
    for (person, at) in &heard.returned {
        // Everybody was activated once, before they went.
        if away::since(tx, by.workspace, person).await?.is_some_and(|since| since < *at) {
            mark_confirmed_for(tx, by, person).await?;
        }
    }
    tx.execute(
        "DELETE FROM portal_change WHERE portal_id = $1 AND at < $2",
        values![portal, by.now - KEPT],
    )
    .await?;
    tx.execute(
        "UPDATE portal SET log_cursor = COALESCE($2, log_cursor) WHERE id = $1",
        values![portal, cursor],
    )
    .await?;
    Ok(())
}

/// Has one in so many groups read, each in its turn: no list tells who is in them.
pub(in crate::sync) async fn mark_groups(
    tx: &mut Tx,
    portal: PortalId,
    now: Timestamp,
    pass: u64,
) -> Result<()> {
    let rows = tx
        .all(
            "SELECT id FROM audience WHERE portal_id = $1 AND gone_at IS NULL AND group_id IS NOT NULL AND due_at IS NULL
               AND phase = 'live'",
            values![portal],
        )
        .await?;
    for row in &rows {
        let id: AudienceId = row.id("id")?;
        if id.uuid().as_u128() % SAMPLE == u128::from(pass) % SAMPLE {
            tx.execute(
                "UPDATE audience SET marked = marked + 1, refresh = 1, due_at = $2, priority = $3 WHERE id = $1",
                values![id, now, rank(portal::Priority::Audit)],
            )
            .await?;
        }
    }
    Ok(())
}
