//! The queue of pushes: which change of the org leads to which push. How a push is made is in
//! `users.rs` and `groups.rs`.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::groups::GroupLink;
use super::users::{UserLink, is_active};
use super::wire::{self, Wire};
use super::{Dialect, Failure};
use crate::org::{PushSubject, PushTask, Switches};
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

impl Push {
    /// Whom it is about, and what it is in words.
    fn names(&self) -> (PushSubject, &'static str) {
        let person = |user: &String| PushSubject::User(user.clone());
        match self {
            Self::Provision { user } => (person(user), "create or link"),
            Self::Update { user } => (person(user), "update the profile"),
            Self::Status { user } => (person(user), "activate or deactivate"),
            Self::Deprovision { user } => (person(user), "deactivate"),
            Self::Group { group } => (PushSubject::Group(group.clone()), "push the group"),
        }
    }
}

pub struct Worker {
    pub(super) sim: Sim,
    pub(super) app: String,
    changes: Receiver<Change>,
    queue: VecDeque<Push>,
    /// Everybody whom the service knows, by Okta's id.
    pub(super) users: BTreeMap<String, UserLink>,
    pub(super) groups: BTreeMap<String, GroupLink>,
    pub(super) junk_password: String,
    http: reqwest::Client,
}

/// The wire and the dialect for one push: an admin may change both between two pushes.
pub struct Line {
    pub wire: Wire,
    pub dialect: Dialect,
    pub switches: Switches,
}

impl Worker {
    pub fn new(sim: Sim, app: String) -> Self {
        let changes = sim.subscribe();
        let junk_password = sim.org().random_text(16);
        let (queue, users, groups) = Default::default();
        let http = wire::http();
        Self { sim, app, changes, queue, users, groups, junk_password, http }
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
        let groups = app.scim.iter().flat_map(|scim| &scim.pushes).map(|push| push.group.clone());
        self.queue.extend(people.chain(groups.map(|group| Push::Group { group })));
    }

    /// Queues what brings the subjects of these tasks to what they are in the org.
    pub fn queue_again(&mut self, tasks: &[u64]) {
        let subjects = self.sim.org().take_tasks(&self.app, tasks);
        for subject in subjects {
            match subject {
                PushSubject::Group(group) => self.queue_whole_group(&group),
                PushSubject::User(user) => {
                    let is_assigned = self.assigned(&user).is_some();
                    match (is_assigned, self.users.contains_key(&user)) {
                        (true, true) => {
                            self.queue.push_back(Push::Update { user: user.clone() });
                            self.queue.push_back(Push::Status { user });
                        }
                        (true, false) => self.queue.push_back(Push::Provision { user }),
                        (false, _) => self.queue.push_back(Push::Deprovision { user }),
                    }
                }
            }
        }
    }

    /// Queues a push of everything about a group, also of one whose creation failed.
    pub fn queue_whole_group(&mut self, group: &str) {
        match self.groups.get_mut(group) {
            Some(link) if link.id.is_some() => link.members = None,
            _ => {
                self.groups.remove(group);
            }
        }
        self.queue.push_back(Push::Group { group: group.to_owned() });
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

    /// Which groups are pushed is the admin's to say: compare it with what the service has.
    fn look_at_pushed_groups(&mut self) {
        let pushes = {
            let mut org = self.sim.org();
            // Without a connection provisioning was switched off: nothing can be told any more.
            let Ok(connection) = org.connection_mut(&self.app) else { return };
            for group in std::mem::take(&mut connection.left_there) {
                self.groups.remove(&group);
            }
            connection.pushes.clone()
        };
        let mut wanting = Vec::new();
        for push in &pushes {
            match self.groups.get_mut(&push.group) {
                // What happens to it now is not told; the whole group is, once it goes on.
                Some(link) if !push.is_active => link.members = None,
                Some(link) if link.id.is_some() && link.members.is_none() => {
                    wanting.push(push.group.clone());
                }
                None if push.is_active => wanting.push(push.group.clone()),
                _ => {}
            }
        }
        let is_pushed = |group: &&String| pushes.iter().any(|push| push.group == **group);
        wanting.extend(self.groups.keys().filter(|group| !is_pushed(group)).cloned());
        for group in wanting {
            let push = Push::Group { group };
            if !self.queue.contains(&push) {
                self.queue.push_back(push);
            }
        }
    }

    fn pushed_groups_of(&self, user: &str) -> Vec<String> {
        let org = self.sim.org();
        let Ok(connection) = org.connection(&self.app) else { return Vec::new() };
        let is_pushed = |group: &String| connection.pushes.iter().any(|push| push.group == *group);
        org.groups_of_user(user).map(|group| group.id.clone()).filter(is_pushed).collect()
    }

    async fn carry_out(&mut self, push: Push) {
        let Some(line) = self.line() else { return };
        let (subject, what) = push.names();
        if self.would_tell(&push) && self.sim.org().hold_back(&self.app, &subject, what) {
            return;
        }
        let about = self.about(&subject);
        let told = match &push {
            Push::Provision { user } => self.provision(&line, user).await,
            Push::Update { user } => self.update(&line, user).await.map(|()| false),
            Push::Status { user } => self.push_status(&line, user).await.map(|()| false),
            Push::Deprovision { user } => self.deprovision(&line, user).await.map(|()| false),
            Push::Group { group } => self.push_group(&line, group).await,
        };
        let mut org = self.sim.org();
        if let PushSubject::Group(group) = &subject
            && told != Ok(false)
        {
            let error = told.as_ref().err().map(|failure| failure.detail.clone());
            org.note_group_push(&self.app, group, error);
        }
        match told {
            Ok(true) => org.forget_tasks(&self.app, &subject),
            Ok(false) => {}
            Err(failure) => {
                tracing::warn!(
                    about,
                    call = failure.call,
                    detail = failure.detail,
                    "a push failed"
                );
                let at = self.sim.now();
                let held_back = Vec::new();
                let task = PushTask { id: 0, at, subject, about, what, failure, held_back };
                org.note_failed_push(&self.app, task);
            }
        }
    }

    /// Whether a push of somebody would tell the service something, were there no earlier failure.
    /// An assignment begins anew, and groups do not wait for one another.
    fn would_tell(&self, push: &Push) -> bool {
        match push {
            Push::Provision { .. } | Push::Group { .. } => false,
            Push::Update { user } => self.assigned(user).is_some(),
            Push::Status { user } => self.assigned(user).is_some_and(|person| {
                self.users.get(user).is_some_and(|link| link.active != is_active(&person))
            }),
            Push::Deprovision { user } => self.assigned(user).is_none(),
        }
    }

    fn line(&self) -> Option<Line> {
        let org = self.sim.org();
        let scim = org.connection(&self.app).ok()?;
        let dialect = if scim.catalogue_app { Dialect::Catalogue } else { Dialect::Private };
        let wire = Wire::new(self.http.clone(), self.sim.clone(), &self.app, scim);
        Some(Line { wire, dialect, switches: scim.switches })
    }

    /// The person's login, or the group's name.
    fn about(&self, subject: &PushSubject) -> String {
        let org = self.sim.org();
        match subject {
            PushSubject::User(user) => {
                org.user(user).map_or(user.as_str(), |it| it.login()).to_owned()
            }
            PushSubject::Group(group) => {
                org.group(group).map_or_else(|_| group.clone(), |group| group.name.clone())
            }
        }
    }
}
