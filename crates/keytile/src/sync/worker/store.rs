//! SQL of the worker. Every write proves by the fence that no other worker has taken over.

mod audience;
mod audience_stop;
mod due;
mod forecast;
mod lease;
mod noted;
mod record;
mod standing;

use std::collections::BTreeSet;

use model::{AccountId, PortalId, TileId, Timestamp, WorkspaceId};
use portal::plan::Presence;
use portal::{Principal, Priority, Step, Strategy};

use super::{PortalRow, Stop, Subject, earlier};
use crate::db::{Error, Result, Row, Tx};
use crate::sync::store::{PortalStatus, strategy_from, tile_rows};
use crate::sync::{Tile, rank};
use crate::values;

pub(super) use audience::{
    Audience, Members, audience, is_needed, members_of, rest_audience, save_audience,
    save_audience_event, set_audience_name, wanted_members,
};
pub(super) use audience_stop::{
    WaitingMembers, audience_of_group, is_shown_besides, marks, tiles_leaving, tiles_of,
    waiting_members,
};
pub(super) use due::without_group;
pub(super) use forecast::{forecast, limits, outstanding, set_forecast, set_limits};
pub(super) use lease::{acquire, lease_until, set_lease};
pub(super) use noted::{has_noted_marks, put_noted_marks};
pub(super) use record::{Entry, People, Record};
pub(super) use standing::{
    GroupStanding, POOL_EMPTY, group_of, groups_in_use, pool_prefix, wake_tiles, wake_tiles_beside,
    wake_tiles_that_keep,
};

/// How many candidates a turn looks at: more than there are lanes, so that there is one that nobody is at.
const CANDIDATES: i64 = 12;

/// How `refresh` asks for the people alone.
const GLANCE: i64 = 2;

/// What a tile's row tells beside [`Tile`].
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// When the portal last changed the app; unknown after a step of ours.
    pub(super) updated_at: Option<Timestamp>,
    /// People could add the tile themselves.
    pub(super) self_service: bool,
    /// Only the people are to be looked at: an audit saw the rest in a list.
    pub(super) is_glance: bool,
    /// The drawing that the app was given.
    pub(super) logo: Option<i64>,
}

/// What every write of a worker proves.
#[derive(Clone, Copy)]
pub(super) struct Fence {
    pub(super) portal: PortalId,
    pub(super) number: i64,
    /// The connection that it knows.
    pub(super) token_version: i64,
}

/// The connection as it is now.
pub(super) struct Standing {
    pub(super) status: PortalStatus,
    pub(super) fence: i64,
    token_version: i64,
    domain: String,
    org_id: String,
    /// When the next audit is due.
    pub(super) audit_due_at: Option<Timestamp>,
}

impl Standing {
    /// Whether a portal that was built from `row` is still the right one.
    pub(super) fn is_of(&self, row: &PortalRow) -> bool {
        self.token_version == row.token_version
            && self.domain == row.domain
            && self.org_id == row.org_id
    }
}

pub(super) async fn standing(tx: &mut Tx, row: &PortalRow) -> Result<Option<Standing>> {
    let row = tx
        .optional(
            "SELECT status, fence, token_version, domain, org_id, audit_due_at FROM portal
             WHERE workspace_id = $1 AND id = $2",
            values![row.workspace, row.id],
        )
        .await?;
    row.map(|row| {
        Ok(Standing {
            status: row.code("status", PortalStatus::from_code)?,
            fence: row.int("fence")?,
            token_version: row.int("token_version")?,
            domain: row.text("domain")?,
            org_id: row.text("org_id")?,
            audit_due_at: row.opt_at("audit_due_at")?,
        })
    })
    .transpose()
}

/// Which tiles have no turn now.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    /// The feature is off: only what was removed goes on (C7).
    pub(super) only_ended: bool,
    /// The portal takes no more apps for now; removals go on.
    pub(super) no_creates: bool,
}

/// The most urgent of one priority, found by index: `tile_due` begins with the portal and the priority. A tile whose
/// predecessor is still in the portal is not made before that is gone: nobody sees an account twice (L3).
macro_rules! due_at_priority {
    ($rank:literal) => {
        concat!(
            "SELECT * FROM (SELECT id, priority, due_at, marked FROM tile
             WHERE portal_id = $1 AND priority = ",
            $rank,
            " AND due_at <= $2 AND (ended_at IS NOT NULL OR ($3 = 0 AND ($4 = 0 OR phase <> 'new')))
               AND (ended_at IS NOT NULL OR phase <> 'new' OR NOT EXISTS (
                   SELECT 1 FROM tile old WHERE old.account_id = tile.account_id AND old.gone_at IS NULL
                      AND old.ended_at IS NOT NULL AND old.id <> tile.id))
             ORDER BY due_at, id LIMIT $5) AS p",
            $rank
        )
    };
}

/// Somebody who is due.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) subject: Subject,
    pub(super) rank: i64,
    /// How often it was marked: what was decided about it holds until that changes.
    pub(super) marked: i64,
}

/// Who is due.
pub(super) struct Candidates {
    /// The most urgent first. Of two that are equally urgent the audience goes first: its tiles wait for it.
    pub(super) all: Vec<Candidate>,
    /// No other tile is due.
    pub(super) has_all_tiles: bool,
}

impl Candidates {
    /// How urgent the most urgent one is, as [`rank`] has it.
    fn first(&self) -> Option<i64> {
        self.all.first().map(|candidate| candidate.rank)
    }

    /// Some of them are more urgent than what an audit asks for.
    pub(super) fn come_before_audits(&self) -> bool {
        self.first().is_some_and(|first| first < rank(Priority::Audit))
    }

    /// None is more urgent than a first sync, which may use every call for hours.
    pub(super) fn are_first_sync(&self) -> bool {
        self.first() == Some(rank(Priority::FirstSync))
    }
}

/// The most urgent tiles and audiences.
pub(super) async fn candidates(
    tx: &mut Tx,
    row: &PortalRow,
    filter: Filter,
    now: Timestamp,
) -> Result<Candidates> {
    let audiences = due::due_audiences(tx, row.id, filter.only_ended, now, CANDIDATES).await?;
    let tiles = due(tx, row, filter, now).await?;
    let has_all_tiles = i64::try_from(tiles.len()).is_ok_and(|tiles| tiles < CANDIDATES);
    let mut all: Vec<Candidate> = audiences.into_iter().chain(tiles).collect();
    all.sort_by_key(|candidate| candidate.rank);
    Ok(Candidates { all, has_all_tiles })
}

/// The most urgent tiles, in the order of their priority and of their waiting.
async fn due(
    tx: &mut Tx,
    row: &PortalRow,
    filter: Filter,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let rows = tx
        .all(
            concat!(
                "SELECT id, priority, marked FROM (",
                due_at_priority!("0"),
                " UNION ALL ",
                due_at_priority!("1"),
                " UNION ALL ",
                due_at_priority!("2"),
                " UNION ALL ",
                due_at_priority!("3"),
                " UNION ALL ",
                due_at_priority!("4"),
                ") AS due ORDER BY priority, due_at, id LIMIT $5"
            ),
            values![
                row.id,
                now,
                i64::from(filter.only_ended),
                i64::from(filter.no_creates),
                CANDIDATES
            ],
        )
        .await?;
    rows.iter().map(|row| candidate(Subject::Tile(row.id("id")?), row)).collect()
}

fn candidate(subject: Subject, row: &Row) -> Result<Candidate> {
    Ok(Candidate { subject, rank: row.int("priority")?, marked: row.int("marked")? })
}

macro_rules! next_at_priority {
    ($rank:literal) => {
        concat!(
            "SELECT MIN(due_at) AS due_at FROM tile
             WHERE portal_id = $1 AND priority = ",
            $rank,
            " AND due_at > $2 AND ($3 = 0 OR ended_at IS NOT NULL)"
        )
    };
}

/// When the next tile or audience becomes due.
pub(super) async fn next_due(
    tx: &mut Tx,
    row: &PortalRow,
    only_ended: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let audience = due::next_due_audience(tx, row.id, now).await?;
    Ok(earlier(next_due_tile(tx, row, only_ended, now).await?, audience))
}

async fn next_due_tile(
    tx: &mut Tx,
    row: &PortalRow,
    only_ended: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    tx.one(
        concat!(
            "SELECT MIN(due_at) AS due_at FROM (",
            next_at_priority!("0"),
            " UNION ALL ",
            next_at_priority!("1"),
            " UNION ALL ",
            next_at_priority!("2"),
            " UNION ALL ",
            next_at_priority!("3"),
            " UNION ALL ",
            next_at_priority!("4"),
            ") AS next"
        ),
        values![row.id, now, i64::from(only_ended)],
    )
    .await?
    .opt_at("due_at")
}

/// A tile as a worker finds it.
pub(super) struct Found {
    pub(super) tile: Tile,
    /// The step that was sent for it and not recorded.
    pub(super) in_flight: Option<Step>,
    /// How people come to see the portal's tiles.
    pub(super) strategy: Strategy,
    /// What else the portal has told about the app.
    pub(super) known: Known,
    /// Tiles get pictures.
    pub(super) logos: bool,
}

/// The tile, and what else a decision about it needs of its row and its portal's.
pub(super) async fn tile(tx: &mut Tx, id: TileId) -> Result<Option<Found>> {
    let row = tx
        .optional(
            tile_rows!(
                ", p.strategy, p.logos",
                "JOIN portal p ON p.id = t.portal_id WHERE t.id = $1"
            ),
            values![id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Found {
        tile: crate::sync::store::tile(&row)?,
        in_flight: row.opt_text("in_flight")?.map(|text| step(&text)).transpose()?,
        strategy: row.code("strategy", strategy_from)?,
        known: Known {
            updated_at: row.opt_at("mirror_updated_at")?,
            self_service: row.int("mirror_self_service")? != 0,
            is_glance: row.int("refresh")? == GLANCE,
            logo: row.opt_int("logo")?,
        },
        logos: row.int("logos")? != 0,
    }))
}

fn step(text: &str) -> Result<Step> {
    serde_json::from_str(text)
        .map_err(|e| Error::Stored { column: "in_flight", why: e.to_string() })
}

/// How the portal should have the account's tile (S20, S48).
pub(super) async fn presence(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Presence> {
    let row = tx
        .optional(
            "SELECT disabled_at, deleted_at FROM account WHERE workspace_id = $1 AND id = $2",
            values![workspace, account],
        )
        .await?;
    let Some(row) = row else { return Ok(Presence::Absent) };
    Ok(match (row.opt_at("deleted_at")?, row.opt_at("disabled_at")?) {
        (Some(_), _) => Presence::Absent,
        (None, Some(_)) => Presence::Inactive,
        (None, None) => Presence::Present,
    })
}

/// A tile that is as it should be and has no picture, where tiles get pictures. Where they do not, no tile is read.
pub(super) async fn without_logo(tx: &mut Tx, portal: PortalId) -> Result<Option<TileId>> {
    let row = tx
        .optional(
            "SELECT t.id FROM portal p JOIN tile t ON t.portal_id = p.id
             WHERE p.id = $1 AND p.logos = 1 AND t.logo IS NULL AND t.app_id IS NOT NULL AND t.gone_at IS NULL
               AND t.ended_at IS NULL AND t.due_at IS NULL AND t.settled >= t.marked AND t.mirror_status = 'active'
             ORDER BY t.id LIMIT 1",
            values![portal],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// Whom the portal last confirmed as assigned, without those whom it has ended since.
pub(super) async fn people(tx: &mut Tx, id: TileId) -> Result<BTreeSet<Principal>> {
    let rows = tx
        .all(
            "SELECT p.kind, p.external_id FROM tile_principal p
             WHERE p.tile_id = $1 AND NOT EXISTS (
                 SELECT 1 FROM away_person a
                 WHERE a.workspace_id = p.workspace_id AND a.external_id = p.external_id)",
            values![id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let id = row.text("external_id")?;
            row.code("kind", |kind| match kind {
                "person" => Some(Principal::Person(id)),
                "group" => Some(Principal::Group(id)),
                _ => None,
            })
        })
        .collect()
}

/// Tiles whose create has an unknown outcome: one scan looks for the apps of all.
pub(super) async fn creating(tx: &mut Tx, row: &PortalRow) -> Result<Vec<Tile>> {
    let rows = tx
        .all(
            tile_rows!(
                "WHERE t.portal_id = $1 AND t.gone_at IS NULL AND t.phase = 'creating' AND t.due_at IS NOT NULL
                 ORDER BY t.id LIMIT 1000"
            ),
            values![row.id],
        )
        .await?;
    rows.iter().map(crate::sync::store::tile).collect()
}

/// Refuses a worker that another one has taken over from.
pub(super) async fn prove(tx: &mut Tx, fence: Fence) -> std::result::Result<(), Stop> {
    let row = tx
        .optional(
            "SELECT 1 AS ours FROM portal WHERE id = $1 AND fence = $2",
            values![fence.portal, fence.number],
        )
        .await?;
    row.map(drop).ok_or(Stop::Lost)
}
