//! Apps that lead to us and that no account explains: from a lost answer, a restored backup, or a second hand
//! (security.md 3.3, 8).

use keytile::sync;
use keytile::sync::audit::{self, Kind};
use keytile::sync::safety::{self, Decision};
use keytile::sync::store::PortalStatus;
use keytile::sync::worker::Turn;
use okta_sim::org::{AppKind, AppStatus};

use super::{World, calls, follow, only_app, shown, worker, writes};
use crate::support::Admin;

/// security.md 3.3, 8.
#[tokio::test]
async fn an_app_that_no_account_explains_is_hidden_after_a_day_and_deleted_after_a_week() {
    let world = World::synced().await;
    let orphan = world.stray("Old", &world.launch(7));
    let bookmark = world.stray("Vault", &format!("{}/accounts", world.test.app.config.origin()));
    world.audited().await;
    assert_eq!(world.report().await, [(Kind::Orphan, None)]);
    assert_eq!(writes(&world.test).len(), 0);
    let status = || world.test.okta.sim.org().apps.get(&orphan).map(|app| app.status);
    world.test.advance(25 * 3600);
    world.follow().await;
    assert_eq!(status(), Some(AppStatus::Inactive));
    world.test.advance(5 * 24 * 3600);
    world.follow().await;
    assert_eq!(status(), Some(AppStatus::Inactive), "not yet");
    world.test.advance(2 * 24 * 3600);
    world.follow().await;
    assert_eq!(status(), None);
    assert_eq!(world.report().await, [(Kind::Orphan, Some("deleted".into()))]);
    let org = world.test.okta.sim.org();
    assert_eq!(org.apps[&bookmark].status, AppStatus::Active, "somebody's own link to us");
}

#[tokio::test]
async fn an_admin_removes_an_app_that_no_account_explains_or_keeps_it() {
    let world = World::synced().await;
    let (old, kept) = (world.stray("Old", &world.launch(7)), world.stray("Kept", &world.launch(8)));
    world.audited().await;
    let adam = world.test.member("Adam", Admin).await;
    let mut admin = world.test.client_as(&adam).await;
    assert!(admin.get("/sync").await.body.contains("Remove this app from Okta?"));
    admin.post(&format!("/sync/strays/{old}/remove"), &[]).await;
    admin.post(&format!("/sync/strays/{kept}/keep"), &[]).await;
    world.follow().await;
    assert!(!world.test.okta.sim.org().apps.contains_key(&old));
    world.test.advance(30 * 24 * 3600);
    world.follow().await;
    assert_eq!(world.test.okta.sim.org().apps[&kept].status, AppStatus::Active);
    let mut admin = world.test.client_as(&adam).await;
    assert!(admin.get("/sync").await.body.contains("It stays."));
}

/// T2: by the address at the time of the step, whatever the list had said.
#[tokio::test]
async fn a_stray_that_leads_elsewhere_by_now_is_never_written_to() {
    let world = World::synced().await;
    let orphan = world.stray("Old", &world.launch(7));
    world.audited().await;
    {
        let mut org = world.test.okta.sim.org();
        let AppKind::Bookmark { url, .. } = &mut org.app_mut(&orphan).unwrap().kind else {
            panic!("a bookmark")
        };
        *url = "https://elsewhere.example.com/".into();
    }
    audit::decide_stray(&world.test.app, &world.owner().await, orphan, true).await.unwrap();
    world.follow().await;
    assert_eq!(writes(&world.test).len(), 0);
    assert_eq!(
        world.count("SELECT COUNT(*) AS n FROM stray_app WHERE problem IS NOT NULL").await,
        1
    );
}

/// R7.
#[tokio::test]
async fn a_refused_token_is_used_for_one_stray_and_not_for_the_next() {
    let world = World::synced().await;
    let strays = [7, 8, 9].map(|id| world.stray("Old", &world.launch(id)));
    world.audited().await;
    for stray in &strays {
        let owner = world.owner().await;
        audit::decide_stray(&world.test.app, &owner, stray.clone(), true).await.unwrap();
    }
    let tokens = std::mem::take(&mut world.test.okta.sim.org().tokens);
    calls(&world.test);

    assert_eq!(follow(&world.test, &world.worker).await, Turn::Wait(None));
    assert_eq!(calls(&world.test), ["GET /apps/*"]);
    let portal = sync::portal(&world.test.app, &world.owner().await).await.unwrap().unwrap();
    assert_eq!(portal.status, PortalStatus::Update);

    world.test.okta.sim.org().tokens = tokens;
    world.test.turn_on().await;
    world.test.advance(3600);
    let young = worker(&world.test).await;
    assert_eq!(follow(&world.test, &young).await, Turn::Idle);
    let org = world.test.okta.sim.org();
    assert!(strays.iter().all(|stray| !org.apps.contains_key(stray)));
}

/// T3, T32: a database from a backup does not know the newest apps.
#[tokio::test]
async fn many_apps_that_no_account_explains_are_asked_about() {
    let world = World::synced().await;
    for n in 0..6 {
        world.stray(&format!("Newer {n}"), &world.launch(100 + n));
    }
    world.audited().await;
    world.test.advance(25 * 3600);
    world.follow().await;
    assert_eq!(writes(&world.test).len(), 0);
    let apps = "SELECT COUNT(*) AS n FROM safety_stop_item WHERE kind = 'app' AND ended_at IS NULL";
    assert_eq!(world.count(apps).await, 6);
    // Approved: exactly these go, and nobody is asked again.
    let owner = world.owner().await;
    let stops = safety::list(&world.test.app, &owner).await.unwrap();
    let (id, answer) = (stops[0].id, Decision::Approve);
    let seen = safety::find(&world.test.app, &owner, id).await.unwrap().fingerprint();
    safety::decide(&world.test.app, &owner, id, answer, seen).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test).len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM safety_stop").await, 1);
}

/// C15: what an admin asked for waits for no other admin, however much it is.
#[tokio::test]
async fn however_many_apps_an_admin_asks_to_remove_go_at_once() {
    let world = World::synced().await;
    let strays: Vec<String> =
        (0..7).map(|n| world.stray(&format!("Old {n}"), &world.launch(100 + n))).collect();
    world.audited().await;
    for stray in strays {
        audit::decide_stray(&world.test.app, &world.owner().await, stray, true).await.unwrap();
    }
    world.follow().await;
    assert_eq!(shown(&world.test).len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM safety_stop").await, 0);
}

/// R5, security.md 3.3, 3 and 7.
#[tokio::test]
async fn a_ghost_and_a_double_are_told_apart_from_the_tile() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    let url = sync::launch_url(&world.test.app, world.tile().await.launch);
    let double = world.stray("Contentzilla - Instagram", &url);
    world.audited().await;
    assert_eq!(world.report().await, [(Kind::Double, None)]);
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert!(!world.test.okta.sim.org().apps.contains_key(&app));
    world.audited().await;
    let found = world.report().await;
    assert!(found.iter().any(|(kind, _)| *kind == Kind::Ghost), "{found:?}");
    world.test.advance(8 * 24 * 3600);
    world.follow().await;
    world.test.advance(8 * 24 * 3600);
    world.follow().await;
    assert!(!world.test.okta.sim.org().apps.contains_key(&double));
}
