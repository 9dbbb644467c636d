//! SQL of notifications.

use model::Timestamp;
use model::access::Actor;
use uuid::Uuid;

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
