//! Which right a call needs, by its method and path.

use http::Method;

use crate::org::Action;

/// What a call to the management API is about to do.
pub(super) fn action(method: &Method, path: &str) -> Action {
    let path = path.trim_matches('/');
    if path == "oauth2/v1/global-token-revocation" {
        return Action::LogOut;
    }
    let segments: Vec<&str> = path.strip_prefix("api/v1/").unwrap_or_default().split('/').collect();
    let reads = method == Method::GET || method == Method::HEAD;
    match (segments.as_slice(), reads) {
        (["apps", ..], true) => Action::ReadApps,
        (["apps", ..], false) => Action::ManageApps,
        (["users", "me", ..] | ["api-tokens", "current"], _) => Action::OwnAffairs,
        (["users" | "groups", _, "roles"], _) => Action::ReadRoles,
        (["users", ..], true) => Action::ReadUsers,
        (["users", ..], false) => Action::ManageUsers,
        (["groups", ..], true) => Action::ReadGroups,
        (["groups"], false) => Action::CreateGroup,
        (["groups", group, "users", ..], false) => Action::ManageMembers((*group).to_owned()),
        (["groups", group, ..], false) => Action::ManageGroup((*group).to_owned()),
        (["logs"], _) => Action::ReadLogs,
        (["eventHooks", ..], true) => Action::ReadHooks,
        (["eventHooks", ..], false) => Action::ManageHooks,
        (["ssf", ..], _) => Action::ManageStreams,
        (["api-tokens", ..], true) => Action::ReadTokens,
        (["api-tokens", ..], false) => Action::ManageTokens,
        // Paths that there are not are answered by the router, whoever asks.
        _ => Action::ReadOrg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_group_are_another_matter_than_the_group() {
        let of = |method: Method, path| action(&method, path);
        let group = || "00g1".to_owned();
        assert_eq!(of(Method::PUT, "/api/v1/groups/00g1"), Action::ManageGroup(group()));
        let members = "/api/v1/groups/00g1/users/00u1/";
        assert_eq!(of(Method::DELETE, members), Action::ManageMembers(group()));
        assert_eq!(of(Method::GET, "/api/v1/groups/00g1/roles"), Action::ReadRoles);
        assert_eq!(of(Method::PUT, "/api/v1/apps/0oa1/groups/00g1"), Action::ManageApps);
        assert_eq!(of(Method::GET, "/api/v1/users/me/roles"), Action::OwnAffairs);
    }
}
