//! What an admin of the org does beside a client, knowing or not knowing that it is there. Each act
//! is recorded, so that whoever judges a run knows what was not the client's doing.

mod draw;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Sim;
use crate::org::{Actor, ApiResult, AppKind, Org, Permissions};

pub use draw::{Meddler, Meddling};

/// One act. Things are named by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Interference {
    RenameApp {
        app: String,
        label: String,
    },
    /// In one go, as the console offers it; by API an app is deactivated first.
    DeleteApp {
        app: String,
    },
    DeactivateApp {
        app: String,
    },
    EditUrl {
        app: String,
        url: String,
    },
    EditNotes {
        app: String,
        admin: Option<String>,
        enduser: Option<String>,
    },
    /// Keeps an app off dashboards, or shows it again.
    HideApp {
        app: String,
        hidden: bool,
    },
    AssignPerson {
        app: String,
        user: String,
    },
    UnassignPerson {
        app: String,
        user: String,
    },
    /// Also how a foreign app comes onto a group that a client keeps.
    AssignGroup {
        app: String,
        group: String,
    },
    UnassignGroup {
        app: String,
        group: String,
    },
    RenameGroup {
        group: String,
        name: String,
    },
    DeleteGroup {
        group: String,
    },
    AddMember {
        group: String,
        user: String,
    },
    RemoveMember {
        group: String,
        user: String,
    },
    GrantGroupRole {
        group: String,
        role: String,
    },
    RevokeToken {
        token: String,
    },
    /// A step of somebody's life; chance never draws one.
    PersonStep {
        user: String,
        step: PersonStep,
    },
    /// Changes what the owner of a token may do.
    SetPermissions {
        token: String,
        permissions: Permissions,
    },
}

/// What an admin does with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStep {
    Activate,
    Deactivate,
    Suspend,
    Unsuspend,
    /// As too many wrong passwords do.
    Lock,
    Unlock,
    ExpirePassword,
    ResetPassword,
    /// Ends the sessions at the org alone.
    ClearSessions,
    /// Ends them at the org and at every app that takes a Universal Logout.
    LogOutEverywhere,
    /// Deactivates; the second time, deletes.
    Delete,
}

impl PersonStep {
    /// The step of this name, as the control API writes it.
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// Takes the step.
    pub fn take(self, org: &mut Org, user: &str) -> ApiResult<()> {
        match self {
            Self::Activate => org.activate_user(user),
            Self::Deactivate => org.deactivate_user(user).map(|_| ()),
            Self::Suspend => org.suspend_user(user),
            Self::Unsuspend => org.unsuspend_user(user),
            Self::Lock => org.lock_user(user),
            Self::Unlock => org.unlock_user(user),
            Self::ExpirePassword => org.expire_password(user),
            Self::ResetPassword => org.reset_password(user),
            Self::ClearSessions => org.clear_sessions(user, false),
            Self::LogOutEverywhere => org.log_out_everywhere(user).map(|_| ()),
            Self::Delete => org.delete_user(user),
        }
    }
}

/// An act that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interfered {
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: Interference,
}

impl Sim {
    /// Does what an admin might, in the name of the org's admin.
    pub fn interfere(&self, what: Interference) -> ApiResult<Interfered> {
        let actor = Actor::Admin { user: self.admin().to_owned() };
        what.apply(&mut self.org_as(actor))?;
        let done = Interfered { at: self.now(), what };
        self.remember(done.clone());
        Ok(done)
    }

    /// Does what a meddler thinks of next. `None` when there is nothing that it could do, or the
    /// org refused.
    pub fn meddle(&self, meddler: &mut Meddler) -> Option<Interfered> {
        let what = meddler.think(&self.org())?;
        self.interfere(what).ok()
    }
}

impl Interference {
    fn apply(&self, org: &mut Org) -> ApiResult<()> {
        match self {
            Self::RenameApp { app, label } => {
                let mut edited = org.app(app)?.description();
                edited.label.clone_from(label);
                org.replace_app(app, edited)
            }
            Self::DeleteApp { app } => {
                org.deactivate_app(app)?;
                org.delete_app(app)
            }
            Self::DeactivateApp { app } => org.deactivate_app(app),
            Self::EditUrl { app, url: new } => {
                let mut edited = org.app(app)?.description();
                if let AppKind::Bookmark { url, .. } = &mut edited.kind {
                    url.clone_from(new);
                }
                org.replace_app(app, edited)
            }
            Self::EditNotes { app, admin, enduser } => {
                let mut edited = org.app(app)?.description();
                edited.notes.admin.clone_from(admin);
                edited.notes.enduser.clone_from(enduser);
                org.replace_app(app, edited)
            }
            Self::HideApp { app, hidden } => {
                let mut edited = org.app(app)?.description();
                edited.visibility.hide_web = *hidden;
                org.replace_app(app, edited)
            }
            Self::AssignPerson { app, user } => org.assign_user(app, user, None, None, None),
            Self::UnassignPerson { app, user } => org.unassign_user(app, user),
            Self::AssignGroup { app, group } => org.assign_group(app, group, None, None),
            Self::UnassignGroup { app, group } => org.unassign_group(app, group),
            Self::RenameGroup { group, name } => {
                let description = org.group(group)?.description.clone();
                org.update_group(group, name, description.as_deref())
            }
            Self::DeleteGroup { group } => org.delete_group(group),
            Self::AddMember { group, user } => org.add_member(group, user),
            Self::RemoveMember { group, user } => org.remove_member(group, user),
            Self::GrantGroupRole { group, role } => org.grant_group_role(group, role),
            Self::PersonStep { user, step } => step.take(org, user),
            Self::RevokeToken { token } => org.revoke_token(token),
            Self::SetPermissions { token, permissions } => {
                org.token_mut(token)?.permissions = permissions.clone();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
