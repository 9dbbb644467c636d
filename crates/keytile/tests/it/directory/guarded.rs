//! What cannot be believed makes nobody a leaver: an event about somebody of another org, or of an app that is gone.

use model::workspace::MemberStatus::{Active, Removed};

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
