//! Entity tags: RFC 7644 section 3.14.

use http::{Method, StatusCode, header};
use serde_json::json;

use super::{Scim, assert_error, user};
use crate::support::TestApp;

#[tokio::test]
async fn a_version_is_told_and_stays_for_as_long_as_nothing_changes() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let group = scim.group("Tour", &[&eve]).await;
    for path in [format!("/Users/{eve}"), format!("/Groups/{group}")] {
        let read = scim.get(&path).await;
        let version = read.body["meta"]["version"].as_str().unwrap();
        assert!(version.starts_with("W/\""), "{version}");
        assert_eq!(read.headers[header::ETAG], *version);
        let same =
            json!([{"op": "replace", "path": "displayName", "value": read.body["displayName"]}]);
        test.advance_millis(5);
        assert_eq!(scim.patch(&path, &same).await.body["meta"], read.body["meta"]);
        let other = json!([{"op": "replace", "path": "displayName", "value": "Another"}]);
        let changed = scim.patch(&path, &other).await;
        assert_ne!(changed.body["meta"]["version"], *version);
    }
    let before = scim.get(&format!("/Groups/{group}")).await.body["meta"]["version"].clone();
    scim.patch(&format!("/Users/{eve}"), &json!([{"op": "replace", "value": {"active": false}}]))
        .await;
    let after = scim.get(&format!("/Groups/{group}")).await.body["meta"]["version"].clone();
    assert_ne!(before, after, "a leaver leaves the group");
}

#[tokio::test]
async fn a_change_of_a_stale_version_changes_nothing() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let group = scim.group("Tour", &[]).await;
    let bodies = [
        (format!("/Users/{eve}"), user("Eve")),
        (format!("/Groups/{group}"), json!({"displayName": "Tour"})),
    ];
    for (path, body) in bodies {
        let read = scim.get(&path).await.body;
        let version = read["meta"]["version"].as_str().unwrap();
        let mut other = body.clone();
        other["displayName"] = "Another".into();
        let patch = json!({"Operations": [{"op": "replace", "value": {"displayName": "Third"}}]});
        for stale in ["W/\"0\"", "\"x\""] {
            for (method, body) in
                [(Method::PUT, &other), (Method::PATCH, &patch), (Method::DELETE, &other)]
            {
                let refused = scim.send_if(method, &path, (header::IF_MATCH, stale), body).await;
                assert_error(&refused, 412, None);
            }
        }
        let refused =
            scim.send_if(Method::PUT, &path, (header::IF_NONE_MATCH, version), &other).await;
        assert_error(&refused, 412, None);
        assert_eq!(scim.get(&path).await.body, read);
        let done = scim.send_if(Method::PUT, &path, (header::IF_MATCH, version), &other).await;
        assert_eq!((done.status, &done.body["displayName"]), (StatusCode::OK, &json!("Another")));
        let gone = scim.send_if(Method::DELETE, &path, (header::IF_MATCH, "*"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let version = scim.get(&path).await.body["meta"]["version"].as_str().unwrap().to_owned();
    let known = (header::IF_NONE_MATCH, version.as_str());
    let again = scim.send_if(Method::GET, &path, known.clone(), &json!({})).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    scim.patch(&path, &json!([{"op": "replace", "value": {"title": "Dr"}}])).await;
    let anew = scim.send_if(Method::GET, &path, known, &json!({})).await;
    assert_eq!((anew.status, &anew.body["title"]), (StatusCode::OK, &json!("Dr")));
}
