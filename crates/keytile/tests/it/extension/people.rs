//! What people and admins see and decide on pages: devices, what became of logins, a refused password, the addresses of an
//! account, and the packages of the extension.

use http::StatusCode;
use serde_json::json;

use super::World;
use super::browser::{Browser, code};
use crate::support::{Admin, User};

#[tokio::test]
async fn a_person_sees_their_browsers_and_removes_one() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let id = browser.device.clone().unwrap();
    let page = browser.pages.get("/devices").await;
    assert!(page.body.contains("Chrome on Linux") && page.body.contains("This browser"));
    let mut adas = world.app.client_as(&world.ada).await;
    assert!(!adas.get("/devices").await.body.contains("Chrome on Linux"));
    let foreign = adas.post(&format!("/devices/{id}/end"), &[]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("status").await.status, 200);

    let ended = browser.pages.post(&format!("/devices/{id}/end"), &[]).await;
    assert_eq!(ended.location(), "/devices");
    assert_eq!(code(&browser.get("status").await), (401, "unknown_device".into()));
    assert!(!browser.pages.get("/devices").await.body.contains("Chrome on Linux"));
}

#[tokio::test]
async fn an_admin_asks_for_approvals_and_gives_them() {
    let world = World::new().await;
    let mut admin = world.app.client_as(&world.app.member("Root", Admin).await).await;
    let rules = admin.post("/settings/devices/rules", &[("approval", "yes")]).await;
    assert_eq!(rules.location(), "/settings/devices");
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let id = browser.device.clone().unwrap();
    let ticket = browser.launch_ticket(world.account).await;
    assert_eq!(code(&browser.redeem(&ticket).await), (403, "needs_approval".into()));

    assert!(admin.get("/accounts").await.body.contains("waits for an approval"), "they are told");
    for (query, is_there) in [
        ("", true),
        ("?state=waiting", true),
        ("?q=BEN", true),
        ("?q=nobody", false),
        ("?q=%25", false),
    ] {
        let list = admin.get(&format!("/settings/devices{query}")).await;
        assert_eq!(list.body.contains("Chrome on Linux"), is_there, "{query}");
    }
    let approved = admin.post(&format!("/settings/devices/{id}/approve"), &[]).await;
    assert_eq!(approved.location(), "/settings/devices");
    browser.log_in(world.account).await;
    let waiting = admin.get("/settings/devices?state=waiting").await;
    assert!(!waiting.body.contains("Chrome on Linux"));
}

#[tokio::test]
async fn a_version_is_refused_from_the_next_request_on() {
    let world = World::new().await;
    let mut admin = world.app.client_as(&world.app.member("Root", Admin).await).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    assert_eq!(browser.get("status").await.status, 200);
    let wrong = admin.post("/settings/devices/rules", &[("minimum", "new")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Write a version as 1.2.3."), "{}", wrong.body);
    assert_eq!(browser.get("status").await.status, 200);
    admin.post("/settings/devices/rules", &[("refused", "0.1.0, 0.1.1")]).await;
    assert_eq!(code(&browser.get("status").await), (426, "version_refused".into()));
}

#[tokio::test]
async fn what_became_of_a_login_is_seen_by_its_person_by_owners_and_by_admins() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (id, _) = browser.log_in(world.account).await;
    let of_account = format!("/accounts/{}/launches", world.account);
    let mut adas = world.app.client_as(&world.ada).await;
    assert!(adas.get(&of_account).await.body.contains("Under way"));
    let told = json!({ "outcome": "logged_in", "origin": "https://www.example.com", "duration_ms": 1_250 });
    browser.post(&format!("grants/{id}/outcome"), &told).await;
    let outsider = world.app.member("Otto", User).await;
    world.app.client_as(&outsider).await.get(&format!("/accounts/{}/launch", world.account)).await;

    let page = adas.get(&of_account).await.body;
    for words in ["Ben", "Chrome on Linux", "Logged in", "1.2 s", "Otto", "No access"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(browser.pages.get(&of_account).await.status, StatusCode::FORBIDDEN);
    let own = browser.pages.get("/launches").await.body;
    assert!(own.contains("Contentzilla") && own.contains("Logged in") && !own.contains("Otto"));
    let of_ben = format!("/members/{}/launches", world.ben.id);
    assert_eq!(adas.get(&of_ben).await.status, StatusCode::FORBIDDEN);
    let mut admin = world.app.client_as(&world.app.member("Root", Admin).await).await;
    assert!(admin.get(&of_ben).await.body.contains("Contentzilla"));
    let of_otto = format!("/members/{}/launches", outsider.id);
    assert!(admin.get(&of_otto).await.body.contains("No access"));
}

#[tokio::test]
async fn a_refused_password_is_told_to_owners_until_it_is_changed() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (id, _) = browser.log_in(world.account).await;
    let told = json!({ "outcome": "rejected", "origin": null, "duration_ms": 900 });
    browser.post(&format!("grants/{id}/outcome"), &told).await;

    let here = format!("/accounts/{}", world.account);
    let mut adas = world.app.client_as(&world.ada).await;
    assert!(adas.get(&here).await.body.contains("The site refused the password"));
    assert!(adas.get("/accounts").await.body.contains("Password refused"));
    assert!(!browser.pages.get(&here).await.body.contains("The site refused the password"));
    assert!(!browser.pages.get("/accounts").await.body.contains("Password refused"));

    let kept = || form("https://www.example.com", "", "").into_iter();
    adas.post(&here, &kept().chain([("password", "")]).collect::<Vec<_>>()).await;
    assert!(adas.get(&here).await.body.contains("The site refused the password"), "it is the same");
    let changed = kept().chain([("password", "correct horse")]).collect::<Vec<_>>();
    assert_eq!(adas.post(&here, &changed).await.location(), here);
    assert!(!adas.get(&here).await.body.contains("The site refused the password"));
}

fn form<'a>(origins: &'a str, recipe: &'a str, minutes: &'a str) -> Vec<(&'a str, &'a str)> {
    let login = "https://www.example.com/login";
    let mut form = vec![("name", "Contentzilla"), ("app_name", "Instagram"), ("login_url", login)];
    form.extend([("username", "shared@example.com"), ("totp", ""), ("notes", ""), ("version", "")]);
    form.extend([("origins", origins), ("recipe", recipe), ("max_age_minutes", minutes)]);
    form
}

#[tokio::test]
async fn an_owner_sets_addresses_recipe_and_sign_in_by_the_form() {
    let world = World::new().await;
    let here = format!("/accounts/{}", world.account);
    let mut adas = world.app.client_as(&world.ada).await;
    let send = |form: Vec<(&'static str, &'static str)>| form.into_iter().chain([("password", "")]);
    for (wrong, said) in [
        (form("https://a.example\nhttp://b.example", "", ""), "http://b.example: "),
        (form("", "{", ""), "This is not JSON"),
        (form("", r#"{"version": 2, "steps": []}"#, ""), "A recipe is of version 1."),
        (form("", "", "soon"), "Enter a number of minutes"),
    ] {
        let answer = adas.post(&here, &send(wrong).collect::<Vec<_>>()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    let recipe = r##"{"version": 1, "steps": [{"username": "#user"}]}"##;
    let good = form("https://b.example/x\r\nhttps://a.example", recipe, "600");
    assert_eq!(adas.post(&here, &send(good).collect::<Vec<_>>()).await.location(), here);
    let edit = adas.get(&format!("{here}/edit")).await.body;
    assert!(edit.contains("https://a.example\nhttps://b.example"), "{edit}");
    assert!(edit.contains("#user") && edit.contains("value=\"600\""), "{edit}");

    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (_, opened) = browser.log_in(world.account).await;
    assert_eq!(opened.context["origins"], json!(["https://a.example", "https://b.example"]));
    assert_eq!(opened.secrets["recipe"]["steps"][0]["username"], "#user");
    let nothing = form("", "", "");
    adas.post(&here, &send(nothing).collect::<Vec<_>>()).await;
    let (_, opened) = browser.log_in(world.account).await;
    assert_eq!(opened.context["origins"], json!(["https://www.example.com"]));
    assert!(opened.secrets["recipe"].is_null());
}

#[tokio::test]
async fn a_recipe_and_a_sign_in_are_set_by_the_api() {
    let world = World::new().await;
    let mut api = world.app.api_as(&world.ada).await;
    let here = format!("/api/v1/accounts/{}", world.account);
    let recipe = json!({ "version": 1, "steps": [{ "submit": "button" }] });
    let put =
        api.json(http::Method::PUT, &format!("{here}/recipe"), &json!({ "recipe": recipe })).await;
    assert_eq!((put.status, &put.json()["recipe"]), (StatusCode::OK, &recipe));
    let bens = world.app.api_as(&world.ben).await.get(&format!("{here}/recipe")).await;
    assert_eq!(bens.json()["recipe"], recipe);
    let wrong = json!({ "recipe": { "version": 1 } });
    let wrong = api.json(http::Method::PUT, &format!("{here}/recipe"), &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);

    let asked = json!({ "step_up": { "max_age_minutes": 15, "acr_values": "phr" } });
    let set = api.json(http::Method::PATCH, &here, &asked).await;
    assert_eq!(set.json()["step_up"], asked["step_up"], "{}", set.body);
    let other = api.json(http::Method::PATCH, &here, &json!({ "name": "Other" })).await;
    assert_eq!(other.json()["step_up"], asked["step_up"], "what is not named stays");
    assert_eq!(api.get(&format!("{here}/recipe")).await.json()["recipe"], recipe);
    let none = api.json(http::Method::PATCH, &here, &json!({ "step_up": {} })).await;
    assert!(none.json().get("step_up").is_none(), "{}", none.body);
}

#[tokio::test]
async fn the_server_offers_the_packages_that_its_page_names() {
    let world = World::new().await;
    let page = world.app.client_as(&world.ben).await.get("/extension").await;
    assert_eq!(page.status, StatusCode::OK);
    for package in extension_package::ALL {
        assert!(page.body.contains(package.sha256));
        let path = format!("/extension/{}", package.name);
        assert!(page.body.contains(&path));
        let file = world.app.client().get(&path).await;
        assert_eq!(file.header("content-type"), Some("application/zip"));
        assert!(file.body.starts_with("PK"));
    }
    assert!(
        page.body
            .contains(&format!("&#34;serverUrl&#34;: &#34;{}&#34;", world.app.app.config.origin()))
    );
    let other = world.app.client().get("/extension/keytile-9.9.9.zip").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
