//! Public recordings of a real Okta, replayed: the same requests in the same order must meet the
//! same status and error code, and answers must have the fields that Okta's have.

use std::collections::HashMap;

use okta_sim::Limits;
use okta_sim::org::{GroupType, NewUser, Org};
use serde_json::{Value, json};

use super::scope;
use crate::common::{Answer, TestOrg, shared, spec};

/// Fields of newer or differently configured orgs that the simulation does not print.
const NOT_PRINTED: [&str; 1] = ["realmId"];

#[tokio::test]
async fn every_recording_in_scope_meets_the_same_status_and_error_code() {
    let Some(folder) = shared("recorded") else { return };
    let mut replayed = 0;
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    names.sort();
    for name in names {
        if scope::reason_to_leave_out(&name).is_none() {
            replayed += Replay::of(&name).run().await;
        }
    }
    assert!(replayed > 200, "only {replayed} exchanges were replayed");
}

#[test]
fn every_file_that_is_left_out_exists_and_has_a_reason() {
    let Some(folder) = shared("recorded") else { return };
    for (number, reason) in scope::LEFT_OUT {
        let mut files = std::fs::read_dir(&folder).unwrap();
        let there = files.any(|f| f.unwrap().file_name().to_string_lossy().starts_with(number));
        assert!(there, "{number}: no such recording");
        assert!(!reason.is_empty());
    }
}

#[tokio::test]
async fn limits_count_down_refuse_and_reopen_as_recorded() {
    let Some(path) = shared("recorded/38-rate-limit-429.json") else { return };
    let org = TestOrg::with(|config| config.limits = Limits::Workforce);
    // What is left of our window, and when it closes.
    let (mut left, mut closes) = (50, 0);
    for exchange in interactions(&path) {
        let recorded = &exchange["response"]["headers"];
        let number = |name: &str| recorded[name].as_str().unwrap().parse::<i64>().unwrap();
        let (remaining, reset) = (number("x-rate-limit-remaining"), number("x-rate-limit-reset"));
        if reset != closes {
            (left, closes) = (50, reset);
            org.set_clock(reset - 60);
        }
        // The file holds an excerpt: the calls that were left out are made up for.
        while left > remaining + 1 {
            left = org.get("/api/v1/apps/none/users").await.number("x-rate-limit-remaining");
        }
        let now = jiff::fmt::rfc2822::parse(recorded["Date"].as_str().unwrap()).unwrap();
        org.set_clock(now.timestamp().as_second());
        let answer = org.get(exchange["request"]["path"].as_str().unwrap()).await;
        assert_eq!(json!(answer.status.as_u16()), exchange["response"]["status"]);
        assert_eq!(json!(answer.error_code()), exchange["response"]["body"]["errorCode"]);
        for name in ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "Date"] {
            assert_eq!(answer.header(name), recorded[name], "{name} of {}", exchange["n"]);
        }
        assert!(answer.headers.get("retry-after").is_none());
        left = remaining;
    }
}

fn interactions(path: &std::path::Path) -> Vec<Value> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["interactions"].as_array().unwrap().clone()
}

struct Replay {
    name: String,
    org: TestOrg,
    interactions: Vec<Value>,
    /// Recorded ids and the ones that the simulation handed out instead.
    ids: HashMap<String, String>,
    /// Where the last list of ours goes on.
    next: Option<String>,
}

impl Replay {
    fn of(name: &str) -> Self {
        let org = TestOrg::new();
        let interactions = interactions(&shared(&format!("recorded/{name}")).unwrap());
        let ids = prepare(name, &mut org.sim.org());
        Self { name: name.to_owned(), org, interactions, ids, next: None }
    }

    async fn run(mut self) -> usize {
        for (index, exchange) in self.interactions.clone().iter().enumerate() {
            let (request, recorded) = (&exchange["request"], &exchange["response"]);
            let method = request["method"].as_str().unwrap();
            let path = self.path(request["path"].as_str().unwrap());
            let answer = self.send(method, &path, request, recorded).await;
            let at = format!("{} exchange {index}: {method} {path}\n{}", self.name, answer.body);
            assert_status(method, &path, recorded, &answer, &at);
            let code = recorded["body"]["errorCode"].as_str().unwrap_or_default();
            assert_eq!(answer.error_code(), code, "{at}");
            assert_same_fields(&recorded["body"], &answer.body, &at);
            self.learn(&recorded["body"], &answer.body);
            self.next = answer.next();
        }
        self.interactions.len()
    }

    async fn send(&self, method: &str, path: &str, request: &Value, recorded: &Value) -> Answer {
        let media = request["headers"]["Content-Type"].as_str().unwrap_or_default();
        if let Some(text) = request["body"].as_str() {
            // The recording cuts long bodies off: end the form.
            let boundary = media.split_once("boundary=").map_or("", |(_, boundary)| boundary);
            let form = format!("{text}\r\n--{boundary}--\r\n");
            // It also took the first byte of the picture for text.
            let form = mended(&form, "\u{fffd}PNG", b"\x89PNG");
            return self.org.send(method, path, media, form).await;
        }
        let body = match &request["body"] {
            Value::Null => missing_body(method, path, &recorded["body"]),
            body => Some(body.clone()),
        };
        let body = body.map(|body| self.translated(&body.to_string())).unwrap_or_default();
        let answer = self.org.send(method, path, "application/json", body).await;
        // Only our side: Okta's own tools send what Okta's description does not allow.
        spec::check(method, path, None, &answer);
        answer
    }

    fn path(&self, recorded: &str) -> String {
        // A recorded cursor means "go on": ours is in our own link.
        match &self.next {
            Some(next) if recorded.contains("after=") => next.clone(),
            _ => self.translated(recorded),
        }
    }

    fn translated(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    fn learn(&mut self, recorded: &Value, ours: &Value) {
        if let (Some(theirs), Some(ours)) = (recorded["id"].as_str(), ours["id"].as_str()) {
            self.ids.insert(theirs.to_owned(), ours.to_owned());
        }
    }
}

fn mended(text: &str, broken: &str, right: &[u8]) -> Vec<u8> {
    match text.split_once(broken) {
        Some((before, after)) => [before.as_bytes(), right, after.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}

// The recordings of 2020 came without request bodies; they follow from what was answered.
fn missing_body(method: &str, path: &str, answer: &Value) -> Option<Value> {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').skip(2).collect();
    match (method, segments.as_slice()) {
        ("POST", ["apps"]) => Some(json!({
            "label": answer["label"],
            "name": answer["name"],
            "signOnMode": answer["signOnMode"],
            "settings": { "app": answer["settings"]["app"] },
        })),
        ("POST", ["apps", _, "users"]) => {
            Some(json!({ "id": answer["id"], "scope": answer["scope"] }))
        }
        ("PUT", ["apps", _, "groups", _]) => Some(json!({})),
        ("POST", ["groups"]) | ("PUT", ["groups", _]) => {
            Some(json!({ "profile": answer["profile"] }))
        }
        ("POST", ["eventHooks"]) | ("PUT", ["eventHooks", _]) => Some(json!({
            "name": answer["name"],
            "events": answer["events"],
            "channel": answer["channel"],
        })),
        ("POST", ["users"]) => Some(json!({
            "profile": answer["profile"],
            "credentials": { "password": { "value": "Password150kta" } },
        })),
        _ => None,
    }
}

#[track_caller]
fn assert_status(method: &str, path: &str, recorded: &Value, answer: &Answer, at: &str) {
    let status = answer.status.as_u16();
    // Deactivating a person was answered 200 and 204 in recordings of the same day.
    if method == "POST" && path.contains("/users/") && path.ends_with("/lifecycle/deactivate") {
        assert!([200, 204].contains(&status), "{at}");
        return;
    }
    assert_eq!(json!(status), recorded["status"], "{at}");
}

/// Every field that Okta printed, we print.
#[track_caller]
fn assert_same_fields(recorded: &Value, ours: &Value, at: &str) {
    let first = |value: &Value| value.as_array().map_or(value.clone(), |all| all[0].clone());
    let (recorded, ours) = match (recorded.as_array(), ours.as_array()) {
        (Some(theirs), Some(mine)) if theirs.is_empty() || mine.is_empty() => return,
        _ => (first(recorded), first(ours)),
    };
    let (Some(recorded), Some(ours)) = (recorded.as_object(), ours.as_object()) else { return };
    for name in recorded.keys().filter(|name| !NOT_PRINTED.contains(&name.as_str())) {
        assert!(ours.contains_key(name), "the field {name} is missing in {at}");
    }
}

/// What a recording takes for granted: things that were there before it began.
fn prepare(name: &str, org: &mut Org) -> HashMap<String, String> {
    let mut ids = HashMap::new();
    match &name[..2] {
        "08" => org.settings.app_cap = Some(1),
        "32" => {
            let earlier = NewUser::person("earlier@example.com", "Ear", "Lier", "secret");
            org.create_user(earlier).unwrap();
        }
        "34" => {
            for (login, last_name) in [("smith", "Smith"), ("jones", "Jones"), ("one", "One")] {
                let login = format!("{login}@example.com");
                let person = NewUser::person(&login, "TestAcc", last_name, "secret");
                org.create_user(person).unwrap();
            }
        }
        "51" => {
            let owner = org.users.keys().next().unwrap().clone();
            let token = org.add_token("api-token-test-token", "another", &owner);
            ids.insert("00T1gtr35t8ZbfBfV1d7".to_owned(), token);
        }
        "60" => {
            let person = NewUser::person("groups@example.com", "Test", "Groups", "secret");
            let user = org.create_user(person).unwrap();
            let group = org.create_group(GroupType::Okta, "testAcc_2", None).unwrap();
            org.add_member(&group, &user).unwrap();
            ids.insert("00ukwrao7kQG7xxeY1d7".to_owned(), user);
        }
        _ => {}
    }
    ids
}
