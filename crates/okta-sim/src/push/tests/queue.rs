use super::*;

/// Okta does not send the deactivation of somebody whose creation failed: what C35 is for.
#[tokio::test]
async fn a_failed_push_is_listed_and_not_repeated() {
    let world = World::new(Dialect::Private).await;
    world.service.answer_next(StatusCode::OK, r#"{"totalResults":0,"Resources":[]}"#);
    world.service.answer_next(StatusCode::INTERNAL_SERVER_ERROR, r#"{"detail":"out of order"}"#);
    world.assign(&world.eve);
    assert_eq!(world.lines().await, [LOOKUP, "POST /Users"]);
    let failed = world.provisioner.failed_pushes();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].about, "eve@example.com");
    assert_eq!(failed[0].failure.status, Some(500));
    assert_eq!(failed[0].failure.detail, "out of order");

    world.sim.org().deactivate_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_empty_answer_to_a_creation_is_a_failure() {
    let world = World::new(Dialect::Private).await;
    world.service.answer_next(StatusCode::NOT_FOUND, "");
    world.service.answer_next(StatusCode::CREATED, "");
    world.assign(&world.eve);
    assert_eq!(world.lines().await, [LOOKUP, "POST /Users"], "404 is an answer to a lookup");
    assert_eq!(world.provisioner.failed_pushes()[0].failure.detail, "the answer has no id");
}

#[tokio::test]
async fn too_many_requests_is_waited_for() {
    let world = World::new(Dialect::Private).await;
    world.service.answer_next(StatusCode::TOO_MANY_REQUESTS, "");
    world.assign(&world.eve);
    assert_eq!(world.lines().await, [LOOKUP, LOOKUP, "POST /Users"]);
    assert!(world.provisioner.failed_pushes().is_empty());
}

#[tokio::test]
async fn the_connection_test_asks_for_two_users() {
    let world = World::new(Dialect::Private).await;
    world.provisioner.test_connection().await.unwrap();
    assert_eq!(world.service.lines(), ["GET /Users?startIndex=1&count=2"]);
    world.service.answer_next(StatusCode::UNAUTHORIZED, r#"{"detail":"unknown token"}"#);
    assert_eq!(world.provisioner.test_connection().await.unwrap_err().status, Some(401));
}

#[tokio::test]
async fn everything_is_pushed_again_when_asked() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.service.inner.lock().unwrap().existing = Some(json!({"id": "1"}));
    world.provisioner.push_everything().await;
    assert_eq!(world.service.lines(), [LOOKUP, "PUT /Users/1"]);
}

#[tokio::test]
async fn the_task_pushes_by_itself_and_stops_when_told() {
    let world = World::new(Dialect::Private).await;
    let (stop, stopped) = watch::channel(false);
    let provisioner = world.provisioner.clone();
    let task = tokio::spawn(async move { provisioner.run(stopped).await });
    world.assign(&world.eve);
    assert_eq!(world.lines().await.len(), 2, "settle and the task do not push twice");
    stop.send(true).unwrap();
    task.await.unwrap();
}

#[tokio::test]
async fn nothing_is_pushed_once_provisioning_is_switched_off() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.sim.org().app_mut(world.provisioner.app_id()).unwrap().scim = None;
    world.sim.org().deactivate_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
    assert!(world.provisioner.push_group(&group).await.is_err());
}
