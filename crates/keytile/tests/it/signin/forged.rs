//! ID tokens that an identity provider should never have made: none lets anybody in (T6, ASVS 9.1, 10.5).

use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use url::Url;

use super::{CLIENT_ID, begin, configure, query};
use crate::support::{Person, TestApp, User, rsa};

/// An issuer that signs whatever a test asks for.
struct Forger {
    url: String,
    key: EncodingKey,
    other_key: EncodingKey,
    next: Arc<Mutex<String>>,
}

impl Forger {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = rsa();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        public.common.key_id = Some("kid-1".into());
        let keys = json!({ "keys": [public] });
        let next = Arc::new(Mutex::new(String::new()));
        let metadata = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let token = {
            let next = Arc::clone(&next);
            move || async move {
                let id_token = next.lock().unwrap().clone();
                Json(json!({
                    "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": id_token
                }))
            }
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(|| async { Json(metadata) }))
            .route("/keys", get(|| async { Json(keys) }))
            .route("/token", post(token));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, key, other_key: rsa(), next }
    }

    fn signed(&self, claims: &Value) -> String {
        Self::signed_by(&self.key, claims)
    }

    fn signed_by(key: &EncodingKey, claims: &Value) -> String {
        let header = Header { kid: Some("kid-1".into()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, key).unwrap()
    }

    /// Signs in with the token that `forge` makes of the good claims.
    async fn attempt(
        &self,
        app: &TestApp,
        person: &Person,
        forge: impl FnOnce(Value) -> String,
    ) -> StatusCode {
        let mut browser = app.client();
        let away = browser.get(&begin(app, "/")).await;
        let away = query(&Url::parse(away.location()).unwrap());
        let now = app.now().as_second();
        let claims = json!({
            "iss": self.url, "aud": CLIENT_ID, "sub": person.okta, "nonce": away["nonce"],
            "iat": now, "exp": now + 300, "auth_time": now, "email": person.email, "email_verified": true,
        });
        *self.next.lock().unwrap() = forge(claims);
        let state = &away["state"];
        browser.get(&format!("/sign-in/callback?code=c&state={state}")).await.status
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

type Forge<'a> = Box<dyn FnOnce(Value) -> String + 'a>;

#[tokio::test]
async fn a_forged_id_token_lets_nobody_in() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    let forger = Forger::start().await;
    configure(&app, &forger.url).await;
    let f = &forger;
    let now = app.now().as_second();

    let good = f.attempt(&app, &ada, |c| f.signed(&c)).await;
    assert_eq!(good, StatusCode::SEE_OTHER, "a true token lets in");
    assert_eq!(app.recorded("session.opened").await, 1);

    let forgeries: Vec<(&str, Forge<'_>)> = vec![
        ("another audience", Box::new(|c| f.signed(&with(c, "aud", json!("someone-else"))))),
        ("no audience", Box::new(|c| f.signed(&without(c, "aud")))),
        ("two audiences", Box::new(|c| f.signed(&with(c, "aud", json!([CLIENT_ID, "other"]))))),
        ("another party", Box::new(|c| f.signed(&with(c, "azp", json!("someone-else"))))),
        ("another issuer", Box::new(|c| f.signed(&with(c, "iss", json!("https://evil.okta.com"))))),
        (
            "issuer with a slash",
            Box::new(|c| f.signed(&with(c, "iss", json!(format!("{}/", f.url))))),
        ),
        ("no issuer", Box::new(|c| f.signed(&without(c, "iss")))),
        ("another nonce", Box::new(|c| f.signed(&with(c, "nonce", json!("n"))))),
        ("no nonce", Box::new(|c| f.signed(&without(c, "nonce")))),
        ("expired", Box::new(|c| f.signed(&with(c, "exp", json!(now - 1))))),
        ("no expiry", Box::new(|c| f.signed(&without(c, "exp")))),
        ("no subject", Box::new(|c| f.signed(&without(c, "sub")))),
        (
            "the subject is an e-mail address",
            Box::new(|c| f.signed(&with(c.clone(), "sub", c["email"].clone()))),
        ),
        ("another key under the same id", Box::new(|c| Forger::signed_by(&f.other_key, &c))),
        (
            "alg none",
            Box::new(|c| {
                let part = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
                format!("{}.{}.", part(&json!({ "alg": "none", "kid": "kid-1" })), part(&c))
            }),
        ),
        (
            "signed with the client secret",
            Box::new(|c| {
                let key = EncodingKey::from_secret(super::CLIENT_SECRET.as_bytes());
                encode(&Header::new(Algorithm::HS256), &c, &key).unwrap()
            }),
        ),
        (
            "signature removed",
            Box::new(|c| {
                let token = f.signed(&c);
                token[..=token.rfind('.').unwrap()].to_owned()
            }),
        ),
        (
            "claims changed after signing",
            Box::new(|c| {
                let token = f.signed(&with(c.clone(), "sub", json!("somebody")));
                let parts: Vec<_> = token.split('.').collect();
                format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(c.to_string()), parts[2])
            }),
        ),
        ("not a token", Box::new(|_| "nonsense".to_owned())),
    ];
    for (what, forge) in forgeries {
        let status = f.attempt(&app, &ada, forge).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(app.recorded("session.opened").await, 1, "nobody else came in");
}

/// ASVS 10.2.2: an issuer whose endpoints lie elsewhere is not asked.
#[tokio::test]
async fn an_issuer_answers_for_itself_alone() {
    let app = TestApp::start().await;
    let forger = Forger::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": here,
        "authorization_endpoint": format!("{}/authorize", forger.url),
        "token_endpoint": format!("{here}/token"),
        "jwks_uri": format!("{}/keys", forger.url),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let router =
        Router::new().route("/.well-known/openid-configuration", get(|| async { Json(metadata) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    configure(&app, &here).await;
    let answer = app.client().get(&begin(&app, "/")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
}
