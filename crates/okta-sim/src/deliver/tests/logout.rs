use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};

use super::*;
use crate::org::{DeliveryKind, SESSION_REVOKED, SubjectFormat, UniversalLogout, VERIFICATION};

/// Header and claims of a token that the org's published key verifies for this audience.
fn verified(world: &World, token: &str, audience: &str) -> (Header, Value) {
    let key = DecodingKey::from_jwk(&world.sim.key().published().keys[0]).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    // The org's clock is years away.
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    rules.set_issuer(&["https://example.okta.test"]);
    rules.set_audience(&[audience]);
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap();
    (decoded.header, decoded.claims)
}

impl World {
    fn takes_logouts(&self, subject: SubjectFormat) {
        let endpoint = format!("{}/universal-logout/1?tenant=a", self.address);
        let logout = UniversalLogout { endpoint, subject };
        self.sim.org().app_mut(&self.app).unwrap().universal_logout = Some(logout);
    }

    fn stream(&self) -> String {
        let (endpoint, secret) = (format!("{}/ssf/1", self.address), "Bearer s3t".to_owned());
        let events = vec![SESSION_REVOKED.to_owned()];
        self.sim.org().create_stream(&endpoint, Some(secret), events).unwrap()
    }
}

#[tokio::test]
async fn a_logout_is_signed_and_says_whom_it_is_about() {
    let world = World::new().await;
    world.takes_logouts(SubjectFormat::Email);
    assert_eq!(world.sim.org().log_out_everywhere(&world.eve).unwrap(), 1);
    let call = world.heard().await.remove(0);
    assert_eq!(call.line, "POST /universal-logout/1?tenant=a");
    assert_eq!(call.headers["content-type"], "application/json");
    let email = json!({ "sub_id": { "format": "email", "email": "eve@example.com" } });
    assert_eq!(call.json(), email);

    let bearer = call.headers["authorization"].to_str().unwrap().to_owned();
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let audience = format!("{}/universal-logout/1", world.address);
    let (header, claims) = verified(&world, token, &audience);
    assert_eq!(header.typ.as_deref(), Some("global-token-revocation+jwt"));
    let second = 1_800_000_000;
    assert_eq!(claims["sub"], "keytile", "the client id");
    let times = ["iat", "nbf", "exp"].map(|name| claims[name].as_i64().unwrap() - second);
    assert_eq!(times, [0, -300, 300]);
    assert!(claims["jti"].as_str().is_some_and(|id| id.len() == 32));

    world.takes_logouts(SubjectFormat::IssuerAndSubject);
    world.sim.org().log_out_everywhere(&world.eve).unwrap();
    let whom = world.heard().await.remove(0).json();
    let person =
        json!({ "format": "iss_sub", "iss": "https://example.okta.test", "sub": world.eve });
    assert_eq!(whom["sub_id"], person);
}

#[tokio::test]
async fn only_the_apps_that_a_person_has_are_asked_and_a_refusal_is_noted() {
    let world = World::new().await;
    world.takes_logouts(SubjectFormat::Email);
    let admin = world.sim.admin().to_owned();
    assert_eq!(world.sim.org().log_out_everywhere(&admin).unwrap(), 0);
    assert!(world.heard().await.is_empty());

    // Sent also when the person is gone by then.
    world.listener.answer_next(StatusCode::NOT_FOUND);
    {
        let mut org = world.sim.org();
        org.log_out_everywhere(&world.eve).unwrap();
        org.deactivate_user(&world.eve).unwrap();
    }
    assert_eq!(world.heard().await.len(), 1);
    let org = world.sim.org();
    let noted = org.deliveries().next_back().unwrap();
    assert_eq!((noted.kind, noted.status), (DeliveryKind::UniversalLogout, Some(404)));
    assert_eq!(noted.about, "eve@example.com");
}

#[tokio::test]
async fn the_end_of_a_session_is_a_security_event() {
    let world = World::new().await;
    let stream = world.stream();
    world.sim.org().clear_sessions(&world.eve, false).unwrap();
    let call = world.heard().await.remove(0);
    assert_eq!(call.line, "POST /ssf/1");
    assert_eq!(call.headers["content-type"], "application/secevent+jwt");
    assert_eq!(call.headers["accept"], "application/json");
    assert_eq!(call.headers["authorization"], "Bearer s3t");
    let audience = format!("{}/ssf/1", world.address);
    let (header, claims) = verified(&world, &call.body, &audience);
    assert_eq!(header.typ.as_deref(), Some("secevent+jwt"));
    let event = &claims["events"][SESSION_REVOKED];
    let person =
        json!({ "format": "iss_sub", "iss": "https://example.okta.test", "sub": world.eve });
    assert_eq!(event["subject"]["user"], person);
    assert_eq!(event["event_timestamp"], 1_800_000_000_000_i64);
    assert_eq!(claims["iat"], 1_800_000_000);
    assert!(claims.get("sub").is_none() && claims.get("exp").is_none(), "RFC 8417");

    world.sim.org().verify_stream(&stream, Some("abc".to_owned())).unwrap();
    let (_, claims) = verified(&world, &world.heard().await[0].body, &audience);
    assert_eq!(claims["events"][VERIFICATION]["state"], "abc");
    world.sim.org().delete_stream(&stream).unwrap();
    world.sim.org().end_session(&world.eve);
    assert!(world.heard().await.is_empty());
}
