//! What the worker would do for a tile and for the group that shows it: decided by the functions that it decides by, and
//! done to nothing.

use std::collections::BTreeSet;

use portal::{GroupPause, GroupPlan, GroupPresence, GroupStep, Pause, Step, plan};

use super::audience::SeenAudience;
use super::look::Seen;
use super::store::{self, Audience};
use crate::app::App;
use crate::db::{Result, Tx};
use crate::sync::audience::{self, Sources};
use crate::sync::store::{Phase, find_audience, is_shared};
use crate::sync::{self, Tile};

/// All that is left to do for one tile, as far as is known.
pub(in crate::sync) struct Outlook {
    /// The group that will show it: it is made ready first.
    pub(in crate::sync) group: Option<GroupOutlook>,
    /// The tile's own steps, in their order.
    pub(in crate::sync) steps: Vec<Step>,
    /// The group that showed it, where nothing else needs it afterwards.
    pub(in crate::sync) left: Option<GroupOutlook>,
    /// The portal itself is read first, and what is found there may change the steps.
    pub(in crate::sync) looks_first: bool,
    /// Why a person has to decide first.
    pub(in crate::sync) pause: Option<Pause>,
    /// It waits for a person who has been asked.
    pub(in crate::sync) rests: bool,
}

/// All that is left to do for one group.
pub(in crate::sync) struct GroupOutlook {
    /// Its name.
    pub(in crate::sync) name: String,
    /// What tells it from others: tiles may share it.
    pub(in crate::sync) key: Vec<u8>,
    /// Its steps, in their order.
    pub(in crate::sync) steps: Vec<GroupStep>,
    /// Why a person has to decide first.
    pub(in crate::sync) pause: Option<GroupPause>,
    /// It waits for a person who has been asked.
    pub(in crate::sync) rests: bool,
}

/// What will be done for a tile whose account `persons` reach, by their ids in the portal.
pub(in crate::sync) async fn foresee(
    tx: &mut Tx,
    app: &App,
    tile: Tile,
    portal: &sync::Portal,
    persons: &BTreeSet<String>,
) -> Result<Outlook> {
    let (strategy, logos) = (portal.strategy, portal.logos);
    let written = match tile.app_id {
        Some(_) => store::tile(tx, tile.id).await?,
        None => None,
    };
    let (in_flight, known) =
        written.map(|found| (found.in_flight, found.known)).unwrap_or_default();
    let mut seen =
        Seen::of(tx, app, store::Found { tile, in_flight, strategy, known, logos }).await?;
    let shows = group(tx, app, &seen, persons).await?;
    let stays = shows.as_ref().map(|shows| shows.seen.audience.id);
    let left = match seen.tile.audience.filter(|old| stays != Some(*old)) {
        Some(old) if !is_shared(tx, old, seen.tile.id).await? => {
            SeenAudience::load(tx, &app.config.origin(), old).await?.map(without_tiles)
        }
        _ => None,
    };
    if let Some(shows) = &shows {
        let is_usable = shows.outlook.pause.is_none() && !shows.outlook.rests;
        let group = is_usable.then(|| shows.group());
        seen.once_shown_by(group, &shows.seen.desired.members, persons);
    }
    Ok(Outlook {
        group: shows.map(|shows| shows.outlook),
        left: left.filter(|left| !left.steps.is_empty()),
        ..of(&seen)
    })
}

/// The tile's own part.
fn of(seen: &Seen) -> Outlook {
    let mut outlook = Outlook {
        group: None,
        steps: Vec::new(),
        left: None,
        looks_first: false,
        pause: None,
        rests: seen.rests(),
    };
    if outlook.rests {
        return outlook;
    }
    if seen.tile.phase == Phase::Creating {
        outlook.steps = vec![Step::Search];
        outlook.looks_first = true;
        return outlook;
    }
    let has_app = seen.tile.app_id.is_some();
    outlook.looks_first = has_app && (seen.tile.refresh || seen.in_flight.is_some());
    match seen.observed() {
        None => outlook.looks_first = true,
        Some(observed) => {
            let plan = plan(&seen.desired, &observed, seen.confirmed());
            outlook.steps = plan.steps;
            outlook.pause = plan.pause;
        }
    }
    outlook
}

/// A group with what will be done for it.
struct Shows {
    seen: SeenAudience,
    outlook: GroupOutlook,
}

impl Shows {
    /// As a tile is assigned to it; one that is still to be made goes by its name.
    fn group(&self) -> String {
        let audience = &self.seen.audience;
        audience.group_id.clone().unwrap_or_else(|| audience.name.clone())
    }
}

/// The group that will show the tile, as `audience::join` chooses it.
async fn group(
    tx: &mut Tx,
    app: &App,
    seen: &Seen,
    persons: &BTreeSet<String>,
) -> Result<Option<Shows>> {
    if seen.is_removal() || !seen.in_groups {
        return Ok(None);
    }
    let (tile, origin) = (&seen.tile, app.config.origin());
    let sources = Sources::of(tx, tile).await?;
    if !sources.want_a_group() {
        return Ok(None);
    }
    let key = sources.hash();
    let found = find_audience(tx, tile.portal, &key).await?;
    let own = if found.is_none() { audience::own(tx, tile).await? } else { None };
    let present = match found.or(own.as_ref().map(|own| own.id)) {
        Some(id) => SeenAudience::load(tx, &origin, id).await?,
        None => None,
    };
    let name = audience::name(tx, tile, &sources, own.as_ref()).await?;
    let mut seen = present.unwrap_or_else(|| SeenAudience {
        audience: Audience::unwritten(tile.workspace, name.clone()),
        desired: portal::DesiredGroup {
            presence: GroupPresence::Present,
            name: name.clone(),
            origin,
            members: BTreeSet::new(),
        },
        members: BTreeSet::new(),
        held: BTreeSet::new(),
        waiting: BTreeSet::new(),
        needed: BTreeSet::new(),
        pool: None,
    });
    seen.desired.presence = GroupPresence::Present;
    seen.desired.members.clone_from(persons);
    if found.is_none() {
        seen.desired.name = name;
    }
    let rests = seen.audience.phase == Phase::Paused;
    let plan = if rests { GroupPlan::default() } else { seen.plan() };
    let name = seen.desired.name.clone();
    let outlook = GroupOutlook { name, key, steps: plan.steps, pause: plan.pause, rests };
    Ok(Some(Shows { seen, outlook }))
}

/// What becomes of a group once no tile is in it.
fn without_tiles(mut seen: SeenAudience) -> GroupOutlook {
    seen.desired.presence = GroupPresence::Absent;
    seen.desired.members.clear();
    GroupOutlook {
        name: seen.desired.name.clone(),
        key: seen.audience.id.uuid().as_bytes().to_vec(),
        // One that is not ours any more is left alone.
        steps: seen.plan().steps,
        pause: None,
        rests: false,
    }
}

/// The tile that an account would get, which nobody has written yet.
pub(in crate::sync) fn unwritten(
    portal: &sync::Portal,
    account: model::AccountId,
    label: String,
    now: model::Timestamp,
) -> Tile {
    Tile {
        id: model::TileId::from(uuid::Uuid::nil()),
        workspace: portal.workspace,
        portal: portal.id,
        account,
        launch: model::LaunchId::from_bytes([0; 16]),
        label,
        label_number: 0,
        extended_at: now,
        extended_by: model::MemberId::from(uuid::Uuid::nil()),
        ended_at: None,
        gone_at: None,
        phase: Phase::New,
        confirmed: "nothing".into(),
        app_id: None,
        attempt: 0,
        sent_at: None,
        scanned_at: None,
        mirror_label: None,
        mirror_url: None,
        mirror_status: None,
        marked: 1,
        settled: 0,
        due_at: None,
        priority: 0,
        refresh: false,
        failures: 0,
        synced_at: None,
        notify: None,
        problem: None,
        problem_detail: None,
        problem_request_id: None,
        steps_done: 0,
        steps_total: 0,
        audience: None,
    }
}
