//! Tiles as rows: who may extend, what each request leaves for the worker, and who would see the tile.

use keytile::sync::{self, Hidden, PortalStatus, Progress, store};
use keytile::{members, values};
use model::share::ItemRole::{Collaborator, Owner};
use model::{AccountId, LaunchId};
use portal::Priority;

use crate::support::{Guest, LoginOnly, Person, SuperAdmin, TestApp, User};

async fn tile(app: &TestApp, account: AccountId) -> sync::Tile {
    let mut tx = app.app.db.read().await.unwrap();
    store::newest(&mut tx, app.workspace, account).await.unwrap().expect("a tile")
}

async fn code_of_extending(app: &TestApp, person: &Person, account: AccountId) -> &'static str {
    let actor = app.actor(person).await;
    match sync::extend(&app.app, &actor, account).await {
        Ok(_) => "extended",
        Err(error) => error.code(),
    }
}

/// S1, S2, S3, S4.
#[tokio::test]
async fn only_owners_of_the_account_who_are_users_or_more_extend_it() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let team_owner = app.member("Team owner", User).await;
    let team = app.team("Marketing", &[&team_owner]).await;
    let (collaborator, guest, login_only, above) = (
        app.member("Collaborator", User).await,
        app.member("Guest", Guest).await,
        app.member("Login only", LoginOnly).await,
        app.member("Super admin", SuperAdmin).await,
    );
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, team, Owner).await;
    app.share(account, &collaborator, Collaborator).await;
    // By a team, a Guest or a Login-only member may seem to own it.
    let others = app.team("Others", &[&guest, &login_only]).await;
    app.share(account, others, Owner).await;
    for (person, wanted) in [
        (&collaborator, "forbidden"),
        (&guest, "forbidden"),
        (&login_only, "forbidden"),
        (&above, "not_found"),
        (&team_owner, "extended"),
    ] {
        assert_eq!(code_of_extending(&app, person, account).await, wanted, "{}", person.name);
    }
}

/// S5.
#[tokio::test]
async fn nothing_is_extended_synced_or_removed_while_extending_is_off() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    assert_eq!(code_of_extending(&app, &app.owner, account).await, "feature_off");
    app.turn_on().await;
    app.extend(&app.owner, account).await;
    app.write(|tx, by| Box::pin(async move { Ok(store::turn_off(tx, by).await?) })).await;
    let owner = app.actor(&app.owner).await;
    assert_eq!(code_of_extending(&app, &app.owner, account).await, "feature_off");
    let sync = sync::sync_now(&app.app, &owner, account).await.unwrap_err();
    let resume = sync::resume(&app.app, &owner, account).await.unwrap_err();
    let remove = sync::remove(&app.app, &owner, account).await.unwrap_err();
    let codes = [sync, resume, remove].map(|error| error.code());
    assert_eq!(codes, ["feature_off"; 3]);
    let portal = sync::portal(&app.app, &owner).await.unwrap().unwrap();
    assert_eq!(portal.status, PortalStatus::Off);
    app.turn_on().await;
    assert_eq!(code_of_extending(&app, &app.owner, account).await, "extended");
}

#[tokio::test]
async fn an_extended_account_waits_for_its_first_sync_and_may_be_synced_again_and_removed() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    assert!(sync::status(&app.app, &owner, account).await.unwrap().is_none());
    let early = sync::sync_now(&app.app, &owner, account).await.unwrap_err();
    assert_eq!(early.code(), "conflict");
    let id = app.extend(&app.owner, account).await;
    let status = sync::status(&app.app, &owner, account).await.unwrap().unwrap();
    assert_eq!((status.tile.id, status.extended_by.as_str()), (id, "Olga Owner"));
    assert_eq!(status.progress, Progress::Syncing { done: 0, total: 0 });

    app.advance(60);
    assert_eq!(sync::sync_now(&app.app, &owner, account).await.unwrap(), id);
    let asked = tile(&app, account).await;
    assert_eq!((asked.refresh, asked.marked, asked.due_at), (true, 2, Some(app.now())));
    assert_eq!(asked.notify, Some(app.owner.id));

    app.advance(60);
    sync::remove(&app.app, &owner, account).await.unwrap();
    let status = sync::status(&app.app, &owner, account).await.unwrap().unwrap();
    assert_eq!(status.progress, Progress::Removing);
    let twice = sync::remove(&app.app, &owner, account).await.unwrap_err();
    assert_eq!(twice.code(), "conflict");
    // S38: extending again makes another tile with another address.
    let again = app.extend(&app.owner, account).await;
    assert_ne!(again, id);
    assert_ne!(tile(&app, account).await.launch, status.tile.launch);
    assert_eq!(app.recorded("tile.extended").await, 2);
}

#[tokio::test]
async fn a_problem_is_told_until_the_next_decision() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.extend(&app.owner, account).await;
    let owner = app.actor(&app.owner).await;
    let trouble =
        "UPDATE tile SET problem = 'gone', problem_detail = 'It was deleted.', phase = $1";
    app.tamper(trouble, values!["live"].to_vec()).await;
    let progress =
        async || sync::status(&app.app, &owner, account).await.unwrap().unwrap().progress;
    assert!(matches!(progress().await, Progress::Failed(p) if p.message == "It was deleted."));
    app.tamper(trouble, values!["paused"].to_vec()).await;
    assert!(matches!(progress().await, Progress::Paused(p) if p.code == "gone"));
    sync::resume(&app.app, &owner, account).await.unwrap();
    assert!(matches!(progress().await, Progress::Syncing { .. }));
    assert_eq!(tile(&app, account).await.phase, store::Phase::New);
    app.tamper("UPDATE tile SET settled = marked", Vec::new()).await;
    assert_eq!(progress().await, Progress::Synced);
}

/// S37.
#[tokio::test]
async fn syncing_all_asks_for_every_extended_account_that_one_owns_by_any_path() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let team = app.team("Marketing", &[&ada]).await;
    let collection = app.collection(&app.owner, "Social").await;
    let owner = app.actor(&app.owner).await;
    let mut accounts = Vec::new();
    for name in ["direct", "team", "collection", "collaborator", "not extended"] {
        accounts.push(app.account(&app.owner, name, "App").await);
    }
    keytile::collections::add_account(&app.app, &owner, collection, accounts[2]).await.unwrap();
    app.share(accounts[0], &ada, Owner).await;
    app.share(accounts[1], team, Owner).await;
    app.share(collection, team, Owner).await;
    app.share(accounts[3], &ada, Collaborator).await;
    app.share(accounts[4], &ada, Owner).await;
    for account in &accounts[..4] {
        app.extend(&app.owner, *account).await;
    }
    let actor = app.actor(&ada).await;
    assert_eq!(sync::sync_all(&app.app, &actor).await.unwrap(), 3);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile WHERE refresh = 1").await, 3);
}

/// S12, S13, S14, S15.
#[tokio::test]
async fn everyone_who_holds_the_account_sees_the_tile_and_for_others_the_reason_is_told() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let (by_team, twice, no_okta, suspended) = (
        app.member("By team", User).in_okta().await,
        app.member("Twice", User).in_okta().await,
        app.member("No Okta", User).await,
        app.member("Suspended", User).in_okta().await,
    );
    let (guest, login_only) =
        (app.member("Guest", Guest).in_okta().await, app.member("Lou", LoginOnly).in_okta().await);
    let removed = app.member("Removed", User).in_okta().await;
    let all = [&by_team, &twice, &no_okta, &suspended, &guest, &login_only, &removed];
    let team = app.team("Marketing", &all).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, team, Collaborator).await;
    app.share(account, &twice, Collaborator).await;
    members::suspend(&app.app, &owner, suspended.id).await.unwrap();
    members::remove(&app.app, &owner, removed.id).await.unwrap();

    let audience = sync::audience(&app.app, &owner, account).await.unwrap();
    let sees: Vec<_> = audience.sees.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(sees, ["By team", "Twice"]);
    assert_eq!(audience.sees[0].external_id, by_team.okta);
    let hidden: Vec<_> = audience.hidden.iter().map(|(v, why)| (v.name.as_str(), *why)).collect();
    assert_eq!(
        hidden,
        [
            ("Guest", Hidden::Guest),
            ("Lou", Hidden::LoginOnly),
            ("No Okta", Hidden::NotInPortal),
            ("Olga Owner", Hidden::NotInPortal),
            ("Suspended", Hidden::Suspended),
        ]
    );
    assert_eq!(Hidden::NotInPortal.reason(), "has no SCIM external id from Okta");
}

/// S39.
#[tokio::test]
async fn a_collaborator_sees_neither_status_nor_audience() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    app.extend(&app.owner, account).await;
    let actor = app.actor(&ada).await;
    for refused in [
        sync::status(&app.app, &actor, account).await.err(),
        sync::audience(&app.app, &actor, account).await.err(),
        sync::sync_now(&app.app, &actor, account).await.err(),
        sync::remove(&app.app, &actor, account).await.err(),
        sync::resume(&app.app, &actor, account).await.err(),
    ] {
        assert_eq!(refused.map(|e| e.code()), Some("forbidden"));
    }
}

#[tokio::test]
async fn a_tile_is_found_by_the_id_in_its_address_also_after_its_removal() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.extend(&app.owner, account).await;
    let launch = tile(&app, account).await.launch;
    let url = sync::launch_url(&app.app, launch);
    let parsed: LaunchId = url.rsplit('/').next().unwrap().parse().unwrap();
    let owner = app.actor(&app.owner).await;
    sync::remove(&app.app, &owner, account).await.unwrap();
    let mut tx = app.app.db.read().await.unwrap();
    let found = store::find_by_launch(&mut tx, parsed).await.unwrap().unwrap();
    assert_eq!((found.account, found.ended_at), (account, Some(app.now())));
    let unknown = LaunchId::from_bytes([7; 16]);
    assert!(store::find_by_launch(&mut tx, unknown).await.unwrap().is_none());
}

#[tokio::test]
async fn turning_off_connecting_anew_and_cleaning_up_reach_every_tile() {
    let app = TestApp::start().await;
    let portal = app.turn_on().await;
    for name in ["One", "Two"] {
        let account = app.account(&app.owner, name, "App").await;
        app.extend(&app.owner, account).await;
    }
    let marked = app
        .write(|tx, by| {
            Box::pin(
                async move { Ok(store::mark_all(tx, by, sync::rank(Priority::FirstSync)).await?) },
            )
        })
        .await;
    assert_eq!(marked, 2);
    let owner = app.actor(&app.owner).await;
    let refused = |token_version| {
        app.write(move |tx, by| {
            Box::pin(async move {
                let (workspace, why) = (by.workspace, ("token_invalid", "Okta refused the token."));
                Ok(store::set_portal_trouble(tx, workspace, portal, token_version, why).await?)
            })
        })
    };
    // R7: what was said of the token before this one.
    refused(0).await;
    assert_eq!(sync::portal(&app.app, &owner).await.unwrap().unwrap().status, PortalStatus::On);
    refused(1).await;
    let troubled = sync::portal(&app.app, &owner).await.unwrap().unwrap();
    assert_eq!(troubled.status, PortalStatus::Update);
    assert_eq!(troubled.status_detail.as_deref(), Some("Okta refused the token."));
    assert_eq!(app.turn_on().await, portal, "a new connection keeps the portal");
    let mut tx = app.app.db.read().await.unwrap();
    let all = store::all_portals(&mut tx).await.unwrap();
    assert_eq!(
        all.iter().map(|p| (p.id, p.status)).collect::<Vec<_>>(),
        [(portal, PortalStatus::On)]
    );
    assert_eq!(store::count_tiles(&mut tx, app.workspace).await.unwrap(), 2);
    drop(tx);
    let ended = app
        .write(|tx, by| {
            Box::pin(async move { Ok(store::end_all(tx, by, sync::rank(Priority::Audit)).await?) })
        })
        .await;
    assert_eq!(ended, 2);
    let mut tx = app.app.db.read().await.unwrap();
    let tiles = store::list_live(&mut tx, app.workspace).await.unwrap();
    assert!(tiles.len() == 2 && tiles.iter().all(|t| t.ended_at.is_some()));
}

/// S31.
#[tokio::test]
async fn whoever_asked_is_told_of_the_outcome_and_woken() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut signals = app.app.db.signals();
    let id = ada.id;
    app.write(move |tx, by| {
        Box::pin(async move {
            sync::notify(tx, by, id, "success", "Extended to Okta.", "/accounts").await
        })
    })
    .await;
    assert_eq!(signals.try_recv().unwrap(), ada.id.uuid());
    let waiting = "SELECT COUNT(*) AS n FROM notification WHERE seen_at IS NULL AND member_id = $1";
    assert_eq!(app.count_of(waiting, values![ada.id]).await, 1);
}

/// S44.
#[tokio::test]
async fn whoever_extended_an_account_stays_named_after_they_left() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    app.share(account, &app.owner.clone(), Owner).await;
    app.extend(&ada, account).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let status = sync::status(&app.app, &owner, account).await.unwrap().unwrap();
    assert_eq!(status.extended_by, "Ada");
}
