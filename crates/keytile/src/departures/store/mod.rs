//! SQL of departures: the rules, one departure, and waves of them.

use model::workspace::WorkspaceRole;
use model::{DepartureId, MemberId, WorkspaceId};

use super::{Departure, Rules};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::members::Member;
use crate::values;

/// Departures, of `$which`.
macro_rules! departures {
    ($($which:tt)+) => {
        concat!(
            "SELECT d.id, d.member_id, d.at, d.role, d.external_id, d.wave_id, d.asked_at, d.decided_at, m.name
             FROM departure d JOIN member m ON m.id = d.member_id
             WHERE d.workspace_id = $1 ",
            $($which)+
        )
    };
}

mod closed;
mod wave;

pub(super) use closed::{
    asked, asked_of_owner, decide_one, is_asked, owners_of_closed, restorable,
};
pub(super) use wave::{
    begin_wave, find_wave, gone, join_wave, people_here, recent, wave_under_way, waves,
};

pub(super) async fn rules(tx: &mut Tx, workspace: WorkspaceId) -> Result<Rules> {
    let row = tx
        .one(
            "SELECT rotate_used_days, rotate_unused_days, restore_days FROM workspace WHERE id = $1",
            values![workspace],
        )
        .await?;
    Ok(Rules {
        used_days: row.int("rotate_used_days")?,
        unused_days: row.int("rotate_unused_days")?,
        restore_days: row.opt_int("restore_days")?,
    })
}

pub(super) async fn set_rules(tx: &mut Tx, workspace: WorkspaceId, rules: &Rules) -> Result<()> {
    tx.execute(
        "UPDATE workspace SET rotate_used_days = $2, rotate_unused_days = $3, restore_days = $4 WHERE id = $1",
        values![workspace, rules.used_days, rules.unused_days, rules.restore_days],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert(tx: &mut Tx, by: &mut By, member: &Member) -> Result<DepartureId> {
    let id = DepartureId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO departure (id, workspace_id, member_id, at, reported_by, source, role, external_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            by.workspace,
            member.id,
            by.now,
            by.member,
            by.kind,
            member.role.code(),
            member.external_id.as_deref()
        ],
    )
    .await?;
    Ok(id)
}

pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DepartureId,
) -> Result<Option<Departure>> {
    let row = tx.optional(departures!("AND d.id = $2"), values![workspace, id]).await?;
    row.as_ref().map(departure).transpose()
}

/// The latest departure of a member. Of two within a millisecond it is one of them.
pub(super) async fn last_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<Option<Departure>> {
    let row = tx
        .optional(
            departures!(
                "AND d.member_id = $2 ORDER BY d.at DESC, d.decided_at DESC, d.id DESC LIMIT 1"
            ),
            values![workspace, member],
        )
        .await?;
    row.as_ref().map(departure).transpose()
}

pub(super) async fn ask(tx: &mut Tx, by: &By, id: DepartureId) -> Result<()> {
    tx.execute(
        "UPDATE departure SET asked_at = $3 WHERE workspace_id = $1 AND id = $2 AND asked_at IS NULL",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn decide(tx: &mut Tx, by: &By, id: DepartureId, decision: &str) -> Result<()> {
    tx.execute(
        "UPDATE departure SET decided_at = $3, decided_by = $4, decision = $5
         WHERE workspace_id = $1 AND id = $2 AND decided_at IS NULL",
        values![by.workspace, id, by.now, by.member, decision],
    )
    .await?;
    Ok(())
}

fn departure(row: &Row) -> Result<Departure> {
    Ok(Departure {
        id: row.id("id")?,
        member: row.id("member_id")?,
        name: row.text("name")?,
        at: row.at("at")?,
        role: row.code("role", WorkspaceRole::from_code)?,
        external_id: row.opt_text("external_id")?,
        wave: row.opt_id("wave_id")?,
        asked_at: row.opt_at("asked_at")?,
        decided_at: row.opt_at("decided_at")?,
    })
}
