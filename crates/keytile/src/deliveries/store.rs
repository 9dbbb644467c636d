//! SQL of what is still to be told outside.

use jiff::SignedDuration;
use model::{DeliveryId, MemberId, Timestamp, WorkspaceId};

use super::{Channel, Delivery, Standing, TEST};
use crate::actor::By;
use crate::alerts::Alert;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

/// How long a message is kept that was heard or given up.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Longer than a try can take.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_mins(2);

/// What [`read`] reads.
macro_rules! columns {
    () => {
        "id, member_id, kind, message, link, detail, created_at, attempts, due_at, delivered_at, problem"
    };
}

/// Leaves a message to be sent, to `member` where the channel leads to people. What is over for long is forgotten on the way.
pub async fn enqueue(
    tx: &mut Tx,
    by: &mut By,
    channel: Channel,
    member: Option<MemberId>,
    alert: &Alert,
) -> Result<DeliveryId> {
    tx.execute(
        "DELETE FROM delivery WHERE workspace_id = $1 AND due_at IS NULL AND created_at < $2",
        values![by.workspace, by.now - KEPT],
    )
    .await?;
    let id = DeliveryId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO delivery (id, workspace_id, channel, member_id, kind, message, link, detail, created_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        values![
            id,
            by.workspace,
            channel.code(),
            member,
            alert.kind,
            &alert.message,
            alert.link,
            alert.detail.to_string(),
            by.now
        ],
    )
    .await?;
    Ok(id)
}

/// Messages that are to be sent by now, the oldest first, and whose they are.
pub(super) async fn due(
    tx: &mut Tx,
    channel: Channel,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(WorkspaceId, DeliveryId)>> {
    let rows = tx
        .all(
            "SELECT workspace_id, id FROM delivery WHERE channel = $1 AND due_at <= $2
             ORDER BY due_at, id LIMIT $3",
            values![channel.code(), now, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("workspace_id")?, row.id("id")?))).collect()
}

/// Takes one try on: whoever dies over it leaves it to the next round, and whoever comes second gets nothing.
pub async fn claim(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Option<Delivery>> {
    let sql = concat!(
        "UPDATE delivery SET due_at = $4, attempts = attempts + 1
         WHERE workspace_id = $1 AND id = $2 AND due_at <= $3
         RETURNING ",
        columns!()
    );
    let row = tx.optional(sql, values![workspace, id, now, now + CLAIMED_FOR]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores what became of a try.
pub async fn settle(tx: &mut Tx, workspace: WorkspaceId, sent: &Delivery) -> Result<()> {
    tx.execute(
        "UPDATE delivery SET due_at = $3, delivered_at = $4, problem = $5
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

/// Sends a message of the channel from the beginning; answers whether there is one.
pub async fn rearm(
    tx: &mut Tx,
    workspace: WorkspaceId,
    channel: Channel,
    id: DeliveryId,
    now: Timestamp,
) -> Result<bool> {
    let armed = tx
        .execute(
            "UPDATE delivery SET due_at = $4, attempts = 0, delivered_at = NULL, problem = NULL
             WHERE workspace_id = $1 AND channel = $2 AND id = $3",
            values![workspace, channel.code(), id, now],
        )
        .await?;
    Ok(armed > 0)
}

/// Drops one message as if it had never been.
pub async fn forget(tx: &mut Tx, workspace: WorkspaceId, id: DeliveryId) -> Result<()> {
    tx.execute("DELETE FROM delivery WHERE workspace_id = $1 AND id = $2", values![workspace, id])
        .await?;
    Ok(())
}

/// Drops all messages of a channel.
pub async fn forget_all(tx: &mut Tx, workspace: WorkspaceId, channel: Channel) -> Result<()> {
    tx.execute(
        "DELETE FROM delivery WHERE workspace_id = $1 AND channel = $2",
        values![workspace, channel.code()],
    )
    .await?;
    Ok(())
}

/// The newest messages of a channel first.
pub async fn newest(
    tx: &mut Tx,
    workspace: WorkspaceId,
    channel: Channel,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE workspace_id = $1 AND channel = $2 ORDER BY id DESC LIMIT $3"
    );
    let rows = tx.all(sql, values![workspace, channel.code(), limit]).await?;
    rows.iter().map(read).collect()
}

/// How a channel stands.
pub async fn standing(tx: &mut Tx, workspace: WorkspaceId, channel: Channel) -> Result<Standing> {
    let counted = tx
        .one(
            "SELECT MAX(delivered_at) AS heard_at,
                    COUNT(CASE WHEN due_at IS NOT NULL THEN 1 END) AS waiting
             FROM delivery WHERE workspace_id = $1 AND channel = $2",
            values![workspace, channel.code()],
        )
        .await?;
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM delivery WHERE workspace_id = $1 AND channel = $2 AND problem IS NOT NULL AND kind <> $3
         ORDER BY id DESC LIMIT 1"
    );
    let unheard = tx.optional(sql, values![workspace, channel.code(), TEST]).await?;
    Ok(Standing {
        heard_at: counted.opt_at("heard_at")?,
        waiting: counted.int("waiting")?,
        unheard: unheard.as_ref().map(read).transpose()?,
    })
}

/// Workspaces of messages that go by mail, whether they are over or not.
pub async fn mailed(tx: &mut Tx) -> Result<Vec<WorkspaceId>> {
    let rows = tx
        .all("SELECT DISTINCT workspace_id FROM delivery WHERE channel = 'mail'", values![])
        .await?;
    rows.iter().map(|row| row.id("workspace_id")).collect()
}

/// The workspace's name, by which a message says whose it is.
pub async fn workspace_name(tx: &mut Tx, workspace: WorkspaceId) -> Result<String> {
    tx.one("SELECT name FROM workspace WHERE id = $1", values![workspace]).await?.text("name")
}

fn read(row: &Row) -> Result<Delivery> {
    let detail = row.text("detail")?;
    Ok(Delivery {
        id: row.id("id")?,
        member: row.opt_id("member_id")?,
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
