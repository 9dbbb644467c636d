//! Security events by push (RFC 8417, RFC 8935): session-revoked ends sessions, anything else is only heard.

use axum::body::Body;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::logout::{KIND, configure};
use super::{Issuer, sessions, signed_by, with, without};
use crate::support::{Answer, Person, TestApp, User};

const SET: &str = "secevent+jwt";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CHANGED: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";

/// As the transmitter writes it today: the subject stands in the event.
fn claims(test: &TestApp, issuer: &Issuer, id: &str, person: &Person) -> Value {
    let subject = json!({ "user": { "format": "iss_sub", "iss": issuer.url, "sub": person.okta } });
    let now = test.now().as_second();
    json!({
        "iss": issuer.url, "aud": test.app.config.origin(), "jti": id, "iat": now, "txn": "x",
        "events": { REVOKED: { "event_timestamp": now * 1_000, "initiating_entity": "admin", "subject": subject } },
    })
}

async fn push_as(test: &TestApp, kind: &str, token: &str) -> Answer {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(format!("/ssf/{}", test.directory))
        .header(header::CONTENT_TYPE, kind)
        .header(header::ACCEPT, "application/json")
        .body(Body::from(token.to_owned()));
    test.client().send(request.unwrap()).await
}

async fn push(test: &TestApp, token: &str) -> Answer {
    push_as(test, "application/secevent+jwt", token).await
}

#[tokio::test]
async fn a_revoked_session_is_one_here_too() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    let token = issuer.signed(SET, &claims(&test, &issuer, "1", &ada));
    let answer = push(&test, &token).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::ACCEPTED, ""));
    assert_eq!(sessions(&test, &ada).await, 0);
    // Sent again, because the answer was lost: heard, and done once.
    test.client_as(&ada).await;
    assert_eq!(push(&test, &token).await.status, StatusCode::ACCEPTED);
    assert_eq!(sessions(&test, &ada).await, 1);
    // The subject beside the events, and the address of the endpoint as the audience.
    let mut newer = claims(&test, &issuer, "2", &ada);
    newer["events"] = json!({ REVOKED: {} });
    newer["sub_id"] = json!({ "format": "iss_sub", "iss": issuer.url, "sub": ada.okta });
    newer["aud"] = json!([format!("{}/ssf/{}", test.app.config.origin(), test.directory)]);
    assert_eq!(push(&test, &issuer.signed(SET, &newer)).await.status, StatusCode::ACCEPTED);
    assert_eq!(sessions(&test, &ada).await, 0);
}

#[tokio::test]
async fn other_events_and_strangers_are_heard_and_end_nothing() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    let mut other = claims(&test, &issuer, "1", &ada);
    other["events"] = json!({ CHANGED: other["events"][REVOKED] });
    let stranger = Person { okta: Some("00ustranger".into()), ..ada.clone() };
    for claims in [other, claims(&test, &issuer, "2", &stranger)] {
        let answer = push(&test, &issuer.signed(SET, &claims)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{claims}");
    }
    assert_eq!(sessions(&test, &ada).await, 1);
    let heard = "SELECT COUNT(*) AS n FROM directory WHERE stream_at IS NOT NULL";
    assert_eq!(test.count(heard).await, 1);
}

/// RFC 8935, section 2.3: each flaw has its code.
#[tokio::test]
async fn a_forged_event_ends_no_session_and_is_told_why() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    let good = claims(&test, &issuer, "1", &ada);
    let now = test.now().as_second();
    let sign = |claims: &Value| issuer.signed(SET, claims);
    let none = json!({ "format": "opaque", "id": "1" });
    let cases = [
        ("invalid_issuer", sign(&with(good.clone(), "iss", json!("https://evil.okta.com")))),
        ("invalid_issuer", sign(&without(good.clone(), "iss"))),
        ("invalid_audience", sign(&with(good.clone(), "aud", json!("https://other.example")))),
        ("invalid_audience", sign(&without(good.clone(), "aud"))),
        ("invalid_key", signed_by(&issuer.other_key, SET, &good)),
        ("invalid_request", issuer.signed("JWT", &good)),
        ("invalid_request", issuer.signed(KIND, &good)),
        ("invalid_request", sign(&without(good.clone(), "jti"))),
        ("invalid_request", sign(&without(good.clone(), "iat"))),
        ("invalid_request", sign(&with(good.clone(), "iat", json!(now + 120)))),
        ("invalid_request", sign(&with(good.clone(), "iat", json!(now - 90_000)))),
        ("invalid_request", sign(&with(good.clone(), "exp", json!(now - 1)))),
        ("invalid_request", sign(&without(good.clone(), "events"))),
        ("invalid_request", sign(&with(good.clone(), "events", json!({})))),
        ("invalid_request", sign(&with(good.clone(), "events", json!([REVOKED])))),
        (
            "invalid_request",
            sign(&with(good.clone(), "events", json!({ REVOKED: { "subject": none } }))),
        ),
        ("invalid_request", sign(&with(good.clone(), "events", json!({ REVOKED: null })))),
        ("invalid_request", "nonsense".to_owned()),
        ("invalid_request", String::new()),
    ];
    for (code, token) in cases {
        let answer = push(&test, &token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{code} {token}");
        assert_eq!(answer.json()["err"], code, "{token}");
        assert_eq!(answer.header("content-language"), Some("en"));
        assert_eq!(sessions(&test, &ada).await, 1);
    }
    let answer = push_as(&test, "application/json", &sign(&good)).await;
    assert_eq!(answer.json()["err"], "invalid_request");
    let answer = push_as(&test, "Application/SecEvent+JWT; charset=utf-8", &sign(&good)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "a true one ends them");
    assert_eq!(sessions(&test, &ada).await, 0);
}
