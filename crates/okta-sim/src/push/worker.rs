//! The queue of pushes: which change of the org leads to which push. How a push is made is in
//! `users.rs` and `groups.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::groups::GroupLink;
use super::users::UserLink;
use super::wire::{self, Failure, Wire};
use super::{Dialect, FailedPush};
use crate::org::{ApiError, ApiResult, Org, ScimConnection};
use crate::{Change, Sim};

/// One thing to push. It names whom; what they are is read when its turn comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    Provision {
        user: String,
    },
    Update {
        user: String,
    },
    /// Their status changed: tell the service if that means another `active`.
    Status {
        user: String,
    },
    Deprovision {
        user: String,
    },
    /// Create, rename, fill or delete a group: whatever it lacks.
    Group {
        group: String,
    },
}

pub struct Worker {
    pub(super) sim: Sim,
    pub(super) app: String,
    changes: Receiver<Change>,
    queue: VecDeque<Push>,
    /// Everybody whom the service knows, by Okta's id.
    pub(super) users: BTreeMap<String, UserLink>,
    pub(super) groups: BTreeMap<String, GroupLink>,
    failed: Arc<Mutex<Vec<FailedPush>>>,
    pub(super) junk_password: String,
    http: reqwest::Client,
}

/// The wire and the dialect for one push: an admin may change both between two pushes.
pub struct Line {
    pub wire: Wire,
    pub dialect: Dialect,
}

impl Worker {
    pub fn new(sim: Sim, app: String, failed: Arc<Mutex<Vec<FailedPush>>>) -> Self {
        let changes = sim.subscribe();
        let junk_password = sim.org().random_text(16);
        let (queue, users, groups) = Default::default();
        let http = wire::http();
        Self { sim, app, changes, queue, users, groups, failed, junk_password, http }
    }

    /// Pushes until neither the queue nor the org has anything more.
    pub async fn work(&mut self) {
        loop {
            self.listen();
            self.look_at_pushed_groups();
            let Some(push) = self.queue.pop_front() else { return };
            self.carry_out(push).await;
        }
    }

    pub fn queue_everything(&mut self) {
        let org = self.sim.org();
        let Ok(app) = org.app(&self.app) else { return };
        let people = app.users.keys().cloned().map(|user| Push::Provision { user });
        let groups = app.scim.iter().flat_map(|scim| scim.pushed_groups.iter().cloned());
        self.queue.extend(people.chain(groups.map(|group| Push::Group { group })));
    }

    pub fn forget_group(&mut self, group: &str) {
        self.groups.remove(group);
    }

    pub async fn test_connection(&self) -> Result<(), Failure> {
        let Some(line) = self.line() else {
            let detail = "the app has no SCIM connection".to_owned();
            return Err(Failure { call: String::new(), status: None, detail });
        };
        line.wire.get("/Users?startIndex=1&count=2").await.map(|_| ())
    }

    /// Turns what changed in the org into pushes.
    fn listen(&mut self) {
        loop {
            match self.changes.try_recv() {
                Ok(change) => {
                    let pushes = self.pushes_for(change);
                    self.queue.extend(pushes);
                }
                Err(TryRecvError::Lagged(_)) => {
                    tracing::warn!("missed changes of the org: pushing everybody again");
                    self.queue_everything();
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn pushes_for(&self, change: Change) -> Vec<Push> {
        match change {
            Change::AppUserAdded { app, user } if app == self.app => {
                let groups = self.pushed_groups_of(&user);
                let groups = groups.into_iter().map(|group| Push::Group { group });
                std::iter::once(Push::Provision { user }).chain(groups).collect()
            }
            Change::AppUserRemoved { app, user } if app == self.app => {
                let groups = self.groups.keys().cloned().map(|group| Push::Group { group });
                std::iter::once(Push::Deprovision { user }).chain(groups).collect()
            }
            Change::AppUserUpdated { app, user } if app == self.app => {
                vec![Push::Update { user }]
            }
            Change::UserUpdated { user } => vec![Push::Update { user }],
            Change::UserStatusChanged { user } => vec![Push::Status { user }],
            Change::MemberAdded { group, .. }
            | Change::MemberRemoved { group, .. }
            | Change::GroupUpdated { group }
            | Change::GroupDeleted { group } => vec![Push::Group { group }],
            Change::UserCreated { .. }
            | Change::SessionEnded { .. }
            | Change::UserDeleted { .. }
            | Change::GroupCreated { .. }
            | Change::AppCreated { .. }
            | Change::AppUpdated { .. }
            | Change::AppDeleted { .. }
            | Change::AppUserAdded { .. }
            | Change::AppUserUpdated { .. }
            | Change::AppUserRemoved { .. }
            | Change::AppGroupAdded { .. }
            | Change::AppGroupRemoved { .. } => Vec::new(),
        }
    }

    /// An admin's list of pushed groups is no event: compare it with what the service has.
    fn look_at_pushed_groups(&mut self) {
        let org = self.sim.org();
        if org.app(&self.app).ok().and_then(|app| app.scim.as_ref()).is_none() {
            // Provisioning was switched off: nothing can be told any more.
            return;
        }
        let pushed = pushed_groups(&org, &self.app);
        let new = pushed.iter().filter(|group| !self.groups.contains_key(*group));
        let gone = self.groups.keys().filter(|group| !pushed.contains(group));
        for group in new.chain(gone) {
            let push = Push::Group { group: group.clone() };
            if !self.queue.contains(&push) {
                self.queue.push_back(push);
            }
        }
    }

    fn pushed_groups_of(&self, user: &str) -> Vec<String> {
        let org = self.sim.org();
        let pushed = pushed_groups(&org, &self.app);
        org.groups_of_user(user)
            .map(|group| group.id.clone())
            .filter(|group| pushed.contains(group))
            .collect()
    }

    async fn carry_out(&mut self, push: Push) {
        let Some(line) = self.line() else { return };
        let (about, result) = match push {
            Push::Provision { user } => (self.login(&user), self.provision(&line, &user).await),
            Push::Update { user } => (self.login(&user), self.update(&line, &user).await),
            Push::Status { user } => (self.login(&user), self.push_status(&line, &user).await),
            Push::Deprovision { user } => (self.login(&user), self.deprovision(&line, &user).await),
            Push::Group { group } => (self.name(&group), self.push_group(&line, &group).await),
        };
        let Err(failure) = result else { return };
        tracing::warn!(about, call = failure.call, detail = failure.detail, "a push failed");
        let failed = FailedPush { at: self.sim.now(), about, failure };
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).push(failed);
    }

    fn line(&self) -> Option<Line> {
        let org = self.sim.org();
        let scim = org.app(&self.app).ok()?.scim.as_ref()?;
        let dialect = if scim.catalogue_app { Dialect::Catalogue } else { Dialect::Private };
        let wire = Wire::new(self.http.clone(), &scim.base_url, &scim.bearer_token);
        Some(Line { wire, dialect })
    }

    fn login(&self, user: &str) -> String {
        self.sim.org().user(user).map_or(user, |user| user.login()).to_owned()
    }

    fn name(&self, group: &str) -> String {
        let org = self.sim.org();
        let known = org.group(group).ok().map(|group| group.name.clone());
        known.unwrap_or_else(|| group.to_owned())
    }
}

/// The groups that an admin chose to push and that still exist.
pub fn pushed_groups(org: &Org, app: &str) -> Vec<String> {
    let chosen = org.app(app).ok().and_then(|app| app.scim.as_ref());
    let chosen = chosen.into_iter().flat_map(|scim| scim.pushed_groups.iter());
    chosen.filter(|group| org.groups.contains_key(*group)).cloned().collect()
}

pub fn connection_mut<'a>(org: &'a mut Org, app: &str) -> ApiResult<&'a mut ScimConnection> {
    org.app_mut(app)?.scim.as_mut().ok_or_else(|| {
        ApiError::validation("scim", "The app has no SCIM connection: configure it first")
    })
}
