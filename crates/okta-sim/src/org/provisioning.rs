//! How an app's people and groups are pushed to a service by SCIM: what an admin set up, which
//! groups are pushed, what was sent, and what waits for an admin because it failed. The client
//! itself is `push`.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::{ApiError, ApiResult, App, Change, Org, Resource};

/// Calls beyond this many are forgotten, oldest first.
const CALLS_KEPT: usize = 500;

/// Where and how the org provisions an app's people by SCIM 2.0.
#[derive(Debug, Clone, Default)]
pub struct ScimConnection {
    pub base_url: String,
    pub bearer_token: String,
    /// An app of the public catalogue patches; a private one (AIW) always puts.
    pub catalogue_app: bool,
    pub switches: Switches,
    pub pushes: Vec<GroupPush>,
    /// Groups that are pushed no longer and stay at the service as they are.
    pub(crate) left_there: Vec<String>,
}

/// "Provisioning to App": what the org may do at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the four switches of Okta's own page")]
pub struct Switches {
    pub create_users: bool,
    pub update_attributes: bool,
    pub deactivate_users: bool,
    pub sync_password: bool,
}

impl Default for Switches {
    fn default() -> Self {
        let on = true;
        Self { create_users: on, update_attributes: on, deactivate_users: on, sync_password: false }
    }
}

/// A group that is pushed ("group push mapping").
#[derive(Debug, Clone)]
pub struct GroupPush {
    pub id: String,
    /// The group of the org.
    pub group: String,
    /// What Okta calls the group at the service.
    pub target: String,
    /// One that is not stays linked and is told nothing.
    pub is_active: bool,
    /// Look for a group of this name at the service before one is made.
    pub link_existing: bool,
    pub created: Timestamp,
    pub last_updated: Timestamp,
    pub last_push: Option<Timestamp>,
    /// Why the latest push failed.
    pub error: Option<String>,
}

impl GroupPush {
    /// The word in the API.
    pub fn status(&self) -> &'static str {
        match (self.is_active, &self.error) {
            (false, _) => "INACTIVE",
            (true, Some(_)) => "ERROR",
            (true, None) => "ACTIVE",
        }
    }
}

/// Why a push failed, in words for the list of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushFailure {
    /// Method and path, without the base URL.
    pub call: String,
    /// `None`: no answer came.
    pub status: Option<u16>,
    pub detail: String,
}

/// Whom a push is about, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushSubject {
    User(String),
    Group(String),
}

/// A push that failed. It waits for an admin, and so does whatever comes after it for the same
/// person: Okta does not even send their deactivation.
#[derive(Debug, Clone)]
pub struct PushTask {
    /// Unique within the app.
    pub id: u64,
    pub at: Timestamp,
    pub subject: PushSubject,
    /// The person's login or the group's name.
    pub about: String,
    /// What was to be done, in words.
    pub what: &'static str,
    pub failure: PushFailure,
    /// What was not sent since, because of it.
    pub held_back: Vec<&'static str>,
}

/// One call to the service, and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct PushCall {
    pub at: Timestamp,
    pub method: String,
    /// With its query, without the base URL.
    pub path: String,
    /// The body, without passwords.
    pub request: String,
    /// `None`: no answer came.
    pub status: Option<u16>,
    pub answer: String,
}

/// What became of an app's pushes.
#[derive(Debug, Clone, Default)]
pub struct PushRecord {
    pub tasks: Vec<PushTask>,
    pub calls: VecDeque<PushCall>,
    tasks_made: u64,
}

impl App {
    /// The tasks of one person or group.
    pub fn tasks_of(&self, subject: &PushSubject) -> impl Iterator<Item = &PushTask> {
        self.pushed.tasks.iter().filter(move |task| task.subject == *subject)
    }
}

impl Org {
    /// Changes how an app is provisioned, or stops it.
    pub fn configure_provisioning(
        &mut self,
        app: &str,
        change: impl FnOnce(&mut ScimConnection),
    ) -> ApiResult<()> {
        change(self.connection_mut(app)?);
        self.record(Change::AppUpdated { app: app.to_owned() });
        Ok(())
    }

    /// The connection of an app that has one.
    pub fn connection(&self, app: &str) -> ApiResult<&ScimConnection> {
        self.app(app)?.scim.as_ref().ok_or_else(no_connection)
    }

    /// As [`Org::connection`], to be changed.
    pub fn connection_mut(&mut self, app: &str) -> ApiResult<&mut ScimConnection> {
        self.app_mut(app)?.scim.as_mut().ok_or_else(no_connection)
    }

    /// Starts pushing a group. A group is pushed to an app once.
    pub fn create_group_push(
        &mut self,
        app: &str,
        group: &str,
        link_existing: bool,
        is_active: bool,
    ) -> ApiResult<String> {
        self.group(group)?;
        if self.connection(app)?.pushes.iter().any(|push| push.group == group) {
            let cause = "sourceGroupId: A mapping for this group already exists";
            return Err(ApiError::validation("sourceGroupId", cause));
        }
        let now = self.now();
        let (id, target) = (self.next_id("gPm"), self.next_id("00g"));
        let push = GroupPush {
            id: id.clone(),
            group: group.to_owned(),
            target,
            is_active,
            link_existing,
            created: now,
            last_updated: now,
            last_push: None,
            error: None,
        };
        let connection = self.connection_mut(app)?;
        connection.left_there.retain(|left| left != group);
        connection.pushes.push(push);
        self.mapping_changed(app, "application.provision.group_push.mapping.created");
        Ok(id)
    }

    /// The mapping with this id.
    pub fn group_push(&self, app: &str, id: &str) -> ApiResult<&GroupPush> {
        let found = self.connection(app)?.pushes.iter().find(|push| push.id == id);
        found.ok_or_else(|| ApiError::not_found(id, Resource::GroupPush))
    }

    /// Stops pushing a group's changes, or goes on with it: then the whole group is pushed.
    pub fn set_group_push_active(&mut self, app: &str, id: &str, is_active: bool) -> ApiResult<()> {
        let now = self.now();
        let push = self.group_push_mut(app, id)?;
        if push.is_active == is_active {
            return Ok(());
        }
        push.is_active = is_active;
        push.last_updated = now;
        push.error = None;
        let event = if is_active {
            "application.provision.group_push.activate_mapping"
        } else {
            "application.provision.group_push.deactivate_mapping"
        };
        self.mapping_changed(app, event);
        Ok(())
    }

    /// Ends a mapping that is inactive or failed. The group at the service is deleted with it, or
    /// stays as it is.
    pub fn delete_group_push(&mut self, app: &str, id: &str, delete_there: bool) -> ApiResult<()> {
        let push = self.group_push(app, id)?;
        if push.status() == "ACTIVE" {
            let cause = "status: The group push mapping must be INACTIVE";
            return Err(ApiError::validation("status", cause));
        }
        let group = push.group.clone();
        let connection = self.connection_mut(app)?;
        connection.pushes.retain(|push| push.id != id);
        if !delete_there {
            connection.left_there.push(group);
        }
        self.mapping_changed(app, "application.provision.group_push.removed");
        Ok(())
    }

    /// Notes what became of a group's push.
    pub(crate) fn note_group_push(&mut self, app: &str, group: &str, error: Option<String>) {
        let now = self.now();
        let Ok(connection) = self.connection_mut(app) else { return };
        if let Some(push) = connection.pushes.iter_mut().find(|push| push.group == group) {
            push.last_push = Some(now);
            push.error = error;
        }
    }

    /// Lists a push that failed. One that failed before for the same person or group is replaced.
    pub(crate) fn note_failed_push(&mut self, app: &str, mut task: PushTask) {
        let Ok(app) = self.app_mut(app) else { return };
        let record = &mut app.pushed;
        record.tasks_made += 1;
        task.id = record.tasks_made;
        let earlier = record.tasks.iter().filter(|known| known.subject == task.subject);
        task.held_back = earlier.flat_map(|known| known.held_back.iter().copied()).collect();
        record.tasks.retain(|known| known.subject != task.subject);
        record.tasks.push(task);
    }

    /// Whether an earlier failure holds back what is to be told about somebody; noted if so.
    pub(crate) fn hold_back(
        &mut self,
        app: &str,
        subject: &PushSubject,
        what: &'static str,
    ) -> bool {
        let Ok(app) = self.app_mut(app) else { return false };
        let mut tasks = app.pushed.tasks.iter_mut();
        let Some(task) = tasks.find(|task| task.subject == *subject) else { return false };
        if task.held_back.last() != Some(&what) {
            task.held_back.push(what);
        }
        true
    }

    /// Whom these tasks are about, and no longer: they are tried again.
    pub(crate) fn take_tasks(&mut self, app: &str, ids: &[u64]) -> Vec<PushSubject> {
        let Ok(app) = self.app_mut(app) else { return Vec::new() };
        let (taken, kept) = std::mem::take(&mut app.pushed.tasks)
            .into_iter()
            .partition(|task| ids.contains(&task.id));
        app.pushed.tasks = kept;
        let taken: Vec<PushTask> = taken;
        taken.into_iter().map(|task| task.subject).collect()
    }

    /// Somebody was told of after all.
    pub(crate) fn forget_tasks(&mut self, app: &str, subject: &PushSubject) {
        if let Ok(app) = self.app_mut(app) {
            app.pushed.tasks.retain(|task| task.subject != *subject);
        }
    }

    /// Writes a call down.
    pub(crate) fn note_push_call(&mut self, app: &str, call: PushCall) {
        let Ok(app) = self.app_mut(app) else { return };
        app.pushed.calls.push_back(call);
        if app.pushed.calls.len() > CALLS_KEPT {
            app.pushed.calls.pop_front();
        }
    }

    fn group_push_mut(&mut self, app: &str, id: &str) -> ApiResult<&mut GroupPush> {
        let found = self.connection_mut(app)?.pushes.iter_mut().find(|push| push.id == id);
        found.ok_or_else(|| ApiError::not_found(id, Resource::GroupPush))
    }

    fn mapping_changed(&mut self, app: &str, event_type: &'static str) {
        self.record_as(event_type, Change::AppUpdated { app: app.to_owned() });
    }
}

fn no_connection() -> ApiError {
    ApiError::validation("scim", "The app has no SCIM connection: configure it first")
}
