//! Passkeys beside a directory's sign-in (C24, T6): whom an admin allows them, and whom nobody has to.

use http::{Method, StatusCode};
use keytile::{App, members, signin};
use serde_json::{Value, json};

use super::connect;
use super::passkeys::{Authenticator, at_localhost, invite, post};
use crate::support::{Admin, Answer, Client, Guest, Person, SuperAdmin, TestApp, User, client};

const ALLOW: &str = "ask an admin of Keytile";

/// Ada signs in through Okta; her browser, and her authenticator.
struct World {
    test: TestApp,
    app: App,
    ada: Person,
    browser: Client,
    key: Authenticator,
}

async fn world() -> World {
    let test = TestApp::start().await;
    let app = at_localhost(&test).await;
    let ada = test.member("Ada", User).in_okta().await;
    connect(&test, &[&ada]).await;
    let mut browser = client(&app);
    test.sign_in_here(&mut browser, &ada).await;
    let key = Authenticator::new(&app);
    World { test, app, ada, browser, key }
}

impl World {
    async fn approve(&self) {
        let owner = self.test.actor(&self.test.owner).await;
        members::approve_passkeys(&self.app, &owner, self.ada.id).await.unwrap();
    }

    async fn withdraw(&self) {
        let owner = self.test.actor(&self.test.owner).await;
        members::withdraw_passkeys(&self.app, &owner, self.ada.id).await.unwrap();
    }

    async fn is_approved(&self) -> bool {
        let owner = self.test.actor(&self.test.owner).await;
        let ada = members::find(&self.app, &owner, self.ada.id).await.unwrap();
        ada.passkeys.is_some()
    }

    async fn start(&mut self, path: &str) -> Value {
        let answer = post(&mut self.browser, path, &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// She makes a passkey on her profile.
    async fn make(&mut self) {
        let options = self.start("/profile/passkeys/start").await;
        let made = self.key.create(&options);
        let done = post(&mut self.browser, "/profile/passkeys/finish", &made).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    }

    async fn sign_in(&mut self) -> Answer {
        let options = self.start("/sign-in/passkey/start").await;
        let used = self.key.get(&options);
        post(&mut self.browser, "/sign-in/passkey/finish", &used).await
    }

    async fn is_in(&mut self) -> bool {
        self.browser.get("/profile").await.status == StatusCode::OK
    }

    async fn passkeys(&self) -> i64 {
        self.test.count("SELECT COUNT(*) AS n FROM passkey WHERE ended_at IS NULL").await
    }

    /// The approval goes, and with it nothing else.
    async fn lose_approval(&self) {
        let sql = "UPDATE member SET passkey_approved_at = NULL WHERE id = $1";
        assert_eq!(self.test.tamper(sql, vec![self.ada.id.into()]).await, 1);
    }
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN && answer.body.contains(ALLOW)
}

#[tokio::test]
async fn whom_a_directory_signs_in_makes_no_passkey_before_an_admin_allows_it() {
    let mut world = world().await;
    let refused = post(&mut world.browser, "/profile/passkeys/start", &json!({})).await;
    assert!(is_refused(&refused), "{}", refused.body);
    let profile = world.browser.get("/profile").await.body;
    assert!(profile.contains("no admin has allowed you one"), "{profile}");
    assert!(!profile.contains("Add a passkey"), "{profile}");

    world.approve().await;
    world.make().await;
    let profile = world.browser.get("/profile").await.body;
    assert!(profile.contains("An admin allows you to sign in with a passkey"), "{profile}");
    world.browser = client(&world.app);
    assert_eq!(world.sign_in().await.status, StatusCode::OK);
    assert!(world.is_in().await);
    assert!(world.browser.get("/confirm").await.body.contains("Confirm with a passkey"));
    let options = world.start("/confirm/passkey/start").await;
    let used = world.key.get(&options);
    let done = post(&mut world.browser, "/confirm/passkey/finish", &used).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
}

#[tokio::test]
async fn a_withdrawn_approval_ends_the_sessions_at_once_and_refuses_the_passkeys() {
    let mut world = world().await;
    world.approve().await;
    world.make().await;
    world.browser = client(&world.app);
    assert_eq!(world.sign_in().await.status, StatusCode::OK);
    world.withdraw().await;
    assert!(!world.is_in().await, "the session is gone");
    world.withdraw().await;
    assert_eq!(world.test.recorded("passkey.withdrawn").await, 1, "once");

    let refused = world.sign_in().await;
    assert!(is_refused(&refused), "{}", refused.body);
    assert!(!world.is_in().await);
    let mut owner = world.test.client_as(&world.test.owner).await;
    let activity = owner.get("/activity").await.body;
    for words in ["that no admin has allowed", "allowed a passkey to", "no longer allows a passkey"]
    {
        assert!(activity.contains(words), "{words}: {activity}");
    }

    // Whoever comes in through Okta confirms there, and may still remove what they made.
    world.test.sign_in_here(&mut world.browser, &world.ada).await;
    let refused = post(&mut world.browser, "/confirm/passkey/start", &json!({})).await;
    assert!(is_refused(&refused), "{}", refused.body);
    let page = world.browser.get("/confirm").await.body;
    assert!(page.contains("Confirm with Okta") && !page.contains("Confirm with a passkey"));
    let actor = world.test.actor(&world.ada).await;
    let id = signin::passkey::list(&world.app, &actor).await.unwrap()[0].id;
    assert!(world.browser.get("/profile").await.body.contains(&format!("{id}/remove")));
    world.browser.post(&format!("/profile/passkeys/{id}/remove"), &[]).await;
    assert_eq!(world.passkeys().await, 0);

    world.approve().await;
    world.approve().await;
    assert_eq!(world.test.recorded("passkey.approved").await, 2, "once each time");
}

#[tokio::test]
async fn an_approval_that_ends_during_a_ceremony_ends_the_ceremony() {
    let mut world = world().await;
    world.approve().await;
    let options = world.start("/profile/passkeys/start").await;
    let made = world.key.create(&options);
    world.lose_approval().await;
    let refused = post(&mut world.browser, "/profile/passkeys/finish", &made).await;
    assert!(is_refused(&refused), "{}", refused.body);
    assert_eq!(world.passkeys().await, 0);

    world.approve().await;
    world.make().await;
    let before = world.test.recorded("session.opened").await;
    let options = world.start("/confirm/passkey/start").await;
    let used = world.key.get(&options);
    world.lose_approval().await;
    let refused = post(&mut world.browser, "/confirm/passkey/finish", &used).await;
    assert!(is_refused(&refused), "{}", refused.body);

    world.approve().await;
    let options = world.start("/sign-in/passkey/start").await;
    let used = world.key.get(&options);
    world.lose_approval().await;
    let refused = post(&mut world.browser, "/sign-in/passkey/finish", &used).await;
    assert!(is_refused(&refused), "{}", refused.body);
    assert_eq!(world.test.recorded("session.opened").await, before);
    assert_eq!(world.test.recorded("sign_in.refused").await, 2);
}

/// A one-time link goes no way round.
#[tokio::test]
async fn a_one_time_link_needs_the_approval_too() {
    let mut world = world().await;
    let link = invite(&world.app, &world.ada, &world.test).await;
    let refused = post(&mut world.browser, &format!("{link}/start"), &json!({})).await;
    assert!(is_refused(&refused), "{}", refused.body);

    world.approve().await;
    let options = world.start(&format!("{link}/start")).await;
    let made = world.key.create(&options);
    world.lose_approval().await;
    let refused = post(&mut world.browser, &format!("{link}/finish"), &made).await;
    assert!(is_refused(&refused), "{}", refused.body);
    assert_eq!(world.passkeys().await, 0);
}

#[tokio::test]
async fn who_may_suspend_somebody_approves_their_passkeys_and_nobody_their_own() {
    let world = world().await;
    let allow = format!("/members/{}/allow-passkeys", world.ada.id);
    let mut user = world.test.client_as(&world.test.member("Bob", User).await).await;
    assert_eq!(user.post(&allow, &[]).await.status, StatusCode::FORBIDDEN);
    assert!(!world.is_approved().await);

    let mut grace = world.test.member("Grace", Admin).await;
    world.test.put_in_okta(&mut grace).await;
    let mut admin = world.test.client_as(&grace).await;
    let own = admin.post(&format!("/members/{}/allow-passkeys", grace.id), &[]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    assert!(own.body.contains("to yourself"), "{}", own.body);
    let above = world.test.member("Super", SuperAdmin).in_okta().await;
    let above = admin.post(&format!("/members/{}/allow-passkeys", above.id), &[]).await;
    assert_eq!(above.status, StatusCode::FORBIDDEN);

    // C41: it opens a way past Okta.
    world.test.advance(301);
    assert_eq!(admin.post(&allow, &[]).await.location(), "/confirm");
    assert!(!world.is_approved().await);
    let page = admin.get(&format!("/members/{}", world.ada.id)).await.body;
    assert!(page.contains("Not allowed") && page.contains("Confirm that it is you"), "{page}");
    world.test.sign_in_here(&mut admin, &grace).await;
    admin.post(&allow, &[]).await;
    assert!(world.is_approved().await);
    let page = admin.get(&format!("/members/{}", world.ada.id)).await.body;
    assert!(page.contains("by Grace") && page.contains("Withdraw"), "{page}");

    let withdraw = format!("/members/{}/withdraw-passkeys", world.ada.id);
    assert_eq!(user.post(&withdraw, &[]).await.status, StatusCode::FORBIDDEN);
    assert!(world.is_approved().await);
    world.test.advance(301);
    admin.post(&withdraw, &[]).await;
    assert!(!world.is_approved().await, "what takes away asks for no proof");
}

#[tokio::test]
async fn programs_of_admins_approve_and_withdraw() {
    let world = world().await;
    let mut api = world.test.api_as(&world.test.owner).await;
    let one = format!("/api/v1/members/{}", world.ada.id);
    let approval = format!("{one}/passkey-approval");
    assert!(api.call(Method::GET, &one).await.json().get("passkey_approved_at").is_none());
    for _ in 0..2 {
        let done = api.call(Method::PUT, &approval).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    }
    assert!(api.call(Method::GET, &one).await.json()["passkey_approved_at"].is_string());
    let mut hers = world.test.api_as(&world.ada).await;
    let me = hers.call(Method::GET, "/api/v1/me").await.json();
    assert!(me["passkey_approved_at"].is_string());
    assert_eq!(hers.call(Method::DELETE, &approval).await.status, StatusCode::FORBIDDEN);
    let bob = world.test.member("Bob", User).await;
    let mut his = world.test.api_as(&bob).await;
    let seen = his.call(Method::GET, &one).await.json();
    assert!(seen.get("passkey_approved_at").is_none(), "{seen}");
    for _ in 0..2 {
        assert_eq!(api.call(Method::DELETE, &approval).await.status, StatusCode::NO_CONTENT);
    }
    assert!(!world.is_approved().await);
    assert_eq!(world.test.recorded("passkey.withdrawn").await, 1);
}

#[tokio::test]
async fn a_leavers_approval_ends_and_does_not_return_with_them() {
    let world = world().await;
    world.approve().await;
    let owner = world.test.actor(&world.test.owner).await;
    members::suspend(&world.app, &owner, world.ada.id).await.unwrap();
    members::resume(&world.app, &owner, world.ada.id).await.unwrap();
    assert!(world.is_approved().await, "a suspension lets it wait");
    members::remove(&world.app, &owner, world.ada.id).await.unwrap();
    assert!(!world.is_approved().await);
    members::bring_back(&world.app, &owner, world.ada.id).await.unwrap();
    assert!(!world.is_approved().await);
}

/// For who is in no directory it is the only way in, and for the Owner the last one.
#[tokio::test]
async fn guests_local_members_and_the_owner_need_no_approval() {
    let mut test = TestApp::start().await;
    let app = at_localhost(&test).await;
    let mut owner = test.owner.clone();
    test.put_in_okta(&mut owner).await;
    test.owner = owner.clone();
    let (gus, lea) = (test.member("Gus", Guest).await, test.member("Lea", User).await);
    connect(&test, &[&owner]).await;
    let admin = test.actor(&owner).await;
    for person in [&gus, &lea, &owner] {
        let link = invite(&app, person, &test).await;
        let (mut browser, mut key) = (client(&app), Authenticator::new(&app));
        let options = post(&mut browser, &format!("{link}/start"), &json!({})).await.json();
        let made = key.create(&options);
        let done = post(&mut browser, &format!("{link}/finish"), &made).await;
        assert_eq!(done.status, StatusCode::OK, "{}: {}", person.name, done.body);
        let mut browser = client(&app);
        let options = post(&mut browser, "/sign-in/passkey/start", &json!({})).await.json();
        let used = key.get(&options);
        let done = post(&mut browser, "/sign-in/passkey/finish", &used).await;
        assert_eq!(done.status, StatusCode::OK, "{}: {}", person.name, done.body);
        let options = post(&mut browser, "/confirm/passkey/start", &json!({})).await;
        assert_eq!(options.status, StatusCode::OK, "{}: {}", person.name, options.body);
        let sql = "UPDATE passkey SET ended_at = 1 WHERE member_id = $1";
        test.tamper(sql, vec![person.id.into()]).await;
        assert!(members::approve_passkeys(&app, &admin, person.id).await.is_err());
    }
    assert_eq!(test.recorded("passkey.approved").await, 0);
}
