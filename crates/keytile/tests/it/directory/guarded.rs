//! What cannot be believed makes nobody a leaver: an event about somebody of another org or of an app that is gone, and a
//! look of long ago.

use jiff::SignedDuration;
use keytile::values;
use model::Timestamp;
use model::workspace::MemberStatus::{Active, Removed};
use okta_sim::{Fault, Outcome};

use super::World;
use super::hooks::{deliver, delivery, event, hook, looks};
use crate::support::Person;

/// Okta tells of every change of a group, so such an event comes about everybody sooner or later.
async fn told_of(world: &World, id: &str, person: &Person) {
    let hook = hook(&world.test).await;
    let body = delivery(&[event(id, "group.user_membership.remove", person)]);
    deliver(&world.test, &hook, &hook.secret, body).await;
    assert_eq!(looks(&world.test).await, 1);
}

#[tokio::test]
async fn an_event_while_the_app_is_switched_off_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    world.unassign(&people[0]);
    world.test.okta.sim.org().deactivate_app(&world.app).unwrap();
    told_of(&world, "1", &people[0]).await;
    world.turns().await;
    assert_eq!(world.here(&people).await, 4);
    assert!(world.problem().await.unwrap().contains("switched off"));
    assert_eq!(looks(&world.test).await, 1, "the look is put off, not lost");
    // Not before a comparison would come again.
    world.test.okta.sim.clear_traffic();
    world.test.advance(9 * 60);
    world.turns().await;
    assert_eq!(world.test.okta.asked(), Vec::<String>::new());
    world.test.okta.sim.org().activate_app(&world.app).unwrap();
    world.test.advance(60);
    world.turns().await;
    assert_eq!((world.status(&people[0]).await, looks(&world.test).await), (Removed, 0));
    assert_eq!(world.here(&people).await, 3);
}

#[tokio::test]
async fn an_event_after_the_app_was_deleted_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    world.test.okta.sim.org().deactivate_app(&world.app).unwrap();
    world.test.okta.sim.org().delete_app(&world.app).unwrap();
    told_of(&world, "1", &people[0]).await;
    world.turns().await;
    assert_eq!(world.here(&people).await, 4);
    assert!(world.problem().await.unwrap().contains("not in Okta any more"));
}

/// T2: of another org's people everybody of ours is deleted.
#[tokio::test]
async fn an_event_from_a_domain_that_is_another_orgs_removes_nobody() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    {
        let mut org = world.test.okta.sim.org();
        org.id = "00oanother".into();
        let external = people[0].okta.as_deref().unwrap();
        org.deactivate_user(external).unwrap();
        org.delete_user(external).unwrap();
    }
    told_of(&world, "1", &people[0]).await;
    world.turns().await;
    assert_eq!(world.status(&people[0]).await, Active);
    assert!(world.problem().await.unwrap().contains("Another Okta org"));
}

/// The app once, however many are looked at. What asks for the org needs no credential, and is not listed.
#[tokio::test]
async fn looks_of_a_turn_share_one_look_at_the_app() {
    let mut world = World::new().await;
    let people = world.people(5).await;
    let hook = hook(&world.test).await;
    let events: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(number, one)| event(&number.to_string(), "group.user_membership.remove", one))
        .collect();
    deliver(&world.test, &hook, &hook.secret, delivery(&events)).await;
    world.test.okta.sim.clear_traffic();
    world.turns().await;
    let asked = world.test.okta.asked();
    assert_eq!(asked.len(), 1 + 2 * people.len(), "{asked:?}");
    assert_eq!(world.here(&people).await, 5);
}

/// Whoever was looked at is out before the wait, and whoever was not is looked at after it: no look is kept.
#[tokio::test]
async fn no_look_is_carried_over_a_wait() {
    let mut world = World::with(okta_sim::Limits::Integrator).await;
    let people = world.people(40).await;
    let leavers = &people[..9];
    for person in leavers {
        world.unassign(person);
    }
    world.test.tamper("UPDATE directory SET check_due_at = 0", Vec::new()).await;
    let mut out = 0;
    while out == 0 {
        let until = world.turns().await.unwrap();
        out = leavers.len() - world.here(leavers).await;
        assert!(until <= world.test.now() + SignedDuration::from_mins(5), "it waits for a limit");
        if out == 0 {
            let left = until.duration_since(world.test.now()).as_millis();
            world.test.advance_millis(i64::try_from(left).unwrap().max(1));
        }
    }
    assert!(out < leavers.len(), "the limit was reached within the looks");
    // The others are assigned again while it waits.
    for person in leavers {
        if world.status(person).await == Active {
            let external = person.okta.as_deref().unwrap();
            let mut org = world.test.okta.sim.org();
            org.assign_user(&world.app, external, None, None, None).unwrap();
        }
    }
    world.test.advance(5 * 60);
    while world.turns().await.is_some_and(|at| at < world.test.now() + SignedDuration::from_mins(5))
    {
        world.test.advance(60);
    }
    assert_eq!(world.problem().await, None);
    assert_eq!(world.here(leavers).await, leavers.len() - out);
    assert_eq!(
        world.last("removed").await,
        i64::try_from(out).unwrap(),
        "the run tells of both parts"
    );
}

/// SCIM has told of somebody after the look: another look decides.
#[tokio::test]
async fn whoever_the_directory_tells_of_after_the_look_stays_until_the_next() {
    let mut world = World::new().await;
    let (ada, ben) = (world.person("Ada").await, world.person("Ben").await);
    world.people(6).await;
    world.unassign(&ada);
    world.unassign(&ben);
    let later = world.test.now() + SignedDuration::from_secs(10);
    let sql = "UPDATE identity SET updated_at = $1 WHERE member_id = $2";
    world.test.tamper(sql, values![later, ada.id].to_vec()).await;
    world.compare().await;
    assert_eq!((world.status(&ada).await, world.status(&ben).await), (Active, Removed));
    world.test.advance(20);
    world.compare().await;
    assert_eq!(world.status(&ada).await, Removed);
}

/// The long reading for the health page comes after the leavers.
#[tokio::test]
async fn a_leaver_is_out_though_the_reading_of_health_breaks_off() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(6).await;
    world.unassign(&ada);
    world.test.okta.sim.add_fault(Fault::new("GET", "/api/v1/apps/*/groups", Outcome::Drop));
    world.compare().await;
    assert!(world.problem().await.is_some());
    assert_eq!((world.status(&ada).await, world.last("removed").await), (Removed, 1));
}

/// The time until then is this long, or up to a fifth less.
fn assert_pause(world: &World, until: Timestamp, whole: i64) {
    let pause = until.duration_since(world.test.now());
    let whole = SignedDuration::from_secs(whole);
    assert!(whole * 4 / 5 <= pause && pause <= whole, "{pause:?} for {whole:?}");
}

fn pass_until(world: &World, until: Timestamp) {
    let left = until.duration_since(world.test.now()).as_millis();
    world.test.advance_millis(i64::try_from(left).unwrap());
}

/// A connection that breaks is tried again in seconds; while Okta is away, ever more rarely.
#[tokio::test]
async fn a_comparison_without_an_answer_comes_again_in_seconds_and_ever_more_rarely() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(6).await;
    world.unassign(&ada);
    let dropped = || Fault::new("GET", "/api/v1/apps/*/users", Outcome::Drop);
    for whole in [5, 10, 20, 40, 80, 160, 320, 600, 600] {
        world.test.okta.sim.add_fault(dropped());
        if whole == 5 {
            world.compare().await;
        }
        let until = world.turns().await.unwrap();
        assert!(
            world.problem().await.unwrap().contains("usable answer"),
            "{:?}",
            world.problem().await
        );
        assert_pause(&world, until, whole);
        assert_eq!(world.status(&ada).await, Active);
        pass_until(&world, until);
    }
    world.turns().await;
    assert_eq!((world.problem().await, world.status(&ada).await), (None, Removed));
    // It has answered, so the next one that breaks is the first.
    world.test.okta.sim.add_fault(dropped());
    world.compare().await;
    let until = world.turns().await.unwrap();
    assert_pause(&world, until, 5);
}

/// What Okta refuses it refuses in five seconds too, until an admin has put it right.
#[tokio::test]
async fn a_comparison_that_okta_refuses_comes_again_ten_minutes_later() {
    let mut world = World::new().await;
    world.people(4).await;
    for (status, code) in [(401, "E0000011"), (403, "E0000006")] {
        let body = format!(r#"{{"errorCode":"{code}","errorSummary":"no"}}"#);
        let refused = Outcome::Answer { status, content_type: "application/json".into(), body };
        world.test.okta.sim.add_fault(Fault::new("GET", "/api/v1/apps/*/users", refused));
        world.compare().await;
        let until = world.turns().await.unwrap();
        assert_eq!(until.duration_since(world.test.now()), SignedDuration::from_mins(10), "{code}");
        assert!(world.problem().await.is_some(), "{code}");
    }
}

/// The same goes for a look that an event asks for: at the app, and at the person.
#[tokio::test]
async fn a_look_without_an_answer_comes_again_in_seconds() {
    let mut world = World::new().await;
    let people = world.people(4).await;
    world.unassign(&people[0]);
    told_of(&world, "1", &people[0]).await;
    for (path, whole) in [("/api/v1/apps/*", 5), ("/api/v1/users/*", 10)] {
        world.test.okta.sim.add_fault(Fault::new("GET", path, Outcome::Drop));
        world.turns().await;
        assert!(world.problem().await.is_some(), "{path}");
        assert_eq!(
            (looks(&world.test).await, world.status(&people[0]).await),
            (1, Active),
            "{path}"
        );
        let due = "SELECT MIN(due_at) AS n FROM directory_look";
        let until = Timestamp::from_millisecond(world.test.count(due).await).unwrap();
        assert_pause(&world, until, whole);
        pass_until(&world, until);
    }
    world.turns().await;
    assert_eq!((looks(&world.test).await, world.status(&people[0]).await), (0, Removed));
}
