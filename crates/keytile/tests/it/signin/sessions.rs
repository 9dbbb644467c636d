//! What a session is worth: for whom, how long, and until what.

use http::{Method, StatusCode};
use keytile::http::router;
use keytile::members;
use keytile::signin::{self, Device, Means, Proof};
use serde_json::json;

use super::{AtOkta, connect, path, walk_in};
use crate::support::{Admin, Client, TestApp, User};

/// A page that everyone who is signed in may see.
const PAGE: &str = "/confirm";

async fn is_in(browser: &mut Client) -> bool {
    browser.get(PAGE).await.status == StatusCode::OK
}

/// T11: a token that was in the browser before is worth nothing afterwards.
#[tokio::test]
async fn a_sign_in_makes_a_new_token_and_ends_the_one_that_was_there() {
    let app = TestApp::start().await;
    let (mallory, ada) =
        (app.member("Mallory", User).in_okta().await, app.member("Ada", User).in_okta().await);
    connect(&app, &[&ada]).await;
    let mut planted = app.client_as(&mallory).await;
    let mut victim = planted.clone();
    walk_in(&app, &mut victim, &ada, "/").await;
    assert_ne!(victim.cookie("keytile"), planted.cookie("keytile"));
    assert!(is_in(&mut victim).await);
    assert!(!is_in(&mut planted).await, "what was planted is ended");
}

/// ASVS 7.3.1: twelve hours without use, and half an hour for admins.
#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let app = TestApp::start().await;
    let (ada, root) = (app.member("Ada", User).await, app.member("Root", Admin).await);
    let (mut ada, mut root) = (app.client_as(&ada).await, app.client_as(&root).await);
    app.advance(29 * 60);
    assert!(is_in(&mut ada).await && is_in(&mut root).await);
    // The use is noted beside the answer; this waits for the writer to have done it.
    app.tamper("UPDATE session SET last_seen_at = $1", vec![app.now().into()]).await;
    app.advance(31 * 60);
    assert!(is_in(&mut ada).await && !is_in(&mut root).await);
    app.advance(12 * 60 * 60);
    assert!(!is_in(&mut ada).await);
}

/// ASVS 7.3.2: a day is the most.
#[tokio::test]
async fn a_session_ends_after_a_day_however_much_it_is_used() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    app.advance(24 * 60 * 60 - 1);
    app.tamper("UPDATE session SET last_seen_at = $1", vec![app.now().into()]).await;
    assert!(is_in(&mut browser).await);
    app.advance(1);
    assert!(!is_in(&mut browser).await);
}

/// ASVS 7.4.1: the server ends it, not only the browser; T11: on every replica at once.
#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    let mut copied = browser.clone();
    let answer = browser.post("/sign-out", &[("return_to", "/teams")]).await;
    assert_eq!(answer.location(), "/sign-in?anew=1&return_to=%2Fteams");
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\""));
    assert_eq!(browser.cookie("keytile"), None);
    assert!(!is_in(&mut copied).await);
}

#[tokio::test]
async fn one_session_or_all_of_them_can_be_ended() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (mut here, mut there) = (app.client_as(&ada).await, app.client_as(&ada).await);
    let mut bobs = app.client_as(&bob).await;
    let sessions = signin::session::list(&app.app, &app.actor(&ada).await).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let first = sessions.iter().map(|s| s.id).min().unwrap();

    let others = bobs.post(&format!("/profile/sessions/{first}/end"), &[]).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND, "another's session does not exist");
    there.post(&format!("/profile/sessions/{first}/end"), &[]).await;
    assert_ne!(is_in(&mut here).await, is_in(&mut there).await);

    let mut again = app.client_as(&ada).await;
    again.post("/profile/sessions/end-all", &[]).await;
    for browser in [&mut here, &mut there, &mut again] {
        assert!(!is_in(browser).await);
    }
    assert!(is_in(&mut bobs).await);
}

/// ASVS 7.4.2, 8.3.2: from the commit on, whatever the browser holds.
#[tokio::test]
async fn a_suspended_or_removed_member_is_out_at_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).in_okta().await, app.member("Bob", User).await);
    connect(&app, &[&ada]).await;
    let (mut adas, mut bobs) = (app.client_as(&ada).await, app.client_as(&bob).await);
    let owner = app.actor(&app.owner).await;
    members::suspend(&app.app, &owner, ada.id).await.unwrap();
    members::remove(&app.app, &owner, bob.id).await.unwrap();
    assert!(!is_in(&mut adas).await && !is_in(&mut bobs).await);

    let back = walk_in(&app, &mut adas, &ada, "/").await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert!(back.body.contains("suspended"), "{}", back.body);
}

/// The state is read at each request, not kept from the sign-in: even a session that nobody ended is refused.
#[tokio::test]
async fn a_members_state_counts_not_only_their_session() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    app.tamper("UPDATE member SET suspended_at = 1 WHERE id = $1", vec![ada.id.into()]).await;
    assert!(!is_in(&mut browser).await);
}

/// C41, ASVS 6.8.4: five minutes after the last proof, a fresh one is asked for; another person's is none.
#[tokio::test]
async fn what_is_sensitive_asks_for_a_fresh_proof() {
    let app = TestApp::start().await;
    let (ada, bob) =
        (app.member("Ada", User).in_okta().await, app.member("Bob", User).in_okta().await);
    connect(&app, &[&ada, &bob]).await;
    let mut browser = app.client_as(&ada).await;
    let start = "/profile/passkeys/start";
    let asks =
        |answer: &crate::support::Answer| answer.json()["error"]["code"] == "confirm_identity";
    assert!(!asks(&api(&mut browser, start).await), "a minute after signing in nothing is asked");
    app.advance(301);
    assert!(asks(&api(&mut browser, start).await));
    let form = browser.post("/profile/passkeys/psk_00000000000000000000000000/remove", &[]).await;
    assert_eq!(form.location(), "/confirm");

    let mut okta = AtOkta::new(&app);
    let away = browser.get(&router::confirm_with_okta("/profile")).await;
    assert!(away.location().contains("max_age=0"), "{}", away.location());
    let asked = okta.follow(away.location()).await;
    let back = okta.sign_in(&asked, &bob).await;
    let refused = browser.get(path(&back)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("somebody else"), "{}", refused.body);
    assert!(asks(&api(&mut browser, start).await), "Bob's proof is not Ada's");

    let before = browser.cookie("keytile").map(ToOwned::to_owned);
    let asked =
        okta.follow(browser.get(&router::confirm_with_okta("/profile")).await.location()).await;
    let back = okta.sign_in(&asked, &ada).await;
    assert_eq!(browser.get(path(&back)).await.location(), "/profile");
    assert_ne!(browser.cookie("keytile").map(ToOwned::to_owned), before, "T11: a new token");
    assert!(!asks(&api(&mut browser, start).await));
}

/// A silent sign-in tells that somebody was there hours ago: that confirms nothing.
#[tokio::test]
async fn an_old_sign_in_at_okta_is_no_fresh_proof() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let an_hour_ago = app.now() - jiff::SignedDuration::from_hours(1);
    let id = ada.id;
    let token = app
        .write(move |tx, by| {
            Box::pin(async move {
                let proof = Proof { means: Means::Oidc, at: an_hour_ago };
                signin::open_session(tx, by, id, proof, &Device::default()).await
            })
        })
        .await;
    let found = signin::session::find(&app.app, token.expose()).await.unwrap().unwrap();
    assert_eq!(found.confirmed_at, an_hour_ago);
}

async fn api(browser: &mut Client, path: &str) -> crate::support::Answer {
    let request = browser
        .request(Method::POST, path)
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(json!({}).to_string().into());
    browser.send(request.unwrap()).await
}
