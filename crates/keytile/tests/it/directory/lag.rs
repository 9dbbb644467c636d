//! What Okta knows it does not know everywhere at once: lists have somebody later, and so may a read by id. Nobody who was
//! added a moment ago goes by that.

use jiff::SignedDuration;
use keytile::members;
use model::workspace::MemberStatus::{Active, Removed};
use okta_sim::{Fault, Outcome};

use super::World;
use super::hooks::{deliver, delivery, event, hook, looks};
use crate::support::Person;

/// The next read of this person's assignment meets a part of Okta that does not know it.
fn unknown(person: &Person) -> Fault {
    let body =
        r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found (AppUser)"}"#;
    let answer =
        Outcome::Answer { status: 404, content_type: "application/json".into(), body: body.into() };
    Fault::new("GET", &format!("/api/v1/apps/*/users/{}", person.okta.as_deref().unwrap()), answer)
}

/// More than are nobody's mistake, and most of all: each is looked at, and is there.
#[tokio::test]
async fn whoever_the_list_does_not_have_yet_stays() {
    let mut world = World::new().await;
    let mut people = world.people(6).await;
    world.test.okta.sim.org().settings.assignment_lag = SignedDuration::from_mins(5);
    for number in 0..12 {
        people.push(world.newcomer(&format!("New {number}")).await);
    }
    for looked_at in [12, 0] {
        world.compare().await;
        assert_eq!((world.last("looks").await, world.last("waiting").await), (looked_at, 0));
        assert_eq!((world.here(&people).await, world.problem().await), (18, None));
        world.test.advance(5 * 60);
    }
}

/// The comparison has begun, and read its list, when they are added.
#[tokio::test]
async fn whoever_is_added_while_the_lists_are_read_stays() {
    let mut world = World::with(okta_sim::Limits::Integrator).await;
    let people = world.people(49).await;
    let (gone, rest) = people.split_at(9);
    for person in gone {
        world.unassign(person);
    }
    world.test.tamper("UPDATE directory SET check_due_at = 0", Vec::new()).await;
    // It waits for a limit with its lists at hand.
    let until = world.turns().await.unwrap();
    assert!(until < world.test.now() + SignedDuration::from_mins(5));
    let ada = world.newcomer("Ada").await;
    let mut at = Some(until);
    while let Some(until) = at.filter(|at| *at < world.test.now() + SignedDuration::from_mins(5)) {
        let left = until.duration_since(world.test.now()).as_millis();
        world.test.advance_millis(i64::try_from(left).unwrap().max(1));
        at = world.turns().await;
    }
    assert_eq!((world.here(rest).await, world.here(gone).await), (40, 0));
    assert_eq!((world.status(&ada).await, world.problem().await), (Active, None));
}

#[tokio::test]
async fn a_look_that_does_not_find_a_newcomer_is_taken_once_more() {
    let mut world = World::new().await;
    world.people(6).await;
    world.test.okta.sim.org().settings.assignment_lag = SignedDuration::from_mins(1);
    let (ada, gone) = (world.newcomer("Ada").await, world.newcomer("Gone").await);
    world.unassign(&gone);
    world.test.okta.sim.add_fault(unknown(&ada));
    world.compare().await;
    assert_eq!((world.last("looks").await, world.last("waiting").await), (2, 2));
    assert_eq!((world.status(&ada).await, world.status(&gone).await), (Active, Active));
    // Ten minutes later it comes by itself, and by then Okta knows.
    world.test.advance(10 * 60);
    world.turns().await;
    assert_eq!((world.status(&ada).await, world.status(&gone).await), (Active, Removed));
    assert_eq!(world.last("waiting").await, 0);
}

/// Whoever is back is as new as somebody who came.
#[tokio::test]
async fn a_look_that_does_not_find_somebody_who_returned_is_taken_once_more() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(6).await;
    world.unassign(&ada);
    world.compare().await;
    assert_eq!(world.status(&ada).await, Removed);
    let id = ada.id;
    world.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
    // Okta assigned the app again, and none of its parts that are asked knows yet.
    world.test.advance(60);
    world.compare().await;
    assert_eq!((world.status(&ada).await, world.last("waiting").await), (Active, 1));
    let (app, external) = (world.app.clone(), ada.okta.clone().unwrap());
    world.test.okta.sim.org().assign_user(&app, &external, None, None, None).unwrap();
    world.test.advance(10 * 60);
    world.turns().await;
    assert_eq!((world.status(&ada).await, world.last("waiting").await), (Active, 0));
}

/// A hook tells of every change of a group, and may do so sooner than all of Okta knows who has the app by that.
#[tokio::test]
async fn a_look_that_an_event_asks_for_waits_until_a_newcomer_is_known() {
    let mut world = World::new().await;
    world.people(6).await;
    let (ada, gone) = (world.newcomer("Ada").await, world.newcomer("Gone").await);
    world.unassign(&gone);
    let hook = hook(&world.test).await;
    let tell = |id: &str, person: &Person| event(id, "group.user_membership.remove", person);
    let body = delivery(&[tell("1", &ada), tell("2", &gone)]);
    deliver(&world.test, &hook, &hook.secret, body).await;
    world.test.okta.sim.add_fault(unknown(&ada));
    world.turns().await;
    assert_eq!((world.status(&ada).await, world.status(&gone).await), (Active, Active));
    assert_eq!(looks(&world.test).await, 2, "they are put off");
    world.test.advance(5 * 60);
    world.turns().await;
    assert_eq!((world.status(&ada).await, world.status(&gone).await), (Active, Removed));
    assert_eq!(looks(&world.test).await, 0);
}
