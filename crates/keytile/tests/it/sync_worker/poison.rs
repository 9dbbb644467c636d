//! A tile that fails whatever is tried (R12), and lists that are not whole (R19): neither holds up or harms anything else.

use jiff::SignedDuration;
use keytile::accounts::{self, Draft};
use keytile::sync::Progress;
use model::share::ItemRole::Collaborator;
use okta_sim::{Outcome, Trick};

use super::{World, answer, calls, fault, follow_for, only_app, progress, shown, writes};

async fn rename(world: &World, name: &str) {
    let draft = Draft {
        name: name.into(),
        app_name: "Instagram".into(),
        login_url: "https://login.example.com/".into(),
        username: "shared@example.com".into(),
        ..Draft::default()
    };
    let owner = world.owner().await;
    accounts::update(&world.test.app, &owner, world.account, draft).await.unwrap();
}

/// R12.
#[tokio::test]
async fn a_tile_that_always_fails_is_parked_with_its_reason_and_holds_nobody_up() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    for _ in 0..20 {
        fault(
            &world.test,
            "GET",
            &format!("/api/v1/apps/{app}"),
            answer(503, "text/html", "<html/>"),
        );
    }
    rename(&world, "First").await;
    for number in 0..20 {
        let name = format!("Other {number}");
        let account = world.test.account(&world.test.owner, &name, "App").await;
        world.test.share(account, &world.ada, Collaborator).await;
        world.test.extend(&world.test.owner, account).await;
    }
    follow_for(&world.test, &world.worker, SignedDuration::from_secs(50)).await;
    let others = shown(&world.test);
    let others = others
        .iter()
        .filter(|(label, _, people)| label.starts_with("Other") && people == &["ada@example.com"]);
    assert_eq!(others.count(), 20, "everybody else is done within the minute");
    follow_for(&world.test, &world.worker, SignedDuration::from_hours(2)).await;
    let tries = calls(&world.test).iter().filter(|call| *call == "GET /apps/*").count();
    assert!((8..20).contains(&tries), "it is tried more and more seldom: {tries}");
    let Progress::Failed(problem) = progress(&world.test, world.account).await else {
        panic!("the reason is shown")
    };
    assert_eq!(problem.code, "unavailable");
    assert!(problem.message.contains("try again"), "{}", problem.message);
    // What was decided in the meantime is done in one step, the last of it.
    rename(&world, "Second").await;
    rename(&world, "Third").await;
    follow_for(&world.test, &world.worker, SignedDuration::from_hours(4)).await;
    assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
    assert_eq!(writes(&world.test), ["PUT /apps/*"]);
    assert_eq!(world.test.okta.sim.org().apps[&app].label, "Third - Instagram");
}

/// What may be wrong with a list: it leads back to a page, past one, or nowhere although there is more.
fn broken_lists() -> [Outcome; 3] {
    [Trick::PageRepeated, Trick::PageSkipped, Trick::ListEndsEarly].map(Outcome::Play)
}

/// R19.
#[tokio::test]
async fn a_list_that_is_not_whole_never_makes_a_second_app() {
    for broken in broken_lists() {
        let world = World::start().await;
        for n in 0..450 {
            world.stray(&format!("Other {n}"), "https://other.example.com/");
        }
        fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
        fault(&world.test, "GET", "/api/v1/apps", broken.clone());
        world.follow().await;
        let creates = calls(&world.test).iter().filter(|call| *call == "POST /apps").count();
        assert_eq!(creates, 1, "{broken:?}");
        assert_eq!(world.viewers(), ["ada", "bob"], "{broken:?}");
        assert_eq!(world.test.okta.sim.pending_faults(), 0, "{broken:?}");
    }
}

/// R19.
#[tokio::test]
async fn a_list_that_is_not_whole_never_takes_anything_away() {
    for broken in broken_lists() {
        let world = World::start().await;
        for n in 0..450 {
            world.stray(&format!("Other {n}"), "https://other.example.com/");
        }
        world.follow().await;
        let before = shown(&world.test);
        calls(&world.test);
        for _ in 0..3 {
            fault(&world.test, "GET", "/api/v1/apps", broken.clone());
            world.audited().await;
            world.follow().await;
        }
        assert_eq!(writes(&world.test), Vec::<String>::new(), "{broken:?}");
        assert_eq!(shown(&world.test), before, "{broken:?}");
        assert_eq!(progress(&world.test, world.account).await, Progress::Synced, "{broken:?}");
    }
}
