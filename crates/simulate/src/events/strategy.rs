//! How people come to see tiles: one by one, through groups of our own, or through groups that an admin of the org made.

use keytile::sync::rank;
use keytile::sync::store::{mark_all_softly, set_strategy};
use okta_sim::org::{GroupType, UserStatus};
use portal::{Priority, Strategy};
use rand::Rng as _;

use crate::watch::{POOL, launch_url};
use crate::world::World;

/// How the names of the groups begin that an admin makes for us.
const PREFIX: &str = "Pool ";

/// What the Owner chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    OneByOne,
    Groups,
    Pool,
}

impl World {
    pub(super) async fn choose(&mut self, how: How) {
        if !self.model.is_on {
            return;
        }
        let (strategy, prefix) = match how {
            How::OneByOne => (Strategy::Individual, None),
            How::Groups => (Strategy::Audience, None),
            How::Pool => (Strategy::Audience, Some(PREFIX)),
        };
        self.has_pool = how == How::Pool;
        // The use-case asks the org first, by a client of its own; what it writes then is this.
        let change = self.write("system", move |tx, by| {
            Box::pin(async move {
                set_strategy(tx, by, strategy, prefix).await?;
                mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
                tx.signal(by.workspace);
                Ok(())
            })
        });
        change.await.expect("a strategy is stored");
        self.stage.count(format!("strategy: {how:?}"));
    }

    /// An admin of the org makes one more group for us; somebody may be in it already.
    pub(super) fn add_pool_group(&mut self) {
        let has_somebody = self.rng.random_ratio(1, 3);
        let mut org = self.sim.org();
        // Names are unique at the org, and where a group was deleted the count of them names one that is there.
        let is_taken = |name: &String| org.groups.values().any(|group| group.name == *name);
        let mut names = (org.groups.len()..).map(|number| format!("{PREFIX}{number}"));
        let name = names.find(|name| !is_taken(name)).expect("a number is free");
        let group = org.create_group(GroupType::Okta, &name, Some(POOL)).expect("a group is made");
        let person = org.users.values().find(|user| user.status == UserStatus::Active);
        let person = person.map(|user| user.id.clone());
        if let Some(person) = person.filter(|_| has_somebody) {
            org.join(&group, &person);
        }
        drop(org);
        self.watch.accept_foreign();
    }

    /// So many groups that there is one for each tile.
    pub(crate) fn fill_pool(&mut self) {
        if self.has_pool {
            for _ in 0..self.model.accounts.len() {
                self.add_pool_group();
            }
        }
    }

    /// A group that shows a tile is one that an audience has, or one that waits for an admin.
    pub(crate) fn judge_groups(&self) {
        let taken: Vec<&String> =
            self.audiences.iter().filter_map(|it| it.group.as_ref()).collect();
        let org = self.sim.org();
        for app in org.apps.values().filter(|app| app.is_active()) {
            let Some(url) = launch_url(app) else { continue };
            // Of an app that a replica denied for so long that we lost sight of it, its tile is judged.
            let is_known = self.rows.iter().any(|row| row.app.as_ref() == Some(&app.id));
            if !is_known && self.is_excused(&app.id) {
                continue;
            }
            let held = &self.stops.held;
            if held.people.contains_key(url) || held.groups.contains_key(url) {
                continue;
            }
            for group in app.groups.keys() {
                let is_disturbed = self.watch.disturbed_groups().contains(group);
                if !taken.contains(&group) && !is_disturbed {
                    self.stage
                        .violate("L2", format!("the group {group} shows a tile, and is nobody's"));
                }
            }
        }
    }
}
