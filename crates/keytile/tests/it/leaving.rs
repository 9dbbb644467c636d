//! Leaving and resting: what ends with a departure, what stays, and what a suspension leaves alone.

use http::StatusCode;
use keytile::members::{self, SuspendedBy};
use keytile::{accounts, apikeys, signin, values};
use model::share::ItemRole::{Collaborator, Owner};
use model::workspace::{MemberStatus, WorkspaceRole};

use crate::support::{Admin, Person, SuperAdmin, TestApp, User};

async fn leave(app: &TestApp, person: &Person) {
    let id = person.id;
    app.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
}

async fn statements_of_departure(app: &TestApp, person: &Person) -> u64 {
    let id = person.id;
    let cost = app.write(move |tx, by| {
        Box::pin(async move {
            let before = tx.statements();
            members::deactivate(tx, by, id).await?;
            Ok(tx.statements() - before)
        })
    });
    cost.await
}

async fn come_back(app: &TestApp, person: &Person) {
    let id = person.id;
    app.write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
}

/// Everything with which somebody could come in, of which nothing returns by itself.
#[tokio::test]
async fn sessions_keys_passkeys_and_links_of_a_leaver_end_and_stay_ended_when_they_return() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    let key = apikeys::create(&app.app, &actor).await.unwrap();
    let session = app.session_of(&ada).await;
    let link = signin::invite(&app.app, app.workspace, ada.id).await.unwrap();
    let passkey =
        "INSERT INTO passkey (id, workspace_id, member_id, credential_id, credential, created_at)
                   VALUES ($1, $2, $3, $4, '{}', 0)";
    let id = model::PasskeyId::new(app.now(), &mut app.app.rng());
    app.tamper(passkey, values![id, app.workspace, ada.id, vec![1_u8; 16]].to_vec()).await;
    assert!(signin::invited(&app.app, link.expose()).await.unwrap().is_some());

    leave(&app, &ada).await;
    let passkeys = "SELECT COUNT(*) AS n FROM passkey WHERE member_id = $1 AND ended_at IS NULL";
    for is_back in [false, true] {
        if is_back {
            come_back(&app, &ada).await;
        }
        assert!(apikeys::authenticate(&app.app, key.expose()).await.is_err());
        assert!(signin::session::find(&app.app, session.expose()).await.unwrap().is_none());
        assert!(signin::invited(&app.app, link.expose()).await.unwrap().is_none());
        assert_eq!(app.count_of(passkeys, values![ada.id]).await, 0);
    }
}

/// Closed, never deleted: from when, until when, and by which departure.
#[tokio::test]
async fn shares_teams_and_roles_of_a_leaver_are_closed_and_their_name_stays() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", Admin).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Owner).await;
    app.team("Marketing", &[&ada]).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    for closed in [
        "SELECT COUNT(*) AS n FROM share s JOIN departure d ON d.id = s.departure_id
         WHERE s.member_id = $1 AND s.ended_at = d.at AND s.ended_by = d.reported_by AND d.source = 'member'",
        "SELECT COUNT(*) AS n FROM team_membership t JOIN departure d ON d.id = t.departure_id
         WHERE t.member_id = $1 AND t.ended_at = d.at AND t.ended_by = d.reported_by",
        "SELECT COUNT(*) AS n FROM member_role WHERE member_id = $1 AND role = 'admin' AND ended_at IS NOT NULL",
    ] {
        assert_eq!(app.count_of(closed, values![ada.id]).await, 1, "{closed}");
    }
    let gone = members::find(&app.app, &owner, ada.id).await.unwrap();
    assert_eq!((gone.name.as_str(), gone.status), ("Ada", MemberStatus::Removed));
}

/// T5: else a directory that brings somebody back would make an admin.
#[tokio::test]
async fn who_was_more_than_a_user_returns_as_a_user() {
    let app = TestApp::start().await;
    for role in WorkspaceRole::ALL.into_iter().filter(|role| *role != WorkspaceRole::Owner) {
        let person = app.member(role.title(), role).await;
        leave(&app, &person).await;
        come_back(&app, &person).await;
        assert_eq!(app.actor(&person).await.role, role.min(WorkspaceRole::User), "{role:?}");
    }
}

/// A leaver with very many accounts costs as many statements as one with two.
#[tokio::test]
async fn a_departure_costs_the_same_statements_whatever_the_leaver_could_use() {
    let app = TestApp::start().await;
    let mut costs = Vec::new();
    for (name, accounts) in [("Few", 2), ("Many", 200)] {
        let person = app.member(name, User).await;
        let team = app.team(&format!("Team of {name}"), &[&person]).await;
        let collection = app.collection(&app.owner, &format!("Collection of {name}")).await;
        app.share(collection, team, Collaborator).await;
        let owner = app.actor(&app.owner).await;
        for n in 0..accounts {
            let account = app.account(&app.owner, &format!("{name} {n}"), "App").await;
            app.share(account, &person, Owner).await;
            keytile::collections::add_account(&app.app, &owner, collection, account).await.unwrap();
        }
        costs.push(statements_of_departure(&app, &person).await);
        let listed = "SELECT COUNT(*) AS n FROM rotation WHERE member_id = $1";
        assert_eq!(app.count_of(listed, values![person.id]).await, accounts);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[1] < 40, "{} statements", costs[1]);
}

/// Nothing about many departures grows with how many there were: within an hour they are a wave, and the last of it costs what
/// the first did.
#[tokio::test]
async fn a_departure_costs_the_same_statements_however_many_have_just_left() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    let mut costs = Vec::new();
    for n in 0..60 {
        let person = app.member(&format!("Person {n}"), User).await;
        app.share(account, &person, Collaborator).await;
        costs.push(statements_of_departure(&app, &person).await);
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM departure_wave").await, 1);
    let (first, last) = (&costs[20..25], &costs[55..60]);
    assert_eq!(first, last, "{costs:?}");
}

#[tokio::test]
async fn a_suspension_ends_sessions_keeps_shares_and_keys_and_lists_nothing_for_rotation() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Owner).await;
    app.turn_on().await;
    let launch = app.launch_of(&app.owner, account).await;
    let (mut browser, mut program) = (app.client_as(&ada).await, app.api_as(&ada).await);
    assert!(browser.get(&launch).await.body.contains("shared@example.com"));
    let id = ada.id;
    let changed = app
        .write(move |tx, by| Box::pin(members::put_suspension(tx, by, id, SuspendedBy::Directory)))
        .await;
    assert!(changed);
    assert!(browser.get("/profile").await.location().starts_with("/sign-in"));
    assert!(!browser.get(&launch).await.body.contains("shared@example.com"));
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM departure").await, 0);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM rotation").await, 0);

    let lifted = app
        .write(move |tx, by| Box::pin(members::lift_suspension(tx, by, id, SuspendedBy::Directory)))
        .await;
    assert!(lifted);
    let back = app.actor(&ada).await;
    assert!(accounts::reveal(&app.app, &back, account).await.is_ok());
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::OK, "their key waited");
    assert!(browser.get("/profile").await.location().starts_with("/sign-in"));
}

/// Somebody whom an admin suspends is not let in because a directory knows nothing of it.
#[tokio::test]
async fn a_directory_lifts_only_what_a_directory_has_reported() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let (owner, id) = (app.actor(&app.owner).await, ada.id);
    let reported = async || {
        app.write(move |tx, by| {
            Box::pin(members::put_suspension(tx, by, id, SuspendedBy::Directory))
        })
        .await
    };
    let lifted = async || {
        app.write(move |tx, by| {
            Box::pin(members::lift_suspension(tx, by, id, SuspendedBy::Directory))
        })
        .await
    };
    assert!(!lifted().await, "nobody was suspended");
    members::suspend(&app.app, &owner, id).await.unwrap();
    assert!(!reported().await && !lifted().await);
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Suspended);
    members::resume(&app.app, &owner, id).await.unwrap();
    assert!(reported().await && !reported().await);
    // The admin takes it over, and from then on it is theirs to lift.
    members::suspend(&app.app, &owner, id).await.unwrap();
    assert!(!lifted().await);
    members::resume(&app.app, &owner, id).await.unwrap();
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Active);
}

/// Where it still holds, the directory says so again.
#[tokio::test]
async fn a_suspension_that_a_directory_reported_ends_with_the_departure() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let id = ada.id;
    app.write(move |tx, by| Box::pin(members::put_suspension(tx, by, id, SuspendedBy::Directory)))
        .await;
    leave(&app, &ada).await;
    come_back(&app, &ada).await;
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Active);
}

/// An admin, too, ends one thing with one word.
#[tokio::test]
async fn an_admin_brings_a_suspended_leaver_back_suspended_and_then_lets_them_in() {
    let app = TestApp::start().await;
    let (adam, ada) = (app.member("Adam", Admin).await, app.member("Ada", User).await);
    let mut admin = app.client_as(&adam).await;
    let page = format!("/members/{}", ada.id);
    admin.post(&format!("{page}/suspend"), &[]).await;
    admin.post(&format!("{page}/deactivate"), &[]).await;
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Removed);
    admin.post(&format!("{page}/reactivate"), &[]).await;
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Suspended);
    assert!(admin.get(&page).await.body.contains("a member again, and still suspended"));
    admin.post(&format!("{page}/reactivate"), &[]).await;
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Active);
}

/// Only Okta ends what Okta says.
#[tokio::test]
async fn an_admin_who_removes_somebody_of_a_directory_reads_that_its_next_push_brings_them_back() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let sql = "UPDATE member SET directory_id = $2 WHERE id = $1";
    app.tamper(sql, vec![ada.id.into(), app.directory.into()]).await;
    let mut owner = app.client_as(&app.owner).await;
    for (person, is_pushed) in [(&ada, true), (&bob, false)] {
        let page = format!("/members/{}", person.id);
        let here = owner.get(&page).await.body;
        assert_eq!(here.contains("Unassign them in Okta too, or its next push"), is_pushed);
        owner.post(&format!("{page}/deactivate"), &[]).await;
        let gone = owner.get(&page).await.body;
        assert_eq!(gone.contains("its next push brings them back, without shares"), is_pushed);
    }
}

#[tokio::test]
async fn nobody_suspends_the_owner_and_nobody_who_is_gone() {
    let app = TestApp::start().await;
    let (ada, owner) = (app.member("Ada", User).await, app.owner.id);
    let refused = app
        .try_write(move |tx, by| {
            Box::pin(members::put_suspension(tx, by, owner, SuspendedBy::Directory))
        })
        .await;
    assert_eq!(refused.unwrap_err().code(), "conflict");
    leave(&app, &ada).await;
    let id = ada.id;
    let suspended = app
        .write(move |tx, by| Box::pin(members::put_suspension(tx, by, id, SuspendedBy::Directory)));
    assert!(!suspended.await);
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Removed);
}

#[tokio::test]
async fn an_admin_brings_back_whom_an_admin_removed_and_nobody_below() {
    let app = TestApp::start().await;
    let (adam, ada, above) = (
        app.member("Adam", Admin).await,
        app.member("Ada", User).await,
        app.member("Sue", SuperAdmin).await,
    );
    let (admin, user) = (app.actor(&adam).await, app.actor(&ada).await);
    members::remove(&app.app, &admin, ada.id).await.unwrap();
    let refused = members::bring_back(&app.app, &user, ada.id).await.unwrap_err();
    assert_eq!(refused.code(), "not_found", "for one who is gone nothing is there");
    members::bring_back(&app.app, &admin, ada.id).await.unwrap();
    assert_eq!(app.actor(&ada).await.status, MemberStatus::Active);
    let refused = members::bring_back(&app.app, &admin, above.id).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
}
