//! A directory pushes people and groups by SCIM: each exchange as clients send it, and what becomes of it here.

mod bulk;
mod dialects;
mod escalation;
mod groups;
mod leavers;
mod lists;
mod log;
mod many;
mod okta;
mod protocol;
mod suites;
mod users;
mod versions;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use keytile::{directories, values};
use model::MemberId;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Person, TestApp};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A SCIM client with a token, in front of the whole router.
struct Scim<'a> {
    test: &'a TestApp,
    router: Router,
    token: String,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

async fn token(test: &TestApp) -> String {
    let token = test.write(|tx, by| Box::pin(directories::add_scim_token(tx, by))).await;
    token.expose().clone()
}

impl<'a> Scim<'a> {
    async fn of(test: &'a TestApp) -> Self {
        let router = keytile::http::router::router(test.app.clone());
        Self { test, router, token: token(test).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Body::from(body.to_string())).await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Body::from(body.to_string())).await
    }

    async fn patch(&self, path: &str, operations: &Value) -> Answer {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.send(Method::PATCH, path, Body::from(body.to_string())).await
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        self.finish(request.body(body).expect("a request")).await
    }

    /// A request that depends on an entity tag.
    async fn send_if(
        &self,
        method: Method,
        path: &str,
        (name, tag): (header::HeaderName, &str),
        body: &Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/scim+json")
            .header(name, tag);
        self.finish(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    async fn finish(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the whole body");
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("SCIM answers with JSON")
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Okta's POST of somebody, which must work; the id that it gets.
    async fn user(&self, name: &str) -> String {
        self.created("/Users", &user(name)).await
    }

    /// A POST of a group with these members, which must work; the id that it gets.
    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
        self.created("/Groups", &body).await
    }

    async fn created(&self, path: &str, body: &Value) -> String {
        // Lists are in the order of ids, and those of one millisecond are in no order.
        self.test.advance_millis(1);
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// The member behind somebody whom [`Scim::user`] has made and who is active.
    async fn person(&self, name: &str) -> Person {
        let email = format!("{}@example.com", name.to_lowercase());
        let id = self.member(&email).await.expect("an active member");
        Person { id, email, name: name.into(), okta: Some(format!("00u-{name}")) }
    }

    async fn member(&self, email: &str) -> Option<MemberId> {
        let mut tx = self.test.app.db.read().await.expect("a reader");
        let workspace = self.test.workspace;
        let found = keytile::members::store::find_by_email(&mut tx, workspace, email).await;
        found.expect("the database answers")
    }

    /// The ids in a group, as a GET tells them.
    async fn members_of(&self, group: &str) -> Vec<String> {
        let group = self.get(&format!("/Groups/{group}")).await;
        assert_eq!(group.status, StatusCode::OK, "{}", group.body);
        let members = group.body["members"].as_array().expect("a list of members");
        members.iter().map(|m| m["value"].as_str().expect("an id").to_owned()).collect()
    }
}

/// Somebody as Okta posts them.
fn user(name: &str) -> Value {
    let email = format!("{}@example.com", name.to_lowercase());
    json!({
        "schemas": [USER],
        "userName": email,
        "name": {"givenName": name, "familyName": "Example"},
        "emails": [{"primary": true, "value": email, "type": "work"}],
        "displayName": format!("{name} Example"),
        "locale": "en-US",
        "externalId": format!("00u-{name}"),
        "groups": [],
        "password": "junk-password-4f",
        "active": true,
    })
}

/// The ids of the users whom a filter finds.
async fn found(scim: &Scim<'_>, filter: &str) -> Vec<String> {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let list = scim.get(&format!("/Users?filter={filter}&startIndex=1&count=100")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let ids = ids_in(&list.body);
    assert_eq!(list.body["totalResults"], ids.len());
    ids
}

/// The ids of a list's resources.
fn ids_in(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().expect("a list of resources");
    resources.iter().map(|r| r["id"].as_str().expect("an id").to_owned()).collect()
}

/// A SCIM error, whole: schema, detail, and the status as a string.
fn assert_error(answer: &Answer, status: u16, kind: Option<&str>) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/scim+json");
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(answer.body["status"], status.to_string());
    assert_eq!(answer.body["scimType"].as_str(), kind, "{}", answer.body);
    assert!(answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

/// What is alive of a member: sessions, API keys, direct shares, and places in teams.
async fn alive(test: &TestApp, member: MemberId) -> [i64; 4] {
    let member: &[_] = values![member];
    let count = |sql| test.count_of(sql, member);
    [
        count("SELECT COUNT(*) AS n FROM session WHERE member_id = $1 AND ended_at IS NULL").await,
        count("SELECT COUNT(*) AS n FROM api_key WHERE member_id = $1 AND ended_at IS NULL").await,
        count("SELECT COUNT(*) AS n FROM share WHERE member_id = $1 AND ended_at IS NULL").await,
        count(
            "SELECT COUNT(*) AS n FROM team_membership WHERE member_id = $1 AND ended_at IS NULL",
        )
        .await,
    ]
}
