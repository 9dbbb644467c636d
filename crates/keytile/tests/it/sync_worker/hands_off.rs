//! What is not ours is left alone, and what an Okta admin decided is asked about (T2, R6, C7, C11).

use jiff::SignedDuration;
use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use keytile::values;
use okta_sim::org::{AppKind, NewApp};

use super::crash::{act_amid_a_turn, stride};
use super::{World, follow_for, only_app, progress, shown, writes};

#[tokio::test]
async fn a_foreign_app_in_the_row_is_never_written_to() {
    let world = World::synced().await;
    let foreign = world
        .test
        .okta
        .sim
        .org()
        .create_app(NewApp::bookmark("Wiki", "https://wiki.example.com/"), true)
        .unwrap();
    // T2.
    world.test.tamper("UPDATE tile SET app_id = $1", values![&foreign].to_vec()).await;
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    let end = follow_for(&world.test, &world.worker, SignedDuration::from_mins(10)).await;
    assert!(matches!(end, Turn::Wait(Some(_))), "{end:?}");
    assert_eq!(writes(&world.test).len(), 0);
    let tile = world.tile().await;
    assert_eq!(tile.problem.as_deref(), Some("foreign_app"));
    assert!(world.test.okta.sim.org().apps.contains_key(&foreign));
}

#[tokio::test]
async fn what_an_okta_admin_changed_is_restored() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    {
        let mut org = world.test.okta.sim.org();
        let mallory =
            okta_sim::org::NewUser::person("mallory@example.com", "Mallory", "M", "correct horse");
        let mallory = org.create_user(mallory).unwrap();
        org.assign_user(&app, &mallory, None, None, None).unwrap();
        org.unassign_user(&app, world.ada.okta.as_ref().unwrap()).unwrap();
        org.app_mut(&app).unwrap().label = "Mine".into();
    }
    // C11, S36.
    sync::sync_now(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(only_app(&world.test), app);
    assert_eq!(
        (world.viewers(), world.label()),
        (vec!["ada".into(), "bob".into()], "Contentzilla - Instagram".into())
    );
}

#[tokio::test]
async fn an_app_deleted_in_okta_pauses_and_is_made_again_when_the_owner_says_so() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    world.test.advance(3600);
    {
        let mut org = world.test.okta.sim.org();
        org.deactivate_app(&app).unwrap();
        org.delete_app(&app).unwrap();
    }
    sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    let Progress::Paused(problem) = progress(&world.test, world.account).await else {
        panic!("it is paused")
    };
    assert_eq!(problem.code, "deleted_in_portal");
    assert_eq!(shown(&world.test), []);
    sync::resume(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
}

#[tokio::test]
async fn an_app_deactivated_in_okta_pauses_and_is_shown_again_when_the_owner_says_so() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
    assert_eq!(writes(&world.test).len(), 0);
    sync::resume(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!((world.viewers(), only_app(&world.test)), (vec!["ada".into(), "bob".into()], app));
}

#[tokio::test]
async fn a_paused_tile_can_be_removed() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    sync::remove(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM tile WHERE gone_at IS NULL").await, 0);
}

#[tokio::test]
async fn an_app_whose_url_was_edited_is_left_alone_and_a_new_one_is_made_on_request() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    {
        let mut org = world.test.okta.sim.org();
        let AppKind::Bookmark { url, .. } = &mut org.app_mut(&app).unwrap().kind else { panic!() };
        *url = "https://elsewhere.example.com/".into();
    }
    // R6.
    sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
    assert_eq!(writes(&world.test).len(), 0);
    sync::resume(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_ne!(only_app(&world.test), app);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn nothing_is_sent_while_extending_is_off_and_a_clean_up_still_removes() {
    let world = World::synced().await;
    world
        .test
        .write(|tx, by| Box::pin(async move { Ok(sync::store::turn_off(tx, by).await?) }))
        .await;
    let ada = world.ada.id;
    world.test.write(move |tx, by| Box::pin(keytile::members::deactivate(tx, by, ada))).await;
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.viewers().len()), (0, 2));
    // C7: turned off with the clean-up.
    world
        .test
        .write(|tx, by| Box::pin(async move { Ok(sync::store::end_all(tx, by, 2).await?) }))
        .await;
    world.follow().await;
    assert_eq!(shown(&world.test), []);
}

/// C11: what a person decides while a worker is at the paused tile is not undone by what that saw before.
#[tokio::test]
async fn a_tile_that_is_brought_back_while_a_worker_is_at_it_comes_back() {
    for is_deleted in [false, true] {
        let mut polls = 0;
        loop {
            let world = World::synced().await;
            let (app, owner) = (only_app(&world.test), world.owner().await);
            world.test.advance(3600);
            world.test.okta.sim.org().deactivate_app(&app).unwrap();
            if is_deleted {
                world.test.okta.sim.org().delete_app(&app).unwrap();
            }
            world.audited().await;
            assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
            // An audit wants it looked at, or a push has changed who may see it.
            let look = "UPDATE tile SET marked = marked + 1, refresh = 1, due_at = $1";
            world.test.tamper(look, values![world.test.app.now()].to_vec()).await;
            let act = async {
                sync::resume(&world.test.app, &owner, world.account).await.unwrap();
            };
            let is_over = act_amid_a_turn(&world.worker, polls, act).await;
            world.follow().await;
            let [(_, is_shown, viewers)] = &shown(&world.test)[..] else { panic!("one tile") };
            assert_eq!(
                (*is_shown, viewers.len()),
                (true, 2),
                "deleted: {is_deleted}, {polls} polls"
            );
            assert!(matches!(progress(&world.test, world.account).await, Progress::Synced));
            if is_over {
                break;
            }
            polls += stride();
        }
    }
}
