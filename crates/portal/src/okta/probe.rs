//! "Test connection": reads only, stores nothing, and names what is missing (C2, C3).

mod roles;
mod tokens;

use super::client::{OktaPortal, checked_id};
use super::http::Call;
use super::misconfigured::Misconfigured;
use super::wire::{WireId, WireRole};
use crate::{Check, Clock, Error, OrgKind, Portal, Priority, Verdict};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) const DOMAIN: &str = "Okta domain";
pub(super) const TOKEN: &str = "API token";
pub(super) const SERVICE_APP: &str = "Service app";
pub(super) const APPS: &str = "List apps";
pub(super) const USERS: &str = "Read users";
pub(super) const GROUPS: &str = "Read groups";
pub(super) const ROLES: &str = "Admin rights";
pub(super) const LOG: &str = "Read the System Log";
pub(super) const MANAGE_GROUPS: &str = "Manage groups";
pub(super) const AGE: &str = "Age of the API token";
pub(super) const KEY_AGE: &str = "Age of the key";

const OF_TOKEN: [&str; 9] = [DOMAIN, TOKEN, APPS, USERS, GROUPS, LOG, MANAGE_GROUPS, AGE, ROLES];
const OF_APP: [&str; 9] =
    [DOMAIN, SERVICE_APP, APPS, USERS, GROUPS, LOG, MANAGE_GROUPS, KEY_AGE, ROLES];

/// What a connection that passed can do beyond the necessary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// One group for each audience can be offered.
    pub may_manage_groups: bool,
    /// Changes by others are seen soon.
    pub reads_log: bool,
}

impl Abilities {
    /// What the checks of [`Portal::probe`] have found.
    pub fn of(checks: &[Check]) -> Self {
        let passed = |name: &str| {
            checks
                .iter()
                .any(|check| check.name == name && matches!(check.result, Verdict::Passed(_)))
        };
        Self { may_manage_groups: passed(MANAGE_GROUPS), reads_log: passed(LOG) }
    }
}

pub(super) async fn run(portal: &OktaPortal, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    let user = match begin(portal, now, &mut checks).await {
        Ok(user) => user,
        Err((name, error)) => {
            checks.push(Check { name, result: Verdict::Failed(error) });
            let is_app = portal.http.client_id().await.is_some();
            return with_skipped(checks, if is_app { OF_APP } else { OF_TOKEN });
        }
    };
    for (name, path, right) in [
        (APPS, "/api/v1/apps?filter=name+eq+%22bookmark%22&limit=1", "list apps"),
        (USERS, "/api/v1/users?limit=1", "read users"),
        (GROUPS, "/api/v1/groups?limit=1", "read groups"),
    ] {
        let result = match get::<Vec<Value>>(portal, path, right, now).await {
            Ok(_) => Verdict::Passed("Allowed.".to_owned()),
            Err(error) => Verdict::Failed(error),
        };
        checks.push(Check { name, result });
    }
    checks.push(Check { name: LOG, result: log(portal, now).await });
    let roles = match &user {
        Some(user) => {
            let path = format!("/api/v1/users/{}/roles", user.id);
            Some(get::<Vec<WireRole>>(portal, &path, "read admin roles", now).await)
        }
        // What a service app may do is what it was granted.
        None => None,
    };
    let groups = roles::manages_groups(portal, roles.as_ref(), now).await;
    checks.push(Check { name: MANAGE_GROUPS, result: groups });
    let (name, result) = match &user {
        Some(user) => (AGE, tokens::age(portal, &user.id, now).await),
        None => (KEY_AGE, Verdict::Passed("A service app's key does not end.".to_owned())),
    };
    checks.push(Check { name, result });
    let rights = match roles {
        Some(roles) => roles::judge(roles),
        None => Verdict::Passed("No person's rights: a service app has its own.".to_owned()),
    };
    checks.push(Check { name: ROLES, result: rights });
    checks
}

/// What everything else depends on: the right server, and a credential that it accepts.
async fn begin(
    portal: &OktaPortal,
    now: Timestamp,
    checks: &mut Vec<Check>,
) -> Result<Option<WireId>, (&'static str, Error)> {
    let org = portal.org(now).await.map_err(|error| (DOMAIN, error))?;
    let engine = match org.kind {
        OrgKind::Engine => "Identity Engine",
        OrgKind::Classic => "Classic Engine",
        OrgKind::Other => "engine unknown",
    };
    let found = format!("Okta org {} ({engine}) answers.", org.id);
    checks.push(Check { name: DOMAIN, result: Verdict::Passed(found) });
    let client = portal.http.client_id().await;
    let name = if client.is_some() { SERVICE_APP } else { TOKEN };
    let user = be_let_in(portal, Priority::Person, &|| now).await.map_err(|error| (name, error))?;
    let whose = match (&client, &user) {
        (Some(client), _) => format!("Accepted; it is the service app {client}."),
        (None, Some(user)) => format!("Accepted; it belongs to the Okta user {}.", user.id),
        (None, None) => "Accepted.".to_owned(),
    };
    checks.push(Check { name, result: Verdict::Passed(whose) });
    Ok(user)
}

/// The cheapest call that needs the credential. A token answers with the person behind it; behind a
/// service app there is none, and being let in at all is the proof.
async fn be_let_in(
    portal: &OktaPortal,
    priority: Priority,
    now_fn: Clock<'_>,
) -> Result<Option<WireId>, Error> {
    if portal.http.client_id().await.is_some() {
        let call = Call::get("/api/v1/groups?limit=1", "read groups");
        let _: Vec<Value> = portal.send(&call, priority, now_fn).await?.json(&call)?;
        return Ok(None);
    }
    let call = Call::get("/api/v1/users/me", "read its own user");
    let answer = portal.send(&call, priority, now_fn).await.map_err(elsewhere)?;
    let user: WireId = answer.json(&call)?;
    checked_id(&user.id)?;
    Ok(Some(user))
}

impl OktaPortal {
    /// Shows that we are let in, which also counts as use: a token that nobody uses ends (T27). The
    /// org is looked at first, so that another one at the same address gets nothing of ours (T2).
    ///
    /// # Errors
    /// What is wrong with the connection, as of every call.
    pub async fn knock(&self, priority: Priority, now_fn: Clock<'_>) -> Result<(), Error> {
        self.org(now_fn()).await?;
        be_let_in(self, priority, now_fn).await.map(drop)
    }
}

/// Every token that is accepted may read its own user, as far as is known. One that may not is used
/// from a place that its network zone does not allow, or its user may do nothing at all: the
/// message names both. One that has ended is answered with 401 instead.
fn elsewhere(error: Error) -> Error {
    match error {
        Error::Misconfigured { what: Misconfigured::Forbidden { .. }, request_id } => {
            Error::Misconfigured { what: Misconfigured::OutsideZone, request_id }
        }
        other => other,
    }
}

async fn log(portal: &OktaPortal, now: Timestamp) -> Verdict {
    let path = "/api/v1/logs?limit=1";
    match get::<Vec<Value>>(portal, path, "read the System Log", now).await {
        Ok(_) => Verdict::Passed("Allowed.".to_owned()),
        Err(error) => optional(
            error,
            "Not allowed. All works without it; what admins change in Okta is then noticed by the \
             full pass instead of within a minute.",
        ),
    }
}

/// A right that we can do without is missing; a connection that fails is another matter.
fn optional(error: Error, text: &str) -> Verdict {
    match error {
        Error::Misconfigured {
            what:
                Misconfigured::Forbidden { .. }
                | Misconfigured::AppForbidden { .. }
                | Misconfigured::ScopeNotGranted,
            ..
        }
        | Error::Refused { .. }
        | Error::NotThere => Verdict::Optional(text.to_owned()),
        other => Verdict::Failed(other),
    }
}

async fn get<T: DeserializeOwned>(
    portal: &OktaPortal,
    path: &str,
    right: &'static str,
    now: Timestamp,
) -> Result<T, Error> {
    let call = Call::get(path, right);
    portal.send(&call, Priority::Person, &|| now).await?.json(&call)
}

fn with_skipped(mut checks: Vec<Check>, all: [&'static str; 9]) -> Vec<Check> {
    for name in all.into_iter().skip(checks.len()) {
        checks.push(Check { name, result: Verdict::Skipped });
    }
    checks
}
