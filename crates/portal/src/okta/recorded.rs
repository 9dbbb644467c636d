//! Real answers of Okta, read in place: our wire types hold against them.

use super::credential::{Granted, NotGranted};
use super::limits::Rate;
use super::wire::{WireApp, WireGroup};
use crate::{App, AppId, AppStatus};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "tests have no config.rs")]
fn recording(name: &str) -> Option<Vec<Value>> {
    let shared = std::env::var("KEYTILE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("okta/recorded").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    let mut recording: Value = serde_json::from_str(&text).expect("a recording is JSON");
    Some(serde_json::from_value(recording["interactions"].take()).expect("a list of exchanges"))
}

fn recorded_app(json: &Value) -> (App, Option<String>) {
    let app: WireApp = serde_json::from_value(json.clone()).expect("what Okta sent is read");
    let org = app.org_id().map(str::to_owned);
    (app.into_app(), org)
}

fn headers(exchange: &Value) -> HeaderMap {
    let headers = exchange["response"]["headers"].as_object().expect("headers");
    headers
        .iter()
        .filter_map(|(name, value)| {
            let value = HeaderValue::from_str(value.as_str()?).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        })
        .collect()
}

#[test]
fn recorded_bookmarks_of_both_engines_are_read() {
    for (name, org) in [
        ("01-bookmark-crud-oie.json", "00o5qwjvg8hg7YpT81d7"),
        ("02-bookmark-crud-classic.json", "00o5ptm04a2LyDEyk1d7"),
    ] {
        let Some(exchanges) = recording(name) else { return };
        let bodies = exchanges.iter().map(|exchange| &exchange["response"]["body"]);
        let apps: Vec<_> =
            bodies.filter(|body| body["name"] == "bookmark").map(recorded_app).collect();
        assert!(apps.len() >= 4, "{name}");
        for (app, found) in apps {
            assert_eq!(found.as_deref(), Some(org));
            assert_eq!(app.label, "testAcc_248474013");
            assert!(matches!(app.url.as_str(), "https://test.com" | "https://example.com"));
            assert_eq!(app.status, AppStatus::Active);
            assert!(app.created.is_some());
            assert!(!app.self_service);
        }
    }
}

#[test]
fn a_recorded_assignment_and_an_app_without_orn_are_read() {
    let Some(exchanges) = recording("12-app-user-assign.json") else { return };
    let created = &exchanges[0];
    let (app, org) = recorded_app(&created["response"]["body"]);
    assert_eq!(app.id, AppId("0oasfb9wlBI1dwITs4x6".to_owned()));
    assert_eq!(org, None, "an answer of 2020 names no org");
    let rate = Rate::from_headers(&headers(created));
    assert_eq!((rate.limit, rate.remaining), (Some(100), Some(81)));
    assert_eq!(rate.window_left().map(|left| left.as_secs()), Some(1_598_552_087 - 1_598_552_043));
}

/// R3: what Okta really says around a 429.
#[test]
fn the_recorded_429_says_how_long_to_wait() {
    let Some(exchanges) = recording("38-rate-limit-429.json") else { return };
    let throttled: Vec<_> =
        exchanges.iter().filter(|exchange| exchange["response"]["status"] == 429).collect();
    assert!(!throttled.is_empty());
    for exchange in throttled {
        let rate = Rate::from_headers(&headers(exchange));
        assert_eq!((rate.limit, rate.remaining), (Some(50), Some(0)));
        let left = rate.window_left().expect("Reset and Date make sense");
        assert!((1..=60).contains(&left.as_secs()), "{left}");
    }
}

#[test]
fn recorded_groups_and_their_nulls_are_read() {
    for name in ["22-group-crud.json", "27-group-crud-2025.json"] {
        let Some(exchanges) = recording(name) else { return };
        let bodies = exchanges.iter().map(|exchange| &exchange["response"]["body"]);
        let groups: Vec<WireGroup> = bodies
            .filter(|body| body["type"] == "OKTA_GROUP")
            .map(|body| serde_json::from_value(body.clone()).expect("what Okta sent is read"))
            .collect();
        assert!(!groups.is_empty(), "{name}");
        assert!(groups.iter().all(|group| group.is_native() && !group.name().is_empty()));
    }
}

/// C4: a real refusal without a nonce, and the token that followed.
#[test]
fn a_recorded_sign_in_of_a_service_app_is_read() {
    let Some(exchanges) = recording("48-oauth-dpop-token.json") else { return };
    let body = |at: usize| exchanges[at]["response"]["body"].clone();
    let refused: NotGranted = serde_json::from_value(body(0)).expect("an OAuth error");
    assert_eq!(refused.error, "use_dpop_nonce");
    assert!(headers(&exchanges[0]).contains_key("dpop-nonce"));
    assert!(serde_json::from_value::<Granted>(body(1)).is_ok());
}
