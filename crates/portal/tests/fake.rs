//! The portal in memory keeps the promises of the trait, and breaks them when it is told to.

use jiff::{SignedDuration, Timestamp};
use portal::fake::{FakePortal, Fault, On};
use portal::{
    AppId, Applied, Confirmed, Desired, Error, Mirror, Observed, Portal, Presence, Principal,
    Priority, Reserve, Step, TileRef, plan,
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
