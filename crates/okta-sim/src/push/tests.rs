//! What Okta's client puts on the wire, against a recorder that answers as a SCIM service would.

mod groups;
mod people;
mod queue;
mod switches;

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
