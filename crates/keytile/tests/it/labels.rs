//! What tiles are called in Okta: duplicates get numbers that are stable, and no two are alike (S8-S11, S21, S30).

use futures_util::future::join_all;
use keytile::accounts::{self, Draft};
use keytile::sync;
use model::AccountId;
use model::share::ItemRole::Owner;

use crate::support::{TestApp, User};

async fn label(app: &TestApp, account: AccountId) -> String {
    let mut tx = app.app.db.read().await.unwrap();
    let tile = sync::store::find_live(&mut tx, app.workspace, account).await.unwrap();
    tile.expect("the account is extended").label
}

async fn extended(app: &TestApp, name: &str, app_name: &str) -> AccountId {
    let account = app.account(&app.owner, name, app_name).await;
    app.advance(1);
    app.extend(&app.owner, account).await;
    account
}

async fn rename(app: &TestApp, account: AccountId, name: &str, app_name: &str) {
    let draft = Draft { name: name.into(), app_name: app_name.into(), ..Draft::default() };
    let owner = app.actor(&app.owner).await;
    accounts::update(&app.app, &owner, account, draft).await.unwrap();
}

/// S8, S9.
#[tokio::test]
async fn duplicates_are_numbered_in_the_order_in_which_they_are_extended() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let first = extended(&app, "Contentzilla", "Instagram").await;
    let second = extended(&app, "Contentzilla", "Instagram").await;
    // The same to a reader: case does not tell labels apart.
    let third = extended(&app, "CONTENTZILLA", "instagram").await;
    let other = extended(&app, "Contentzilla", "TikTok").await;
    assert_eq!(label(&app, first).await, "Contentzilla - Instagram");
    assert_eq!(label(&app, second).await, "Contentzilla - Instagram (1)");
    assert_eq!(label(&app, third).await, "CONTENTZILLA - instagram (2)");
    assert_eq!(label(&app, other).await, "Contentzilla - TikTok");
}

/// S9.
#[tokio::test]
async fn numbers_are_stable_and_the_lowest_free_one_is_given_next() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(extended(&app, "Contentzilla", "Instagram").await);
    }
    let owner = app.actor(&app.owner).await;
    sync::remove(&app.app, &owner, all[0]).await.unwrap();
    sync::remove(&app.app, &owner, all[2]).await.unwrap();
    assert_eq!(label(&app, all[1]).await, "Contentzilla - Instagram (1)");
    assert_eq!(label(&app, all[3]).await, "Contentzilla - Instagram (3)");
    let next = extended(&app, "Contentzilla", "Instagram").await;
    assert_eq!(label(&app, next).await, "Contentzilla - Instagram");
    let after = extended(&app, "Contentzilla", "Instagram").await;
    assert_eq!(label(&app, after).await, "Contentzilla - Instagram (2)");
}

/// S10.
#[tokio::test]
async fn without_an_app_name_the_sites_domain_stands_in_and_without_both_the_name_alone() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let with_site = extended(&app, "Contentzilla", "").await;
    assert_eq!(label(&app, with_site).await, "Contentzilla - example.com");
    let draft = Draft { name: "Door code".into(), ..Draft::default() };
    let bare = app.account_of(&app.owner, draft).await;
    app.extend(&app.owner, bare).await;
    assert_eq!(label(&app, bare).await, "Door code");
}

/// S11.
#[tokio::test]
async fn labels_keep_to_a_hundred_characters_and_differ_also_where_they_are_cut() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let mut seen = std::collections::BTreeSet::new();
    for end in ["x", "y", "z", "(1)", "(1)", " (1)"] {
        for start in ["a".repeat(200), "👩\u{200d}👩\u{200d}👧".repeat(40), "ß".repeat(95)] {
            let account = extended(&app, &format!("{start}{end}"), "Instagram").await;
            let label = label(&app, account).await;
            assert!(label.chars().count() <= 100, "{label}");
            assert!(label.contains(" - Instagram"), "{label}");
            assert!(seen.insert(model::label::key(&label)), "{label} is there twice");
        }
    }
}

/// S11: a name that looks like a numbered duplicate takes that label, and nobody else gets it.
#[tokio::test]
async fn a_label_that_ends_in_a_number_by_itself_is_not_given_twice() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let odd = extended(&app, "Contentzilla", "Instagram (1)").await;
    let first = extended(&app, "Contentzilla", "Instagram").await;
    let second = extended(&app, "Contentzilla", "Instagram").await;
    assert_eq!(label(&app, odd).await, "Contentzilla - Instagram (1)");
    assert_eq!(label(&app, first).await, "Contentzilla - Instagram");
    assert_eq!(label(&app, second).await, "Contentzilla - Instagram (2)");
}

/// S11, T16.
#[tokio::test]
async fn a_name_that_reverses_text_is_refused_before_it_becomes_a_label() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    for (name, app_name) in [("Content\u{202e}zilla", ""), ("Contentzilla", "Insta\u{2066}gram")] {
        let draft = Draft { name: name.into(), app_name: app_name.into(), ..Draft::default() };
        let refused = accounts::create(&app.app, &owner, draft).await.unwrap_err();
        assert_eq!(refused.code(), "invalid");
    }
    // Letters that are written from right to left are names like any other.
    let account = app.account(&app.owner, "חשבון", "אפליקציה").await;
    app.turn_on().await;
    app.extend(&app.owner, account).await;
    assert_eq!(label(&app, account).await, "חשבון - אפליקציה");
}

/// S21.
#[tokio::test]
async fn renaming_an_account_renames_its_tile_and_no_other() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let first = extended(&app, "Contentzilla", "Instagram").await;
    let second = extended(&app, "Contentzilla", "Instagram").await;
    rename(&app, first, "Brandzilla", "Instagram").await;
    assert_eq!(label(&app, first).await, "Brandzilla - Instagram");
    assert_eq!(label(&app, second).await, "Contentzilla - Instagram (1)");
    // Back again: the bare label is free, and the other keeps its number.
    rename(&app, first, "Contentzilla", "Instagram").await;
    assert_eq!(label(&app, first).await, "Contentzilla - Instagram");
    assert_eq!(label(&app, second).await, "Contentzilla - Instagram (1)");
    // A change that leaves the label alone leaves the number alone, though a lower one is free.
    rename(&app, first, "Brandzilla", "TikTok").await;
    rename(&app, second, "Contentzilla", "Instagram").await;
    assert_eq!(label(&app, second).await, "Contentzilla - Instagram (1)");
}

/// S21: the worker hears of it.
#[tokio::test]
async fn a_new_label_marks_the_tile_and_an_equal_one_does_not() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = extended(&app, "Contentzilla", "Instagram").await;
    let marked = app.count("SELECT marked AS n FROM tile").await;
    rename(&app, account, "Contentzilla", "Instagram").await;
    assert_eq!(app.count("SELECT marked AS n FROM tile").await, marked);
    rename(&app, account, "Brandzilla", "Instagram").await;
    assert_eq!(app.count("SELECT marked AS n FROM tile").await, marked + 1);
}

/// S30.
#[tokio::test]
async fn two_owners_who_extend_at_once_get_the_same_tile() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Owner).await;
    let (olga, ada) = (app.actor(&app.owner).await, app.actor(&ada).await);
    let clicks = (0..8).map(|n| {
        let actor = if n % 2 == 0 { olga } else { ada };
        let app = app.app.clone();
        async move { sync::extend(&app, &actor, account).await.unwrap() }
    });
    let tiles = join_all(clicks).await;
    assert!(tiles.iter().all(|tile| *tile == tiles[0]));
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile").await, 1);
    assert_eq!(app.recorded("tile.extended").await, 1);
}

/// S9, S30.
#[tokio::test]
async fn accounts_of_one_name_that_are_extended_at_once_get_different_labels() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let mut accounts = Vec::new();
    for _ in 0..8 {
        accounts.push(app.account(&app.owner, "Contentzilla", "Instagram").await);
    }
    join_all(accounts.iter().map(|account| app.extend(&app.owner, *account))).await;
    assert_eq!(app.count("SELECT COUNT(DISTINCT label_key) AS n FROM tile").await, 8);
    assert_eq!(app.count("SELECT MAX(label_number) AS n FROM tile").await, 7);
}
