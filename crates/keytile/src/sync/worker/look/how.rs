//! How people come to see one tile: one by one, or through the group of its audience.

use std::collections::{BTreeMap, BTreeSet};

use model::{AudienceId, Timestamp};
use portal::Principal;

use super::Arrangement;
use super::store::{self, GroupStanding};
use crate::db::{Result, Tx};
use crate::sync::Tile;
use crate::sync::audience::Sources;
use crate::sync::store::find_audience;

/// Who is to be assigned, and what that rests on.
pub(super) struct How {
    pub(super) principals: BTreeSet<Principal>,
    pub(super) through_groups: BTreeSet<String>,
    pub(super) arrangement: Arrangement,
}

impl How {
    pub(super) fn by_person(persons: BTreeSet<String>, arrangement: Arrangement) -> Self {
        let principals = persons.into_iter().map(Principal::Person).collect();
        Self { principals, through_groups: BTreeSet::new(), arrangement }
    }

    pub(super) async fn of(
        tx: &mut Tx,
        tile: &Tile,
        in_groups: bool,
        persons: BTreeSet<String>,
        people: &BTreeSet<Principal>,
        ours: &BTreeMap<String, BTreeSet<String>>,
        now: Timestamp,
    ) -> Result<Self> {
        let sources = Sources::of(tx, tile).await?;
        if !(in_groups && sources.want_a_group()) {
            let is_moved = tile.audience.is_some();
            let arrangement = if is_moved { Arrangement::Moved } else { Arrangement::Ready };
            return Ok(Self::by_person(persons, arrangement));
        }
        let audience = find_audience(tx, tile.portal, &sources.hash()).await?;
        match audience.filter(|audience| tile.audience == Some(*audience)) {
            Some(audience) => {
                let mut group = store::group_of(tx, audience, now).await?;
                let people = &group.without_strangers(people, ours);
                let members = store::members_of(tx, audience).await?;
                let own = group.id.clone().map(Principal::Group);
                if own.is_some_and(|own| !people.contains(&own))
                    && !is_fit_to_show(tx, audience, &group, &members, &persons).await?
                {
                    group.id = None;
                }
                Ok(Self::by_group(&group, &members, &persons, people))
            }
            None => Ok(Self::by_person(persons, Arrangement::Moved)),
        }
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
            };
        }
        let own = group.id.clone().map(Principal::Group);
        let has_all = own.is_some() && (group.has_given_up || persons.is_subset(members));
        let covered: BTreeSet<String> = match own {
            Some(_) => members.intersection(persons).cloned().collect(),
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

/// Whether a tile may be given to the group: whoever is in it may see the tile, or stays until an admin has decided. One
/// that an admin made may have had others in it, who are taken out first.
async fn is_fit_to_show(
    tx: &mut Tx,
    audience: AudienceId,
    group: &GroupStanding,
    members: &BTreeSet<String>,
    persons: &BTreeSet<String>,
) -> Result<bool> {
    if group.is_unread {
        return Ok(false);
    }
    if members.is_subset(persons) {
        return Ok(true);
    }
    let held = store::waiting_members(tx, audience).await?.held;
    Ok(members.difference(persons).all(|member| held.contains(member)))
}
