//! Accounts that are deleted, and what comes back with them (C45).

use std::collections::BTreeSet;

use http::StatusCode;
use keytile::accounts::{self, Draft};
use keytile::paging::Wanted;
use keytile::{collections, members};
use model::access::Actor;
use model::share::ItemRole::{Collaborator, Owner};
use model::workspace::WorkspaceRole;

use crate::support::{TestApp, User};

/// The names of the deleted accounts that somebody may restore, read one by one.
async fn deleted(app: &TestApp, actor: &Actor) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let wanted = Wanted::after("", &after, 1);
        let part = accounts::deleted::list(&app.app, actor, &wanted).await.unwrap();
        names.extend(part.items.into_iter().map(|account| account.name));
        let Some(next) = part.next else { return names };
        after = next;
    }
}

/// C45: also of those that were deleted at the same time, and of none that are another one's.
#[tokio::test]
async fn deleted_accounts_are_listed_for_those_who_owned_them_the_last_one_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (adas, owner) = (app.actor(&ada).await, app.actor(&app.owner).await);
    let mut all = Vec::new();
    for name in ["One", "Two", "Three", "Four"] {
        all.push(app.account(&ada, name, "App").await);
    }
    app.share(all[0], &bob, Collaborator).await;
    for (n, account) in all.iter().enumerate() {
        accounts::delete(&app.app, &adas, *account).await.unwrap();
        if n == 0 {
            app.advance(60);
        }
    }
    let names = deleted(&app, &adas).await;
    assert_eq!(names.len(), 4);
    assert_eq!(names.last().map(String::as_str), Some("One"));
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 4, "{names:?}");
    for other in [&app.actor(&bob).await, &owner, &app.elsewhere().await] {
        assert!(deleted(&app, other).await.is_empty());
    }
    // Whoever may own nothing any more has nothing to restore.
    members::change_role(&app.app, &owner, ada.id, WorkspaceRole::Guest).await.unwrap();
    let guest = app.actor(&ada).await;
    assert!(deleted(&app, &guest).await.is_empty());
    let refused = accounts::deleted::restore(&app.app, &guest, all[0]).await;
    assert_eq!(refused.err().map(|e| e.code()), Some("forbidden"));
}

/// C45: by the pages, with a second click too.
#[tokio::test]
async fn an_account_is_restored_on_the_page_of_deleted_ones_once() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let mut browser = app.client_as(&app.owner).await;
    assert!(browser.get("/accounts/deleted").await.body.contains("Nothing was deleted"));
    browser.post(&format!("/accounts/{account}/delete"), &[]).await;
    let told = browser.get("/accounts").await.body;
    assert!(told.contains("Contentzilla was deleted"));
    assert!(told.contains(r#"href="/accounts/deleted""#));
    let listed = browser.get("/accounts/deleted").await.body;
    assert!(listed.contains("Contentzilla") && listed.contains(&app.owner.name));
    for said in ["Contentzilla is back, for everyone", "Contentzilla is back already"] {
        let answer = browser.post(&format!("/accounts/{account}/restore"), &[]).await;
        assert_eq!(answer.location(), format!("/accounts/{account}"));
        assert!(browser.get(answer.location()).await.body.contains(said), "{said}");
    }
    assert_eq!(app.recorded("account.restored").await, 1);
    let ben = app.member("Ben", User).await;
    let answer = app.client_as(&ben).await.post(&format!("/accounts/{account}/restore"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// C45.
#[tokio::test]
async fn a_deleted_account_comes_back_with_direct_and_team_shares_and_without_collections() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let (ada, bob, cyd) = (
        app.member("Ada", User).await,
        app.member("Bob", User).await,
        app.member("Cyd", User).await,
    );
    let team = app.team("Marketing", &[&bob]).await;
    let collection = app.collection(&app.owner, "Social").await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    app.share(account, &ada, Collaborator).await;
    app.share(account, team, Owner).await;
    app.share(collection, &cyd, Collaborator).await;
    collections::add_account(&app.app, &owner, collection, account).await.unwrap();
    app.extend(&app.owner, account).await;

    accounts::delete(&app.app, &owner, account).await.unwrap();
    let people = [app.actor(&ada).await, app.actor(&bob).await, app.actor(&cyd).await];
    for actor in people.iter().chain([&owner]) {
        let gone = accounts::find(&app.app, actor, account).await.unwrap_err();
        assert_eq!(gone.code(), "not_found");
        assert!(accounts::list(&app.app, actor, "", None, 9).await.unwrap().is_empty());
    }
    assert_eq!(deleted(&app, &owner).await, ["Contentzilla"]);
    assert_eq!(deleted(&app, &people[1]).await, ["Contentzilla"]);
    assert!(deleted(&app, &people[0]).await.is_empty());
    // S20: its tile goes.
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NULL").await, 0);
    let twice = accounts::delete(&app.app, &owner, account).await.unwrap_err();
    assert_eq!(twice.code(), "not_found");
    let not_hers = accounts::deleted::restore(&app.app, &people[0], account).await.unwrap_err();
    assert_eq!(not_hers.code(), "forbidden");

    accounts::deleted::restore(&app.app, &people[1], account).await.unwrap();
    let reach = async |actor| accounts::find(&app.app, actor, account).await.is_ok();
    assert!(reach(&owner).await && reach(&people[0]).await && reach(&people[1]).await);
    assert!(!reach(&people[2]).await, "the collection has let go of it");
    // S47: it is not extended again by itself.
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NULL").await, 0);
    assert_eq!(app.recorded("account.restored").await, 1);
}

/// Somebody who holds a deleted account can bring it back, and do nothing else with it.
#[tokio::test]
async fn a_deleted_account_is_not_changed_shared_or_extended() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    accounts::delete(&app.app, &owner, account).await.unwrap();
    let draft = Draft { name: "New".into(), ..Draft::default() };
    let (item, grantee) = (model::ShareItem::Account(account), model::Grantee::Member(ada.id));
    let refusals = [
        accounts::update(&app.app, &owner, account, draft).await.err(),
        accounts::set_disabled(&app.app, &owner, account, true).await.err(),
        accounts::reveal(&app.app, &owner, account).await.err(),
        keytile::sharing::share(&app.app, &owner, item, grantee, Collaborator).await.err(),
        keytile::sync::extend(&app.app, &owner, account).await.err(),
    ];
    for (n, refusal) in refusals.into_iter().enumerate() {
        assert_eq!(refusal.map(|e| e.code()), Some("not_found"), "number {n}");
    }
}

/// U6: what is taken from more than ten people is confirmed by their number, and the server looks at it too.
#[tokio::test]
async fn an_account_or_a_tile_of_many_goes_by_their_number_alone() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let mut people = Vec::new();
    for n in 0..11 {
        people.push(app.member(&format!("Person {n}"), User).await);
    }
    let team = app.team("Everybody", &people.iter().collect::<Vec<_>>()).await;
    app.share(account, team, Collaborator).await;
    app.share(account, &people[0], Collaborator).await;
    app.extend(&app.owner, account).await;
    let mut browser = app.client_as(&app.owner).await;
    let tiles = "SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NULL";
    for wrong in ["", "11", "13"] {
        let fields = [("confirm", wrong)];
        let refused = browser.post(&format!("/accounts/{account}/tile/remove"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(refused.body.contains("Type 12 to confirm"), "{}", refused.body);
        let kept = browser.post(&format!("/accounts/{account}/delete"), &fields).await;
        assert_eq!(kept.location(), format!("/accounts/{account}"));
        assert!(browser.get(kept.location()).await.body.contains("Type 12 to confirm it"));
        assert_eq!(app.count(tiles).await, 1);
    }
    let right = [("confirm", "12")];
    browser.post(&format!("/accounts/{account}/tile/remove"), &right).await;
    assert_eq!(app.count(tiles).await, 0);
    let gone = browser.post(&format!("/accounts/{account}/delete"), &right).await;
    assert_eq!(gone.location(), "/accounts");
    assert_eq!(app.recorded("account.deleted").await, 1);
}
