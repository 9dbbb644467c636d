//! Connecting a service app (C4): the key is made here, and each thing that is wrong has its own words (C2).

use http::StatusCode;
use keytile::settings::service_app;
use keytile::sync;
use keytile::sync::store::CredentialKind;
use okta_sim::org::{AppKind, NewApp, OidcClient, Permissions, Rights, ServiceClient};

use crate::support::{Client, TestApp};

const PAGE: &str = "/settings/okta/service-app";
const TEST: &str = "/settings/okta/service-app/test";

const SCOPES: [&str; 6] = [
    "okta.apps.manage",
    "okta.users.read",
    "okta.groups.read",
    "okta.groups.manage",
    "okta.roles.read",
    "okta.logs.read",
];

/// An app of the org with our key and these scopes.
async fn register(app: &TestApp, scopes: &[&str], requires_dpop: bool) {
    let owner = app.actor(&app.owner).await;
    let key = service_app::public_key(&app.app, &owner).await.unwrap().expect("a key");
    let mut rights = Rights::application_administrator();
    (rights.roles, rights.logs) = (true, true);
    let service = ServiceClient {
        keys: vec![serde_json::from_str(&key.jwk).unwrap()],
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        requires_dpop,
        permissions: Permissions::Granted(rights),
    };
    let client = OidcClient {
        client_id: "0oaservice".to_owned(),
        service: Some(service),
        ..OidcClient::default()
    };
    let new = NewApp::of_kind("Keytile sync", AppKind::Oidc(client));
    app.okta.sim.org().create_app(new, true).unwrap();
}

async fn tested(browser: &mut Client, app: &TestApp, client_id: &str) -> String {
    let fields = [("domain", app.okta.url.as_str()), ("client_id", client_id)];
    let answer = browser.post(TEST, &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

#[tokio::test]
async fn a_service_app_connects_with_a_key_that_nobody_has_seen() {
    for requires_dpop in [false, true] {
        let app = TestApp::start().await;
        let mut owner = app.client_as(&app.owner).await;
        assert!(owner.get(PAGE).await.body.contains("Make a key"));
        owner.post("/settings/okta/service-app/key", &[]).await;
        let page = owner.get(PAGE).await.body;
        assert!(page.contains("keytile-1") && !page.contains("PRIVATE"));
        register(&app, &SCOPES, requires_dpop).await;
        let fields = [("domain", app.okta.url.as_str()), ("client_id", "0oaservice")];
        let answer = owner.post(PAGE, &fields).await;
        assert_eq!(answer.location(), "/settings", "{}", answer.body);
        let actor = app.actor(&app.owner).await;
        let row = sync::portal(&app.app, &actor).await.unwrap().unwrap();
        assert_eq!(row.credential, CredentialKind::ServiceApp);
        let settings = owner.get("/settings").await.body;
        assert!(settings.contains("A service app") && !settings.contains("PRIVATE"));
        // What is stored opens again, and Okta lets it in.
        let mut tx = app.app.db.read().await.unwrap();
        let okta = keytile::settings::open_portal(&app.app, &mut tx, &row).await.unwrap();
        drop(tx);
        let ours = portal::Portal::own_ids(&okta, portal::Priority::Person, &|| app.now()).await;
        assert!(ours.is_ok(), "{ours:?}");
        let dump = app.dump().await;
        let is_private = |needle: &[u8]| dump.windows(needle.len()).any(|part| part == needle);
        assert!(!is_private(b"PRIVATE KEY"), "the key is sealed");
    }
}

/// C2: each of them is told apart.
#[tokio::test]
async fn what_is_wrong_with_a_service_app_is_told_apart() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    owner.post("/settings/okta/service-app/key", &[]).await;
    let unknown = tested(&mut owner, &app, "0oaservice").await;
    assert!(unknown.contains("knows no active service app"), "{unknown}");
    register(&app, &["okta.users.read"], false).await;
    let ungranted = tested(&mut owner, &app, "0oaservice").await;
    assert!(ungranted.contains("lacks a right"), "{ungranted}");
    // Another key than the one that is registered.
    owner.post("/settings/okta/service-app/key", &[]).await;
    let unregistered = tested(&mut owner, &app, "0oaservice").await;
    assert!(unregistered.contains("does not know this key"), "{unregistered}");
    let fields = [("domain", app.okta.url.as_str()), ("client_id", "0oaservice")];
    let answer = owner.post(PAGE, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.recorded("portal.turned_on").await, 0);
    // T13: a host that is not Okta's is asked for nothing.
    app.okta.sim.clear_traffic();
    let elsewhere = [("domain", "https://okta.com.attacker.example"), ("client_id", "0oaservice")];
    let answer = owner.post(TEST, &elsewhere).await;
    assert!(answer.body.contains("not an Okta domain"), "{}", answer.body);
    assert!(app.okta.sim.traffic().is_empty());
}

/// An app without the rights that are only good to have connects all the same.
#[tokio::test]
async fn a_service_app_with_the_least_scopes_connects() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    owner.post("/settings/okta/service-app/key", &[]).await;
    register(&app, &SCOPES[..3], true).await;
    let fields = [("domain", app.okta.url.as_str()), ("client_id", "0oaservice")];
    assert_eq!(owner.post(PAGE, &fields).await.location(), "/settings");
    let refused = owner.post("/settings/okta/strategy", &[("strategy", "audience")]).await;
    assert!(refused.body.contains("okta.groups.manage"), "{}", refused.body);
}
