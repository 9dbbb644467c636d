//! A service app at the org's authorization server (C4): what it proves, keeps, and never tells.

use crate::script::{Answer, Scripted, answer, error, list, now};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use portal::okta::{AppKey, Credential, Scope, ServiceApp};
use portal::{Error, GroupId, Misconfigured, Portal, Priority, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn pem(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn curve() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key")
}

fn curve_pem(pair: &EcdsaKeyPair) -> String {
    pem(pair.to_pkcs8v1().expect("a document").as_ref())
}

fn app(key: &str, is_dpop: bool) -> Credential {
    let count = AtomicU64::new(1);
    Credential::ServiceApp(ServiceApp {
        client_id: "0oaclient".to_owned(),
        key: AppKey::read(key, Some("key-1".to_owned())).expect("a private key"),
        is_dpop,
        scopes: Scope::NEEDED.to_vec(),
        chance: Arc::new(move || u128::from(count.fetch_add(1, Ordering::SeqCst))),
    })
}

fn granted(kind: &str, token: &str) -> Answer {
    answer(
        200,
        json!({ "token_type": kind, "expires_in": 3600, "access_token": token,
        "scope": "okta.apps.manage" }),
    )
}

fn denied(status: u16, error: &str, why: &str) -> Answer {
    answer(status, json!({ "error": error, "error_description": why }))
}

async fn read_at(portal: &Scripted, now: Timestamp) -> Result<(), Error> {
    let group = GroupId("00g1".to_owned());
    portal.portal.group_members(&group, Priority::Person, &|| now).await.map(|_| ())
}

fn form(request: &Request<Vec<u8>>) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

/// The claims, after checking the signature with the public half.
fn claims(token: &str, public: &DecodingKey, algorithm: Algorithm) -> Value {
    let mut rules = Validation::new(algorithm);
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    decode::<Value>(token, public, &rules).expect("a good signature").claims
}

fn public_of(pair: &EcdsaKeyPair) -> DecodingKey {
    let point = &pair.public_key().as_ref()[1..];
    let (x, y) = point.split_at(32);
    DecodingKey::from_ec_components(&URL_SAFE_NO_PAD.encode(x), &URL_SAFE_NO_PAD.encode(y))
        .expect("a public key")
}

#[tokio::test]
async fn an_assertion_is_short_lived_and_its_token_is_kept_for_an_hour() {
    let pair = curve();
    let token = "tok-en";
    let portal = Scripted::new(
        app(&curve_pem(&pair), false),
        vec![
            granted("Bearer", token),
            list(&[]),
            list(&[]),
            granted("Bearer", "second"),
            list(&[]),
        ],
    );
    read_at(&portal, now()).await.expect("a list");
    read_at(&portal, now() + SignedDuration::from_mins(57)).await.expect("a list");
    read_at(&portal, now() + SignedDuration::from_mins(58)).await.expect("a list");
    let seen = portal.script.seen();
    let paths: Vec<&str> = seen.iter().map(|request| request.uri().path()).collect();
    let members = "/api/v1/groups/00g1/users";
    assert_eq!(paths, ["/oauth2/v1/token", members, members, "/oauth2/v1/token", members]);
    assert_eq!(seen[1].headers()["authorization"], "Bearer tok-en");
    assert_eq!(seen[4].headers()["authorization"], "Bearer second");

    assert!(!seen[0].headers().contains_key("authorization"));
    let form = form(&seen[0]);
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "okta.apps.manage okta.users.read okta.groups.read");
    let assertion = &form["client_assertion"];
    assert_eq!(decode_header(assertion).expect("a token").kid.as_deref(), Some("key-1"));
    let said = claims(assertion, &public_of(&pair), Algorithm::ES256);
    assert_eq!(said["aud"], "https://org.example/oauth2/v1/token");
    assert_eq!((&said["iss"], &said["sub"]), (&json!("0oaclient"), &json!("0oaclient")));
    let lifetime = said["exp"].as_i64().expect("exp") - said["iat"].as_i64().expect("iat");
    assert!((1..=300).contains(&lifetime), "{lifetime} s");
    assert_eq!(said["jti"], "00000000000000000000000000000001");
    let told = portal.told();
    assert!(!told.contains(assertion.as_str()) && !told.contains(token), "T26: {told}");
}

/// RFC 9449: the proof is about this request and this token.
#[tokio::test]
async fn each_request_of_a_bound_token_carries_its_own_proof() {
    let portal = Scripted::new(
        app(&curve_pem(&curve()), true),
        vec![
            denied(400, "use_dpop_nonce", "nonce required").with("dpop-nonce", "n-1"),
            granted("DPoP", "tok-en"),
            list(&[]),
        ],
    );
    read_at(&portal, now()).await.expect("a list");
    let seen = portal.script.seen();
    let proofs: Vec<Value> = seen
        .iter()
        .map(|request| {
            let proof = request.headers()["dpop"].to_str().expect("ASCII");
            let header = decode_header(proof).expect("a token");
            assert_eq!(header.typ.as_deref(), Some("dpop+jwt"));
            let jwk = header.jwk.expect("its public key");
            assert!(!serde_json::to_string(&jwk).expect("JSON").contains("\"d\""));
            claims(proof, &DecodingKey::from_jwk(&jwk).expect("a key"), Algorithm::ES256)
        })
        .collect();
    assert_eq!(proofs[0].get("nonce"), None);
    assert_eq!(proofs[1]["nonce"], "n-1");
    assert_eq!(proofs[1]["htu"], "https://org.example/oauth2/v1/token");
    assert_eq!(seen[2].headers()["authorization"], "DPoP tok-en");
    assert_eq!((&proofs[2]["htm"], proofs[2].get("nonce")), (&json!("GET"), None));
    assert_eq!(proofs[2]["htu"], "https://org.example/api/v1/groups/00g1/users", "no query");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"tok-en");
    assert_eq!(proofs[2]["ath"], URL_SAFE_NO_PAD.encode(hash));
    let ids: std::collections::BTreeSet<&str> =
        proofs.iter().map(|proof| proof["jti"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 3);
}

/// A nonce is tried once; an org that hands out one after another is not asked for ever.
#[tokio::test]
async fn a_proof_that_is_never_accepted_ends() {
    let again = |nonce| denied(400, "use_dpop_nonce", "nonce required").with("dpop-nonce", nonce);
    for answers in [vec![again("a"), again("b")], vec![again("a"), again("a")]] {
        let portal = Scripted::new(app(&curve_pem(&curve()), true), answers);
        let result = read_at(&portal, now()).await;
        assert!(matches!(result, Err(Error::Refused { .. })), "{result:?}");
        assert_eq!(portal.script.seen().len(), 2);
    }
}

/// C2: what an admin has to put right is told apart.
#[tokio::test]
async fn each_way_of_not_being_let_in_has_its_own_words() {
    use Misconfigured::{ClientUnknown, DpopRequired, KeyNotRegistered, ScopeNotGranted};
    for (answer, wanted) in [
        (denied(401, "invalid_client", "Invalid value for 'client_id' parameter."), ClientUnknown),
        (
            denied(401, "invalid_client", "The client_assertion signature is invalid."),
            KeyNotRegistered,
        ),
        (
            denied(401, "invalid_client", "The client_assertion JWT kid is invalid."),
            KeyNotRegistered,
        ),
        (denied(400, "invalid_scope", "One or more scopes are not configured."), ScopeNotGranted),
        (denied(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing."), DpopRequired),
    ] {
        let portal = Scripted::new(app(&curve_pem(&curve()), false), vec![answer]);
        let result = read_at(&portal, now()).await;
        let Err(Error::Misconfigured { what, .. }) = result else { panic!("{result:?}") };
        assert_eq!(what, wanted);
    }
    for answer in [denied(503, "temporarily_unavailable", ""), answer(502, "<html></html>")] {
        let portal = Scripted::new(app(&curve_pem(&curve()), false), vec![answer]);
        let result = read_at(&portal, now()).await;
        let passing = matches!(result, Err(Error::Unavailable { unknown_outcome: false, .. }));
        assert!(passing, "{result:?}");
    }
}

/// T27: a token that was revoked is not used again.
#[tokio::test]
async fn a_token_that_okta_refuses_is_forgotten() {
    let invalid = crate::script::error(401, "E0000011", "Invalid token provided");
    let answers = vec![granted("Bearer", "one"), invalid, granted("Bearer", "two"), list(&[])];
    let portal = Scripted::new(app(&curve_pem(&curve()), false), answers);
    let result = read_at(&portal, now()).await;
    assert!(matches!(result, Err(Error::Misconfigured { .. })), "{result:?}");
    assert_eq!(read_at(&portal, now()).await, Ok(()));
}

/// What a client with this key sends to sign in.
async fn assertion_of(key: AppKey) -> String {
    let credential = Credential::ServiceApp(ServiceApp {
        client_id: "0oaclient".to_owned(),
        key,
        is_dpop: false,
        scopes: Scope::NEEDED.to_vec(),
        chance: Arc::new(|| 1),
    });
    let portal = Scripted::new(credential, vec![granted("Bearer", "t"), list(&[])]);
    read_at(&portal, now()).await.expect("a list");
    form(&portal.script.seen()[0])["client_assertion"].clone()
}

/// One element of DER: its contents, and what follows.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, header) = match der[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7f);
            let bytes = &der[2..2 + count];
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
        }
    };
    der[header..].split_at(length)
}

/// The JWK of an RSA key in PKCS#8: its numbers are in the octets behind version and algorithm.
fn rsa_jwk(pkcs8: &[u8]) -> Value {
    let (_version, rest) = element(element(pkcs8).0);
    let (_algorithm, rest) = element(rest);
    let (_version, mut rest) = element(element(element(rest).0).0);
    let mut jwk = json!({ "kty": "RSA", "kid": "r" });
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        let (number, more) = element(rest);
        let first = number.iter().position(|byte| *byte != 0).expect("not zero");
        jwk[name] = json!(URL_SAFE_NO_PAD.encode(&number[first..]));
        rest = more;
    }
    jwk
}

fn rsa_public(jwk: &Value) -> DecodingKey {
    let number = |name: &str| jwk[name].as_str().expect("a number").to_owned();
    DecodingKey::from_rsa_components(&number("n"), &number("e")).expect("a public key")
}

/// What an admin may paste, and what not.
#[tokio::test]
async fn keys_are_read_as_pem_and_as_jwk() {
    let rsa = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).expect("a document");
    let from_pem = AppKey::read(&pem(der.as_ref()), None).expect("RSA as PEM");
    let rsa_jwk = rsa_jwk(der.as_ref());
    let from_jwk = AppKey::read(&rsa_jwk.to_string(), None).expect("RSA as JWK");
    for key in [from_pem, from_jwk] {
        let said = claims(&assertion_of(key).await, &rsa_public(&rsa_jwk), Algorithm::RS256);
        assert_eq!(said["sub"], "0oaclient");
    }

    let pair = curve();
    let point = pair.public_key().as_ref();
    let private = pair.private_key();
    let d =
        aws_lc_rs::encoding::AsBigEndian::<aws_lc_rs::encoding::EcPrivateKeyBin<'_>>::as_be_bytes(
            &private,
        )
        .expect("a number");
    let mut jwk = json!({
        "kty": "EC", "crv": "P-256", "kid": "from-jwk", "use": "sig", "alg": "ES256",
        "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
        "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        "d": URL_SAFE_NO_PAD.encode(d.as_ref()),
    });
    let key = AppKey::read(&jwk.to_string(), None).expect("a curve as JWK");
    assert!(!format!("{key:?}").contains(jwk["d"].as_str().expect("a text")), "T26");
    let assertion = assertion_of(key).await;
    let _ = claims(&assertion, &public_of(&pair), Algorithm::ES256);
    assert_eq!(decode_header(&assertion).expect("a token").kid.as_deref(), Some("from-jwk"));

    jwk.as_object_mut().expect("an object").remove("d");
    for bad in [
        "",
        "x",
        "{}",
        &jwk.to_string(),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ] {
        assert!(matches!(AppKey::read(bad, None), Err(Misconfigured::BadKey)), "{bad}");
    }
}

/// C2: the test of a service app needs no person behind it.
#[tokio::test]
async fn a_service_app_passes_the_test_and_cannot_be_a_super_administrator() {
    let org = answer(200, json!({ "id": "00o1", "pipeline": "idx" }));
    let forbidden = || crate::script::error(403, "E0000006", "You do not have permission");
    let answers =
        vec![org, granted("Bearer", "t"), list(&[]), list(&[]), list(&[]), list(&[]), forbidden()];
    let portal = Scripted::new(app(&curve_pem(&curve()), false), answers);
    let checks = portal.portal.probe(now()).await;
    let failed =
        |check: &portal::Check| matches!(check.result, Verdict::Failed(_) | Verdict::Skipped);
    assert!(!checks.iter().any(failed), "{checks:#?}");
    assert_eq!(portal::okta::Abilities::of(&checks), portal::okta::Abilities::default());
    assert!(portal.sent().iter().all(|line| !line.contains("/users/me")));
}

/// C4: what Okta says of a credential is told in the words of the one that we have.
#[tokio::test]
async fn a_service_app_is_told_of_as_what_it_is() {
    let invalid = error(401, "E0000011", "Invalid token provided");
    let forbidden =
        error(403, "E0000006", "You do not have permission to perform the requested action");
    for (answer, wanted) in [
        (invalid, Misconfigured::AppRefused),
        (forbidden, Misconfigured::AppForbidden { missing: "read the members of groups" }),
    ] {
        let key = curve_pem(&curve());
        let portal = Scripted::new(app(&key, false), vec![granted("Bearer", "t"), answer]);
        let Err(Error::Misconfigured { what, .. }) = read_at(&portal, now()).await else {
            panic!("it is refused");
        };
        assert_eq!(std::mem::discriminant(&what), std::mem::discriminant(&wanted));
        assert!(!what.to_string().contains("token"), "{what}");
        assert_eq!(what.is_end_of_credential(), what == Misconfigured::AppRefused);
    }
}
