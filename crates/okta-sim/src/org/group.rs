//! Groups and who is in them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{ApiError, ApiResult, Change, Org, Resource};

/// Who keeps a group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupType {
    /// Made in Okta: its members can be changed by the API.
    Okta,
    /// Imported from a directory: members are read-only here, and names may repeat.
    App,
    /// Kept by Okta itself, as `Everyone` is.
    BuiltIn,
}

impl GroupType {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "OKTA_GROUP",
            Self::App => "APP_GROUP",
            Self::BuiltIn => "BUILT_IN",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Group {
    pub id: String,
    pub group_type: GroupType,
    pub name: String,
    pub description: Option<String>,
    pub created: Timestamp,
    pub last_updated: Timestamp,
    pub last_membership_updated: Timestamp,
    pub members: BTreeSet<String>,
    /// Admin roles that every member has by this group, as `/groups/{id}/roles` names them.
    pub roles: Vec<String>,
}

impl Group {
    pub(super) fn built_in(id: String, name: &str, now: Timestamp) -> Self {
        Self::new(id, GroupType::BuiltIn, name.to_owned(), None, now)
    }

    fn new(
        id: String,
        group_type: GroupType,
        name: String,
        description: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            group_type,
            name,
            description,
            created: now,
            last_updated: now,
            last_membership_updated: now,
            members: BTreeSet::new(),
            roles: Vec::new(),
        }
    }
}

impl Org {
    /// Creates a group. Names of Okta's own groups are unique, imported ones may repeat.
    pub fn create_group(
        &mut self,
        group_type: GroupType,
        name: &str,
        description: Option<&str>,
    ) -> ApiResult<String> {
        self.check_group_name(name, group_type, None)?;
        let now = self.now();
        let id = self.next_id("00g");
        let description = description.map(ToOwned::to_owned);
        let group = Group::new(id.clone(), group_type, name.to_owned(), description, now);
        self.groups.insert(id.clone(), group);
        self.record(Change::GroupCreated { group: id.clone() });
        Ok(id)
    }

    /// The group with this id.
    pub fn group(&self, id: &str) -> ApiResult<&Group> {
        self.groups.get(id).ok_or_else(|| ApiError::not_found(id, Resource::UserGroup))
    }

    /// Replaces a group's profile.
    pub fn update_group(
        &mut self,
        id: &str,
        name: &str,
        description: Option<&str>,
    ) -> ApiResult<()> {
        let group_type = self.changeable_group(id)?.group_type;
        self.check_group_name(name, group_type, Some(id))?;
        let now = self.now();
        if let Some(group) = self.groups.get_mut(id) {
            name.clone_into(&mut group.name);
            group.description = description.map(ToOwned::to_owned);
            group.last_updated = now;
        }
        self.record(Change::GroupUpdated { group: id.to_owned() });
        Ok(())
    }

    /// Deletes a group, and with it what it granted.
    pub fn delete_group(&mut self, id: &str) -> ApiResult<()> {
        if self.group(id)?.group_type == GroupType::BuiltIn {
            return Err(ApiError::forbidden());
        }
        let granted: Vec<String> = self.apps_of_group(id).map(|app| app.id.clone()).collect();
        for app in granted {
            self.unassign_group(&app, id)?;
        }
        self.record(Change::GroupDeleted { group: id.to_owned() });
        for scim in self.apps.values_mut().filter_map(|app| app.scim.as_mut()) {
            scim.pushes.retain(|push| push.group != id);
        }
        self.groups.remove(id);
        Ok(())
    }

    /// Adds somebody to a group; twice is once.
    pub fn add_member(&mut self, group: &str, user: &str) -> ApiResult<()> {
        self.changeable_group(group)?;
        self.user(user)?;
        self.join(group, user);
        Ok(())
    }

    /// Takes somebody out of a group; harmless when they are not in it.
    pub fn remove_member(&mut self, group: &str, user: &str) -> ApiResult<()> {
        self.changeable_group(group)?;
        self.user(user)?;
        let now = self.now();
        let Some(found) = self.groups.get_mut(group) else { return Ok(()) };
        if !found.members.remove(user) {
            return Ok(());
        }
        found.last_membership_updated = now;
        self.record(Change::MemberRemoved { group: group.to_owned(), user: user.to_owned() });
        self.reconcile_member(group, user);
        Ok(())
    }

    /// Gives all members of a group an admin role; twice is once.
    pub fn grant_group_role(&mut self, id: &str, role: &str) -> ApiResult<()> {
        let group = self.group_mut(id)?;
        if !group.roles.iter().any(|held| held == role) {
            group.roles.push(role.to_owned());
            self.write_event("group.privilege.grant", vec![self.group_target(id)]);
        }
        Ok(())
    }

    /// Takes an admin role from a group; harmless when it does not have it.
    pub fn revoke_group_role(&mut self, id: &str, role: &str) -> ApiResult<()> {
        let group = self.group_mut(id)?;
        let held = group.roles.len();
        group.roles.retain(|held| held != role);
        if group.roles.len() < held {
            self.write_event("group.privilege.revoke", vec![self.group_target(id)]);
        }
        Ok(())
    }

    fn group_mut(&mut self, id: &str) -> ApiResult<&mut Group> {
        self.groups.get_mut(id).ok_or_else(|| ApiError::not_found(id, Resource::UserGroup))
    }

    /// The groups that a user is in.
    pub fn groups_of_user<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(move |group| group.members.contains(user))
    }

    /// Puts a user into a group of any type: what an import or Okta itself does.
    pub fn join(&mut self, group: &str, user: &str) {
        let now = self.now();
        let Some(found) = self.groups.get_mut(group) else { return };
        if !found.members.insert(user.to_owned()) {
            return;
        }
        found.last_membership_updated = now;
        self.record(Change::MemberAdded { group: group.to_owned(), user: user.to_owned() });
        self.reconcile_member(group, user);
    }

    fn changeable_group(&self, id: &str) -> ApiResult<&Group> {
        let group = self.group(id)?;
        match group.group_type {
            GroupType::Okta => Ok(group),
            GroupType::App | GroupType::BuiltIn => Err(ApiError::forbidden()),
        }
    }

    fn check_group_name(
        &self,
        name: &str,
        group_type: GroupType,
        own_id: Option<&str>,
    ) -> ApiResult<()> {
        if name.trim().is_empty() {
            return Err(ApiError::validation("name", "name: The field cannot be left blank"));
        }
        if name.chars().count() > 255 {
            let cause = "name: The field is too long";
            return Err(ApiError::validation("name", cause));
        }
        let taken = group_type != GroupType::App
            && self.groups.values().any(|other| {
                Some(other.id.as_str()) != own_id
                    && other.group_type != GroupType::App
                    && other.name == name
            });
        if taken {
            let cause =
                "name: An object with this field already exists in the current organization";
            return Err(ApiError::validation("name", cause));
        }
        Ok(())
    }
}
