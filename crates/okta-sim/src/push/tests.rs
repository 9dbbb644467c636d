//! What Okta's client puts on the wire, against a recorder that answers as a SCIM service would.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::SimConfig;
use crate::org::{GroupType, NewUser};

/// A service that gives every resource the next id, remembers nothing but what it was told last
/// under a path, and writes down every call.
#[derive(Clone, Default)]
struct Recorder {
    inner: Arc<Mutex<Recorded>>,
}

#[derive(Default)]
struct Recorded {
    calls: Vec<(String, Value)>,
    headers: Vec<HeaderMap>,
    resources: std::collections::BTreeMap<String, Value>,
    next_id: usize,
    /// What a lookup of users finds.
    existing: Option<Value>,
    /// Answers to give instead, first one first.
    scripted: Vec<(StatusCode, &'static str)>,
}

impl Recorder {
    /// Method, path and body of every call since the last time.
    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.inner.lock().unwrap().calls)
    }

    fn lines(&self) -> Vec<String> {
        self.take().into_iter().map(|(line, _)| line).collect()
    }

    fn answer_next(&self, status: StatusCode, body: &'static str) {
        self.inner.lock().unwrap().scripted.push((status, body));
    }
}

async fn answer(State(recorder): State<Recorder>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let target = parts.uri.path_and_query().unwrap().as_str();
    let target = target.strip_prefix("/scim/v2").unwrap();
    let mut inner = recorder.inner.lock().unwrap();
    inner.calls.push((format!("{} {target}", parts.method), body.clone()));
    inner.headers.push(parts.headers);
    if !inner.scripted.is_empty() {
        let (status, text) = inner.scripted.remove(0);
        let headers = [(header::RETRY_AFTER, "0")];
        return (status, headers, text).into_response();
    }
    let reply = |status: StatusCode, body: &Value| {
        let kind = [(header::CONTENT_TYPE, "application/scim+json")];
        (status, kind, Body::from(body.to_string())).into_response()
    };
    match parts.method.as_str() {
        "GET" if target.contains('?') => {
            let found: Vec<Value> = inner.existing.iter().cloned().collect();
            reply(StatusCode::OK, &json!({"totalResults": found.len(), "Resources": found}))
        }
        "GET" => reply(StatusCode::OK, &inner.resources[target]),
        "POST" => {
            inner.next_id += 1;
            let mut made = body;
            let id = format!("{}", inner.next_id);
            made["id"] = id.as_str().into();
            inner.resources.insert(format!("{target}/{id}"), made.clone());
            reply(StatusCode::CREATED, &made)
        }
        "PUT" => {
            inner.resources.insert(target.to_owned(), body.clone());
            reply(StatusCode::OK, &body)
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

struct World {
    sim: Sim,
    service: Recorder,
    provisioner: Provisioner,
    eve: String,
}

impl World {
    async fn new(dialect: Dialect) -> Self {
        let service = Recorder::default();
        let router = Router::new().fallback(answer).with_state(service.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Arc::new(|| jiff::Timestamp::from_second(1_800_000_000).unwrap());
        let sim = Sim::new(SimConfig::new("https://example.okta.test", "token", clock));
        let new = NewUser::person("eve@example.com", "Eve", "Example", "right");
        let eve = sim.org().create_user(new).unwrap();
        let target = ScimTarget { base_url, token: "scim-token".to_owned(), dialect };
        let provisioner = Provisioner::new(sim.clone(), target).unwrap();
        Self { sim, service, provisioner, eve }
    }

    /// With Eve pushed as user `1` and the record empty again.
    async fn with_eve(dialect: Dialect) -> Self {
        let world = Self::new(dialect).await;
        world.assign(&world.eve);
        world.calls().await;
        world
    }

    fn assign(&self, user: &str) {
        self.sim.org().assign_user(self.provisioner.app_id(), user, None, None, None).unwrap();
    }

    fn group_of_eve(&self) -> String {
        let mut org = self.sim.org();
        let group = org.create_group(GroupType::Okta, "Finance", None).unwrap();
        org.add_member(&group, &self.eve).unwrap();
        group
    }

    async fn calls(&self) -> Vec<(String, Value)> {
        self.provisioner.settle().await;
        self.service.take()
    }

    async fn lines(&self) -> Vec<String> {
        self.provisioner.settle().await;
        self.service.lines()
    }
}

const LOOKUP: &str =
    "GET /Users?filter=userName%20eq%20%22eve%40example.com%22&startIndex=1&count=100";

#[tokio::test]
async fn an_assigned_person_is_looked_up_and_created() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::new(dialect).await;
        world.assign(&world.eve);
        let calls = world.calls().await;
        assert_eq!(calls[0].0, LOOKUP);
        assert_eq!(calls[1].0, "POST /Users");
        let mut sent = calls[1].1.clone();
        let password = sent["password"].take();
        assert!(password.as_str().is_some_and(|it| it.len() == 16), "always a junk password");
        assert_eq!(
            sent,
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "eve@example.com",
                "name": {"givenName": "Eve", "familyName": "Example"},
                "emails": [{"primary": true, "value": "eve@example.com", "type": "work"}],
                "displayName": "Eve Example",
                "locale": "en-US",
                "externalId": world.eve,
                "groups": [],
                "password": null,
                "active": true,
            })
        );
        assert_eq!(calls.len(), 2);
        let org = world.sim.org();
        let row = org.app_user(world.provisioner.app_id(), &world.eve).unwrap();
        assert_eq!(row.external_id.as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn calls_carry_oktas_headers() {
    let world = World::with_eve(Dialect::Private).await;
    let headers = world.service.inner.lock().unwrap().headers.clone();
    for sent in &headers {
        assert_eq!(sent[header::USER_AGENT], "Okta SCIM Client 1.0.0");
        assert_eq!(sent[header::AUTHORIZATION], "Bearer scim-token");
    }
    assert_eq!(headers[1][header::CONTENT_TYPE], "application/scim+json; charset=utf-8");
}

#[tokio::test]
async fn somebody_whom_the_service_knows_is_linked_and_updated() {
    let existing = json!({"id": "77", "userName": "EVE@example.com", "active": false, "x": 1});
    let world = World::new(Dialect::Private).await;
    world.service.inner.lock().unwrap().existing = Some(existing.clone());
    world.assign(&world.eve);
    let calls = world.calls().await;
    assert_eq!(calls[1].0, "PUT /Users/77");
    assert_eq!(calls[1].1["active"], true);
    assert_eq!(calls[1].1["externalId"], world.eve.as_str());
    assert_eq!(calls[1].1["x"], 1, "the whole object comes back");
    assert_eq!(calls.len(), 2);

    let world = World::new(Dialect::Catalogue).await;
    world.service.inner.lock().unwrap().existing = Some(existing);
    world.assign(&world.eve);
    let calls = world.calls().await;
    assert_eq!((calls[1].0.as_str(), &calls[1].1["active"]), ("PUT /Users/77", &json!(false)));
    assert_eq!(calls[2].0, "PATCH /Users/77");
    assert_eq!(calls[2].1["Operations"], json!([{"op": "replace", "value": {"active": true}}]));
}

#[tokio::test]
async fn a_changed_profile_is_read_and_put_whole() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::with_eve(dialect).await;
        let profile = serde_json::Map::from_iter([("lastName".to_owned(), "Changed".into())]);
        world.sim.org().update_user(&world.eve, profile, None, false).unwrap();
        let calls = world.calls().await;
        assert_eq!(calls[0].0, "GET /Users/1");
        assert_eq!(calls[1].0, "PUT /Users/1");
        assert_eq!(calls[1].1["name"]["familyName"], "Changed");
        assert_eq!(calls[1].1["externalId"], world.eve.as_str());
        assert_eq!(calls[1].1["active"], true);
        assert_eq!(calls.len(), 2);
    }
}

#[tokio::test]
async fn a_private_app_deactivates_with_put() {
    let world = World::with_eve(Dialect::Private).await;
    world.sim.org().deactivate_user(&world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls[0].0, "GET /Users/1");
    assert_eq!((calls[1].0.as_str(), &calls[1].1["active"]), ("PUT /Users/1", &json!(false)));
    assert_eq!(calls.len(), 2);
}

#[tokio::test]
async fn a_catalogue_app_deactivates_with_a_patch_without_a_path() {
    let world = World::with_eve(Dialect::Catalogue).await;
    world.sim.org().unassign_user(world.provisioner.app_id(), &world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls[0].0, "PATCH /Users/1");
    assert_eq!(calls[0].1["Operations"], json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn a_suspension_is_not_pushed() {
    let world = World::with_eve(Dialect::Private).await;
    world.sim.org().suspend_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
    world.sim.org().unsuspend_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_private_app_puts_whole_groups() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    assert_eq!(world.lines().await, Vec::<String>::new(), "the group is not pushed yet");

    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let created = json!({"schemas": schemas, "displayName": "Finance", "members": []});
    assert_eq!(calls[0], ("POST /Groups".to_owned(), created));
    let member = json!({"value": "1", "display": "eve@example.com"});
    let filled =
        json!({"schemas": schemas, "id": "2", "displayName": "Finance", "members": [member]});
    assert_eq!(calls[1], ("PUT /Groups/2".to_owned(), filled));
    assert_eq!(calls.len(), 2);

    world.sim.org().update_group(&group, "Money", None).unwrap();
    let calls = world.calls().await;
    assert_eq!(
        (calls[0].0.as_str(), &calls[0].1["displayName"]),
        ("PUT /Groups/2", &json!("Money"))
    );
    world.sim.org().remove_member(&group, &world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!((calls[0].0.as_str(), &calls[0].1["members"]), ("PUT /Groups/2", &json!([])));
    world.sim.org().delete_group(&group).unwrap();
    assert_eq!(world.lines().await, ["DELETE /Groups/2"]);
}

#[tokio::test]
async fn a_catalogue_app_patches_groups() {
    let world = World::with_eve(Dialect::Catalogue).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    assert_eq!((calls[0].0.as_str(), &calls[0].1["members"]), ("POST /Groups", &json!([])));
    assert_eq!(calls[1].0, "PATCH /Groups/2");
    let name = |name: &str| json!({"op": "replace", "value": {"id": "2", "displayName": name}});
    let add = json!({
        "op": "add", "path": "members", "value": [{"value": "1", "display": "eve@example.com"}],
    });
    assert_eq!(calls[1].1["Operations"], json!([name("Finance"), add]));

    world.sim.org().update_group(&group, "Money", None).unwrap();
    assert_eq!(world.calls().await[0].1["Operations"], json!([name("Money")]));

    world.sim.org().remove_member(&group, &world.eve).unwrap();
    let remove = json!({"op": "remove", "path": "members[value eq \"1\"]"});
    assert_eq!(world.calls().await[0].1["Operations"], json!([name("Money"), remove]));

    world.provisioner.unlink_group(&group, true).await.unwrap();
    assert_eq!(world.service.lines(), ["DELETE /Groups/2"]);
}

#[tokio::test]
async fn only_people_of_the_app_are_pushed_as_members() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    let other = NewUser::person("bob@example.com", "Bob", "Other", "right");
    let bob = world.sim.org().create_user(other).unwrap();
    world.sim.org().add_member(&group, &bob).unwrap();
    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    assert_eq!(calls[1].1["members"].as_array().unwrap().len(), 1, "Bob does not have the app");

    world.assign(&bob);
    let calls = world.calls().await;
    let lines: Vec<&str> = calls.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines[1..], ["POST /Users", "PUT /Groups/2"]);
    assert_eq!(calls[2].1["members"].as_array().unwrap().len(), 2);

    world.sim.org().deactivate_user(&bob).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls.last().unwrap().0, "PUT /Groups/2");
    assert_eq!(calls.last().unwrap().1["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn unlinking_a_group_may_leave_it_at_the_service() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.provisioner.unlink_group(&group, false).await.unwrap();
    world.sim.org().update_group(&group, "Money", None).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}

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
