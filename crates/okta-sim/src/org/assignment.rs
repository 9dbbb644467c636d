//! Who has which app, directly or by a group. Okta keeps one row for each person and app: its
//! scope says which of the two it counts as.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{ApiError, ApiResult, App, AppStatus, Change, Org, Resource, UserStatus};

/// What a person's row in an app counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Assigned as a person.
    User,
    /// Only there because of a group.
    Group,
}

impl Scope {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Group => "GROUP",
        }
    }
}

/// One person's row in an app.
#[derive(Debug, Clone)]
pub struct AppUser {
    pub user_id: String,
    /// The id at the app's own side, which provisioning stores.
    pub external_id: Option<String>,
    pub scope: Scope,
    pub user_name: String,
    pub profile: Map<String, Value>,
    pub created: Timestamp,
    pub last_updated: Timestamp,
}

/// One group's row in an app.
#[derive(Debug, Clone)]
pub struct AppGroup {
    pub group_id: String,
    pub priority: i64,
    pub profile: Map<String, Value>,
    pub last_updated: Timestamp,
}

impl Org {
    /// Gives an app to a person. Without a scope it is a direct assignment. Somebody who only has
    /// the app by a group becomes directly assigned; somebody who is assigned already is answered
    /// as `settings.reassign_conflicts` says.
    pub fn assign_user(
        &mut self,
        app: &str,
        user: &str,
        scope: Option<Scope>,
        user_name: Option<&str>,
        profile: Option<Map<String, Value>>,
    ) -> ApiResult<()> {
        self.assignable_app(app)?;
        if self.user(user)?.status == UserStatus::Deprovisioned {
            return Err(ApiError::wrong_user_status());
        }
        let existing = self.app(app)?.users.get(user);
        if existing.is_some_and(|row| row.scope == Scope::User) && self.settings.reassign_conflicts
        {
            return Err(ApiError::already_assigned());
        }
        if existing.is_some() {
            return self.update_app_user(
                app,
                user,
                scope.or(Some(Scope::User)),
                user_name,
                profile,
            );
        }
        let scope = scope.unwrap_or(Scope::User);
        if scope == Scope::Group && !self.granted_by_group(app, user) {
            let cause = "scope: The user is not assigned to the application by a group";
            return Err(ApiError::validation("scope", cause));
        }
        self.insert_app_user(app, user, scope, user_name, profile);
        Ok(())
    }

    /// The row of a person in an app.
    pub fn app_user(&self, app: &str, user: &str) -> ApiResult<&AppUser> {
        let found = self.app(app)?.users.get(user);
        found.ok_or_else(|| ApiError::not_found(user, Resource::AppUser))
    }

    /// Changes the row of a person. Scope `GROUP` hands it over to the groups ("convert
    /// assignments"), and is refused when no group grants the app.
    pub fn update_app_user(
        &mut self,
        app: &str,
        user: &str,
        scope: Option<Scope>,
        user_name: Option<&str>,
        profile: Option<Map<String, Value>>,
    ) -> ApiResult<()> {
        self.app_user(app, user)?;
        if scope == Some(Scope::Group) && !self.granted_by_group(app, user) {
            let cause = "scope: The user is not assigned to the application by a group";
            return Err(ApiError::validation("scope", cause));
        }
        let now = self.now();
        if let Some(row) = self.app_mut(app)?.users.get_mut(user) {
            row.scope = scope.unwrap_or(row.scope);
            if let Some(user_name) = user_name {
                user_name.clone_into(&mut row.user_name);
            }
            if let Some(profile) = profile {
                row.profile.extend(profile);
            }
            row.last_updated = now;
        }
        self.record(Change::AppUserUpdated { app: app.to_owned(), user: user.to_owned() });
        Ok(())
    }

    /// Takes an app from a person. Refused with E0000046 while a group grants it.
    pub fn unassign_user(&mut self, app: &str, user: &str) -> ApiResult<()> {
        self.app_user(app, user)?;
        if self.granted_by_group(app, user) {
            return Err(ApiError::group_still_grants());
        }
        self.remove_app_user(app, user);
        Ok(())
    }

    /// Gives an app to a group, or changes the priority of a group that has it. Without a
    /// priority a new group comes last.
    pub fn assign_group(
        &mut self,
        app: &str,
        group: &str,
        priority: Option<i64>,
        profile: Option<Map<String, Value>>,
    ) -> ApiResult<()> {
        self.assignable_app(app)?;
        self.group(group)?;
        let now = self.now();
        let found = self.app_mut(app)?;
        let next = found.groups.values().map(|row| row.priority + 1).max().unwrap_or(0);
        let before = found.groups.get(group);
        let is_new = before.is_none();
        let row = AppGroup {
            group_id: group.to_owned(),
            priority: priority.or(before.map(|row| row.priority)).unwrap_or(next),
            profile: profile.or_else(|| before.map(|row| row.profile.clone())).unwrap_or_default(),
            last_updated: now,
        };
        found.groups.insert(group.to_owned(), row);
        if is_new {
            self.record(Change::AppGroupAdded { app: app.to_owned(), group: group.to_owned() });
            self.reconcile_app(app);
        }
        Ok(())
    }

    /// The row of a group in an app.
    pub fn app_group(&self, app: &str, group: &str) -> ApiResult<&AppGroup> {
        let found = self.app(app)?.groups.get(group);
        found.ok_or_else(|| ApiError::not_found(group, Resource::AppGroup))
    }

    /// Takes an app from a group, and from everybody who only had it by that group.
    pub fn unassign_group(&mut self, app: &str, group: &str) -> ApiResult<()> {
        self.app_group(app, group)?;
        self.app_mut(app)?.groups.remove(group);
        self.record(Change::AppGroupRemoved { app: app.to_owned(), group: group.to_owned() });
        self.reconcile_app(app);
        Ok(())
    }

    /// The apps that a group has.
    pub fn apps_of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a App> {
        self.apps.values().filter(move |app| app.groups.contains_key(group))
    }

    /// Brings one app's people in line with its groups.
    fn reconcile_app(&mut self, app: &str) {
        let Some(found) = self.apps.get(app) else { return };
        let members = found.groups.keys().filter_map(|group| self.groups.get(group));
        let mut people: Vec<String> =
            members.flat_map(|group| group.members.iter().cloned()).collect();
        people.extend(found.users.keys().cloned());
        people.sort_unstable();
        people.dedup();
        for user in people {
            self.reconcile(app, &user);
        }
    }

    /// Brings the apps of a group in line with whether somebody is in it. Others are as they were: with ten thousand of
    /// them it matters that these are passed over.
    pub(super) fn reconcile_member(&mut self, group: &str, user: &str) {
        let touched = |app: &&App| app.groups.contains_key(group);
        let apps: Vec<String> =
            self.apps.values().filter(touched).map(|app| app.id.clone()).collect();
        for app in apps {
            self.reconcile(&app, user);
        }
    }

    /// Brings all apps in line with one person's groups.
    pub(super) fn reconcile_user(&mut self, user: &str) {
        let touched = |app: &&App| !app.groups.is_empty() || app.users.contains_key(user);
        let apps: Vec<String> =
            self.apps.values().filter(touched).map(|app| app.id.clone()).collect();
        for app in apps {
            self.reconcile(&app, user);
        }
    }

    /// A deactivation takes every app away, whatever granted it: those that are inactive too, unless
    /// `settings.inactive_apps_keep_people` says otherwise.
    pub(super) fn drop_all_apps_of(&mut self, user: &str) {
        let keeps = self.settings.inactive_apps_keep_people;
        let is_kept = |app: &App| keeps && app.status == AppStatus::Inactive;
        let has = |app: &&App| app.users.contains_key(user) && !is_kept(app);
        let apps: Vec<String> = self.apps.values().filter(has).map(|app| app.id.clone()).collect();
        for app in apps {
            self.remove_app_user(&app, user);
        }
    }

    fn reconcile(&mut self, app: &str, user: &str) {
        let scope = self.apps.get(app).and_then(|app| app.users.get(user)).map(|row| row.scope);
        let granted = self.granted_by_group(app, user);
        let deprovisioned =
            self.users.get(user).is_none_or(|user| user.status == UserStatus::Deprovisioned);
        match scope {
            None if granted && !deprovisioned => {
                self.insert_app_user(app, user, Scope::Group, None, None);
            }
            Some(Scope::Group) if !granted => self.remove_app_user(app, user),
            None | Some(Scope::User | Scope::Group) => {}
        }
    }

    fn granted_by_group(&self, app: &str, user: &str) -> bool {
        let Some(app) = self.apps.get(app) else { return false };
        app.groups
            .keys()
            .filter_map(|group| self.groups.get(group))
            .any(|group| group.members.contains(user))
    }

    fn insert_app_user(
        &mut self,
        app: &str,
        user: &str,
        scope: Scope,
        user_name: Option<&str>,
        profile: Option<Map<String, Value>>,
    ) {
        let now = self.now();
        let login = self.users.get(user).map_or("", |user| user.login());
        let row = AppUser {
            user_id: user.to_owned(),
            external_id: None,
            scope,
            user_name: user_name.unwrap_or(login).to_owned(),
            profile: profile.unwrap_or_default(),
            created: now,
            last_updated: now,
        };
        if let Some(app) = self.apps.get_mut(app) {
            app.users.insert(user.to_owned(), row);
        }
        if self.settings.assignment_lag > SignedDuration::ZERO {
            self.list_assignment_later(app, user, self.exact_now() + self.settings.assignment_lag);
        }
        self.record(Change::AppUserAdded { app: app.to_owned(), user: user.to_owned() });
    }

    fn remove_app_user(&mut self, app: &str, user: &str) {
        if let Some(app) = self.apps.get_mut(app) {
            app.users.remove(user);
        }
        self.record(Change::AppUserRemoved { app: app.to_owned(), user: user.to_owned() });
    }

    // An inactive app is not found for the purpose of assigning it, as reported for Okta's own
    // terraform provider (issue 1502).
    fn assignable_app(&self, id: &str) -> ApiResult<()> {
        if self.app(id)?.is_active() {
            return Ok(());
        }
        Err(ApiError::not_found(id, Resource::AppInstance))
    }
}
