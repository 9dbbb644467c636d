//! How people come to see one tile: one by one, or through the group of its audience.

use std::collections::{BTreeMap, BTreeSet};

use model::{AudienceId, Timestamp};
use portal::Principal;

use super::Arrangement;
use super::store::{self, GroupStanding};
use crate::db::{Result, Tx};
use crate::sync::Tile;
use crate::sync::audience::Sources;
use crate::sync::safety::Removal;
use crate::sync::store::find_audience;

/// Who is to be assigned, and what that rests on.
pub(super) struct How {
    pub(super) principals: BTreeSet<Principal>,
    pub(super) through_groups: BTreeSet<String>,
    pub(super) arrangement: Arrangement,
    /// The group for its people keeps others, who are not to see it.
    pub(super) is_apart: bool,
}

/// Whom the portal shows a tile to.
pub(super) struct Shown<'a> {
    /// By themselves, and by which groups.
    pub(super) people: &'a BTreeSet<Principal>,
    /// Through each group of ours, although they should not see it.
    pub(super) through: &'a BTreeMap<String, BTreeSet<String>>,
    /// What the safety stop keeps.
    pub(super) held: &'a BTreeSet<Removal>,
}

impl Shown<'_> {
    /// Whether a person keeps the tile until an admin has decided, or because one has.
    fn keeps(&self, tile: &Tile, person: &str) -> bool {
        self.held.contains(&Removal::of_person(tile.id, person))
    }
}

impl How {
    pub(super) fn by_person(persons: BTreeSet<String>, arrangement: Arrangement) -> Self {
        let principals = persons.into_iter().map(Principal::Person).collect();
        Self { principals, through_groups: BTreeSet::new(), arrangement, is_apart: false }
    }

    pub(super) async fn of(
        tx: &mut Tx,
        tile: &Tile,
        in_groups: bool,
        persons: BTreeSet<String>,
        shown: &Shown<'_>,
        now: Timestamp,
    ) -> Result<Self> {
        let by_itself =
            if tile.audience.is_some() { Arrangement::Moved } else { Arrangement::Ready };
        let sources = Sources::of(tx, tile).await?;
        if !(in_groups && sources.want_a_group()) {
            return Ok(Self::by_person(persons, by_itself));
        }
        let Some(audience) = find_audience(tx, tile.portal, &sources.hash()).await? else {
            return Ok(Self::by_person(persons, Arrangement::Moved));
        };
        let mut group = store::group_of(tx, audience, now).await?;
        let members = store::members_of(tx, audience).await?;
        if let Some(own) = group.id.clone().map(Principal::Group) {
            let strangers = members.difference(&persons).filter(|id| !shown.keeps(tile, id));
            let strangers: Vec<&String> = strangers.collect();
            // Those who stay in the group for the sake of other tiles are not given this one, nor left it.
            if !strangers.is_empty() && are_any_kept(tx, audience, &strangers).await? {
                return Ok(Self { is_apart: true, ..Self::by_person(persons, by_itself) });
            }
            // Nor is it given to those who are about to leave the group and would lose it again.
            let is_leaving = group.leaving.as_ref().is_some_and(|person| persons.contains(person));
            let is_unfit = group.is_unread || is_leaving || !strangers.is_empty();
            if is_unfit && !shown.people.contains(&own) {
                group.id = None;
            }
        }
        if tile.audience != Some(audience) {
            return Ok(Self::by_person(persons, Arrangement::Moved));
        }
        let people = &group.without_strangers(shown.people, shown.through);
        Ok(Self::by_group(&group, &members, &persons, people))
    }

    /// The group shows the tile. Whoever came another way keeps that until the group has them, and other groups stay until
    /// it has everybody: nobody who may see the tile loses it for a moment.
    pub(super) fn by_group(
        group: &GroupStanding,
        members: &BTreeSet<String>,
        persons: &BTreeSet<String>,
        people: &BTreeSet<Principal>,
    ) -> Self {
        if group.is_lacking {
            // It does not settle: what a team's change touches is looked at as long as it is not through with it.
            let others = people.iter().filter(|principal| matches!(principal, Principal::Group(_)));
            let persons = persons.iter().cloned().map(Principal::Person);
            return Self {
                principals: persons.chain(others.cloned()).collect(),
                through_groups: BTreeSet::new(),
                arrangement: Arrangement::Incomplete,
                is_apart: false,
            };
        }
        let own = group.id.clone().map(Principal::Group);
        // Whom a step under way takes out is in the group no more, as far as anybody knows.
        let is_in = |id: &&String| members.contains(*id) && group.leaving.as_ref() != Some(*id);
        let has_all = own.is_some() && (group.has_given_up || persons.iter().all(|id| is_in(&id)));
        let covered: BTreeSet<String> = match own {
            Some(_) => persons.iter().filter(is_in).cloned().collect(),
            None => BTreeSet::new(),
        };
        let is_kept = |principal: &Principal| match principal {
            Principal::Person(id) => persons.contains(id) && !covered.contains(id),
            Principal::Group(_) => !has_all,
        };
        let kept: BTreeSet<Principal> = people
            .iter()
            .filter(|principal| own.as_ref() != Some(principal) && is_kept(principal))
            .cloned()
            .collect();
        let is_ready = own.is_some() && kept.is_empty();
        Self {
            principals: own.into_iter().chain(kept).collect(),
            through_groups: covered,
            arrangement: if is_ready { Arrangement::Ready } else { Arrangement::Incomplete },
            is_apart: false,
        }
    }
}

impl GroupStanding {
    /// Without the groups that nobody of ours keeps, where the tile may be without its own for long: what an admin of the
    /// portal let see it is not to stay until a person has decided, or until there is a group to be had. Otherwise they stay
    /// until its own has everybody: one of them may have been ours.
    fn without_strangers(
        &self,
        people: &BTreeSet<Principal>,
        ours: &BTreeMap<String, BTreeSet<String>>,
    ) -> BTreeSet<Principal> {
        let is_kept = |principal: &&Principal| match principal {
            Principal::Person(_) => true,
            Principal::Group(id) => !(self.is_paused || self.is_lacking) || ours.contains_key(id),
        };
        people.iter().filter(is_kept).cloned().collect()
    }
}

/// Whether an admin is asked about any of these members of a group, or has left them in it. All others leave it in a
/// moment, as those do who were in a group that an admin of the portal made.
async fn are_any_kept(tx: &mut Tx, audience: AudienceId, people: &[&String]) -> Result<bool> {
    let Some(audience) = store::audience(tx, audience).await? else { return Ok(false) };
    let held = store::waiting_members(tx, &audience).await?.held;
    Ok(people.iter().any(|id| held.contains(*id)))
}
