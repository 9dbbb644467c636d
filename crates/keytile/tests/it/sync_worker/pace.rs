//! Rate limits are the road: a first sync uses what there is and no more, and whoever waits goes first (S24, R3).

use futures_util::future::join_all;
use keytile::sync;
use keytile::sync::worker::Turn;
use model::AccountId;
use model::share::ItemRole::Collaborator;
use okta_sim::Limits;
use portal::Priority;

use super::{answer, fault, follow_for, shown, worker};
use crate::support::{TestApp, User};

async fn with_accounts(count: usize) -> TestApp {
    with_accounts_at(Limits::Workforce, count).await
}

/// An org with such limits, and so many accounts that wait for their first sync.
pub(super) async fn with_accounts_at(limits: Limits, count: usize) -> TestApp {
    let test = TestApp::start_with(limits).await;
    add_accounts(&test, count).await;
    test
}

/// Turns on, and adds so many accounts that wait for their first sync, each for the same team of four.
pub(super) async fn add_accounts(test: &TestApp, count: usize) -> Vec<AccountId> {
    let mut people = Vec::new();
    for name in ["Ada", "Bob", "Cleo", "Dan"] {
        people.push(test.member(name, User).in_okta().await);
    }
    let team = test.team("Everybody", &people.iter().collect::<Vec<_>>()).await;
    test.turn_on().await;
    let owner = test.actor(&test.owner).await;
    let mut accounts = Vec::new();
    for number in 0..count {
        let account = test.account(&test.owner, &format!("Account {number}"), "App").await;
        test.share(account, team, Collaborator).await;
        sync::extend_as(&test.app, &owner, account, Priority::FirstSync).await.unwrap();
        accounts.push(account);
    }
    accounts
}

#[tokio::test]
async fn a_first_sync_of_50_accounts_for_4_people_is_exactly_250_calls_and_no_refusal() {
    let test = with_accounts(50).await;
    let worker = worker(&test).await;
    let before = test.now();
    let end = follow_for(&test, &worker, jiff::SignedDuration::from_mins(30)).await;
    assert_eq!(end, Turn::Idle);
    let traffic = test.okta.sim.traffic();
    assert_eq!(traffic.len(), 250);
    assert!(traffic.iter().all(|call| call.path.starts_with("/api/v1/apps")));
    assert!(traffic.iter().all(|call| call.status == Some(200)));
    assert_eq!(shown(&test).iter().filter(|tile| tile.1 && tile.2.len() == 4).count(), 50);
    // Fifty calls a minute, with those that were kept for people and not used: 250 take four windows after the first one.
    let took = test.now().duration_since(before).as_secs();
    assert!(took <= 4 * 61, "{took} s");
}

/// Nobody's tile stays behind half done while others that became due at the same instant begin.
#[tokio::test]
async fn a_first_sync_finishes_what_it_has_begun_before_it_begins_more() {
    let test = with_accounts(50).await;
    let worker = worker(&test).await;
    // The first answer tells how many may go. A turn that comes when another has ended goes on with the other's tile.
    worker.turn().await.unwrap();
    join_all((0..10).map(|_| worker.turn())).await;
    let begun = shown(&test).len();
    assert!(begun > 1);
    let done = || shown(&test).into_iter().filter(|tile| tile.2.len() == 4).count();
    while done() < begun {
        assert_eq!(shown(&test).len(), begun, "{} of them are done", done());
        if let Turn::Wait(Some(_)) = worker.turn().await.unwrap() {
            test.advance(30);
        }
    }
}

/// One lost answer does not put it behind everything that has not been begun.
#[tokio::test]
async fn a_tile_that_has_to_wait_in_the_middle_of_a_first_sync_is_next_once_it_may_go_on() {
    let test = with_accounts(50).await;
    let worker = worker(&test).await;
    worker.turn().await.unwrap();
    let first = shown(&test).remove(0).0;
    let people = || shown(&test).into_iter().find(|tile| tile.0 == first).map(|tile| tile.2.len());
    fault(&test, "POST", "/api/v1/apps/*/users", answer(503, "text/html", "<html/>"));
    for _ in 0..3 {
        worker.turn().await.unwrap();
    }
    assert_eq!(people(), Some(0), "the second one has been begun meanwhile");
    test.advance(10);
    for _ in 0..4 {
        worker.turn().await.unwrap();
    }
    assert_eq!(people(), Some(4));
}

/// Performance goal 13: what is kept for people is kept from a backlog, and not from the last calls of it.
#[tokio::test]
async fn the_last_calls_of_a_first_sync_do_not_wait_for_another_window() {
    let test = with_accounts(10).await;
    let worker = worker(&test).await;
    let before = test.now();
    while let Turn::Did(_) = worker.turn().await.unwrap() {}
    assert_eq!(test.okta.sim.traffic().len(), 50);
    assert_eq!(test.now(), before);
}

/// Performance goal 12: no call of a first sync's limit goes elsewhere.
#[tokio::test]
async fn an_audit_waits_until_a_first_sync_is_done() {
    let test = with_accounts(50).await;
    let worker = worker(&test).await;
    // The worker has looked for a first audit, and the day has gone on without it.
    while let Turn::Did(_) = worker.turn().await.unwrap() {}
    test.advance_millis(7 * 60 * 60 * 1000);
    let end = follow_for(&test, &worker, jiff::SignedDuration::from_mins(30)).await;
    assert_eq!(end, Turn::Idle);
    let traffic = test.okta.sim.traffic();
    let list = traffic.iter().position(|call| call.method == "GET" && call.path == "/api/v1/apps");
    assert!(list.expect("an audit was due") >= 250, "{list:?}");
}

/// C12: for six hours at most, and then it goes ahead of all but what people wait for.
#[tokio::test]
async fn an_audit_waits_for_six_hours_and_then_goes_ahead_of_a_first_sync() {
    let test = with_accounts(50).await;
    let worker = worker(&test).await;
    while let Turn::Did(_) = worker.turn().await.unwrap() {}
    let before = test.okta.sim.traffic().len();
    test.advance_millis(13 * 60 * 60 * 1000);
    let account = test.account(&test.owner, "Urgent", "App").await;
    test.extend(&test.owner, account).await;
    let end = follow_for(&test, &worker, jiff::SignedDuration::from_mins(30)).await;
    assert_eq!(end, Turn::Idle);
    let traffic = test.okta.sim.traffic();
    let list = traffic.iter().position(|call| call.method == "GET" && call.path == "/api/v1/apps");
    assert_eq!(list, Some(before + 1), "the urgent account's app is made before");
}

#[tokio::test]
async fn a_forecast_counts_tiles_that_were_not_looked_at_like_their_neighbours() {
    let test = with_accounts(40).await;
    let worker = worker(&test).await;
    // Until the background share of the window is used up, in the middle of the work.
    while let Turn::Did(_) = worker.turn().await.unwrap() {}
    let done = i64::try_from(test.okta.sim.traffic().len()).unwrap();
    let progress = worker.progress().await.unwrap();
    let left = 40 * 5 - done;
    assert!((left - 5..=left + 5).contains(&progress.calls), "{} for {left}", progress.calls);
}

#[tokio::test]
async fn a_click_in_the_middle_of_a_first_sync_takes_the_next_free_slot() {
    let test = with_accounts(20).await;
    let worker = worker(&test).await;
    // Until the background share of the window is used up.
    while let Turn::Did(_) = worker.turn().await.unwrap() {}
    let account = test.account(&test.owner, "Urgent", "App").await;
    test.extend(&test.owner, account).await;
    let before = test.now();
    let Turn::Did(_) = worker.turn().await.unwrap() else { panic!("the kept share is for this") };
    assert_eq!(test.now(), before);
    assert!(shown(&test).iter().any(|tile| tile.0 == "Urgent - App"));
}

#[tokio::test]
async fn the_progress_of_a_first_sync_counts_down() {
    let test = with_accounts(4).await;
    let worker = worker(&test).await;
    let before = worker.progress().await.unwrap();
    assert_eq!(before.tiles, 4);
    worker.turn().await.unwrap();
    let after = worker.progress().await.unwrap();
    // The first tile's plan is known: four people are left of five steps. The others will need as many as it did.
    assert_eq!((after.tiles, after.calls), (4, 3 * 5 + 4));
    assert!(after.done_at.is_some());
    follow_for(&test, &worker, jiff::SignedDuration::from_mins(5)).await;
    assert_eq!(worker.progress().await.unwrap().tiles, 0);
}

/// Pages hear of a change of it, and each change costs a write and a message: one in ten seconds is enough for people.
#[tokio::test]
async fn a_forecast_is_told_at_most_every_ten_seconds() {
    let test = with_accounts(40).await;
    let worker = worker(&test).await;
    let told = async || {
        while let Turn::Did(_) = worker.turn().await.unwrap() {}
        sync::worker::forecast(&test.app, test.workspace).await.unwrap().done_at.unwrap()
    };
    let before = told().await;
    let owner = test.actor(&test.owner).await;
    for number in 0..50 {
        let account = test.account(&test.owner, &format!("More {number}"), "App").await;
        sync::extend_as(&test.app, &owner, account, Priority::FirstSync).await.unwrap();
    }
    test.advance(1);
    assert_eq!(told().await, before);
    test.advance(9);
    assert!(told().await > before);
}

/// What is left of each limit changes with every call, and pages need not know that soon.
#[tokio::test]
async fn limits_are_told_at_most_every_ten_seconds() {
    let test = with_accounts(5).await;
    let worker = worker(&test).await;
    let mut program = test.api_as(&test.owner).await;
    let mut told = async || {
        worker.turn().await.unwrap();
        program.get("/api/v1/sync/queue").await.json()["limits"].clone()
    };
    let mut before = told().await;
    if before.as_array().unwrap().is_empty() {
        test.advance(10);
        before = told().await;
    }
    test.advance(1);
    assert_eq!(told().await, before);
    test.advance(9);
    assert_ne!(told().await, before);
}

/// "Done at about 14:05" is still said after a restart, before Okta has told the new process anything.
#[tokio::test]
async fn a_forecast_survives_a_restart() {
    let test = with_accounts(60).await;
    let old = worker(&test).await;
    while let Turn::Did(_) = old.turn().await.unwrap() {}
    let before = sync::worker::forecast(&test.app, test.workspace).await.unwrap();
    let told = before.done_at.expect("it was told");
    drop(old);
    test.advance(30);
    let young = worker(&test).await;
    let after = young.progress().await.unwrap().done_at.expect("what was learned is remembered");
    assert!(after.duration_since(told).as_secs().abs() <= 120, "{told} and then {after}");
    // It is an expectation, and no permission: the first calls go one by one until Okta has told, a look at an app before what is done to it.
    test.okta.sim.clear_traffic();
    test.advance(60);
    young.turn().await.unwrap();
    let traffic = test.okta.sim.traffic();
    assert!(traffic.iter().filter(|call| call.method != "GET").count() <= 1, "{traffic:?}");
    let shown = sync::worker::forecast(&test.app, test.workspace).await.unwrap();
    assert!(shown.done_at.is_some());
}
