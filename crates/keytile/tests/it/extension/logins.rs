//! Logins in whole: two at once, hand-overs, outcomes, what the popup lists and Owners copy, recipes, and alerts.

use http::{Method, Request, StatusCode};
use keytile::accounts::{self, Change, Draft};
use keytile::grants::unusual::UNUSUAL;
use model::secret::Secret;
use serde_json::{Value, json};

use super::World;
use super::browser::{Browser, code, ticket};
use crate::support::User;

fn outcome(word: &str) -> Value {
    json!({ "outcome": word, "origin": "https://www.example.com", "duration_ms": 3_000 })
}

#[tokio::test]
async fn two_logins_at_once_in_two_tabs_do_not_disturb_each_other() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (one, two) =
        (browser.launch_ticket(world.account).await, browser.launch_ticket(world.account).await);
    let first = browser.redeem(&two).await.json();
    let second = browser.redeem(&one).await.json();
    assert_ne!(first["grant"], second["grant"]);
    for sealed in [&first, &second] {
        let opened = browser.open("login-grant/v1", sealed).unwrap();
        assert_eq!(opened.context["grant"], sealed["grant"]);
    }
    let path =
        |sealed: &Value, what: &str| format!("grants/{}/{what}", sealed["grant"].as_str().unwrap());
    assert_eq!(browser.post(&path(&first, "outcome"), &outcome("cancelled")).await.status, 200);
    assert_eq!(browser.post(&path(&second, "code"), &json!({})).await.status, 200);
}

/// After a hand-over the same launch goes on, with a grant of its own each time, and not for ever.
#[tokio::test]
async fn a_login_goes_on_after_its_person_has_acted() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (mut grant, _) = browser.log_in(world.account).await;
    assert_eq!(
        code(&browser.post(&format!("grants/{grant}/resume"), &json!({})).await),
        (410, "grant_over".into()),
        "nothing was handed over"
    );
    for time in 0..6 {
        let end = format!("grants/{grant}/outcome");
        assert_eq!(browser.post(&end, &outcome("captcha")).await.status, 200);
        assert_eq!(browser.post(&end, &outcome("logged_in")).await.status, 200, "told again");
        let again = format!("grants/{grant}/resume");
        let resumed = browser.post(&again, &json!({})).await;
        if time == 5 {
            assert_eq!(code(&resumed), (410, "grant_over".into()), "the sixth time");
            break;
        }
        assert_eq!(resumed.status, 200, "{}", resumed.body);
        assert_eq!(
            code(&browser.post(&again, &json!({})).await),
            (410, "grant_over".into()),
            "twice"
        );
        let sealed = resumed.json();
        let opened = browser.open("login-grant/v1", &sealed).unwrap();
        assert_eq!(opened.secrets["password"], "hunter2");
        grant = sealed["grant"].as_str().unwrap().to_owned();
    }
    let (grant, _) = browser.log_in(world.account).await;
    browser.post(&format!("grants/{grant}/outcome"), &outcome("locked")).await;
    let locked = browser.post(&format!("grants/{grant}/resume"), &json!({})).await;
    assert_eq!(code(&locked), (410, "grant_over".into()), "that is the end");
    let (grant, _) = browser.log_in(world.account).await;
    browser.post(&format!("grants/{grant}/outcome"), &outcome("question")).await;
    world.app.advance(15 * 60);
    let late = browser.post(&format!("grants/{grant}/resume"), &json!({})).await;
    assert_eq!(code(&late), (410, "grant_over".into()), "too late");
    let (grant, _) = browser.log_in(world.account).await;
    browser.post(&format!("grants/{grant}/outcome"), &outcome("question")).await;
    world.app.advance(10 * 60);
    let sealed = browser.post(&format!("grants/{grant}/resume"), &json!({})).await.json();
    let grant = sealed["grant"].as_str().unwrap();
    browser.post(&format!("grants/{grant}/outcome"), &outcome("question")).await;
    world.app.advance(5 * 60);
    let late = browser.post(&format!("grants/{grant}/resume"), &json!({})).await;
    assert_eq!(code(&late), (410, "grant_over".into()), "it counts from the first grant");
}

#[tokio::test]
async fn an_outcome_is_kept_once_and_a_refused_password_is_told_to_its_owners() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    for word in ["rejected", "code_rejected", "logged_in"] {
        let (grant, _) = browser.log_in(world.account).await;
        world.app.advance(121);
        let end = format!("grants/{grant}/outcome");
        assert_eq!(browser.post(&end, &outcome(word)).await.status, 200, "late, too");
        assert_eq!(browser.post(&end, &outcome("expired")).await.status, 200);
        let kept = "SELECT COUNT(*) AS n FROM login_grant WHERE outcome = $1 AND duration_ms = 3000
                    AND origin = 'https://www.example.com'";
        assert_eq!(world.app.count_of(kept, keytile::values![word]).await, 1, "{word}");
    }
    let flagged = "SELECT COUNT(*) AS n FROM account WHERE password_rejected_at IS NOT NULL";
    assert_eq!(world.app.count(flagged).await, 1);
    assert_eq!(world.app.recorded("account.password_rejected").await, 1);
    let page = world.app.client_as(&world.ada).await.get("/accounts").await;
    assert!(page.body.contains("refused its password"), "{}", page.body);
    let (grant, _) = browser.log_in(world.account).await;
    browser.post(&format!("grants/{grant}/outcome"), &outcome("rejected")).await;
    assert_eq!(world.app.recorded("account.password_rejected").await, 1, "they know");

    let ada = world.app.actor(&world.ada).await;
    let change =
        Change { password: Some(Secret::new("correct horse".into())), ..Change::default() };
    accounts::update(&world.app.app, &ada, world.account, change).await.unwrap();
    assert_eq!(world.app.count(flagged).await, 0, "until it is changed");
}

/// A seed that makes no codes, or the wrong ones, is no reason to break.
#[tokio::test]
async fn an_account_without_a_usable_seed_gives_no_code() {
    let world = World::new().await;
    let draft = Draft {
        name: "Other".into(),
        login_url: "https://other.example.com".into(),
        ..Draft::default()
    };
    let plain = world.app.account_of(&world.ben, draft).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (grant, opened) = browser.log_in(plain).await;
    assert_eq!(opened.context["factors"], json!([]));
    assert_eq!(opened.context["origins"], json!(["https://other.example.com"]), "by default");
    assert_eq!(opened.secrets, json!({ "username": "", "password": null, "recipe": null }));
    let answer = browser.post(&format!("grants/{grant}/code"), &json!({})).await;
    assert_eq!(code(&answer), (409, "no_code".into()));
    for (what, word) in [("password", "no_password"), ("code", "no_code")] {
        let answer =
            browser.post(&format!("accounts/{plain}/copy"), &json!({ "what": what })).await;
        assert_eq!(code(&answer), (409, word.into()));
    }
    let draft = Draft { name: "Nowhere".into(), ..Draft::default() };
    let nowhere = world.app.account_of(&world.ben, draft).await;
    let page = browser.pages.get(&format!("/accounts/{nowhere}/launch")).await;
    assert!(page.body.contains("data-state=\"no-address\"") && ticket(&page.body).is_none());
}

#[tokio::test]
async fn the_popup_lists_what_its_person_may_use() {
    let world = World::new().await;
    let draft = |name: &str, url: &str| Draft {
        name: name.into(),
        login_url: url.into(),
        ..Draft::default()
    };
    for number in 0..52 {
        let url = format!("https://site{number}.example.com/");
        world.app.account_of(&world.ben, draft(&format!("Mine {number:02}"), &url)).await;
    }
    world.app.account_of(&world.ada, draft("Secret", "https://site1.example.com")).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let first = browser.get("accounts").await.json();
    assert_eq!(first["accounts"].as_array().unwrap().len(), 50);
    let entry = &first["accounts"][0];
    assert_eq!(
        entry,
        &json!({
            "id": world.account, "name": "Contentzilla", "app": "Instagram", "username": "shared@example.com",
            "origins": ["https://login.example.com", "https://www.example.com"],
            "launch_url": format!("{}/accounts/{}/launch", world.app.app.config.origin(), world.account),
            "letter": "C", "hue": entry["hue"], "can_copy": false, "can_edit": false, "has_password": true,
            "has_code": true,
        })
    );
    assert_eq!(first["accounts"][1]["can_edit"], true, "their own");
    let next = first["next"].as_str().unwrap();
    let second = browser.get(&format!("accounts?after={next}")).await.json();
    assert_eq!(second["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(second["next"], Value::Null);
    let mut names = async |query: &str| -> Vec<String> {
        let found = browser.get(&format!("accounts?{query}")).await.json();
        let found = found["accounts"].as_array().unwrap();
        found.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("q=zilla").await, ["Contentzilla"]);
    assert_eq!(names("origin=https://login.example.com").await, ["Contentzilla"]);
    assert_eq!(names("origin=https://site1.example.com").await, ["Mine 01"]);
    for elsewhere in [
        "https://example.com",
        "https://site1.example.com.evil.example",
        "https://%25",
        "http://site1.example.com",
    ] {
        assert!(names(&format!("origin={elsewhere}")).await.is_empty(), "{elsewhere}");
    }
    assert_eq!(code(&browser.get("accounts?after=nonsense").await), (400, "malformed".into()));
}

/// A Collaborator logs in and never copies.
#[tokio::test]
async fn owners_copy_and_that_is_on_record() {
    let world = World::new().await;
    let path = format!("accounts/{}/copy", world.account);
    let mut bens = Browser::enrolled(&world.app, &world.ben).await;
    let stranger = world.app.member("Cleo", User).await;
    let mut cleos = Browser::enrolled(&world.app, &stranger).await;
    for what in ["password", "code"] {
        let body = json!({ "what": what });
        assert_eq!(code(&bens.post(&path, &body).await), (403, "not_allowed".into()));
        assert_eq!(code(&cleos.post(&path, &body).await), (403, "no_access".into()));
    }
    assert_eq!(world.app.recorded("account.password_revealed").await, 0);
    let mut adas = Browser::enrolled(&world.app, &world.ada).await;
    let sealed = adas.post(&path, &json!({ "what": "password" })).await.json();
    let opened = adas.open("login-copy/v1", &sealed).unwrap();
    assert_eq!(opened.secrets, json!({ "password": "hunter2" }));
    assert_eq!(
        (&opened.context["what"], &opened.context["account"]),
        (&json!("password"), &json!(world.account))
    );
    let sealed = adas.post(&path, &json!({ "what": "code" })).await.json();
    assert_eq!(adas.open("login-copy/v1", &sealed).unwrap().secrets["valid_for_ms"], 30_000);
    assert_eq!(world.app.recorded("account.password_revealed").await, 1);
    assert_eq!(world.app.recorded("account.code_revealed").await, 1);
}

#[tokio::test]
async fn a_recipe_is_its_owners_and_comes_with_the_grant() {
    let world = World::new().await;
    let path = format!("accounts/{}/recipe", world.account);
    let recipe = json!({ "version": 1, "steps": [{ "username": "#user", "submit": "button" }] });
    let mut bens = Browser::enrolled(&world.app, &world.ben).await;
    let mut adas = Browser::enrolled(&world.app, &world.ada).await;
    assert_eq!(bens.get(&path).await.json(), json!({ "recipe": null }));
    let body = json!({ "recipe": recipe });
    assert_eq!(code(&bens.put(&path, &body).await), (403, "not_allowed".into()));
    assert_eq!(adas.put(&path, &body).await.json(), body);
    assert_eq!(bens.get(&path).await.json(), body);
    assert_eq!(bens.log_in(world.account).await.1.secrets["recipe"], recipe);
    let script = json!({ "recipe": { "version": 1, "steps": [{ "script": "alert(1)" }] } });
    assert_eq!(code(&adas.put(&path, &script).await), (400, "malformed".into()));
    assert_eq!(adas.put(&path, &json!({ "recipe": null })).await.status, 200);
    assert_eq!(bens.log_in(world.account).await.1.secrets["recipe"], Value::Null);
    let stranger = world.app.member("Cleo", User).await;
    let mut cleos = Browser::enrolled(&world.app, &stranger).await;
    assert_eq!(code(&cleos.get(&path).await), (404, "not_found".into()));
    assert_eq!(code(&cleos.put(&path, &body).await), (404, "not_found".into()));
}

/// T23: a filled password can be read by whoever controls the page, so that many logins by one person are told.
#[tokio::test]
async fn an_unusual_number_of_logins_is_told_to_the_admins_once() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let told = "SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%has logged in to accounts or copied%'";
    for number in 1..=UNUSUAL + 5 {
        browser.log_in(world.account).await;
        assert_eq!(world.app.count(told).await, i64::from(number >= UNUSUAL), "after {number}");
        world.app.advance(10);
    }
    world.app.advance(3_600);
    for _ in 0..UNUSUAL {
        browser.log_in(world.account).await;
    }
    assert_eq!(world.app.count(told).await, 2, "and again in another hour");
}

/// Whoever copies needs no login to collect passwords: that counts as well.
#[tokio::test]
async fn copies_count_into_an_unusual_number() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ada).await;
    let told = "SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%has logged in to accounts or copied%'";
    browser.log_in(world.account).await;
    let path = format!("accounts/{}/copy", world.account);
    for number in 2..=UNUSUAL + 5 {
        let what = if number % 2 == 0 { "password" } else { "code" };
        assert_eq!(browser.post(&path, &json!({ "what": what })).await.status, 200);
        assert_eq!(world.app.count(told).await, i64::from(number >= UNUSUAL), "after {number}");
    }
}

/// Whoever looks at passwords on pages or by the API collects as well, without any device.
#[tokio::test]
async fn passwords_seen_without_a_device_are_an_unusual_number_by_themselves() {
    let world = World::new().await;
    let mut program = world.app.api_as(&world.ada).await;
    let told = "SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%has logged in to accounts or copied%'";
    let path = format!("/api/v1/accounts/{}/reveal", world.account);
    for number in 1..=UNUSUAL + 5 {
        assert_eq!(program.call(Method::POST, &path).await.status, StatusCode::OK);
        assert_eq!(world.app.count(told).await, i64::from(number >= UNUSUAL), "after {number}");
        world.app.advance(10);
    }
}

/// A page begins a login only as a page of its own that its person has opened.
#[tokio::test]
async fn only_a_page_of_its_own_carries_a_ticket() {
    let world = World::new().await;
    world.app.turn_on().await;
    let tile = world.app.launch_of(&world.ada, world.account).await;
    let list = format!("/accounts/{}/launch", world.account);
    let okta = world.app.okta.url.clone();
    let mut pages = world.app.client_as(&world.ben).await;
    let mut open =
        async |path: &str, dest: &str, site: &str, referrer: &str, more: (&str, &str)| {
            let mut request: Request<axum::body::Body> =
                pages.request(Method::GET, path).body(axum::body::Body::empty()).unwrap();
            let headers = request.headers_mut();
            headers.remove("origin");
            for (name, value) in [
                ("sec-fetch-dest", dest),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-site", site),
                ("referer", referrer),
                more,
            ] {
                headers.insert(
                    http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    value.parse().unwrap(),
                );
            }
            let page = pages.send(request).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            let state = page.body.split_once("data-state=\"").unwrap().1.split('"').next().unwrap();
            (state.to_owned(), ticket(&page.body).is_some())
        };
    let (asked, waiting) = (("ask".to_owned(), false), ("waiting".to_owned(), true));
    let (still, none) = (("still".to_owned(), false), ("sec-fetch-user", "?0"));
    let click = ("sec-fetch-user", "?1");
    let evil = "https://evil.example/";
    for path in [&tile, &list] {
        assert_eq!(open(path, "document", "none", "", none).await, waiting);
        assert_eq!(open(path, "document", "cross-site", &okta, none).await, waiting);
        assert_eq!(open(path, "iframe", "cross-site", &okta, click).await, still);
        assert_eq!(open(path, "empty", "same-origin", "", none).await, still);
        assert_eq!(open(path, "document", "cross-site", evil, click).await, asked);
        assert_eq!(open(path, "document", "cross-site", "", none).await, asked);
        for purpose in ["prefetch", "prefetch;prerender"] {
            let ahead = ("sec-purpose", purpose);
            assert_eq!(open(path, "document", "none", "", ahead).await, still);
        }
    }
    assert_eq!(open(&tile, "document", "cross-site", "", click).await, waiting);
    assert_eq!(open(&list, "document", "cross-site", "", click).await, asked);
    let connect = "/extension/connect";
    let missing = ("missing".to_owned(), false);
    assert_eq!(open(connect, "document", "none", "", none).await, waiting);
    assert_eq!(open(connect, "iframe", "same-origin", "", none).await, missing);
    let ahead = ("sec-purpose", "prefetch;prerender");
    assert_eq!(open(connect, "document", "same-origin", "", ahead).await, missing);
}

/// A browser that was added is told to its person.
#[tokio::test]
async fn whoever_adds_a_browser_hears_of_it() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let page = browser.pages.get("/accounts").await;
    assert!(page.body.contains("A browser was added: Chrome on Linux."), "{}", page.body);
}
