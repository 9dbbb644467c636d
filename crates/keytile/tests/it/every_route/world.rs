//! A workspace to call the routes in, and what each call takes.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use keytile::{apikeys, signin};
use model::access::Actor;
use model::share::ItemRole;
use model::workspace::WorkspaceRole;
use serde_json::{Value, json};

use super::table::For;
use crate::support::TestApp;

/// One workspace with an item of each kind, of which the people who call hold nothing.
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) ids: Vec<(&'static str, String)>,
}

impl World {
    pub(super) async fn new() -> Self {
        let app = TestApp::start().await;
        let owner = app.member("Ada", WorkspaceRole::User).await;
        let holder = app.member("Ben", WorkspaceRole::User).await;
        let account = app.account(&owner, "Contentzilla", "Instagram").await;
        let collection = app.collection(&owner, "Social").await;
        let share = app.share(account, &holder, ItemRole::Collaborator).await;
        app.share(collection, &holder, ItemRole::Collaborator).await;
        app.turn_on().await;
        app.extend(&owner, account).await;
        let owner_actor = app.actor(&owner).await;
        let team = app.team("Marketing", &[&owner]).await;
        let tile = keytile::sync::status(&app.app, &owner_actor, account).await.expect("a status");
        let tile = tile.expect("it is extended").tile;
        let launch = tile.launch.to_string();
        let ids = vec![
            ("account_id", account.to_string()),
            ("collection_id", collection.to_string()),
            ("team_id", team.to_string()),
            ("member_id", holder.id.to_string()),
            ("share_id", share.to_string()),
            ("launch_id", launch),
            ("device_id", "dev_00000000000000000000000000".into()),
            ("tile_id", tile.id.to_string()),
            ("app_id", "0oa1".into()),
            ("stop_id", "stop_00000000000000000000000000".into()),
            ("token_id", "key_00000000000000000000000000".into()),
            ("token", "kti_0_0".into()),
            ("request_id", "trq_00000000000000000000000000".into()),
            ("event_id", "evt_00000000000000000000000000".into()),
            ("departure_id", "dep_00000000000000000000000000".into()),
            ("wave_id", "wave_00000000000000000000000000".into()),
            ("job_id", "job_00000000000000000000000000".into()),
            ("grant", "grt_00000000000000000000000000".into()),
            ("account", account.to_string()),
            ("hook", "hok_00000000000000000000000000".into()),
            ("directory", app.directory.to_string()),
            ("id", "ses_00000000000000000000000000".into()),
        ];
        Self { app, ids }
    }

    pub(super) fn path(&self, template: &str) -> String {
        if template == "CALLBACK" {
            return signin::oidc::CALLBACK.into();
        }
        let mut path = template.to_owned();
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        if path == "/api/v1/shares" {
            path = format!("{path}?account_id={}", self.id("account_id"));
        }
        path
    }

    pub(super) fn id(&self, name: &str) -> &str {
        &self.ids.iter().find(|(n, _)| *n == name).expect("an id of the world").1
    }

    /// A body that the call accepts as far as its form goes.
    fn body(&self, method: &str, template: &str) -> Option<Value> {
        let account = self.id("account_id");
        Some(match (method, template) {
            ("POST", "/api/v1/shares") => {
                json!({ "account_id": account, "member_id": self.id("member_id"), "role": "owner" })
            }
            ("POST", "/api/v1/accounts" | "/api/v1/teams" | "/api/v1/collections") => {
                json!({ "name": "New" })
            }
            ("POST", "/api/v1/jobs/{job_id}/start") => json!({ "people": 0 }),
            ("POST", "/api/v1/jobs") => json!({ "kind": "extend", "accounts": [account] }),
            (
                "POST",
                "/api/v1/sync/stops/{stop_id}/approve" | "/api/v1/sync/stops/{stop_id}/dismiss",
            ) => {
                json!({ "fingerprint": "" })
            }
            ("POST", "/api/v1/sync/requests/{request_id}/decline") => json!({ "reason": "No" }),
            ("PUT", "/api/v1/sync/requests/rules") => json!({ "asks": false, "quota": null }),
            ("PATCH", "/api/v1/members/{member_id}") => json!({ "role": "guest" }),
            ("PATCH", "/api/v1/shares/{share_id}") => json!({ "role": "owner" }),
            ("PATCH", _) => json!({ "name": "Renamed" }),
            ("PUT", "/api/v1/accounts/{account_id}/recipe") => {
                json!({ "recipe": { "version": 1, "steps": [] } })
            }
            ("PUT", "/api/v1/teams/{team_id}/members/{member_id}") => json!({ "role": "member" }),
            _ => return None,
        })
    }

    /// The fields of any form at once: what a form does not know, it ignores.
    fn form(&self, template: &str) -> String {
        let role = if template.starts_with("/members/") { "guest" } else { "collaborator" };
        let (account, member) = (self.id("account_id"), self.id("member_id"));
        format!(
            "name=Renamed&new-name=Renamed&app_name=&login_url=&username=&password=&totp=&notes=&version=\
             &field=password&with={member}&role={role}&confirm=1&account={account}&member={member}&parent=\
             &issuer=&client_id=&client_secret=&domain=&token=&reason=No&restore_days=&used_days=7&unused_days=30"
        )
    }

    pub(super) fn request(
        &self,
        route: (&str, &str, For),
        name: header::HeaderName,
        value: &str,
    ) -> Request<Body> {
        let (method, template, _) = route;
        let api = template.starts_with("/api/");
        let mut request =
            Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method"));
        request = request.uri(self.path(template));
        if !value.is_empty() {
            request = request.header(name, value);
        }
        if !api {
            request = request
                .header(header::ORIGIN, self.app.app.config.origin())
                .header("sec-fetch-site", "same-origin")
                .header(header::ACCEPT, "text/html");
        }
        match self.body(method, template) {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None if method == "POST" && !api => {
                let form = "application/x-www-form-urlencoded";
                request.header(header::CONTENT_TYPE, form).body(Body::from(self.form(template)))
            }
            None => request.body(Body::empty()),
        }
        .expect("a request")
    }

    pub(super) async fn status(
        &self,
        route: (&str, &str, For),
        name: header::HeaderName,
        value: &str,
    ) -> StatusCode {
        self.app.client().send(self.request(route, name, value)).await.status
    }

    /// A session cookie of this person, fresh each time: some routes end the session that calls them.
    pub(super) async fn cookie(&self, actor: &Actor) -> String {
        let (actor, mut by) = (*actor, keytile::actor::By::member(&self.app.app, actor));
        let token = self
            .app
            .app
            .db
            .write(actor.workspace, move |tx| {
                Box::pin(async move {
                    let proof = signin::Proof { means: signin::Means::Oidc, at: by.now };
                    let device = signin::Device::of("Test browser", None);
                    signin::open_session(tx, &mut by, actor.member, proof, &device).await
                })
            })
            .await
            .expect("a session");
        let cookie = keytile::http::session::cookie(&self.app.app.config, &token);
        format!("{}={}", cookie.name(), cookie.value())
    }

    pub(super) async fn key(&self, actor: &Actor) -> String {
        let (actor, mut by) = (*actor, keytile::actor::By::member(&self.app.app, actor));
        let key = self.app.app.db.write(actor.workspace, move |tx| {
            Box::pin(async move { apikeys::add(tx, &mut by, actor.member).await })
        });
        format!("Bearer {}", key.await.expect("a key").expose())
    }

    pub(super) async fn as_actor(&self, route: (&str, &str, For), actor: &Actor) -> StatusCode {
        if route.1.starts_with("/api/") {
            return self.status(route, header::AUTHORIZATION, &self.key(actor).await).await;
        }
        self.status(route, header::COOKIE, &self.cookie(actor).await).await
    }
}
