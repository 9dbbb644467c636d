//! The invariants (security.md 3.1), judged after every step: the product and the org on one side, the model on the other.

use std::collections::{BTreeMap, BTreeSet};

use ::model::access::{Action, permit};
use jiff::SignedDuration;
use keytile::sharing;
use keytile::sync::desired;
use okta_sim::Trick;
use okta_sim::org::{App as OrgApp, AppStatus};

use crate::model::{Id, Item, Level, Wanted};
use crate::rows::{Audience, Row};
use crate::watch::{is_ours, launch_url};
use crate::world::World;

/// The product looks a second time two minutes after a create, and takes a 404 for the truth a minute after it
/// (security.md 3.3, 3 and 6). Lists and replicas that lag longer leave apps behind that nobody sees.
const LIST_LAG: SignedDuration = SignedDuration::from_secs(110);
const REPLICA_LAG: SignedDuration = SignedDuration::from_secs(50);

/// So many events are judged by what they changed, and the next by everything there is.
const WHOLE_EVERY: u32 = 10;

impl World {
    /// Judges what a step has brought about. Decisions about access change with events alone.
    pub async fn judge(&mut self, is_event: bool) {
        let rows = self.load_rows().await;
        let before = std::mem::replace(&mut self.rows, rows);
        let audiences = self.load_audiences().await;
        let audiences_before = std::mem::replace(&mut self.audiences, audiences);
        self.follow_phases(&before);
        self.follow_audiences(&audiences_before);
        self.follow_planted();
        if is_event {
            self.watch.take_dirty();
            self.note_wanted();
            self.take_in();
        }
        self.judge_stops().await;
        self.judge_settled(&before, &audiences_before);
        if is_event {
            self.judge_decisions(false).await;
        }
    }

    /// Which phases tiles go through, for the coverage.
    fn follow_phases(&self, before: &[Row]) {
        for row in &self.rows {
            let old = before.iter().find(|old| old.launch == row.launch);
            let from = old.map_or("none", |old| old.phase.as_str());
            if from != row.phase {
                self.stage.count(format!("phase: {from} -> {}", row.phase));
            }
            if let Some(problem) = &row.problem
                && old.is_none_or(|old| old.problem.as_ref() != Some(problem))
            {
                self.stage.count(format!("problem: {problem}"));
            }
        }
    }

    /// The same for audiences.
    fn follow_audiences(&self, before: &[Audience]) {
        for audience in &self.audiences {
            let old = before.iter().find(|old| old.id == audience.id);
            let from = old.map_or("none", |old| old.phase.as_str());
            if from != audience.phase {
                self.stage.count(format!("audience: {from} -> {}", audience.phase));
            }
            if let Some(problem) = &audience.problem
                && old.is_none_or(|old| old.problem.as_ref() != Some(problem))
            {
                self.stage.count(format!("audience problem: {problem}"));
            }
        }
        let is_gone = |old: &&Audience| !self.audiences.iter().any(|it| it.id == old.id);
        for old in before.iter().filter(is_gone) {
            self.stage.count(format!("audience: {} -> gone", old.phase));
        }
    }

    /// S34: "last synced" moves only when everything is as it should be. A tile is as far as the group that shows it.
    fn judge_settled(&self, before: &[Row], audiences_before: &[Audience]) {
        for row in self.rows.iter().filter(|row| row.is_settled) {
            let old = before.iter().find(|old| old.launch == row.launch);
            let is_moved = old.is_none_or(|it| it.synced_at != row.synced_at);
            let group = self.audience_of(row);
            let has_group_moved = group.is_some_and(|group| {
                let old = audiences_before.iter().find(|old| old.id == group.id);
                old.is_none_or(|old| old.synced_at != group.synced_at)
            });
            if row.synced_at.is_some()
                && (is_moved || has_group_moved)
                && group.is_none_or(|group| group.is_settled)
                && !self.watch.disturbed().contains(&row.url)
                && let Err(why) = self.stands(row)
            {
                self.stage.violate("S34", format!("{} was synced, yet {why}", row.url));
            }
        }
    }

    /// Whether a tile stands in the org as it should, or how it does not.
    pub fn stands(&self, row: &Row) -> Result<(), String> {
        let org = self.sim.org();
        let apps: Vec<&OrgApp> =
            org.apps.values().filter(|app| launch_url(app) == Some(&row.url)).collect();
        let wanted = if row.is_ended { Wanted::Nothing } else { self.model.wanted(row.account) };
        let (own, others): (Vec<&OrgApp>, Vec<&OrgApp>) =
            apps.into_iter().partition(|app| Some(&app.id) == row.app.as_ref());
        // Where the first was lost sight of and found again, it is the second that nobody knows of before the next audit.
        let is_lost_sight_of = own.iter().chain(&others).any(|app| self.is_excused(&app.id));
        let is_stray = |app: &&&OrgApp| !is_lost_sight_of && !self.planted.contains_key(&app.id);
        if let Some(stray) = others.iter().find(is_stray) {
            return Err(format!("there is a stray app {}", stray.id));
        }
        match (wanted, own.first()) {
            (Wanted::Nothing | Wanted::Hidden, None) => Ok(()),
            (Wanted::Nothing, Some(app)) => Err(format!("{} is still there", app.id)),
            (Wanted::Hidden, Some(app)) if app.status == AppStatus::Inactive => Ok(()),
            (Wanted::Hidden, Some(app)) => Err(format!("{} is shown", app.id)),
            (Wanted::Shown { .. }, None) => Err("there is no app".to_owned()),
            (Wanted::Shown { label, people }, Some(app)) => {
                let kept = self.stops.held.groups.get(&row.url);
                let is_foreign = |id: &&String| {
                    let is_ours = org.groups.get(*id).is_some_and(is_ours);
                    !is_ours && kept.is_none_or(|kept| !kept.contains(*id))
                };
                if app.status != AppStatus::Active {
                    Err(format!("{} is inactive", app.id))
                } else if app.label != label {
                    Err(format!("its label is {:?} rather than {label:?}", app.label))
                } else if app.self_service || app.implicit_assignment {
                    Err("it is for others too".to_owned())
                } else if let Some(group) = app.groups.keys().find(is_foreign) {
                    Err(format!("it is for the group {group} too"))
                } else {
                    self.is_seen_by(row, app, &people)
                }
            }
        }
    }

    /// Whether these people see the tile, and nobody else but those about whom an admin is asked.
    fn is_seen_by(&self, row: &Row, app: &OrgApp, people: &BTreeSet<String>) -> Result<(), String> {
        let assigned: BTreeSet<String> = app.users.keys().cloned().collect();
        let has_others = self.stops.held.groups.contains_key(&row.url);
        if has_others && people.is_subset(&assigned) {
            return Ok(());
        }
        let is_extra = |it: &&String| !people.contains(*it) && !self.is_held(&row.url, it);
        if people.is_subset(&assigned) && !assigned.iter().any(|it| is_extra(&it)) {
            return Ok(());
        }
        Err(format!("it is assigned to {assigned:?} rather than {people:?}"))
    }

    /// Whether this app may stand beside a tile's own: an admin said so, or it came from a process that had slept for longer
    /// than a lease, or the org lagged so much over it that the protocol allows to lose sight of it.
    pub fn is_excused(&self, app: &str) -> bool {
        self.kept.contains(app)
            || self.watch.was_made_late(app)
            || self.sim.strikes().iter().any(|strike| match &strike.trick {
                Trick::ListLag { id, until } => {
                    id == app && until.duration_since(strike.at) > LIST_LAG
                }
                Trick::StaleReplica { id, until } => {
                    id == app && until.duration_since(strike.at) > REPLICA_LAG
                }
                _ => false,
            })
    }

    /// Whether the org has shown anything to us later than it happened.
    pub fn has_lagged(&self) -> bool {
        self.sim.strikes().iter().any(|strike| {
            matches!(strike.trick, Trick::StaleReplica { .. } | Trick::NotFoundByReplica { .. })
        })
    }

    /// What the audits found, for the coverage.
    pub async fn count_drift(&self) {
        let query = "SELECT kind, COALESCE(ended_how, 'open') AS how, COUNT(*) AS n FROM drift GROUP BY 1, 2";
        for row in self.load(query).await {
            let (kind, how) = (row.text("kind").expect("a word"), row.text("how").expect("a word"));
            for _ in 0..row.int("n").expect("a number") {
                self.stage.count(format!("drift: {kind}, {how}"));
            }
        }
        let query = "SELECT COALESCE(decision, 'open') AS decision FROM safety_stop";
        for row in self.load(query).await {
            self.stage.count(format!("stop: {}", row.text("decision").expect("a word")));
        }
    }

    /// Which faults struck, for the coverage.
    pub fn count_faults(&self) {
        for strike in self.sim.strikes() {
            let trick = format!("{:?}", strike.trick);
            let name = trick.split(' ').next().unwrap_or_default();
            let detail = match strike.trick {
                Trick::Error { status, .. } => format!(" {status}"),
                Trick::Limited { reset } => {
                    let reset = format!("{reset:?}");
                    format!(" {}", reset.split(' ').next().unwrap_or_default())
                }
                _ => String::new(),
            };
            self.stage.count(format!("fault: {name}{detail}"));
        }
    }

    /// L5 and L1: who may launch, and who is to see the tile, is what was decided up to this instant. Each event is judged
    /// by all that it changed, and every so often by everything: a decision that went wrong stays wrong.
    pub async fn judge_decisions(&mut self, is_whole: bool) {
        let accounts = 0..self.model.accounts.len();
        let people = 0..self.model.people.len();
        let pairs =
            accounts.flat_map(|account| people.clone().map(move |person| (account, person)));
        let level = |pair: (Id, Id)| (pair, self.model.level(pair.1, Item::Account(pair.0)));
        let levels: BTreeMap<(Id, Id), Level> = pairs.map(level).collect();
        self.judged += 1;
        let is_whole = is_whole || self.judged.is_multiple_of(WHOLE_EVERY);
        let changed: Vec<(Id, Id)> = levels
            .iter()
            .filter(|(pair, level)| is_whole || self.levels.get(*pair) != Some(level))
            .map(|(pair, _)| *pair)
            .collect();
        self.levels = levels;
        let mut tx = self.app.db.read().await.expect("a reader");
        for (account, person) in &changed {
            let actor = self.actor(*person);
            let on = sharing::on_account(&mut tx, &actor, self.ids.accounts[*account]).await;
            let may = on.is_ok_and(|on| permit(&actor, Action::LaunchAccount, on).is_ok());
            if may != (self.levels[&(*account, *person)] > Level::None) {
                let what = format!("person {person}, account {account}: {may}");
                self.stage.violate("L5", format!("the launch decision for {what}"));
            }
        }
        let accounts: BTreeSet<Id> = changed.into_iter().map(|(account, _)| account).collect();
        for account in accounts.into_iter().filter(|id| !self.model.accounts[*id].deleted) {
            let id = self.ids.accounts[account];
            let audience = desired::audience(&mut tx, self.workspace, id).await;
            let sees = audience.expect("the database answers").sees;
            let sees: BTreeSet<String> = sees.into_iter().filter_map(|it| it.external_id).collect();
            let viewers = self.model.viewers(account);
            if sees != viewers {
                let what = format!("{sees:?} see account {account} rather than {viewers:?}");
                self.stage.violate("L1", what);
            }
        }
    }
}
