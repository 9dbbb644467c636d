//! SQL about what an audience is to its tiles: the group that they may rely on, and who is told of what became of it.

use std::collections::BTreeSet;

use model::{AudienceId, PortalId, Timestamp};
use portal::{GroupStep, Priority};

use super::audience::step;
use super::{Audience, Fence};
use crate::db::{Result, Tx};
use crate::sync::rank;
use crate::sync::store::{self as sync_store, Phase, Tile};
use crate::values;

/// Tiles that waited for the group have their turn now. Each is marked too: a worker that is at one has seen the group as it was,
/// and would have it wait.
pub(in crate::sync::worker) async fn wake_tiles(
    tx: &mut Tx,
    audience: AudienceId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET marked = marked + 1, due_at = CASE WHEN due_at > $2 THEN $2 ELSE due_at END
         WHERE audience_id = $1 AND gone_at IS NULL AND settled < marked AND due_at IS NOT NULL AND phase <> 'paused'",
        values![audience, now],
    )
    .await?;
    Ok(())
}

/// Tiles that the group still shows to somebody about whom an admin is asked, or has decided: whoever is in it besides may have
/// changed, and with that whether the tile can stay with it. They look again, also those that rest until there is an answer.
pub(in crate::sync::worker) async fn wake_tiles_that_keep(
    tx: &mut Tx,
    fence: Fence,
    audience: &Audience,
    now: Timestamp,
) -> Result<()> {
    let Some(group) = audience.group_id.as_deref() else { return Ok(()) };
    tx.execute(
        "UPDATE tile SET marked = marked + 1, due_at = CASE WHEN due_at < $3 THEN due_at ELSE $3 END
         WHERE gone_at IS NULL AND phase <> 'paused' AND settled < marked AND id IN (
             SELECT i.tile_id FROM safety_stop_item i
             JOIN tile_principal p ON p.tile_id = i.tile_id AND p.kind = 'group' AND p.external_id = $2
             WHERE i.portal_id = $1 AND i.ended_at IS NULL AND i.kind = 'person')",
        values![fence.portal, group, now],
    )
    .await?;
    Ok(())
}

/// Tiles that the group shows besides to somebody who stays in it for the sake of another one. They look again, also those that
/// were through: who should not see them is not to stay with them.
pub(in crate::sync::worker) async fn wake_tiles_beside(
    tx: &mut Tx,
    fence: Fence,
    audience: &Audience,
    now: Timestamp,
) -> Result<()> {
    let Some(group) = audience.group_id.as_deref() else { return Ok(()) };
    tx.execute(
        "UPDATE tile SET marked = marked + 1, due_at = CASE WHEN due_at < $4 THEN due_at ELSE $4 END
         WHERE gone_at IS NULL AND phase <> 'paused' AND id IN (
             SELECT b.tile_id FROM safety_stop_item i
             JOIN tile_principal p ON p.tile_id = i.tile_id AND p.kind = 'group' AND p.external_id = $2
             JOIN audience_member m ON m.audience_id = $3 AND m.external_id = i.external_id
             JOIN tile_principal b ON b.external_id = $2 AND b.kind = 'group' AND b.tile_id <> i.tile_id
             WHERE i.portal_id = $1 AND i.ended_at IS NULL AND i.kind = 'person' AND NOT EXISTS (
                 SELECT 1 FROM safety_stop_item o
                 WHERE o.portal_id = $1 AND o.ended_at IS NULL AND o.kind = 'person'
                   AND o.tile_id = b.tile_id AND o.external_id = i.external_id))",
        values![fence.portal, group, audience.id, now],
    )
    .await?;
    Ok(())
}

/// The problem of an audience for which the pool has no group.
pub(in crate::sync::worker) const POOL_EMPTY: &str = "pool_empty";

/// With what the names of the pool's groups begin, where there is one.
pub(in crate::sync::worker) async fn pool_prefix(
    tx: &mut Tx,
    audience: &Audience,
) -> Result<Option<String>> {
    tx.one("SELECT pool_prefix FROM portal WHERE workspace_id = $1", values![audience.workspace])
        .await?
        .opt_text("pool_prefix")
}

/// The groups that audiences have.
pub(in crate::sync::worker) async fn groups_in_use(
    tx: &mut Tx,
    portal: PortalId,
) -> Result<BTreeSet<String>> {
    let rows = tx
        .all(
            "SELECT group_id FROM audience WHERE portal_id = $1 AND gone_at IS NULL AND group_id IS NOT NULL",
            values![portal],
        )
        .await?;
    rows.iter().map(|row| row.text("group_id")).collect()
}

/// The group of an audience, as a tile may rely on it.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a tile cannot rely on")]
#[derive(Default)]
pub(in crate::sync::worker) struct GroupStanding {
    /// Its id, once the portal has it; not one that is about to be deleted, or must not be written to.
    pub(in crate::sync::worker) id: Option<String>,
    /// Whoever is still missing was refused by the portal: nobody waits for them.
    pub(in crate::sync::worker) has_given_up: bool,
    /// No group is to be had: people are assigned one by one.
    pub(in crate::sync::worker) is_lacking: bool,
    /// Who is in it is not known yet.
    pub(in crate::sync::worker) is_unread: bool,
    /// It waits for a person.
    pub(in crate::sync::worker) is_paused: bool,
    /// Whom a step under way takes out of it.
    pub(in crate::sync::worker) leaving: Option<String>,
}

pub(in crate::sync::worker) async fn group_of(
    tx: &mut Tx,
    audience: AudienceId,
    now: Timestamp,
) -> Result<GroupStanding> {
    let row = tx
        .optional(
            "SELECT group_id, mirror_name, problem, due_at, refresh, phase, in_flight FROM audience
             WHERE id = $1 AND gone_at IS NULL AND confirmed <> 'removing'",
            values![audience],
        )
        .await?;
    let Some(row) = row else { return Ok(GroupStanding::default()) };
    if row.code("phase", Phase::from_code)? == Phase::Paused {
        return Ok(GroupStanding { is_paused: true, ..GroupStanding::default() });
    }
    let rests = row.opt_at("due_at")?.is_some_and(|due| due > now);
    let (id, problem) = (row.opt_text("group_id")?, row.opt_text("problem")?);
    let leaving = match row.opt_text("in_flight")?.map(|text| step(&text)).transpose()? {
        Some(GroupStep::RemoveMember(person)) => Some(person),
        _ => None,
    };
    Ok(GroupStanding {
        has_given_up: rests && problem.as_deref() == Some("refused"),
        is_lacking: id.is_none() && problem.as_deref() == Some(POOL_EMPTY),
        is_unread: row.int("refresh")? != 0 || row.opt_text("mirror_name")?.is_none(),
        is_paused: false,
        leaving,
        id,
    })
}

macro_rules! look_at_idle {
    ($which:literal) => {
        concat!(
            "UPDATE audience SET marked = marked + 1,
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
             WHERE portal_id = $1 AND idle_since IS NOT NULL AND gone_at IS NULL AND ",
            $which
        )
    };
}

/// The audience of a tile that is gone, and those whose group the portal no longer shows a tile by: each is looked at
/// again, because it may be needed no more.
pub(super) async fn release_audiences(
    tx: &mut Tx,
    tile: &Tile,
    let_go: &[String],
    now: Timestamp,
) -> Result<()> {
    if let (Some(audience), Some(_)) = (tile.audience, tile.gone_at) {
        sync_store::note_idle(tx, audience, now).await?;
        tx.execute(
            look_at_idle!("id = $2"),
            values![tile.portal, audience, now, rank(Priority::Change)],
        )
        .await?;
    }
    for group in let_go {
        let values = values![tile.portal, group.as_str(), now, rank(Priority::Change)];
        tx.execute(look_at_idle!("group_id = $2"), values).await?;
        // It may have kept somebody for this tile.
        tx.execute(
            "UPDATE audience SET marked = marked + 1, due_at = $3
             WHERE portal_id = $1 AND group_id = $2 AND gone_at IS NULL AND due_at > $3 AND problem IS NULL AND failures = 0",
            values![tile.portal, group.as_str(), now],
        )
        .await?;
    }
    Ok(())
}
