//! T1: what is allowed, and what is not.

use super::*;
use serde_json::json;

fn sent(method: &str, path: &str, body: Option<Value>) -> Result<(), String> {
    allowed(&Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        status: Some(200),
        request_id: None,
        body_sent: body,
    })
}

fn create() -> Value {
    crate::okta::wire::create("Instagram", "https://k.example/launch/a1B2c3D4e5F6g7H8")
}

fn group() -> Value {
    let description = crate::audience::description("https://k.example");
    crate::okta::wire::group("Keytile · A · 7F3A", &description)
}

fn sign_in(scope: &str) -> Value {
    json!({ "grant_type": "client_credentials", "scope": scope })
}

/// T1.
#[test]
fn what_we_send_is_allowed() {
    let list = "/api/v1/apps?filter=name+eq+%22bookmark%22&includeNonDeleted=true&limit=200";
    for (method, path, body) in [
        ("GET", "/.well-known/okta-organization", None),
        ("GET", list, None),
        ("GET", "/api/v1/users/00u1", None),
        ("GET", "/api/v1/users/me", None),
        ("GET", "/api/v1/users/00u1/roles", None),
        ("GET", "/api/v1/users?filter=status+eq+%22SUSPENDED%22&limit=200", None),
        ("GET", "/api/v1/users?limit=200&after=00u1", None),
        ("GET", "/api/v1/apps?q=Keytile&limit=200", None),
        ("GET", "/api/v1/apps/0oa1/users/00u1", None),
        ("GET", "/api/v1/apps/0oa1/group-push/mappings?limit=1000", None),
        ("POST", "/api/v1/apps", Some(create())),
        ("POST", "/api/v1/apps/0oa1/users", Some(json!({"id": "00u1", "scope": "USER"}))),
        ("PUT", "/api/v1/apps/0oa1/groups/00g1", Some(json!({}))),
        ("DELETE", "/api/v1/apps/0oa1", None),
        ("POST", "/api/v1/apps/0oa1/users/00u1", Some(json!({ "scope": "GROUP" }))),
        ("POST", "/api/v1/apps/0oa1/logo", Some(json!({ "file": crate::logo::svg("A <b> c") }))),
        ("GET", "/api/v1/groups?search=profile.name+eq+%22A%22&limit=200", None),
        ("GET", "/api/v1/groups/00g1", None),
        ("GET", "/api/v1/groups/00g1/roles", None),
        ("GET", "/api/v1/groups/00g1/apps?limit=200", None),
        ("POST", "/api/v1/groups", Some(group())),
        ("PUT", "/api/v1/groups/00g1", Some(group())),
        ("PUT", "/api/v1/groups/00g1/users/00u1", None),
        ("DELETE", "/api/v1/groups/00g1/users/00u1", None),
        ("DELETE", "/api/v1/groups/00g1", None),
        ("GET", "/api/v1/logs?since=2026-01-01T00%3A00%3A00Z&sortOrder=ASCENDING", None),
        ("POST", "/oauth2/v1/token", Some(sign_in("okta.apps.manage okta.users.read"))),
    ] {
        assert_eq!(sent(method, path, body), Ok(()));
    }
}

/// T1, S41.
#[test]
fn anything_more_is_refused() {
    let mut secret = create();
    secret["settings"]["notes"]["enduser"] = json!("hunter2");
    let mut login_url = create();
    login_url["settings"]["app"]["url"] = json!("https://instagram.com/login");
    let mut with_query = create();
    with_query["settings"]["app"]["url"] = json!("https://k.example/launch/a1?user=x");
    let mut self_service = create();
    self_service["accessibility"]["selfService"] = json!(true);
    for (method, path, body) in [
        ("GET", "/api/v1/apps", None),
        ("GET", "/api/v1/users?search=x", None),
        ("GET", "/api/v1/users/ada@example.com", None),
        ("GET", "/api/v1/users?filter=profile.login+eq+%22a%22&limit=200", None),
        ("GET", "/api/v1/apps?limit=200", None),
        ("POST", "/api/v1/users/00u1", None),
        ("GET", "/api/v1/apps/0oa1/group-push/mappings/gPm1", None),
        ("POST", "/api/v1/apps", Some(secret)),
        ("POST", "/api/v1/apps", Some(login_url)),
        ("POST", "/api/v1/apps", Some(with_query)),
        ("POST", "/api/v1/apps", Some(self_service)),
        ("PUT", "/api/v1/apps/0oa1", Some(create())),
        ("POST", "/api/v1/apps/0oa1/users", Some(json!({"id": "00u1", "scope": "GROUP"}))),
        ("POST", "/api/v1/apps/..%2fusers/users", Some(json!({"id": "1", "scope": "USER"}))),
        ("DELETE", "/api/v1/users/00u1", None),
        ("POST", "/api/v1/apps/0oa1/users/00u1", Some(json!({ "scope": "USER" }))),
        ("POST", "/api/v1/apps/0oa1/logo", Some(json!({ "file": "<svg onload=\"x()\"/>" }))),
        ("GET", "/api/v1/groups?q=x", None),
        ("POST", "/api/v1/groups", Some(json!({ "profile": { "name": "Admins" } }))),
        ("PUT", "/api/v1/groups/00g1", Some(json!({ "profile": { "description": "x" } }))),
        ("PUT", "/api/v1/groups/00g1/users/00u1", Some(json!({}))),
        ("POST", "/api/v1/groups/00g1/roles", Some(json!({ "type": "SUPER_ADMIN" }))),
        ("DELETE", "/api/v1/groups/00g1/apps/0oa1", None),
        ("POST", "/oauth2/v1/token", Some(sign_in("openid"))),
        ("PATCH", "/api/v1/apps/0oa1", Some(json!({}))),
    ] {
        assert!(sent(method, path, body).is_err(), "{method} {path} was allowed");
    }
}

fn exchanges(lines: &[&str]) -> Vec<Exchange> {
    let exchange = |line: &&str| {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        Exchange {
            method: method.to_owned(),
            path: path.to_owned(),
            status: Some(200),
            request_id: None,
            body_sent: None,
        }
    };
    lines.iter().map(exchange).collect()
}

/// T2: nothing is taken from a group that was not looked at just before.
#[test]
fn a_write_to_a_group_without_a_look_is_found() {
    let look = "GET /api/v1/groups/00g1";
    let checked = [look, "GET /api/v1/groups/00g1/roles", "GET /api/v1/groups/00g1/apps?limit=200"];
    let add = "PUT /api/v1/groups/00g1/users/00u1";
    let remove = "DELETE /api/v1/groups/00g1/users/00u1";
    let ok = |lines: &[&str]| guarded(&exchanges(lines)).is_ok();
    assert!(ok(&[checked[0], checked[1], checked[2], add, add, look, remove]));
    assert!(!ok(&[checked[0], checked[1], checked[2], remove, remove]), "one look, one removal");
    assert!(ok(&["POST /api/v1/groups", add, add]), "new");
    assert!(!ok(&["POST /api/v1/groups", add, "PUT /api/v1/groups/00g2/users/00u1"]), "one new");
    assert!(!ok(&[look, add]), "a look is no check");
    assert!(!ok(&[look, remove]), "a look is no check");
    assert!(!ok(&["GET /api/v1/groups/00g2", "DELETE /api/v1/groups/00g1"]), "another group");
    assert!(ok(&[checked[0], checked[1], checked[2], look, "DELETE /api/v1/groups/00g1"]));
}
