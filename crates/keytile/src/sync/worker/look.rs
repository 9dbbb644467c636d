//! What is wanted and what is known about one tile, and what comes next. Only `load` looks at the database.

mod held;
mod how;

use std::collections::{BTreeMap, BTreeSet};

use model::{TileId, Timestamp};
use portal::plan::{Confirmed, Desired, Logo, Mirror, Observed, Pause, Presence, plan};
use portal::{AppId, AppStatus, Principal, Priority, Step, Strategy};

use self::how::{How, Shown};
use super::news::News;
use super::store::{self, GroupStanding, Known};
use crate::app::App;
use crate::db::{Result, Tx};
use crate::sync::safety::Removal;
use crate::sync::safety::store::{Waits, waits};
use crate::sync::store::{Phase, account_names};
use crate::sync::{Tile, desired, from_rank, launch_url};

/// One tile at one moment.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) tile: Tile,
    /// A step that was sent, and whose result nobody has recorded.
    pub(super) in_flight: Option<Step>,
    /// The same before this turn: what it repeats may have been done already, whatever comes of it now.
    pub(super) was_in_flight: Option<Step>,
    pub(super) desired: Desired,
    /// Whom the portal has last confirmed as assigned.
    pub(super) people: BTreeSet<Principal>,
    /// What else the portal has told about the app.
    pub(super) known: Known,
    /// What the safety stop keeps here, and what an admin let go.
    pub(super) waits: Waits,
    /// What the next step takes away without being asked: it counts.
    pub(super) counts: Vec<Removal>,
    /// Whom each group of ours still shows the tile, although they should not see it any more.
    pub(super) through: BTreeMap<String, BTreeSet<String>>,
    /// People may come to see this tile by a group, where that saves calls.
    pub(super) in_groups: bool,
    /// Somebody who should not see it is assigned by themselves, for as long as a group that keeps them is on its way out.
    pub(super) keeps: bool,
    /// Who should see it, by the portal's id of the person.
    pub(super) viewers: BTreeSet<String>,
    arrangement: Arrangement,
}

/// How people come to see one tile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrangement {
    /// As its row says, and nothing is missing.
    Ready,
    /// Somebody comes another way until the group that shows it has them.
    Incomplete,
    /// Its audience is another one than its row says.
    Moved,
}

/// What comes next for a tile.
pub(super) enum Next {
    /// A person has to decide, and has not yet.
    Rest,
    /// A create may have been done: look for its app.
    Search,
    /// What the portal has is not known: read it.
    Read,
    /// Its people come another way than its row says.
    Move,
    /// What is left waits for the group that shows it.
    Await,
    /// Everything is as it should be.
    Settle,
    /// What is left was refused in this run.
    Stuck,
    /// What is left waits for an admin.
    Held,
    /// A person has to decide.
    Pause(Pause),
    /// The next of `left` steps.
    Step { step: Step, left: usize },
}

impl Seen {
    /// The tile as it is now. The marks are read first: whatever comes after them is looked at again.
    pub(super) async fn load(tx: &mut Tx, app: &App, id: TileId) -> Result<Option<Self>> {
        match store::tile(tx, id).await? {
            Some(found) => Ok(Some(Self::of(tx, app, found).await?)),
            None => Ok(None),
        }
    }

    /// The tile of a row that was read before, or that nobody has written yet.
    pub(super) async fn of(tx: &mut Tx, app: &App, found: store::Found) -> Result<Self> {
        let store::Found { tile, in_flight, strategy, known, logos } = found;
        let presence = match tile.ended_at {
            Some(_) => Presence::Absent,
            None => store::presence(tx, tile.workspace, tile.account).await?,
        };
        let persons = match presence {
            Presence::Absent => BTreeSet::new(),
            Presence::Present | Presence::Inactive => {
                let audience = desired::audience(tx, tile.workspace, tile.account).await?;
                audience.sees.into_iter().filter_map(|viewer| viewer.external_id).collect()
            }
        };
        let people = store::people(tx, tile.id).await?;
        let in_groups = strategy == Strategy::Audience;
        let viewers = persons.clone();
        let through =
            through(tx, &tile, &maybe_shown(&people, in_flight.as_ref()), &persons).await?;
        let waits = waits(tx, &tile.id.to_string()).await?;
        let how = match presence {
            Presence::Absent => How::by_person(persons, Arrangement::Ready),
            Presence::Present | Presence::Inactive => {
                let shown = Shown { people: &people, through: &through, held: &waits.held };
                How::of(tx, &tile, in_groups, persons, &shown, app.now()).await?
            }
        };
        let logo = if logos { logo(tx, &tile).await? } else { None };
        let desired = Desired {
            presence,
            label: tile.label.clone(),
            url: launch_url(app, tile.launch),
            principals: how.principals,
            through_groups: how.through_groups,
            logo,
        };
        let mut seen = Self {
            tile,
            was_in_flight: in_flight.clone(),
            in_flight,
            desired,
            people,
            known,
            waits,
            counts: Vec::new(),
            through,
            keeps: false,
            in_groups: in_groups && !how.is_apart,
            viewers,
            arrangement: how.arrangement,
        };
        seen.keep_held(tx).await?;
        Ok(seen)
    }

    /// As it will be once `group` (none where there will be none) holds `members`.
    pub(super) fn once_shown_by(
        &mut self,
        group: Option<String>,
        members: &BTreeSet<String>,
        persons: &BTreeSet<String>,
    ) {
        let group = GroupStanding { id: group, ..GroupStanding::default() };
        let how = How::by_group(&group, members, persons, &self.people);
        self.desired.principals = how.principals;
        self.desired.through_groups = how.through_groups;
    }

    /// The portal has told whom it shows the tile.
    pub(super) async fn show(&mut self, tx: &mut Tx, people: BTreeSet<Principal>) -> Result<()> {
        self.people = people;
        self.through = through(tx, &self.tile, &self.people, &self.viewers).await?;
        Ok(())
    }

    pub(super) fn app(&self) -> Option<AppId> {
        self.tile.app_id.clone().map(AppId)
    }

    pub(super) fn priority(&self) -> Priority {
        from_rank(self.tile.priority)
    }

    pub(super) fn is_removal(&self) -> bool {
        self.desired.presence == Presence::Absent
    }

    /// What comes next, without what the portal has `refused` already.
    pub(super) fn next(&self, refused: &[&Step]) -> Next {
        let tile = &self.tile;
        if self.rests() {
            return Next::Rest;
        }
        if tile.phase == Phase::Creating {
            return Next::Search;
        }
        let Some(observed) = self.observed() else { return Next::Read };
        if tile.refresh && tile.app_id.is_some() {
            return Next::Read;
        }
        // A group that was about to be assigned is needed as long as nobody knows whether it was.
        if self.arrangement == Arrangement::Moved {
            return if self.is_unsure() { Next::Read } else { Next::Move };
        }
        let mut plan = plan(&self.desired, &observed, self.confirmed());
        // Nobody waits for a picture: it comes when nothing else is to be done.
        plan.steps.retain(|step| !matches!(step, Step::Logo(_)));
        let (held, free): (Vec<Step>, Vec<Step>) =
            plan.steps.into_iter().partition(|step| self.is_held(step));
        let left = free.len();
        // Without an app there is nobody to be given anything.
        let can_be = |step: &Step| tile.app_id.is_some() || matches!(step, Step::Create { .. });
        let step = free.into_iter().find(|step| can_be(step) && !refused.contains(&step));
        // Repeating the step that was under way makes it certain. Anything else would build on what nobody knows.
        if self.is_unsure() && self.in_flight != step {
            return Next::Read;
        }
        if let Some(pause) = plan.pause {
            return Next::Pause(pause);
        }
        match step {
            Some(step) => Next::Step { step, left },
            None if left > 0 => Next::Stuck,
            None if !held.is_empty() => Next::Held,
            None if self.awaits_group() => Next::Await,
            None => Next::Settle,
        }
    }

    /// Its group is not ready. What is shown to nobody needs none.
    pub(super) fn awaits_group(&self) -> bool {
        self.arrangement == Arrangement::Incomplete && self.desired.presence == Presence::Present
    }

    /// Whether a change has left nothing to do. Where it took the group away that kept somebody, what becomes of them is
    /// looked at anew.
    pub(super) fn is_done(&self, refused: &[&Step]) -> bool {
        !self.keeps && matches!(self.next(refused), Next::Settle)
    }

    /// A step about its app was sent, and nobody knows whether it was done.
    fn is_unsure(&self) -> bool {
        self.in_flight.is_some() && self.tile.app_id.is_some()
    }

    /// A person has to decide, and has not yet.
    pub(super) fn rests(&self) -> bool {
        let decided = self.is_removal() || (self.tile.refresh && self.tile.app_id.is_some());
        self.tile.phase == Phase::Paused && !decided
    }

    /// What the portal last confirmed; `None` where that is not known.
    pub(super) fn observed(&self) -> Option<Observed> {
        if self.tile.app_id.is_none() {
            return Some(Observed::Absent);
        }
        Some(Observed::Present(Mirror {
            label: self.tile.mirror_label.clone()?,
            url: self.tile.mirror_url.clone()?,
            status: status_from(self.tile.mirror_status.as_deref()?)?,
            principals: self.people.clone(),
            self_service: self.known.self_service,
            logo: self.known.logo.map(|version| u32::try_from(version).unwrap_or(0)),
        }))
    }

    /// The picture that is left to be given, once nothing else is left.
    pub(super) fn logo_step(&self) -> Option<Step> {
        let is_busy = self.rests() || self.in_flight.is_some() || self.tile.refresh;
        let observed = self.observed().filter(|_| !is_busy)?;
        let plan = plan(&self.desired, &observed, self.confirmed());
        match plan.steps.as_slice() {
            [step @ Step::Logo(_)] if plan.pause.is_none() => Some(step.clone()),
            _ => None,
        }
    }

    pub(super) fn confirmed(&self) -> Confirmed {
        match self.tile.confirmed.as_str() {
            "active" => Confirmed::Active,
            "inactive" => Confirmed::Inactive,
            "removing" => Confirmed::Removing,
            _ => Confirmed::Nothing,
        }
    }

    pub(super) fn set_confirmed(&mut self, confirmed: Confirmed) {
        self.tile.confirmed = match confirmed {
            Confirmed::Nothing => "nothing",
            Confirmed::Active => "active",
            Confirmed::Inactive => "inactive",
            Confirmed::Removing => "removing",
        }
        .into();
    }

    pub(super) fn set_mirror(&mut self, app: &portal::App) {
        self.tile.mirror_label = Some(app.label.clone());
        self.tile.mirror_url = Some(app.url.clone());
        self.set_status(app.status);
        self.known.updated_at = app.updated;
        self.known.self_service = app.self_service;
    }

    pub(super) fn set_status(&mut self, status: AppStatus) {
        let code = match status {
            AppStatus::Active => "active",
            AppStatus::Inactive => "inactive",
        };
        self.tile.mirror_status = Some(code.into());
    }

    /// There is no app of ours any more.
    pub(super) fn forget_app(&mut self) {
        self.tile.app_id = None;
        self.forget_mirror();
        self.tile.phase = Phase::New;
        self.tile.sent_at = None;
    }

    pub(super) fn forget_mirror(&mut self) {
        self.tile.mirror_label = None;
        self.tile.mirror_url = None;
        self.tile.mirror_status = None;
        self.known = Known::default();
        self.people.clear();
    }

    /// Everything is as it should be: says so, and tells whoever waits.
    pub(super) fn settle(&mut self, now: Timestamp) -> News {
        let news = News::of_success(self);
        let tile = &mut self.tile;
        tile.settled = tile.marked;
        tile.synced_at = Some(now);
        tile.due_at = None;
        tile.refresh = false;
        self.known.is_glance = false;
        tile.failures = 0;
        (tile.steps_done, tile.steps_total) = (0, 0);
        tile.notify = None;
        self.in_flight = None;
        self.clear_problem();
        if self.is_removal() {
            self.tile.phase = Phase::Gone;
            self.tile.gone_at = Some(now);
        } else {
            self.tile.phase = if self.tile.app_id.is_some() { Phase::Live } else { Phase::New };
        }
        news
    }

    pub(super) fn clear_problem(&mut self) {
        self.tile.problem = None;
        self.tile.problem_detail = None;
        self.tile.problem_request_id = None;
    }

    pub(super) fn record(self) -> store::Record {
        store::Record::new(self)
    }
}

/// The picture of a tile's app.
async fn logo(tx: &mut Tx, tile: &Tile) -> Result<Option<Logo>> {
    let named = account_names(tx, tile.workspace, tile.account).await?;
    Ok(named.map(|named| Logo {
        version: portal::logo::VERSION,
        name: named.app.unwrap_or(named.account),
    }))
}

/// Whom the portal may show the tile: whom it last confirmed, and a group about whose assignment nobody knows whether it was
/// done.
fn maybe_shown(people: &BTreeSet<Principal>, in_flight: Option<&Step>) -> BTreeSet<Principal> {
    let attempted = match in_flight {
        Some(Step::Assign(group @ Principal::Group(_))) => Some(group.clone()),
        _ => None,
    };
    people.iter().cloned().chain(attempted).collect()
}

/// The members of our groups among `people` who are none of the `persons` who should see the tile.
async fn through(
    tx: &mut Tx,
    tile: &Tile,
    people: &BTreeSet<Principal>,
    persons: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut through = BTreeMap::new();
    for principal in people {
        let Principal::Group(group) = principal else { continue };
        if let Some(audience) = store::audience_of_group(tx, tile.portal, group).await? {
            let mut members = store::members_of(tx, audience).await?;
            members.retain(|member| !persons.contains(member));
            through.insert(group.clone(), members);
        }
    }
    Ok(through)
}

fn status_from(code: &str) -> Option<AppStatus> {
    match code {
        "active" => Some(AppStatus::Active),
        "inactive" => Some(AppStatus::Inactive),
        _ => None,
    }
}
