//! The client against okta-sim, which was written from Okta's documents and knows nothing of us.

#[path = "../common/mod.rs"]
mod common;
mod people;

use common::{TestClock, TestPortal, URL};
use okta_sim::org::{AppKind, GroupType, NewApp, NewUser, Permissions};
use okta_sim::{Limits, Sim, SimConfig};
use portal::{
    App, AppId, AppStatus, Applied, Error, Misconfigured, OrgKind, Portal, Principal, Priority,
    Step, Verdict,
};
use std::sync::Arc;

struct World {
    sim: Sim,
    portal: TestPortal,
    person: String,
    group: String,
}

async fn world(adjust: impl FnOnce(&mut SimConfig)) -> World {
    let clock = TestClock::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let for_sim = clock.clone();
    let mut config =
        SimConfig::new(&format!("http://{address}"), "token", Arc::new(move || for_sim.now()));
    adjust(&mut config);
    let sim = Sim::new(config);
    tokio::spawn(okta_sim::serve(listener, sim.router(), std::future::pending()));
    let (person, group, org) = {
        let mut org = sim.org();
        let person = NewUser::person("ben@example.com", "Ben", "Bee", "ben");
        let person = org.create_user(person).expect("a new person");
        let group = org.create_group(GroupType::Okta, "Finance", None).expect("a new group");
        (person, group, org.id.clone())
    };
    let portal = TestPortal::new(address, "token", Some(&org), clock);
    World { sim, portal, person, group }
}

fn create() -> Step {
    Step::Create { label: "Contentzilla - Instagram".to_owned(), url: URL.to_owned() }
}

async fn created(world: &World) -> App {
    match world.portal.apply(None, create()).await {
        Ok(Applied::Created(app)) => app,
        other => panic!("{other:?}"),
    }
}

async fn principals(world: &World, app: &AppId) -> Vec<Principal> {
    let now_fn = world.portal.now_fn();
    let found = world.portal.portal.principals(app, Priority::Audit, &now_fn).await;
    found.expect("a list").into_iter().collect()
}

/// S7, S20, S48: the life of a tile, and its price in calls.
#[tokio::test]
async fn a_tile_lives_from_create_to_delete() {
    let world = world(|_| {}).await;
    let app = created(&world).await;
    assert_eq!((app.status, app.self_service, app.url.as_str()), (AppStatus::Active, false, URL));
    let id = Some(&app.id);
    let portal = &world.portal;
    let person = Principal::Person(world.person.clone());
    let group = Principal::Group(world.group.clone());
    for principal in [&person, &group] {
        let assigned = portal.apply(id, Step::Assign(principal.clone())).await;
        assert_eq!(assigned, Ok(Applied::Done));
    }
    assert_eq!(portal.take_sent().len(), 3, "one call for the app and one for each assignment");
    assert_eq!(principals(&world, &app.id).await, [person.clone(), group.clone()]);

    let label = "Contentzilla - Instagram (1)".to_owned();
    let update = Step::Update { label: label.clone(), url: URL.to_owned() };
    assert_eq!(portal.apply(id, update).await, Ok(Applied::Done));
    let read = portal.portal.read(&app.id, Priority::Person, &portal.now_fn()).await;
    assert_eq!(read.expect("a look").expect("an app").label, label);

    for step in [
        Step::Unassign(person.clone()),
        Step::Unassign(person),
        Step::Unassign(group),
        Step::Deactivate,
        Step::Activate,
        Step::Deactivate,
        Step::Delete,
    ] {
        assert_eq!(portal.apply(id, step.clone()).await, Ok(Applied::Done), "{step}");
    }
    for step in [Step::Delete, Step::Deactivate] {
        assert_eq!(portal.apply(id, step.clone()).await, Ok(Applied::Gone), "{step}");
    }
    let read = portal.portal.read(&app.id, Priority::Person, &portal.now_fn()).await;
    assert_eq!(read, Ok(None));
    assert!(world.sim.org().apps.is_empty());
}

/// L4: an app that was not seen for a while may have been led elsewhere, so a look comes first; it costs nothing in the
/// narrow bucket.
#[tokio::test]
async fn nobody_is_assigned_to_an_app_that_was_led_elsewhere_since_it_was_last_seen() {
    let world = world(|_| {}).await;
    let (portal, app) = (&world.portal, created(&world).await);
    let assign = || Step::Assign(Principal::Person(world.person.clone()));
    portal.take_sent();
    assert_eq!(portal.apply(Some(&app.id), assign()).await, Ok(Applied::Done));
    let assignment = format!("POST /api/v1/apps/{}/users 200", app.id);
    assert_eq!(portal.take_sent(), [assignment.as_str()]);

    let later = |portal: &TestPortal| {
        let quarter = jiff::SignedDuration::from_mins(15);
        portal.clock.turn_to(portal.clock.now() + quarter);
    };
    later(portal);
    let look = format!("GET /api/v1/apps/{} 200", app.id);
    assert_eq!(portal.apply(Some(&app.id), assign()).await, Ok(Applied::Done));
    assert_eq!(portal.take_sent(), [look.as_str(), assignment.as_str()]);

    later(portal);
    if let AppKind::Bookmark { url, .. } = &mut world.sim.org().app_mut(&app.id.0).expect("it").kind
    {
        *url = "https://elsewhere.example/".to_owned();
    }
    let refused = portal.apply(Some(&app.id), assign()).await;
    assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
    assert_eq!(portal.take_sent(), [look.as_str()]);
}

#[tokio::test]
async fn assigning_twice_is_done_whichever_way_okta_answers() {
    for reassign_conflicts in [false, true] {
        let world = world(|config| config.settings.reassign_conflicts = reassign_conflicts).await;
        let app = created(&world).await;
        for _ in 0..2 {
            let step = Step::Assign(Principal::Person(world.person.clone()));
            assert_eq!(world.portal.apply(Some(&app.id), step).await, Ok(Applied::Done));
        }
    }
}

/// Whoever is covered by a group of the app is handed over to it, and nobody loses the tile.
#[tokio::test]
async fn people_move_from_their_own_assignment_to_their_groups() {
    let world = world(|_| {}).await;
    let app = created(&world).await;
    let id = Some(&app.id);
    let person = Principal::Person(world.person.clone());
    let group = Principal::Group(world.group.clone());
    let apply = async |step| world.portal.apply(id, step).await;
    assert_eq!(apply(Step::Assign(person.clone())).await, Ok(Applied::Done));
    assert_eq!(apply(Step::Assign(group.clone())).await, Ok(Applied::Done));
    let hand_over = Step::HandOver(world.person.clone());
    let early = apply(hand_over.clone()).await;
    let waits = matches!(early, Err(Error::Unavailable { unknown_outcome: false, .. }));
    assert!(waits, "the group does not cover the person yet: {early:?}");
    world.sim.org().add_member(&world.group, &world.person).expect("a member");
    assert_eq!(apply(hand_over).await, Ok(Applied::Done));
    assert_eq!(principals(&world, &app.id).await, std::slice::from_ref(&group));
    assert!(world.sim.org().app(&app.id.0).expect("the app").users.contains_key(&world.person));
    // Without the planner's help Okta's refusal leads to the same.
    assert_eq!(apply(Step::Assign(person.clone())).await, Ok(Applied::Done));
    assert_eq!(apply(Step::Unassign(person)).await, Ok(Applied::Done));
    assert_eq!(principals(&world, &app.id).await, [group]);
    assert!(world.sim.org().app(&app.id.0).expect("the app").users.contains_key(&world.person));
}

/// C19.
#[tokio::test]
async fn a_picture_is_drawn_and_uploaded() {
    let world = world(|_| {}).await;
    let app = created(&world).await;
    let logo = Step::Logo(portal::Logo { version: 1, name: "Instagram".to_owned() });
    assert_eq!(world.portal.apply(Some(&app.id), logo).await, Ok(Applied::Done));
    let org = world.sim.org();
    let picture = org.app(&app.id.0).expect("the app").logo.clone().expect("a picture");
    assert_eq!(String::from_utf8(picture), Ok(portal::logo::svg("Instagram")));
}

/// What an admin set beside label and URL stays as it was.
#[tokio::test]
async fn an_update_keeps_what_an_admin_set_and_withdraws_self_service() {
    let world = world(|_| {}).await;
    let app = created(&world).await;
    {
        let mut org = world.sim.org();
        let app = org.app_mut(&app.id.0).expect("the app");
        app.visibility.hide_ios = true;
        app.notes.enduser = Some("Ask Ben first.".to_owned());
        app.self_service = true;
        app.implicit_assignment = true;
    }
    let update = Step::Update { label: "New".to_owned(), url: URL.to_owned() };
    assert_eq!(world.portal.apply(Some(&app.id), update).await, Ok(Applied::Done));
    let org = world.sim.org();
    let app = org.app(&app.id.0).expect("the app");
    assert_eq!(app.label, "New");
    assert!(app.visibility.hide_ios);
    assert_eq!(app.notes.enduser.as_deref(), Some("Ask Ben first."));
    assert!(!app.self_service && !app.implicit_assignment);
}

/// T2: the id of an app that is not ours is in our row.
#[tokio::test]
async fn a_foreign_app_is_never_written_to() {
    let world = world(|_| {}).await;
    let (wiki, other) = {
        let mut org = world.sim.org();
        let wiki = NewApp::bookmark("Wiki", "https://keytile.example/launch/another");
        let kind = AppKind::Other {
            name: "salesforce".to_owned(),
            sign_on_mode: None,
            settings: serde_json::Map::new(),
        };
        let other = NewApp::of_kind("Sales", kind);
        let wiki = org.create_app(wiki, true).expect("an app");
        let other = org.create_app(other, true).expect("an app");
        (AppId(wiki), AppId(other))
    };
    for app in [wiki, other] {
        for step in [
            Step::Update { label: "X".to_owned(), url: URL.to_owned() },
            Step::Activate,
            Step::Deactivate,
            Step::Delete,
            Step::Unassign(Principal::Person(world.person.clone())),
            Step::Unassign(Principal::Group(world.group.clone())),
        ] {
            let answer = world.portal.apply(Some(&app), step.clone()).await;
            assert!(matches!(answer, Err(Error::Foreign { .. })), "{step}: {answer:?}");
        }
    }
    assert_eq!(world.portal.writes(), 0);
}

/// T2, R7: another org answers under the domain.
#[tokio::test]
async fn an_app_of_another_org_is_never_written_to() {
    let world = world(|_| {}).await;
    let app = created(&world).await;
    world.portal.take_sent();
    world.sim.org().id = "00oAnother".to_owned();
    let answer = world.portal.apply(Some(&app.id), Step::Deactivate).await;
    assert!(matches!(answer, Err(Error::Foreign { .. })), "{answer:?}");
    assert_eq!(world.portal.writes(), 0);
    let org = world.portal.portal.org(world.portal.clock.now()).await;
    let Err(Error::Misconfigured { what: Misconfigured::WrongOrg { found, .. }, .. }) = org else {
        panic!("{org:?}");
    };
    assert_eq!(found, "00oAnother");
}

#[tokio::test]
async fn a_search_finds_inactive_apps_and_doubles_over_all_pages() {
    let world = world(|_| {}).await;
    {
        let mut org = world.sim.org();
        for number in 0..450 {
            let url = format!("https://keytile.example/launch/other{number}");
            org.create_app(NewApp::bookmark("Other", &url), true).expect("an app");
        }
        for is_active in [true, false] {
            org.create_app(NewApp::bookmark("Ours", URL), is_active).expect("an app");
        }
        org.create_app(NewApp::bookmark("Wiki", "https://wiki.example"), true).expect("an app");
    }
    let found = match world.portal.apply(None, Step::Search).await {
        Ok(Applied::Found(found)) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|app| app.status == AppStatus::Inactive));
    assert_eq!(world.portal.take_sent().len(), 3);
    let portal = &world.portal.portal;
    let now_fn = world.portal.now_fn();
    let urls = [URL.to_owned(), "https://keytile.example/launch/other7".to_owned()].into();
    assert_eq!(portal.search(&urls, Priority::Audit, &now_fn).await.map(|apps| apps.len()), Ok(3));
    let ours = portal.apps_at("https://keytile.example", Priority::Audit, &now_fn).await;
    assert_eq!(ours.map(|apps| apps.len()), Ok(452));
}

/// R3: a narrow limit is used to its end and never overrun; a scan goes on where it stopped.
#[tokio::test]
async fn a_narrow_limit_is_never_overrun() {
    let world = world(|config| config.limits = Limits::Integrator).await;
    {
        let mut org = world.sim.org();
        for number in 0..2_500 {
            let url = format!("https://keytile.example/launch/other{number}");
            org.create_app(NewApp::bookmark("Other", &url), true).expect("an app");
        }
    }
    let portal = &world.portal;
    let urls = ["https://keytile.example/launch/other2499".to_owned()].into();
    let mut throttled = 0;
    let found = loop {
        match portal.portal.search(&urls, Priority::Audit, &portal.now_fn()).await {
            Err(Error::Throttled { until }) => {
                throttled += 1;
                portal.clock.turn_to(until);
            }
            other => break other.expect("a whole list"),
        }
    };
    assert_eq!(found.len(), 1);
    assert_eq!(throttled, 1, "9 of 10 calls in the first window, 4 in the second");
    let app = created(&world).await;
    for _ in 0..30 {
        let step = Step::Assign(Principal::Person(world.person.clone()));
        assert_eq!(portal.apply(Some(&app.id), step).await, Ok(Applied::Done));
    }
    assert!(portal.take_sent().iter().all(|line| !line.ends_with(" 429")));
}

/// The portal's plan is full (behaviour.md section 1).
#[tokio::test]
async fn a_full_org_says_so() {
    let world = world(|config| config.settings.app_cap = Some(0)).await;
    assert_eq!(world.portal.apply(None, create()).await, Err(Error::InstanceCap));
}

/// T27, R7.
#[tokio::test]
async fn a_revoked_token_and_a_lost_right_are_told_apart() {
    let world = world(|_| {}).await;
    let token = world.sim.org().tokens.keys().next().cloned().expect("a token");
    world.sim.org().token_mut(&token).expect("the token").permissions = Permissions::ReadOnly;
    let what = |answer: Result<Applied, Error>| match answer {
        Err(Error::Misconfigured { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    let forbidden = what(world.portal.apply(None, create()).await);
    assert_eq!(forbidden, Misconfigured::Forbidden { missing: "manage apps" });
    world.sim.org().revoke_token(&token).expect("the token");
    let invalid = what(world.portal.apply(None, create()).await);
    assert_eq!(invalid, Misconfigured::TokenInvalid);
}

fn is_fine(check: &portal::Check) -> bool {
    matches!(check.result, Verdict::Passed(_) | Verdict::Optional(_))
}

/// C2, C3.
#[tokio::test]
async fn test_connection_reads_only_and_warns_of_a_super_administrator() {
    let world = world(|_| {}).await;
    let now = world.portal.clock.now();
    let checks = world.portal.portal.probe(now).await;
    let (last, others) = checks.split_last().expect("checks");
    assert!(others.iter().all(is_fine), "{checks:#?}");
    assert!(matches!(last.result, Verdict::Warning(_)), "{last:?}");
    assert_eq!(world.portal.writes(), 0);

    let token = world.sim.org().tokens.keys().next().cloned().expect("a token");
    let with_roles = |roles: &[&str]| {
        world.sim.org().token_mut(&token).expect("the token").roles =
            roles.iter().map(|role| (*role).to_owned()).collect();
    };
    with_roles(&["APP_ADMIN", "READ_ONLY_ADMIN"]);
    let checks = world.portal.portal.probe(now).await;
    assert!(checks.iter().all(is_fine), "{checks:#?}");
    with_roles(&["READ_ONLY_ADMIN"]);
    let checks = world.portal.portal.probe(now).await;
    let missing = Error::Misconfigured {
        what: Misconfigured::Forbidden { missing: "manage apps" },
        request_id: None,
    };
    assert_eq!(checks.last().map(|check| &check.result), Some(&Verdict::Failed(missing)));

    world.sim.org().token_mut(&token).expect("the token").permissions = Permissions::None;
    let checks = world.portal.portal.probe(now).await;
    assert!(checks.iter().any(|check| matches!(&check.result, Verdict::Failed(_))), "{checks:#?}");
    world.sim.org().revoke_token(&token).expect("the token");
    let checks = world.portal.portal.probe(now).await;
    assert_eq!(checks.len(), 9);
    assert!(matches!(&checks[1].result, Verdict::Failed(_)), "{checks:#?}");
    assert!(checks[2..].iter().all(|check| check.result == Verdict::Skipped), "{checks:#?}");
}

#[tokio::test]
async fn the_org_says_who_it_is() {
    let world = world(|config| config.settings.pipeline = "v1".to_owned()).await;
    let org = world.portal.portal.org(world.portal.clock.now()).await.expect("an org");
    assert_eq!((org.id, org.kind), (world.sim.org().id.clone(), OrgKind::Classic));
}
