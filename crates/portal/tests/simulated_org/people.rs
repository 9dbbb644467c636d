//! The people of the simulated org, as the client reads them: page by page, one by one, and never more than asked.

use okta_sim::org::{AppKind, GroupType, NewApp, NewUser, ScimConnection};
use okta_sim::{Fault, Outcome, Sim, SimConfig};
use portal::{
    AppId, Directory, Error, GroupId, ListOf, Listed, PersonState, PersonStatus, Portal as _,
    Priority,
};
use std::sync::Arc;

use crate::common::{TestClock, TestPortal};

struct World {
    sim: Sim,
    portal: TestPortal,
    app: AppId,
    people: Vec<String>,
}

/// An org with an app that provisions, and so many people who have it.
async fn world(people: usize) -> World {
    let clock = TestClock::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let for_sim = clock.clone();
    let config =
        SimConfig::new(&format!("http://{address}"), "token", Arc::new(move || for_sim.now()));
    let sim = Sim::new(config);
    tokio::spawn(okta_sim::serve(listener, sim.router(), std::future::pending()));
    let (app, people) = {
        let mut org = sim.org();
        let kind = AppKind::Other {
            name: "scim2headerauth".to_owned(),
            sign_on_mode: Some("AUTO_LOGIN".to_owned()),
            settings: serde_json::Map::new(),
        };
        let app = org.create_app(NewApp::of_kind("Keytile SCIM", kind), true).expect("an app");
        org.apps.get_mut(&app).expect("the app").scim = Some(ScimConnection::default());
        let people = (0..people)
            .map(|number| {
                let login = format!("p{number}@example.com");
                let new = NewUser::person(&login, "Ben", "Bee", "correct horse");
                let id = org.create_user(new).expect("a new person");
                org.assign_user(&app, &id, None, None, None).expect("an assignment");
                id
            })
            .collect();
        (AppId(app), people)
    };
    let portal = TestPortal::new(address, "token", None, clock);
    World { sim, portal, app, people }
}

impl World {
    async fn whole(&self, list: &ListOf) -> Result<Vec<Listed>, Error> {
        let now_fn = self.portal.now_fn();
        let (mut found, mut from) = (Vec::new(), None::<String>);
        loop {
            let okta = &self.portal.portal;
            let page = okta.list_page(list, from.as_deref(), Priority::Audit, &now_fn).await?;
            found.extend(page.items);
            from = page.next;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    async fn state(&self, person: &str) -> Option<PersonStatus> {
        let now_fn = self.portal.now_fn();
        let state = self.portal.portal.person_status(person, Priority::Audit, &now_fn).await;
        state.expect("an answer")
    }

    async fn is_assigned(&self, person: &str) -> bool {
        let (app, now_fn) = (&self.app, self.portal.now_fn());
        let found = self.portal.portal.is_assigned(app, person, Priority::Audit, &now_fn).await;
        found.expect("an answer")
    }
}

/// R14: 1,200 people are three calls.
#[tokio::test]
async fn the_people_of_an_app_are_read_page_by_page() {
    let world = world(1_200).await;
    let found = world.whole(&ListOf::PeopleOfApp(world.app.clone())).await.expect("a list");
    let mut ids: Vec<String> = found.iter().map(|person| person.id.clone()).collect();
    ids.sort();
    assert_eq!(ids, world.people);
    assert!(found.iter().all(|person| person.name.ends_with("@example.com")));
    assert_eq!(world.portal.take_sent().len(), 3);
}

/// R19, T1: a cursor that was tampered with is sent nowhere.
#[tokio::test]
async fn a_kept_place_stays_within_its_list() {
    let world = world(1).await;
    let (list, now_fn) = (ListOf::PeopleOfApp(world.app.clone()), world.portal.now_fn());
    for bad in ["https://evil.example/api/v1/apps", "/api/v1/users?limit=1", "", "/api/v1/apps"] {
        let page = world.portal.portal.list_page(&list, Some(bad), Priority::Audit, &now_fn).await;
        assert!(matches!(page, Err(Error::Refused { .. })), "{bad}: {page:?}");
    }
    assert!(world.portal.take_sent().is_empty());
}

#[tokio::test]
async fn people_are_read_one_by_one_with_how_they_stand() {
    let world = world(3).await;
    let [ada, ben, cleo] = world.people.as_slice() else { panic!("three people") };
    {
        let mut org = world.sim.org();
        org.suspend_user(ben).expect("a suspension");
        org.deactivate_user(cleo).expect("a deactivation");
        org.unassign_user(&world.app.0, ada).expect("a removal");
    }
    assert_eq!(world.state(ada).await, Some(PersonStatus::Active));
    assert_eq!(world.state(ben).await, Some(PersonStatus::Suspended));
    assert_eq!(world.state(cleo).await, Some(PersonStatus::Deprovisioned));
    assert_eq!(world.state("00u-nobody").await, None);
    for (person, is_assigned) in [(ada, false), (ben, true), (cleo, false)] {
        assert_eq!(world.is_assigned(person).await, is_assigned, "{person}");
    }
    let suspended = world.whole(&ListOf::PeopleInState(PersonStatus::Suspended)).await;
    let suspended: Vec<String> = suspended.expect("a list").into_iter().map(|p| p.id).collect();
    assert_eq!(suspended, std::slice::from_ref(ben));
}

/// Okta takes a login where it expects an id.
#[tokio::test]
async fn a_login_is_nobodys_id() {
    let world = world(1).await;
    let now_fn = world.portal.now_fn();
    let portal = &world.portal.portal;
    let state = portal.person_status("p0", Priority::Audit, &now_fn).await;
    assert!(!matches!(state, Ok(Some(_))), "{state:?}");
}

#[tokio::test]
async fn apps_are_found_by_their_name_those_that_provision_first() {
    let world = world(0).await;
    world
        .sim
        .org()
        .create_app(NewApp::bookmark("Keytile, a link", "https://x.example"), true)
        .expect("an app");
    let now_fn = world.portal.now_fn();
    let portal = &world.portal.portal;
    let found = portal.apps_named("Keytile", Priority::Person, &now_fn).await.expect("apps");
    let labels: Vec<&str> = found.iter().map(|app| app.label.as_str()).collect();
    assert_eq!(labels, ["Keytile SCIM", "Keytile, a link"]);
    assert_eq!([found[0].provisions, found[1].provisions], [true, false]);
    let app = portal.directory_app(&world.app, Priority::Person, &now_fn).await.expect("an answer");
    assert!(app.expect("the app").is_active);
    let none = portal.directory_app(&AppId("0oanone".into()), Priority::Person, &now_fn).await;
    assert_eq!(none, Ok(None));
}

#[tokio::test]
async fn groups_of_an_app_and_their_people_are_read() {
    let world = world(1).await;
    let group = {
        let mut org = world.sim.org();
        let group = org.create_group(GroupType::Okta, "Finance", None).expect("a group");
        org.add_member(&group, &world.people[0]).expect("a member");
        org.assign_group(&world.app.0, &group, None, None).expect("an assignment");
        group
    };
    let groups = world.whole(&ListOf::GroupsOfApp(world.app.clone())).await.expect("a list");
    assert_eq!(groups.iter().map(|group| group.id.as_str()).collect::<Vec<_>>(), [group.as_str()]);
    let people = world.whole(&ListOf::PeopleOfGroup(GroupId(group))).await.expect("a list");
    assert_eq!(people[0].name, "p0@example.com");
    let none = world.whole(&ListOf::PeopleOfGroup(GroupId("00gnone".into()))).await;
    assert_eq!(none, Err(Error::NotThere));
}

/// R19: a list of which one page fails is no list.
#[tokio::test]
async fn a_list_that_breaks_off_is_an_error() {
    let world = world(600).await;
    let (list, now_fn) = (ListOf::PeopleOfApp(world.app.clone()), world.portal.now_fn());
    let okta = &world.portal.portal;
    let page = okta.list_page(&list, None, Priority::Audit, &now_fn).await.expect("a page");
    let next = page.next.expect("there is more");
    world.sim.add_fault(Fault::new("GET", "/api/v1/apps/*/users", Outcome::Drop));
    let rest = okta.list_page(&list, Some(&next), Priority::Audit, &now_fn).await;
    assert!(matches!(rest, Err(Error::Unavailable { .. })), "{rest:?}");
    let rest = okta.list_page(&list, Some(&next), Priority::Audit, &now_fn).await;
    assert_eq!(rest.map(|page| (page.items.len(), page.next)), Ok((100, None)));
}

/// C33. A suspension takes nothing, and by the first part of a login, by which Okta finds people too, nobody is meant.
#[tokio::test]
async fn a_person_is_away_once_okta_has_deactivated_or_deleted_them() {
    let world = world(1).await;
    let (id, now_fn) = (world.people[0].clone(), world.portal.now_fn());
    let state = async |id| world.portal.portal.person(id, Priority::Leaver, &now_fn).await;
    world.sim.org().suspend_user(&id).expect("an active person");
    assert_eq!((state(&id).await, state("p0").await.is_err()), (Ok(PersonState::Here), true));
    world.sim.org().deactivate_user(&id).expect("a person");
    assert_eq!(state(&id).await, Ok(PersonState::Away));
    world.sim.org().delete_user(&id).expect("a deactivated person");
    assert_eq!(state(&id).await, Ok(PersonState::Away));
}
