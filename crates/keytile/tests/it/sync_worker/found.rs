//! What the simulation has found: each of these was a world that broke a promise.

use keytile::members;
use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use model::share::ItemRole;
use okta_sim::Outcome;
use okta_sim::org::AppStatus;

use super::{World, answer, calls, fault, only_app, progress, shown};

const NOT_FOUND: &str = r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: 0oa1 (AppInstance)"}"#;

/// L3.
#[tokio::test]
async fn extending_again_while_a_create_is_unknown_makes_no_second_app() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", Outcome::CommitThenDrop);
    world.worker.turn().await.unwrap();
    sync::resume(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// L3, R5: a replica that did not know the app.
#[tokio::test]
async fn an_app_that_was_only_out_of_sight_is_found_again() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    world.test.advance(3600);
    fault(&world.test, "GET", "/api/v1/apps/*", answer(404, "application/json", NOT_FOUND));
    sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
    sync::resume(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!((world.viewers(), only_app(&world.test)), (vec!["ada".into(), "bob".into()], app));
}

/// R6: Okta takes nobody into an inactive app, and says that there is none.
#[tokio::test]
async fn an_app_deactivated_in_okta_is_not_taken_for_a_deleted_one() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    world.test.advance(3600);
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    let cleo = world.test.member("Cleo", crate::support::User).in_okta().await;
    world.test.share(world.account, &cleo, ItemRole::Collaborator).await;
    world.follow().await;
    let Progress::Paused(problem) = progress(&world.test, world.account).await else {
        panic!("it is paused")
    };
    assert_eq!(problem.code, "deactivated_in_portal");
    assert_eq!(world.tile().await.app_id, Some(app));
}

/// R7: no status tells of the token while extending is off.
#[tokio::test]
async fn a_refused_token_is_used_once_while_extending_is_off() {
    let world = World::synced().await;
    let off = world.test.write(|tx, by| {
        Box::pin(async move {
            sync::store::turn_off(tx, by).await?;
            Ok(sync::store::end_all(tx, by, 2).await?)
        })
    });
    off.await;
    let token = world.test.okta.sim.org().tokens.keys().next().unwrap().clone();
    world.test.okta.sim.org().revoke_token(&token).unwrap();
    for _ in 0..3 {
        assert_eq!(world.worker.turn().await.unwrap(), Turn::Wait(None));
    }
    assert_eq!(calls(&world.test).len(), 1);
}

/// L2, R5: a removal a moment after the create, and a replica that does not know the app yet.
#[tokio::test]
async fn a_removal_waits_for_an_app_that_is_not_everywhere_yet() {
    let world = World::synced().await;
    fault(&world.test, "GET", "/api/v1/apps/*", answer(404, "application/json", NOT_FOUND));
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
}

/// L2: the same once it is hidden; what is hidden and forgotten would stay in the org for good.
#[tokio::test]
async fn an_app_that_a_replica_denies_before_its_deletion_is_deleted() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    while world.test.okta.sim.org().apps[&app].status == AppStatus::Active {
        world.worker.turn().await.unwrap();
    }
    fault(&world.test, "GET", "/api/v1/apps/*", answer(404, "application/json", NOT_FOUND));
    world.follow().await;
    assert_eq!(world.test.okta.sim.pending_faults(), 0);
    assert!(!world.test.okta.sim.org().apps.contains_key(&app));
}

/// L2, C33: Okta drops the assignments of somebody it deactivates, without a word.
#[tokio::test]
async fn somebody_who_is_back_before_we_noticed_gets_their_tile_again() {
    let world = World::synced().await;
    let (ada, okta) = (world.ada.id, world.ada.okta.clone().unwrap());
    world.test.okta.sim.org().deactivate_user(&okta).unwrap();
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    world.test.okta.sim.org().activate_user(&okta).unwrap();
    world.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, ada))).await;
    world.test.share(world.account, &world.ada, ItemRole::Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// R4: a page of something in front of Okta in the place of a 404 is no reason to wait for an admin.
#[tokio::test]
async fn one_strange_page_does_not_stop_everything() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps/*/users", answer(404, "text/html", "<html/>"));
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// R5, T1: a replica that does not know the app yet, a moment after another one has shown it, has unassigned nobody.
#[tokio::test]
async fn an_unassignment_that_met_a_lagging_replica_is_repeated() {
    let world = World::synced().await;
    fault(
        &world.test,
        "DELETE",
        "/api/v1/apps/*/users/*",
        answer(404, "application/json", NOT_FOUND),
    );
    let ada = world.ada.id;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
}
