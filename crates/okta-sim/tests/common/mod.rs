//! A client of the simulated org for tests: it calls the router directly, holds a clock that the
//! test moves, and checks every exchange against Okta's own OpenAPI description where that is at
//! hand.

pub mod spec;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use okta_sim::{Sim, SimConfig};
use serde_json::Value;
use tower::ServiceExt as _;

pub const BASE_URL: &str = "https://test.okta.com";
pub const TOKEN: &str = "test-token";

/// 2026-01-01T00:00:00Z
pub const START: i64 = 1_767_225_600;

/// The folder with Okta's data, or `None` after a line that says so.
pub fn shared(what: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests have no config.rs")]
    let folder = std::env::var("KEYTILE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("okta").join(what);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

pub struct TestOrg {
    pub sim: Sim,
    seconds: Arc<AtomicI64>,
    pub authorization: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn number(&self, name: &str) -> i64 {
        self.header(name).parse().unwrap()
    }

    pub fn error_code(&self) -> &str {
        self.body["errorCode"].as_str().unwrap_or_default()
    }

    /// The `next` link, without scheme and host.
    pub fn next(&self) -> Option<String> {
        let links = self.headers.get_all("link").iter();
        let next =
            links.filter_map(|link| link.to_str().ok()).find(|l| l.ends_with("rel=\"next\""));
        let address = next?.split_once('<')?.1.split_once('>')?.0;
        Some(address.strip_prefix(BASE_URL).unwrap().to_owned())
    }

    pub fn ids(&self) -> Vec<&str> {
        self.body.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
    }

    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.error_code()), (status, code), "{}", self.body);
    }
}

impl TestOrg {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut SimConfig)) -> Self {
        let seconds = Arc::new(AtomicI64::new(START));
        let clock = {
            let seconds = seconds.clone();
            move || jiff::Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
        };
        let mut config = SimConfig::new(BASE_URL, TOKEN, Arc::new(clock));
        change(&mut config);
        Self { sim: Sim::new(config), seconds, authorization: format!("SSWS {TOKEN}") }
    }

    pub fn set_clock(&self, second: i64) {
        self.seconds.store(second, Ordering::SeqCst);
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let answer = self.send(method, path, "application/json", text).await;
        spec::check(method, path, body.as_ref(), &answer);
        answer
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        media: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.authorization)
            .header("content-type", media)
            .body(body.into())
            .unwrap();
        let response = self.sim.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
