//! The functions that write the URLs of the product.

use model::{
    AccountId, CollectionId, DepartureId, HookId, JobId, MemberId, StopId, TeamId, WaveId,
    WorkspaceId,
};
use url::form_urlencoded::byte_serialize;

use super::{ACCOUNTS, COLLECTIONS, DEPARTURES, MEMBERS, ROTATIONS, SYNC, TEAMS};

/// The sign-in page; afterwards the person goes on to `return_to`, a path of ours.
pub fn sign_in(return_to: &str) -> String {
    with_return("/sign-in", return_to)
}

/// The page that asks a signed-in person to confirm that it is them (C41).
pub fn confirm(return_to: &str) -> String {
    with_return("/confirm", return_to)
}

/// Where signing in through a workspace's identity provider begins. `anew`: it asks who it is, whoever was there.
pub fn sign_in_okta(workspace: WorkspaceId, return_to: &str, anew: bool) -> String {
    let url = format!("/sign-in/okta?workspace={workspace}&return_to={}", encoded(return_to));
    if anew { url + "&anew=1" } else { url }
}

/// The sign-in page, after signing out: the next one who signs in is asked who they are.
pub fn signed_out(return_to: &str) -> String {
    format!("/sign-in?anew=1&return_to={}", encoded(return_to))
}

/// Where confirming through the identity provider begins.
pub fn confirm_with_okta(return_to: &str) -> String {
    with_return("/confirm/okta", return_to)
}

/// A collection's page.
pub fn collection(id: CollectionId) -> String {
    format!("{COLLECTIONS}/{id}")
}

/// An account's page.
pub fn account(id: AccountId) -> String {
    format!("{ACCOUNTS}/{id}")
}

/// A job's page.
pub fn job(id: JobId) -> String {
    format!("/jobs/{id}")
}

/// Where a directory says that something happened.
pub fn hook(id: HookId) -> String {
    format!("/hooks/okta/{id}")
}

/// A member's page.
pub fn member(id: MemberId) -> String {
    format!("{MEMBERS}/{id}")
}

/// A wave of departures.
pub fn wave(id: WaveId) -> String {
    format!("{DEPARTURES}/{id}")
}

/// One rotation, beneath which its marks are posted.
pub fn rotation(departure: DepartureId, account: AccountId) -> String {
    format!("{ROTATIONS}/{departure}/{account}")
}

/// What is still to be rotated of an account.
pub fn rotations_of_account(id: AccountId) -> String {
    format!("{ROTATIONS}?account={id}")
}

/// What is still to be rotated because of a member.
pub fn rotations_of(id: MemberId) -> String {
    format!("{ROTATIONS}?member={id}")
}

/// A question of the safety stop.
pub fn stop(id: StopId) -> String {
    format!("{SYNC}/stops/{id}")
}

/// A team's page.
pub fn team(id: TeamId) -> String {
    format!("{TEAMS}/{id}")
}

/// What a tile opens; `id` may be any text that was asked for.
pub fn launch(id: &str) -> String {
    format!("/launch/{}", encoded(id))
}

/// Logs in to an account from the list, or from the extension.
pub fn launch_account(id: AccountId) -> String {
    format!("{ACCOUNTS}/{id}/launch")
}

/// The logins of a member.
pub fn launches_of(id: MemberId) -> String {
    format!("{MEMBERS}/{id}/launches")
}

/// The logins to an account.
pub fn launches_to(id: AccountId) -> String {
    format!("{ACCOUNTS}/{id}/launches")
}

/// Whether this path of ours, with or without a query, is a page that begins a login.
pub fn is_launch(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    path.starts_with("/launch/") || (path.starts_with("/accounts/") && path.ends_with("/launch"))
}

/// The same launch, as a page that asks first.
pub fn launch_asked(path: &str) -> String {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let others =
        query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("ask"));
    let pairs: Vec<&str> = std::iter::once("ask=1").chain(others).collect();
    format!("{page}?{}", pairs.join("&"))
}

fn with_return(path: &str, return_to: &str) -> String {
    if return_to.is_empty() || return_to == "/" {
        return path.to_owned();
    }
    format!("{path}?return_to={}", encoded(return_to))
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
