//! Whatever the API answers, its document has said that it may.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use model::share::ItemRole;
use model::workspace::WorkspaceRole;
use serde_json::Value;

use super::World;
use super::table::CALLS;
use super::table::For::Anybody;
use crate::support::TestApp;

/// The statuses that the document names for each call.
struct Documented(Value);

impl Documented {
    fn new() -> Self {
        Self(serde_json::to_value(keytile::api::document()).expect("a document"))
    }

    fn operation(&self, method: &str, template: &str) -> &Value {
        &self.0["paths"][template][method.to_lowercase()]
    }

    fn takes_body(&self, method: &str, template: &str) -> bool {
        !self.operation(method, template)["requestBody"].is_null()
    }

    fn takes_after(&self, method: &str, template: &str) -> bool {
        let parameters = self.operation(method, template)["parameters"].as_array();
        parameters.into_iter().flatten().any(|parameter| parameter["name"] == "after")
    }

    #[track_caller]
    fn check(&self, method: &str, template: &str, status: StatusCode) {
        let answers = self.operation(method, template)["responses"].as_object().expect("answers");
        let answers: BTreeSet<&str> = answers.keys().map(String::as_str).collect();
        assert!(
            answers.contains(status.as_str()),
            "{method} {template}: {status}, not {answers:?}"
        );
    }
}

#[tokio::test]
async fn what_each_role_is_answered_is_documented() {
    let (world, documented) = (World::new().await, Documented::new());
    for role in WorkspaceRole::ALL.into_iter().filter(|role| *role != WorkspaceRole::Owner) {
        let person = world.app.member(role.title(), role).await;
        let actor = world.app.actor(&person).await;
        for route in CALLS.iter().copied().filter(|route| route.2 != Anybody) {
            documented.check(route.0, route.1, world.as_actor(route, &actor).await);
        }
    }
    for route in CALLS.iter().copied().filter(|route| route.2 != Anybody) {
        documented.check(route.0, route.1, world.status(route, header::AUTHORIZATION, "").await);
    }
}

#[tokio::test]
async fn what_a_broken_request_is_answered_is_documented() {
    let (world, documented) = (World::new().await, Documented::new());
    let owner = world.app.actor(&world.app.owner).await;
    let key = world.key(&owner).await;
    // Whoever may read the lists is told what is wrong with a query.
    let account: model::AccountId = world.id("account_id").parse().expect("an id");
    world.app.share(account, &world.app.owner, ItemRole::Owner).await;
    let send = async |method: &str, path: &str, kind: &str, body: String| {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a method"))
            .uri(path)
            .header(header::AUTHORIZATION, &key)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body));
        world.app.client().send(request.expect("a request")).await.status
    };
    let json = "application/json";
    for (method, template, _) in CALLS {
        let path = world.path(template);
        if documented.takes_body(method, template) {
            let unknown = r#"{"unknown": 1}"#.to_owned();
            let large = format!("{{\"name\": \"{}\"}}", "x".repeat(300_000));
            for (status, kind, body) in [
                (StatusCode::BAD_REQUEST, json, "{".to_owned()),
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "text/plain", unknown.clone()),
                (StatusCode::UNPROCESSABLE_ENTITY, json, unknown),
                (StatusCode::PAYLOAD_TOO_LARGE, json, large),
            ] {
                assert_eq!(send(method, &path, kind, body).await, status, "{method} {path}");
                documented.check(method, template, status);
            }
        }
        if documented.takes_after(method, template) {
            let sign = if path.contains('?') { '&' } else { '?' };
            for (status, query) in [
                (StatusCode::UNPROCESSABLE_ENTITY, "after=nonsense"),
                (StatusCode::BAD_REQUEST, "limit=many"),
            ] {
                let path = format!("{path}{sign}{query}");
                assert_eq!(send(method, &path, json, String::new()).await, status, "{path}");
                documented.check(method, template, status);
            }
        }
    }
}

/// RFC 9110, section 15.5.6.
#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has() {
    let app = TestApp::start().await;
    let mut program = app.api_as(&app.owner).await;
    let answer = program.call(Method::PUT, "/api/v1/teams").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let allowed = answer.header("allow").expect("the header").split(',').map(str::trim);
    assert_eq!(allowed.collect::<BTreeSet<_>>(), BTreeSet::from(["GET", "HEAD", "POST"]));
    let problem = &answer.json()["error"];
    assert_eq!(problem["code"], "method_not_allowed");
    let told = problem["message"].as_str().expect("a sentence");
    assert!(["GET", "HEAD", "POST"].iter().all(|method| told.contains(method)), "{told}");
    assert!(!told.contains("button"), "{told}");
}
