//! The state of one simulated Okta org: people, groups, apps, who is assigned to what, and the
//! tokens of its API. It knows nothing of HTTP; `api`, `people` and `push` read and change it.

mod app;
mod assignment;
mod change;
mod delay;
mod error;
mod group;
mod hook;
mod id;
mod lifecycle;
mod link;
mod log;
mod outgoing;
mod provisioning;
mod rights;
mod service;
mod session;
mod signal;
mod token;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use app::{App, AppKind, AppStatus, NewApp, Notes, OidcClient, Visibility};
pub use assignment::{AppGroup, AppUser, Scope};
pub use change::Change;
pub use error::{ApiError, ApiResult, Resource};
pub use group::{Group, GroupType};
pub use hook::{ELIGIBLE, EventHook, HookChannel, HookHeader, NewHook};
pub use id::IdSource;
pub use lifecycle::UserStatus;
pub use link::AppLink;
pub use log::{Actor, LogEvent, LogLag, LogTarget, Request};
pub use outgoing::{Delivery, DeliveryKind, Outgoing, Signal};
pub use provisioning::{
    GroupPush, PushCall, PushFailure, PushRecord, PushSubject, PushTask, ScimConnection, Switches,
};
pub use rights::{Access, Action, GroupAccess, Permissions, Rights};
pub use service::{AccessToken, ServiceClient};
pub use signal::{
    Reason, SESSION_REVOKED, SUPPORTED, Stream, SubjectFormat, UniversalLogout, VERIFICATION,
};
pub use token::{ApiToken, IDLE_FOR};
pub use user::{NewUser, Profile, User};

/// Where the simulation takes its time from. Nothing in this crate asks the machine's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What Okta's documents leave open, or what differs from org to org.
#[derive(Debug, Clone)]
pub struct OrgSettings {
    /// Answer 409 E0000062 when somebody is assigned who already is, instead of 200. Not recorded
    /// anywhere, so clients are tried against both.
    pub reassign_conflicts: bool,
    /// How many apps the org may hold before creating one answers 400 E0000001.
    pub app_cap: Option<usize>,
    /// So long after somebody was assigned an app, the list of its people does not have them yet. Reads by id do.
    pub assignment_lag: SignedDuration,
    /// Leave whom the org deactivates on apps that are inactive. What Okta does there is not recorded anywhere, so clients are
    /// tried against both.
    pub inactive_apps_keep_people: bool,
    /// End API tokens that were not used for 30 days, as Okta does. Off by default: tests jump.
    pub idle_tokens_end: bool,
    /// `idx` for Identity Engine, `v1` for Classic Engine.
    pub pipeline: String,
    /// Attributes that the org's admins added to the user profile.
    pub custom_attributes: BTreeSet<String>,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            reassign_conflicts: false,
            app_cap: None,
            assignment_lag: SignedDuration::ZERO,
            inactive_apps_keep_people: false,
            idle_tokens_end: false,
            pipeline: "idx".to_owned(),
            custom_attributes: BTreeSet::new(),
        }
    }
}

/// A simulated Okta org. Maps are keyed by ids that grow with time, so iteration is oldest first.
pub struct Org {
    pub id: String,
    pub company_name: String,
    /// Scheme and host under which the org is reached, without a slash at the end.
    pub base_url: String,
    pub created: Timestamp,
    pub settings: OrgSettings,
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, Group>,
    pub apps: BTreeMap<String, App>,
    pub tokens: BTreeMap<String, ApiToken>,
    pub event_hooks: BTreeMap<String, EventHook>,
    /// Receivers of security events.
    pub streams: BTreeMap<String, Stream>,
    /// The group `Everyone`, which Okta keeps by itself.
    pub everyone: String,
    ids: IdSource,
    clock: Clock,
    changes: Vec<Change>,
    actor: Actor,
    log: log::SystemLog,
    late_events: Vec<(&'static str, Timestamp)>,
    service_tokens: service::ServiceTokens,
    delays: delay::Delays,
    outbox: outgoing::Outbox,
}

impl Org {
    /// An org with nobody in it but the group `Everyone`.
    pub fn new(
        company_name: &str,
        base_url: &str,
        clock: Clock,
        seed: u64,
        settings: OrgSettings,
    ) -> Self {
        let mut ids = IdSource::new(seed);
        let created = to_the_second(clock());
        let everyone = Group::built_in(ids.next("00g"), "Everyone", created);
        Self {
            id: ids.next("00o"),
            company_name: company_name.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            created,
            settings,
            users: BTreeMap::new(),
            everyone: everyone.id.clone(),
            groups: BTreeMap::from([(everyone.id.clone(), everyone)]),
            apps: BTreeMap::new(),
            tokens: BTreeMap::new(),
            event_hooks: BTreeMap::new(),
            streams: BTreeMap::new(),
            ids,
            clock,
            changes: Vec::new(),
            actor: Actor::default(),
            log: log::SystemLog::default(),
            late_events: Vec::new(),
            service_tokens: service::ServiceTokens::default(),
            delays: delay::Delays::default(),
            outbox: outgoing::Outbox::default(),
        }
    }

    /// The instant now, cut to the second as Okta prints it.
    pub fn now(&self) -> Timestamp {
        to_the_second((self.clock)())
    }

    /// A new id with the given three-character prefix, for example `0oa`.
    pub fn next_id(&mut self, prefix: &str) -> String {
        self.ids.next(prefix)
    }

    /// Random characters for things that are not ids: error ids, request ids, secrets.
    pub fn random_text(&mut self, length: usize) -> String {
        self.ids.text(length)
    }

    /// Everything that changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The instant now, to the millisecond that the System Log has.
    fn exact_now(&self) -> Timestamp {
        (self.clock)()
    }
}

fn to_the_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("a second of a valid instant is a valid instant")
}

/// Prints an instant as Okta does: UTC with milliseconds, `2026-01-01T00:00:00.000Z`.
pub fn okta_time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests;
