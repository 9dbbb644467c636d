//! What a tile is about to lose: by one step, and in all.

use std::collections::BTreeSet;

use portal::plan::{Presence, plan};
use portal::{Principal, Step};

use super::super::look::Seen;
use crate::sync::safety::Removal;
use crate::sync::store::Phase;

impl Seen {
    /// What this step would take away; nothing where it takes nothing, or only hides the tile of a disabled account. A
    /// group of ours stands for those of its people who lose the tile with it.
    pub(in crate::sync::worker) fn removal(&self, step: &Step) -> Vec<Removal> {
        let tile = self.tile.id;
        match step {
            Step::Unassign(principal @ Principal::Group(group)) => match self.through.get(group) {
                Some(people) => {
                    let lost = people.iter().filter(|id| !self.has_besides(principal, id));
                    lost.map(|id| Removal::of_person(tile, id)).collect()
                }
                None => vec![Removal::assignment(tile, principal)],
            },
            Step::Unassign(principal @ Principal::Person(id)) => {
                let is_lost = !self.has_besides(principal, id);
                is_lost.then(|| Removal::assignment(tile, principal)).into_iter().collect()
            }
            Step::Deactivate | Step::Delete if self.is_removal() => vec![Removal::of_tile(tile)],
            Step::Search
            | Step::Create { .. }
            | Step::Activate
            | Step::Update { .. }
            | Step::Assign(_)
            | Step::HandOver(_)
            | Step::Logo(_)
            | Step::Deactivate
            | Step::Delete => Vec::new(),
        }
    }

    /// Whether something else than this shows the tile to a person who should not see it.
    pub(in crate::sync::worker) fn has_besides(&self, principal: &Principal, id: &str) -> bool {
        let person = Principal::Person(id.to_owned());
        let is_other = |group: &String| *principal != Principal::Group(group.clone());
        let mut others = self.through.iter().filter(|(group, _)| is_other(group));
        (person != *principal && self.people.contains(&person))
            || others.any(|(_, people)| people.contains(id))
    }

    /// Whether this step waits for an admin.
    pub(in crate::sync::worker) fn is_held(&self, step: &Step) -> bool {
        !self.waits.held.is_empty()
            && self.removal(step).iter().any(|removal| self.waits.held.contains(removal))
    }

    /// All that the tile would lose, as far as our mirror tells.
    pub(in crate::sync::worker) fn removals(&self) -> BTreeSet<Removal> {
        let Some(observed) = self.observed().filter(|_| self.tile.phase != Phase::Creating) else {
            return BTreeSet::new();
        };
        let plan = plan(&self.desired, &observed, self.confirmed());
        let mut removals: BTreeSet<Removal> =
            plan.steps.iter().flat_map(|step| self.removal(step)).collect();
        if self.desired.presence == Presence::Present {
            // They leave the group, and the tile with it. One that is hidden nobody loses.
            let lingering = self.through.values().flatten();
            removals.extend(lingering.map(|id| Removal::of_person(self.tile.id, id)));
        }
        removals
    }
}
