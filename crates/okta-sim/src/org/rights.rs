//! What the owner of a token, or a service app, may do. Okta's roles are finer; clients meet only
//! the difference between an answer and 403 E0000006.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The rights behind a token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permissions {
    /// A super administrator.
    #[default]
    Full,
    /// Reads pass, everything else is 403 E0000006.
    ReadOnly,
    /// Valid, but 403 E0000006 for everything.
    None,
    /// Exactly these.
    Granted(Rights),
}

/// Rights of an administrator with a standard or a custom role. Everybody may read the org's name
/// and their own user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    pub apps: Access,
    pub users: Access,
    pub groups: GroupAccess,
    /// See who has which admin role.
    pub roles: bool,
    /// Read the System Log.
    pub logs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    #[default]
    None,
    Read,
    Manage,
}

/// Okta's permissions on groups: `okta.groups.read`, `okta.groups.manage`, and
/// `okta.groups.members.manage` on a resource set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupAccess {
    #[default]
    None,
    Read,
    Manage,
    /// Read all groups, and change who is in these.
    MembersOf(BTreeSet<String>),
}

/// What one call of the API wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    ReadApps,
    ManageApps,
    ReadUsers,
    ManageUsers,
    ReadGroups,
    CreateGroup,
    ManageGroup(String),
    ManageMembers(String),
    ReadRoles,
    ReadLogs,
    ReadOrg,
    /// The caller's own user, or the end of the caller's own token.
    OwnAffairs,
    ReadTokens,
    ManageTokens,
    ReadHooks,
    ManageHooks,
    ManageStreams,
    LogOut,
}

impl Rights {
    /// The standard role `APP_ADMIN`: apps and their assignments. It sees people and groups and
    /// changes neither. That it sees neither roles nor the System Log is not verified.
    pub fn application_administrator() -> Self {
        Self {
            apps: Access::Manage,
            users: Access::Read,
            groups: GroupAccess::Read,
            roles: false,
            logs: false,
        }
    }

    /// An application administrator who may also change who is in these groups.
    pub fn with_group_pool(groups: impl IntoIterator<Item = String>) -> Self {
        let pool = GroupAccess::MembersOf(groups.into_iter().collect());
        Self { groups: pool, ..Self::application_administrator() }
    }

    fn allow(&self, action: &Action) -> bool {
        match action {
            Action::ReadApps => self.apps >= Access::Read,
            Action::ManageApps => self.apps >= Access::Manage,
            Action::ReadUsers => self.users >= Access::Read,
            Action::ManageUsers => self.users >= Access::Manage,
            Action::ReadGroups => self.groups != GroupAccess::None,
            Action::CreateGroup | Action::ManageGroup(_) => self.groups == GroupAccess::Manage,
            Action::ManageMembers(group) => match &self.groups {
                GroupAccess::Manage => true,
                GroupAccess::MembersOf(pool) => pool.contains(group),
                GroupAccess::None | GroupAccess::Read => false,
            },
            Action::ReadRoles => self.roles,
            Action::ReadLogs => self.logs,
            Action::ReadOrg | Action::OwnAffairs => true,
            // Okta has permissions of custom roles for hooks; they are not simulated.
            Action::ReadTokens
            | Action::ManageTokens
            | Action::ReadHooks
            | Action::ManageHooks
            | Action::ManageStreams
            | Action::LogOut => false,
        }
    }
}

impl Action {
    /// Whether it leaves everything as it is.
    pub fn is_read(&self) -> bool {
        match self {
            Self::ReadApps
            | Self::ReadUsers
            | Self::ReadGroups
            | Self::ReadRoles
            | Self::ReadLogs
            | Self::ReadOrg
            | Self::ReadTokens
            | Self::ReadHooks => true,
            Self::ManageApps
            | Self::ManageUsers
            | Self::CreateGroup
            | Self::ManageGroup(_)
            | Self::ManageMembers(_)
            | Self::OwnAffairs
            | Self::ManageTokens
            | Self::ManageHooks
            | Self::ManageStreams
            | Self::LogOut => false,
        }
    }

    /// The group that it changes.
    pub fn changed_group(&self) -> Option<&str> {
        match self {
            Self::ManageGroup(group) | Self::ManageMembers(group) => Some(group),
            _ => None,
        }
    }

    /// The OAuth scope that it needs; a `manage` scope also reads.
    pub fn scope(&self) -> &'static str {
        match self {
            Self::ReadApps => "okta.apps.read",
            Self::ManageApps => "okta.apps.manage",
            Self::ReadUsers | Self::OwnAffairs => "okta.users.read",
            Self::ManageUsers => "okta.users.manage",
            Self::ReadGroups => "okta.groups.read",
            Self::CreateGroup | Self::ManageGroup(_) | Self::ManageMembers(_) => {
                "okta.groups.manage"
            }
            Self::ReadRoles => "okta.roles.read",
            Self::ReadLogs => "okta.logs.read",
            Self::ReadOrg => "okta.orgs.read",
            Self::ReadTokens => "okta.apiTokens.read",
            Self::ManageTokens => "okta.apiTokens.manage",
            Self::ReadHooks => "okta.eventHooks.read",
            Self::ManageHooks => "okta.eventHooks.manage",
            Self::ManageStreams => "okta.ssf.manage",
            Self::LogOut => "okta.universalLogout.manage",
        }
    }

    /// Whether one of these scopes is enough.
    pub fn is_in_scopes(&self, scopes: &[String]) -> bool {
        let wanted = self.scope();
        let stronger = wanted.strip_suffix(".read").map(|thing| format!("{thing}.manage"));
        scopes.iter().any(|scope| scope == wanted || Some(scope) == stronger.as_ref())
    }
}

impl Permissions {
    /// Whether they allow an action. Groups that carry an admin role are changed by super
    /// administrators alone (Okta, "Group administrators"; by API not recorded).
    pub fn allow(&self, action: &Action, changes_admin_group: bool) -> bool {
        match self {
            Self::Full => true,
            Self::ReadOnly => action.is_read(),
            Self::None => false,
            Self::Granted(rights) => !changes_admin_group && rights.allow(action),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Permissions {
        Permissions::Granted(Rights::with_group_pool(["00g1".to_owned()]))
    }

    #[test]
    fn an_application_administrator_manages_apps_and_only_reads_groups_and_people() {
        let granted = Permissions::Granted(Rights::application_administrator());
        for action in [Action::ManageApps, Action::ReadGroups, Action::ReadUsers] {
            assert!(granted.allow(&action, false), "{action:?}");
        }
        for action in [Action::CreateGroup, Action::ManageMembers("00g1".into()), Action::ReadLogs]
        {
            assert!(!granted.allow(&action, false), "{action:?}");
        }
    }

    #[test]
    fn a_pool_is_changed_in_its_members_and_nowhere_else() {
        assert!(pool().allow(&Action::ManageMembers("00g1".into()), false));
        assert!(!pool().allow(&Action::ManageMembers("00g1".into()), true), "it is for admins now");
        assert!(!pool().allow(&Action::ManageMembers("00g2".into()), false));
        assert!(!pool().allow(&Action::ManageGroup("00g1".into()), false));
        assert!(!pool().allow(&Action::CreateGroup, false));
    }

    #[test]
    fn a_manage_scope_reads_and_a_read_scope_does_not_manage() {
        let (read, manage) = (["okta.apps.read".to_owned()], ["okta.apps.manage".to_owned()]);
        assert!(Action::ReadApps.is_in_scopes(&read) && Action::ReadApps.is_in_scopes(&manage));
        assert!(Action::ManageApps.is_in_scopes(&manage));
        assert!(!Action::ManageApps.is_in_scopes(&read));
        assert!(!Action::ReadUsers.is_in_scopes(&manage));
    }
}
