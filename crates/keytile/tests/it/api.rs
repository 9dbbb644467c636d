//! What the REST API tells, and whom: the same as the pages.

use keytile::collections;
use keytile::sync::store;

use crate::support::{Admin, TestApp, User};

/// C5: what somebody is called in Okta is for admins, over the API as on the page.
#[tokio::test]
async fn who_is_no_admin_is_not_told_what_members_are_called_in_okta() {
    let app = TestApp::start().await;
    let (ada, adam) = (app.member("Ada", User).in_okta().await, app.member("Adam", Admin).await);
    for (person, sees) in [(&ada, false), (&adam, true)] {
        let mut program = app.api_as(person).await;
        let one = program.get(&format!("/api/v1/members/{}", ada.id)).await.json();
        let all = program.get("/api/v1/members?search=ada@").await.json();
        for member in [&one, &all["items"][0]] {
            assert_eq!(member["id"], ada.id.to_string());
            let told = member["external_id"].as_str();
            assert_eq!(told, ada.okta.as_deref().filter(|_| sees), "{}", person.name);
        }
    }
    assert!(app.api_as(&ada).await.get("/api/v1/me").await.json()["external_id"].is_null());
}

/// A timeline is read by people, over the API as on the page: the name of an event stands beside its words.
#[tokio::test]
async fn the_timeline_tells_programs_the_event_and_its_words() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let (account, folder) = (
        app.account(&ada, "Contentzilla", "Instagram").await,
        app.collection(&ada, "Social").await,
    );
    collections::add_account(&app.app, &app.actor(&ada).await, folder, account).await.unwrap();
    let path = format!("/api/v1/accounts/{account}/tile/timeline");
    let told = app.api_as(&ada).await.get(&path).await.json();
    let mut items = told["items"].as_array().unwrap().iter();
    let put = items.find(|item| item["event"] == "collection.account_added").unwrap();
    assert_eq!(put["text"], "Ada put Contentzilla into Social");
}

/// C6: the page and the API tell the same.
#[tokio::test]
async fn a_tile_that_waits_for_the_connection_says_so() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let portal = app.turn_on().await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    app.extend(&ada, account).await;
    let (mut program, mut browser) = (app.api_as(&ada).await, app.client_as(&ada).await);
    let path = format!("/api/v1/accounts/{account}/tile");
    assert!(program.get(&path).await.json()["problem"].is_null());
    app.write(move |tx, by| {
        Box::pin(async move {
            let (workspace, why) = (by.workspace, ("token_invalid", "Okta refused the token."));
            Ok(store::set_portal_trouble(tx, workspace, portal, 1, why).await?)
        })
    })
    .await;
    let told = program.get(&path).await.json();
    assert_eq!(
        (&told["state"], &told["problem"]["code"]),
        (&"syncing".into(), &"portal_refused".into())
    );
    let message = told["problem"]["message"].as_str().unwrap();
    let page = browser.get(&format!("/accounts/{account}")).await.body;
    assert!(page.contains(message), "{message}: {page}");
}
