//! The portal in memory keeps the promises of the trait, and breaks them when it is told to.

use jiff::{SignedDuration, Timestamp};
use portal::fake::{FakePortal, Fault, OWN_ID, On};
use portal::{
    AppId, Applied, Checked, Confirmed, Desired, DesiredGroup, Error, GroupApplied, GroupConfirmed,
    GroupMirror, GroupPresence, GroupRef, GroupStep, LogActor, LogEvent, LogFrom, LogKind, Logo,
    Mirror, Observed, ObservedGroup, Portal, Presence, Principal, Priority, Reserve, Step, TileRef,
    audience, plan, plan_group,
};

const URL: &str = "https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a valid instant")
}

async fn apply(
    portal: &FakePortal,
    app: Option<&AppId>,
    step: &Step,
    now: Timestamp,
) -> Result<Applied, Error> {
    let Reserve::Now(ticket) = portal.reserve(step, Priority::Person, now) else {
        panic!("no room");
    };
    portal.apply(ticket, TileRef { app, url: URL }, step, &|| now).await
}

#[tokio::test]
async fn a_plan_is_carried_out_step_by_step() {
    let portal = FakePortal::new();
    let desired = Desired {
        presence: Presence::Present,
        label: "A".to_owned(),
        url: URL.to_owned(),
        principals: [Principal::Person("00u1".to_owned())].into(),
        through_groups: [].into(),
        logo: Some(Logo { version: 1, name: "A".to_owned() }),
    };
    let mut app = None;
    for step in plan(&desired, &Observed::Absent, Confirmed::Nothing).steps {
        if let Applied::Created(made) =
            apply(&portal, app.as_ref(), &step, at(0)).await.expect("ok")
        {
            app = Some(made.id);
        }
    }
    let app = app.expect("an app was made");
    let seen = portal.world(|world| world.apps[&app].clone());
    let seen = Observed::Present(Mirror {
        label: seen.app.label,
        url: seen.app.url,
        status: seen.app.status,
        principals: seen.principals,
        self_service: seen.app.self_service,
        logo: seen.logo,
    });
    assert!(plan(&desired, &seen, Confirmed::Active).is_empty());
    let absent = Desired { presence: Presence::Absent, ..desired };
    for step in plan(&absent, &seen, Confirmed::Active).steps {
        assert_eq!(apply(&portal, Some(&app), &step, at(0)).await, Ok(Applied::Done));
    }
    assert!(portal.world(|world| world.apps.is_empty()));
}

/// R2, R5: the app exists although the create failed, and the list shows it late.
#[tokio::test]
async fn a_create_can_be_committed_and_lost() {
    let portal = FakePortal::new().with_list_lag(SignedDuration::from_secs(90));
    let lost = Error::Unavailable { detail: "cut off".to_owned(), unknown_outcome: true };
    portal.fail(On::Create, Fault::CommitThenFail(lost.clone()));
    let create = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    assert_eq!(apply(&portal, None, &create, at(0)).await, Err(lost));
    let found = apply(&portal, None, &Step::Search, at(89)).await;
    assert_eq!(found, Ok(Applied::Found(vec![])));
    let found = apply(&portal, None, &Step::Search, at(90)).await;
    assert!(matches!(found, Ok(Applied::Found(apps)) if apps.len() == 1));
}

/// T2, R6.
#[tokio::test]
async fn an_edited_url_makes_the_app_foreign() {
    let portal = FakePortal::new();
    let create = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    let Ok(Applied::Created(app)) = apply(&portal, None, &create, at(0)).await else {
        panic!("no app");
    };
    let edit = |tile: &mut portal::fake::Tile| tile.app.url = "https://wiki.example".to_owned();
    portal.world(|world| world.apps.values_mut().for_each(edit));
    let before = portal.world(|world| world.clone());
    let answer = apply(&portal, Some(&app.id), &Step::Deactivate, at(0)).await;
    assert!(matches!(answer, Err(Error::Foreign { .. })), "{answer:?}");
    assert_eq!(portal.world(|world| world.clone()), before);
    assert_eq!(portal.calls().last().map(String::as_str), Some("app1: deactivate the app"));
}

#[test]
fn background_work_leaves_room_for_people() {
    let portal = FakePortal::new().with_limit(10);
    let step = Step::Search;
    let is_free = |priority, now| matches!(portal.reserve(&step, priority, now), Reserve::Now(_));
    let background = (0..20).filter(|_| is_free(Priority::FirstSync, at(0))).count();
    assert_eq!(background, 9);
    assert!(is_free(Priority::Leaver, at(1)));
    assert!(!is_free(Priority::Leaver, at(2)));
    assert!(is_free(Priority::Audit, at(60)));
}

const ORIGIN: &str = "https://keytile.example";
const NAME: &str = "Keytile · A · 7F3A";

async fn apply_group(
    portal: &FakePortal,
    checked: Option<&Checked>,
    step: &GroupStep,
    now: Timestamp,
) -> Result<GroupApplied, Error> {
    let Reserve::Now(ticket) = portal.reserve_group(step, Priority::Person, now) else {
        panic!("no room");
    };
    let group = GroupRef { checked, name: NAME, origin: ORIGIN };
    portal.apply_group(ticket, group, step, &|| now).await
}

#[tokio::test]
async fn a_plan_of_a_group_is_carried_out_step_by_step() {
    let portal = FakePortal::new();
    let desired = DesiredGroup {
        presence: GroupPresence::Present,
        name: NAME.to_owned(),
        origin: ORIGIN.to_owned(),
        members: ["00u1".to_owned(), "00u2".to_owned()].into(),
    };
    let mut checked = None;
    for step in plan_group(&desired, &ObservedGroup::Absent, GroupConfirmed::Kept).steps {
        let done = apply_group(&portal, checked.as_ref(), &step, at(0)).await.expect("ok");
        if let GroupApplied::Created { checked: new, .. } = done {
            checked = Some(new);
        }
    }
    let checked = checked.expect("a group was made");
    let people = portal.world(|world| world.groups[checked.group()].clone());
    let mirror = GroupMirror {
        name: people.group.name,
        description: people.group.description,
        members: people.members,
    };
    let seen = ObservedGroup::Present(mirror);
    assert!(plan_group(&desired, &seen, GroupConfirmed::Kept).is_empty());
    let absent = DesiredGroup { presence: GroupPresence::Absent, ..desired };
    for step in plan_group(&absent, &seen, GroupConfirmed::Kept).steps {
        let done = apply_group(&portal, Some(&checked), &step, at(0)).await;
        assert_eq!(done, Ok(GroupApplied::Done));
    }
    assert!(portal.world(|world| world.groups.is_empty()));
}

/// T2: a role given after the check is seen once the check is too old to be trusted.
#[tokio::test]
async fn nobody_is_put_into_a_group_that_carries_a_role() {
    let portal = FakePortal::new();
    let create =
        GroupStep::Create { name: NAME.to_owned(), description: audience::description(ORIGIN) };
    let Ok(GroupApplied::Created { group, .. }) = apply_group(&portal, None, &create, at(0)).await
    else {
        panic!("no group");
    };
    let again = apply_group(&portal, None, &create, at(0)).await;
    assert_eq!(again, Ok(GroupApplied::Adopted(group.clone())), "ours of this name is taken over");
    let checked = portal.check_group(&group.id, ORIGIN, Priority::Person, &|| at(0)).await;
    let checked = checked.expect("it is ours");
    portal.world(|world| {
        let people = world.groups.get_mut(&group.id).expect("the group");
        people.role = Some("SUPER_ADMIN".to_owned());
    });
    let add = GroupStep::AddMember("00u1".to_owned());
    let late = at(Checked::GOOD_FOR.as_secs());
    let refused = apply_group(&portal, Some(&checked), &add, late).await;
    assert!(matches!(refused, Err(Error::ForeignGroup { .. })), "{refused:?}");
    let check = portal.check_group(&group.id, ORIGIN, Priority::Person, &|| late).await;
    assert!(matches!(check, Err(Error::ForeignGroup { .. })), "{check:?}");
}

/// A reader goes on where it stopped, and knows its own doing.
#[tokio::test]
async fn the_log_is_read_from_where_the_last_page_ended() {
    let portal = FakePortal::new();
    let event = |number: i64, token: &str| LogEvent {
        id: format!("event{number}"),
        published: at(number),
        kind: LogKind::AppUpdated,
        is_success: true,
        actor: LogActor { id: "00u9".to_owned(), name: "Ada".to_owned() },
        token_id: Some(token.to_owned()),
        targets: Vec::new(),
    };
    portal.world(|world| world.log = vec![event(0, "x"), event(1, OWN_ID)]);
    let read =
        async |from| portal.log_page(from, Priority::Audit, &|| at(9)).await.expect("a page");
    let page = read(LogFrom::Since(at(1))).await;
    let own = portal.own_ids(Priority::Audit, &|| at(9)).await.expect("ids");
    assert!(page.events.len() == 1 && page.events[0].is_by(&own));
    assert_eq!(read(LogFrom::Cursor(&page.next)).await.events, []);
    portal.world(|world| world.log.push(event(2, "x")));
    let later = read(LogFrom::Cursor(&page.next)).await.events;
    assert!(later.len() == 1 && !later[0].is_by(&own));
    let bad = portal.log_page(LogFrom::Cursor("?"), Priority::Audit, &|| at(9)).await;
    assert!(matches!(bad, Err(Error::Refused { .. })));
}
