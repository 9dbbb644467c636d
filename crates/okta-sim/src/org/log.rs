//! The System Log: one event for each change, with who made it. It is kept for its readers only;
//! nothing in the org is decided by it.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{Change, Org};

/// Events beyond this many are forgotten, oldest first; Okta forgets them after 90 days.
const KEPT: usize = 100_000;

/// Who changes the org. Whoever holds the state directly, a test for example, is Okta itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Actor {
    #[default]
    Okta,
    /// An admin in the console.
    Admin { user: String },
    /// A call of the management API with a token of this person.
    Token { user: String, token: String, request: Request },
    /// A call of the management API by a service app, with an OAuth access token.
    Service { app: String, client_id: String, request: Request },
}

/// The call that an event came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// What `x-okta-request-id` says.
    pub id: String,
    pub uri: String,
    pub user_agent: String,
}

/// Somebody or something that an event is about. Names are those of the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    pub id: String,
    /// The word in the API: `User`, `AppInstance`, `UserGroup`, `AppUser`, `Token`.
    pub kind: &'static str,
    pub alternate_id: String,
    pub display_name: String,
}

/// One event, as `/api/v1/logs` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Grows with each event; two are never the same.
    pub number: u64,
    pub published: Timestamp,
    pub event_type: &'static str,
    pub actor: Actor,
    /// The actor as a target: also people who are gone by now have their name here.
    pub actor_name: LogTarget,
    pub targets: Vec<LogTarget>,
}

#[derive(Debug, Default)]
pub(super) struct SystemLog {
    events: VecDeque<LogEvent>,
    written: u64,
}

impl Org {
    /// Everything that is done from now on is done by this actor.
    pub fn act_as(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// The System Log, oldest event first.
    pub fn log_events(&self) -> impl DoubleEndedIterator<Item = &LogEvent> {
        self.log.events.iter()
    }

    /// Announces a change and writes its event. What is deleted is recorded first and removed
    /// then, so that the event can still name it.
    pub(super) fn record(&mut self, change: Change) {
        self.record_as(change.event_type(), change);
    }

    /// As `record`, where one kind of change has several events.
    pub(super) fn record_as(&mut self, event_type: &'static str, change: Change) {
        let targets = self.targets(&change);
        self.write_event(event_type, targets);
        self.changes.push(change);
    }

    pub(super) fn write_event(&mut self, event_type: &'static str, targets: Vec<LogTarget>) {
        self.log.written += 1;
        let event = LogEvent {
            number: self.log.written,
            published: self.exact_now(),
            event_type,
            actor_name: self.actor_target(),
            actor: self.actor.clone(),
            targets,
        };
        self.log.events.push_back(event);
        if self.log.events.len() > KEPT {
            self.log.events.pop_front();
        }
    }

    fn actor_target(&self) -> LogTarget {
        match &self.actor {
            Actor::Okta => LogTarget {
                id: self.id.clone(),
                kind: "SystemPrincipal",
                alternate_id: "system@okta.com".to_owned(),
                display_name: "Okta System".to_owned(),
            },
            Actor::Admin { user } | Actor::Token { user, .. } => self.user_target(user),
            Actor::Service { app, client_id, .. } => {
                LogTarget { id: client_id.clone(), kind: "PublicClientApp", ..self.app_target(app) }
            }
        }
    }

    fn targets(&self, change: &Change) -> Vec<LogTarget> {
        match change {
            Change::UserCreated { user }
            | Change::UserUpdated { user }
            | Change::UserStatusChanged { user }
            | Change::UserDeleted { user } => vec![self.user_target(user)],
            Change::GroupCreated { group }
            | Change::GroupUpdated { group }
            | Change::GroupDeleted { group } => vec![self.group_target(group)],
            Change::MemberAdded { group, user } | Change::MemberRemoved { group, user } => {
                vec![self.user_target(user), self.group_target(group)]
            }
            Change::AppCreated { app }
            | Change::AppUpdated { app }
            | Change::AppDeleted { app } => {
                vec![self.app_target(app)]
            }
            Change::AppUserAdded { app, user }
            | Change::AppUserUpdated { app, user }
            | Change::AppUserRemoved { app, user } => {
                let person = self.user_target(user);
                let row = LogTarget { kind: "AppUser", ..person.clone() };
                vec![row, self.app_target(app), person]
            }
            Change::AppGroupAdded { app, group } | Change::AppGroupRemoved { app, group } => {
                vec![self.group_target(group), self.app_target(app)]
            }
        }
    }

    fn user_target(&self, id: &str) -> LogTarget {
        let user = self.users.get(id);
        LogTarget {
            id: id.to_owned(),
            kind: "User",
            alternate_id: user.map_or("unknown", |user| user.login()).to_owned(),
            display_name: user.map_or_else(String::new, super::User::display_name),
        }
    }

    pub(super) fn group_target(&self, id: &str) -> LogTarget {
        let name = self.groups.get(id).map_or("", |group| group.name.as_str());
        LogTarget {
            id: id.to_owned(),
            kind: "UserGroup",
            alternate_id: "unknown".to_owned(),
            display_name: name.to_owned(),
        }
    }

    fn app_target(&self, id: &str) -> LogTarget {
        let label = self.apps.get(id).map_or("", |app| app.label.as_str());
        LogTarget {
            id: id.to_owned(),
            kind: "AppInstance",
            alternate_id: label.to_owned(),
            display_name: label.to_owned(),
        }
    }

    pub(super) fn token_target(&self, id: &str) -> LogTarget {
        let name = self.tokens.get(id).map_or("", |token| token.name.as_str());
        LogTarget {
            id: id.to_owned(),
            kind: "Token",
            alternate_id: "unknown".to_owned(),
            display_name: name.to_owned(),
        }
    }
}
