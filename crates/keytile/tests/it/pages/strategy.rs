//! The choice of how people come to see tiles: who may make it, what it asks of Okta, and what it costs.

use http::StatusCode;
use keytile::settings::strategy::{self, Chosen};
use keytile::sync;
use model::share::ItemRole::Collaborator;
use okta_sim::org::{Permissions, Rights};
use okta_sim::{Fault, Limits, Outcome};
use portal::Strategy;

use super::toast;
use crate::support::{Admin, OKTA_TOKEN, TestApp, User};
use crate::sync_worker::{follow, worker};

const PAGE: &str = "/settings/okta/strategy";

async fn strategy_of(app: &TestApp) -> Strategy {
    let owner = app.actor(&app.owner).await;
    sync::portal(&app.app, &owner).await.unwrap().unwrap().strategy
}

#[tokio::test]
async fn an_admin_chooses_groups_and_every_tile_is_looked_at_behind_all_that_waits() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let adam = app.member("Adam", Admin).await;
    let people = [app.member("Ada", User).in_okta().await, app.member("Bob", User).in_okta().await];
    let team = app.team("Team", &[&people[0], &people[1]]).await;
    for name in ["First", "Second"] {
        let account = app.account(&app.owner, name, "").await;
        app.share(account, team, Collaborator).await;
        app.extend(&app.owner, account).await;
    }
    app.tamper("UPDATE tile SET settled = marked, due_at = NULL", Vec::new()).await;
    let mut admin = app.client_as(&adam).await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.status, StatusCode::OK);
    // The Owner of the accounts is a source too: at most three people see each.
    assert!(page.body.contains("8 calls") && page.body.contains("1 in all"), "{}", page.body);
    let answer = admin.post(PAGE, &[("strategy", "audience")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings"));
    assert_eq!(strategy_of(&app).await, Strategy::Audience);
    assert_eq!(
        app.count("SELECT COUNT(*) AS n FROM tile WHERE due_at IS NOT NULL AND priority = 3").await,
        2
    );
    assert_eq!(app.recorded("portal.strategy_chosen").await, 1);
    let page = admin.get("/settings").await;
    assert!(toast(&page).contains("go over to groups") && page.body.contains("Through groups"));
    admin.post(PAGE, &[("strategy", "individual")]).await;
    assert_eq!(strategy_of(&app).await, Strategy::Individual);
}

/// What Okta has told of its limits reaches the page.
#[tokio::test]
async fn times_are_told_at_the_limits_that_the_org_has_told() {
    let app = TestApp::start_with(Limits::Workforce).await;
    app.turn_on().await;
    let ada = app.member("Ada", User).in_okta().await;
    let account = app.account(&app.owner, "First", "").await;
    app.share(account, &ada, Collaborator).await;
    app.extend(&app.owner, account).await;
    let mut owner = app.client_as(&app.owner).await;
    assert!(owner.get(PAGE).await.body.contains("limits that Okta usually sets"));
    let worker = worker(&app).await;
    follow(&app, &worker).await;
    assert!(owner.get(PAGE).await.body.contains("limits that this Okta org has told"));
}

/// What the token may do decides what is offered, and the page says so before anybody chooses.
#[tokio::test]
async fn the_page_says_what_the_connection_may_do_about_groups() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let mut owner = app.client_as(&app.owner).await;
    assert!(owner.get(PAGE).await.body.contains("data-load=\"/settings/okta/strategy/rights\""));
    let rights = "/settings/okta/strategy/rights";
    assert!(owner.get(rights).await.body.contains("This connection may manage groups."));
    may_manage_apps_alone(&app);
    assert!(owner.get(rights).await.body.contains("This connection may not manage groups."));
    let down = Outcome::Answer {
        status: 503,
        content_type: "text/html".into(),
        body: "<html>Service Unavailable</html>".into(),
    };
    app.okta.sim.add_fault(Fault::new("GET", "/api/v1/apps", down));
    let page = owner.get(rights).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Okta did not say what this connection may do."), "{}", page.body);
}

fn may_manage_apps_alone(app: &TestApp) {
    let mut org = app.okta.sim.org();
    let token = org.tokens.values_mut().find(|token| token.value == OKTA_TOKEN).unwrap();
    token.permissions = Permissions::Granted(Rights::application_administrator());
}

/// C3: the refusal names the right that is missing, and nothing is changed.
#[tokio::test]
async fn groups_that_the_token_may_not_manage_are_refused_by_name_of_the_right() {
    let app = TestApp::start().await;
    app.turn_on().await;
    may_manage_apps_alone(&app);
    let mut owner = app.client_as(&app.owner).await;
    let answer = owner.post(PAGE, &[("strategy", "audience")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("okta.groups.manage") && answer.body.contains("Nothing was changed")
    );
    let answer = owner.post(PAGE, &[("strategy", "audience"), ("pool", "Pool ")]).await;
    assert!(
        answer.body.contains("Okta has no group whose name begins like this"),
        "{}",
        answer.body
    );
    assert_eq!(strategy_of(&app).await, Strategy::Individual);
    assert_eq!(app.recorded("portal.strategy_chosen").await, 0);
}

/// C41, and no one below an admin.
#[tokio::test]
async fn the_choice_asks_for_an_admin_and_for_a_fresh_proof() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    assert!(strategy::costs(&app.app, &actor).await.is_err());
    let refused = strategy::set_strategy(&app.app, &actor, app.now(), Chosen::Individual).await;
    assert!(matches!(refused, Err(keytile::Error::Forbidden(_) | keytile::Error::NotFound)));
    let mut owner = app.client_as(&app.owner).await;
    app.advance(5 * 60 + 1);
    assert!(owner.get(PAGE).await.location().starts_with("/confirm"));
    let answer = owner.post(PAGE, &[("strategy", "audience")]).await;
    assert!(answer.location().starts_with("/confirm"));
    assert_eq!(strategy_of(&app).await, Strategy::Individual);
}
