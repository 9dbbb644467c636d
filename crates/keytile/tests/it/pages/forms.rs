//! Forms of teams, collections, shares, members and the profile.

use http::StatusCode;
use model::share::ItemRole::{Collaborator, Owner};

use super::toast;
use crate::support::{Admin, Answer, Guest, TestApp, User};

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_and_what_is_wrong() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    app.team("Marketing", &[]).await;
    let mut browser = app.client_as(&ada).await;
    let answer = browser.post("/teams", &[("name", "marketing")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("value=\"marketing\"") && answer.body.contains("aria-invalid"));
    assert!(answer.body.contains("There is a team named marketing already."));
    let answer = browser.post("/collections", &[("name", ""), ("parent", "")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_accepted_form_leads_to_the_thing_and_says_so_once() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    let answer = browser.post("/teams", &[("name", "Sales")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let team = answer.location().to_owned();
    assert!(team.starts_with("/teams/team_"));
    let page = browser.get(&team).await;
    assert_eq!(toast(&page), "Sales is ready. Add its people.");
    assert_eq!(toast(&browser.get(&team).await), "");
}

#[tokio::test]
async fn a_teams_people_come_and_go_by_its_page() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let mut browser = app.client_as(&ada).await;
    let team = browser.post("/teams", &[("name", "Sales")]).await.location().to_owned();
    let bob_id = bob.id.to_string();
    browser.post(&format!("{team}/members"), &[("member", &bob_id)]).await;
    assert_eq!(app.client_as(&bob).await.get(&team).await.status, StatusCode::OK);
    browser.post(&format!("{team}/members/{bob_id}/remove"), &[]).await;
    assert_eq!(app.client_as(&bob).await.get(&team).await.status, StatusCode::NOT_FOUND);
    let answer = browser.post(&format!("{team}/members"), &[("member", "nobody")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = app.client_as(&bob).await.post(&format!("{team}/delete"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&format!("{team}/delete"), &[]).await.location(), "/teams");
}

#[tokio::test]
async fn an_account_and_a_collection_are_shared_by_the_same_dialog() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let (bob, gus) = (app.member("Bob", User).await, app.member("Gus", Guest).await);
    let account = format!("/accounts/{}", app.account(&ada, "Contentzilla", "Instagram").await);
    let collection = format!("/collections/{}", app.collection(&ada, "Social").await);
    let mut browser = app.client_as(&ada).await;
    let (bob_id, gus_id) = (bob.id.to_string(), gus.id.to_string());
    for item in [account, collection] {
        let shares = format!("{item}/shares");
        let answer = browser.post(&shares, &[("with", &bob_id), ("role", "collaborator")]).await;
        assert_eq!(answer.location(), item);
        assert_eq!(app.client_as(&bob).await.get(&item).await.status, StatusCode::OK);
        let answer = browser.post(&shares, &[("with", &gus_id), ("role", "owner")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("can only be Collaborators"), "{item}");
        let answer = app
            .client_as(&bob)
            .await
            .post(&shares, &[("with", &gus_id), ("role", "collaborator")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "a Collaborator shares nothing");
    }
}

#[tokio::test]
async fn a_share_changes_its_role_and_ends_only_by_the_page_of_its_own_item() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let other = app.account(&ada, "Payroll", "Bank").await;
    let share = app.share(account, &bob, Collaborator).await;
    let mut browser = app.client_as(&ada).await;
    let answer = browser.post(&format!("/accounts/{other}/shares/{share}/remove"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer = browser
        .post(&format!("/accounts/{account}/shares/{share}/role"), &[("role", "owner")])
        .await;
    assert_eq!(answer.location(), format!("/accounts/{account}"));
    let page = browser.get(answer.location()).await;
    assert_eq!(toast(&page), "Bob is an Owner now.");
    let share = share_id(&page, "Bob");
    let answer = browser.post(&format!("/accounts/{account}/shares/{share}/remove"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let gone = app.client_as(&bob).await.get(&format!("/accounts/{account}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_gives_up_their_own_access_comes_to_the_list() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let share = app.share(account, &bob, Owner).await;
    let answer = app
        .client_as(&bob)
        .await
        .post(&format!("/accounts/{account}/shares/{share}/remove"), &[])
        .await;
    assert_eq!(answer.location(), "/accounts");
}

/// U6.
#[tokio::test]
async fn access_of_more_than_ten_people_is_removed_only_with_their_number() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut people = Vec::new();
    for n in 0..11 {
        people.push(app.member(&format!("Person {n}"), User).await);
    }
    let team = app.team("Marketing", &people.iter().collect::<Vec<_>>()).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let share = app.share(account, team, Collaborator).await;
    let mut browser = app.client_as(&ada).await;
    let (item, remove) =
        (format!("/accounts/{account}"), format!("/accounts/{account}/shares/{share}/remove"));
    browser.post(&remove, &[("confirm", "10")]).await;
    assert_eq!(toast(&browser.get(&item).await), "Nothing was changed. Type 11 to confirm it.");
    assert_eq!(app.recorded("share.removed").await, 0);
    browser.post(&remove, &[("confirm", "11")]).await;
    assert_eq!(app.recorded("share.removed").await, 1);
}

#[tokio::test]
async fn an_account_comes_into_a_collection_and_out_of_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (own, other) =
        (app.account(&ada, "Contentzilla", "").await, app.account(&bob, "Payroll", "").await);
    let collection = app.collection(&ada, "Social").await;
    let page = format!("/collections/{collection}");
    let mut browser = app.client_as(&ada).await;
    browser.post(&format!("{page}/accounts"), &[("account", &own.to_string())]).await;
    assert!(browser.get(&page).await.body.contains("Take Contentzilla out of the collection"));
    let answer =
        browser.post(&format!("{page}/accounts"), &[("account", &other.to_string())]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "it is not hers to add");
    browser.post(&format!("{page}/accounts/{own}/remove"), &[]).await;
    assert!(browser.get(&page).await.body.contains("No accounts in it yet"));
    browser.post(&page, &[("new-name", "Work")]).await;
    assert!(browser.get(&page).await.body.contains("<h1>Work</h1>"));
    browser.post("/collections", &[("name", "Ads"), ("parent", &collection.to_string())]).await;
    assert!(browser.get("/collections").await.body.contains("Ads"));
    browser.post(&format!("{page}/delete"), &[]).await;
    assert!(toast(&browser.get(&page).await).contains("the collections inside this one first"));
}

#[tokio::test]
async fn an_admin_changes_a_role_suspends_and_brings_back_and_a_user_does_none_of_it() {
    let app = TestApp::start().await;
    let (adam, ada) = (app.member("Adam", Admin).await, app.member("Ada", User).await);
    let bob = app.member("Bob", User).await;
    let page = format!("/members/{}", bob.id);
    let mut user = app.client_as(&ada).await;
    for form in ["role", "suspend", "deactivate", "reactivate"] {
        let answer = user.post(&format!("{page}/{form}"), &[("role", "admin")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form}");
    }
    assert!(!user.get(&page).await.body.contains("SCIM external ID"), "C5: admins only");
    let mut admin = app.client_as(&adam).await;
    admin.post(&format!("{page}/role"), &[("role", "login_only")]).await;
    assert_eq!(toast(&admin.get(&page).await), "The role is Login-only now.");
    admin.post(&format!("{page}/suspend"), &[]).await;
    assert!(admin.get(&page).await.body.contains("Reactivate"));
    admin.post(&format!("{page}/reactivate"), &[]).await;
    assert_eq!(app.recorded("member.reactivated").await, 1);
    admin.post(&format!("{page}/deactivate"), &[]).await;
    assert!(admin.get(&page).await.body.contains("Removed"));
    let owner = format!("/members/{}", app.owner.id);
    assert!(admin.get(&owner).await.body.contains("Nobody can change the workspace Owner."));
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_works_until_it_is_revoked() {
    let app = TestApp::start().await;
    let (ada, gus) = (app.member("Ada", User).await, app.member("Gus", Guest).await);
    let mut browser = app.client_as(&ada).await;
    app.advance(6 * 60);
    let unproven = browser.post("/profile/api-key", &[]).await;
    assert!(unproven.location().starts_with("/confirm"), "a key outlives the session");
    let mut browser = app.client_as(&ada).await;
    let made = browser.post("/profile/api-key", &[]).await;
    let key = made.body.split("ktk_").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let key = format!("ktk_{key}");
    assert!(keytile::apikeys::authenticate(&app.app, &key).await.is_ok());
    assert!(!browser.get("/profile").await.body.contains("ktk_"));
    browser.post("/profile/api-key/revoke", &[]).await;
    assert!(keytile::apikeys::authenticate(&app.app, &key).await.is_err());
    let mut guest = app.client_as(&gus).await;
    assert_eq!(guest.post("/profile/api-key", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(!guest.get("/profile").await.body.contains("API key"));
}

/// S37.
#[tokio::test]
async fn the_profile_syncs_every_extended_account_that_the_person_owns() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    for (owner, name) in [(&ada, "One"), (&ada, "Two"), (&bob, "Three")] {
        let account = app.account(owner, name, "App").await;
        app.extend(owner, account).await;
    }
    let mut browser = app.client_as(&ada).await;
    assert!(browser.get("/profile").await.body.contains("2 of your accounts"));
    browser.post("/profile/sync", &[]).await;
    assert!(toast(&browser.get("/profile").await).starts_with("2 accounts are being synced."));
    assert_eq!(app.recorded("tile.sync_requested").await, 2);
}

/// The id of somebody's share, as the page names it.
fn share_id(page: &Answer, name: &str) -> String {
    let at = page.body.find(&format!("Role of {name}<")).expect("a row of theirs");
    let before = &page.body[..at];
    let id = before.rsplit("for=\"role-").next().expect("a label");
    id.split('"').next().expect("an id").to_owned()
}
