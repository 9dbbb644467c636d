//! Pictures: wanted or not, last of all, once for each app, and never in the place of an admin's (decision 0014).

use keytile::settings::strategy;
use keytile::sync::store::PortalStatus;
use keytile::sync::worker::Turn;
use keytile::sync::{self, preview};
use okta_sim::Outcome;

use super::{World, answer, calls, fault, only_app, shown, writes};

async fn want(world: &World, logos: bool) {
    let owner = world.owner().await;
    strategy::set_logos(&world.test.app, &owner, world.test.now(), logos).await.unwrap();
}

fn picture(world: &World) -> Option<String> {
    let id = only_app(&world.test);
    let logo = world.test.okta.sim.org().app(&id).unwrap().logo.clone();
    logo.map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Off, they cost nothing: a first sync of a tile for two people is exactly three calls.
#[tokio::test]
async fn without_the_wish_no_call_is_made_for_a_picture() {
    let world = World::start().await;
    world.follow().await;
    let all = calls(&world.test);
    assert_eq!(all, ["POST /apps", "POST /apps/*/users", "POST /apps/*/users"]);
    assert_eq!(picture(&world), None);
}

#[tokio::test]
async fn a_tile_gets_its_picture_once_and_after_everything_else() {
    let world = World::start().await;
    want(&world, true).await;
    let mut settled_at = None;
    for n in 0..20 {
        if world.worker.turn().await.unwrap() == Turn::Idle {
            break;
        }
        if settled_at.is_none() && world.tile().await.synced_at.is_some() {
            assert_eq!(picture(&world), None, "nobody waits for it");
            settled_at = Some(n);
        }
    }
    assert!(settled_at.is_some());
    let svg = picture(&world).expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains(">I</text>"), "{svg}");
    assert_eq!(calls(&world.test).last().map(String::as_str), Some("POST /apps/*/logo"));
    // Neither a sync by hand nor a rename asks for another.
    sync::sync_now(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert!(writes(&world.test).is_empty());
    want(&world, false).await;
    world.follow().await;
    assert!(writes(&world.test).is_empty() && picture(&world).is_some());
}

#[tokio::test]
async fn a_picture_that_an_admin_chose_stays() {
    let world = World::synced().await;
    let id = only_app(&world.test);
    let chosen = b"<svg>theirs</svg>".to_vec();
    world.test.okta.sim.org().set_app_logo(&id, chosen).unwrap();
    want(&world, true).await;
    world.follow().await;
    assert_eq!(picture(&world).as_deref(), Some("<svg>theirs</svg>"));
    assert!(writes(&world.test).is_empty());
}

/// S33: a picture that Okta does not take is no failure of the tile, and is not offered for ever.
#[tokio::test]
async fn a_refused_or_lost_picture_troubles_nobody() {
    let json = "application/json";
    let refusal = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: file"}"#;
    let down = answer(503, "text/html", "<html/>");
    for (outcome, is_drawn) in
        [(answer(400, json, refusal), false), (down, true), (Outcome::CommitThenDrop, true)]
    {
        let world = World::synced().await;
        fault(&world.test, "POST", "/api/v1/apps/*/logo", outcome.clone());
        want(&world, true).await;
        // A lost one is tried again after a quarter of an hour.
        super::follow_for(&world.test, &world.worker, jiff::SignedDuration::from_mins(40)).await;
        assert_eq!(picture(&world).is_some(), is_drawn, "{outcome:?}");
        assert_eq!(super::progress(&world.test, world.account).await, sync::Progress::Synced);
        assert_eq!(world.test.okta.sim.pending_faults(), 0);
        assert_eq!(shown(&world.test).len(), 1);
    }
}

/// R7.
#[tokio::test]
async fn a_token_that_is_refused_for_a_picture_is_used_once() {
    let world = World::synced().await;
    calls(&world.test);
    let refusal = r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#;
    let refusal = answer(401, "application/json", refusal);
    fault(&world.test, "POST", "/api/v1/apps/*/logo", refusal);
    want(&world, true).await;
    assert_eq!(super::follow(&world.test, &world.worker).await, Turn::Wait(None));
    assert_eq!(calls(&world.test).last().map(String::as_str), Some("POST /apps/*/logo"));
    let portal = sync::portal(&world.test.app, &world.owner().await).await.unwrap().unwrap();
    assert_eq!(portal.status, PortalStatus::Update);
}

/// C14: it is told before, and counted.
#[tokio::test]
async fn a_preview_names_the_picture_only_where_it_is_wanted() {
    let world = World::synced().await;
    let owner = world.owner().await;
    let second = world.test.account(&world.test.owner, "Second", "GitHub").await;
    for wanted in [false, true] {
        want(&world, wanted).await;
        let intent = preview::Intent::Extend;
        let plan = preview::of_account(&world.test.app, &owner, second, intent).await.unwrap();
        let told = plan.lines.iter().any(|line| line.text.contains("picture"));
        assert_eq!(told, wanted, "{:?}", plan.lines);
    }
}
