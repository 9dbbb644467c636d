//! Approval: a person's wish waits for an admin where the workspace wants that, and a quota holds (S1, S30).

use http::{Method, StatusCode};
use keytile::sync::{self, requests};
use keytile::{Error, values};
use model::share::ItemRole;
use serde_json::json;

use crate::support::{Admin, Person, TestApp, User};

const PAGE: &str = "/sync/requests";

async fn rules(app: &TestApp, asks: bool, quota: &str) {
    let owner = app.actor(&app.owner).await;
    requests::set_rules(&app.app, &owner, asks, quota).await.unwrap();
}

async fn extend(
    app: &TestApp,
    person: &Person,
    account: model::AccountId,
) -> Result<model::TileId, Error> {
    sync::extend(&app.app, &app.actor(person).await, account).await
}

async fn told(app: &TestApp, person: &Person) -> Vec<String> {
    let actor = app.actor(person).await;
    let news = keytile::notifications::take(&app.app, &actor).await.unwrap();
    news.into_iter().map(|message| message.text).collect()
}

async fn open(app: &TestApp, admin: &Person) -> Vec<requests::Request> {
    requests::open(&app.app, &app.actor(admin).await, None, 100).await.unwrap()
}

async fn tiles(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NULL").await
}

#[tokio::test]
async fn a_wish_waits_until_an_admin_approves_and_is_extended_in_the_askers_name() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, adam) = (app.member("Ada", User).await, app.member("Adam", Admin).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    rules(&app, true, "").await;
    let mut browser = app.client_as(&ada).await;
    browser.post(&format!("/accounts/{account}/tile"), &[]).await;
    assert_eq!((tiles(&app).await, app.recorded("tile.requested").await), (0, 1));
    let page = browser.get(&format!("/accounts/{account}")).await.body;
    assert!(page.contains("waits for an admin") && !page.contains("id=\"tile-sync\""));
    // S30: asking twice is asking once.
    let again = extend(&app, &ada, account).await.unwrap_err();
    assert!(again.to_string().contains("already"), "{again}");
    assert_eq!(told(&app, &adam).await, ["Ada would like to extend Contentzilla to Okta."]);
    let mut admin = app.client_as(&adam).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("Contentzilla") && page.contains("Ada"));
    let id = open(&app, &adam).await[0].id;
    admin.post(&format!("{PAGE}/{id}/approve"), &[]).await;
    assert_eq!(tiles(&app).await, 1);
    let by = "SELECT COUNT(*) AS n FROM tile WHERE extended_by = $1";
    assert_eq!(app.count_of(by, values![ada.id]).await, 1);
    assert!(admin.get(PAGE).await.body.contains("Nothing waits"));
    assert_eq!(
        admin.post(&format!("{PAGE}/{id}/approve"), &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn whoever_asked_may_take_it_back_and_ask_again() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, adam) = (app.member("Ada", User).await, app.member("Adam", Admin).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    rules(&app, true, "1").await;
    let mut browser = app.client_as(&ada).await;
    browser.post(&format!("/accounts/{account}/tile"), &[]).await;
    let page = browser.get(&format!("/accounts/{account}")).await.body;
    assert!(page.contains("Take the request back"));
    assert!(page.contains("id=\"connected\" open>"), "what waits is in sight");
    let path = format!("/accounts/{account}/tile/withdraw");
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.recorded("tile.request_withdrawn").await, 1);
    let open = open(&app, &adam).await;
    assert!(open.is_empty(), "{open:?}");
    let again = requests::withdraw(&app.app, &app.actor(&ada).await, account).await.unwrap_err();
    assert!(matches!(again, Error::Conflict(_)), "{again}");
    // It counts no longer, and may be asked for once more.
    browser.post(&format!("/accounts/{account}/tile"), &[]).await;
    assert_eq!((tiles(&app).await, app.recorded("tile.requested").await), (0, 2));
}

#[tokio::test]
async fn who_is_declined_hears_why_and_may_ask_again() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    rules(&app, true, "").await;
    assert!(extend(&app, &ada, account).await.is_err());
    let id = open(&app, &app.owner).await[0].id;
    let mut admin = app.client_as(&app.owner).await;
    let empty = admin.post(&format!("{PAGE}/{id}/decline"), &[("reason", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    admin.post(&format!("{PAGE}/{id}/decline"), &[("reason", "Use the team's account.")]).await;
    assert_eq!(tiles(&app).await, 0);
    assert_eq!(
        told(&app, &ada).await,
        ["Contentzilla was not extended to Okta: Use the team's account."]
    );
    assert!(extend(&app, &ada, account).await.is_err());
    assert_eq!(open(&app, &app.owner).await.len(), 1);
}

#[tokio::test]
async fn admins_ask_nobody_and_whoever_lost_the_account_is_not_extended_for() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, adam) = (app.member("Ada", User).await, app.member("Adam", Admin).await);
    rules(&app, true, "0").await;
    let own = app.account(&adam, "Own", "App").await;
    extend(&app, &adam, own).await.unwrap();
    rules(&app, true, "").await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let share = app.share(account, &ada, ItemRole::Owner).await;
    assert!(extend(&app, &ada, account).await.is_err());
    let owner = app.actor(&app.owner).await;
    keytile::sharing::unshare(&app.app, &owner, share).await.unwrap();
    let id = open(&app, &app.owner).await[0].id;
    let refused = requests::approve(&app.app, &owner, id).await.unwrap_err();
    assert!(refused.to_string().contains("may not extend"), "{refused}");
    assert_eq!((tiles(&app).await, open(&app, &app.owner).await.len()), (1, 1));
}

#[tokio::test]
async fn a_quota_counts_tiles_and_what_waits() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let mut accounts = Vec::new();
    for n in 0..4 {
        accounts.push(app.account(&ada, &format!("Account {n}"), "App").await);
    }
    rules(&app, false, "2").await;
    extend(&app, &ada, accounts[0]).await.unwrap();
    rules(&app, true, "2").await;
    assert!(
        extend(&app, &ada, accounts[1]).await.unwrap_err().to_string().contains("has been asked")
    );
    let over = extend(&app, &ada, accounts[2]).await.unwrap_err().to_string();
    assert!(over.contains("may have 2"), "{over}");
    sync::remove(&app.app, &app.actor(&ada).await, accounts[0]).await.unwrap();
    assert!(
        extend(&app, &ada, accounts[2]).await.unwrap_err().to_string().contains("has been asked")
    );
    let owner = app.actor(&app.owner).await;
    for bad in ["-1", "many", "1000000"] {
        let refused = requests::set_rules(&app.app, &owner, true, bad).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "quota", .. })), "{bad}");
    }
}

/// C58: the rules, what waits and both answers, as the pages have them.
#[tokio::test]
async fn a_program_of_an_admin_sets_the_rules_and_answers() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, adam) = (app.member("Ada", User).await, app.member("Adam", Admin).await);
    let mut program = app.api_as(&adam).await;
    let path = "/api/v1/sync/requests";
    let rules = format!("{path}/rules");
    let wanted = json!({ "asks": true, "quota": 2 });
    assert_eq!(program.json(Method::PUT, &rules, &wanted).await.json(), wanted);
    assert_eq!(program.get(&rules).await.json(), wanted);
    // Who leaves the quota out may not know that there is one.
    for wrong in [json!({ "asks": true, "quota": -1 }), json!({ "asks": true })] {
        let refused = program.json(Method::PUT, &rules, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(program.get(&rules).await.json(), wanted);
    for name in ["Contentzilla", "Vault"] {
        let account = app.account(&ada, name, "App").await;
        let path = format!("/api/v1/accounts/{account}/tile");
        let asked = app.api_as(&ada).await.call(Method::POST, &path).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        assert_eq!(asked.json()["error"]["message"], requests::ASKED);
    }
    let first = program.get(&format!("{path}?limit=1")).await.json();
    let after = first["next"].as_str().unwrap();
    let second = program.get(&format!("{path}?after={after}")).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert!(second["next"].is_null());
    let open = program.get(path).await.json();
    let open = open["items"].as_array().unwrap();
    assert_eq!((&open[0], &open[1]), (&first["items"][0], &second["items"][0]));
    assert_eq!(
        (open.len(), &open[0]["account_name"], &open[0]["tiles"]),
        (2, &json!("Contentzilla"), &json!(0))
    );
    let [first, second] = [0, 1].map(|n| format!("{path}/{}", open[n]["id"].as_str().unwrap()));
    let approved = program.call(Method::POST, &format!("{first}/approve")).await;
    assert_eq!((approved.status, tiles(&app).await), (StatusCode::ACCEPTED, 1));
    let decline = format!("{second}/decline");
    let silent = program.json(Method::POST, &decline, &json!({ "reason": " " })).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let declined = program.json(Method::POST, &decline, &json!({ "reason": "No." })).await;
    assert_eq!(declined.status, StatusCode::NO_CONTENT);
    assert!(
        told(&app, &ada).await.iter().any(|text| text.ends_with("was not extended to Okta: No."))
    );
    assert_eq!(program.get(path).await.json()["items"], json!([]));
}
