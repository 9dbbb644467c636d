//! A create happens exactly once, whatever becomes of its answer (security.md 3.3, L3).

use jiff::SignedDuration;
use keytile::sync::store;
use keytile::sync::worker::{Holder, Turn, Worker};
use keytile::{settings, sync};
use okta_sim::Outcome;
use okta_sim::org::NewApp;

use super::crash::{act_amid_a_turn, stride};
use super::{World, answer, calls, fault, follow_for, only_app, progress, shown, worker, writes};
use crate::support::TestApp;

#[tokio::test]
async fn a_lost_answer_after_a_create_is_looked_up_and_not_repeated() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    let creates = calls(&world.test).iter().filter(|call| *call == "POST /apps").count();
    assert_eq!(creates, 1);
}

#[tokio::test]
async fn a_create_that_failed_is_repeated_only_after_two_scans_that_found_nothing() {
    let world = World::start().await;
    fault(
        &world.test,
        "POST",
        "/api/v1/apps",
        answer(500, "application/json", r#"{"errorCode":"E0000009"}"#),
    );
    let before = world.test.now();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert!(world.test.now().duration_since(before).as_secs() >= 120);
    let traffic = calls(&world.test);
    let lists = traffic.iter().filter(|call| *call == "GET /apps").count();
    assert_eq!(lists, 2, "{traffic:?}");
}

/// A process that sleeps between its intent and its call sends later than it meant to, and lists lag behind the call.
#[tokio::test]
async fn a_create_that_was_sent_late_is_not_repeated_early() {
    let (mut polls, mut sent_late) = (0, 0);
    loop {
        let world = World::start().await;
        let began = world.test.now();
        let down = answer(500, "application/json", r#"{"errorCode":"E0000009"}"#);
        fault(&world.test, "POST", "/api/v1/apps", down);
        let sleep = async { world.test.advance(300) };
        let was_over = act_amid_a_turn(&world.worker, polls, sleep).await;
        world.follow().await;
        let traffic = world.test.okta.sim.traffic();
        let creates =
            traffic.iter().filter(|call| call.method == "POST" && call.path == "/api/v1/apps");
        let creates: Vec<_> = creates.map(|call| call.at).collect();
        let apart = creates[1].duration_since(creates[0]).as_secs();
        assert!(apart >= 120, "{apart} s after {polls} polls");
        sent_late += usize::from(creates[0] > began);
        if was_over {
            break;
        }
        polls += stride();
    }
    assert!(sent_late > 0);
}

#[tokio::test]
async fn one_scan_serves_all_creates_with_an_unknown_outcome() {
    let world = World::start().await;
    for name in ["Second", "Third"] {
        let account = world.test.account(&world.test.owner, name, "Instagram").await;
        world.test.extend(&world.test.owner, account).await;
    }
    for _ in 0..3 {
        fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    }
    world.follow().await;
    let traffic = calls(&world.test);
    assert_eq!(traffic.iter().filter(|call| *call == "POST /apps").count(), 3, "{traffic:?}");
    assert_eq!(traffic.iter().filter(|call| *call == "GET /apps").count(), 1, "{traffic:?}");
    assert_eq!(shown(&world.test).len(), 3);
}

/// R9: where the clock was set back, or another replica's is ahead, lists are not read over and over.
#[tokio::test]
async fn a_create_that_lies_ahead_by_our_clock_is_looked_up_when_that_has_come_there() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    world.worker.turn().await.unwrap();
    world.test.advance(-3600);
    sync::sync_now(&world.test.app, &world.owner().await, world.account).await.unwrap();
    calls(&world.test);
    let waits = follow_for(&world.test, &world.worker, SignedDuration::from_mins(10)).await;
    assert!(matches!(waits, Turn::Wait(Some(_))) && calls(&world.test).is_empty());
    world.test.advance(3600);
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    let traffic = calls(&world.test);
    let of = |what: &str| traffic.iter().filter(|call| *call == what).count();
    assert_eq!((of("GET /apps"), of("POST /apps")), (1, 0), "{traffic:?}");
}

#[tokio::test]
async fn doubles_of_an_unknown_create_are_removed_and_the_oldest_is_kept() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    world.worker.turn().await.unwrap();
    let first = only_app(&world.test);
    let url = sync::launch_url(&world.test.app, world.tile().await.launch);
    world.test.advance(2);
    world
        .test
        .okta
        .sim
        .org()
        .create_app(NewApp::bookmark("Contentzilla - Instagram", &url), true)
        .unwrap();
    assert_eq!(shown(&world.test).len(), 2);
    world.follow().await;
    assert_eq!(only_app(&world.test), first);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_tile_removed_while_its_create_is_unknown_leaves_no_app() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    world.worker.turn().await.unwrap();
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM tile WHERE gone_at IS NULL").await, 0);
}

/// Whether another process that waits for its turn would get the lease now.
async fn is_lease_free(test: &TestApp) -> bool {
    let mut tx = test.app.db.read().await.unwrap();
    let row = store::portal(&mut tx, test.workspace).await.unwrap().expect("a portal");
    let portal = settings::open_portal(&test.app, &mut tx, &row).await.unwrap();
    drop(tx);
    let holder = Holder::new(&test.app).patient();
    Worker::take_over(&test.app, row, portal, &holder).await.unwrap().is_some()
}

/// R8: nobody takes over from a worker that gave a sign of life less than a minute ago.
#[tokio::test]
async fn a_worker_that_works_keeps_its_lease() {
    let world = World::start().await;
    world.test.advance(59);
    assert!(!is_lease_free(&world.test).await);
    world.worker.turn().await.unwrap();
    world.test.advance(59);
    assert!(!is_lease_free(&world.test).await);
    assert_ne!(world.worker.turn().await.unwrap(), Turn::Lost);
}

#[tokio::test]
async fn an_older_worker_is_refused_by_the_fence() {
    let world = World::start().await;
    let young = worker(&world.test).await;
    // R8: the old one wakes up late.
    assert_eq!(world.worker.turn().await.unwrap(), Turn::Lost);
    assert_eq!(writes(&world.test).len(), 0);
    super::follow(&world.test, &young).await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_worker_that_loses_its_lease_during_a_call_records_nothing() {
    let world = World::start().await;
    let create = world.worker.turn();
    let takeover = async {
        // The create is on its way by now.
        while world.test.okta.sim.traffic().is_empty() {
            tokio::task::yield_now().await;
        }
        worker(&world.test).await
    };
    let (old, young) = tokio::join!(create, takeover);
    let young_saw = young.turn().await.unwrap();
    assert!(matches!(old.unwrap(), Turn::Lost | Turn::Did(_)));
    assert!(!matches!(young_saw, Turn::Lost));
    super::follow(&world.test, &young).await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// L3: the old tile goes before the new one is made, however long its removal takes.
#[tokio::test]
async fn an_account_that_is_removed_and_extended_again_is_never_shown_twice() {
    let world = World::synced().await;
    let (first, owner) = (only_app(&world.test), world.owner().await);
    for _ in 0..2 {
        fault(&world.test, "DELETE", "/api/v1/apps/*", answer(503, "text/html", "<html/>"));
    }
    sync::remove(&world.test.app, &owner, world.account).await.unwrap();
    sync::extend(&world.test.app, &owner, world.account).await.unwrap();
    let other = world.test.account(&world.test.owner, "Other", "Instagram").await;
    world.test.extend(&world.test.owner, other).await;
    let named = |label: &str| {
        shown(&world.test).iter().filter(|(shown, _, _)| shown.starts_with(label)).count()
    };
    let mut others = 0;
    loop {
        match world.worker.turn().await.unwrap() {
            Turn::Wait(Some(until)) => {
                let left = until.duration_since(world.test.now()).as_millis();
                world.test.advance_millis(i64::try_from(left).unwrap().max(1));
                // The wait is for the removal alone: everything else goes on.
                others = named("Other");
            }
            Turn::Did(_) | Turn::Audited => {}
            end => break assert_eq!(end, Turn::Idle),
        }
        assert!(named("Contentzilla") <= 1);
        if named("Contentzilla") == 1 && is_there(&world, &first) {
            assert_eq!(world.tile().await.attempt, 0, "nothing is made while the old one is there");
        }
    }
    assert_eq!(others, 1);
    assert_eq!(named("Contentzilla"), 1);
    assert!(!is_there(&world, &first));
    assert_eq!(progress(&world.test, world.account).await, sync::Progress::Synced);
}

fn is_there(world: &World, app: &str) -> bool {
    world.test.okta.sim.org().apps.contains_key(app)
}
