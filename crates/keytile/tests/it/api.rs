//! What the REST API tells, and whom: the same as the pages.

use http::StatusCode;
use keytile::sync::store;
use keytile::{apikeys, collections, members};

use crate::support::{Admin, LoginOnly, TestApp, User};

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

/// A key acts with its person's rights: whose role no longer lets them make one loses theirs, and can always end it.
#[tokio::test]
async fn a_key_ends_with_the_role_that_allowed_it() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let owner = app.actor(&app.owner).await;
    let mut program = app.api_as(&ada).await;
    members::change_role(&app.app, &owner, ada.id, LoginOnly).await.unwrap();
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.recorded("api_key.revoked").await, 1);
    let mut left = app.api_as(&ada).await;
    apikeys::revoke(&app.app, &app.actor(&ada).await).await.unwrap();
    assert_eq!(left.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

/// T4: what has become of somebody hears only who may do something about it, and a User sees no Login-only member.
#[tokio::test]
async fn who_may_do_nothing_about_a_person_is_told_nothing_of_them() {
    let app = TestApp::start().await;
    let (ada, gone) = (app.member("Ada", User).await, app.member("Gone", User).await);
    let (lola, mate) = (app.member("Lola", LoginOnly).await, app.member("Mate", LoginOnly).await);
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, gone.id).await.unwrap();
    for person in [&ada, &lola] {
        let actor = app.actor(person).await;
        for code in [
            members::suspend(&app.app, &actor, gone.id).await.unwrap_err().code(),
            members::remove(&app.app, &actor, gone.id).await.unwrap_err().code(),
        ] {
            assert!(matches!(code, "not_found" | "forbidden"), "{} {code}", person.name);
        }
    }
    assert_eq!(members::remove(&app.app, &owner, gone.id).await.unwrap_err().code(), "conflict");
    let path = format!("/api/v1/members/{}", mate.id);
    assert_eq!(app.api_as(&ada).await.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.api_as(&app.owner).await.get(&path).await.status, StatusCode::OK);
}
