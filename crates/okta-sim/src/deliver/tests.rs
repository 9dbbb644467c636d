//! What the org tells others, against a listener that writes down what it hears.

mod hooks;
mod logout;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::*;
use crate::SimConfig;
use crate::org::{AppKind, HookChannel, HookHeader, NewApp, NewHook, NewUser, OidcClient};

/// One call that was heard.
struct Heard {
    line: String,
    headers: HeaderMap,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn events(&self) -> Vec<String> {
        let body = self.json();
        let events = body["data"]["events"].as_array().unwrap().iter();
        events.map(|event| event["eventType"].as_str().unwrap().to_owned()).collect()
    }
}

/// Answers 200, proves that it owns its address, and keeps everything; answers may be scripted.
#[derive(Clone, Default)]
struct Listener {
    heard: Arc<Mutex<Vec<Heard>>>,
    scripted: Arc<Mutex<Vec<StatusCode>>>,
}

impl Listener {
    fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    fn answer_next(&self, status: StatusCode) {
        self.scripted.lock().unwrap().push(status);
    }
}

async fn hear(State(listener): State<Listener>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    let challenge = parts.headers.get("x-okta-verification-challenge").cloned();
    listener.heard.lock().unwrap().push(Heard { line, headers: parts.headers, body });
    let mut scripted = listener.scripted.lock().unwrap();
    if !scripted.is_empty() {
        return scripted.remove(0).into_response();
    }
    match challenge {
        Some(value) => {
            axum::Json(json!({ "verification": value.to_str().unwrap() })).into_response()
        }
        None => StatusCode::OK.into_response(),
    }
}

struct World {
    sim: Sim,
    courier: Courier,
    listener: Listener,
    /// Where the listener is reached.
    address: String,
    eve: String,
    app: String,
}

impl World {
    async fn new() -> Self {
        let listener = Listener::default();
        let router = Router::new().fallback(hear).with_state(listener.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", socket.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(socket, router).await });
        let clock = Arc::new(|| jiff::Timestamp::from_second(1_800_000_000).unwrap());
        let sim = Sim::new(SimConfig::new("https://example.okta.test", "token", clock));
        let (eve, app) = {
            let mut org = sim.org();
            let new = NewUser::person("eve@example.com", "Eve", "Example", "right");
            let eve = org.create_user(new).unwrap();
            let client = OidcClient { client_id: "keytile".to_owned(), ..OidcClient::default() };
            let app = NewApp::of_kind("Keytile", AppKind::Oidc(client));
            let app = org.create_app(app, true).unwrap();
            org.assign_user(&app, &eve, None, None, None).unwrap();
            (eve, app)
        };
        Self { courier: Courier::new(sim.clone()), sim, listener, address, eve, app }
    }

    /// A hook that hears of these events, not verified yet.
    fn hook(&self, events: &[&str]) -> String {
        let auth = HookHeader { key: "Authorization".to_owned(), value: "s3cret".to_owned() };
        let new = NewHook {
            name: "Keytile".to_owned(),
            description: None,
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            channel: HookChannel {
                uri: format!("{}/hooks/okta/1", self.address),
                auth: Some(auth),
                headers: Vec::new(),
            },
        };
        self.sim.org().create_hook(new, "00u1").unwrap()
    }

    /// As [`World::hook`], verified, and with nothing heard yet.
    async fn verified_hook(&self, events: &[&str]) -> String {
        let hook = self.hook(events);
        self.courier.verify_hook(&hook).await.unwrap();
        self.listener.take();
        hook
    }

    async fn heard(&self) -> Vec<Heard> {
        self.courier.settle().await;
        self.listener.take()
    }
}
