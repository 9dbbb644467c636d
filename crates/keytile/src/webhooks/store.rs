//! SQL of webhooks and of what is still to be told.

use jiff::SignedDuration;
use model::{Timestamp, WebhookEventId, WorkspaceId};

use super::{Endpoint, NewSecret, Sent};
use crate::actor::By;
use crate::alerts::Alert;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

/// How long a message is kept that was heard or given up.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) async fn endpoint(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Endpoint>> {
    let row = tx
        .optional(
            "SELECT url, secret, secret_version, data_key_id, created_at, failing_since
             FROM webhook WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Endpoint {
            url: row.text("url")?,
            secret: row.bytes("secret")?,
            secret_version: row.int("secret_version")?,
            data_key: row.id("data_key_id")?,
            created_at: row.at("created_at")?,
            failing_since: row.opt_at("failing_since")?,
        })
    })
    .transpose()
}

pub(super) async fn insert(tx: &mut Tx, by: &By, url: &str, secret: &NewSecret) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook (workspace_id, url, secret, secret_version, data_key_id, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            by.workspace,
            url,
            secret.sealed.clone(),
            secret.version,
            secret.data_key,
            by.now,
            by.member
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_url(tx: &mut Tx, by: &By, url: &str) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET url = $2, failing_since = NULL WHERE workspace_id = $1",
        values![by.workspace, url],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_secret(tx: &mut Tx, by: &By, secret: &NewSecret) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET secret = $2, secret_version = $3, data_key_id = $4 WHERE workspace_id = $1",
        values![by.workspace, secret.sealed.clone(), secret.version, secret.data_key],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    tx.execute("DELETE FROM webhook_event WHERE workspace_id = $1", values![workspace]).await?;
    tx.execute("DELETE FROM webhook WHERE workspace_id = $1", values![workspace]).await?;
    Ok(())
}

/// Leaves a message to be sent. What is over for long is forgotten on the way.
pub(super) async fn enqueue(tx: &mut Tx, by: &mut By, alert: &Alert) -> Result<WebhookEventId> {
    tx.execute(
        "DELETE FROM webhook_event WHERE workspace_id = $1 AND due_at IS NULL AND created_at < $2",
        values![by.workspace, by.now - KEPT],
    )
    .await?;
    let id = WebhookEventId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO webhook_event (id, workspace_id, kind, message, link, detail, created_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        values![
            id, by.workspace, alert.kind, &alert.message, alert.link, alert.detail.to_string(), by.now
        ],
    )
    .await?;
    Ok(id)
}

/// Messages that are to be sent by now, the oldest first, and whose they are.
pub(super) async fn due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(WorkspaceId, WebhookEventId)>> {
    let rows = tx
        .all(
            "SELECT workspace_id, id FROM webhook_event WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2",
            values![now, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("workspace_id")?, row.id("id")?))).collect()
}

/// Takes one try on until `until`: whoever dies over it leaves it to the next, and whoever comes second gets nothing.
pub(super) async fn claim(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: WebhookEventId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Sent>> {
    let row = tx
        .optional(
            "UPDATE webhook_event SET due_at = $4, attempts = attempts + 1
             WHERE workspace_id = $1 AND id = $2 AND due_at <= $3
             RETURNING id, kind, message, link, detail, created_at, attempts, due_at, delivered_at, problem",
            values![workspace, id, now, until],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// What became of a try.
pub(super) async fn settle(tx: &mut Tx, workspace: WorkspaceId, sent: &Sent) -> Result<()> {
    tx.execute(
        "UPDATE webhook_event SET due_at = $3, delivered_at = $4, problem = $5
         WHERE workspace_id = $1 AND id = $2 AND attempts = $6",
        values![
            workspace,
            sent.id,
            sent.due_at,
            sent.delivered_at,
            sent.problem.as_deref(),
            sent.attempts
        ],
    )
    .await?;
    Ok(())
}

/// Sends it from the beginning, unless it is on its way.
pub(super) async fn rearm(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: WebhookEventId,
    now: Timestamp,
) -> Result<bool> {
    let armed = tx
        .execute(
            "UPDATE webhook_event SET due_at = $3, attempts = 0, delivered_at = NULL, problem = NULL
             WHERE workspace_id = $1 AND id = $2",
            values![workspace, id, now],
        )
        .await?;
    Ok(armed > 0)
}

/// Notes since when messages have been given up, or that one was heard; answers whether that is news.
pub(super) async fn set_failing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    since: Option<Timestamp>,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE webhook SET failing_since = $2
             WHERE workspace_id = $1 AND (failing_since IS NULL) = ($2 IS NOT NULL)",
            values![workspace, since],
        )
        .await?;
    Ok(changed > 0)
}

pub(super) async fn newest(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<Vec<Sent>> {
    let rows = tx
        .all(
            "SELECT id, kind, message, link, detail, created_at, attempts, due_at, delivered_at, problem
             FROM webhook_event WHERE workspace_id = $1 ORDER BY id DESC LIMIT $2",
            values![workspace, limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn workspace_name(tx: &mut Tx, workspace: WorkspaceId) -> Result<String> {
    tx.one("SELECT name FROM workspace WHERE id = $1", values![workspace]).await?.text("name")
}

fn read(row: &Row) -> Result<Sent> {
    let detail = row.text("detail")?;
    Ok(Sent {
        id: row.id("id")?,
        kind: row.text("kind")?,
        message: row.text("message")?,
        link: row.text("link")?,
        detail: serde_json::from_str(&detail)
            .map_err(|e| Error::Stored { column: "detail", why: e.to_string() })?,
        at: row.at("created_at")?,
        attempts: row.int("attempts")?,
        due_at: row.opt_at("due_at")?,
        delivered_at: row.opt_at("delivered_at")?,
        problem: row.opt_text("problem")?,
    })
}
