//! The page of what lets Keytile into Okta: a standby is tried before it is kept, and shown to nobody (T27, C2).

use http::StatusCode;
use okta_sim::org::Permissions;

use crate::support::{Admin, OKTA_TOKEN, TestApp};

const PAGE: &str = "/settings/okta/credentials";
const SECOND: &str = "00T-keytile-second-token-9d2e";

async fn connected() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.turn_on().await;
    let user = app.okta.sim.org().tokens.values().next().expect("a token").user_id.clone();
    let id = app.okta.sim.org().add_token("standby", SECOND, &user);
    (app, id)
}

#[tokio::test]
async fn a_standby_is_tried_before_it_is_kept_and_never_shown() {
    let (app, id) = connected().await;
    let adam = app.member("Adam", Admin).await;
    let mut admin = app.client_as(&adam).await;
    assert!(admin.get(PAGE).await.body.contains("Nothing stands by"));
    for (token, words) in [
        ("no-token", "does not accept the API token"),
        (OKTA_TOKEN, "This is the token that is in use"),
    ] {
        let answer = admin.post("/settings/okta/standby", &[("token", token)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(words) && !answer.body.contains(token), "{}", answer.body);
    }
    app.okta.sim.org().token_mut(&id).unwrap().permissions = Permissions::ReadOnly;
    let tested = admin.post("/settings/okta/standby/test", &[("token", SECOND)]).await.body;
    assert!(tested.contains("Connection test"));
    app.okta.sim.org().token_mut(&id).unwrap().permissions = Permissions::Full;
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM standby_credential").await, 0);
    let answer = admin.post("/settings/okta/standby", &[("token", SECOND)]).await;
    assert_eq!(answer.location(), PAGE, "{}", answer.body);
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("Ready") && page.contains("by Adam") && !page.contains(SECOND));
    assert!(admin.get("/settings").await.body.contains("Credentials, with a standby"));
    let dump = app.dump().await;
    assert!(!dump.windows(SECOND.len()).any(|part| part == SECOND.as_bytes()), "T6: it is sealed");
    admin.post("/settings/okta/standby/remove", &[]).await;
    assert!(admin.get(PAGE).await.body.contains("Nothing stands by"));
}

#[tokio::test]
async fn the_age_of_tokens_is_a_number_of_days() {
    let (app, _) = connected().await;
    let mut owner = app.client_as(&app.owner).await;
    let answer = owner.post("/settings/okta/credentials/days", &[("days", "never")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Enter a number of days"));
    owner.post("/settings/okta/credentials/days", &[("days", "45")]).await;
    assert!(owner.get(PAGE).await.body.contains("value=\"45\""));
}
