use axum::body::{Body, to_bytes};
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::org::{NewApp, NewUser};
use crate::{SimConfig, VirtualClock};

const ORG: &str = "https://test.okta.com";

fn world() -> Sim {
    let clock = VirtualClock::starting_at(Timestamp::UNIX_EPOCH);
    Sim::new(SimConfig::on_virtual_clock(ORG, "token", &clock))
}

async fn ask(sim: &Sim, method: &str, path: &str, body: Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = router(sim.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// One call to the management API.
async fn call(sim: &Sim, method: &str, path: &str) -> Option<u16> {
    let request = Request::builder().method(method).uri(path).header("authorization", "SSWS token");
    let reply = sim.call(request.body(axum::body::Bytes::new()).unwrap()).await;
    reply.ok().map(|reply| reply.status.as_u16())
}

#[tokio::test]
async fn faults_are_scripted_and_met_once() {
    let sim = world();
    let answer = json!({ "status": 503, "content_type": "text/html", "body": "no" });
    let trick = json!({ "trick": "limited", "reset": "past" });
    for outcome in [
        json!("drop"),
        json!("commit_then_drop"),
        json!({ "answer": answer }),
        json!({ "play": trick }),
    ] {
        let fault = json!({ "method": "GET", "path": "/api/v1/apps", "outcome": outcome });
        assert_eq!(ask(&sim, "POST", "/faults", fault).await.0, 204);
    }
    assert_eq!(ask(&sim, "GET", "/faults", Value::Null).await.1, json!({ "pending": 4 }));
    let mut met = Vec::new();
    for _ in 0..5 {
        met.push(call(&sim, "GET", "/api/v1/apps").await);
    }
    assert_eq!(met, [None, None, Some(503), Some(429), Some(200)]);
}

#[tokio::test]
async fn mischief_is_set_and_told_with_the_traffic() {
    let sim = world();
    let odds = json!({ "seed": 7, "odds": { "html": 1000 } });
    assert_eq!(ask(&sim, "PUT", "/mischief", odds).await.0, 204);
    call(&sim, "GET", "/api/v1/org").await;
    let (_, strikes) = ask(&sim, "GET", "/strikes", Value::Null).await;
    assert_eq!(strikes[0]["trick"], "html");
    let (_, traffic) = ask(&sim, "GET", "/traffic", Value::Null).await;
    assert_eq!((&traffic[0]["path"], &traffic[0]["status"]), (&json!("/api/v1/org"), &json!(200)));
    assert_eq!(traffic[0]["struck"]["trick"], "html");
    for list in ["/strikes", "/traffic"] {
        assert_eq!(ask(&sim, "DELETE", list, Value::Null).await.0, 204);
        assert_eq!(ask(&sim, "GET", list, Value::Null).await.1, json!([]));
    }
    let none = json!({ "seed": 7, "odds": "none" });
    assert_eq!(ask(&sim, "PUT", "/mischief", none).await.0, 204);
}

#[tokio::test]
async fn the_clock_is_advanced_and_jumps() {
    let sim = world();
    let (_, clock) = ask(&sim, "POST", "/clock/advance", json!({ "seconds": 90 })).await;
    assert_eq!(clock, json!({ "now": "1970-01-01T00:01:30Z", "virtual": true }));
    ask(&sim, "PUT", "/clock", json!({ "now": "2026-01-01T00:00:00Z" })).await;
    assert_eq!(sim.now().to_string(), "2026-01-01T00:00:00Z");
    let start = Timestamp::UNIX_EPOCH;
    let real = Sim::new(SimConfig::new(ORG, "token", std::sync::Arc::new(move || start)));
    let (status, problem) = ask(&real, "POST", "/clock/advance", json!({ "seconds": 1 })).await;
    assert_eq!(status, 400);
    assert!(problem["error"].as_str().unwrap().contains("--virtual-clock"));
}

#[tokio::test]
async fn an_admin_interferes_by_name_and_by_chance() {
    let sim = world();
    let app = sim.org().create_app(NewApp::bookmark("Wiki", "https://example.com"), true).unwrap();
    let act = json!({ "kind": "rename_app", "app": app, "label": "Mine" });
    assert_eq!(ask(&sim, "POST", "/interferences", act).await.0, 200);
    assert_eq!(sim.org().apps[&app].label, "Mine");
    let drawn = json!({ "seed": 7, "acts": 5, "odds": { "edit_notes": 1 } });
    let (_, done) = ask(&sim, "POST", "/interferences/drawn", drawn).await;
    assert_eq!(done.as_array().unwrap().len(), 5);
    let (_, all) = ask(&sim, "GET", "/interferences", Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 6);
    assert_eq!(all[0]["kind"], "rename_app");
}

#[tokio::test]
async fn the_cap_and_the_rights_of_a_token_change_while_it_runs() {
    let sim = world();
    let (_, settings) = ask(&sim, "PATCH", "/settings", json!({ "app_cap": 0 })).await;
    assert_eq!((&settings["app_cap"], &settings["reassign_conflicts"]), (&json!(0), &json!(false)));
    let wiki = NewApp::bookmark("Wiki", "https://example.com");
    assert!(sim.org().create_app(wiki.clone(), true).is_err());
    ask(&sim, "PATCH", "/settings", json!({ "reassign_conflicts": true })).await;
    assert_eq!(sim.org().settings.app_cap, Some(0), "what is left out stays");
    ask(&sim, "PATCH", "/settings", json!({ "app_cap": null })).await;
    let app = sim.org().create_app(wiki, true).unwrap();

    // From then on a list of people lags, and what is read by its ids does not.
    ask(&sim, "PATCH", "/settings", json!({ "assignment_lag_seconds": 60 })).await;
    let mut org = sim.org();
    let new = NewUser::person("ada@example.com", "Ada", "B", "correct horse");
    let user = org.create_user(new).unwrap();
    org.assign_user(&app, &user, None, None, None).unwrap();
    assert!(org.app_user(&app, &user).is_ok());
    assert!(!org.is_assignment_listed(&app, &user));
    drop(org);

    // Whom the org deactivates keeps what is inactive, and nothing else.
    ask(&sim, "PATCH", "/settings", json!({ "inactive_apps_keep_people": true })).await;
    let mut org = sim.org();
    let other = org.create_app(NewApp::bookmark("Other", "https://example.com"), true).unwrap();
    org.assign_user(&other, &user, None, None, None).unwrap();
    org.deactivate_app(&app).unwrap();
    org.deactivate_user(&user).unwrap();
    assert!(org.app_user(&app, &user).is_ok() && org.app_user(&other, &user).is_err());
    drop(org);

    let (_, tokens) = ask(&sim, "GET", "/tokens", Value::Null).await;
    assert!(!tokens.to_string().contains("\"token\""), "no value is shown: {tokens}");
    let path = format!("/tokens/{}", tokens[0]["id"].as_str().unwrap());
    let rights = json!({ "apps": "read", "groups": { "members_of": ["00g1"] } });
    let (status, token) =
        ask(&sim, "PATCH", &path, json!({ "permissions": { "granted": rights } })).await;
    assert_eq!((status, &token["permissions"]["granted"]["apps"]), (200, &json!("read")));
    assert_eq!(call(&sim, "GET", "/api/v1/apps").await, Some(200));
    assert_eq!(call(&sim, "GET", "/api/v1/users").await, Some(403));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_why() {
    let sim = world();
    for (method, path, body, status, why) in [
        ("GET", "/nothing", json!(null), 404, "GET / lists what there is"),
        ("DELETE", "/clock", json!(null), 404, "there is no DELETE /clock"),
        (
            "PUT",
            "/mischief",
            json!({ "seed": 1, "odds": "much" }),
            400,
            "there is none, everything",
        ),
        ("PUT", "/mischief", json!({ "seed": 1, "odds": { "hmtl": 1 } }), 400, "hmtl"),
        ("PUT", "/mischief", json!({ "odds": "none" }), 400, "seed"),
        ("POST", "/interferences", json!({ "kind": "rename_app", "app": "x" }), 400, "label"),
        ("POST", "/interferences", json!({ "kind": "sing" }), 400, "sing"),
        ("POST", "/interferences", json!({ "kind": "delete_app", "app": "x" }), 404, "E0000007"),
        ("POST", "/faults", json!({ "path": "apps", "outcome": "drop" }), 400, "slash"),
        ("POST", "/faults", json!({ "path": "/x", "outcome": "explode" }), 400, "explode"),
        ("PATCH", "/tokens/00T1", json!({}), 404, "E0000007"),
        ("PATCH", "/settings", json!({ "cap": 1 }), 400, "cap"),
    ] {
        let (met, problem) = ask(&sim, method, path, body).await;
        assert_eq!(met, status, "{method} {path}: {problem}");
        let text = problem["error"].as_str().unwrap();
        assert!(text.contains(why), "{method} {path}: {text}");
    }
}

#[test]
fn the_help_names_every_route_and_every_kind_of_interference() {
    let source = include_str!("mod.rs");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    for route in routes {
        let route = route.replace("{token}", "{id}");
        assert!(HELP.contains(&route), "{route}");
    }
    let all = serde_json::to_value(crate::Meddling::everything()).unwrap();
    for kind in all.as_object().unwrap().keys() {
        assert!(HELP.contains(&format!("{kind}(")), "{kind}");
    }
}
