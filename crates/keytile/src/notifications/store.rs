//! SQL of notifications.

use model::access::Actor;
use model::{ActivityId, MemberId, Timestamp, WorkspaceId};
use uuid::Uuid;

use super::Admin;
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::ui::{Link, Message};
use crate::values;

/// Marks up to five as seen, and answers them in the order in which they came.
pub(super) async fn take(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<Vec<Message>> {
    let mut rows = tx
        .all(
            "UPDATE notification SET seen_at = $3
             WHERE id IN (SELECT id FROM notification
                          WHERE workspace_id = $1 AND member_id = $2 AND seen_at IS NULL ORDER BY id LIMIT 5)
             RETURNING id, kind, message, link",
            values![actor.workspace, actor.member, now],
        )
        .await?
        .iter()
        .map(|row| Ok((row.id::<Uuid>("id")?, message(row)?)))
        .collect::<Result<Vec<_>>>()?;
    // RETURNING promises no order.
    rows.sort_by_key(|(id, _)| *id);
    Ok(rows.into_iter().map(|(_, message)| message).collect())
}

/// A message that the member sees on their next page.
pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    kind: &str,
    message: &str,
    link: &str,
) -> Result<()> {
    let id = ActivityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO notification (id, workspace_id, member_id, at, kind, message, link) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, by.workspace, member, by.now, kind, message, link],
    )
    .await?;
    Ok(())
}

/// Everybody with a role that configures the portal.
pub(super) async fn admins(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Admin>> {
    let rows = tx
        .all(
            "SELECT m.id, m.name, m.email FROM member_role r JOIN member m ON m.id = r.member_id
             WHERE r.workspace_id = $1 AND r.ended_at IS NULL AND r.role IN ('owner', 'super_admin', 'admin')
               AND m.removed_at IS NULL AND m.suspended_at IS NULL
             ORDER BY m.id",
            values![workspace],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Admin { id: row.id("id")?, name: row.text("name")?, email: row.text("email")? })
        })
        .collect()
}

fn message(row: &Row) -> Result<Message> {
    let kind = match row.text("kind")?.as_str() {
        "bad" | "failed" => "bad",
        "warn" | "paused" => "warn",
        "info" => "info",
        _ => "good",
    };
    let link = row.opt_text("link")?;
    Ok(Message {
        kind,
        text: row.text("message")?,
        link: link.map(|href| Link { text: "Open".into(), href }),
    })
}
