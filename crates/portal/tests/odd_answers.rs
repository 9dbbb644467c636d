//! A server that answers as no healthy Okta would: what we then believe was done (R2 to R4, R19).

mod common;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use common::{TestClock, TestPortal, URL};
use portal::{AppId, Applied, Error, Misconfigured, Portal, Principal, Priority, Step, Verdict};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// One scripted answer.
#[derive(Clone)]
struct Answer {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
    /// Promise more than is sent, so that the connection ends in the middle.
    is_cut: bool,
}

fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, body: body.to_string(), headers: Vec::new(), is_cut: false }
}

fn error(status: u16, code: &str, summary: &str, cause: &str) -> Answer {
    let causes = if cause.is_empty() { json!([]) } else { json!([{ "errorSummary": cause }]) };
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1",
        "errorCauses": causes,
    });
    Answer { headers: vec![("x-okta-request-id", "req1".to_owned())], ..answer(status, body) }
}

fn app() -> Value {
    json!({
        "id": "0oa1", "name": "bookmark", "label": "A", "status": "ACTIVE",
        "orn": "orn:okta:idp:00o1:apps:bookmark:0oa1", "created": "2026-01-02T03:04:05.000Z",
        "accessibility": { "selfService": false, "errorRedirectUrl": null },
        "signOnMode": "BOOKMARK", "universalLogout": null,
        "settings": { "app": { "url": URL, "requestIntegration": false }, "notes": null },
    })
}

type Script = Arc<Mutex<VecDeque<Answer>>>;

async fn serve(State(script): State<Script>, request: Request) -> Response {
    let next = script.lock().expect("no poison").pop_front();
    let next = next.unwrap_or_else(|| panic!("unscripted {} {}", request.method(), request.uri()));
    let mut response = Response::builder().status(next.status);
    for (name, value) in &next.headers {
        response = response.header(*name, value);
    }
    let body = if next.is_cut {
        response = response.header("content-length", next.body.len() + 10);
        let parts = [Ok(next.body), Err(std::io::Error::other("cut off"))];
        Body::from_stream(futures_util::stream::iter(parts))
    } else {
        Body::from(next.body)
    };
    response.body(body).expect("a response")
}

async fn scripted(answers: Vec<Answer>) -> TestPortal {
    let script: Script = Arc::new(Mutex::new(answers.into()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let router = axum::Router::new().fallback(serve).with_state(script);
    tokio::spawn(async move { axum::serve(listener, router).await });
    TestPortal::new(address, "token", Some("00o1"), TestClock::new())
}

async fn create(answer: Answer) -> Result<Applied, Error> {
    let step = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    scripted(vec![answer]).await.apply(None, step).await
}

async fn step(step: Step, answers: Vec<Answer>) -> Result<Applied, Error> {
    scripted(answers).await.apply(Some(&AppId("0oa1".to_owned())), step).await
}

fn person() -> Principal {
    Principal::Person("00u1".to_owned())
}

/// R2, R4: whatever leaves it open whether the app exists says so.
#[tokio::test]
async fn a_create_without_a_usable_answer_has_an_unknown_outcome() {
    let mut foreign = app();
    foreign["settings"]["app"]["url"] = json!("https://wiki.example");
    for (what, answer) in [
        ("empty", answer(200, "")),
        ("no content", answer(204, "")),
        ("html", answer(200, "<html>Sign in</html>")),
        ("invalid", answer(200, "{\"id\":")),
        ("null", answer(200, "null")),
        ("no id", answer(200, "{}")),
        ("another app", answer(200, foreign)),
        ("cut off", Answer { is_cut: true, ..answer(200, app()) }),
        ("500", error(500, "E0000009", "Internal Server Error", "")),
        ("502 html", answer(502, "<html>Bad gateway</html>")),
        ("503 empty", answer(503, "")),
        ("504", answer(504, "")),
        ("403 html", answer(403, "<html>Blocked</html>")),
    ] {
        let result = create(answer).await;
        assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "{what}: {result:?}");
    }
    assert!(matches!(create(answer(200, app())).await, Ok(Applied::Created(_))));
    assert!(matches!(create(answer(201, app())).await, Ok(Applied::Created(_))));
}

#[tokio::test]
async fn a_connection_that_never_stood_has_a_known_outcome() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let portal = TestPortal::new(address, "token", None, TestClock::new());
    let step = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    let result = portal.apply(None, step).await;
    let Err(Error::Unavailable { detail, unknown_outcome: false }) = result else {
        panic!("{result:?}");
    };
    assert!(detail.starts_with("POST /api/v1/apps: "), "{detail}");
}

/// R3, security.md 3.3 (9): Okta did nothing.
#[tokio::test]
async fn a_429_does_nothing_and_says_when_to_come_back() {
    let throttled = Answer {
        headers: vec![
            ("x-rate-limit-limit", "50".to_owned()),
            ("x-rate-limit-remaining", "0".to_owned()),
            ("x-rate-limit-reset", "1759127105".to_owned()),
            ("date", "Mon, 29 Sep 2025 06:24:57 GMT".to_owned()),
        ],
        ..answer(429, "not even JSON")
    };
    let portal = scripted(vec![throttled]).await;
    let step = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    let now = portal.clock.now();
    let result = portal.apply(None, step.clone()).await;
    let until = now + jiff::SignedDuration::from_secs(9);
    assert_eq!(result, Err(Error::Throttled { until }));
    let reserve = portal.portal.reserve(&step, Priority::Leaver, now);
    assert!(matches!(reserve, portal::Reserve::At(at) if at == until), "{reserve:?}");
}

#[tokio::test]
async fn oktas_codes_carry_their_decision() {
    let refused = |result: Result<Applied, Error>| match result {
        Err(Error::Refused { code, reason, request_id }) => {
            assert_eq!(request_id.as_deref(), Some("req1"));
            (code, reason)
        }
        other => panic!("{other:?}"),
    };
    // A 401 about a feature is not about the token.
    let feature = error(401, "E0000015", "You do not have permission to access the feature", "");
    assert_eq!(refused(create(feature).await).0, "E0000015");
    let label = error(400, "E0000001", "Api validation failed: label", "label: too long");
    assert_eq!(refused(create(label).await).1, "Api validation failed: label: label: too long.");

    let token = create(error(401, "E0000011", "Invalid token provided", "")).await;
    let Err(Error::Misconfigured { what: Misconfigured::TokenInvalid, request_id }) = token else {
        panic!("{token:?}");
    };
    assert_eq!(request_id.as_deref(), Some("req1"));

    let busy = create(error(423, "E0000239", "Policy priorities are being reconciled.", "")).await;
    assert!(matches!(busy, Err(Error::Unavailable { unknown_outcome: false, .. })), "{busy:?}");
    let moved = Answer {
        headers: vec![("location", "http://169.254.169.254/".to_owned())],
        ..answer(302, "")
    };
    let moved = create(moved).await;
    assert!(
        matches!(moved, Err(Error::Misconfigured { what: Misconfigured::NotOkta, .. })),
        "T13: {moved:?}"
    );

    let group = || error(403, "E0000046", "Deactivate application for user forbidden.", "groups");
    let forbidden = vec![answer(200, app()), group(), group()];
    let kept = refused(step(Step::Unassign(person()), forbidden).await);
    assert!(kept.1.contains("through a group"), "{}", kept.1);
    let nobody = error(404, "E0000007", "Not found: Resource not found: 00u1 (User)", "");
    let nobody = vec![answer(200, app()), nobody];
    assert_eq!(refused(step(Step::Assign(person()), nobody).await).0, "E0000007");
    let no_app = error(404, "E0000007", "Not found: Resource not found: 0oa1 (AppInstance)", "");
    assert_eq!(step(Step::Assign(person()), vec![no_app]).await, Err(Error::NotThere));
}

#[tokio::test]
async fn what_is_already_so_is_done_and_what_is_gone_is_gone() {
    let gone = || error(404, "E0000007", "Not found: Resource not found: 0oa1 (AppInstance)", "");
    let ours = || answer(200, app());
    let nobody = error(404, "E0000007", "Not found: Resource not found: 00u1 (AppUser)", "");
    assert_eq!(step(Step::Unassign(person()), vec![ours(), nobody]).await, Ok(Applied::Done));
    // Seen a moment ago, and not there now: a replica that lags says nothing about the person.
    let lagging = vec![ours(), gone()];
    assert_eq!(step(Step::Unassign(person()), lagging).await, Err(Error::NotThere));
    assert_eq!(step(Step::Unassign(person()), vec![gone()]).await, Ok(Applied::Gone));
    assert_eq!(step(Step::Delete, vec![ours(), gone()]).await, Ok(Applied::Done));
    // Nobody has deleted it: a replica may not know it yet.
    assert_eq!(step(Step::Delete, vec![gone()]).await, Ok(Applied::Gone));
    assert_eq!(step(Step::Deactivate, vec![ours(), gone()]).await, Ok(Applied::Gone));
    // 404 from something that is not Okta proves nothing.
    let proxy = step(Step::Delete, vec![ours(), answer(404, "<html>Not found</html>")]).await;
    assert!(matches!(proxy, Err(Error::Misconfigured { .. })), "{proxy:?}");
    // Neither does a sign-in page with status 200.
    let portal = step(Step::Deactivate, vec![ours(), answer(200, "<html></html>")]).await;
    assert!(portal.as_ref().is_err_and(Error::is_outcome_unknown), "{portal:?}");
}

/// Okta keeps an assignment while a group covers the person: it becomes the group's.
#[tokio::test]
async fn who_is_in_a_group_of_the_app_is_left_to_the_group() {
    let ours = || answer(200, app());
    let group = error(403, "E0000046", "Deactivate application for user forbidden.", "groups");
    let of_group = || answer(200, json!({ "id": "00u1", "scope": "GROUP" }));
    let unassign = Step::Unassign(person());
    let result = step(unassign, vec![ours(), group, of_group()]).await;
    assert_eq!(result, Ok(Applied::Done));
    let hand_over = || Step::HandOver("00u1".to_owned());
    assert_eq!(step(hand_over(), vec![ours(), of_group()]).await, Ok(Applied::Done));
    let nobody = error(404, "E0000007", "Not found: Resource not found: 00u1 (AppUser)", "");
    assert_eq!(step(hand_over(), vec![ours(), nobody]).await, Ok(Applied::Done));
    let kept = answer(200, json!({ "id": "00u1", "scope": "USER" }));
    let result = step(hand_over(), vec![ours(), kept]).await;
    assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "{result:?}");
    let mut wiki = app();
    wiki["settings"]["app"]["url"] = json!("https://wiki.example");
    let result = step(hand_over(), vec![answer(200, wiki)]).await;
    assert!(matches!(result, Err(Error::Foreign { .. })), "T2: {result:?}");
}

fn page(ids: &[&str], next: &str) -> Answer {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "scope": "USER" })).collect();
    let links =
        if next.is_empty() { vec![] } else { vec![("link", format!("<{next}>; rel=\"next\""))] };
    Answer { headers: links, ..answer(200, Value::from(items)) }
}

async fn principals(answers: Vec<Answer>) -> Result<usize, Error> {
    let portal = scripted(answers).await;
    let app = AppId("0oa1".to_owned());
    let found = portal.portal.principals(&app, Priority::Audit, &portal.now_fn()).await;
    found.map(|found| found.len())
}

/// R19: an error, never a short answer.
#[tokio::test]
async fn a_list_is_whole_or_an_error() {
    let next = "/api/v1/apps/0oa1/users?after=a&limit=500";
    let whole = vec![page(&["00u1"], next), page(&["00u2"], ""), page(&["00g1"], "")];
    assert_eq!(principals(whole).await, Ok(3));
    for (what, answers) in [
        ("loops to itself", vec![page(&["00u1"], next), page(&["00u2"], next)]),
        ("loops to the start", vec![page(&["00u1"], "/api/v1/apps/0oa1/users?limit=500")]),
        ("repeats a page", vec![page(&["00u1"], next), page(&["00u1"], "")]),
        ("leads to another host", vec![page(&["00u1"], "https://evil.example/api/v1/apps")]),
        ("leads to another path", vec![page(&["00u1"], "/api/v1/users?limit=500")]),
        ("is html", vec![page(&["00u1"], next), answer(200, "<html></html>")]),
        ("is cut", vec![page(&["00u1"], next), Answer { is_cut: true, ..page(&["00u2"], "") }]),
        ("is empty", vec![page(&["00u1"], next), answer(204, "")]),
        ("has an item without id", vec![answer(200, json!([{ "scope": "USER" }]))]),
        ("fails", vec![page(&["00u1"], next), answer(500, "")]),
    ] {
        let result = principals(answers).await;
        assert!(
            matches!(result, Err(Error::Unavailable { unknown_outcome: false, .. })),
            "{what}: {result:?}"
        );
    }
}

/// C2: what answers is told apart before a token is sent.
#[tokio::test]
async fn a_server_that_is_not_okta_never_sees_the_token() {
    for body in ["<html></html>", "{}", "[]", "", "null"] {
        let portal = scripted(vec![answer(200, body)]).await;
        let checks = portal.portal.probe(portal.clock.now()).await;
        let not_okta = Error::Misconfigured { what: Misconfigured::NotOkta, request_id: None };
        assert_eq!(checks[0].result, Verdict::Failed(not_okta), "{body}");
        assert!(checks[1..].iter().all(|check| check.result == Verdict::Skipped));
        assert_eq!(portal.take_sent(), ["GET /.well-known/okta-organization 200"]);
    }
}

#[tokio::test]
async fn an_answer_longer_than_ten_megabytes_is_not_read() {
    let result = create(answer(200, "x".repeat(11 * 1024 * 1024))).await;
    let detail = result.as_ref().err().and_then(Error::detail).expect("a detail");
    assert!(detail.contains("10 MB"), "{detail}");
}

/// T1: a damaged id never becomes a path.
#[tokio::test]
async fn an_id_that_is_none_is_not_sent() {
    let portal = scripted(vec![]).await;
    for id in ["", "..", "a/b", "a?b", "a#b", "a%2fb", "ä"] {
        let app = AppId(id.to_owned());
        for step in [Step::Delete, Step::Deactivate, Step::Assign(person())] {
            let result = portal.apply(Some(&app), step).await;
            assert!(matches!(result, Err(Error::Refused { .. })), "{id}: {result:?}");
        }
    }
    assert_eq!(portal.writes(), 0);
}

async fn org_at(domain: &str) -> (Result<portal::Org, Error>, Result<Option<portal::App>, Error>) {
    let guard = portal::guard::Guard::new(portal::guard::Policy {
        custom_hosts: ["localhost".to_owned(), "keytile.invalid".to_owned()].into(),
        allowed_insecure_hosts: ["127.0.0.1".to_owned()].into(),
    });
    let domain = guard.domain(domain).expect("the policy allows it");
    let portal = portal::okta::OktaPortal::new(&guard, &domain, "token".to_owned(), None)
        .expect("the policy allows it");
    let now = TestClock::new().now();
    let app = AppId("0oa1".to_owned());
    (portal.org(now).await, portal.read(&app, Priority::Person, &|| now).await)
}

/// C2: each way in which a connection fails to stand has its own words; during a sync a bad name
/// or certificate passes by itself, and a private address does not.
#[tokio::test]
async fn a_connection_that_does_not_stand_says_why() {
    let misconfigured = |what| Error::Misconfigured { what, request_id: None };
    let is_passing = |read: &Result<_, Error>| {
        matches!(read, Err(Error::Unavailable { unknown_outcome: false, .. }))
    };

    let (org, read) = org_at("https://localhost").await;
    assert_eq!(org, Err(misconfigured(Misconfigured::PrivateAddress)), "T13");
    assert_eq!(read, Err(misconfigured(Misconfigured::PrivateAddress)), "T13");

    let (org, read) = org_at("https://keytile.invalid").await;
    assert_eq!(org, Err(misconfigured(Misconfigured::NoSuchHost)));
    assert!(is_passing(&read), "{read:?}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, axum::Router::new()).await });
    let (org, read) = org_at(&format!("https://{address}")).await;
    assert_eq!(org, Err(misconfigured(Misconfigured::Tls)));
    assert!(is_passing(&read), "{read:?}");
}
