//! An account that asks for a recent or a strong sign-in before each launch (C22, C24): too old, satisfied, of the wrong
//! class, and Okta down.

use http::StatusCode;
use keytile::accounts::{self, Change, StepUp};
use keytile::{App, members};

use super::browser::{Browser, code, ticket};
use super::{Draft, World};
use crate::signin::passkeys::{Authenticator, at_localhost, invite, post};
use crate::signin::{AtOkta, configure, connect, path, query};
use crate::support::{Client, Person, TestApp, User, client};
use model::AccountId;
use model::share::ItemRole;
use serde_json::json;

/// An account of Ada's that Ben may use, who signs in through Okta.
async fn world() -> World {
    let app = TestApp::start().await;
    let (ada, ben) = (app.member("Ada", User).await, app.member("Ben", User).in_okta().await);
    connect(&app, &[&ben]).await;
    let draft = Draft {
        name: "Bank".into(),
        login_url: "https://bank.example.com/login".into(),
        ..Draft::default()
    };
    let account = app.account_of(&ada, draft.with_password("hunter2")).await;
    app.share(account, &ben, ItemRole::Collaborator).await;
    World { app, ada, ben, account }
}

impl World {
    async fn asks(&self, minutes: Option<i64>, acr: Option<&str>) {
        let step_up = StepUp { max_age_minutes: minutes, acr: acr.map(Into::into) };
        let change = Change { step_up: Some(step_up), ..Change::default() };
        let ada = self.app.actor(&self.ada).await;
        accounts::update(&self.app.app, &ada, self.account, change).await.unwrap();
    }
}

fn launch(account: AccountId) -> String {
    format!("/accounts/{account}/launch")
}

/// Ben has made a passkey, as an admin allows him.
async fn with_passkey(app: &App, world: &World) -> (Client, Authenticator) {
    let owner = world.app.actor(&world.app.owner).await;
    members::approve_passkeys(app, &owner, world.ben.id).await.unwrap();
    let link = invite(app, &world.ben, &world.app).await;
    let (mut pages, mut key) = (client(app), Authenticator::new(app));
    let options = post(&mut pages, &format!("{link}/start"), &json!({})).await.json();
    let made = key.create(&options);
    assert_eq!(post(&mut pages, &format!("{link}/finish"), &made).await.status, StatusCode::OK);
    (pages, key)
}

/// Nobody answers at Okta's address.
async fn okta_is_nowhere(app: &TestApp) {
    let mut nowhere: url::Url = app.okta.url.parse().unwrap();
    nowhere.set_port(Some(1)).unwrap();
    configure(app, nowhere.as_str().trim_end_matches('/')).await;
}

/// Goes on from Keytile's answer through Okta, and back to the page of the launch.
async fn through_okta(world: &World, browser: &mut Browser<'_>, person: &Person) -> String {
    let away = browser.pages.get(&launch(world.account)).await;
    assert_eq!(away.status, StatusCode::SEE_OTHER, "{}", away.body);
    let mut okta = AtOkta::new(&world.app);
    let asked = okta.follow(away.location()).await;
    let mut at = okta.sign_in(&asked, person).await;
    if at.path() == "/login/verify" {
        at = okta.verify(&at).await;
    }
    let back = browser.pages.get(path(&at)).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    back.location().to_owned()
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_is_made_anew_and_then_the_login_goes_on() {
    let world = world().await;
    world.asks(Some(5), None).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    browser.log_in(world.account).await;
    world.app.advance(5 * 60 + 1);

    let away = browser.pages.get(&launch(world.account)).await;
    let asked = query(&away.location().parse().unwrap());
    assert_eq!(asked["max_age"], "300");
    assert!(!asked.contains_key("acr_values") && !asked.contains_key("prompt"));
    assert_eq!(ticket(&away.body), None);

    let to = through_okta(&world, &mut browser, &world.ben).await;
    assert_eq!(to, format!("{}?signed_in=1", launch(world.account)));
    let ticket = browser.ticket_at(&to).await;
    assert_eq!(browser.redeem(&ticket).await.status, 200);
}

#[tokio::test]
async fn a_strong_sign_in_is_asked_for_and_checked_in_what_okta_says() {
    let world = world().await;
    world.asks(None, Some("urn:okta:loa:2fa:any")).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let away = browser.pages.get(&launch(world.account)).await;
    let asked = query(&away.location().parse().unwrap());
    assert_eq!(asked["acr_values"], "urn:okta:loa:2fa:any");

    let to = through_okta(&world, &mut browser, &world.ben).await;
    let ticket = browser.ticket_at(&to).await;
    assert_eq!(browser.redeem(&ticket).await.status, 200);
    // The session keeps it: the next launch asks for nothing.
    browser.log_in(world.account).await;
}

#[tokio::test]
async fn a_weaker_class_gives_no_ticket_and_sends_nobody_in_circles() {
    let world = world().await;
    world.asks(None, Some("phr urn:okta:loa:2fa:any")).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    world.app.tamper("UPDATE session SET acr = $1", vec!["urn:okta:loa:1fa:any".into()]).await;
    let back = format!("{}?signed_in=1", launch(world.account));
    let page = browser.pages.get(&back).await;
    assert_eq!((page.status, ticket(&page.body)), (StatusCode::OK, None));
    assert!(page.body.contains("data-state=\"again\""), "{}", page.body);
    assert!(page.body.contains("as strong as phr or urn:okta:loa:2fa:any"), "{}", page.body);
    assert_eq!(world.app.recorded("account.launched").await, 0);
}

/// What holds when the page is shown may not when its ticket is used.
#[tokio::test]
async fn a_ticket_is_worth_nothing_once_the_account_asks_for_more() {
    let world = world().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let held = browser.launch_ticket(world.account).await;
    world.asks(None, Some("phr")).await;
    let refused = browser.redeem(&held).await;
    assert_eq!(code(&refused), (410, "ticket_over".into()));
    assert_eq!(world.app.recorded("account.login_granted").await, 0);

    // Half a minute between page and browser is no fault of the person.
    world.asks(Some(1), None).await;
    world.app.advance(59);
    let page = browser.pages.get(&launch(world.account)).await;
    let ticket = ticket(&page.body).expect("59 seconds are less than a minute");
    world.app.advance(29);
    assert_eq!(browser.redeem(&ticket).await.status, 200);
}

#[tokio::test]
async fn with_okta_down_a_session_that_is_enough_launches_and_another_one_does_not() {
    let world = world().await;
    world.asks(Some(60), None).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    okta_is_nowhere(&world.app).await;
    browser.log_in(world.account).await;
    world.app.advance(61 * 60);
    let page = browser.pages.get(&launch(world.account)).await;
    assert_eq!((page.status, ticket(&page.body)), (StatusCode::BAD_GATEWAY, None));
    assert!(page.body.contains("Okta could not be reached"), "{}", page.body);
}

/// Whoever is not known to Okta confirms with what they have.
#[tokio::test]
async fn somebody_without_an_identity_at_okta_confirms_in_their_own_way() {
    let world = world().await;
    world.asks(Some(5), None).await;
    let mut pages = world.app.client_as(&world.ada).await;
    world.app.advance(6 * 60);
    let away = pages.get(&launch(world.account)).await;
    assert_eq!(away.status, StatusCode::SEE_OTHER);
    assert!(away.location().starts_with("/confirm?return_to="), "{}", away.location());
}

/// C24: nobody is offered what they may not use.
#[tokio::test]
async fn with_okta_down_a_passkey_is_offered_to_those_alone_whom_an_admin_has_allowed_one() {
    let world = world().await;
    world.asks(Some(60), None).await;
    let app = at_localhost(&world.app).await;
    let owner = world.app.actor(&world.app.owner).await;
    let (mut pages, _) = with_passkey(&app, &world).await;
    members::withdraw_passkeys(&app, &owner, world.ben.id).await.unwrap();
    okta_is_nowhere(&world.app).await;

    for is_allowed in [false, true] {
        if is_allowed {
            members::approve_passkeys(&app, &owner, world.ben.id).await.unwrap();
        }
        world.app.sign_in_here(&mut pages, &world.ben).await;
        world.app.advance(61 * 60);
        let page = pages.get(&launch(world.account)).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        assert!(page.body.contains("Okta could not be reached"), "{}", page.body);
        assert!(page.body.contains("with Okta</a>"), "they may try Okta again: {}", page.body);
        assert_eq!(page.body.contains("Sign in with a passkey"), is_allowed, "{}", page.body);
    }
}

/// C24: whoever has a passkey proves it with that while Okta is down, where only the age of the sign-in is asked. How
/// strong one is, Okta alone says.
#[tokio::test]
async fn with_okta_down_a_passkey_makes_a_sign_in_new_and_never_stronger() {
    let world = world().await;
    let app = at_localhost(&world.app).await;
    let (mut pages, mut key) = with_passkey(&app, &world).await;
    okta_is_nowhere(&world.app).await;

    for (minutes, acr, goes_on) in [
        (Some(5), None, true),
        (None, Some("urn:okta:loa:2fa:any"), false),
        (Some(5), Some("phr"), false),
    ] {
        world.asks(minutes, acr).await;
        world.app.advance(6 * 60);
        let page = pages.get(&launch(world.account)).await;
        assert_eq!((page.status, ticket(&page.body)), (StatusCode::BAD_GATEWAY, None));
        assert!(page.body.contains("Okta could not be reached"), "{}", page.body);
        // The page of the sign-in offers the passkey, and leads back to the launch.
        let finish = format!("/sign-in/passkey/finish?return_to=%2Faccounts%2F{}", world.account);
        assert!(page.body.contains(&finish), "{}", page.body);
        let options = post(&mut pages, "/sign-in/passkey/start", &json!({})).await.json();
        let used = key.get(&options);
        let back = format!("{}?signed_in=1", launch(world.account));
        let finish = format!("/sign-in/passkey/finish?return_to={}", back.replace('?', "%3F"));
        let done = post(&mut pages, &finish, &used).await.json();
        assert_eq!(done["location"], back);
        let page = pages.get(&back).await;
        assert_eq!(ticket(&page.body).is_some(), goes_on, "{minutes:?} {acr:?}: {}", page.body);
    }
}
