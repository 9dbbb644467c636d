//! What happened in the org, for those who react to it (SCIM push, event hooks). A change names
//! what to look at again; it does not carry the state.

/// One change, named after Okta's System Log events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// `user.lifecycle.create`
    UserCreated { user: String },
    /// `user.account.update_profile`, password changes included.
    UserUpdated { user: String },
    /// Any step of the lifecycle: activate, deactivate, suspend, unsuspend, reactivate.
    UserStatusChanged { user: String },
    /// `user.session.end`, or `user.session.clear` when all of them end.
    SessionEnded { user: String },
    /// `user.lifecycle.delete.initiated`
    UserDeleted { user: String },
    /// `group.lifecycle.create`
    GroupCreated { group: String },
    /// `group.profile.update`
    GroupUpdated { group: String },
    /// `group.lifecycle.delete`
    GroupDeleted { group: String },
    /// `group.user_membership.add`
    MemberAdded { group: String, user: String },
    /// `group.user_membership.remove`
    MemberRemoved { group: String, user: String },
    /// `application.lifecycle.create`
    AppCreated { app: String },
    /// `application.lifecycle.update`, activate and deactivate.
    AppUpdated { app: String },
    /// `application.lifecycle.delete`
    AppDeleted { app: String },
    /// `application.user_membership.add`: the person has the app now, directly or by a group.
    AppUserAdded { app: String, user: String },
    /// `application.user_membership.update`: profile, credentials or scope.
    AppUserUpdated { app: String, user: String },
    /// `application.user_membership.remove`
    AppUserRemoved { app: String, user: String },
    /// `group.application_assignment.add`
    AppGroupAdded { app: String, group: String },
    /// `group.application_assignment.remove`
    AppGroupRemoved { app: String, group: String },
}

impl Change {
    /// The event that the System Log has for it. A change of status has one for each step, which
    /// only whoever takes the step knows.
    pub(super) fn event_type(&self) -> &'static str {
        match self {
            Self::UserCreated { .. } => "user.lifecycle.create",
            Self::UserUpdated { .. } => "user.account.update_profile",
            Self::UserStatusChanged { .. } => "user.lifecycle.activate",
            Self::SessionEnded { .. } => "user.session.end",
            Self::UserDeleted { .. } => "user.lifecycle.delete.initiated",
            Self::GroupCreated { .. } => "group.lifecycle.create",
            Self::GroupUpdated { .. } => "group.profile.update",
            Self::GroupDeleted { .. } => "group.lifecycle.delete",
            Self::MemberAdded { .. } => "group.user_membership.add",
            Self::MemberRemoved { .. } => "group.user_membership.remove",
            Self::AppCreated { .. } => "application.lifecycle.create",
            Self::AppUpdated { .. } => "application.lifecycle.update",
            Self::AppDeleted { .. } => "application.lifecycle.delete",
            Self::AppUserAdded { .. } => "application.user_membership.add",
            Self::AppUserUpdated { .. } => "application.user_membership.update",
            Self::AppUserRemoved { .. } => "application.user_membership.remove",
            Self::AppGroupAdded { .. } => "group.application_assignment.add",
            Self::AppGroupRemoved { .. } => "group.application_assignment.remove",
        }
    }
}
