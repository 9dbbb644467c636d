//! The dry run against the real run: what is foretold is what the worker then does, step by step.

use std::collections::BTreeSet;

use keytile::accounts::{self, Change, Draft};
use keytile::sync::preview::{self, Intent};
use keytile::sync::worker::Turn;
use keytile::sync::{Hidden, store};
use keytile::{sharing, values};
use model::share::ItemRole::Collaborator;
use model::{AccountId, ShareId};
use portal::Strategy;
use portal::okta::OktaPortal;

use super::{Worker, worker};
use crate::support::{Guest, LoginOnly, TestApp, User};

/// What was foretold, without the addresses and ids that only doing it makes.
fn plain(steps: &[String]) -> Vec<String> {
    steps
        .iter()
        .map(|step| match step {
            step if step.contains("assign group") => step.split(" group").next().unwrap().into(),
            step => step.split(" for http").next().unwrap().to_owned(),
        })
        .collect()
}

async fn events(test: &TestApp) -> Vec<(String, String)> {
    let mut tx = test.app.db.read().await.unwrap();
    let sql = "SELECT CAST(at AS TEXT) || step AS step, result FROM tile_event UNION ALL
               SELECT CAST(at AS TEXT) || step AS step, result FROM audience_event";
    let rows = tx.all(sql, values![]).await.unwrap();
    rows.iter().map(|row| (row.text("step").unwrap(), row.text("result").unwrap())).collect()
}

/// Takes turns until nothing is left, and answers what the timelines tell, in order.
async fn done(test: &TestApp, worker: &Worker<OktaPortal>) -> Vec<String> {
    let mut known: BTreeSet<_> = events(test).await.into_iter().collect();
    let mut told = Vec::new();
    for _ in 0..1_000 {
        // Each turn has an instant of its own, so that alike steps are told apart.
        test.advance_millis(1);
        match worker.turn().await.unwrap() {
            Turn::Did(_) => {}
            Turn::Wait(Some(until)) => {
                let left = until.duration_since(test.now()).as_millis();
                test.advance_millis(i64::try_from(left).unwrap().max(1));
            }
            Turn::Idle => return plain(&told),
            other => panic!("{other:?}"),
        }
        for event in events(test).await {
            if known.insert(event.clone()) {
                let step = event.0.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
                assert_eq!(event.1, "done", "{step}");
                told.push(step);
            }
        }
    }
    panic!("the worker never comes to rest");
}

async fn foretold(test: &TestApp, account: AccountId, intent: Intent) -> preview::Preview {
    let owner = test.actor(&test.owner).await;
    preview::of_account(&test.app, &owner, account, intent).await.unwrap()
}

async fn unshare(test: &TestApp, share: ShareId) {
    let owner = test.actor(&test.owner).await;
    sharing::unshare(&test.app, &owner, share).await.unwrap();
}

async fn rename(test: &TestApp, account: AccountId, name: &str) {
    let owner = test.actor(&test.owner).await;
    let change = Change { name: Some(name.into()), ..Change::default() };
    accounts::update(&test.app, &owner, account, change).await.unwrap();
}

/// C14, S14.
#[tokio::test]
async fn a_preview_is_what_the_worker_then_does() {
    let test = TestApp::start().await;
    let ada = test.member("Ada", User).in_okta().await;
    let bob = test.member("Bob", User).in_okta().await;
    let cleo = test.member("Cleo", User).in_okta().await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    let share = test.share(account, &ada, Collaborator).await;
    test.share(account, &bob, Collaborator).await;
    test.turn_on().await;
    let first = foretold(&test, account, Intent::Extend).await;
    assert_eq!(first.label, "Contentzilla - Instagram");
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM tile").await, 0, "nothing was written");
    test.extend(&test.owner, account).await;
    let worker = worker(&test).await;
    assert_eq!(done(&test, &worker).await, plain(&first.steps), "the first extension");
    assert!(foretold(&test, account, Intent::Extend).await.is_empty());
    unshare(&test, share).await;
    test.share(account, &cleo, Collaborator).await;
    rename(&test, account, "Anotherzilla").await;
    let changed = foretold(&test, account, Intent::Extend).await;
    let said: Vec<_> =
        changed.lines.iter().map(|l| (l.text.as_str(), l.people.join("+"))).collect();
    assert_eq!(
        said,
        [
            ("Unassign", "Ada".to_owned()),
            ("Assign", "Cleo".into()),
            ("Rename the app to “Anotherzilla - Instagram”", String::new())
        ]
    );
    assert_eq!(done(&test, &worker).await, plain(&changed.steps), "a change");
    let removal = foretold(&test, account, Intent::Remove).await;
    let owner = test.actor(&test.owner).await;
    keytile::sync::remove(&test.app, &owner, account).await.unwrap();
    assert_eq!(done(&test, &worker).await, plain(&removal.steps), "the removal");
}

/// C14, where a group shows the tile.
#[tokio::test]
async fn a_preview_tells_of_the_group_that_shows_the_tile() {
    let test = TestApp::start().await;
    let ada = test.member("Ada", User).in_okta().await;
    let bob = test.member("Bob", User).in_okta().await;
    let cleo = test.member("Cleo", User).in_okta().await;
    let team = test.team("Marketing", &[&ada, &bob]).await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, team, Collaborator).await;
    test.turn_on().await;
    test.write(|tx, by| {
        Box::pin(async move { Ok(store::set_strategy(tx, by, Strategy::Audience, None).await?) })
    })
    .await;
    let first = foretold(&test, account, Intent::Extend).await;
    test.extend(&test.owner, account).await;
    let worker = worker(&test).await;
    assert_eq!(done(&test, &worker).await, plain(&first.steps), "the first extension");
    test.leave(team, &bob).await;
    test.join(team, &cleo).await;
    let changed = foretold(&test, account, Intent::Extend).await;
    assert_eq!(done(&test, &worker).await, plain(&changed.steps), "a change of the team");
    test.share(account, &bob, Collaborator).await;
    let widened = foretold(&test, account, Intent::Extend).await;
    assert_eq!(done(&test, &worker).await, plain(&widened.steps), "another source");
    let removal = foretold(&test, account, Intent::Remove).await;
    assert!(removal.steps.last().is_some_and(|step| step == "delete the group"), "{removal:?}");
    let owner = test.actor(&test.owner).await;
    keytile::sync::remove(&test.app, &owner, account).await.unwrap();
    assert_eq!(done(&test, &worker).await, plain(&removal.steps), "the removal");
}

/// C14, S15, S42.
#[tokio::test]
async fn a_preview_says_who_is_skipped_and_why() {
    let test = TestApp::start().await;
    let outside = test.member("Outside", User).await;
    let guest = test.member("Guest", Guest).in_okta().await;
    let login_only = test.member("Login", LoginOnly).in_okta().await;
    let account =
        test.account_of(&test.owner, Draft { name: "X".into(), ..Draft::default() }).await;
    for person in [&outside, &guest, &login_only] {
        test.share(account, person, Collaborator).await;
    }
    test.turn_on().await;
    let preview = foretold(&test, account, Intent::Extend).await;
    let skipped: Vec<_> =
        preview.skipped.iter().map(|(who, why)| (who.name.as_str(), *why)).collect();
    assert_eq!(
        skipped,
        [
            ("Guest", Hidden::Guest),
            ("Login", Hidden::LoginOnly),
            ("Olga Owner", Hidden::NotInPortal),
            ("Outside", Hidden::NotInPortal)
        ]
    );
}

/// Two like-named accounts that are not extended yet would not get the same label (S9).
#[tokio::test]
async fn previews_of_several_accounts_number_their_labels() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let owner = test.actor(&test.owner).await;
    let mut batch = preview::Batch::default();
    let mut labels = Vec::new();
    for _ in 0..2 {
        let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
        let mut tx = test.app.db.read().await.unwrap();
        let seen = batch.add(&mut tx, &test.app, &owner, account, Intent::Extend).await.unwrap();
        labels.push(seen.label);
    }
    assert_ne!(labels[0], labels[1]);
}
