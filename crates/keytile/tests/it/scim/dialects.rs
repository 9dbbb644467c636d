//! What the large clients expect differently.

use http::StatusCode;
use keytile::directories;
use scim::Dialect;
use serde_json::{Value, json};

use super::{Scim, found, user};
use crate::support::TestApp;

async fn in_dialect(test: &TestApp, dialect: Dialect) -> Scim<'_> {
    test.write(move |tx, by| Box::pin(directories::put_dialect(tx, by, dialect))).await;
    Scim::of(test).await
}

/// Microsoft's collection insists on it.
#[tokio::test]
async fn entras_patches_are_answered_without_the_resource() {
    let test = TestApp::start().await;
    let scim = in_dialect(&test, Dialect::Entra).await;
    let eve = scim.user("Eve").await;
    let group = scim.group("Tour", &[]).await;
    let paths = [format!("/Users/{eve}"), format!("/Groups/{group}")];
    for path in paths {
        let change = json!([{"op": "Replace", "path": "displayName", "value": "Another"}]);
        let silent = scim.patch(&path, &change).await;
        assert_eq!((silent.status, silent.body), (StatusCode::NO_CONTENT, Value::Null));
        let asked = scim.patch(&format!("{path}?attributes=displayName"), &change).await;
        assert_eq!((asked.status, &asked.body["displayName"]), (StatusCode::OK, &json!("Another")));
    }
}

/// Elsewhere than with Okta, an externalId is a label: two may share it, and it may change of somebody who is active.
#[tokio::test]
async fn an_external_id_is_a_label_but_with_okta() {
    for dialect in [Dialect::Entra, Dialect::Generic] {
        let test = TestApp::start().await;
        let scim = in_dialect(&test, dialect).await;
        let eve = scim.user("Eve").await;
        let there = scim.person("Eve").await;
        let mut twin = user("Twin");
        twin["externalId"] = "00u-Eve".into();
        let twin = scim.created("/Users", &twin).await;
        assert_eq!(found(&scim, "externalId eq \"00u-Eve\"").await, [&*eve, &*twin]);
        let label = json!([{"op": "Replace", "path": "externalId", "value": "eve.other"}]);
        scim.patch(&format!("/Users/{eve}"), &label).await;
        assert_eq!(found(&scim, "externalId eq \"eve.other\"").await, [&*eve]);
        assert_eq!(scim.member(&there.email).await, Some(there.id));
        // Of a leaver it says that another has come.
        scim.patch(
            &format!("/Users/{eve}"),
            &json!([{"op": "Replace", "path": "active", "value": "False"}]),
        )
        .await;
        let mut again = user("Eve");
        again["externalId"] = "00u-New".into();
        scim.put(&format!("/Users/{eve}"), &again).await;
        assert!(
            scim.member(&there.email).await.is_some_and(|member| member != there.id),
            "{dialect:?}"
        );
    }
}

/// What a client was told to be before does not turn people into others: only what it says anew can.
#[tokio::test]
async fn another_dialect_makes_nobody_another_person() {
    let test = TestApp::start().await;
    let scim = in_dialect(&test, Dialect::Generic).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let eve = scim.person("Eve").await;
    scim.patch(&path, &json!([{"op": "replace", "path": "externalId", "value": "eve.renamed"}]))
        .await;
    let scim = in_dialect(&test, Dialect::Okta).await;
    scim.patch(&path, &json!([{"op": "replace", "path": "displayName", "value": "Eve E."}])).await;
    assert_eq!(scim.member(&eve.email).await, Some(eve.id));
    let other = json!([{"op": "replace", "path": "externalId", "value": "00u-Other"}]);
    scim.patch(&path, &other).await;
    assert_ne!(scim.member(&eve.email).await, Some(eve.id));
}
