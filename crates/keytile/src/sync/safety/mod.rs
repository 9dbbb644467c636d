//! The safety stop (T3, C15): a background pass that would take too much away asks an admin first. What counts, and
//! how much is too much, is decided here without looking at anything; `worker` obeys, and admins decide by these
//! use-cases. The rule and its price are in docs/decisions/0011-what-a-pass-is.md.

pub mod api;
pub mod pages;
pub(in crate::sync) mod store;
pub mod why;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::access::{Action, Actor, On, Target, permit};
use model::{PortalId, StopId, TileId, Timestamp};
use portal::Principal;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};

pub use store::{Item, StopRow};
pub use why::Why;

/// A pass is whatever happens within this time, and all that waits.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// So many assignments may always go, however few there are in all.
const LEAST: usize = 10;
/// One in so many: 20 %.
const ONE_IN: usize = 5;
/// Apps that may go without a person asking for it.
const APPS: usize = 5;

/// Something that the portal would stop showing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Removal {
    /// The tile, or the app that is no tile's, by its id.
    pub subject: String,
    /// What of it.
    pub what: What,
}

/// What would go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// One person's or one group's assignment.
    Assignment(Principal),
    /// The whole app.
    App,
}

impl Removal {
    /// An assignment of a tile.
    pub fn assignment(tile: TileId, principal: &Principal) -> Self {
        Self { subject: tile.to_string(), what: What::Assignment(principal.clone()) }
    }

    /// One person's tile, however they come to see it.
    pub fn of_person(tile: TileId, external_id: &str) -> Self {
        Self::assignment(tile, &Principal::Person(external_id.to_owned()))
    }

    /// The app of a tile.
    pub fn of_tile(tile: TileId) -> Self {
        Self { subject: tile.to_string(), what: What::App }
    }

    /// An app that is no tile's.
    pub fn of_app(app: &str) -> Self {
        Self { subject: app.to_owned(), what: What::App }
    }

    /// As it is stored: a word, and the portal's id of whom it is about.
    pub(in crate::sync) fn code(&self) -> (&'static str, &str) {
        match &self.what {
            What::Assignment(Principal::Person(id)) => ("person", id),
            What::Assignment(Principal::Group(id)) => ("group", id),
            What::App => ("app", ""),
        }
    }

    /// The removal that is stored as these words.
    pub(in crate::sync) fn from_code(subject: String, kind: &str, id: String) -> Option<Self> {
        let what = match kind {
            "person" => What::Assignment(Principal::Person(id)),
            "group" => What::Assignment(Principal::Group(id)),
            "app" => What::App,
            _ => return None,
        };
        Some(Self { subject, what })
    }
}

/// How many of `all` may go without a question: 10, or 20 %.
pub fn bound(all: usize) -> usize {
    LEAST.max(all / ONE_IN)
}

/// What a pass takes away without being asked: what has gone within the window, and all that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exposure {
    /// Assignments.
    pub assignments: usize,
    /// Apps.
    pub apps: usize,
}

impl Exposure {
    /// Each counts once, whether it waits, was sent, or is repeated because its answer was lost.
    pub fn of(gone: &BTreeSet<Removal>, waiting: &BTreeSet<Removal>) -> Self {
        let mut exposure = Self::default();
        for removal in gone.union(waiting) {
            match removal.what {
                What::Assignment(_) => exposure.assignments += 1,
                What::App => exposure.apps += 1,
            }
        }
        exposure
    }

    /// True where no number of assignments in all could make this too much.
    pub fn is_small(self) -> bool {
        self.assignments <= LEAST && self.apps <= APPS
    }

    /// Whether this may go on where there are `all` assignments, those that have gone within the window included.
    pub fn is_within(self, all: usize) -> bool {
        self.assignments <= bound(all) && self.apps <= APPS
    }
}

/// What an admin decided about what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Take it away.
    Approve,
    /// Leave it in the portal.
    Dismiss,
}

impl Decision {
    /// The decision as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Dismiss => "dismissed",
        }
    }
}

/// A question with everything that it is about.
#[derive(Debug, Clone)]
pub struct Question {
    /// The stop.
    pub stop: StopRow,
    /// What waits, by tile.
    pub items: Vec<Item>,
}

impl Question {
    /// How many people would lose something.
    pub fn people(&self) -> usize {
        let people = self.items.iter().filter(|item| item.kind == "person");
        people.map(|item| item.external_id.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// Tells this list from every other one: an answer names the list that it is about.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.items)
    }

    /// Which apps would go as a whole.
    pub fn apps(&self) -> usize {
        self.items.iter().filter(|item| item.kind == "app").count()
    }
}

/// The same for the same removals, in whatever order.
fn fingerprint(items: &[Item]) -> String {
    let removals: BTreeSet<_> =
        items.iter().map(|item| [&item.subject, &item.kind, &item.external_id]).collect();
    let digest = Sha256::digest(format!("{removals:?}"));
    let start: [u8; 8] = digest[..8].try_into().expect("a digest is longer than that");
    format!("{:016x}", u64::from_be_bytes(start))
}

/// One question, for those who may look at it.
pub async fn find(app: &App, actor: &Actor, id: StopId) -> Result<Question> {
    let workspace = permit(actor, Action::ViewSync, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let stop = store::find(&mut tx, workspace, id).await?.ok_or(Error::NotFound)?;
    let items = store::items(&mut tx, workspace, id).await?;
    Ok(Question { stop, items })
}

/// The newest questions, open ones first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<StopRow>> {
    let workspace = permit(actor, Action::ViewSync, everywhere(actor))?.workspace();
    Ok(store::list(&mut app.db.read().await?, workspace).await?)
}

/// An admin decides about exactly what they were shown: `seen` is its [`Question::fingerprint`].
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: StopId,
    decision: Decision,
    seen: String,
) -> Result<()> {
    let workspace = permit(actor, Action::DecideSync, everywhere(actor))?.workspace();
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let stop = store::find(tx, workspace, id).await?.ok_or(Error::NotFound)?;
                if stop.decision.as_deref() == Some(decision.code()) && decision == Decision::Approve {
                    // It was sent again, since its answer was lost.
                    return Ok(());
                }
                let items = store::items(tx, workspace, id).await?;
                if fingerprint(&items) != seen {
                    return Err(Error::Conflict(
                        "What waits has changed in the meantime, so nothing was decided. Look at the list again.".into(),
                    ));
                }
                if items.is_empty() || (stop.decision.is_some() && decision == Decision::Dismiss) {
                    return Err(Error::Conflict("This has been decided already.".into()));
                }
                store::decide(tx, &by, &stop, decision).await?;
                tx.signal(workspace);
                let event = match decision {
                    Decision::Approve => "safety_stop.approved",
                    Decision::Dismiss => "safety_stop.dismissed",
                };
                let detail = json!({ "removals": items.len() });
                Ok(activity::record(tx, &mut by, Event::new(event).detail(detail)).await?)
            })
        })
        .await
}

/// When the window began that counts now: while a question is open, nothing leaves it.
pub(in crate::sync) fn window_since(now: Timestamp, opened_at: Option<Timestamp>) -> Timestamp {
    opened_at.map_or(now, |opened_at| opened_at.min(now)) - WINDOW
}

/// The open question of a portal.
pub(in crate::sync) struct Open {
    pub(in crate::sync) id: StopId,
    pub(in crate::sync) portal: PortalId,
    pub(in crate::sync) opened_at: Timestamp,
}

fn everywhere(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}

#[cfg(test)]
mod tests;
