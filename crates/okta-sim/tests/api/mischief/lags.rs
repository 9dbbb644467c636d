use super::*;

/// R5.
#[tokio::test]
async fn a_list_may_lag_behind_a_create_while_a_read_finds_it() {
    let world = World::with(Mischief { list_lag: ALWAYS, ..Mischief::none() });
    let app = world.created("Wiki").await;
    let group = json!({ "profile": { "name": "Team" } });
    world.call(Method::POST, "/api/v1/groups", group).await.expect("an answer");
    let tricks = world.tricks();
    let Some(Trick::ListLag { until, .. }) = tricks.first() else { panic!("{tricks:?}") };
    assert_eq!(world.get(&format!("/api/v1/apps/{app}")).await.status, 200);
    world.clock.set(*until - SignedDuration::from_secs(1));
    assert!(ids(&world.get("/api/v1/apps").await).is_empty());
    world.clock.set(*until);
    assert_eq!(ids(&world.get("/api/v1/apps").await), [app]);
    world.wait(300);
    assert_eq!(ids(&world.get("/api/v1/groups?q=Team").await).len(), 1);
}

/// R5.
#[tokio::test]
async fn an_old_replica_does_not_know_a_new_app_yet() {
    let world = World::with(Mischief { stale_replica: ALWAYS, ..Mischief::none() });
    let app = world.created("Wiki").await;
    let mut met = Vec::new();
    for _ in 0..20 {
        met.push(world.get(&format!("/api/v1/apps/{app}")).await.status.as_u16());
    }
    assert!(met.contains(&200) && met.contains(&404), "{met:?}");
    world.wait(301);
    assert_eq!(world.get(&format!("/api/v1/apps/{app}")).await.status, 200);
    let unknown = Trick::NotFoundByReplica { id: app };
    let misses = world.tricks().iter().filter(|trick| **trick == unknown).count();
    assert_eq!(misses, met.iter().filter(|status| **status == 404).count());
}

/// R5.
#[tokio::test]
async fn a_deleted_app_reappears_for_a_while_and_cannot_be_changed() {
    let world = World::with(Mischief { reappearance: ALWAYS, ..Mischief::none() });
    let app = world.created("Wiki").await;
    let path = format!("/api/v1/apps/{app}");
    let step = format!("{path}/lifecycle/deactivate");
    world.call(Method::POST, &step, Value::Null).await.expect("an answer");
    world.call(Method::DELETE, &path, Value::Null).await.expect("an answer");
    let tricks = world.tricks();
    let Some(Trick::Reappearance { from, until, .. }) = tricks.first() else {
        panic!("{tricks:?}")
    };
    world.clock.set(*from);
    assert_eq!(world.get(&path).await.status, 200);
    assert_eq!(ids(&world.get("/api/v1/apps?includeNonDeleted=true").await), [app]);
    let again = world.call(Method::DELETE, &path, Value::Null).await.expect("an answer");
    assert_eq!(again.status, 404);
    world.clock.set(*until);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_event_may_reach_the_log_late_and_is_met_by_those_who_poll() {
    let world = World::new();
    let log = "/api/v1/logs?sortOrder=ASCENDING&limit=1000";
    let end = next_of(&world.get(log).await).unwrap();
    world.sim.set_mischief(Mischief { log_lag: 500, ..Mischief::none() }, 7);
    for number in 0..20 {
        world.created(&format!("App {number}")).await;
    }
    let late = world.tricks().len();
    assert!((1..20).contains(&late), "{late}");
    let types = |reply: &Reply| json_of(reply).as_array().unwrap().len();
    let first = world.get(&end).await;
    assert_eq!(types(&first), 20 - late);
    world.wait(301);
    let rest = world.get(&next_of(&first).unwrap()).await;
    assert_eq!(types(&rest), late);
    assert_eq!(types(&world.get(&next_of(&rest).unwrap()).await), 0);
}
