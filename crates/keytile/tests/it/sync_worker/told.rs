//! What an Owner reads in a tile's timeline when a step did not go well (C17).

use keytile::sync::Progress;
use keytile::sync::worker::Turn;
use okta_sim::Outcome;

use super::{World, answer, fault, progress, shown};

/// The timeline of the only tile, as its Owner sees it.
async fn timeline(world: &World) -> String {
    let path = format!("/accounts/{}/tile/timeline", world.account);
    world.test.client_as(&world.test.owner).await.get(&path).await.body
}

/// The line of each step says whether Okta did not answer, asked to wait or refused, which are different troubles.
#[tokio::test]
async fn the_timeline_tells_what_came_of_a_step_that_did_not_go_well() {
    let error =
        |status, code| answer(status, "application/json", &format!(r#"{{"errorCode":"{code}"}}"#));
    for (outcome, words) in [
        (Outcome::Drop, "No answer: it is looked up"),
        (error(503, "E0000009"), "No answer: it is looked up"),
        (error(429, "E0000047"), "Okta asked to wait"),
        (error(400, "E0000001"), "Okta refused it"),
        (error(401, "E0000011"), "The connection needs an admin"),
    ] {
        let world = World::start().await;
        fault(&world.test, "POST", "/api/v1/apps/*/users", outcome.clone());
        super::follow(&world.test, &world.worker).await;
        let told = timeline(&world).await;
        assert!(told.contains(words), "{outcome:?}: {told}");
        assert!(!told.contains("Noted"), "{outcome:?}: {told}");
    }
}

/// That Okta gives no answer is said until it gives one, and not until everything else is done.
#[tokio::test]
async fn a_tile_is_in_trouble_until_okta_answers() {
    let world = World::start().await;
    for _ in 0..3 {
        let down = answer(500, "application/json", r#"{"errorCode":"E0000009"}"#);
        fault(&world.test, "POST", "/api/v1/apps/*/users", down);
    }
    let is_in_trouble = async || {
        let progress = progress(&world.test, world.account).await;
        matches!(progress, Progress::Failed(why) if why.code == "unavailable")
    };
    go_on_while(&world, || world.test.okta.sim.pending_faults() > 0).await;
    assert!(is_in_trouble().await);
    go_on_while(&world, || shown(&world.test)[0].2.is_empty()).await;
    assert!(world.viewers().len() < 2, "something is left to be done");
    assert!(!is_in_trouble().await);
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

async fn go_on_while(world: &World, goes_on: impl Fn() -> bool) {
    while goes_on() {
        if let Turn::Wait(Some(until)) = world.worker.turn().await.unwrap() {
            let left = until.duration_since(world.test.now()).as_millis();
            world.test.advance_millis(i64::try_from(left).unwrap().max(1));
        }
    }
}
