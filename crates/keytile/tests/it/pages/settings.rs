//! Settings: what asks for a proof first, connecting to Okta, and what is shown once.

use http::{Method, StatusCode, header};

use super::toast;
use crate::support::{Admin, OKTA_TOKEN, TestApp, User};

/// Longer than a proof holds (C41).
const LATER: i64 = 5 * 60 + 1;

/// C41.
#[tokio::test]
async fn what_is_sensitive_leads_to_a_proof_and_back() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let mut owner = app.client_as(&app.owner).await;
    assert!(owner.get("/settings/okta").await.body.contains("id=\"turn-on\""));
    app.advance(LATER);
    for (page, back) in [
        ("/settings/okta", "/confirm?return_to=%2Fsettings%2Fokta"),
        ("/settings/okta/turn-off", "/confirm?return_to=%2Fsettings%2Fokta%2Fturn-off"),
    ] {
        let answer = owner.get(page).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, back));
    }
    let okta = [("domain", app.okta.url.as_str()), ("token", "x")];
    let signin = [("issuer", app.okta.url.as_str()), ("client_id", "x"), ("client_secret", "x")];
    for (form, fields) in [
        ("/settings/okta", &okta[..]),
        ("/settings/okta/turn-off", &[]),
        ("/settings/okta/clean-up", &[]),
        ("/settings/signin", &signin[..]),
        ("/settings/scim-tokens", &[]),
    ] {
        let answer = owner.post(form, fields).await;
        assert!(answer.location().starts_with("/confirm"), "{form}: {}", answer.status);
    }
    assert_eq!(app.recorded("portal.turned_off").await, 0);
    assert_eq!(app.recorded("scim_token.created").await, 0);
    assert!(owner.get("/settings").await.body.contains("Confirm that it is you"));
}

/// C1, C2.
#[tokio::test]
async fn an_admin_turns_extending_on_and_hears_what_is_wrong_before() {
    let app = TestApp::start().await;
    let adam = app.member("Adam", Admin).await;
    let mut admin = app.client_as(&adam).await;
    let wrong = [("domain", app.okta.url.as_str()), ("token", "not-the-token")];
    let answer = admin.post("/settings/okta", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("The connection was not saved"));
    assert!(answer.body.contains(&app.okta.url) && !answer.body.contains("not-the-token"));
    let answer = admin.post("/settings/okta", &[("domain", "acme"), ("token", "x")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);

    let right = [("domain", app.okta.url.as_str()), ("token", OKTA_TOKEN)];
    let answer = admin.post("/settings/okta", &right).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings"));
    let page = admin.get("/settings").await;
    assert_eq!(toast(&page), "Extending accounts to Okta is on.");
    assert!(page.body.contains(&app.okta.url) && page.body.contains("by Adam"));
    assert!(!page.body.contains(OKTA_TOKEN));
}

/// C2: it reads only, and stores nothing.
#[tokio::test]
async fn test_connection_answers_a_fragment_and_without_a_script_the_page() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    let fields = [("domain", app.okta.url.as_str()), ("token", OKTA_TOKEN)];
    let page = owner.post("/settings/okta/test", &fields).await;
    assert!(page.body.contains("<!doctype html>") && page.body.contains("Connection test"));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = owner
        .request(Method::POST, "/settings/okta/test")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-fragment", "checks")
        .body(body.into());
    let answer = owner.send(request.unwrap()).await;
    assert_eq!(answer.header("x-fragment"), Some("checks"));
    assert!(answer.body.contains("Connection test") && !answer.body.contains("<html"));
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM portal").await, 0);
    let ada = app.member("Ada", User).await;
    let answer = app.client_as(&ada).await.post("/settings/okta/test", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

/// C7, U6.
#[tokio::test]
async fn turning_off_leaves_the_apps_until_they_are_cleaned_up() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    for n in 0..11 {
        let account = app.account(&ada, &format!("Account {n}"), "App").await;
        app.extend(&ada, account).await;
    }
    let live = "SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NULL";
    let mut owner = app.client_as(&app.owner).await;
    owner.post("/settings/okta/turn-off", &[("remove_all", "yes"), ("confirm", "")]).await;
    assert_eq!(app.recorded("portal.turned_off").await, 0, "the number was not typed");
    owner.post("/settings/okta/turn-off", &[]).await;
    assert_eq!((app.recorded("portal.turned_off").await, app.count(live).await), (1, 11));
    assert!(owner.get("/settings").await.body.contains("11 apps are still in Okta"));
    assert_eq!(app.client_as(&ada).await.post("/settings/okta/clean-up", &[]).await.status, 403);
    owner.post("/settings/okta/clean-up", &[("confirm", "11")]).await;
    let page = owner.get("/settings").await;
    assert_eq!(toast(&page), "11 apps are being removed from Okta.");
    assert!(page.body.contains("Removing apps from Okta… 0 of 11"));
    assert_eq!(app.count(live).await, 0);
}

/// C36.
#[tokio::test]
async fn a_scim_token_is_shown_once_and_only_the_owner_makes_one() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    let made = owner.post("/settings/scim-tokens", &[]).await;
    assert!(made.body.contains("scim_") && made.body.contains("/scim/v2"));
    let page = owner.get("/settings").await;
    assert!(!page.body.contains(">scim_") && page.body.contains("Create a second token"));
    let adam = app.member("Adam", Admin).await;
    let mut admin = app.client_as(&adam).await;
    assert_eq!(admin.post("/settings/scim-tokens", &[]).await.status, StatusCode::FORBIDDEN);
    let page = admin.get("/settings").await;
    assert!(page.body.contains("Only the workspace Owner changes this."));
    assert!(!page.body.contains("Create a second token"));
}

#[tokio::test]
async fn sign_in_is_set_up_with_a_secret_that_is_never_shown_again() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    let issuer = app.okta.url.clone();
    let fields =
        |secret| [("issuer", issuer.as_str()), ("client_id", "0oa1"), ("client_secret", secret)];
    let answer = owner.post("/settings/signin", &fields("")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Paste the client secret"));
    owner.post("/settings/signin", &fields("horse-staple")).await;
    let page = owner.get("/settings").await;
    assert!(page.body.contains("0oa1") && !page.body.contains("horse-staple"));
    let answer = owner.post("/settings/signin", &fields("")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "an empty secret keeps the stored one");
}
