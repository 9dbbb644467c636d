//! R14, C35: a deactivation that was never sent is found by looking.

use http::StatusCode;
use keytile::sync::worker::{Holder, Turn, Worker};
use keytile::{members, settings, sync, values};
use model::share::ItemRole;
use model::workspace::MemberStatus::{Active, Removed, Suspended};
use okta_sim::{Fault, Outcome};

use super::{World, sessions};
use crate::support::Person;

/// Each way in which Okta says that somebody is no longer ours; nobody else is touched, and a second look does nothing.
#[tokio::test]
async fn whoever_left_is_found_and_loses_everything() {
    let mut world = World::new().await;
    let [ada, ben, cleo, dan] = [
        world.person("Ada").await,
        world.person("Ben").await,
        world.person("Cleo").await,
        world.person("Dan").await,
    ];
    let rest = world.people(6).await;
    let account = world.test.account(&world.test.owner, "Contentzilla", "").await;
    world.test.share(account, &ada, ItemRole::Collaborator).await;
    let mut browser = world.test.client_as(&ada).await;
    assert_eq!(browser.get("/accounts").await.status, StatusCode::OK);
    {
        let mut org = world.test.okta.sim.org();
        org.deactivate_user(ada.okta.as_deref().unwrap()).unwrap();
        org.deactivate_user(cleo.okta.as_deref().unwrap()).unwrap();
        org.delete_user(cleo.okta.as_deref().unwrap()).unwrap();
    }
    world.unassign(&ben);
    world.compare().await;
    for gone in [&ada, &ben, &cleo] {
        assert_eq!(world.status(gone).await, Removed, "{}", gone.name);
    }
    assert_eq!(world.status(&dan).await, Active);
    assert_eq!(world.here(&rest).await, 6);
    assert_eq!(browser.get("/accounts").await.status, StatusCode::SEE_OTHER);
    let shares = "SELECT COUNT(*) AS n FROM share WHERE member_id = $1 AND ended_at IS NULL";
    assert_eq!(world.test.count_of(shares, values![ada.id]).await, 0);
    let by = "SELECT COUNT(*) AS n FROM activity WHERE event = 'member.removed' AND actor_kind = 'reconciliation'";
    assert_eq!(world.test.count(by).await, 3);
    assert_eq!((world.last("removed").await, world.last("looks").await), (3, 3));
    world.compare().await;
    assert_eq!((world.last("removed").await, world.last("looks").await), (0, 0));
}

/// The org, the app, who is suspended, one page of people. Nobody who is as they should be costs a call.
#[tokio::test]
async fn a_comparison_of_everybody_costs_few_calls() {
    let mut world = World::new().await;
    world.people(30).await;
    // The look at everybody's health is another matter, and was today.
    world
        .test
        .tamper("UPDATE directory SET health_at = $1", values![world.test.now()].to_vec())
        .await;
    world.test.okta.sim.clear_traffic();
    world.compare().await;
    assert_eq!(world.problem().await, None);
    let asked = world.test.okta.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|call| call.starts_with("GET ")), "it only reads: {asked:?}");
}

/// The whole way: the worker does it by itself, in time, between its tiles.
#[tokio::test]
async fn a_deactivation_that_was_never_sent_is_found_within_the_hour() {
    let world = World::new().await;
    let (ada, _others) = (world.person("Ada").await, world.people(5).await);
    world.test.tamper("UPDATE directory SET check_due_at = 0", Vec::new()).await;
    let worker = worker(&world).await;
    follow(&world, &worker, 1).await;
    assert_eq!(world.status(&ada).await, Active);
    world.test.client_as(&ada).await;
    world.test.okta.sim.org().deactivate_user(ada.okta.as_deref().unwrap()).unwrap();
    follow(&world, &worker, 60).await;
    assert_eq!(world.status(&ada).await, Removed);
    assert_eq!(sessions(&world.test, &ada).await, 0);
}

async fn worker(world: &World) -> Worker<portal::okta::OktaPortal> {
    let mut tx = world.test.app.db.read().await.unwrap();
    let row = sync::store::portal(&mut tx, world.test.workspace).await.unwrap().unwrap();
    let portal = settings::open_portal(&world.test.app, &mut tx, &row).await.unwrap();
    drop(tx);
    let holder = Holder::new(&world.test.app);
    Worker::take_over(&world.test.app, row, portal, &holder).await.unwrap().expect("the lease")
}

/// Takes turns for so many minutes of the test's time.
async fn follow(world: &World, worker: &Worker<portal::okta::OktaPortal>, minutes: i64) {
    let deadline = world.test.now() + jiff::SignedDuration::from_mins(minutes);
    for _ in 0..5_000 {
        // What a real worker's timer would do where nothing is due.
        let until = match worker.turn().await.unwrap() {
            Turn::Did(_) | Turn::Audited => continue,
            Turn::Wait(Some(until)) => until,
            Turn::Wait(None) | Turn::Idle => deadline,
            other => panic!("{other:?}"),
        };
        if world.test.now() >= deadline {
            return;
        }
        let left = until.min(deadline).duration_since(world.test.now()).as_millis();
        world.test.advance_millis(i64::try_from(left).unwrap().max(1));
    }
    panic!("the worker never comes to rest");
}

/// SUSPENDED is its own state: sessions stop, shares stay, and Okta lifts only what Okta has said.
#[tokio::test]
async fn a_suspension_there_is_one_here_and_an_admins_own_stays() {
    let mut world = World::new().await;
    let (ada, ben) = (world.person("Ada").await, world.person("Ben").await);
    let account = world.test.account(&world.test.owner, "Contentzilla", "").await;
    world.test.share(account, &ada, ItemRole::Collaborator).await;
    world.test.client_as(&ada).await;
    let owner = world.test.actor(&world.test.owner).await;
    members::suspend(&world.test.app, &owner, ben.id).await.unwrap();
    let ids = [&ada, &ben].map(|person: &Person| person.okta.clone().unwrap());
    for id in &ids {
        world.test.okta.sim.org().suspend_user(id).unwrap();
    }
    world.compare().await;
    assert_eq!(world.status(&ada).await, Suspended);
    assert_eq!(sessions(&world.test, &ada).await, 0);
    let shares = "SELECT COUNT(*) AS n FROM share WHERE member_id = $1 AND ended_at IS NULL";
    assert_eq!(world.test.count_of(shares, values![ada.id]).await, 1, "shares stay");
    for id in &ids {
        world.test.okta.sim.org().unsuspend_user(id).unwrap();
    }
    world.compare().await;
    assert_eq!(world.status(&ada).await, Active);
    assert_eq!(world.status(&ben).await, Suspended, "an admin of ours did that");
}

/// R19: whatever goes wrong with a list, nobody is removed by it.
#[tokio::test]
async fn a_list_that_fails_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(12).await;
    let answer = |status, body: &str| Outcome::Answer {
        status,
        content_type: "application/json".into(),
        body: body.to_owned(),
    };
    let path = "/api/v1/apps/*/users";
    for (what, outcome) in [
        ("an error", answer(500, "{}")),
        ("no answer", Outcome::Drop),
        ("something else", answer(200, "<html>")),
        ("no right", answer(403, r#"{"errorCode":"E0000006","errorSummary":"no"}"#)),
    ] {
        world.test.okta.sim.add_fault(Fault::new("GET", path, outcome));
        world.compare().await;
        assert!(world.problem().await.is_some(), "{what}");
        assert_eq!(world.here(&people).await, 12, "{what}");
    }
    world.compare().await;
    assert_eq!(world.problem().await, None);
}

/// A list that is short without saying so: each missing person is looked at, and is there.
#[tokio::test]
async fn a_list_that_leaves_people_out_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(12).await;
    let empty =
        Outcome::Answer { status: 200, content_type: "application/json".into(), body: "[]".into() };
    world.test.okta.sim.add_fault(Fault::new("GET", "/api/v1/apps/*/users", empty));
    world.compare().await;
    assert_eq!((world.last("looks").await, world.last("waiting").await), (12, 0));
    assert_eq!(world.here(&people).await, 12);
}

/// An app that was deleted or switched off unassigns nobody.
#[tokio::test]
async fn an_app_that_is_gone_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    world.test.okta.sim.org().deactivate_app(&world.app).unwrap();
    world.compare().await;
    assert!(world.problem().await.unwrap().contains("switched off"));
    world.test.okta.sim.org().delete_app(&world.app).unwrap();
    world.compare().await;
    assert!(world.problem().await.unwrap().contains("not in Okta any more"));
    assert_eq!(world.here(&people).await, 4);
}

/// T2: another org says nothing about our people.
#[tokio::test]
async fn another_org_is_not_believed() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    world.test.okta.sim.org().id = "00oanother".into();
    for person in &people {
        world.unassign(person);
    }
    world.compare().await;
    assert!(world.problem().await.unwrap().contains("Another Okta org"));
    assert_eq!(world.here(&people).await, 4);
}

/// T5.
#[tokio::test]
async fn the_owner_stays_whatever_the_directory_says() {
    let mut world = World::new().await;
    world.people(3).await;
    let mut owner = world.test.owner.clone();
    world.test.put_in_okta(&mut owner).await;
    world.test.okta.sim.org().deactivate_user(owner.okta.as_deref().unwrap()).unwrap();
    world.compare().await;
    assert_eq!(world.status(&owner).await, Active);
    assert_eq!(world.problem().await, None);
}

/// Local people are not the directory's to remove.
#[tokio::test]
async fn members_without_an_id_there_are_not_compared() {
    let mut world = World::new().await;
    world.people(3).await;
    let guest = world.test.member("Gus", crate::support::Guest).await;
    world.compare().await;
    assert_eq!(world.status(&guest).await, Active);
    let people = "SELECT people AS n FROM directory_run ORDER BY begun_at DESC LIMIT 1";
    assert_eq!(world.test.count(people).await, 3);
}

/// Okta's limit: the reading rests, goes on where it was, and reads no page twice.
#[tokio::test]
async fn a_reading_that_has_to_wait_goes_on_where_it_was() {
    let mut world = World::with(okta_sim::Limits::Integrator).await;
    let people = world.people(40).await;
    for person in &people[..9] {
        world.unassign(person);
    }
    world.test.tamper("UPDATE directory SET check_due_at = 0", Vec::new()).await;
    world.test.okta.sim.clear_traffic();
    let mut waits = 0;
    while let Some(until) = world.turns().await {
        if until > world.test.now() + jiff::SignedDuration::from_mins(5) {
            break;
        }
        waits += 1;
        let left = until.duration_since(world.test.now()).as_millis();
        world.test.advance_millis(i64::try_from(left).unwrap().max(1));
    }
    assert!(waits > 0, "the narrowest limit was reached");
    assert_eq!(world.here(&people).await, 31);
    let mut asked = world.test.okta.asked();
    let refused =
        world.test.okta.sim.traffic().iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(refused, 0, "{asked:?}");
    asked.retain(|call| call.contains("/users/00u"));
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 18, "each of the nine is looked at");
    // Only a look that a wait broke in the middle is taken once more: half of it would be older than the wait.
    assert!(all <= 18 + waits, "nobody is looked at twice: {all} calls, {waits} waits");
    let pages = world.test.okta.asked();
    let is_page = |call: &&String| call.contains("/users?") && call.contains("/apps/");
    let mut pages: Vec<_> = pages.iter().filter(is_page).collect();
    let all = pages.len();
    pages.sort();
    pages.dedup();
    assert_eq!(pages.len(), all, "no page is read twice");
}
