//! What people see at any instant: whoever keeps access keeps the tile, whatever is changed about how it comes to them
//! (decision 0008), and nobody sees an account twice (L3).

use std::collections::{BTreeMap, BTreeSet};

use okta_sim::org::{App as OrgApp, AppStatus, Scope};

use crate::model::{Id, Wanted};
use crate::watch::{is_ours, launch_url};
use crate::world::World;

/// Who has which tile on their dashboard, and since when they should.
#[derive(Default)]
pub struct Sight {
    /// People who see the tile with this launch URL.
    pub seen: BTreeMap<String, BTreeSet<String>>,
    /// Those of them who see it by nothing of ours: only by groups that an admin of the org has let see it.
    pub strangers: BTreeSet<(String, String)>,
    /// Whom the model wants to see each account's tile, and since which step.
    pub wanted: BTreeMap<(Id, String), u64>,
}

impl World {
    /// What is seen now is where the next comparison starts.
    pub fn take_in(&mut self) {
        self.sight.seen = self.seen();
        self.sight.strangers = self.strangers();
    }

    /// Whom the model wants to see what from now on.
    pub fn note_wanted(&mut self) {
        let step = self.stage.at();
        let mut wanted = BTreeMap::new();
        for account in 0..self.model.accounts.len() {
            if let Wanted::Shown { people, .. } = self.model.wanted(account) {
                for person in people {
                    let key = (account, person);
                    let since = self.sight.wanted.get(&key).copied().unwrap_or(step);
                    wanted.insert(key, since);
                }
            }
        }
        let before = std::mem::replace(&mut self.sight.wanted, wanted);
        self.note_losses(&before);
    }

    /// Something was written by a turn that began at `began` (and may have decided then).
    pub fn judge_sight(&mut self, began: u64) {
        let now = self.seen();
        let before = std::mem::replace(&mut self.sight.seen, now);
        let strangers = self.strangers();
        let strangers = std::mem::replace(&mut self.sight.strangers, strangers);
        for (url, people) in &before {
            let nobody = BTreeSet::new();
            let still = self.sight.seen.get(url).unwrap_or(&nobody);
            let lost: Vec<String> = people.difference(still).cloned().collect();
            if !lost.is_empty() {
                self.judge_lost(url, lost, began, &strangers);
            }
        }
        self.judge_doubles();
    }

    fn judge_lost(
        &mut self,
        url: &str,
        lost: Vec<String>,
        began: u64,
        strangers: &BTreeSet<(String, String)>,
    ) {
        let Some(row) = self.rows.iter().find(|row| row.url == url) else { return };
        let (account, is_ended) = (row.account, row.is_ended);
        let is_lost_sight_of =
            |app: &OrgApp| launch_url(app) == Some(url) && self.is_excused(&app.id);
        let is_disturbed = self.watch.disturbed().contains(url)
            || self.sim.org().apps.values().any(is_lost_sight_of);
        for person in lost {
            let key = (account, person);
            match self.sight.wanted.get(&key).copied() {
                Some(since) if since < began && !is_ended && !is_disturbed => {
                    let what = format!("{} loses {url} and should have it all along", key.1);
                    self.stage.violate("S34", what);
                }
                Some(_) => {}
                // A tile ends when a person removes it, and whoever loses it then loses it by that, even where the account
                // has another tile by now that a push has taken from them.
                None if is_ended => {}
                // A group that somebody assigned by hand is one assignment, whoever is in it (decision 0011).
                None if strangers.contains(&(url.to_owned(), key.1.clone())) => {}
                // An admin has taken a group of ours from the app, and in it they would see the tile as far as we know: to take
                // away what shows it to them as well takes nothing from anybody.
                None if is_disturbed && self.is_in_disturbed_group(&key.1) => {}
                None => self.note_gone(&key),
            }
        }
    }

    /// Whether they are in a group of ours that an admin of the org has had to do with.
    fn is_in_disturbed_group(&self, person: &str) -> bool {
        let disturbed = self.watch.disturbed_groups();
        let org = self.sim.org();
        let mut groups = org.groups.values().filter(|group| disturbed.contains(&group.id));
        groups.any(|group| is_ours(group) && group.members.contains(person))
    }

    /// L3: of all apps of one account at most one is shown to anybody.
    fn judge_doubles(&self) {
        let org = self.sim.org();
        let mut shown: BTreeMap<Id, &str> = BTreeMap::new();
        for app in org.apps.values().filter(|app| !self.planted.contains_key(&app.id)) {
            let Some(url) = launch_url(app) else { continue };
            if app.users.is_empty() && app.groups.is_empty() && !app.implicit_assignment {
                continue;
            }
            let Some(row) = self.rows.iter().find(|row| row.url == url) else { continue };
            // One that an admin has brought back or that a replica showed late is told of by the audit.
            let is_known = row.is_gone || self.watch.disturbed().contains(url);
            if is_known || self.is_excused(&app.id) {
                continue;
            }
            if let Some(other) = shown.insert(row.account, url) {
                let what =
                    format!("{other} and {url} are both assigned, of account {}", row.account);
                self.stage.violate("L3", what);
            }
        }
    }

    /// Everybody who has one of our tiles by nothing of ours, with its launch URL.
    fn strangers(&self) -> BTreeSet<(String, String)> {
        let org = self.sim.org();
        let is_kept =
            |id: &String| self.audiences.iter().any(|audience| audience.group.as_ref() == Some(id));
        let mut strangers = BTreeSet::new();
        for app in org.apps.values().filter(|app| app.status == AppStatus::Active) {
            let Some(url) = launch_url(app) else { continue };
            let groups = || app.groups.keys().filter_map(|id| org.groups.get(id));
            let ours = || groups().filter(|group| is_ours(group) || is_kept(&group.id));
            if ours().count() == groups().count() {
                continue;
            }
            let by_groups = app.users.iter().filter(|(_, row)| row.scope != Scope::User);
            let foreign = by_groups.filter(|(id, _)| !ours().any(|it| it.members.contains(*id)));
            strangers.extend(foreign.map(|(id, _)| (url.to_owned(), id.clone())));
        }
        strangers
    }

    /// Everybody who has one of our tiles on their dashboard now.
    fn seen(&self) -> BTreeMap<String, BTreeSet<String>> {
        let org = self.sim.org();
        let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for app in org.apps.values().filter(|app| app.status == AppStatus::Active) {
            if let Some(url) = launch_url(app).filter(|_| !self.planted.contains_key(&app.id)) {
                seen.entry(url.to_owned()).or_default().extend(app.users.keys().cloned());
            }
        }
        seen
    }
}
