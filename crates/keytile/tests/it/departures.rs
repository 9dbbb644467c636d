//! Returns and waves of departures: what comes back by whose word, and what many departures at once tell (C33).

use http::StatusCode;
use keytile::departures;
use keytile::{accounts, collections, members, sharing, values};
use model::share::ItemRole::{Collaborator, Owner};
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{DepartureId, MemberId};

use crate::support::{Admin, Guest, Person, SuperAdmin, TestApp, User};

const DAY: i64 = 24 * 60 * 60;

async fn leave(app: &TestApp, person: &Person) {
    let id = person.id;
    app.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
}

async fn come_back(app: &TestApp, person: &Person) {
    let id = person.id;
    app.write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
}

async fn ask_within(app: &TestApp, days: &str) {
    let owner = app.actor(&app.owner).await;
    departures::set_restore_days(&app.app, &owner, days).await.unwrap();
}

async fn waiting(app: &TestApp, person: &Person) -> Vec<(DepartureId, Vec<String>)> {
    let actor = app.actor(person).await;
    let waiting = departures::waiting(&app.app, &actor).await.unwrap();
    let names = |w: &departures::Waiting| w.closed.iter().map(|c| c.name.clone()).collect();
    waiting.iter().map(|w| (w.departure.id, names(w))).collect()
}

async fn told(app: &TestApp, member: MemberId) -> i64 {
    let sql =
        "SELECT COUNT(*) AS n FROM notification WHERE member_id = $1 AND link = '/restorations'";
    app.count_of(sql, values![member]).await
}

#[tokio::test]
async fn by_default_nobody_is_asked_and_nothing_comes_back() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    app.share(account, &ada, Collaborator).await;
    leave(&app, &ada).await;
    come_back(&app, &ada).await;
    assert!(waiting(&app, &app.owner).await.is_empty());
    assert_eq!(told(&app, app.owner.id).await, 0);
}

#[tokio::test]
async fn an_admin_restores_in_one_step_exactly_what_the_departure_closed() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let ada = app.member("Ada", Admin).await;
    let (account, ended) = (
        app.account(&app.owner, "Kept", "App").await,
        app.account(&app.owner, "Ended", "App").await,
    );
    let social = app.collection(&app.owner, "Social").await;
    let team = app.team("Marketing", &[&ada]).await;
    app.share(account, &ada, Owner).await;
    app.share(social, &ada, Collaborator).await;
    // What had ended before she left is no business of her return.
    let share = app.share(ended, &ada, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    sharing::unshare(&app.app, &owner, share).await.unwrap();
    app.advance(DAY);
    leave(&app, &ada).await;
    app.advance(29 * DAY);
    come_back(&app, &ada).await;
    let found = waiting(&app, &app.owner).await;
    let [(departure, names)] = &found[..] else { panic!("one return: {found:?}") };
    assert_eq!(names, &["Kept", "Marketing", "Social"]);
    assert_eq!(told(&app, app.owner.id).await, 1);

    departures::restore(&app.app, &owner, *departure).await.unwrap();
    let back = app.actor(&ada).await;
    assert!(accounts::reveal(&app.app, &back, account).await.is_ok(), "an Owner as before");
    assert!(accounts::find(&app.app, &back, ended).await.is_err());
    assert_eq!(app.people_in(team).await.len(), 1);
    assert_eq!(back.role, WorkspaceRole::Admin, "the Owner may give that role");
    let open = "SELECT COUNT(*) AS n FROM rotation WHERE done_at IS NULL";
    assert_eq!(app.count(open).await, 0, "what she has again need not be rotated");
    assert_eq!(app.recorded("member.access_restored").await, 1);
    let again = departures::restore(&app.app, &owner, *departure).await;
    assert_eq!(again.unwrap_err().code(), "conflict");
    assert!(waiting(&app, &app.owner).await.is_empty());
}

#[tokio::test]
async fn an_account_owner_decides_about_their_own_account_and_about_nothing_else() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let (ada, bob, eve) = (
        app.member("Ada", User).await,
        app.member("Bob", User).await,
        app.member("Eve", User).await,
    );
    let (bobs, eves) =
        (app.account(&bob, "Bob's", "App").await, app.account(&eve, "Eve's", "App").await);
    let given = app.share(bobs, &ada, Collaborator).await;
    let other = app.share(eves, &ada, Collaborator).await;
    leave(&app, &ada).await;
    app.advance(60);
    come_back(&app, &ada).await;
    let found = waiting(&app, &bob).await;
    let [(departure, names)] = &found[..] else { panic!("one return: {found:?}") };
    assert_eq!((names.as_slice(), told(&app, bob.id).await), (&["Bob's".to_owned()][..], 1));
    let actor = app.actor(&bob).await;
    let refused = departures::approve_share(&app.app, &actor, *departure, other).await;
    assert_eq!(refused.unwrap_err().code(), "not_found");
    let refused = departures::restore(&app.app, &actor, *departure).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    departures::approve_share(&app.app, &actor, *departure, given).await.unwrap();
    let back = app.actor(&ada).await;
    assert!(accounts::find(&app.app, &back, bobs).await.is_ok());
    assert!(accounts::find(&app.app, &back, eves).await.is_err());
    assert!(waiting(&app, &bob).await.is_empty());
    let eve = app.actor(&eve).await;
    departures::decline_share(&app.app, &eve, *departure, other).await.unwrap();
    assert!(waiting(&app, &app.owner).await.is_empty(), "all of it is decided");
    assert!(accounts::find(&app.app, &back, eves).await.is_err());
}

/// However many returns wait for others, a page of them costs what it shows, and a member's page one statement.
#[tokio::test]
async fn an_owner_and_a_members_page_find_a_return_behind_two_hundred_of_others() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let bob = app.member("Bob", User).await;
    let others = app.account(&app.owner, "Not Bob's", "App").await;
    for n in 0..200 {
        let person = app.member(&format!("Person {n}"), User).await;
        app.share(others, &person, Collaborator).await;
        leave(&app, &person).await;
        come_back(&app, &person).await;
    }
    let owner = app.actor(&app.owner).await;
    let bobs = app.account(&bob, "Bob's", "App").await;
    let social = app.collection(&app.owner, "Social").await;
    let inside = app.account(&app.owner, "In Bob's collection", "App").await;
    collections::add_account(&app.app, &owner, social, inside).await.unwrap();
    app.share(social, app.team("Bob's team", &[&bob]).await, Owner).await;
    for (name, account) in [("Ada", bobs), ("Eve", inside)] {
        app.advance(1);
        let person = app.member(name, User).await;
        app.share(account, &person, Collaborator).await;
        leave(&app, &person).await;
        let page = format!("/members/{}", person.id);
        let mut browser = app.client_as(&app.owner).await;
        assert!(!browser.get(&page).await.body.contains("Restore what they had"));
        come_back(&app, &person).await;
        assert!(browser.get(&page).await.body.contains("Restore what they had"), "{name}");
        let mut tx = app.app.db.read().await.unwrap();
        let before = tx.statements();
        assert!(departures::is_waiting(&mut tx, app.workspace, person.id).await.unwrap());
        assert!(!departures::is_waiting(&mut tx, app.workspace, bob.id).await.unwrap());
        assert_eq!(tx.statements() - before, 2, "one for each");
    }
    let found: Vec<_> = waiting(&app, &bob).await.into_iter().map(|(_, names)| names).collect();
    assert_eq!(found, [["Bob's"], ["In Bob's collection"]]);
    assert_eq!(waiting(&app, &app.owner).await.len(), 200, "the oldest first");
}

/// What somebody has decided since, in either way, stays.
#[tokio::test]
async fn what_was_decided_anew_since_is_not_restored() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let ada = app.member("Ada", User).await;
    let owner = app.actor(&app.owner).await;
    let mut all = Vec::new();
    for name in ["Untouched", "Shared anew", "Shared and ended", "Deleted"] {
        let account = app.account(&app.owner, name, "App").await;
        app.share(account, &ada, Owner).await;
        all.push(account);
    }
    leave(&app, &ada).await;
    app.advance(60);
    come_back(&app, &ada).await;
    app.share(all[1], &ada, Collaborator).await;
    let share = app.share(all[2], &ada, Collaborator).await;
    sharing::unshare(&app.app, &owner, share).await.unwrap();
    accounts::delete(&app.app, &owner, all[3]).await.unwrap();
    let found = waiting(&app, &app.owner).await;
    assert_eq!(found[0].1, ["Untouched"]);
    departures::restore(&app.app, &owner, found[0].0).await.unwrap();
    let back = app.actor(&ada).await;
    assert!(accounts::reveal(&app.app, &back, all[0]).await.is_ok());
    assert!(accounts::reveal(&app.app, &back, all[1]).await.is_err(), "a Collaborator now");
    assert!(accounts::find(&app.app, &back, all[2]).await.is_err());
}

/// A role, too, is decided anew by whoever changes it after the departure, be it up or down.
#[tokio::test]
async fn a_role_that_somebody_gave_since_the_departure_stays_when_the_rest_is_restored() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    let owner = app.actor(&app.owner).await;
    let lives = [
        ("Lowered", User, vec![Guest], Guest),
        ("Lowered admin", Admin, vec![Guest], Guest),
        ("Made a User again", Admin, vec![Guest, User], User),
        ("Raised", Admin, vec![SuperAdmin], SuperAdmin),
        ("Untouched", Admin, vec![], Admin),
    ];
    for (name, before, since, after) in lives {
        let person = app.member(name, before).await;
        app.share(account, &person, Collaborator).await;
        app.advance(DAY);
        leave(&app, &person).await;
        app.advance(60);
        come_back(&app, &person).await;
        for role in since {
            app.advance(60);
            members::change_role(&app.app, &owner, person.id, role).await.unwrap();
        }
        let (departure, _) = waiting(&app, &app.owner).await.remove(0);
        departures::restore(&app.app, &owner, departure).await.unwrap();
        assert_eq!(app.actor(&person).await.role, after, "{name}");
    }
}

#[tokio::test]
async fn who_returns_too_late_or_was_declined_gets_nothing() {
    let app = TestApp::start().await;
    ask_within(&app, "7").await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    for person in [&ada, &bob] {
        app.share(account, person, Collaborator).await;
        leave(&app, person).await;
    }
    app.advance(60);
    come_back(&app, &bob).await;
    let (departure, _) = waiting(&app, &app.owner).await.remove(0);
    let owner = app.actor(&app.owner).await;
    departures::decline(&app.app, &owner, departure).await.unwrap();
    app.advance(8 * DAY);
    come_back(&app, &ada).await;
    assert!(waiting(&app, &app.owner).await.is_empty());
    for person in [&ada, &bob] {
        let back = app.actor(person).await;
        assert!(accounts::find(&app.app, &back, account).await.is_err());
    }
}

/// Eleven people leave within an hour; ten of them were a mistake.
#[tokio::test]
async fn many_departures_block_each_alert_once_and_are_restored_in_one_step() {
    let app = TestApp::start().await;
    let admin = app.member("Adam", Admin).await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    let mut people = Vec::new();
    for n in 0..12 {
        let person = app.member(&format!("Person {n}"), User).await;
        app.share(account, &person, Collaborator).await;
        people.push(person);
    }
    // Enough others that two are no twentieth of them.
    for n in 0..80 {
        app.member(&format!("Other {n}"), User).await;
    }
    let alerts =
        "SELECT COUNT(*) AS n FROM notification WHERE link = '/departures' AND member_id = $1";
    for (n, person) in people.iter().enumerate() {
        leave(&app, person).await;
        app.advance(60);
        assert_eq!(app.actor(person).await.status, MemberStatus::Removed, "blocked at once");
        let wanted = i64::from(n >= 4);
        assert_eq!(app.count_of(alerts, values![admin.id]).await, wanted, "after {}", n + 1);
    }
    let actor = app.actor(&admin).await;
    let waves = departures::waves(&app.app, &actor).await.unwrap();
    assert_eq!((waves.len(), waves[0].people, waves[0].waiting), (1, 12, 0));
    for person in &people[1..] {
        come_back(&app, person).await;
        let back = app.actor(person).await;
        assert!(accounts::find(&app.app, &back, account).await.is_err());
    }
    let mut browser = app.client_as(&admin).await;
    let page = format!("/departures/{}", waves[0].id);
    assert!(browser.get(&page).await.body.contains("11 of them are active again"));
    let done = browser.post(&format!("{page}/restore"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    for (n, person) in people.iter().enumerate() {
        let back = app.actor(person).await;
        assert_eq!(accounts::find(&app.app, &back, account).await.is_ok(), n > 0);
    }
    let open = "SELECT COUNT(*) AS n FROM rotation WHERE done_at IS NULL";
    assert_eq!(app.count(open).await, 1, "only the one who is gone");
    assert!(browser.get(&page).await.body.contains("Nobody of them is active again yet"));
    browser.post(&format!("{page}/restore"), &[]).await;
    assert_eq!(app.recorded("member.access_restored").await, 11, "a second time does nothing");
}

#[tokio::test]
async fn departures_hours_apart_and_two_in_a_small_workspace_are_no_wave() {
    let app = TestApp::start().await;
    for n in 0..6 {
        let person = app.member(&format!("Person {n}"), User).await;
        leave(&app, &person).await;
        app.advance(if n % 2 == 0 { 60 } else { 2 * 60 * 60 });
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM departure_wave").await, 0);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM departure").await, 6);
}

/// A directory that announces people before they begin makes no wave.
#[tokio::test]
async fn people_who_have_not_begun_yet_are_no_departures() {
    let app = TestApp::start().await;
    for n in 0..15 {
        let id = app.member(&format!("Person {n}"), User).await.id;
        app.write(move |tx, by| Box::pin(members::stage(tx, by, id))).await;
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM departure").await, 0);
}

/// T5, T6: a directory's token must not be a way to what an admin had.
#[tokio::test]
async fn who_returns_under_another_id_of_the_directory_is_offered_nothing() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let ada = app.member("Ada", Admin).in_okta().await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    app.share(account, &ada, Owner).await;
    leave(&app, &ada).await;
    app.tamper(
        "UPDATE identity SET external_id = '00u-thief' WHERE member_id = $1",
        vec![ada.id.into()],
    )
    .await;
    come_back(&app, &ada).await;
    assert!(waiting(&app, &app.owner).await.is_empty());
    let sql = "UPDATE departure SET asked_at = at WHERE member_id = $1";
    app.tamper(sql, vec![ada.id.into()]).await;
    let (departure, _) = waiting(&app, &app.owner).await.remove(0);
    let owner = app.actor(&app.owner).await;
    let refused = departures::restore(&app.app, &owner, departure).await;
    assert_eq!(refused.unwrap_err().code(), "conflict");
}

/// A directory says who is in its teams: they come back with its next push.
#[tokio::test]
async fn a_place_in_a_directorys_team_is_not_restored_here() {
    let app = TestApp::start().await;
    ask_within(&app, "30").await;
    let ada = app.member("Ada", User).await;
    let team = app.team("Pushed", &[&ada]).await;
    let sql = "UPDATE team SET directory_id = $2 WHERE id = $1";
    app.tamper(sql, vec![team.into(), app.directory.into()]).await;
    leave(&app, &ada).await;
    come_back(&app, &ada).await;
    assert!(waiting(&app, &app.owner).await.is_empty());
}
