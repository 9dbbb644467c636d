//! Tokens, limits, rights, malformed calls and scripted faults.

use okta_sim::org::Permissions;
use okta_sim::{Fault, Limits, Outcome};

use super::bookmark;
use crate::common::{START, TestOrg};

#[tokio::test]
async fn a_token_is_accepted_with_and_without_the_space() {
    let mut org = TestOrg::new();
    org.authorization = "SSWStest-token".to_owned();
    assert_eq!(org.get("/api/v1/users/me").await.status, 200);
    for wrong in ["SSWS other", "Bearer test-token", "SSWS ", ""] {
        org.authorization = wrong.to_owned();
        let answer = org.get("/api/v1/users/me").await;
        answer.refused(401, "E0000011");
        assert_eq!(answer.header("x-okta-request-id").len(), 32);
        assert!(answer.headers.get("x-rate-limit-limit").is_none());
    }
}

#[tokio::test]
async fn a_revoked_token_and_one_of_a_deactivated_owner_stop_working() {
    let org = TestOrg::new();
    let owner = org.get("/api/v1/users/me").await.body["id"].as_str().unwrap().to_owned();
    org.sim.org().deactivate_user(&owner).unwrap();
    org.get("/api/v1/apps").await.refused(401, "E0000011");

    let org = TestOrg::new();
    assert_eq!(org.delete("/api/v1/api-tokens/current").await.status, 204);
    org.get("/api/v1/apps").await.refused(401, "E0000011");
}

#[tokio::test]
async fn a_token_can_do_what_its_owner_may() {
    let org = TestOrg::new();
    let set = |permissions| {
        let mut state = org.sim.org();
        let id = state.tokens.keys().next().unwrap().clone();
        state.token_mut(&id).unwrap().permissions = permissions;
    };
    set(Permissions::ReadOnly);
    assert_eq!(org.get("/api/v1/apps").await.status, 200);
    org.post("/api/v1/apps", bookmark("Wiki")).await.refused(403, "E0000006");
    set(Permissions::None);
    org.get("/api/v1/apps").await.refused(403, "E0000006");
    assert!(org.sim.org().apps.is_empty());
}

#[tokio::test]
async fn the_owner_of_a_token_shows_their_roles() {
    let org = TestOrg::new();
    let answer = org.get("/api/v1/users/me/roles").await;
    assert_eq!(answer.body[0]["type"], "SUPER_ADMIN");
    assert_eq!(answer.body[0]["label"], "Super Administrator");
}

#[tokio::test]
async fn an_integrator_org_refuses_the_eleventh_call_and_says_when_to_come_back() {
    let org = TestOrg::with(|config| config.limits = Limits::Integrator);
    for _ in 0..10 {
        assert_eq!(org.get("/api/v1/apps").await.status, 200);
    }
    org.set_clock(START + 20);
    let answer = org.get("/api/v1/apps").await;
    answer.refused(429, "E0000047");
    assert_eq!(answer.header("x-rate-limit-limit"), "10");
    assert_eq!(answer.header("x-rate-limit-remaining"), "0");
    assert_eq!(answer.number("x-rate-limit-reset"), START + 60);
    assert_eq!(answer.header("date"), "Thu, 01 Jan 2026 00:00:20 GMT");
    assert!(answer.headers.get("retry-after").is_none());
    org.set_clock(START + 60);
    assert_eq!(org.get("/api/v1/apps").await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_e0000003_and_a_strange_method_e0000022() {
    let org = TestOrg::new();
    let answer = org.send("POST", "/api/v1/apps", "application/json", "{".to_owned()).await;
    answer.refused(400, "E0000003");
    org.call("PATCH", "/api/v1/groups", None).await.refused(405, "E0000022");
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference() {
    let org = TestOrg::new();
    let app = org.new_app("Wiki").await;
    assert_eq!(org.get("/api/v1/apps/?limit=1").await.ids(), [app.as_str()]);
    assert_eq!(org.get(&format!("/api/v1/apps/{app}/")).await.status, 200);
}

#[tokio::test]
async fn an_error_has_an_id_of_its_own_and_okta_s_text() {
    let org = TestOrg::new();
    let first = org.get("/api/v1/apps/0oa1").await;
    let second = org.get("/api/v1/groups/00g1").await;
    let summary = |answer: &crate::common::Answer| answer.body["errorSummary"].clone();
    assert_eq!(summary(&first), "Not found: Resource not found: 0oa1 (AppInstance)");
    assert_eq!(summary(&second), "Not found: Resource not found: 00g1 (UserGroup)");
    assert_ne!(first.body["errorId"], second.body["errorId"]);
}

#[tokio::test]
async fn a_scripted_answer_is_given_once_and_nothing_is_done() {
    let org = TestOrg::new();
    let html = Outcome::Answer {
        status: 503,
        content_type: "text/html".to_owned(),
        body: "<h1>Maintenance</h1>".to_owned(),
    };
    org.sim.add_fault(Fault::new("POST", "/api/v1/apps", html));
    let body = bookmark("Wiki").to_string();
    let answer = org.send("POST", "/api/v1/apps", "application/json", body).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (503, "text/html"));
    assert!(org.sim.org().apps.is_empty());
    assert_eq!(org.sim.pending_faults(), 0);
    org.new_app("Wiki").await;
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_work_is_done() {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;
    let org = TestOrg::new();
    org.sim.add_fault(Fault::new("POST", "/api/v1/apps", Outcome::CommitThenDrop));
    let request = http::Request::post("/api/v1/apps")
        .header("authorization", &org.authorization)
        .body(Body::from(bookmark("Wiki").to_string()))
        .unwrap();
    let response = org.sim.router().oneshot(request).await.unwrap();
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err(), "the connection breaks");
    assert_eq!(org.sim.org().apps.len(), 1);
    assert_eq!(org.sim.traffic()[0].status, None);
}

#[tokio::test]
async fn over_the_network_a_lost_answer_has_no_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let org = TestOrg::new();
    org.sim.add_fault(Fault::new("POST", "/api/v1/apps", Outcome::CommitThenDrop));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let serving = okta_sim::serve(listener, org.sim.router(), std::future::pending());
    let server = tokio::spawn(serving);
    let body = bookmark("Wiki").to_string();
    let request = format!(
        "POST /api/v1/apps HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
        org.authorization,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The server closes by itself, although the client wanted to keep the connection.
    let _ = stream.read_to_end(&mut answer).await;
    server.abort();
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.ends_with("0\r\n\r\n"), "the last chunk is missing: {answer}");
    assert!(!answer.contains("\"id\""), "{answer}");
    assert_eq!(org.sim.org().apps.len(), 1);
}
