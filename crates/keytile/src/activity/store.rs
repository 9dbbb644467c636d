//! SQL of activity records.

use model::access::Actor;
use model::share::ItemRole;
use model::{AccountId, ActivityId};

use super::{Entry, Event};
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::values;

pub(super) async fn insert(tx: &mut Tx, by: &mut By, event: Event) -> Result<()> {
    let id = ActivityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO activity (id, workspace_id, at, actor_id, actor_kind, event, account_id, collection_id, team_id, member_id, detail,
                               previous_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT a.activity_id FROM account a WHERE a.id = $7))",
        values![
            id, by.workspace, by.now, by.member, by.kind, event.name, event.account, event.collection, event.team,
            event.member, event.detail.to_string()
        ],
    )
    .await?;
    let Some(account) = event.account else { return Ok(()) };
    let sql = "UPDATE account SET activity_id = $3 WHERE workspace_id = $1 AND id = $2";
    // Without the account's row nobody would find the record again.
    match tx.execute(sql, values![by.workspace, account, id]).await? {
        0 => Err(Error::NoRow),
        _ => Ok(()),
    }
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

/// The newest records that concern the person or were made by them, and with `owned` those of accounts that they own.
pub async fn list_own(
    tx: &mut Tx,
    actor: &Actor,
    owned: bool,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let role = if owned { ItemRole::Owner.code() } else { "" };
    let rows = tx
        .all(
            entries!(
                "WHERE v.workspace_id = $1 AND ($2 IS NULL OR v.id < $2) AND (v.actor_id = $4 OR v.member_id = $4
                   OR v.account_id IN (
                       SELECT s.account_id FROM share s
                       WHERE s.member_id = $4 AND s.role = $5 AND s.ended_at IS NULL AND s.account_id IS NOT NULL))
             ORDER BY v.id DESC LIMIT $3"
            ),
            values![actor.workspace, before, limit, actor.member, role],
        )
        .await?;
    rows.iter().map(entry).collect()
}

/// Whether a record `v` is a change that somebody made, older than `$3`.
macro_rules! cause {
    () => {
        "($3 IS NULL OR v.id < $3) AND v.actor_kind <> 'system' AND v.event <> 'account.password_revealed'"
    };
}

/// The newest changes to one account that somebody made, older than `before`: what its tile's timeline names as causes. Its
/// records are followed from the latest one backwards, each by the one after it, until there are enough.
pub async fn list_causes(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let sql = concat!(
        "WITH RECURSIVE history (id, previous_id, causes) AS (
             SELECT v.id, v.previous_id, CASE WHEN ",
        cause!(),
        " THEN 1 ELSE 0 END
             FROM account a JOIN activity v ON v.workspace_id = $1 AND v.id = a.activity_id
             WHERE a.workspace_id = $1 AND a.id = $2
             UNION ALL
             SELECT v.id, v.previous_id, h.causes + CASE WHEN ",
        cause!(),
        " THEN 1 ELSE 0 END
             FROM history h JOIN activity v ON v.workspace_id = $1 AND v.id = h.previous_id
             WHERE h.causes < $4
         ) ",
        entries!("WHERE v.workspace_id = $1 AND v.id IN (SELECT h.id FROM history h) AND "),
        cause!(),
        " ORDER BY v.id DESC LIMIT $4"
    );
    let rows = tx.all(sql, values![actor.workspace, account, before, limit]).await?;
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
