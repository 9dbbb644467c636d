//! SQL of activity records.

use model::access::Actor;
use model::{AccountId, ActivityId};

use super::{Entry, Event};
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

pub(super) async fn insert(tx: &mut Tx, by: &mut By, event: Event) -> Result<()> {
    let id = ActivityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO activity (id, workspace_id, at, actor_id, actor_kind, event, account_id, collection_id, team_id, member_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id, by.workspace, by.now, by.member, by.kind, event.name, event.account, event.collection, event.team,
            event.member, event.detail.to_string()
        ],
    )
    .await?;
    Ok(())
}

/// Records with the present names of what they concern: of those that `$which` says.
macro_rules! entries {
    ($which:literal) => {
        concat!(
            "SELECT v.id, v.at, v.actor_id, v.actor_kind, v.event, v.account_id, v.collection_id, v.team_id, v.member_id, v.detail,
                    p.name AS actor_name, a.name AS account_name, c.name AS collection_name, m.name AS member_name,
                    t.name AS team_name
             FROM activity v
             LEFT JOIN member p ON p.id = v.actor_id
             LEFT JOIN account a ON a.id = v.account_id
             LEFT JOIN collection c ON c.id = v.collection_id
             LEFT JOIN member m ON m.id = v.member_id
             LEFT JOIN team t ON t.id = v.team_id ",
            $which
        )
    };
}

/// The newest records of the workspace, older than `before`.
pub async fn list_all(
    tx: &mut Tx,
    actor: &Actor,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = tx
        .all(
            entries!(
                "WHERE v.workspace_id = $1 AND ($2 IS NULL OR v.id < $2)
             ORDER BY v.id DESC LIMIT $3"
            ),
            values![actor.workspace, before, limit],
        )
        .await?;
    rows.iter().map(entry).collect()
}

/// The newest records that concern the person or an account that they own, or were made by them.
pub async fn list_own(
    tx: &mut Tx,
    actor: &Actor,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = tx
        .all(
            entries!(
                "WHERE v.workspace_id = $1 AND ($2 IS NULL OR v.id < $2) AND (v.actor_id = $4 OR v.member_id = $4
                   OR v.account_id IN (
                       SELECT s.account_id FROM share s
                       WHERE s.member_id = $4 AND s.role = 'owner' AND s.ended_at IS NULL AND s.account_id IS NOT NULL))
             ORDER BY v.id DESC LIMIT $3"
            ),
            values![actor.workspace, before, limit, actor.member],
        )
        .await?;
    rows.iter().map(entry).collect()
}

/// The newest records of one account.
pub async fn list_for_account(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = tx
        .all(
            entries!(
                "WHERE v.workspace_id = $1 AND v.account_id = $2
             ORDER BY v.id DESC LIMIT $3"
            ),
            values![actor.workspace, account, limit],
        )
        .await?;
    rows.iter().map(entry).collect()
}

/// The newest changes to one account that somebody made, older than `before`: what its tile's timeline names as causes.
pub async fn list_causes(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = tx
        .all(
            entries!(
                "WHERE v.workspace_id = $1 AND v.account_id = $2 AND ($3 IS NULL OR v.id < $3)
                   AND v.actor_kind <> 'system' AND v.event <> 'account.password_revealed'
             ORDER BY v.id DESC LIMIT $4"
            ),
            values![actor.workspace, account, before, limit],
        )
        .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry> {
    let detail = row.text("detail")?;
    Ok(Entry {
        id: row.id("id")?,
        at: row.at("at")?,
        actor: row.opt_id("actor_id")?.zip(row.opt_text("actor_name")?),
        actor_kind: row.text("actor_kind")?,
        event: row.text("event")?,
        account: row.opt_id("account_id")?.zip(row.opt_text("account_name")?),
        collection: row.opt_id("collection_id")?.zip(row.opt_text("collection_name")?),
        member_id: row.opt_id("member_id")?,
        member: row.opt_text("member_name")?,
        team_id: row.opt_id("team_id")?,
        team: row.opt_text("team_name")?,
        detail: serde_json::from_str(&detail)
            .map_err(|e| Error::Stored { column: "detail", why: e.to_string() })?,
    })
}
