use super::*;

#[tokio::test]
async fn a_signed_assertion_becomes_a_bearer_token_for_an_hour() {
    let world = World::new(false);
    let scope = "okta.users.read okta.logs.read";
    let answer = world.ask(&world.signed(&world.assertion()), scope, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert_eq!(answer.body["scope"], "okta.users.read", "what was not granted is left out");
    assert_eq!(answer.headers["x-rate-limit-limit"], "150");
    let none = world.ask(&world.signed(&world.assertion()), "okta.logs.read", None).await;
    assert_eq!((none.status.as_u16(), &none.body["error"]), (400, &json!("consent_required")));
}

#[tokio::test]
async fn an_assertion_that_does_not_hold_is_refused() {
    let world = World::new(false);
    let change = |name: &str, value: Value| {
        let mut claims = world.assertion();
        claims[name] = value;
        claims
    };
    let now = world.sim.now().as_second();
    for claims in [
        change("aud", json!(ORG)),
        change("exp", json!(now)),
        change("exp", json!(now + 3601)),
        change("iss", json!("other")),
        change("sub", json!("other")),
    ] {
        let answer = world.ask(&world.signed(&claims), "okta.apps.manage", None).await;
        assert_eq!(answer.body["error"], "invalid_client", "{claims}");
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let once = world.signed(&world.assertion());
    assert_eq!(world.ask(&once, "okta.apps.manage", None).await.status, StatusCode::OK);
    assert_eq!(world.ask(&once, "okta.apps.manage", None).await.status, StatusCode::UNAUTHORIZED);
    let stranger = Key::generate().sign(Header::new(Algorithm::RS256), &world.assertion());
    let answer = world.ask(&stranger, "okta.apps.manage", None).await;
    assert_eq!(answer.body["error"], "invalid_client");
}

/// Recordings 48 and 49.
#[tokio::test]
async fn an_app_that_requires_proofs_asks_for_one_and_then_for_a_nonce() {
    let world = World::new(true);
    let none = world.ask(&world.signed(&world.assertion()), "okta.apps.manage", None).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    let text = "The DPoP proof JWT header is missing.";
    assert_eq!(none.body, json!({ "error": "invalid_dpop_proof", "error_description": text }));
    assert!(none.headers.get("dpop-nonce").is_none());

    let proof = world.proof("POST", "/oauth2/v1/token", json!({}));
    let first = world.ask(&world.signed(&world.assertion()), "okta.apps.manage", Some(proof)).await;
    assert_eq!(first.status, StatusCode::BAD_REQUEST);
    let text = "Authorization server requires nonce in DPoP proof.";
    assert_eq!(first.body, json!({ "error": "use_dpop_nonce", "error_description": text }));
    assert!(first.headers.get("dpop-nonce").is_some());
    world.bound_token().await;
}

/// R3.
#[tokio::test]
async fn the_token_endpoint_has_a_limit_too() {
    use crate::{Mischief, Trick};
    let world = World::new(false);
    world.sim.set_mischief(Mischief { limited: 1000, ..Mischief::none() }, 7);
    let answer = world.ask(&world.signed(&world.assertion()), "okta.apps.manage", None).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errorCode"]), (429, &json!("E0000047")));
    assert!(matches!(world.sim.strikes()[0].trick, Trick::Limited { .. }));
    let exchange = world.sim.traffic().pop().unwrap();
    assert_eq!((exchange.path.as_str(), exchange.token_id), ("/oauth2/v1/token", Some(world.app)));
}

#[tokio::test]
async fn a_nonce_grows_old() {
    let world = World::new(true);
    let nonce = world.sim.org().dpop_nonce();
    world.seconds.fetch_add(73 * 3600, Ordering::SeqCst);
    let proof = world.proof("POST", "/oauth2/v1/token", json!({ "nonce": nonce }));
    let late = world.ask(&world.signed(&world.assertion()), "okta.apps.manage", Some(proof)).await;
    assert_eq!(late.body["error"], "use_dpop_nonce");
}
