//! A click on a tile: who gets where (S40, C22).

#![expect(clippy::unwrap_used, reason = "what a test itself arranges must stand")]

use http::StatusCode;
use keytile::{accounts, members, sync};
use model::share::ItemRole;
use model::{AccountId, LaunchId, TileId};
use serde_json::json;

use crate::signin::passkeys::{Authenticator, at_localhost, invite, post};
use crate::signin::{AtOkta, connect, path, query};
use crate::support::{Answer, Client, Guest, LoginOnly, Person, TestApp, User, client};

/// An extended account of Ada's, and the URL of its tile.
struct World {
    app: TestApp,
    ada: Person,
    account: AccountId,
    url: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ada = app.member("Ada", User).in_okta().await;
        app.turn_on().await;
        let account = app.account(&ada, "Contentzilla", "Instagram").await;
        let url = url(&app, app.extend(&ada, account).await).await;
        Self { app, ada, account, url }
    }
}

async fn url(app: &TestApp, tile: TileId) -> String {
    let mut tx = app.app.db.read().await.unwrap();
    let row =
        tx.one("SELECT launch_id FROM tile WHERE id = $1", keytile::values![tile]).await.unwrap();
    let launch = LaunchId::from_bytes(row.bytes("launch_id").unwrap().try_into().unwrap());
    format!("/launch/{launch}")
}

#[tokio::test]
async fn a_tile_opens_for_those_with_access_and_says_who_they_are() {
    let world = World::new().await;
    let bob = world.app.member("Bob", User).await;
    world.app.share(world.account, &bob, ItemRole::Collaborator).await;
    let asked = world.app.okta.asked().len();

    let page = world.app.client_as(&bob).await.get(&world.url).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for said in [
        "Contentzilla - Instagram",
        "Bob",
        "bob@example.com",
        "login.example.com",
        "shared@example.com",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let link = format!("/accounts/{}", world.account);
    assert!(!page.body.contains(&link), "a Collaborator is not sent to the password");
    assert!(!page.body.contains("hunter2"));
    let owners = world.app.client_as(&world.ada).await.get(&world.url).await;
    assert!(owners.body.contains(&link));
    assert_eq!(world.app.recorded("account.launched").await, 2);
    assert_eq!(world.app.okta.asked().len(), asked, "Okta's API is not called on the way");
}

/// Guests and Login-only members get no tiles, but what is shared with them opens by its URL.
#[tokio::test]
async fn everyone_with_access_may_launch() {
    let world = World::new().await;
    for (name, role) in [("Gus", Guest), ("Lola", LoginOnly)] {
        let person = world.app.member(name, role).await;
        world.app.share(world.account, &person, ItemRole::Collaborator).await;
        let page = world.app.client_as(&person).await.get(&world.url).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
    }
}

/// C22: no hint of what is behind a tile, nor whether there is anything.
#[tokio::test]
async fn without_access_the_page_says_nothing_about_the_account() {
    let world = World::new().await;
    let outsider = world.app.member("Otto", User).await;
    let mut browser = world.app.client_as(&outsider).await;
    let refused = browser.get(&world.url).await;
    let unknown = browser.get("/launch/00000000000000000000000000").await;
    let nonsense = browser.get("/launch/x").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!((unknown.status, nonsense.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    for hint in ["Contentzilla", "Instagram", "login.example.com", "shared@example.com", "Ada"] {
        assert!(!refused.body.contains(hint), "{hint}");
    }
    let same = |body: &str, url: &str| body.replace(url, "");
    assert_eq!(
        same(&refused.body, &world.url),
        same(&unknown.body, "/launch/00000000000000000000000000")
    );
    assert_eq!(world.app.recorded("account.launch_refused").await, 1);
    assert_eq!(world.app.recorded("account.launched").await, 0);
}

#[tokio::test]
async fn another_workspaces_tile_does_not_exist() {
    let world = World::new().await;
    let stranger = world.app.elsewhere().await;
    let mut by = keytile::actor::By::member(&world.app.app, &stranger);
    let token = world
        .app
        .app
        .db
        .write::<_, keytile::Error, _>(stranger.workspace, move |tx| {
            Box::pin(async move {
                let proof =
                    keytile::signin::Proof { means: keytile::signin::Means::Passkey, at: by.now };
                let device = keytile::signin::Device::default();
                keytile::signin::open_session(tx, &mut by, stranger.member, proof, &device).await
            })
        })
        .await
        .unwrap();
    let mut browser = world.app.client();
    let request = browser
        .request(http::Method::GET, &world.url)
        .header("cookie", format!("keytile={}", token.expose()))
        .body(axum::body::Body::empty());
    assert_eq!(browser.send(request.unwrap()).await.status, StatusCode::NOT_FOUND);
}

/// C7: an old chiclet still opens for those with access.
#[tokio::test]
async fn a_removed_tile_and_a_feature_turned_off_still_open() {
    let world = World::new().await;
    let mut browser = world.app.client_as(&world.ada).await;
    let actor = world.app.actor(&world.ada).await;
    sync::remove(&world.app.app, &actor, world.account).await.unwrap();
    assert_eq!(browser.get(&world.url).await.status, StatusCode::OK);
    world.app.tamper("UPDATE portal SET status = 'off', turned_off_at = 1", Vec::new()).await;
    assert_eq!(browser.get(&world.url).await.status, StatusCode::OK);
    accounts::delete(&world.app.app, &actor, world.account).await.unwrap();
    assert_eq!(
        browser.get(&world.url).await.status,
        StatusCode::NOT_FOUND,
        "a deleted account is gone"
    );
}

/// From the commit on, whatever the dashboard still shows.
#[tokio::test]
async fn unsharing_and_suspending_close_a_tile_at_once() {
    let world = World::new().await;
    let bob = world.app.member("Bob", User).await;
    let team = world.app.team("Marketing", &[&bob]).await;
    world.app.share(world.account, team, ItemRole::Collaborator).await;
    let mut browser = world.app.client_as(&bob).await;
    assert_eq!(browser.get(&world.url).await.status, StatusCode::OK);
    world.app.leave(team, &bob).await;
    assert_eq!(browser.get(&world.url).await.status, StatusCode::FORBIDDEN);
    world.app.join(team, &bob).await;
    let owner = world.app.actor(&world.app.owner).await;
    members::suspend(&world.app.app, &owner, bob.id).await.unwrap();
    let stopped = browser.get(&world.url).await;
    assert!(stopped.body.contains("Sign in") && !stopped.body.contains("Contentzilla"));
}

/// S40: who comes from the dashboard has a session at Okta, so nothing is asked; who has none signs in there.
#[tokio::test]
async fn a_click_signs_in_without_asking_where_okta_knows_the_person() {
    let world = World::new().await;
    let (app, ada) = (&world.app, &world.ada);
    connect(app, &[ada]).await;
    let mut okta = AtOkta::new(app);
    let mut browser = app.client();

    let okta_url = app.okta.url.clone();
    let from_okta = [("referer", okta_url.as_str()), ("sec-fetch-user", "?1")];
    let away = arrive(&mut browser, &world.url, &from_okta).await;
    assert_eq!(query(&url::Url::parse(away.location()).unwrap())["prompt"], "none");
    let back = okta.follow(away.location()).await;
    assert_eq!(query(&back)["error"], "login_required");
    let asked = browser.get(path(&back)).await;
    assert!(asked.location().starts_with("/sign-in/okta?"), "{}", asked.location());
    let away = browser.get(asked.location()).await;
    let asked = okta.follow(away.location()).await;
    let back = okta.sign_in(&asked, ada).await;
    assert_eq!(browser.get(path(&back)).await.location(), world.url);

    let mut another = app.client();
    let away = arrive(&mut another, &world.url, &from_okta).await;
    let back = okta.follow(away.location()).await;
    let landed = another.get(path(&back)).await;
    assert_eq!(landed.location(), world.url, "nothing was asked");
    assert_eq!(another.get(&world.url).await.status, StatusCode::OK);
}

/// T12: on the way back from Okta the headers tell of Okta, where the person has just clicked. What counts is how the
/// tile was opened before.
#[tokio::test]
async fn a_sign_in_on_the_way_changes_nothing_about_who_began_a_login() {
    let world = World::new().await;
    let (app, ada) = (&world.app, &world.ada);
    connect(app, &[ada]).await;
    let okta_url = app.okta.url.clone();
    let back_from_okta = [("referer", okta_url.as_str()), ("sec-fetch-user", "?1")];
    for (opened, state) in [
        (vec![], "ask"),
        (vec![("referer", "https://evil.example/"), ("sec-fetch-user", "?1")], "ask"),
        (vec![("sec-fetch-user", "?1")], "waiting"),
        (vec![("referer", okta_url.as_str())], "waiting"),
    ] {
        let mut okta = AtOkta::new(app);
        let mut browser = app.client();
        let away = arrive(&mut browser, &world.url, &opened).await;
        let back = okta.follow(away.location()).await;
        // Nobody is signed in there: Okta asks, and sends the browser back after a click on its own page.
        let asked = arrive(&mut browser, path(&back), &opened).await;
        let away = arrive(&mut browser, asked.location(), &opened).await;
        let asked = okta.follow(away.location()).await;
        let back = okta.sign_in(&asked, ada).await;
        let landed = arrive(&mut browser, path(&back), &back_from_okta).await;
        let asks = if state == "ask" { "?ask=1" } else { "" };
        assert_eq!(landed.location(), format!("{}{asks}", world.url));
        let page = arrive(&mut browser, landed.location(), &back_from_okta).await;
        assert!(page.body.contains(&format!("data-state=\"{state}\"")), "{opened:?}");
        let ticket = page.body.contains("keytile-ticket");
        assert_eq!(ticket, state == "waiting", "{opened:?}");

        // The same through a session at Okta, which answers at once: nobody clicks, and no address is told.
        let mut another = app.client();
        let away = arrive(&mut another, &world.url, &opened).await;
        let back = okta.follow(away.location()).await;
        let landed = arrive(&mut another, path(&back), &[]).await;
        let copy = another.clone();
        let page = arrive(&mut another, landed.location(), &[]).await;
        assert!(page.body.contains(&format!("data-state=\"{state}\"")), "{opened:?}");

        // It is good once, and in the browser that it was made for.
        for mut browser in [another, copy] {
            let again = arrive(&mut browser, &world.url, &[]).await;
            assert!(again.body.contains("data-state=\"ask\""), "{opened:?}");
        }
    }
}

/// What was decided for one tile says nothing about another, and ends when a sign-in would.
#[tokio::test]
async fn what_a_sign_in_carries_is_for_one_tile_and_ten_minutes() {
    let world = World::new().await;
    let (app, ada) = (&world.app, &world.ada);
    connect(app, &[ada]).await;
    let account = app.account(ada, "Other", "Instagram").await;
    let other = url(app, app.extend(ada, account).await).await;
    let mut okta = AtOkta::new(app);
    let start = crate::signin::begin(app, &world.url);
    let asked = okta.follow(app.client().get(&start).await.location()).await;
    okta.sign_in(&asked, ada).await;
    for (path_of, seconds, state) in
        [(&world.url, 0, "waiting"), (&other, 0, "ask"), (&world.url, 601, "ask")]
    {
        let mut browser = app.client();
        let away = arrive(&mut browser, &world.url, &[("sec-fetch-user", "?1")]).await;
        let back = okta.follow(away.location()).await;
        arrive(&mut browser, path(&back), &[]).await;
        app.advance(seconds);
        let page = arrive(&mut browser, path_of, &[]).await;
        assert!(page.body.contains(&format!("data-state=\"{state}\"")), "{path_of} {seconds}");
    }
}

/// T12: a page elsewhere that sends somebody to sign in, or to confirm that it is them, begins no login by that. What they
/// began themselves goes on.
#[tokio::test]
async fn a_proof_begins_only_a_login_that_was_begun_before() {
    let world = World::new().await;
    let (app, ada) = (at_localhost(&world.app).await, &world.ada);
    let link = invite(&app, ada, &world.app).await;
    let (mut browser, mut key) = (client(&app), Authenticator::new(&app));
    let options = post(&mut browser, &format!("{link}/start"), &json!({})).await.json();
    let made = key.create(&options);
    post(&mut browser, &format!("{link}/finish"), &made).await;
    let own = [("sec-fetch-site", "same-origin")];
    let asking = format!("{}?ask=1", world.url);

    for way in ["sign-in", "confirm"] {
        let page = format!("/{way}?return_to={}", world.url);
        arrive(&mut browser, &page, &[("referer", "https://evil.example/")]).await;
        let options = post(&mut browser, &format!("/{way}/passkey/start"), &json!({})).await.json();
        let finish = format!("/{way}/passkey/finish?return_to={}", world.url);
        let done = post(&mut browser, &finish, &key.get(&options)).await;
        assert_eq!(done.json()["location"], asking, "{}", done.body);
        for _ in 0..2 {
            let asked = arrive(&mut browser, &asking, &own).await;
            assert!(asked.body.contains("data-state=\"ask\""), "{way}: however often it is loaded");
        }
        // Its button leads to the same page.
        let clicked = arrive(&mut browser, &world.url, &own).await;
        assert!(clicked.body.contains("data-state=\"waiting\""), "{way}");
    }

    // Whoever is signed in passes through, and whoever changes their mind has proved nothing.
    let passed = arrive(&mut browser, &format!("/sign-in?return_to={}", world.url), &[]).await;
    assert_eq!(passed.location(), asking);
    let confirm = arrive(&mut browser, &format!("/confirm?return_to={}", world.url), &[]).await;
    assert!(confirm.body.contains(&format!("<a href=\"{asking}\">Go back")), "{}", confirm.body);

    // There is no Okta to sign in with: the page of the passkey stands between.
    let mut another = client(&app);
    let page = arrive(&mut another, &world.url, &[("sec-fetch-site", "none")]).await;
    assert!(page.body.contains("Sign in with a passkey"), "{}", page.body);
    world.app.advance(120);
    let options = post(&mut another, "/sign-in/passkey/start", &json!({})).await.json();
    let finish = format!("/sign-in/passkey/finish?return_to={}", world.url);
    let done = post(&mut another, &finish, &key.get(&options)).await;
    assert_eq!(done.json()["location"], world.url, "{}", done.body);
    let begun = arrive(&mut another, &world.url, &own).await;
    assert!(begun.body.contains("data-state=\"waiting\""), "{}", begun.body);

    // The same by Okta.
    connect(&world.app, &[ada]).await;
    let mut okta = AtOkta::new(&world.app);
    let mut third = world.app.client();
    let away = arrive(&mut third, &crate::signin::begin(&world.app, &world.url), &own).await;
    let asked = okta.follow(away.location()).await;
    let back = okta.sign_in(&asked, ada).await;
    let landed = arrive(&mut third, path(&back), &[]).await;
    assert_eq!(landed.location(), asking);
    let page = arrive(&mut third, landed.location(), &own).await;
    assert!(page.body.contains("data-state=\"ask\""), "{}", page.body);
}

/// A page that another site has opened, with these headers.
async fn arrive(browser: &mut Client, path: &str, more: &[(&'static str, &str)]) -> Answer {
    let mut request =
        browser.request(http::Method::GET, path).body(axum::body::Body::empty()).unwrap();
    let headers = request.headers_mut();
    headers.remove("origin");
    let page = [
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "cross-site"),
    ];
    for (name, value) in page.iter().chain(more) {
        headers.insert(*name, value.parse().unwrap());
    }
    browser.send(request).await
}

/// A guess, made by nobody in particular, looks like any tile.
#[tokio::test]
async fn who_is_not_signed_in_cannot_tell_a_tile_from_a_guess() {
    let world = World::new().await;
    connect(&world.app, &[]).await;
    for url in [world.url.as_str(), "/launch/00000000000000000000000000", "/launch/x"] {
        let away = world.app.client().get(url).await;
        assert!(away.location().starts_with(&world.app.okta.url), "{url}: {}", away.location());
    }
}
