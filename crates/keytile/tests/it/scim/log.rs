//! The log of what a client sent.

use axum::body::Body;
use http::Method;
use keytile::scim::log;
use serde_json::json;

use super::{Scim, user};
use crate::support::TestApp;

#[tokio::test]
async fn requests_are_told_with_their_answers_and_without_secrets() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let owner = test.actor(&test.owner).await;
    let mut sent = user("Eve");
    sent["password"] = "junk-0815".into();
    let eve = scim.created("/Users", &sent).await;
    test.advance_millis(1);
    scim.post("/Users", &sent).await;
    test.advance_millis(1);
    scim.send(Method::PUT, &format!("/Users/{eve}"), Body::from("{")).await;
    let told = log::list(&test.app, &owner, 10).await.unwrap();
    let lines: Vec<_> = told.iter().map(|entry| (entry.method.as_str(), entry.status)).collect();
    assert_eq!(lines, [("PUT", 400), ("POST", 409), ("POST", 201)]);
    assert!(told[1].refusal.as_deref().unwrap().contains("eve@example.com"));
    assert!(told[2].body.contains("eve@example.com"));
    assert!(told.iter().all(|entry| !entry.body.contains("0815")));
    assert_eq!(told[2].path, "/Users");
}

#[tokio::test]
async fn the_last_thousand_are_kept() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let owner = test.actor(&test.owner).await;
    for at in 0..3 {
        for _ in 0..400 {
            test.advance_millis(1);
            scim.get(&format!("/Users/{at}")).await;
        }
        log::turn(&test.app).await.unwrap();
    }
    let told = log::list(&test.app, &owner, 5_000).await.unwrap();
    assert_eq!(told.len(), 1_000);
    assert_eq!(told[0].path, "/Users/2");
    assert_eq!(told[999].path, "/Users/0");
    let user = test.member("Uma", model::workspace::WorkspaceRole::User).await;
    let user = test.actor(&user).await;
    assert!(log::list(&test.app, &user, 10).await.is_err());
    assert_eq!(json!(told[0].status), 404);
}
