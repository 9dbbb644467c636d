//! The System Log: one event for each change, with who made it. It is kept for its readers only;
//! nothing in the org is decided by it.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

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
    /// Its place in the log, from 1.
    pub number: u64,
    /// In the order in which things happened; two are never the same.
    pub id: u64,
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
    /// How many events reached the log.
    written: u64,
    /// How many events there were.
    happened: u64,
    lag: Option<LogLag>,
    /// Events that happened and are not in the log yet, with the instant at which they will be.
    late: BTreeMap<(Timestamp, u64), LogEvent>,
}

/// How often events reach the log late. Okta promises no order of `published` to those who poll.
#[derive(Debug)]
pub struct LogLag {
    pub sequence: StdRng,
    /// Thousandths of all events.
    pub odds: u32,
    pub longest: SignedDuration,
}

impl LogLag {
    fn draw(&mut self) -> Option<SignedDuration> {
        let mut details = StdRng::seed_from_u64(self.sequence.random());
        let strikes = details.random_range(0..1000) < self.odds;
        let longest = self.longest.as_secs().max(1);
        strikes.then(|| SignedDuration::from_secs(details.random_range(1..=longest)))
    }
}

impl SystemLog {
    fn append(&mut self, event: LogEvent) {
        self.written += 1;
        self.events.push_back(LogEvent { number: self.written, ..event });
        if self.events.len() > KEPT {
            self.events.pop_front();
        }
    }
}

impl Org {
    /// Everything that is done from now on is done by this actor.
    pub fn act_as(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// From now on events reach the log late, or no longer do.
    pub fn lag_log(&mut self, lag: Option<LogLag>) {
        self.log.lag = lag;
    }

    /// Puts into the log what is due by now. Its place is behind everything that was there before,
    /// so that whoever polls meets it.
    pub fn settle_log(&mut self) {
        let now = self.exact_now();
        while let Some(entry) = self.log.late.first_entry()
            && entry.key().0 <= now
        {
            let event = entry.remove();
            self.log.append(event);
        }
    }

    /// The System Log as it is by now, in the order in which events reached it.
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
        self.settle_log();
        self.log.happened += 1;
        let event = LogEvent {
            number: 0,
            id: self.log.happened,
            published: self.exact_now(),
            event_type,
            actor_name: self.actor_target(),
            actor: self.actor.clone(),
            targets,
        };
        self.tell_hooks(&event);
        match self.log.lag.as_mut().and_then(LogLag::draw) {
            Some(lag) => {
                let until = event.published + lag;
                self.late_events.push((event_type, until));
                self.log.late.insert((until, event.id), event);
            }
            None => self.log.append(event),
        }
    }

    /// The events that were held back since the last call, and until when.
    pub(crate) fn take_late_events(&mut self) -> Vec<(&'static str, Timestamp)> {
        std::mem::take(&mut self.late_events)
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
            | Change::SessionEnded { user }
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

    pub(super) fn user_target(&self, id: &str) -> LogTarget {
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

    pub(super) fn app_target(&self, id: &str) -> LogTarget {
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
