//! The server's side of an automated login (docs/automated-login.md): devices, tickets, grants and what becomes of them.

#![expect(clippy::unwrap_used, reason = "what a test itself arranges must stand")]

mod browser;
mod endings;
mod limits;
mod logins;
mod people;
mod published;
mod replay;
mod step_up;

use browser::{Browser, code};
use keytile::accounts::Draft;
use model::AccountId;
use model::secret::Secret;
use model::share::ItemRole;
use seal::grant::KemKind;
use serde_json::json;

use crate::support::{Person, TestApp, User};

/// An account of Ada's that Ben may use, with a password and a seed.
pub(super) struct World {
    app: TestApp,
    ada: Person,
    ben: Person,
    account: AccountId,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let (ada, ben) = (app.member("Ada", User).await, app.member("Ben", User).await);
        let draft = Draft {
            name: "Contentzilla".into(),
            app_name: "Instagram".into(),
            login_url: "https://www.example.com/login".into(),
            username: "shared@example.com".into(),
            totp: Some(Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into())),
            origins: Some(vec![
                "https://www.example.com".into(),
                "https://login.example.com/x".into(),
            ]),
            ..Draft::default()
        };
        let account = app.account_of(&ada, draft.with_password("hunter2")).await;
        app.share(account, &ben, ItemRole::Collaborator).await;
        Self { app, ada, ben, account }
    }
}

/// From a click to the end, as a Collaborator: the password and the code reach the browser sealed, the seed never.
#[tokio::test]
async fn a_click_becomes_a_login_that_only_this_browser_can_open() {
    let world = World::new().await;
    for kem in [KemKind::X25519, KemKind::P256] {
        let mut browser = Browser::of(&world.app, &world.ben, kem).await;
        let ticket = browser.launch_ticket(world.account).await;
        let enrolled = browser.enrol(&ticket).await;
        assert_eq!(enrolled.status, 201, "{}", enrolled.body);
        let told = enrolled.json();
        assert_eq!((&told["state"], &told["person"]["name"]), (&json!("ready"), &json!("Ben")));
        let fresh = told["ticket"].as_str().unwrap();

        let answer = browser.redeem(fresh).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(!answer.body.contains("hunter2"));
        let sealed = answer.json();
        assert_eq!(sealed["kem"], kem.code());
        let opened = browser.open("login-grant/v1", &sealed).unwrap();
        let now = world.app.now().as_millisecond();
        assert_eq!(
            opened.context,
            json!({
                "v": "login-grant/v1", "server": world.app.app.config.origin(), "grant": sealed["grant"],
                "member": world.ben.id, "account": world.account, "device": browser.device, "expires_at": now + 60_000,
                "origins": ["https://login.example.com", "https://www.example.com"],
                "login_url": "https://www.example.com/login", "name": "Contentzilla",
                "factors": ["username", "password", "code"],
            })
        );
        assert_eq!(
            opened.secrets,
            json!({ "username": "shared@example.com", "password": "hunter2", "recipe": null })
        );

        let grant = sealed["grant"].as_str().unwrap();
        let progress =
            browser.post(&format!("grants/{grant}/progress"), &json!({ "step": "fill" })).await;
        assert_eq!(progress.json(), json!({ "expires_at": now + 60_000 }), "{}", progress.body);
        let answer = browser.post(&format!("grants/{grant}/code"), &json!({})).await;
        let code = browser.open("login-code/v1", &answer.json()).unwrap();
        assert_eq!(code.context["grant"], sealed["grant"]);
        assert_eq!(code.secrets["code"].as_str().unwrap().len(), 6);
        assert_eq!(code.secrets["valid_for_ms"], 30_000, "the clock stands at a full half minute");

        let told = json!({ "outcome": "logged_in", "origin": "https://www.example.com", "duration_ms": 1_200 });
        let end = browser.post(&format!("grants/{grant}/outcome"), &told).await;
        assert_eq!((end.status.as_u16(), end.json()), (200, json!({})));
        let over = browser.post(&format!("grants/{grant}/code"), &json!({})).await;
        assert_eq!(browser::code(&over), (410, "grant_over".into()));
    }
    assert_eq!(world.app.recorded("account.login_granted").await, 2);
    assert_eq!(world.app.recorded("device.enrolled").await, 2);
    let status = Browser::enrolled(&world.app, &world.ben).await.get("status").await.json();
    assert_eq!(
        (&status["workspace"], &status["person"]["email"]),
        (&json!("Acme"), &json!("ben@example.com"))
    );
}

#[tokio::test]
async fn without_a_signature_nothing_is_told() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let page = browser.pages.get("/extension/v1/status").await;
    assert_eq!(code(&page), (401, "unknown_device".into()), "a session's cookie is no key here");
}
