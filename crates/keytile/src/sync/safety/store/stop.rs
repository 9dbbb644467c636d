//! SQL of the questions to the admins.

use std::collections::BTreeSet;

use model::{AccountId, MemberId, PortalId, StopId, TileId, Timestamp, WorkspaceId};

use super::end::wake;
use super::facts::removal;
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::sync::safety::{Decision, Open, Removal};
use crate::values;

/// A question as its row tells.
#[derive(Debug, Clone)]
pub struct StopRow {
    /// Its id.
    pub id: StopId,
    /// The portal that waits.
    pub portal: PortalId,
    /// When it came up.
    pub opened_at: Timestamp,
    /// How many assignments might have gone without it.
    pub bound: i64,
    /// `approved`, `dismissed`, or `withdrawn` where what had been taken away came back.
    pub decision: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
    /// What still waits, or is kept.
    pub waiting: i64,
}

/// One thing that waits.
#[derive(Debug, Clone)]
pub struct Item {
    /// The tile, or the app that is no tile's, by its id.
    pub subject: String,
    /// `person`, `group` or `app`.
    pub kind: String,
    /// The portal's id of the person or group.
    pub external_id: String,
    /// What the tile or app is called.
    pub label: String,
    /// The account behind the tile.
    pub account: Option<AccountId>,
    /// The member, where we know them.
    pub member: Option<(MemberId, String)>,
    /// Why: the person has left.
    pub has_left: bool,
    /// Whether the person is suspended.
    pub is_suspended: bool,
}

/// Something that is to wait.
pub struct Held {
    pub(in crate::sync) removal: Removal,
    pub(in crate::sync) tile: Option<TileId>,
    pub(in crate::sync) label: String,
}

/// What has been decided, and what has not, about one tile or app.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// It waits for a decision, or was decided to stay.
    pub held: BTreeSet<Removal>,
    /// An admin said that it may go.
    pub allowed: BTreeSet<Removal>,
}

/// What is decided about a tile or an app.
pub async fn waits(tx: &mut Tx, subject: &str) -> Result<Waits> {
    let rows = tx
        .all(
            "SELECT subject, kind, external_id, decision FROM safety_stop_item WHERE subject = $1 AND ended_at IS NULL",
            values![subject],
        )
        .await?;
    let mut waits = Waits::default();
    for row in &rows {
        let is_allowed = row.opt_text("decision")?.as_deref() == Some("approved");
        if is_allowed { &mut waits.allowed } else { &mut waits.held }.insert(removal(row)?);
    }
    Ok(waits)
}

/// Everything that is decided or waits, of a portal.
pub async fn all_waits(
    tx: &mut Tx,
    portal: PortalId,
) -> Result<(BTreeSet<Removal>, BTreeSet<Removal>)> {
    let rows = tx
        .all(
            "SELECT subject, kind, external_id, decision FROM safety_stop_item WHERE portal_id = $1 AND ended_at IS NULL",
            values![portal],
        )
        .await?;
    let (mut undecided, mut decided) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let side = if row.opt_text("decision")?.is_some() { &mut decided } else { &mut undecided };
        side.insert(removal(row)?);
    }
    Ok((undecided, decided))
}

/// The question that is open.
pub async fn open(tx: &mut Tx, portal: PortalId) -> Result<Option<Open>> {
    let row = tx
        .optional(
            "SELECT id, portal_id, opened_at FROM safety_stop WHERE portal_id = $1 AND decided_at IS NULL",
            values![portal],
        )
        .await?;
    row.map(|row| {
        Ok(Open {
            id: row.id("id")?,
            portal: row.id("portal_id")?,
            opened_at: row.at("opened_at")?,
        })
    })
    .transpose()
}

/// When a person last decided.
pub async fn last_decided_at(tx: &mut Tx, portal: PortalId) -> Result<Option<Timestamp>> {
    tx.one(
        "SELECT MAX(decided_at) AS at FROM safety_stop WHERE portal_id = $1 AND decided_by IS NOT NULL",
        values![portal],
    )
    .await?
    .opt_at("at")
}

/// Asks, or adds to the question that is open. Answers whether it is a new one.
pub async fn hold(
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    bound: usize,
    mut held: Vec<Held>,
) -> Result<Option<StopId>> {
    // What an admin has answered since the worker looked is not asked again.
    let (_, answered) = all_waits(tx, portal).await?;
    held.retain(|item| !answered.contains(&item.removal));
    if held.is_empty() {
        return Ok(None);
    }
    let present = open(tx, portal).await?.map(|open| open.id);
    let id = present.unwrap_or_else(|| StopId::new(by.now, &mut by.rng));
    if present.is_none() {
        tx.execute(
            "INSERT INTO safety_stop (id, workspace_id, portal_id, opened_at, bound) VALUES ($1, $2, $3, $4, $5)",
            values![id, by.workspace, portal, by.now, i64::try_from(bound).unwrap_or(i64::MAX)],
        )
        .await?;
    }
    for item in held {
        let (kind, external_id) = item.removal.code();
        tx.execute(
            "INSERT INTO safety_stop_item (stop_id, workspace_id, portal_id, tile_id, subject, kind, external_id, label, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (stop_id, subject, kind, external_id) DO UPDATE SET ended_at = NULL",
            values![
                id, by.workspace, portal, item.tile, &item.removal.subject, kind, external_id, item.label, by.now
            ],
        )
        .await?;
    }
    Ok(present.is_none().then_some(id))
}

/// A person decides: what waits goes on, or stays for good.
pub async fn decide(tx: &mut Tx, by: &By, stop: &StopRow, decision: Decision) -> Result<()> {
    tx.execute(
        "UPDATE safety_stop_item SET decision = $3 WHERE workspace_id = $1 AND stop_id = $2 AND ended_at IS NULL",
        values![by.workspace, stop.id, decision.code()],
    )
    .await?;
    tx.execute(
        "UPDATE safety_stop SET decision = $3, decided_at = $4, decided_by = $5 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, stop.id, decision.code(), by.now, by.member],
    )
    .await?;
    wake(tx, stop.id, by.now).await
}

/// What had been taken away came back before anybody decided: the rest is not too much.
pub async fn withdraw(tx: &mut Tx, stop: StopId, now: Timestamp) -> Result<()> {
    wake(tx, stop, now).await?;
    tx.execute(
        "UPDATE safety_stop_item SET ended_at = $2 WHERE stop_id = $1 AND ended_at IS NULL",
        values![stop, now],
    )
    .await?;
    tx.execute(
        "UPDATE safety_stop SET decision = 'withdrawn', decided_at = $2 WHERE id = $1",
        values![stop, now],
    )
    .await?;
    Ok(())
}

/// One question.
pub async fn find(tx: &mut Tx, workspace: WorkspaceId, id: StopId) -> Result<Option<StopRow>> {
    let row = tx
        .optional(
            "SELECT s.id, s.portal_id, s.opened_at, s.bound, s.decision, s.decided_at, m.name AS decided_by,
                    (SELECT COUNT(*) FROM safety_stop_item i WHERE i.stop_id = s.id AND i.ended_at IS NULL) AS waiting
             FROM safety_stop s LEFT JOIN member m ON m.id = s.decided_by
             WHERE s.workspace_id = $1 AND s.id = $2",
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(stop).transpose()
}

/// The newest questions, the open one first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<StopRow>> {
    let rows = tx
        .all(
            "SELECT s.id, s.portal_id, s.opened_at, s.bound, s.decision, s.decided_at, m.name AS decided_by,
                    (SELECT COUNT(*) FROM safety_stop_item i WHERE i.stop_id = s.id AND i.ended_at IS NULL) AS waiting
             FROM safety_stop s LEFT JOIN member m ON m.id = s.decided_by
             WHERE s.workspace_id = $1
             ORDER BY s.decided_at IS NOT NULL, s.id DESC LIMIT 20",
            values![workspace],
        )
        .await?;
    rows.iter().map(stop).collect()
}

/// What a question is about and has not gone, by what it is called.
pub async fn items(tx: &mut Tx, workspace: WorkspaceId, id: StopId) -> Result<Vec<Item>> {
    let rows = tx
        .all(
            "SELECT i.subject, i.kind, i.external_id, i.label, t.account_id, m.id AS member_id, m.name, m.removed_at, m.suspended_at
             FROM safety_stop_item i
             LEFT JOIN tile t ON t.id = i.tile_id
             LEFT JOIN identity d ON d.id = (
                 SELECT o.id FROM identity o WHERE o.workspace_id = i.workspace_id AND o.external_id = i.external_id
                 ORDER BY o.id DESC LIMIT 1)
             LEFT JOIN member m ON m.id = d.member_id
             WHERE i.workspace_id = $1 AND i.stop_id = $2 AND i.ended_at IS NULL
             ORDER BY i.label, i.subject, m.name, i.external_id",
            values![workspace, id],
        )
        .await?;
    rows.iter().map(item).collect()
}

fn stop(row: &Row) -> Result<StopRow> {
    Ok(StopRow {
        id: row.id("id")?,
        portal: row.id("portal_id")?,
        opened_at: row.at("opened_at")?,
        bound: row.int("bound")?,
        decision: row.opt_text("decision")?,
        decided_at: row.opt_at("decided_at")?,
        decided_by: row.opt_text("decided_by")?,
        waiting: row.int("waiting")?,
    })
}

fn item(row: &Row) -> Result<Item> {
    let member = row.opt_id("member_id")?.zip(row.opt_text("name")?);
    Ok(Item {
        subject: row.text("subject")?,
        kind: row.text("kind")?,
        external_id: row.text("external_id")?,
        label: row.text("label")?,
        account: row.opt_id("account_id")?,
        has_left: row.opt_at("removed_at")?.is_some(),
        is_suspended: row.opt_at("suspended_at")?.is_some(),
        member,
    })
}
