//! The org as browsers and OpenID Connect clients meet it, through the router.

mod console;
mod dashboard;
mod sign_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use url::Url;

use super::*;
use crate::SimConfig;
use crate::org::{AppKind, NewApp, NewUser, OidcClient};

const ORG: &str = "https://example.okta.test";
const CALLBACK: &str = "https://keytile.test/signin/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

/// An org with one OpenID Connect client, Eve who may use it, and Mallory who may not.
struct World {
    sim: Sim,
    router: Router,
    seconds: Arc<AtomicI64>,
    eve: String,
    client_app: String,
}

impl World {
    fn new() -> Self {
        Self::with(|people| people)
    }

    fn with(configure: impl FnOnce(People) -> People) -> Self {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let clock = {
            let seconds = Arc::clone(&seconds);
            Arc::new(move || jiff::Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap())
        };
        let sim = Sim::new(SimConfig::new(ORG, "token", clock));
        let (eve, client_app) = {
            let mut org = sim.org();
            let eve = org.create_user(person("eve", "Eve Example")).unwrap();
            org.create_user(person("mallory", "Mallory Other")).unwrap();
            let client = OidcClient {
                client_id: "keytile".to_owned(),
                client_secret: "s3cret".to_owned(),
                redirect_uris: vec![CALLBACK.to_owned()],
                post_logout_redirect_uris: vec!["https://keytile.test/".to_owned()],
                ..OidcClient::default()
            };
            let app = NewApp::of_kind("Keytile", AppKind::Oidc(client));
            let app = org.create_app(app, true).unwrap();
            org.assign_user(&app, &eve, None, None, None).unwrap();
            (eve, app)
        };
        let router = configure(People::new(sim.clone())).into_router();
        Self { sim, router, seconds, eve, client_app }
    }

    fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A bookmark that is assigned to Eve.
    fn bookmark(&self, label: &str) -> String {
        let mut org = self.sim.org();
        let url = "https://keytile.test/launch/abc";
        let app = org.create_app(NewApp::bookmark(label, url), true).unwrap();
        org.assign_user(&app, &self.eve, None, None, None).unwrap();
        app
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, uri: &str, cookie: &str) -> Response<Body> {
        let request = Request::get(uri).header(header::COOKIE, cookie).body(Body::empty());
        self.send(request.unwrap()).await
    }

    async fn post(&self, uri: &str, cookie: &str, form: &[(&str, &str)]) -> Response<Body> {
        self.send(post(uri, cookie, form)).await
    }

    /// Signs somebody in and gives the cookie.
    async fn sign_in(&self, login: &str) -> String {
        let form = [("username", login), ("password", "right"), ("fromURI", "")];
        let answer = self.post("/login", "", &form).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        cookie_of(&answer)
    }

    /// Asks for a code, with `extra` parameters on top of a good request.
    async fn authorize(&self, cookie: &str, extra: &[(&str, &str)]) -> Response<Body> {
        self.get(&authorize_uri(extra), cookie).await
    }

    async fn code(&self, cookie: &str) -> String {
        let back = location(&self.authorize(cookie, &[]).await);
        parameter(&back, "code").expect("a code")
    }

    async fn redeem(&self, code: &str, verifier: &str) -> (StatusCode, Value) {
        self.redeem_with(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
            ("client_id", "keytile"),
            ("client_secret", "s3cret"),
        ])
        .await
    }

    async fn redeem_with(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        json(self.post("/oauth2/v1/token", "", form).await).await
    }
}

fn person(name: &str, full_name: &str) -> NewUser {
    let (first, last) = full_name.split_once(' ').unwrap();
    NewUser::person(&format!("{name}@example.com"), first, last, "right")
}

fn post(uri: &str, cookie: &str, form: &[(&str, &str)]) -> Request<Body> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(body))
        .unwrap()
}

fn authorize_uri(extra: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let good = [
        ("client_id", "keytile"),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.into_iter().filter(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    let pairs: Vec<_> = kept.chain(extra.iter().copied()).collect();
    page::with_query("/oauth2/v1/authorize", &pairs)
}

fn location(answer: &Response<Body>) -> String {
    assert_eq!(answer.status(), StatusCode::FOUND);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

fn parameter(uri: &str, name: &str) -> Option<String> {
    let uri = Url::parse(ORG).unwrap().join(uri).unwrap();
    uri.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn cookie_of(answer: &Response<Body>) -> String {
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

async fn text(answer: Response<Body>) -> String {
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn json(answer: Response<Body>) -> (StatusCode, Value) {
    let status = answer.status();
    (status, serde_json::from_str(&text(answer).await).unwrap())
}
