//! SQL of what is counted.

use model::{Timestamp, WorkspaceId};

use crate::db::{Result, Tx};
use crate::sync::PortalStatus;
use crate::sync::worker::Limits;
use crate::values;

/// One portal, in numbers.
pub(super) struct Counted {
    pub(super) workspace: WorkspaceId,
    pub(super) status: PortalStatus,
    pub(super) waiting: i64,
    pub(super) oldest: Option<Timestamp>,
    pub(super) standbys: i64,
    pub(super) entered_at: Option<Timestamp>,
    pub(super) limits: Limits,
    pub(super) webhooks: i64,
    pub(super) mails: i64,
}

pub(super) async fn portals(tx: &mut Tx) -> Result<Vec<Counted>> {
    let rows = tx
        .all(
            "SELECT p.workspace_id, p.status, p.token_entered_at, p.limits,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.due_at IS NOT NULL) AS waiting,
                    (SELECT MIN(t.behind_since) FROM tile t
                     WHERE t.portal_id = p.id AND t.behind_since IS NOT NULL AND t.gone_at IS NULL) AS oldest,
                    (SELECT COUNT(*) FROM standby_credential s WHERE s.portal_id = p.id AND s.problem IS NULL) AS standbys,
                    (SELECT COUNT(*) FROM delivery d WHERE d.workspace_id = p.workspace_id
                     AND d.channel = 'webhook' AND d.due_at IS NOT NULL) AS webhooks,
                    (SELECT COUNT(*) FROM delivery d WHERE d.workspace_id = p.workspace_id
                     AND d.channel = 'mail' AND d.due_at IS NOT NULL) AS mails
             FROM portal p ORDER BY p.id",
            values![],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let limits = row.opt_text("limits")?;
            Ok(Counted {
                workspace: row.id("workspace_id")?,
                status: row.code("status", PortalStatus::from_code)?,
                waiting: row.int("waiting")?,
                oldest: row.opt_at("oldest")?,
                standbys: row.int("standbys")?,
                entered_at: row.opt_at("token_entered_at")?,
                // What another version wrote may read otherwise.
                limits: limits
                    .and_then(|text| serde_json::from_str(&text).ok())
                    .unwrap_or_default(),
                webhooks: row.int("webhooks")?,
                mails: row.int("mails")?,
            })
        })
        .collect()
}
