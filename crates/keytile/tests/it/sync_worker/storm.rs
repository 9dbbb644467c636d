//! An Okta that refuses or fails for an hour: everybody has their tiles once it is over, and nobody has one twice (R3, R4).

use std::collections::BTreeSet;

use jiff::SignedDuration;
use keytile::accounts::{self, Draft};
use keytile::sync::worker::{Turn, Worker};
use okta_sim::{Limits, Mischief};
use portal::okta::OktaPortal;

use super::pace::{add_accounts, with_accounts_at};
use super::{follow_for, shown, worker};
use crate::support::TestApp;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// As many tiles as accounts, each of another name, and each with its four people.
fn assert_whole(test: &TestApp, accounts: usize) {
    let shown = shown(test);
    let labels: BTreeSet<&String> = shown.iter().map(|tile| &tile.0).collect();
    assert_eq!((shown.len(), labels.len()), (accounts, accounts));
    for (label, is_active, people) in &shown {
        assert!(*is_active && people.len() == 4, "{label}: {people:?}");
    }
}

/// Syncs twenty accounts, and renames some whenever that is done, until an hour of mischief is over. Then everything ends as it
/// should be.
async fn live_through(mischief: Mischief) {
    for seed in 0..2 {
        let test = TestApp::start_with(Limits::Workforce).await;
        let accounts = add_accounts(&test, 20).await;
        let (worker, owner) = (worker(&test).await, test.actor(&test.owner).await);
        test.okta.sim.set_mischief(mischief.clone(), seed);
        let end = test.now() + HOUR;
        let mut renamed = 0;
        while test.now() < end {
            follow_for(&test, &worker, end.duration_since(test.now())).await;
            let name = format!("Renamed {renamed}");
            let draft = Draft { name, app_name: "App".into(), ..Draft::default() };
            accounts::update(&test.app, &owner, accounts[renamed % 20], draft).await.unwrap();
            renamed += 1;
            test.advance(30);
        }
        let struck = test.okta.sim.traffic().iter().filter(|call| call.status != Some(200)).count();
        assert!(renamed > 20 && struck > 40, "{renamed} names, {struck} calls that went wrong");
        test.okta.sim.set_mischief(Mischief::none(), seed);
        assert_eq!(follow_for(&test, &worker, 2 * HOUR).await, Turn::Idle);
        assert_whole(&test, 20);
        let last = format!("Renamed {} - App", renamed - 1);
        assert!(shown(&test).iter().any(|tile| tile.0 == last), "{last}");
    }
}

/// R3: of an hour with ten calls a minute nine in ten are used, and none is sent that would be refused.
#[tokio::test]
async fn at_ten_calls_a_minute_an_hour_of_work_takes_little_more_than_an_hour() {
    let test = with_accounts_at(Limits::Integrator, 120).await;
    let worker = worker(&test).await;
    let before = test.now();
    assert_eq!(follow_for(&test, &worker, 2 * HOUR).await, Turn::Idle);
    let traffic = test.okta.sim.traffic();
    assert_eq!(traffic.len(), 600);
    assert!(traffic.iter().all(|call| call.status == Some(200)));
    let minutes = test.now().duration_since(before).as_mins();
    assert!(minutes <= 66, "{minutes} minutes");
    assert_whole(&test, 120);
}

/// R3: refusals whose reset is right, missing or over, and others because of too many calls at once.
#[tokio::test]
async fn an_hour_of_refusals_costs_time_alone() {
    live_through(Mischief {
        limited: 50,
        limited_without_reset: 100,
        limited_until_past: 100,
        limited_by_concurrency: 50,
        ..Mischief::none()
    })
    .await;
}

/// R4: three calls of ten fail, whether their work was done or not.
#[tokio::test]
async fn an_hour_in_which_three_calls_of_ten_fail_loses_and_doubles_nothing() {
    live_through(Mischief {
        internal_error: 100,
        bad_gateway: 70,
        unavailable: 70,
        gateway_timeout: 60,
        ..Mischief::none()
    })
    .await;
}

/// How long a first sync takes while another company's worker has its turns too.
async fn sync_beside(test: &TestApp, other: Option<&Worker<OktaPortal>>) -> SignedDuration {
    let (worker, before) = (worker(test).await, test.now());
    while let Turn::Did(_) | Turn::Wait(Some(_)) = worker.turn().await.unwrap() {
        if let Some(other) = other {
            other.turn().await.unwrap();
        }
        test.advance_millis(200);
    }
    test.now().duration_since(before)
}

/// R3: each org has limits, windows and rests of its own.
#[tokio::test]
async fn a_company_whose_okta_is_down_leaves_others_the_whole_of_their_limits() {
    let alone = with_accounts_at(Limits::Workforce, 20).await;
    let took = sync_beside(&alone, None).await;
    let ours = with_accounts_at(Limits::Workforce, 20).await;
    let theirs = ours.neighbour(Limits::Integrator).await;
    add_accounts(&theirs, 5).await;
    theirs.okta.go_down();
    let other = worker(&theirs).await;
    assert_eq!(sync_beside(&ours, Some(&other)).await, took);
    assert_whole(&ours, 20);
    assert_eq!(shown(&theirs).len(), 0);
    theirs.okta.come_back();
    assert_eq!(follow_for(&theirs, &other, HOUR).await, Turn::Idle);
    assert_whole(&theirs, 5);
    assert_whole(&ours, 20);
}
