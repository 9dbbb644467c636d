//! What has to change in the portal, decided without looking at anything but its arguments.
//!
//! Doing it is [`crate::Portal::apply`]; recording and retrying belong to the sync worker.
//!
//! # The order of steps
//!
//! Two wishes pull in opposite directions: who lost access should go before anybody gains it, and
//! who keeps access should not lose the tile for a moment while the way that they get it changes.
//! They meet in this order:
//!
//! 1. People who lost access altogether are unassigned. Nothing covers them afterwards.
//! 2. Whoever gained access is assigned: people, then groups.
//! 3. People whom a group covers from now on are handed over to it. Okta refuses to unassign
//!    somebody whose group still grants the app, so this is no unassign but a change of its kind.
//! 4. Groups that are not wanted any more are unassigned. Whoever keeps the tile got another way
//!    in 2. Those who do not keep it wait for the assigns before them; a launch refuses them from
//!    the moment of the change, whatever the portal shows.
//! 5. Name and address, and last the picture.

#[cfg(test)]
mod tests;
mod text;

use crate::{AppStatus, Principal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;

/// How a tile should exist in the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Shown to its principals.
    Present,
    /// The account is disabled: the app is kept and shown to nobody (S48).
    Inactive,
    /// No app at all.
    Absent,
}

/// The tile as our own grants want it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Shown, kept, or removed.
    pub presence: Presence,
    /// The name under the tile (S8).
    pub label: String,
    /// Our launch URL: also the mark by which the app is known to be ours.
    pub url: String,
    /// Who should see it.
    pub principals: BTreeSet<Principal>,
    /// People whom a group among `principals` covers. Only those matter who were assigned by
    /// themselves before, and naming others does no harm; who is not named is unassigned first.
    #[serde(default)]
    pub through_groups: BTreeSet<String>,
    /// The picture to give to a tile that has none.
    #[serde(default)]
    pub logo: Option<Logo>,
}

/// A picture that we can draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// The version of the drawing, to record.
    pub version: u32,
    /// The app's name, from which it is drawn.
    pub name: String,
}

/// What is known about the tile in the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// There may be an app: a create's outcome is unknown, or nobody has looked yet.
    Unknown,
    /// There is no app.
    Absent,
    /// We had an app, and the portal says it is not there.
    Gone,
    /// There is an app.
    Present(Mirror),
}

/// What the portal last confirmed about our app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// The name under the tile.
    pub label: String,
    /// Where a click leads.
    pub url: String,
    /// Shown or not.
    pub status: AppStatus,
    /// Who is assigned to the app itself.
    pub principals: BTreeSet<Principal>,
    /// People could add the tile themselves: ours must not let them.
    #[serde(default)]
    pub self_service: bool,
    /// The version of the picture that it was given; an admin may have set another since.
    #[serde(default)]
    pub logo: Option<u32>,
}

/// How far our own steps explain the state of the app; the rest was somebody else's doing.
///
/// Record [`Confirmed::before`] in the transaction before a step is sent and
/// [`Confirmed::after`] with its success. Then a crash in between cannot make our own
/// deactivation or removal look like an admin's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// No step of ours was confirmed: a new tile, or one that was found and adopted.
    #[default]
    Nothing,
    /// We left it active: if it is inactive or gone, somebody in the portal did that.
    Active,
    /// We deactivated it, or were about to: if it is gone, somebody in the portal did that.
    Inactive,
    /// We were about to delete it: if it is gone, that was us.
    Removing,
}

impl Confirmed {
    /// What to record before `step` is sent.
    #[must_use]
    pub fn before(self, step: &Step) -> Self {
        match step {
            Step::Deactivate => Self::Inactive,
            Step::Delete => Self::Removing,
            Step::Search
            | Step::Create { .. }
            | Step::Activate
            | Step::Update { .. }
            | Step::Assign(_)
            | Step::HandOver(_)
            | Step::Unassign(_)
            | Step::Logo(_) => self,
        }
    }

    /// What to record once `step` is known to be done.
    #[must_use]
    pub fn after(self, step: &Step) -> Self {
        match step {
            Step::Create { .. } | Step::Activate => Self::Active,
            Step::Deactivate => Self::Inactive,
            Step::Delete => Self::Nothing,
            Step::Search
            | Step::Update { .. }
            | Step::Assign(_)
            | Step::HandOver(_)
            | Step::Unassign(_)
            | Step::Logo(_) => self,
        }
    }

    /// What to record when a tile that should be shown is seen in this state, and nothing pauses.
    ///
    /// An adopted app counts as ours from here on, and a deactivation that was never done is over.
    #[must_use]
    pub fn seen(self, status: AppStatus) -> Self {
        match status {
            AppStatus::Active => Self::Active,
            AppStatus::Inactive => self,
        }
    }
}

/// One thing to do in the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Look for apps with our URL, then plan again.
    Search,
    /// Make the app: active, assigned to nobody, so shown to nobody.
    Create {
        /// The name under the tile.
        label: String,
        /// Our launch URL.
        url: String,
    },
    /// Show it again.
    Activate,
    /// Put label and URL right, and keep the rest.
    Update {
        /// The name under the tile.
        label: String,
        /// Our launch URL.
        url: String,
    },
    /// Let a principal see it.
    Assign(Principal),
    /// Take a person's own assignment away, because a group that is assigned covers them.
    HandOver(String),
    /// Stop a principal from seeing it.
    Unassign(Principal),
    /// Give it a picture.
    Logo(Logo),
    /// Hide it from everybody.
    Deactivate,
    /// Remove it; only an inactive app can be removed.
    Delete,
}

/// Why a person has to decide before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Somebody deleted our app in the portal.
    DeletedInPortal,
    /// Somebody deactivated our app in the portal.
    DeactivatedInPortal,
    /// The app's URL is not ours any more, so the app is not ours (T2, R6).
    ForeignUrl,
}

/// The steps to take in order, or the reason to ask first. `Display` is the dry run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// Somebody has to decide; there are no steps then.
    pub pause: Option<Pause>,
}

impl Plan {
    /// Nothing to do and nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.pause.is_none()
    }

    fn of(steps: Vec<Step>) -> Self {
        Self { steps, pause: None }
    }

    fn paused(pause: Pause) -> Self {
        Self { steps: Vec::new(), pause: Some(pause) }
    }
}

/// What makes the portal show the tile as desired.
pub fn plan(desired: &Desired, observed: &Observed, confirmed: Confirmed) -> Plan {
    match observed {
        Observed::Unknown => Plan::of(vec![Step::Search]),
        Observed::Absent => when_absent(desired),
        Observed::Gone => when_gone(desired, confirmed),
        Observed::Present(mirror) => when_present(desired, mirror, confirmed),
    }
}

fn when_absent(desired: &Desired) -> Plan {
    match desired.presence {
        // A disabled account without an app needs none until it is enabled again.
        Presence::Absent | Presence::Inactive => Plan::default(),
        Presence::Present => {
            let create = Step::Create { label: desired.label.clone(), url: desired.url.clone() };
            let assigns = desired.principals.iter().cloned().map(Step::Assign);
            let logo = desired.logo.clone().map(Step::Logo);
            Plan::of(std::iter::once(create).chain(assigns).chain(logo).collect())
        }
    }
}

fn when_gone(desired: &Desired, confirmed: Confirmed) -> Plan {
    match (desired.presence, confirmed) {
        (Presence::Absent | Presence::Inactive, _) => Plan::default(),
        (Presence::Present, Confirmed::Removing) => when_absent(desired),
        (Presence::Present, Confirmed::Nothing | Confirmed::Active | Confirmed::Inactive) => {
            Plan::paused(Pause::DeletedInPortal)
        }
    }
}

fn when_present(desired: &Desired, mirror: &Mirror, confirmed: Confirmed) -> Plan {
    if !is_same_launch(&desired.url, &mirror.url) {
        return Plan::paused(Pause::ForeignUrl);
    }
    match (desired.presence, mirror.status) {
        // The whole tile goes: the portal drops its assignments by itself.
        (Presence::Absent, AppStatus::Active) => Plan::of(vec![Step::Deactivate, Step::Delete]),
        (Presence::Absent, AppStatus::Inactive) => Plan::of(vec![Step::Delete]),
        (Presence::Inactive, AppStatus::Active) => Plan::of(vec![Step::Deactivate]),
        // Assignments cannot be trusted to work on an inactive app: they wait until it is shown.
        (Presence::Inactive, AppStatus::Inactive) => Plan::default(),
        (Presence::Present, AppStatus::Active) => Plan::of(changes(desired, mirror)),
        (Presence::Present, AppStatus::Inactive) => match confirmed {
            Confirmed::Active => Plan::paused(Pause::DeactivatedInPortal),
            Confirmed::Nothing | Confirmed::Inactive | Confirmed::Removing => {
                Plan::of(std::iter::once(Step::Activate).chain(changes(desired, mirror)).collect())
            }
        },
    }
}

/// The order that the module's text explains.
fn changes(desired: &Desired, mirror: &Mirror) -> Vec<Step> {
    let mut leavers = Vec::new();
    let mut handed_over = Vec::new();
    let mut old_groups = Vec::new();
    for principal in mirror.principals.difference(&desired.principals) {
        match principal {
            Principal::Person(id) if desired.through_groups.contains(id) => {
                handed_over.push(Step::HandOver(id.clone()));
            }
            Principal::Person(_) => leavers.push(Step::Unassign(principal.clone())),
            Principal::Group(_) => old_groups.push(Step::Unassign(principal.clone())),
        }
    }
    let assigns = desired.principals.difference(&mirror.principals).cloned().map(Step::Assign);
    let differs = desired.label != mirror.label || desired.url != mirror.url || mirror.self_service;
    let update =
        differs.then(|| Step::Update { label: desired.label.clone(), url: desired.url.clone() });
    let logo = desired.logo.clone().filter(|_| mirror.logo.is_none()).map(Step::Logo);
    leavers
        .into_iter()
        .chain(assigns)
        .chain(handed_over)
        .chain(old_groups)
        .chain(update)
        .chain(logo)
        .collect()
}

/// Whether `found` has the origin and launch id of `ours`, whatever else somebody added to it.
pub fn is_same_launch(ours: &str, found: &str) -> bool {
    ours == found || launch_key(ours).is_some_and(|ours| launch_key(found) == Some(ours))
}

/// The part of a launch URL that makes it ours: origin and launch id.
pub fn launch_key(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.origin().is_tuple())?;
    Some(format!("{}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/')))
}
