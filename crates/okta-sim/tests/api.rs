//! The management API through its front door: what a client meets, call by call. Every exchange is
//! also judged by Okta's OpenAPI description (`common::spec`).

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

#[path = "api/apps.rs"]
mod apps;
#[path = "api/assignments.rs"]
mod assignments;
mod common;
#[path = "api/errors.rs"]
mod errors;
#[path = "api/groups.rs"]
mod groups;
#[path = "api/hooks.rs"]
mod hooks;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/logs.rs"]
mod logs;
#[path = "api/mischief.rs"]
mod mischief;
#[path = "api/people.rs"]
mod people;
#[path = "api/provisioning.rs"]
mod provisioning;
#[path = "api/replay.rs"]
mod replay;
#[path = "api/rights.rs"]
mod rights;
#[path = "api/scope.rs"]
mod scope;

use common::TestOrg;
use serde_json::{Value, json};

fn bookmark(label: &str) -> Value {
    json!({
        "label": label,
        "name": "bookmark",
        "signOnMode": "BOOKMARK",
        "settings": { "app": { "url": "https://example.com/x", "requestIntegration": false } },
    })
}

impl TestOrg {
    /// The id of the token that every call is made with.
    fn token(&self) -> String {
        self.sim.org().tokens.keys().next().unwrap().clone()
    }

    async fn new_app(&self, label: &str) -> String {
        let answer = self.post("/api/v1/apps", bookmark(label)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn new_user(&self, name: &str) -> String {
        let login = format!("{name}@example.com");
        let body = json!({
            "profile": { "login": login, "email": login, "firstName": name, "lastName": "Test" },
            "credentials": { "password": { "value": "Password150kta" } },
        });
        let answer = self.post("/api/v1/users", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn new_group(&self, name: &str) -> String {
        let answer = self.post("/api/v1/groups", json!({ "profile": { "name": name } })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn join(&self, group: &str, user: &str) {
        let path = format!("/api/v1/groups/{group}/users/{user}");
        assert_eq!(self.call("PUT", &path, None).await.status, 204);
    }

    async fn assign(&self, app: &str, user: &str) -> common::Answer {
        let body = json!({ "id": user, "scope": "USER" });
        self.post(&format!("/api/v1/apps/{app}/users"), body).await
    }

    async fn assign_group(&self, app: &str, group: &str) -> common::Answer {
        self.put(&format!("/api/v1/apps/{app}/groups/{group}"), json!({})).await
    }

    async fn links(&self, user: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/users/{user}/appLinks")).await;
        let links = answer.body.as_array().unwrap().iter();
        links.map(|link| link["label"].as_str().unwrap().to_owned()).collect()
    }
}
