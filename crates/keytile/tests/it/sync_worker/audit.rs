//! The audit (C12, C16, R6, R19): what somebody changed in Okta is found, noted and put right or asked about, at the
//! price of a list.

use jiff::SignedDuration;
use keytile::members;
use keytile::sync::audit::{self, Filter, Found, Kind};
use keytile::sync::store::PortalStatus;
use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use keytile::values;
use model::share::ItemRole::Collaborator;
use model::{AccountId, LaunchId, TileId};
use okta_sim::Outcome;
use okta_sim::org::{Actor, AppKind, NewApp, NewUser};

use super::{World, answer, calls, fault, follow, only_app, progress, shown, worker, writes};
use crate::support::{Admin, User};

impl World {
    pub(super) async fn audited(&self) {
        audit::check_now(&self.test.app, &self.owner().await).await.unwrap();
        self.follow().await;
    }

    async fn found(&self) -> Vec<Found> {
        let owner = self.owner().await;
        audit::found(&self.test.app, &owner, &Filter::default(), 100).await.unwrap()
    }

    /// Kinds and how each ended, in the order of the kinds.
    pub(super) async fn report(&self) -> Vec<(Kind, Option<String>)> {
        let mut report: Vec<_> =
            self.found().await.into_iter().map(|found| (found.kind, found.ended_how)).collect();
        report.sort();
        report
    }

    /// An app of nobody's.
    pub(super) fn stray(&self, label: &str, url: &str) -> String {
        self.test.okta.sim.org().create_app(NewApp::bookmark(label, url), true).unwrap()
    }

    pub(super) fn launch(&self, id: u128) -> String {
        let id = LaunchId::from_bytes(id.to_be_bytes());
        format!("{}/launch/{id}", self.test.app.config.origin())
    }

    async fn late(&self) -> i64 {
        audit::late(&self.test.app, self.test.workspace).await.unwrap()
    }
}

/// What was asked about apps; the log and who we are aside.
fn looks(test: &crate::support::TestApp) -> Vec<String> {
    calls(test).into_iter().filter(|call| call.starts_with("GET /apps")).collect()
}

/// C11, C16.
#[tokio::test]
async fn what_was_changed_in_okta_is_put_right_and_reported() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    {
        let mut org = world.test.okta.sim.org();
        let mallory = NewUser::person("mallory@example.com", "Mallory", "M", "correct horse");
        let mallory = org.create_user(mallory).unwrap();
        org.act_as(Actor::Admin { user: mallory.clone() });
        org.assign_user(&app, &mallory, None, None, None).unwrap();
        org.unassign_user(&app, world.ada.okta.as_ref().unwrap()).unwrap();
        let app = org.app_mut(&app).unwrap();
        app.label = "Mine".into();
        app.self_service = true;
        let AppKind::Bookmark { url, .. } = &mut app.kind else { panic!("a bookmark") };
        url.push_str("?utm_source=okta");
    }
    world.audited().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert_eq!(world.label(), "Contentzilla - Instagram");
    assert!(!world.test.okta.sim.org().apps[&app].self_service);
    let repaired =
        [Kind::Assigned, Kind::Unassigned, Kind::Label, Kind::Address, Kind::SelfService];
    assert_eq!(world.report().await, repaired.map(|kind| (kind, Some("repaired".into()))));
    let found = world.found().await;
    let unassigned = found.iter().find(|found| found.kind == Kind::Unassigned).unwrap();
    assert_eq!(unassigned.member.as_ref().map(|(_, name)| name.as_str()), Some("Ada"));
    let label = found.iter().find(|found| found.kind == Kind::Label).unwrap();
    assert_eq!(label.theirs.as_deref(), Some("Mine"));
    let page = world.test.client_as(&world.test.owner).await.get("/sync/drift").await.body;
    assert!(page.contains("Okta had “Mine”") && page.contains("It was taken from Ada by Mallory"));
    // The next one finds nothing, and costs the list.
    calls(&world.test);
    world.audited().await;
    assert_eq!(world.found().await.len(), 5);
    let asked = looks(&world.test);
    assert!(asked.len() <= 2, "{asked:?}");
}

/// C12: by itself, every six hours or so.
#[tokio::test]
async fn an_audit_comes_by_itself_and_a_quiet_one_is_a_list() {
    let world = World::synced().await;
    world.test.advance(8 * 3600);
    world.follow().await;
    assert_eq!(world.count("SELECT audit_passes AS n FROM portal").await, 1);
    calls(&world.test);
    for _ in 0..24 {
        world.test.advance(7 * 3600);
        world.follow().await;
    }
    assert_eq!(world.count("SELECT audit_passes AS n FROM portal").await, 25);
    // 24 lists, and one look at the people of the only tile.
    let asked = looks(&world.test);
    let lists = asked.iter().filter(|call| *call == "GET /apps").count();
    assert_eq!((lists, asked.len()), (24, 25), "{asked:?}");
}

/// performance.md, row 16.
#[tokio::test]
async fn an_audit_of_ten_thousand_apps_costs_at_most_six_hundred_calls() {
    const APPS: u128 = 10_000;
    let world = World::synced().await;
    let (account, ada) = (world.account, world.ada.okta.clone().unwrap());
    let origin = world.test.app.config.origin();
    let mut tiles = Vec::new();
    for n in 1..APPS {
        let launch = LaunchId::from_bytes(n.to_be_bytes());
        let url = format!("{origin}/launch/{launch}");
        let mut org = world.test.okta.sim.org();
        let app = org.create_app(NewApp::bookmark(&format!("Account {n}"), &url), true).unwrap();
        org.assign_user(&app, &ada, None, None, None).unwrap();
        tiles.push((n, launch, url, app));
    }
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move {
                for (n, launch, url, app) in tiles {
                    let account_id = AccountId::new(by.now, &mut by.rng);
                    let tile = TileId::new(by.now, &mut by.rng);
                    let label = format!("Account {n}");
                    tx.execute(
                        "INSERT INTO account (id, workspace_id, name, username, search_key, data_key_id, version,
                                              created_at, created_by, updated_at)
                         SELECT $1, workspace_id, $2, '', $2, data_key_id, 1, created_at, created_by, updated_at
                         FROM account WHERE id = $3",
                        values![account_id, &label, account],
                    )
                    .await?;
                    tx.execute(
                        "INSERT INTO tile (id, workspace_id, portal_id, account_id, launch_id, label, label_key,
                                           label_number, extended_at, extended_by, phase, confirmed, app_id,
                                           mirror_label, mirror_url, mirror_status, settled, priority, synced_at)
                         SELECT $1, workspace_id, portal_id, $2, $3, $4, $4, 0, extended_at, extended_by, 'live',
                                'active', $5, $4, $6, 'active', 1, 4, extended_at
                         FROM tile WHERE account_id = $7",
                        values![tile, account_id, launch.as_bytes().as_slice(), &label, &app, &url, account],
                    )
                    .await?;
                    tx.execute(
                        "INSERT INTO tile_principal (tile_id, workspace_id, kind, external_id) VALUES ($1, $2, 'person', $3)",
                        values![tile, by.workspace, &ada],
                    )
                    .await?;
                    tx.execute(
                        "INSERT INTO share (id, workspace_id, account_id, member_id, role, started_at)
                         SELECT $1, workspace_id, $2, member_id, role, started_at FROM share
                         WHERE account_id = $3 AND role = 'collaborator'",
                        values![model::ShareId::new(by.now, &mut by.rng), account_id, account],
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await;
    // What the log told of these apps being made is old: it is read back for a week at first.
    world.test.advance(8 * 24 * 3600);
    for _ in 0..2 {
        calls(&world.test);
        world.audited().await;
        let calls = calls(&world.test).len();
        assert!((50..=600).contains(&calls), "{calls} calls");
    }
    assert_eq!((world.found().await.len(), world.late().await), (0, 0));
}

/// R19: what is not the whole list decides nothing.
#[tokio::test]
async fn a_list_that_breaks_off_marks_pauses_and_removes_nothing() {
    let world = World::synced().await;
    for n in 0..250 {
        world.stray(&format!("Other {n}"), "https://other.example.com/");
    }
    let app = only_app(&world.test);
    world.test.okta.sim.org().apps.remove(&app).unwrap();
    for broken in [
        answer(
            200,
            "application/json",
            "[{\"id\":\"0oa1\",\"name\":\"bookmark\"},{\"id\":\"0oa1\"}]",
        ),
        answer(200, "application/json", "[{\"id\":"),
        answer(500, "application/json", "{}"),
        Outcome::Drop,
    ] {
        fault(&world.test, "GET", "/api/v1/apps", broken);
        world.audited().await;
        assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
        let owner = world.owner().await;
        let overview = audit::overview(&world.test.app, &owner).await.unwrap();
        assert!(overview.state.problem.is_some() && overview.state.passes == 0);
        assert!(overview.state.due_at.unwrap() <= world.test.now() + SignedDuration::from_mins(15));
    }
    // A whole list says that it is gone, and the look at it agrees.
    world.test.advance(3600);
    world.follow().await;
    assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
    assert_eq!(writes(&world.test).len(), 0);
}

/// R1, R8: it begins anew, and a worker that was overtaken writes nothing.
#[tokio::test]
async fn an_audit_that_was_asked_for_survives_the_worker() {
    let mut world = World::synced().await;
    let app = only_app(&world.test);
    world.test.okta.sim.org().app_mut(&app).unwrap().label = "Mine".into();
    audit::check_now(&world.test.app, &world.owner().await).await.unwrap();
    let old = std::mem::replace(&mut world.worker, worker(&world.test).await);
    assert_eq!(old.turn().await.unwrap(), Turn::Lost);
    world.follow().await;
    assert_eq!(world.label(), "Contentzilla - Instagram");
    assert_eq!(world.count("SELECT audit_passes AS n FROM portal").await, 1);
}

/// C12: whoever asks once more means what they changed a moment ago, and the list may have been read before.
#[tokio::test]
async fn an_audit_that_has_begun_is_followed_by_another_for_whoever_asks_meanwhile() {
    let world = World::synced().await;
    let owner = world.owner().await;
    let busy = answer(429, "application/json", r#"{"errorCode":"E0000047"}"#);
    fault(&world.test, "GET", "/api/v1/apps", busy);
    audit::check_now(&world.test.app, &owner).await.unwrap();
    assert!(matches!(world.worker.turn().await.unwrap(), Turn::Wait(Some(_))));
    world.test.advance(1);
    audit::check_now(&world.test.app, &owner).await.unwrap();
    world.test.advance(120);
    world.follow().await;
    assert_eq!(world.count("SELECT audit_passes AS n FROM portal").await, 2);
    assert_eq!(world.test.recorded("audit.requested").await, 1, "one wish was open throughout");
}

/// C11: a deleted or deactivated app is asked about, and admins can answer without reaching the account.
#[tokio::test]
async fn an_admin_restores_a_deactivated_app_and_gives_a_deleted_one_up() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    let adam = world.test.member("Adam", Admin).await;
    let mut admin = world.test.client_as(&adam).await;
    let tile = world.tile().await.id;
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    world.audited().await;
    assert_eq!(world.report().await, [(Kind::Hidden, None)]);
    let page = admin.get("/sync").await.body;
    assert!(page.contains("An Okta admin deactivated this app") && page.contains("Restore"));
    assert!(
        !page.contains(&format!("href=\"/accounts/{}\"", world.account)),
        "Adam has no part in it"
    );
    admin.post(&format!("/sync/tiles/{tile}/restore"), &[]).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert_eq!(world.report().await, [(Kind::Hidden, Some("restored".into()))]);
    world.test.advance(3600);
    {
        let mut org = world.test.okta.sim.org();
        org.deactivate_app(&app).unwrap();
        org.delete_app(&app).unwrap();
    }
    world.audited().await;
    assert!(matches!(progress(&world.test, world.account).await, Progress::Paused(_)));
    let mut admin = world.test.client_as(&adam).await;
    admin.post(&format!("/sync/tiles/{tile}/stop"), &[]).await;
    world.follow().await;
    assert_eq!(shown(&world.test), []);
    assert_eq!(world.report().await[1], (Kind::Deleted, Some("removed".into())));
    let again = admin.post(&format!("/sync/tiles/{tile}/restore"), &[]).await;
    assert_eq!(again.location(), "/sync", "it was decided already, and the page says so");
}

/// R7: a token that is refused in the middle of an audit is not used for the rest of it.
#[tokio::test]
async fn a_token_that_is_refused_in_an_audit_is_used_once() {
    let refusal = r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#;
    for (path, before) in [("/api/v1/users/me", 1), ("/api/v1/logs", 3)] {
        let world = World::synced().await;
        calls(&world.test);
        fault(&world.test, "GET", path, answer(401, "application/json", refusal));
        audit::check_now(&world.test.app, &world.owner().await).await.unwrap();
        assert_eq!(follow(&world.test, &world.worker).await, Turn::Wait(None));
        assert_eq!(calls(&world.test).len(), before + 1, "{path}");
        let portal = sync::portal(&world.test.app, &world.owner().await).await.unwrap().unwrap();
        assert_eq!(portal.status, PortalStatus::Update);
        // With another one it is done anew.
        world.test.turn_on().await;
        assert_eq!(follow(&world.test, &worker(&world.test).await).await, Turn::Idle);
        let asked = "SELECT COUNT(*) AS n FROM portal WHERE audit_asked_at IS NOT NULL";
        assert_eq!(world.count(asked).await, 0);
    }
}

/// R4: a page of something in front of Okta in the place of the list comes to nothing, and so does the next; a third says
/// that Okta is somewhere else.
#[tokio::test]
async fn an_audit_that_meets_a_strange_page_tries_again() {
    for (pages, status) in [(2, PortalStatus::On), (3, PortalStatus::Update)] {
        let world = World::synced().await;
        for _ in 0..pages {
            let page = answer(404, "text/html", "<html/>");
            fault(&world.test, "GET", "/api/v1/apps", page);
        }
        audit::check_now(&world.test.app, &world.owner().await).await.unwrap();
        for _ in 0..pages {
            follow(&world.test, &world.worker).await;
            world.test.advance(16 * 60);
        }
        let portal = sync::portal(&world.test.app, &world.owner().await).await.unwrap().unwrap();
        assert_eq!((portal.status, world.test.okta.sim.pending_faults()), (status, 0));
    }
}

/// Okta drops the assignments of whoever is deactivated there, and tells nobody.
#[tokio::test]
async fn who_returns_gets_their_tiles_back_although_okta_had_dropped_them() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    let (ada, external) = (world.ada.id, world.ada.okta.clone().unwrap());
    // They left and came back before we had looked even once.
    world.test.okta.sim.org().unassign_user(&app, &external).unwrap();
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    world.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, ada))).await;
    world.test.share(world.account, &world.ada, Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// L6.
#[tokio::test]
async fn what_differs_for_more_than_a_quarter_of_an_hour_is_counted_until_it_does_not() {
    let world = World::synced().await;
    assert_eq!(world.late().await, 0);
    for _ in 0..8 {
        fault(&world.test, "POST", "/api/v1/apps/*/users", answer(503, "text/plain", "busy"));
    }
    let cleo = world.test.member("Cleo", User).in_okta().await;
    world.test.share(world.account, &cleo, Collaborator).await;
    for _ in 0..3 {
        let _ = world.worker.turn().await.unwrap();
    }
    assert_eq!(world.late().await, 0, "work under way");
    world.test.advance(16 * 60);
    assert_eq!(world.late().await, 1);
    let page = world.test.client_as(&world.test.owner).await.get("/sync").await.body;
    assert!(
        page.contains("1 for more than 15 minutes") && page.contains("Contentzilla - Instagram")
    );
    assert_ne!(follow(&world.test, &world.worker).await, Turn::Lost);
    world.test.advance(3600);
    world.follow().await;
    assert_eq!((world.late().await, world.viewers().len()), (0, 3));
}
