//! Collections: six levels, no cycles, and whoever holds one holds what is beneath it (C46).

use keytile::collections;
use model::access::Level;
use model::share::ItemRole::{Collaborator, Owner};
use model::{AccountId, CollectionId};

use crate::support::{Person, TestApp, User};

async fn chain(app: &TestApp, levels: usize) -> Vec<CollectionId> {
    let mut all = vec![app.collection(&app.owner, "Level 1").await];
    for level in 2..=levels {
        let parent = *all.last().unwrap();
        all.push(app.collection_in(parent, &app.owner, &format!("Level {level}")).await);
    }
    all
}

async fn put(app: &TestApp, collection: CollectionId, account: AccountId) {
    let owner = app.actor(&app.owner).await;
    collections::add_account(&app.app, &owner, collection, account).await.unwrap();
}

async fn reaches(app: &TestApp, person: &Person, account: AccountId) -> bool {
    let actor = app.actor(person).await;
    keytile::accounts::find(&app.app, &actor, account).await.is_ok()
}

/// C46.
#[tokio::test]
async fn six_levels_are_allowed_and_a_seventh_is_not() {
    let app = TestApp::start().await;
    let levels = chain(&app, 6).await;
    let owner = app.actor(&app.owner).await;
    let seventh = collections::create(&app.app, &owner, "Level 7", Some(levels[5])).await;
    assert_eq!(seventh.unwrap_err().code(), "invalid");
    // A subtree counts with all its levels: two under the fifth are seven.
    let top = app.collection(&app.owner, "Other").await;
    app.collection_in(top, &app.owner, "Beneath").await;
    let moved = collections::move_to(&app.app, &owner, top, Some(levels[4])).await;
    assert_eq!(moved.unwrap_err().code(), "invalid");
    collections::move_to(&app.app, &owner, top, Some(levels[3])).await.unwrap();
}

/// C46.
#[tokio::test]
async fn a_collection_cannot_be_moved_into_itself_or_beneath_itself() {
    let app = TestApp::start().await;
    let levels = chain(&app, 3).await;
    let owner = app.actor(&app.owner).await;
    for target in &levels {
        let moved = collections::move_to(&app.app, &owner, levels[0], Some(*target)).await;
        assert_eq!(moved.unwrap_err().code(), "invalid");
    }
}

/// C46.
#[tokio::test]
async fn moving_a_subtree_changes_who_reaches_what_is_in_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let marketing = app.collection(&app.owner, "Marketing").await;
    let sales = app.collection(&app.owner, "Sales").await;
    let social = app.collection_in(marketing, &app.owner, "Social").await;
    let brand = app.collection_in(social, &app.owner, "Brand").await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    put(&app, brand, account).await;
    app.share(marketing, &ada, Collaborator).await;
    app.share(sales, &bob, Collaborator).await;
    assert!(reaches(&app, &ada, account).await && !reaches(&app, &bob, account).await);

    let owner = app.actor(&app.owner).await;
    collections::move_to(&app.app, &owner, social, Some(sales)).await.unwrap();
    assert!(!reaches(&app, &ada, account).await && reaches(&app, &bob, account).await);
    collections::move_to(&app.app, &owner, social, None).await.unwrap();
    assert!(!reaches(&app, &ada, account).await && !reaches(&app, &bob, account).await);
    assert_eq!(app.recorded("collection.moved").await, 2);
}

#[tokio::test]
async fn a_list_of_collections_has_parents_first_with_level_depth_and_size() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let levels = chain(&app, 3).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    put(&app, levels[1], account).await;
    app.share(levels[1], &ada, Collaborator).await;
    app.share(levels[2], &ada, Owner).await;
    let actor = app.actor(&ada).await;
    let seen = collections::list(&app.app, &actor).await.unwrap();
    let told: Vec<_> =
        seen.iter().map(|c| (c.name.as_str(), c.level, c.depth, c.accounts)).collect();
    assert_eq!(told, [("Level 2", Level::Launch, 1, 1), ("Level 3", Level::Own, 2, 0)]);
    let (found, may_edit) = collections::find(&app.app, &actor, levels[2]).await.unwrap();
    assert_eq!((found.name.as_str(), may_edit), ("Level 3", true));
    let hidden = collections::find(&app.app, &actor, levels[0]).await.unwrap_err();
    assert_eq!(hidden.code(), "not_found");
    let mut tx = app.app.db.read().await.unwrap();
    let held = collections::of_account(&mut tx, &actor, account).await.unwrap();
    assert_eq!(held, [levels[1]]);
}

/// C46: to add an account is to share it with everyone who holds the collection.
#[tokio::test]
async fn only_an_accounts_owner_adds_it_to_a_collection() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    let own = app.collection(&ada, "Ada's").await;
    let actor = app.actor(&ada).await;
    let refused = collections::add_account(&app.app, &actor, own, account).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let foreign = app.collection(&app.owner, "Olga's").await;
    let hidden = collections::add_account(&app.app, &actor, foreign, account).await.unwrap_err();
    assert_eq!(hidden.code(), "not_found");
}

#[tokio::test]
async fn adding_twice_is_once_and_taking_out_ends_what_the_collection_gave() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let social = app.collection(&app.owner, "Social").await;
    app.share(social, &ada, Collaborator).await;
    put(&app, social, account).await;
    put(&app, social, account).await;
    assert_eq!(app.recorded("collection.account_added").await, 1);
    assert!(reaches(&app, &ada, account).await);
    let owner = app.actor(&app.owner).await;
    for _ in 0..2 {
        collections::remove_account(&app.app, &owner, social, account).await.unwrap();
    }
    assert_eq!(app.recorded("collection.account_removed").await, 1);
    assert!(!reaches(&app, &ada, account).await);
    put(&app, social, account).await;
    assert!(reaches(&app, &ada, account).await);
}

#[tokio::test]
async fn a_collection_is_renamed_and_deleted_only_when_nothing_is_beneath_it() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let levels = chain(&app, 2).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    put(&app, levels[1], account).await;
    app.share(levels[1], &ada, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    collections::rename(&app.app, &owner, levels[1], "Renamed").await.unwrap();
    assert_eq!(collections::find(&app.app, &owner, levels[1]).await.unwrap().0.name, "Renamed");
    let refused = collections::delete(&app.app, &owner, levels[0]).await.unwrap_err();
    assert_eq!(refused.code(), "conflict");
    collections::delete(&app.app, &owner, levels[1]).await.unwrap();
    assert!(!reaches(&app, &ada, account).await);
    assert!(reaches(&app, &app.owner, account).await, "its accounts stay");
    collections::delete(&app.app, &owner, levels[0]).await.unwrap();
    assert!(collections::list(&app.app, &owner).await.unwrap().is_empty());
    assert_eq!(
        app.count(
            "SELECT COUNT(*) AS n FROM share WHERE collection_id IS NOT NULL AND ended_at IS NULL"
        )
        .await,
        0
    );
}

/// T4.
#[tokio::test]
async fn another_workspaces_collection_does_not_exist() {
    let app = TestApp::start().await;
    let collection = app.collection(&app.owner, "Social").await;
    let stranger = app.elsewhere().await;
    let found = collections::find(&app.app, &stranger, collection).await;
    assert_eq!(found.unwrap_err().code(), "not_found");
    let renamed = collections::rename(&app.app, &stranger, collection, "Mine").await;
    assert_eq!(renamed.unwrap_err().code(), "not_found");
    let inside = collections::create(&app.app, &stranger, "In it", Some(collection)).await;
    assert_eq!(inside.unwrap_err().code(), "not_found");
}
