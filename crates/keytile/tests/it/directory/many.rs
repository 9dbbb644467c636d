//! C35: many departures at once are looked at twice, and an admin is asked where hardly anybody would be left.

use http::StatusCode;
use jiff::SignedDuration;
use keytile::values;
use model::workspace::MemberStatus::{Active, Removed, Suspended};

use super::World;
use super::hooks::{deliver, delivery, event, hook};
use crate::support::{Admin, Person};

fn leave(world: &World, people: &[Person]) {
    for person in people {
        world.unassign(person);
    }
}

#[tokio::test]
async fn a_few_go_at_once_and_many_after_a_second_look() {
    let mut world = World::new().await;
    let people = world.people(40).await;
    leave(&world, &people[..11]);
    world.compare().await;
    assert_eq!((world.here(&people).await, world.last("waiting").await), (40, 11));
    world.compare().await;
    assert_eq!(world.here(&people).await, 40, "not twice in one breath");
    // It comes by itself, ten minutes later.
    world.test.advance(10 * 60);
    world.turns().await;
    assert_eq!((world.here(&people).await, world.last("removed").await), (29, 11));
}

/// Who is assigned again in between was never gone.
#[tokio::test]
async fn whoever_is_back_before_the_second_look_stays() {
    let mut world = World::new().await;
    let people = world.people(40).await;
    leave(&world, &people[..11]);
    world.compare().await;
    {
        let mut org = world.test.okta.sim.org();
        let external = people[0].okta.as_deref().unwrap();
        org.assign_user(&world.app, external, None, None, None).unwrap();
    }
    world.test.advance(10 * 60);
    world.turns().await;
    assert_eq!(world.here(&people).await, 30);
    assert_ne!(world.status(&people[0]).await, Removed);
}

/// The whole list empty: nobody goes before an admin has said so, and then each is looked at once more.
#[tokio::test]
async fn an_empty_app_asks_an_admin_first() {
    let mut world = World::new().await;
    let people = world.people(15).await;
    let admin = world.test.member("Anna", Admin).await;
    leave(&world, &people);
    for _ in 0..3 {
        world.compare().await;
        world.test.advance(30 * 60);
    }
    assert_eq!(world.here(&people).await, 15);
    let alerts = "SELECT COUNT(*) AS n FROM notification WHERE link = '/settings/directory'";
    assert_eq!(world.test.count(alerts).await, 2, "the Owner and the admin are told, once");
    let mut browser = world.test.client_as(&admin).await;
    let page = browser.get("/settings/directory").await;
    assert!(page.body.contains("15 people seem to have left at once"), "{}", page.body);
    // One of them is assigned again before the admin decides.
    {
        let mut org = world.test.okta.sim.org();
        let external = people[0].okta.as_deref().unwrap();
        org.assign_user(&world.app, external, None, None, None).unwrap();
    }
    let until = shown_until(&page.body);
    let decided = browser.post("/settings/directory/departures", &[("found_until", until)]).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER);
    world.turns().await;
    assert_eq!(world.here(&people).await, 1);
    assert_ne!(world.status(&people[0]).await, Removed);
    let page = browser.get("/settings/directory").await;
    assert!(!page.body.contains("seem to have left"));
}

fn shown_until(page: &str) -> &str {
    let (_, rest) =
        page.split_once(r#"name="found_until" value=""#).expect("the question is there");
    rest.split_once('"').unwrap().0
}

/// An admin's word is about those whom the page named, and nobody who seems to have left since.
#[tokio::test]
async fn an_admin_lets_go_only_those_who_were_shown() {
    let mut world = World::new().await;
    let people = world.people(15).await;
    let admin = world.test.member("Anna", Admin).await;
    leave(&world, &people[..12]);
    for _ in 0..2 {
        world.compare().await;
        world.test.advance(30 * 60);
    }
    let mut browser = world.test.client_as(&admin).await;
    let page = browser.get("/settings/directory").await;
    leave(&world, &people[12..]);
    world.compare().await;
    assert_eq!(world.here(&people).await, 15);
    let until = shown_until(&page.body);
    browser.post("/settings/directory/departures", &[("found_until", until)]).await;
    world.turns().await;
    assert_eq!(world.here(&people).await, 3, "the last three were not shown");
    assert!(browser.get("/settings/directory").await.body.contains("found_until"));
}

/// Someone whose id no org of Okta's can have: the directory says nothing about them, and others are compared all the same.
#[tokio::test]
async fn an_id_that_is_none_of_the_directorys_stops_no_comparison() {
    let mut world = World::new().await;
    let (ada, ben) = (world.person("Ada").await, world.person("Ben").await);
    world.people(6).await;
    let sql = "UPDATE identity SET external_id = 'EMP 12/3' WHERE member_id = $1";
    world.test.tamper(sql, values![ada.id].to_vec()).await;
    world.unassign(&ben);
    world.compare().await;
    assert_eq!(world.problem().await, None);
    assert_eq!((world.status(&ada).await, world.status(&ben).await), (Active, Removed));
    let named = "SELECT COUNT(*) AS n FROM directory_finding WHERE kind = 'no_external_id' AND name = 'Ada'";
    assert_eq!(world.test.count(named).await, 1);
}

/// Each is said to be deprovisioned by name, so nobody is asked.
#[tokio::test]
async fn many_who_are_deprovisioned_go_at_once() {
    let mut world = World::new().await;
    let people = world.people(15).await;
    for person in &people {
        world.test.okta.sim.org().deactivate_user(person.okta.as_deref().unwrap()).unwrap();
    }
    world.compare().await;
    assert_eq!(world.here(&people).await, 0);
}

/// More than a comparison looks at, and most of everybody: they are gone by name, so nobody waits for a second look or for an
/// admin, nor where Okta's limits make the comparison wait in the midst of them.
#[tokio::test]
async fn hundreds_who_are_deprovisioned_go_in_one_comparison() {
    for limits in [okta_sim::Limits::None, okta_sim::Limits::Workforce] {
        let mut world = World::with(limits).await;
        let people = world.people(250).await;
        for person in &people[..240] {
            world.test.okta.sim.org().deactivate_user(person.okta.as_deref().unwrap()).unwrap();
        }
        world.compare().await;
        for _ in 0..10 {
            world.test.advance(60);
            world.turns().await;
        }
        let (removed, looks) = (world.last("removed").await, world.last("looks").await);
        assert_eq!((world.here(&people).await, removed, looks), (10, 240, 240));
        assert_eq!((world.last("waiting").await, world.problem().await), (0, None));
        let runs = world.test.count("SELECT COUNT(*) AS n FROM directory_run").await;
        assert_eq!(runs, 1, "one comparison");
        let alerts = "SELECT COUNT(*) AS n FROM notification WHERE link = '/settings/directory'";
        assert_eq!(world.test.count(alerts).await, 0, "no admin is asked");
    }
}

/// More suspects than a comparison looks at, and an admin who does not answer: they keep nobody in of whom Okta says that
/// they are deprovisioned or suspended.
#[tokio::test]
async fn suspects_whom_an_admin_is_asked_about_keep_no_leaver_in() {
    let mut world = World::new().await;
    let people = world.people(210).await;
    leave(&world, &people);
    world.compare().await;
    world.test.advance(44 * 60);
    world.compare().await;
    assert_eq!((world.here(&people).await, world.last("looks").await), (210, 200));
    let [.., suspended, gone] = people.as_slice() else { panic!("210 people") };
    {
        let mut org = world.test.okta.sim.org();
        org.suspend_user(suspended.okta.as_deref().unwrap()).unwrap();
        org.deactivate_user(gone.okta.as_deref().unwrap()).unwrap();
    }
    world.test.advance(44 * 60);
    world.compare().await;
    assert_eq!(world.status(gone).await, Removed);
    assert_eq!(
        world.here(&people).await,
        209,
        "the suspended one is missing too, and is asked about"
    );
    assert_ne!(world.status(suspended).await, Suspended);
}

/// Within two comparisons everybody was looked at once.
#[tokio::test]
async fn looks_go_round() {
    let mut world = World::new().await;
    let people = world.people(210).await;
    leave(&world, &people);
    world.test.okta.sim.clear_traffic();
    for _ in 0..2 {
        world.compare().await;
        world.test.advance(44 * 60);
    }
    let asked = world.test.okta.asked();
    for person in &people {
        let look = format!("GET /api/v1/users/{}", person.okta.as_deref().unwrap());
        assert!(asked.contains(&look), "{}", person.name);
    }
}

/// C35: fewer than half, so no admin is asked, and more than one comparison looks at. All are out within the hour, for two calls
/// each.
#[tokio::test]
async fn six_hundred_who_are_unassigned_without_a_push_are_out_within_the_hour() {
    let mut world = World::new().await;
    let people = world.people(1_250).await;
    let (leavers, rest) = people.split_at(600);
    leave(&world, leavers);
    // The look at everybody's health is another matter, and was today.
    let sql = "UPDATE directory SET health_at = $1";
    world.test.tamper(sql, values![world.test.now()].to_vec()).await;
    world.test.okta.sim.clear_traffic();
    let first = world.test.now();
    world.compare().await;
    assert_eq!((world.last("looks").await, world.last("waiting").await), (200, 600));
    while world.here(leavers).await > 0 {
        let until = world.turns().await.unwrap();
        let left = until.duration_since(world.test.now()).as_millis();
        world.test.advance_millis(i64::try_from(left).unwrap());
        assert!(world.test.now().duration_since(first) < SignedDuration::from_mins(15));
        world.turns().await;
    }
    assert_eq!((world.here(rest).await, world.last("waiting").await), (650, 0));
    // Each was looked at, and a third of them twice; a comparison itself costs few calls.
    let asked = world.test.okta.asked().len();
    assert!(asked <= 2 * 800 + 4 * 10, "{asked} calls");
    let waves = "SELECT COUNT(*) AS n FROM departure_wave";
    assert_eq!(
        (world.test.count(waves).await, world.test.recorded("member.removed").await),
        (1, 600)
    );
}

/// A look at one person knows no better than the comparison that asks an admin.
#[tokio::test]
async fn no_event_removes_those_whom_an_admin_is_asked_about() {
    let mut world = World::new().await;
    let people = world.people(15).await;
    leave(&world, &people);
    for _ in 0..2 {
        world.compare().await;
        world.test.advance(30 * 60);
    }
    tell(&mut world, &people).await;
    assert_eq!(world.here(&people).await, 15);
}

/// Looks at one after the other do not add up to hardly anybody.
#[tokio::test]
async fn events_about_everybody_leave_most_to_a_comparison_which_asks() {
    let mut world = World::new().await;
    let people = world.people(10).await;
    // Of somebody who has just come a look may be old.
    world.test.advance(20 * 60);
    world.compare().await;
    leave(&world, &people);
    tell(&mut world, &people).await;
    assert_eq!(world.here(&people).await, 5);
    for _ in 0..2 {
        world.compare().await;
        world.test.advance(30 * 60);
    }
    assert_eq!(world.here(&people).await, 5);
}

/// Okta tells of each that they left a group.
async fn tell(world: &mut World, people: &[Person]) {
    let hook = hook(&world.test).await;
    let left = |(n, person): (usize, &Person)| {
        event(&n.to_string(), "group.user_membership.remove", person)
    };
    let events: Vec<_> = people.iter().enumerate().map(left).collect();
    deliver(&world.test, &hook, &hook.secret, delivery(&events)).await;
    world.turns().await;
}
