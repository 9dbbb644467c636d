//! The invariants (security.md 3.1), judged after every step: the product and the org on one side, the model on the other.

use std::collections::{BTreeMap, BTreeSet};

use ::model::access::{Action, permit};
use ::model::{AccountId, LaunchId};
use jiff::{SignedDuration, Timestamp};
use keytile::sharing;
use keytile::sync::desired;
use keytile::values;
use okta_sim::Trick;
use okta_sim::org::{App as OrgApp, AppStatus};

use crate::model::{Id, Item, Level, Wanted};
use crate::watch::{LAUNCHES, launch_url};
use crate::world::World;

/// The product looks a second time two minutes after a create, and takes a 404 for the truth a minute after it
/// (security.md 3.3, 3 and 6). Lists and replicas that lag longer leave apps behind that nobody sees.
const LIST_LAG: SignedDuration = SignedDuration::from_secs(110);
const REPLICA_LAG: SignedDuration = SignedDuration::from_secs(50);

/// So many events are judged by what they changed, and the next by everything there is.
const WHOLE_EVERY: u32 = 10;

/// A tile as its row tells.
#[derive(Debug, Clone)]
pub struct Row {
    pub account: Id,
    pub launch: LaunchId,
    pub url: String,
    pub phase: String,
    pub is_ended: bool,
    pub is_gone: bool,
    pub app: Option<String>,
    pub problem: Option<String>,
    pub is_settled: bool,
    pub synced_at: Option<Timestamp>,
}

impl World {
    /// Judges what a step has brought about. Decisions about access change with events alone.
    pub async fn judge(&mut self, is_event: bool) {
        self.watch.take_dirty();
        let before = std::mem::take(&mut self.rows);
        self.rows = self.load_rows().await;
        self.follow_phases(&before);
        self.judge_doubles();
        self.judge_settled(&before);
        if is_event {
            self.judge_decisions(false).await;
        }
    }

    async fn load_rows(&self) -> Vec<Row> {
        let query = "SELECT account_id, launch_id, phase, ended_at, gone_at, app_id, problem,
                            marked + COALESCE((SELECT m.marks FROM tile_mark m WHERE m.tile_id = tile.id), 0) AS marked, settled, synced_at
                     FROM tile ORDER BY id";
        let mut tx = self.app.db.read().await.expect("a reader");
        let rows = tx.all(query, values![]).await.expect("the database answers");
        let read = |row: &keytile::db::Row| -> keytile::db::Result<Row> {
            let account: AccountId = row.id("account_id")?;
            let bytes: [u8; 16] = row.bytes("launch_id")?.try_into().expect("16 bytes");
            let launch = LaunchId::from_bytes(bytes);
            Ok(Row {
                account: self.ids.accounts.iter().position(|id| *id == account).expect("ours"),
                launch,
                url: format!("{LAUNCHES}{launch}"),
                phase: row.text("phase")?,
                is_ended: row.opt_int("ended_at")?.is_some(),
                is_gone: row.opt_int("gone_at")?.is_some(),
                app: row.opt_text("app_id")?,
                problem: row.opt_text("problem")?,
                is_settled: row.int("settled")? == row.int("marked")?,
                synced_at: row.opt_at("synced_at")?,
            })
        };
        rows.iter().map(|row| read(row).expect("a tile's row")).collect()
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

    /// L3: of all apps with one launch URL at most one is assigned to anybody.
    fn judge_doubles(&self) {
        let org = self.sim.org();
        let mut assigned: BTreeMap<&str, u32> = BTreeMap::new();
        for app in org.apps.values() {
            if let Some(url) = launch_url(app)
                && !(app.users.is_empty() && app.groups.is_empty() && !app.implicit_assignment)
            {
                *assigned.entry(url).or_default() += 1;
            }
        }
        if let Some((url, count)) = assigned.into_iter().find(|(_, count)| *count > 1) {
            self.stage.violate("L3", format!("{count} apps with {url} are assigned to people"));
        }
    }

    /// S34: "last synced" moves only when everything is as it should be.
    fn judge_settled(&self, before: &[Row]) {
        for row in &self.rows {
            let old = before.iter().find(|old| old.launch == row.launch);
            let is_moved =
                row.synced_at.is_some() && old.is_none_or(|it| it.synced_at != row.synced_at);
            if is_moved
                && row.is_settled
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
        if let Some(stray) = others.iter().find(|app| !self.is_excused(&app.id)) {
            return Err(format!("there is a stray app {}", stray.id));
        }
        match (wanted, own.first()) {
            (Wanted::Nothing | Wanted::Hidden, None) => Ok(()),
            (Wanted::Nothing, Some(app)) => Err(format!("{} is still there", app.id)),
            (Wanted::Hidden, Some(app)) if app.status == AppStatus::Inactive => Ok(()),
            (Wanted::Hidden, Some(app)) => Err(format!("{} is shown", app.id)),
            (Wanted::Shown { .. }, None) => Err("there is no app".to_owned()),
            (Wanted::Shown { label, people }, Some(app)) => {
                let assigned: BTreeSet<String> = app.users.keys().cloned().collect();
                if app.status != AppStatus::Active {
                    Err(format!("{} is inactive", app.id))
                } else if app.label != label {
                    Err(format!("its label is {:?} rather than {label:?}", app.label))
                } else if assigned != people {
                    Err(format!("it is assigned to {assigned:?} rather than {people:?}"))
                } else if app.self_service || app.implicit_assignment || !app.groups.is_empty() {
                    Err("it is for others too".to_owned())
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Whether the org lagged so much over this app that the protocol allows to lose sight of it.
    pub fn is_excused(&self, app: &str) -> bool {
        self.sim.strikes().iter().any(|strike| match &strike.trick {
            Trick::ListLag { id, until } => id == app && until.duration_since(strike.at) > LIST_LAG,
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
