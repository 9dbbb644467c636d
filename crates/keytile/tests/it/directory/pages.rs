//! The admins' page of the directory, in front of the whole router.

use http::StatusCode;

use super::World;
use crate::support::{Admin, TestApp};

#[tokio::test]
async fn an_admin_asks_for_a_comparison_and_sees_what_came_of_it() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(4).await;
    world.unassign(&ada);
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    let asked = browser.post("/settings/directory/check", &[]).await;
    assert_eq!(asked.location(), "/settings/directory");
    let page = browser.get("/settings/directory").await;
    assert!(page.body.contains("Under way") && !page.body.contains(">Check now<"));
    world.turns().await;
    let page = browser.get("/settings/directory").await;
    assert!(
        page.body.contains("1 person left") && page.body.contains("Asked for"),
        "{}",
        page.body
    );
    assert_eq!(world.test.recorded("directory.check_requested").await, 1);
}

/// Without a connection there is nothing to read the directory by.
#[tokio::test]
async fn without_a_connection_the_page_says_what_is_missing() {
    let test = TestApp::start().await;
    let anna = test.member("Anna", Admin).await;
    let mut browser = test.client_as(&anna).await;
    let page = browser.get("/settings/directory").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("cannot read Okta yet") && !page.body.contains(">Check now<"));
    browser.post("/settings/directory/check", &[]).await;
    let due = "SELECT COUNT(*) AS n FROM directory WHERE check_due_at IS NOT NULL";
    assert_eq!(test.count(due).await, 0);
    assert_eq!(browser.get("/settings/directory/health").await.status, StatusCode::OK);
}

/// T6: a custom authorization server may put the login into `sub`.
#[tokio::test]
async fn a_custom_authorization_server_is_refused_and_explained() {
    let test = TestApp::start().await;
    let mut browser = test.client_as(&test.owner).await;
    for issuer in ["/oauth2/default", "/oauth2/aus1", "/oauth2"] {
        let issuer = format!("{}{issuer}", test.okta.url);
        let form = [("issuer", issuer.as_str()), ("client_id", "0oa1"), ("client_secret", "s")];
        let page = browser.post("/settings/signin", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("custom authorization server"), "{}", page.body);
    }
    let set = "SELECT COUNT(*) AS n FROM directory WHERE issuer IS NOT NULL";
    assert_eq!(test.count(set).await, 0);
}
