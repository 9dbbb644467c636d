//! A service app of the tests, and what it meets at the token endpoint and the API.

mod calls;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::body::{Body, to_bytes};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, Request, StatusCode};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::org::{AppKind, NewApp, OidcClient, Permissions, Rights, ServiceClient};
use crate::{Sim, SimConfig};

const ORG: &str = "https://test.okta.com";
const START: i64 = 1_767_225_600;

/// A key of a client.
pub(crate) struct Key {
    private: EncodingKey,
    public: Jwk,
}

impl Key {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der = pair.as_der().unwrap();
        let body = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let public = Jwk::from_encoding_key(&private, Algorithm::RS256).unwrap();
        Self { private, public }
    }

    fn sign(&self, header: Header, claims: &Value) -> String {
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

/// An org with one service app that may manage apps and read people.
struct World {
    sim: Sim,
    key: Key,
    app: String,
    seconds: Arc<AtomicI64>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl World {
    fn new(requires_dpop: bool) -> Self {
        let seconds = Arc::new(AtomicI64::new(START));
        let clock = {
            let seconds = Arc::clone(&seconds);
            move || jiff::Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
        };
        let sim = Sim::new(SimConfig::new(ORG, "token", Arc::new(clock)));
        let key = Key::generate();
        let service = ServiceClient {
            keys: vec![key.public.clone()],
            scopes: ["okta.apps.manage", "okta.users.read"].map(ToOwned::to_owned).into(),
            requires_dpop,
            permissions: Permissions::Granted(Rights::application_administrator()),
        };
        let client = OidcClient {
            client_id: "service".to_owned(),
            service: Some(service),
            ..OidcClient::default()
        };
        let app = NewApp::of_kind("Service", AppKind::Oidc(client));
        let app = sim.org().create_app(app, true).unwrap();
        Self { sim, key, app, seconds }
    }

    fn assertion(&self) -> Value {
        json!({
            "iss": "service", "sub": "service", "aud": format!("{ORG}/oauth2/v1/token"),
            "exp": self.sim.now().as_second() + 300, "jti": self.unique(),
        })
    }

    fn unique(&self) -> String {
        self.sim.org().random_text(16)
    }

    fn signed(&self, claims: &Value) -> String {
        self.key.sign(Header::new(Algorithm::RS256), claims)
    }

    /// A proof for one request.
    fn proof(&self, method: &str, path: &str, more: Value) -> String {
        let mut claims = json!({
            "htm": method, "htu": format!("{ORG}{path}"), "jti": self.unique(),
            "iat": self.sim.now().as_second(),
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(self.key.public.clone());
        self.key.sign(header, &claims)
    }

    async fn ask(&self, assertion: &str, scope: &str, proof: Option<String>) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
            ("scope", scope),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post("/oauth2/v1/token")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn token(&self, scope: &str) -> String {
        let answer = self.ask(&self.signed(&self.assertion()), scope, None).await;
        answer.body["access_token"].as_str().expect("a token").to_owned()
    }

    /// A token that is bound to the key, after the detour for a nonce.
    async fn bound_token(&self) -> String {
        let ask = async |more| {
            let proof = self.proof("POST", "/oauth2/v1/token", more);
            self.ask(&self.signed(&self.assertion()), "okta.apps.manage", Some(proof)).await
        };
        let first = ask(json!({})).await;
        let answer = ask(json!({ "nonce": first.headers["dpop-nonce"].to_str().unwrap() })).await;
        assert_eq!(answer.body["token_type"], "DPoP", "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, path: &str, authorization: &str) -> Answer {
        self.call_with(method, path, authorization, None).await
    }

    async fn call_with(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        proof: Option<String>,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let mut request = request.header("authorization", authorization);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response = self.sim.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

fn digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}
