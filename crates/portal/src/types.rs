//! The words of a portal: apps, principals, priorities, and what a step gives back.

use crate::okta::limits::Slot;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The portal's id of an app.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(pub String);

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom an app is assigned to, by the portal's id. People sort before groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// One person.
    Person(String),
    /// A group of the portal: everybody in it sees the tile.
    Group(String),
}

impl Principal {
    /// The portal's id of the person or group.
    pub fn id(&self) -> &str {
        match self {
            Self::Person(id) | Self::Group(id) => id,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person {id}"),
            Self::Group(id) => write!(f, "group {id}"),
        }
    }
}

/// Whether people can see the app at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppStatus {
    /// Shown to those it is assigned to.
    Active,
    /// Kept, with its assignments, and shown to nobody.
    Inactive,
}

/// An app as the portal describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The portal's id.
    pub id: AppId,
    /// The name under the tile.
    pub label: String,
    /// Where a click leads: our launch URL, if the app is ours.
    pub url: String,
    /// Shown or not.
    pub status: AppStatus,
    /// When the portal made it, if it says so; among doubles the oldest is kept.
    pub created: Option<Timestamp>,
    /// When it was last changed, if the portal says so. Assignments do not count.
    pub updated: Option<Timestamp>,
    /// People could add the tile themselves. Ours must say `false` (security.md, 3.2).
    pub self_service: bool,
}

/// Who an app is assigned to, as far as one call for each 500 people tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Everybody who is assigned to the app itself.
    pub direct: BTreeSet<String>,
    /// Somebody has it by a group as well, or only by one.
    pub has_groups: bool,
}

/// Whether the portal still has a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// They are there, be it that they may not sign in for now: what they have stays theirs.
    Here,
    /// The portal has ended them. Their own assignments are gone for good; by a group that they are
    /// still in they see nothing until they return.
    Away,
}

/// The organisation behind an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// The portal's id of the organisation.
    pub id: String,
    /// Its generation.
    pub kind: OrgKind,
}

/// The generation of an organisation: some rights and policies differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// Today's Identity Engine.
    Engine,
    /// The older Classic Engine.
    Classic,
    /// The answer names one that we do not know.
    Other,
}

/// Who goes first where calls are scarce; the smallest is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Somebody lost access.
    Leaver,
    /// Somebody waits in front of a page.
    Person,
    /// A change that nobody waits for.
    Change,
    /// The first run over many accounts.
    FirstSync,
    /// Looking for differences.
    Audit,
}

impl Priority {
    /// Whether a share of each window is kept for this priority.
    pub fn is_interactive(self) -> bool {
        self <= Self::Person
    }
}

/// One line of "Test connection".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was tried, in words.
    pub name: &'static str,
    /// How it went.
    pub result: Verdict,
}

/// How one check went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be; the text says what was found.
    Passed(String),
    /// Works, yet somebody should act (C3: too many rights).
    Warning(String),
    /// Not there and not necessary; the text says what it would bring.
    Optional(String),
    /// Must be put right first.
    Failed(crate::Error),
    /// Not tried, because an earlier check failed.
    Skipped,
}

/// The tile that a step is about.
#[derive(Clone, Copy, Debug)]
pub struct TileRef<'a> {
    /// The recorded app; `None` before it was created.
    pub app: Option<&'a AppId>,
    /// Our launch URL: the mark by which an app is known to be ours.
    pub url: &'a str,
}

/// What a step brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// A new app, active and assigned to nobody.
    Created(App),
    /// The apps that carry our URL: none, one, or doubles.
    Found(Vec<App>),
    /// Done, or already so.
    Done,
    /// The app is not there any more, or not yet where we were answered: nothing was done.
    Gone,
}

/// Whether a step may start.
#[derive(Debug)]
pub enum Reserve {
    /// Room is kept until the ticket is used or dropped.
    Now(Ticket),
    /// No room before this instant.
    At(Timestamp),
}

/// Room for the calls of one step; unused room goes back when it is dropped.
#[derive(Debug)]
pub struct Ticket {
    pub(crate) slots: Vec<Slot>,
}

/// The caller's clock. Calls take time, so `now` has to be asked again after each.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);
