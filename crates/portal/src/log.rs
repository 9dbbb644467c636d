//! What happened in the portal, whoever did it: the words of its own log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where to begin to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFrom<'a> {
    /// With what was recorded from this instant on.
    Since(Timestamp),
    /// Where an earlier page ended ([`LogPage::next`]).
    Cursor(&'a str),
}

/// One page of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// In the order in which the portal recorded them, which need not be that of `published`.
    pub events: Vec<LogEvent>,
    /// Where the next page begins: keep it as it is.
    pub next: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEvent {
    /// The same event has the same id, however often it is read.
    pub id: String,
    /// When it happened.
    pub published: Timestamp,
    /// What happened.
    pub kind: LogKind,
    /// Whether it was done; a refused attempt is recorded too.
    pub is_success: bool,
    /// Who did it.
    pub actor: LogActor,
    /// The API token by which it was done, if it was.
    pub token_id: Option<String>,
    /// What it was done to, in no order.
    pub targets: Vec<LogTarget>,
}

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogActor {
    /// The portal's id of a person or of a service app.
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTarget {
    /// What it is.
    pub kind: TargetKind,
    /// The portal's id of it.
    pub id: String,
    /// What it is called, as of then: after a rename the new name.
    pub name: String,
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// An app.
    App,
    /// A person.
    Person,
    /// A person's assignment to an app; the id is the assignment's.
    Assignment,
    /// A group.
    Group,
    /// Anything else.
    Other,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// An app was made.
    AppCreated,
    /// An app's name, address or settings were changed.
    AppUpdated,
    /// An app is shown again.
    AppActivated,
    /// An app was hidden from everybody.
    AppDeactivated,
    /// An app was removed.
    AppDeleted,
    /// A person was assigned to an app, by themselves or by a group.
    AssignmentAdded,
    /// A person's assignment was changed.
    AssignmentUpdated,
    /// A person was unassigned from an app.
    AssignmentRemoved,
    /// A group was assigned to an app.
    GroupAssigned,
    /// A group's assignment was changed.
    GroupAssignmentUpdated,
    /// A group was unassigned from an app.
    GroupUnassigned,
    /// A person was made.
    PersonCreated,
    /// A person may sign in (again).
    PersonActivated,
    /// A person may not sign in any more, and lost all assignments.
    PersonDeactivated,
    /// A person may not sign in for now.
    PersonSuspended,
    /// A person may sign in again.
    PersonUnsuspended,
    /// A person is being deleted.
    PersonDeleted,
    /// A person's profile was changed.
    PersonUpdated,
    /// Somebody was put into a group.
    MemberAdded,
    /// Somebody was taken out of a group.
    MemberRemoved,
    /// A group was made.
    GroupCreated,
    /// A group's name or description was changed.
    GroupUpdated,
    /// A group was removed.
    GroupDeleted,
    /// Something that we have no word for, in the portal's own.
    Other(String),
}

impl LogEvent {
    /// Whether we did it ourselves ([`crate::Portal::own_ids`]).
    pub fn is_by(&self, ours: &BTreeSet<String>) -> bool {
        self.token_id.as_ref().is_some_and(|token| ours.contains(token))
            || ours.contains(&self.actor.id)
    }

    /// The ids of the targets of a kind.
    pub fn targets(&self, kind: TargetKind) -> impl Iterator<Item = &str> {
        self.targets.iter().filter(move |target| target.kind == kind).map(|target| &*target.id)
    }
}
