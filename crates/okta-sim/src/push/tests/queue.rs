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

impl World {
    fn rename_eve(&self, last_name: &str) {
        let profile = serde_json::Map::from_iter([("lastName".to_owned(), last_name.into())]);
        self.sim.org().update_user(&self.eve, profile, None, false).unwrap();
    }

    fn tasks(&self) -> Vec<crate::org::PushTask> {
        self.sim.org().app(self.provisioner.app_id()).unwrap().pushed.tasks.clone()
    }
}

/// R14.
#[tokio::test]
async fn a_deactivation_after_a_failure_waits_for_an_admin() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::with_eve(dialect).await;
        world.service.answer_next(StatusCode::SERVICE_UNAVAILABLE, "");
        world.rename_eve("Changed");
        assert_eq!(world.lines().await, ["GET /Users/1"]);
        world.sim.org().deactivate_user(&world.eve).unwrap();
        assert_eq!(world.lines().await, Vec::<String>::new(), "it is never sent by itself");
        let tasks = world.tasks();
        assert_eq!((tasks.len(), tasks[0].what), (1, "update the profile"));
        assert_eq!(tasks[0].held_back, ["deactivate"]);

        world.provisioner.retry(&[tasks[0].id]).await;
        let calls = world.service.take();
        let last = &calls.last().unwrap();
        match dialect {
            Dialect::Private => {
                assert_eq!((last.0.as_str(), &last.1["active"]), ("PUT /Users/1", &json!(false)));
            }
            Dialect::Catalogue => assert_eq!(last.0, "PATCH /Users/1"),
        }
        assert!(world.tasks().is_empty());
    }
}

#[tokio::test]
async fn a_retried_creation_creates() {
    let world = World::new(Dialect::Private).await;
    world.service.answer_next(StatusCode::INTERNAL_SERVER_ERROR, "");
    world.assign(&world.eve);
    assert_eq!(world.lines().await, [LOOKUP]);
    world.service.answer_next(StatusCode::INTERNAL_SERVER_ERROR, "");
    world.provisioner.retry(&[world.tasks()[0].id]).await;
    assert_eq!(world.service.lines(), [LOOKUP]);
    assert_eq!(world.tasks().len(), 1, "it failed again");
    world.provisioner.retry(&[world.tasks()[0].id]).await;
    assert_eq!(world.service.lines(), [LOOKUP, "POST /Users"]);
    assert!(world.tasks().is_empty());
}

#[tokio::test]
async fn a_new_assignment_ends_the_waiting() {
    let world = World::with_eve(Dialect::Private).await;
    world.service.answer_next(StatusCode::BAD_GATEWAY, "");
    world.rename_eve("Changed");
    world.lines().await;
    let app = world.provisioner.app_id().to_owned();
    world.sim.org().unassign_user(&app, &world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
    world.service.inner.lock().unwrap().existing = Some(json!({"id": "1"}));
    world.assign(&world.eve);
    assert_eq!(world.lines().await, [LOOKUP, "PUT /Users/1"]);
    assert!(world.tasks().is_empty());
    world.sim.org().deactivate_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, ["GET /Users/1", "PUT /Users/1"]);
}

#[tokio::test]
async fn a_failed_group_is_in_error_and_tried_again_whole() {
    let world = World::with_eve(Dialect::Catalogue).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.service.answer_next(StatusCode::INTERNAL_SERVER_ERROR, r#"{"detail":"out of order"}"#);
    world.sim.org().update_group(&group, "Money", None).unwrap();
    assert_eq!(world.lines().await, ["PATCH /Groups/2"]);
    let push = world.sim.org().connection(world.provisioner.app_id()).unwrap().pushes[0].clone();
    assert_eq!((push.status(), push.error.as_deref()), ("ERROR", Some("out of order")));

    world.provisioner.retry(&[world.tasks()[0].id]).await;
    let calls = world.service.take();
    let rename = json!({"op": "replace", "value": {"id": "2", "displayName": "Money"}});
    let member = json!({"value": "1", "display": "eve@example.com"});
    let all = json!({"op": "replace", "path": "members", "value": [member]});
    assert_eq!(calls[0].1["Operations"], json!([rename, all]));
    let push = world.sim.org().connection(world.provisioner.app_id()).unwrap().pushes[0].clone();
    assert_eq!(push.status(), "ACTIVE");
    assert!(world.tasks().is_empty());
}

#[tokio::test]
async fn every_call_is_written_down_without_secrets() {
    let world = World::new(Dialect::Private).await;
    world.service.answer_next(StatusCode::TOO_MANY_REQUESTS, "");
    world.assign(&world.eve);
    world.lines().await;
    let org = world.sim.org();
    let calls = &org.app(world.provisioner.app_id()).unwrap().pushed.calls;
    let seen: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.status)).collect();
    assert_eq!(seen, [("GET", Some(429)), ("GET", Some(200)), ("POST", Some(201))]);
    assert!(calls[2].request.contains(r#""password":"(hidden)""#), "{}", calls[2].request);
    assert!(!format!("{calls:?}").contains("scim-token"));
}
