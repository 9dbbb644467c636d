//! The portal as the worker sees it: the real client, with its confirmed steps counted. A mistake can be planted here,
//! to see that the simulation finds it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use portal::okta::OktaPortal;
use portal::{
    App, AppId, Applied, Check, Checked, Clock, Error, Group, GroupApplied, GroupId, GroupRef,
    GroupStep, LogFrom, LogPage, Org, People, PersonState, Portal, Principal, Priority, Reserve,
    Step, Ticket, TileRef,
};

/// A mistake to plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bug {
    /// Assigns this person as soon as an app is made, before its id is on record.
    AssignsBeforeRecording { person: String },
    /// Finds nothing when it searches for an app that may have been made.
    SkipsTheSearch,
    /// Says that somebody was unassigned, and does nothing.
    ForgetsAnUnassignment,
    /// Renames a bookmark of somebody else along with ours.
    TouchesAForeignApp { app: String, url: String },
    /// Creates every app twice.
    CreatesTwice,
}

/// What the client has confirmed.
#[derive(Debug, Default)]
pub struct Ledger {
    pub tiles: Steps,
    pub groups: Steps,
}

/// How many steps ended in which way.
#[derive(Debug, Default)]
pub struct Steps {
    /// They were done.
    pub done: AtomicU64,
    /// What they were about was not there any more.
    pub gone: AtomicU64,
}

/// The real client, as one worker uses it.
pub struct Seam {
    pub okta: OktaPortal,
    pub ledger: Arc<Ledger>,
    pub bug: Option<Bug>,
}

impl Seam {
    /// Does a step besides the one that was asked for.
    async fn also(&self, app: &AppId, url: &str, step: &Step, now_fn: Clock<'_>) {
        if let Reserve::Now(ticket) = self.okta.reserve(step, Priority::Person, now_fn()) {
            let tile = TileRef { app: Some(app), url };
            let _ = self.okta.apply(ticket, tile, step, now_fn).await;
        }
    }

    async fn planted(
        &self,
        bug: &Bug,
        done: Applied,
        step: &Step,
        url: &str,
        now_fn: Clock<'_>,
    ) -> Applied {
        match (bug, &done, step) {
            (Bug::AssignsBeforeRecording { person }, Applied::Created(app), _) => {
                let step = Step::Assign(Principal::Person(person.clone()));
                self.also(&app.id, url, &step, now_fn).await;
            }
            (Bug::CreatesTwice, Applied::Created(_), step) => {
                self.also(&AppId(String::new()), url, step, now_fn).await;
            }
            (Bug::TouchesAForeignApp { app, url }, _, Step::Assign(_)) => {
                let step = Step::Update { label: "Ours now".into(), url: url.clone() };
                self.also(&AppId(app.clone()), url, &step, now_fn).await;
            }
            _ => {}
        }
        done
    }
}

impl Portal for Seam {
    type Directory = OktaPortal;

    fn directory(&self) -> &OktaPortal {
        &self.okta
    }

    async fn org(&self, now: Timestamp) -> Result<Org, Error> {
        self.okta.org(now).await
    }

    async fn probe(&self, now: Timestamp) -> Vec<Check> {
        self.okta.probe(now).await
    }

    fn reserve(&self, step: &Step, priority: Priority, now: Timestamp) -> Reserve {
        self.okta.reserve(step, priority, now)
    }

    async fn apply(
        &self,
        ticket: Ticket,
        tile: TileRef<'_>,
        step: &Step,
        now_fn: Clock<'_>,
    ) -> Result<Applied, Error> {
        let forgets = self.bug == Some(Bug::ForgetsAnUnassignment);
        let mut applied = if forgets && matches!(step, Step::Unassign(_)) {
            Applied::Done
        } else {
            self.okta.apply(ticket, tile, step, now_fn).await?
        };
        if let Some(bug) = &self.bug {
            applied = self.planted(bug, applied, step, tile.url, now_fn).await;
        }
        let steps = &self.ledger.tiles;
        let count = if applied == Applied::Gone { &steps.gone } else { &steps.done };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(applied)
    }

    async fn read(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<App>, Error> {
        self.okta.read(app, priority, now_fn).await
    }

    async fn principals(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<Principal>, Error> {
        self.okta.principals(app, priority, now_fn).await
    }

    async fn people(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<People, Error> {
        self.okta.people(app, priority, now_fn).await
    }

    async fn person(
        &self,
        id: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<PersonState, Error> {
        self.okta.person(id, priority, now_fn).await
    }

    async fn search(
        &self,
        urls: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        if self.bug == Some(Bug::SkipsTheSearch) {
            return Ok(Vec::new());
        }
        self.okta.search(urls, priority, now_fn).await
    }

    async fn apps_at(
        &self,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        self.okta.apps_at(origin, priority, now_fn).await
    }

    fn reserve_group(&self, step: &GroupStep, priority: Priority, now: Timestamp) -> Reserve {
        self.okta.reserve_group(step, priority, now)
    }

    async fn apply_group(
        &self,
        ticket: Ticket,
        group: GroupRef<'_>,
        step: &GroupStep,
        now_fn: Clock<'_>,
    ) -> Result<GroupApplied, Error> {
        let applied = self.okta.apply_group(ticket, group, step, now_fn).await;
        let steps = &self.ledger.groups;
        if applied == Err(Error::NotThere) {
            // It went while the step was looking at what it opens.
            steps.gone.fetch_add(1, Ordering::Relaxed);
        }
        let applied = applied?;
        let is_found = matches!(applied, GroupApplied::Found(_));
        let is_gone = applied == GroupApplied::Gone || is_found;
        let count = if is_gone { &steps.gone } else { &steps.done };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(applied)
    }

    async fn check_group(
        &self,
        group: &GroupId,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Checked, Error> {
        let checked = self.okta.check_group(group, origin, priority, now_fn).await;
        if checked == Err(Error::NotThere) {
            self.ledger.groups.gone.fetch_add(1, Ordering::Relaxed);
        }
        checked
    }

    async fn read_group(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<Group>, Error> {
        self.okta.read_group(group, priority, now_fn).await
    }

    async fn group_members(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        self.okta.group_members(group, priority, now_fn).await
    }

    async fn group_apps(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        self.okta.group_apps(group, priority, now_fn).await
    }

    async fn search_groups(
        &self,
        names: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        self.okta.search_groups(names, priority, now_fn).await
    }

    async fn pool(
        &self,
        prefix: &str,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        self.okta.pool(prefix, origin, priority, now_fn).await
    }

    async fn log_page(
        &self,
        from: LogFrom<'_>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<LogPage, Error> {
        self.okta.log_page(from, priority, now_fn).await
    }

    async fn own_ids(
        &self,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        self.okta.own_ids(priority, now_fn).await
    }

    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        self.okta.forecast(calls, now)
    }
}
