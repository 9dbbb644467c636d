//! Groups of people that we keep in the portal, one for each distinct audience: what has to change
//! in one of them, decided without looking at anything but the arguments.
//!
//! Removals come first, so that nobody sees a tile longer than they must; then additions; the name
//! comes last. A group that the portal's admin made for us in advance (a pool group) is filled and
//! emptied, and never renamed or deleted. Doing it is [`crate::Portal::apply_group`].
//!
//! Between a group and the tiles that it opens the caller keeps this order, so that nobody who keeps
//! a tile loses it for a moment: a group is filled before it is assigned, and it is unassigned
//! everywhere ([`crate::plan`]) before it is deleted.

#[cfg(test)]
mod tests;
mod text;

use crate::audience;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The portal's id of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub String);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group as the portal describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The portal's id.
    pub id: GroupId,
    /// Its name, unique among the portal's own groups.
    pub name: String,
    /// What its admin reads about it; our marker is in here.
    pub description: String,
    /// The portal keeps its members itself: no directory or app does.
    pub is_native: bool,
}

/// Proof that a group was looked at as a whole: it is ours, it carries no admin role, and every
/// app on it is one of our tiles.
///
/// Only a [`crate::Portal`] makes one, and a write needs one. Its id and marker are looked at again
/// before everything that takes something away; the costly rest of the check is trusted for
/// [`Checked::GOOD_FOR`], and after that a write makes the whole check again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub(crate) group: GroupId,
    pub(crate) at: Timestamp,
}

impl Checked {
    /// How long roles and apps are trusted to be as they were.
    pub const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

    /// The group that was looked at.
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    /// Whether a write may still trust it.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.at + Self::GOOD_FOR
    }
}

/// The group that a step is about.
#[derive(Clone, Copy, Debug)]
pub struct GroupRef<'a> {
    /// The recorded group; `None` before it was created.
    pub checked: Option<&'a Checked>,
    /// The name that we gave it, or are about to.
    pub name: &'a str,
    /// The origin of our launch URLs.
    pub origin: &'a str,
}

/// What a step about a group brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupApplied {
    /// A new group: nobody is in it, and nobody can have given it a role or an app yet.
    Created {
        /// What was made.
        group: Group,
        /// Good for the writes that fill it.
        checked: Checked,
    },
    /// Ours of this name was there already: an earlier create whose answer was lost.
    Adopted(Group),
    /// Our groups with this name: none or one.
    Found(Vec<Group>),
    /// Done, or already so.
    Done,
    /// The group is not there any more.
    Gone,
}

/// Whether a group should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupPresence {
    /// With its members.
    Present,
    /// No tile needs it any more.
    Absent,
}

/// The group as our own grants want it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredGroup {
    /// Kept or removed.
    pub presence: GroupPresence,
    /// Its name ([`audience::audience_name`]).
    pub name: String,
    /// The origin of our launch URLs (`https://host[:port]`): the marker names it.
    pub origin: String,
    /// Who should be in it, by the portal's id of the person.
    pub members: BTreeSet<String>,
}

/// What is known about the group in the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservedGroup {
    /// There may be a group: a create's outcome is unknown, or nobody has looked yet.
    Unknown,
    /// There is no group.
    Absent,
    /// We had a group, and the portal says it is not there.
    Gone,
    /// There is a group.
    Present(GroupMirror),
}

/// What the portal last confirmed about our group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMirror {
    /// Its name.
    pub name: String,
    /// Its description, with the marker.
    pub description: String,
    /// Who is in it.
    pub members: BTreeSet<String>,
}

/// How far our own steps explain that a group is not there.
///
/// Record [`GroupConfirmed::before`] in the transaction before a step is sent, and
/// [`GroupConfirmed::after`] with its success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupConfirmed {
    /// If it is gone, somebody in the portal did that.
    #[default]
    Kept,
    /// We were about to delete it: if it is gone, that was us.
    Removing,
}

impl GroupConfirmed {
    /// What to record before `step` is sent.
    #[must_use]
    pub fn before(self, step: &GroupStep) -> Self {
        match step {
            GroupStep::Delete => Self::Removing,
            GroupStep::Search
            | GroupStep::Create { .. }
            | GroupStep::Rename { .. }
            | GroupStep::AddMember(_)
            | GroupStep::RemoveMember(_) => self,
        }
    }

    /// What to record once `step` is known to be done.
    #[must_use]
    pub fn after(self, step: &GroupStep) -> Self {
        match step {
            GroupStep::Create { .. } | GroupStep::Delete => Self::Kept,
            GroupStep::Search
            | GroupStep::Rename { .. }
            | GroupStep::AddMember(_)
            | GroupStep::RemoveMember(_) => self,
        }
    }

    /// What to record when a group that should be there is seen: a delete that was never done is
    /// over.
    #[must_use]
    pub fn seen(self) -> Self {
        Self::Kept
    }
}

/// One thing to do about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupStep {
    /// Look for our group by its name, then plan again.
    Search,
    /// Make the group, empty.
    Create {
        /// Its name; the portal refuses one that is taken.
        name: String,
        /// Our marker and a word to admins.
        description: String,
    },
    /// Put the name right, and keep the rest.
    Rename {
        /// Its name.
        name: String,
    },
    /// Let a person see the group's tiles.
    AddMember(String),
    /// Stop a person from seeing them.
    RemoveMember(String),
    /// Remove it, and with it what it was assigned to.
    Delete,
}

/// Why a person has to decide before anything is done about a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupPause {
    /// Somebody deleted our group in the portal.
    DeletedInPortal,
    /// Its description does not carry our marker (any more), so it is not ours (T2).
    Foreign,
}

/// The steps to take in order, or the reason to ask first. `Display` is the dry run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPlan {
    /// What to do, in this order.
    pub steps: Vec<GroupStep>,
    /// Somebody has to decide; there are no steps then.
    pub pause: Option<GroupPause>,
}

impl GroupPlan {
    /// Nothing to do and nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.pause.is_none()
    }

    fn of(steps: Vec<GroupStep>) -> Self {
        Self { steps, pause: None }
    }

    fn paused(pause: GroupPause) -> Self {
        Self { steps: Vec::new(), pause: Some(pause) }
    }
}

/// What makes the portal's group as desired.
pub fn plan_group(
    desired: &DesiredGroup,
    observed: &ObservedGroup,
    confirmed: GroupConfirmed,
) -> GroupPlan {
    match (observed, desired.presence) {
        (ObservedGroup::Unknown, _) => GroupPlan::of(vec![GroupStep::Search]),
        (ObservedGroup::Absent | ObservedGroup::Gone, GroupPresence::Absent) => {
            GroupPlan::default()
        }
        (ObservedGroup::Absent, GroupPresence::Present) => GroupPlan::of(make(desired)),
        (ObservedGroup::Gone, GroupPresence::Present) => match confirmed {
            GroupConfirmed::Removing => GroupPlan::of(make(desired)),
            GroupConfirmed::Kept => GroupPlan::paused(GroupPause::DeletedInPortal),
        },
        (ObservedGroup::Present(mirror), presence) => change(desired, mirror, presence),
    }
}

fn make(desired: &DesiredGroup) -> Vec<GroupStep> {
    let create = GroupStep::Create {
        name: desired.name.clone(),
        description: audience::description(&desired.origin),
    };
    let additions = desired.members.iter().cloned().map(GroupStep::AddMember);
    std::iter::once(create).chain(additions).collect()
}

fn change(desired: &DesiredGroup, mirror: &GroupMirror, presence: GroupPresence) -> GroupPlan {
    let is_pool = audience::is_pool(&mirror.description, &desired.origin);
    if !is_pool && !audience::is_ours(&mirror.description, &desired.origin) {
        return GroupPlan::paused(GroupPause::Foreign);
    }
    let remove = |person: &String| GroupStep::RemoveMember(person.clone());
    match presence {
        GroupPresence::Absent if is_pool => {
            GroupPlan::of(mirror.members.iter().map(remove).collect())
        }
        GroupPresence::Absent => GroupPlan::of(vec![GroupStep::Delete]),
        GroupPresence::Present => {
            let removals = mirror.members.difference(&desired.members).map(remove);
            let additions = desired.members.difference(&mirror.members);
            let additions = additions.cloned().map(GroupStep::AddMember);
            let is_misnamed = !is_pool && mirror.name != desired.name;
            let rename = is_misnamed.then(|| GroupStep::Rename { name: desired.name.clone() });
            GroupPlan::of(removals.chain(additions).chain(rename).collect())
        }
    }
}
