//! Who has left, is suspended or is back, as the directory itself tells it: a comparison of values. Reading, waiting and
//! writing are `run`'s.
//!
//! A list alone removes nobody: whoever it does not name is looked at one by one, and many at once are looked at twice
//! (C35, R14).

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use model::{MemberId, Timestamp};
use portal::PersonStatus;

/// Fewer departures than this in one look are nobody's mistake.
const FEW: usize = 10;
/// Of every so many people, one may leave in a look.
const SHARE: usize = 20;
/// So long after somebody came or came back, a look may meet a part of the directory that does not know of it yet.
pub const SETTLES: SignedDuration = SignedDuration::from_mins(5);
/// How far two looks at many departures lie apart, at least.
pub const APART: SignedDuration = SignedDuration::from_mins(10);

/// A member of the directory, as we know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub member: MemberId,
    /// Their id in the directory.
    pub external_id: String,
    /// How they stand here.
    pub standing: Standing,
    /// The workspace Owner, whom no directory removes or suspends (T5).
    pub is_owner: bool,
    /// Since when they are here, or are here again.
    pub here_since: Timestamp,
}

impl Known {
    /// Until when nothing comes of a look that does not find them.
    pub fn settles_at(&self) -> Timestamp {
        self.here_since + SETTLES
    }
}

/// How a member stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Lets them in.
    Active,
    /// Suspended, because the directory said so.
    SuspendedThere,
    /// Suspended by an admin of ours: only they lift it.
    SuspendedHere,
}

/// What whole lists of the directory say.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Everybody whom the provisioning app is assigned to; none where the app is not known.
    pub assigned: Option<BTreeSet<String>>,
    /// Everybody who is suspended.
    pub suspended: BTreeSet<String>,
    /// Everybody who is deprovisioned: read only where the app is not known.
    pub deprovisioned: BTreeSet<String>,
}

/// One person, looked at by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How they stand; none where the directory has nobody of this id.
    pub state: Option<PersonStatus>,
    /// Whether the provisioning app is assigned to them; none where it was not asked.
    pub is_assigned: Option<bool>,
}

/// Why somebody leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The directory says that they are deprovisioned.
    Deprovisioned,
    /// The directory has nobody of this id.
    Deleted,
    /// The provisioning app is not assigned to them any more.
    Unassigned,
}

impl Reason {
    /// The reason as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Deprovisioned => "deprovisioned",
            Self::Deleted => "deleted",
            Self::Unassigned => "unassigned",
        }
    }
}

/// What is to be done about one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// They have left.
    Remove(Reason),
    /// They may not come in for now.
    Suspend,
    /// They may again.
    Resume,
}

/// What a look comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be done now, by external id.
    pub deeds: BTreeMap<String, Deed>,
    /// Whoever seems to have left with many others: looked at once more.
    pub suspects: BTreeMap<String, Reason>,
    /// An admin is asked about the suspects.
    pub asks: bool,
}

/// What the looks were taken from.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Nobody at all has the provisioning app.
    pub is_list_empty: bool,
    /// Who is not there as far as the list tells, or a look before a wait, and for whose look there was no room in this
    /// round.
    pub unlooked: BTreeMap<String, Reason>,
    /// How many members the directory has here, the Owner not counted: of so many, those who seem to have left are few or
    /// many.
    pub people: usize,
}

/// What an earlier look and an admin have said about many departures.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// Since when somebody has seemed to have left.
    pub suspects: BTreeMap<String, Timestamp>,
    /// An admin has said that these have left indeed.
    pub approved: BTreeSet<String>,
    /// So many who were only missing have been removed within the last hour, and are none of our people any more: looks at a
    /// few must not add up.
    pub recent: usize,
    /// An admin is being asked about many: nobody is removed for being missing until they have answered.
    pub is_asking: bool,
}

/// Whether the lists say something else of the member than we know, so that they are looked at.
pub fn is_doubtful(known: &Known, lists: &Lists) -> bool {
    let has = |list: &BTreeSet<String>| list.contains(&known.external_id);
    let is_missing = lists.assigned.as_ref().is_some_and(|assigned| !has(assigned));
    let is_suspended = has(&lists.suspended);
    let differs = match known.standing {
        Standing::Active => is_suspended,
        Standing::SuspendedThere => !is_suspended,
        Standing::SuspendedHere => false,
    };
    !known.is_owner && (is_missing || differs || has(&lists.deprovisioned))
}

/// What a look at one person asks for.
pub fn judge(known: &Known, look: Look) -> Option<Deed> {
    if known.is_owner {
        return None;
    }
    let Some(state) = look.state else { return Some(Deed::Remove(Reason::Deleted)) };
    if state == PersonStatus::Deprovisioned {
        return Some(Deed::Remove(Reason::Deprovisioned));
    }
    if look.is_assigned == Some(false) {
        return Some(Deed::Remove(Reason::Unassigned));
    }
    match (state, known.standing) {
        (PersonStatus::Suspended, Standing::Active) => Some(Deed::Suspend),
        (
            PersonStatus::Active
            | PersonStatus::LockedOut
            | PersonStatus::PasswordExpired
            | PersonStatus::Recovery,
            Standing::SuspendedThere,
        ) => Some(Deed::Resume),
        _ => None,
    }
}

/// What to do about everybody who was looked at, of whom `known` must tell.
///
/// That somebody is deprovisioned is said of each person, so it is believed at once. That somebody is not there or not
/// assigned may be a broken app or a wrong one: many of those are looked at twice, and an admin is asked where the app
/// has nobody left, or where more than half of our people and more than a few of them would go. Of somebody who has just
/// come it may be old, too: they are looked at once more.
pub fn plan(
    known: &[Known],
    looks: &BTreeMap<String, Look>,
    round: &Round,
    before: &Before,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    let mut missing: BTreeMap<String, Reason> = BTreeMap::new();
    let mut unsettled: BTreeSet<&str> = BTreeSet::new();
    for one in known {
        let deed = looks.get(&one.external_id).and_then(|look| judge(one, *look));
        match deed {
            Some(Deed::Remove(reason @ (Reason::Deleted | Reason::Unassigned))) => {
                missing.insert(one.external_id.clone(), reason);
                if now < one.settles_at() {
                    unsettled.insert(&one.external_id);
                }
            }
            Some(deed) => {
                plan.deeds.insert(one.external_id.clone(), deed);
            }
            None => {}
        }
    }
    let count = missing.len() + round.unlooked.len();
    let is_most = count > 0
        && count.saturating_add(before.recent).saturating_mul(2)
            > round.people.saturating_add(before.recent);
    let is_many = count + before.recent > FEW.max(round.people / SHARE) || is_most;
    plan.asks = is_many && (round.is_list_empty || (is_most && count > FEW));
    plan.suspects.clone_from(&round.unlooked);
    for (person, reason) in missing {
        let is_old = before.suspects.get(&person).is_some_and(|since| *since + APART <= now);
        let is_free = !before.is_asking && (!is_many || (is_old && !plan.asks));
        let is_sure = is_free || before.approved.contains(&person);
        if is_sure && !unsettled.contains(person.as_str()) {
            plan.deeds.insert(person, Deed::Remove(reason));
        } else {
            plan.suspects.insert(person, reason);
        }
    }
    plan.asks &= !plan.suspects.is_empty();
    plan
}

#[cfg(test)]
mod tests;
