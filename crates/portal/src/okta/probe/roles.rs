//! What the token's creator may do in Okta: enough, and not too much (C3).

use super::super::client::OktaPortal;
use super::super::credential::Scope;
use super::super::misconfigured::Misconfigured;
use super::super::wire::{WireId, WireRole};
use super::{get, optional};
use crate::{Error, Verdict};
use jiff::Timestamp;

/// Roles of Okta's own that can neither create nor change an app.
const WITHOUT_APPS: [&str; 7] = [
    "READ_ONLY_ADMIN",
    "REPORT_ADMIN",
    "HELP_DESK_ADMIN",
    "USER_ADMIN",
    "GROUP_MEMBERSHIP_ADMIN",
    "API_ACCESS_MANAGEMENT_ADMIN",
    "MOBILE_ADMIN",
];

/// Roles of Okta's own that can make groups and fill them.
const WITH_GROUPS: [&str; 3] = ["SUPER_ADMIN", "ORG_ADMIN", "USER_ADMIN"];

const WITHOUT_GROUPS: &str = "Not allowed. All works without it; with it, a first sync of many \
                              tiles is several times faster, because people are put into groups.";

/// A token should be able to do no more than it needs (C3).
pub(super) fn judge(roles: Result<Vec<WireRole>, Error>) -> Verdict {
    let roles = match roles {
        Ok(roles) => roles,
        Err(Error::Misconfigured { what: Misconfigured::Forbidden { .. }, .. }) => {
            return Verdict::Warning(
                "No super administrator: it cannot read its own admin roles. So it does not show here \
                 whether it may manage apps, as it must: the first tile will tell. With the Read-only \
                 Administrator role besides, its user can be looked at."
                    .to_owned(),
            );
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
    let is_without_apps = |role: &WireRole| WITHOUT_APPS.contains(&role.kind.as_str());
    if roles.iter().all(is_without_apps) {
        let what = Misconfigured::Forbidden { missing: "manage apps" };
        return Verdict::Failed(Error::misconfigured(what));
    }
    Verdict::Passed("No super administrator.".to_owned())
}

/// Whether groups can be made, filled, and looked at as a whole before (T2).
pub(super) async fn manages_groups(
    portal: &OktaPortal,
    roles: Option<&Result<Vec<WireRole>, Error>>,
    now: Timestamp,
) -> Verdict {
    let has_right = match roles {
        // A custom role may hold the right as well; Okta tells its parts to few.
        Some(Ok(roles)) => roles
            .iter()
            .any(|role| WITH_GROUPS.contains(&role.kind.as_str()) || role.kind == "CUSTOM"),
        Some(Err(_)) => false,
        None => portal.http.has_scope(Scope::ManageGroups).await,
    };
    if !has_right {
        return Verdict::Optional(WITHOUT_GROUPS.to_owned());
    }
    match can_read_roles(portal, now).await {
        Ok(()) => {
            Verdict::Passed("Allowed: people can be put into groups of their own.".to_owned())
        }
        Err(error) => optional(
            error,
            "Groups could be managed, but not the admin roles of groups read. Without that we \
             cannot make sure that nobody is put into a group of administrators, so we do not.",
        ),
    }
}

async fn can_read_roles(portal: &OktaPortal, now: Timestamp) -> Result<(), Error> {
    let groups: Vec<WireId> = get(portal, "/api/v1/groups?limit=1", "read groups", now).await?;
    let Some(group) = groups.first() else { return Ok(()) };
    let path = super::super::groups::group_path(&crate::GroupId(group.id.clone()), "/roles")?;
    let _: Vec<WireRole> = get(portal, &path, "read the admin roles of groups", now).await?;
    Ok(())
}
