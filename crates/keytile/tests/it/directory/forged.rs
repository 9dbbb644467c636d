//! Tokens that ask for somebody to be signed out and that their issuer should never have made: none signs anybody out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::logout::{CLIENT_ID, KIND, ask, at_issuer, claims, configure, url};
use super::{Issuer, sessions, signed_by, with, without};
use crate::support::{TestApp, User};

type Forge<'a> = Box<dyn FnOnce(Value) -> String + 'a>;

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}

#[tokio::test]
async fn a_forged_logout_signs_nobody_out() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    let (i, now) = (&issuer, test.now().as_second());
    let another =
        format!("{}/universal-logout/dir_00000000000000000000000000", test.app.config.origin());
    let forgeries: Vec<(&str, Forge<'_>)> = vec![
        ("another audience", Box::new(|c| i.signed(KIND, &with(c, "aud", json!("someone-else"))))),
        (
            "our client as the audience",
            Box::new(|c| i.signed(KIND, &with(c, "aud", json!(CLIENT_ID)))),
        ),
        ("another directory", Box::new(move |c| i.signed(KIND, &with(c, "aud", json!(another))))),
        (
            "an audience with a query",
            Box::new(|c| i.signed(KIND, &with(c, "aud", json!(format!("{}?x", url(&test)))))),
        ),
        ("no audience", Box::new(|c| i.signed(KIND, &without(c, "aud")))),
        ("an empty list of audiences", Box::new(|c| i.signed(KIND, &with(c, "aud", json!([]))))),
        (
            "another issuer",
            Box::new(|c| i.signed(KIND, &with(c, "iss", json!("https://evil.okta.com")))),
        ),
        (
            "issuer with a slash",
            Box::new(|c| i.signed(KIND, &with(c, "iss", json!(format!("{}/", i.url))))),
        ),
        ("no issuer", Box::new(|c| i.signed(KIND, &without(c, "iss")))),
        ("another client", Box::new(|c| i.signed(KIND, &with(c, "sub", json!("0oa-other"))))),
        ("no client", Box::new(|c| i.signed(KIND, &without(c, "sub")))),
        ("expired", Box::new(move |c| i.signed(KIND, &with(c, "exp", json!(now))))),
        ("no expiry", Box::new(|c| i.signed(KIND, &without(c, "exp")))),
        (
            "an expiry as text",
            Box::new(move |c| i.signed(KIND, &with(c, "exp", json!((now + 300).to_string())))),
        ),
        ("not yet", Box::new(move |c| i.signed(KIND, &with(c, "nbf", json!(now + 120))))),
        ("of the future", Box::new(move |c| i.signed(KIND, &with(c, "iat", json!(now + 120))))),
        (
            "kept for a day",
            Box::new(move |c| {
                i.signed(
                    KIND,
                    &with(with(c, "iat", json!(now - 86_400)), "exp", json!(now + 86_400)),
                )
            }),
        ),
        (
            "kept for more than five minutes",
            Box::new(move |c| i.signed(KIND, &with(c, "iat", json!(now - 301)))),
        ),
        ("no instant", Box::new(|c| i.signed(KIND, &without(c, "iat")))),
        ("no name", Box::new(|c| i.signed(KIND, &without(c, "jti")))),
        ("an empty name", Box::new(|c| i.signed(KIND, &with(c, "jti", json!(""))))),
        ("an ID token", Box::new(|c| i.signed("JWT", &c))),
        ("a security event", Box::new(|c| i.signed("secevent+jwt", &c))),
        (
            "no kind",
            Box::new(|c| {
                let header = Header {
                    kid: Some("kid-1".into()),
                    typ: None,
                    ..Header::new(Algorithm::RS256)
                };
                encode(&header, &c, &i.key).unwrap()
            }),
        ),
        ("another key under the same id", Box::new(|c| signed_by(&i.other_key, KIND, &c))),
        (
            "a key that nobody knows",
            Box::new(|c| {
                let header = Header {
                    kid: Some("kid-9".into()),
                    typ: Some(KIND.into()),
                    ..Header::new(Algorithm::RS256)
                };
                encode(&header, &c, &i.key).unwrap()
            }),
        ),
        (
            "no key's name",
            Box::new(|c| {
                let header = Header { typ: Some(KIND.into()), ..Header::new(Algorithm::RS256) };
                encode(&header, &c, &i.key).unwrap()
            }),
        ),
        (
            "another algorithm of the same key",
            Box::new(|c| {
                let header = Header {
                    kid: Some("kid-1".into()),
                    typ: Some(KIND.into()),
                    ..Header::new(Algorithm::RS512)
                };
                encode(&header, &c, &i.key).unwrap()
            }),
        ),
        (
            "alg none",
            Box::new(|c| unsigned(&json!({ "alg": "none", "kid": "kid-1", "typ": KIND }), &c)),
        ),
        (
            "alg None",
            Box::new(|c| unsigned(&json!({ "alg": "None", "kid": "kid-1", "typ": KIND }), &c)),
        ),
        (
            "signed with the client secret",
            Box::new(|c| {
                let header = Header {
                    kid: Some("kid-1".into()),
                    typ: Some(KIND.into()),
                    ..Header::new(Algorithm::HS256)
                };
                encode(&header, &c, &EncodingKey::from_secret(b"a-client-secret")).unwrap()
            }),
        ),
        (
            "signature removed",
            Box::new(|c| {
                let token = i.signed(KIND, &c);
                token[..=token.rfind('.').unwrap()].to_owned()
            }),
        ),
        (
            "claims changed after signing",
            Box::new(|c| {
                let token = i.signed(KIND, &with(c.clone(), "jti", json!("else")));
                let parts: Vec<_> = token.split('.').collect();
                format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(c.to_string()), parts[2])
            }),
        ),
        ("four parts", Box::new(|c| format!("{}.x", i.signed(KIND, &c)))),
        ("far too long", Box::new(|c| i.signed(KIND, &with(c, "x", json!("x".repeat(20_000)))))),
        ("not a token", Box::new(|_| "nonsense".to_owned())),
        ("nothing", Box::new(|_| String::new())),
    ];
    assert!(forgeries.len() > 30);
    for (number, (what, forge)) in forgeries.into_iter().enumerate() {
        let token = forge(claims(&test, i, &format!("forged {number}")));
        let answer = ask(&test, &token, &at_issuer(i, &ada)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
        assert_eq!(sessions(&test, &ada).await, 1, "{what}");
    }
    let token = i.signed(KIND, &claims(&test, i, "true"));
    let answer = ask(&test, &token, &at_issuer(i, &ada)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "a true token signs out");
    test.client_as(&ada).await;
    let answer = ask(&test, &token, &at_issuer(i, &ada)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "and is used up");
    assert_eq!(sessions(&test, &ada).await, 1);
}
