//! SQL of the worker about audiences. Every write proves by the fence that no other worker has taken over.

use std::collections::BTreeSet;

use model::workspace::WorkspaceRole;
use model::{ActivityId, AudienceId, Timestamp, WorkspaceId};
use portal::{GroupConfirmed, GroupStep, Priority};
use uuid::Uuid;

use super::{Entry, Fence};
use crate::db::{Error, Result, Row, Tx};
use crate::members;
use crate::sync::rank;
use crate::sync::store::Phase;
use crate::values;

/// An audience as its row tells.
#[derive(Debug, Clone)]
pub(in crate::sync::worker) struct Audience {
    pub(in crate::sync::worker) id: AudienceId,
    pub(in crate::sync::worker) workspace: WorkspaceId,
    pub(in crate::sync::worker) name: String,
    pub(in crate::sync::worker) phase: Phase,
    pub(in crate::sync::worker) confirmed: GroupConfirmed,
    /// A step that was sent, and whose result nobody has recorded.
    pub(in crate::sync::worker) in_flight: Option<GroupStep>,
    pub(in crate::sync::worker) group_id: Option<String>,
    /// When a create was sent whose outcome nobody has recorded.
    pub(in crate::sync::worker) sent_at: Option<Timestamp>,
    pub(in crate::sync::worker) mirror_name: Option<String>,
    pub(in crate::sync::worker) mirror_description: Option<String>,
    pub(in crate::sync::worker) marked: i64,
    pub(in crate::sync::worker) settled: i64,
    pub(in crate::sync::worker) due_at: Option<Timestamp>,
    pub(in crate::sync::worker) priority: i64,
    pub(in crate::sync::worker) refresh: bool,
    pub(in crate::sync::worker) failures: i64,
    pub(in crate::sync::worker) problem: Option<String>,
    pub(in crate::sync::worker) problem_detail: Option<String>,
    pub(in crate::sync::worker) problem_request_id: Option<String>,
    pub(in crate::sync::worker) synced_at: Option<Timestamp>,
    pub(in crate::sync::worker) gone_at: Option<Timestamp>,
}

impl Audience {
    /// One that nobody has written yet.
    pub(in crate::sync::worker) fn unwritten(workspace: WorkspaceId, name: String) -> Self {
        Self {
            id: AudienceId::from(Uuid::nil()),
            workspace,
            name,
            phase: Phase::New,
            confirmed: GroupConfirmed::Kept,
            group_id: None,
            sent_at: None,
            mirror_name: None,
            mirror_description: None,
            marked: 1,
            settled: 0,
            due_at: None,
            in_flight: None,
            priority: rank(Priority::Audit),
            refresh: false,
            failures: 0,
            problem: None,
            problem_detail: None,
            problem_request_id: None,
            synced_at: None,
            gone_at: None,
        }
    }
}

pub(in crate::sync::worker) async fn audience(
    tx: &mut Tx,
    id: AudienceId,
) -> Result<Option<Audience>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, name, phase, confirmed, in_flight, group_id, sent_at, mirror_name, mirror_description, marked,
                    settled, due_at, priority, refresh, failures, problem, problem_detail, problem_request_id, synced_at,
                    gone_at
             FROM audience WHERE id = $1 AND gone_at IS NULL",
            values![id],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Audience> {
    Ok(Audience {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        name: row.text("name")?,
        phase: row.code("phase", Phase::from_code)?,
        confirmed: row.code("confirmed", confirmed_from)?,
        in_flight: row.opt_text("in_flight")?.map(|text| step(&text)).transpose()?,
        group_id: row.opt_text("group_id")?,
        sent_at: row.opt_at("sent_at")?,
        mirror_name: row.opt_text("mirror_name")?,
        mirror_description: row.opt_text("mirror_description")?,
        marked: row.int("marked")?,
        settled: row.int("settled")?,
        due_at: row.opt_at("due_at")?,
        priority: row.int("priority")?,
        refresh: row.int("refresh")? != 0,
        failures: row.int("failures")?,
        problem: row.opt_text("problem")?,
        problem_detail: row.opt_text("problem_detail")?,
        problem_request_id: row.opt_text("problem_request_id")?,
        synced_at: row.opt_at("synced_at")?,
        gone_at: row.opt_at("gone_at")?,
    })
}

/// A step as the row of its audience tells it.
pub(super) fn step(text: &str) -> Result<GroupStep> {
    serde_json::from_str(text)
        .map_err(|e| Error::Stored { column: "in_flight", why: e.to_string() })
}

fn confirmed_from(code: &str) -> Option<GroupConfirmed> {
    match code {
        "kept" => Some(GroupConfirmed::Kept),
        "removing" => Some(GroupConfirmed::Removing),
        _ => None,
    }
}

fn confirmed_code(confirmed: GroupConfirmed) -> &'static str {
    match confirmed {
        GroupConfirmed::Kept => "kept",
        GroupConfirmed::Removing => "removing",
    }
}

/// Whether a tile needs the group: it is in the audience, or the portal still shows it by the group.
pub(in crate::sync::worker) async fn is_needed(tx: &mut Tx, audience: &Audience) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS needed FROM tile WHERE audience_id = $1 AND gone_at IS NULL
             UNION ALL
             SELECT 1 FROM tile_principal p JOIN tile t ON t.id = p.tile_id AND t.gone_at IS NULL
             WHERE p.external_id = $2 AND p.kind = 'group' AND p.workspace_id = $3
             LIMIT 1",
            values![audience.id, audience.group_id.as_deref(), audience.workspace],
        )
        .await?;
    Ok(row.is_some())
}

/// Who should be in the group: active members with an external id whose role sees tiles.
pub(in crate::sync::worker) async fn wanted_members(
    tx: &mut Tx,
    audience: AudienceId,
) -> Result<BTreeSet<String>> {
    let rows = tx
        .all(
            "SELECT m.suspended_at, m.removed_at, r.role AS workspace_role, i.external_id
             FROM (
                 SELECT s.source_id AS member_id FROM audience_source s WHERE s.audience_id = $1 AND s.kind = 'member'
                 UNION
                 SELECT t.member_id FROM audience_source s
                 JOIN team_membership t ON t.team_id = s.source_id AND t.ended_at IS NULL
                 WHERE s.audience_id = $1 AND s.kind = 'team'
             ) g
             JOIN member m ON m.id = g.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             JOIN identity i ON i.member_id = m.id AND i.ended_at IS NULL AND i.external_id IS NOT NULL",
            values![audience],
        )
        .await?;
    let mut wanted = BTreeSet::new();
    for row in &rows {
        let role = row.code("workspace_role", WorkspaceRole::from_code)?;
        if model::access::sees_tile(role, members::store::status(row)?) {
            wanted.insert(row.text("external_id")?);
        }
    }
    Ok(wanted)
}

/// Whom the portal last confirmed as members of the group, without those whom it has ended since: they stay in it, and see
/// nothing by it.
pub(in crate::sync::worker) async fn members_of(
    tx: &mut Tx,
    audience: AudienceId,
) -> Result<BTreeSet<String>> {
    let rows = tx
        .all(
            "SELECT m.external_id FROM audience_member m
             WHERE m.audience_id = $1 AND NOT EXISTS (
                 SELECT 1 FROM away_person a
                 WHERE a.workspace_id = m.workspace_id AND a.external_id = m.external_id)",
            values![audience],
        )
        .await?;
    rows.iter().map(|row| row.text("external_id")).collect()
}

/// How the confirmed members change.
pub(in crate::sync::worker) enum Members {
    Same,
    Add(String),
    Remove(String),
    Replace(BTreeSet<String>),
}

/// Has it not looked at again, unless it was marked in the meantime.
pub(in crate::sync::worker) async fn rest_audience(
    tx: &mut Tx,
    fence: Fence,
    audience: &Audience,
) -> Result<()> {
    tx.execute(
        "UPDATE audience SET due_at = NULL
         WHERE id = $1 AND portal_id = $2 AND marked = $3 AND EXISTS (SELECT 1 FROM portal WHERE id = $2 AND fence = $4)",
        values![audience.id, fence.portal, audience.marked, fence.number],
    )
    .await?;
    Ok(())
}

/// Stores the row and its members; answers false where another worker has taken over.
pub(in crate::sync::worker) async fn save_audience(
    tx: &mut Tx,
    fence: Fence,
    audience: &Audience,
    members: &Members,
) -> Result<bool> {
    let in_flight = audience
        .in_flight
        .as_ref()
        .map(|step| serde_json::to_string(step).expect("a step has only texts for keys"));
    let touched = tx
        .execute(
            "UPDATE audience SET
                 phase = $4, confirmed = $5, group_id = $6, sent_at = $7, mirror_name = $8, mirror_description = $9,
                 settled = $10, synced_at = $11, in_flight = $20,
                 gone_at = CASE WHEN marked = $3 THEN $12 ELSE gone_at END,
                 due_at = CASE WHEN marked = $3 THEN $13 ELSE due_at END,
                 refresh = CASE WHEN marked = $3 THEN $14 ELSE refresh END,
                 failures = CASE WHEN marked = $3 THEN $15 ELSE failures END,
                 problem = CASE WHEN marked = $3 THEN $16 ELSE problem END,
                 problem_detail = CASE WHEN marked = $3 THEN $17 ELSE problem_detail END,
                 problem_request_id = CASE WHEN marked = $3 THEN $18 ELSE problem_request_id END
             WHERE id = $1 AND portal_id = $2 AND EXISTS (SELECT 1 FROM portal WHERE id = $2 AND fence = $19)",
            values![
                audience.id,
                fence.portal,
                audience.marked,
                audience.phase.code(),
                confirmed_code(audience.confirmed),
                audience.group_id.as_deref(),
                audience.sent_at,
                audience.mirror_name.as_deref(),
                audience.mirror_description.as_deref(),
                audience.settled,
                audience.synced_at,
                audience.gone_at,
                audience.due_at,
                i64::from(audience.refresh),
                audience.failures,
                audience.problem.as_deref(),
                audience.problem_detail.as_deref(),
                audience.problem_request_id.as_deref(),
                fence.number,
                in_flight,
            ],
        )
        .await?;
    if touched == 0 {
        return Ok(false);
    }
    save_members(tx, audience, members).await?;
    Ok(true)
}

async fn save_members(tx: &mut Tx, audience: &Audience, members: &Members) -> Result<()> {
    match members {
        Members::Same => {}
        Members::Add(person) => insert_member(tx, audience, person).await?,
        Members::Remove(person) => {
            tx.execute(
                "DELETE FROM audience_member WHERE audience_id = $1 AND external_id = $2",
                values![audience.id, person],
            )
            .await?;
        }
        Members::Replace(people) => {
            tx.execute("DELETE FROM audience_member WHERE audience_id = $1", values![audience.id])
                .await?;
            for person in people {
                insert_member(tx, audience, person).await?;
            }
        }
    }
    Ok(())
}

async fn insert_member(tx: &mut Tx, audience: &Audience, person: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO audience_member (audience_id, workspace_id, external_id) VALUES ($1, $2, $3)
         ON CONFLICT (audience_id, external_id) DO NOTHING",
        values![audience.id, audience.workspace, person],
    )
    .await?;
    Ok(())
}

/// The group of an audience is to be called something else.
pub(in crate::sync::worker) async fn set_audience_name(
    tx: &mut Tx,
    id: AudienceId,
    name: &str,
) -> Result<()> {
    tx.execute("UPDATE audience SET name = $2 WHERE id = $1", values![id, name]).await?;
    Ok(())
}

/// A line of the audience's timeline.
pub(in crate::sync::worker) async fn save_audience_event(
    tx: &mut Tx,
    audience: &Audience,
    id: ActivityId,
    at: Timestamp,
    entry: &Entry,
) -> Result<()> {
    tx.execute(
        "INSERT INTO audience_event (id, workspace_id, audience_id, at, step, result, request_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            audience.workspace,
            audience.id,
            at,
            &entry.step,
            entry.result,
            entry.request_id.as_deref(),
            entry.detail.as_deref()
        ],
    )
    .await?;
    Ok(())
}
