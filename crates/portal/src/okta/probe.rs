//! "Test connection": reads only, stores nothing, and names what is missing (C2, C3).

use super::client::OktaPortal;
use super::http::Call;
use super::misconfigured::Misconfigured;
use super::wire::{WireRole, WireUser};
use crate::{Check, Error, OrgKind, Portal, Priority, Verdict};
use jiff::Timestamp;
use serde_json::Value;

const DOMAIN: &str = "Okta domain";
const TOKEN: &str = "API token";
const APPS: &str = "List apps";
const USERS: &str = "Read users";
const GROUPS: &str = "Read groups";
const ROLES: &str = "Admin rights";

/// Roles of Okta's own that can neither create nor change an app.
const ROLES_WITHOUT_APPS: [&str; 7] = [
    "READ_ONLY_ADMIN",
    "REPORT_ADMIN",
    "HELP_DESK_ADMIN",
    "USER_ADMIN",
    "GROUP_MEMBERSHIP_ADMIN",
    "API_ACCESS_MANAGEMENT_ADMIN",
    "MOBILE_ADMIN",
];

pub(super) async fn run(portal: &OktaPortal, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    let user = match begin(portal, now, &mut checks).await {
        Ok(user) => user,
        Err((name, error)) => {
            checks.push(Check { name, result: Verdict::Failed(error) });
            return with_skipped(checks);
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
    let path = format!("/api/v1/users/{}/roles", user.id);
    let roles = get::<Vec<WireRole>>(portal, &path, "read admin roles", now).await;
    checks.push(Check { name: ROLES, result: judge(roles) });
    checks
}

/// What everything else depends on: the right server, and a token that it accepts.
async fn begin(
    portal: &OktaPortal,
    now: Timestamp,
    checks: &mut Vec<Check>,
) -> Result<WireUser, (&'static str, Error)> {
    let org = portal.org(now).await.map_err(|error| (DOMAIN, error))?;
    let engine = match org.kind {
        OrgKind::Engine => "Identity Engine",
        OrgKind::Classic => "Classic Engine",
        OrgKind::Other => "engine unknown",
    };
    let found = format!("Okta org {} ({engine}) answers.", org.id);
    checks.push(Check { name: DOMAIN, result: Verdict::Passed(found) });
    let user: WireUser = get(portal, "/api/v1/users/me", "read its own user", now)
        .await
        .map_err(|error| (TOKEN, error))?;
    super::client::checked_id(&user.id).map_err(|error| (TOKEN, error))?;
    let whose = format!("Accepted; it belongs to the Okta user {}.", user.id);
    checks.push(Check { name: TOKEN, result: Verdict::Passed(whose) });
    Ok(user)
}

async fn get<T: serde::de::DeserializeOwned>(
    portal: &OktaPortal,
    path: &str,
    right: &'static str,
    now: Timestamp,
) -> Result<T, Error> {
    let call = Call::get(path, right);
    portal.send(&call, Priority::Person, &|| now).await?.json(&call)
}

/// A token should be able to do no more than it needs (C3).
fn judge(roles: Result<Vec<WireRole>, Error>) -> Verdict {
    let roles = match roles {
        Ok(roles) => roles,
        Err(Error::Misconfigured { what: Misconfigured::Forbidden { .. }, .. }) => {
            return Verdict::Passed("No super administrator: it cannot read roles.".to_owned());
        }
        Err(error) => return Verdict::Failed(error),
    };
    let has = |kind: &str| roles.iter().any(|role| role.kind == kind);
    if has("SUPER_ADMIN") || has("ORG_ADMIN") {
        return Verdict::Warning(
            "The token's creator is a super or org administrator, so whoever steals the token \
             could take over the org. Create it as a user with only the Application \
             Administrator and Read-only Administrator roles."
                .to_owned(),
        );
    }
    let is_without_apps = |role: &WireRole| ROLES_WITHOUT_APPS.contains(&role.kind.as_str());
    if roles.iter().all(is_without_apps) {
        let what = Misconfigured::Forbidden { missing: "manage apps" };
        return Verdict::Failed(Error::misconfigured(what));
    }
    Verdict::Passed("No super administrator.".to_owned())
}

fn with_skipped(mut checks: Vec<Check>) -> Vec<Check> {
    for name in [DOMAIN, TOKEN, APPS, USERS, GROUPS, ROLES].into_iter().skip(checks.len()) {
        checks.push(Check { name, result: Verdict::Skipped });
    }
    checks
}
