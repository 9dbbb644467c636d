//! T4: every route of the product is called as nobody, as every role, and on objects of others and of another workspace.
//! A route that this file does not name fails the test: nobody may forget one.

mod documented;
mod table;

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use keytile::{apikeys, signin};
use model::access::Actor;
use model::share::ItemRole;
use model::workspace::WorkspaceRole;
use serde_json::{Value, json};

use crate::support::TestApp;

use table::For::{self, Admins, Anybody, Devices, Holders, Owners};
use table::{CALLS, PAGES};

/// Where a login begins.
const BEGIN: [&str; 3] =
    ["/launch/{launch_id}", "/accounts/{account_id}/launch", "/extension/connect"];

/// One workspace with an item of each kind, of which the people who call hold nothing.
struct World {
    app: TestApp,
    ids: Vec<(&'static str, String)>,
}

impl World {
    async fn new() -> Self {
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

    fn path(&self, template: &str) -> String {
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

    fn id(&self, name: &str) -> &str {
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

    fn request(
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

    async fn status(
        &self,
        route: (&str, &str, For),
        name: header::HeaderName,
        value: &str,
    ) -> StatusCode {
        self.app.client().send(self.request(route, name, value)).await.status
    }

    /// A session cookie of this person, fresh each time: some routes end the session that calls them.
    async fn cookie(&self, actor: &Actor) -> String {
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

    async fn key(&self, actor: &Actor) -> String {
        let (actor, mut by) = (*actor, keytile::actor::By::member(&self.app.app, actor));
        let key = self.app.app.db.write(actor.workspace, move |tx| {
            Box::pin(async move { apikeys::add(tx, &mut by, actor.member).await })
        });
        format!("Bearer {}", key.await.expect("a key").expose())
    }

    async fn as_actor(&self, route: (&str, &str, For), actor: &Actor) -> StatusCode {
        if route.1.starts_with("/api/") {
            return self.status(route, header::AUTHORIZATION, &self.key(actor).await).await;
        }
        self.status(route, header::COOKIE, &self.cookie(actor).await).await
    }
}

fn every_route() -> impl Iterator<Item = (&'static str, &'static str, For)> {
    PAGES.iter().chain(CALLS).copied()
}

/// The routes of `http/router.rs`, read from its text: axum keeps no list.
fn routes_of_the_router() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/http/router.rs");
    let constant = |name: &str| {
        let line = source
            .lines()
            .find(|l| l.starts_with(&format!("pub const {name}: &str")))
            .expect("a constant");
        line.split('"').nth(1).expect("its text").to_owned()
    };
    let mut routes = BTreeSet::new();
    for call in source.split(".route(").skip(1) {
        let (first, rest) = call.split_once(',').expect("a path and a handler");
        let path = match first.trim() {
            "signin::oidc::CALLBACK" => "CALLBACK".to_owned(),
            name if !name.starts_with('"') => constant(name),
            text => text.trim_matches('"').to_owned(),
        };
        let handlers = rest.split("\n        .").next().unwrap_or(rest);
        for (method, name) in [("GET", "get("), ("POST", "post("), ("PUT", "put(")] {
            if handlers.contains(name) {
                routes.insert((method.to_owned(), path.clone()));
            }
        }
    }
    routes
}

fn named(list: &[(&str, &str, For)]) -> BTreeSet<(String, String)> {
    list.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect()
}

#[test]
fn every_route_of_the_product_is_named_here() {
    assert_eq!(
        routes_of_the_router(),
        named(PAGES),
        "PAGES must name what http/router.rs serves, and no more"
    );
    let document = serde_json::to_value(keytile::api::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let calls = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    assert_eq!(
        calls.collect::<BTreeSet<_>>(),
        named(CALLS),
        "CALLS must name what the API serves, and no more"
    );
}

#[tokio::test]
async fn nobody_gets_past_the_door() {
    let world = World::new().await;
    for route in every_route().filter(|route| route.2 != Anybody) {
        let answer = world.app.client().send(world.request(route, header::COOKIE, "")).await;
        let is_refused = matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED)
            // Where a login begins, one signs in on the way: that page says nothing of the account.
            || (BEGIN.contains(&route.1)
                && !answer.body.contains("Contentzilla")
                && !answer.body.contains("keytile-ticket"));
        assert!(is_refused, "{route:?} answered {} to nobody", answer.status);
    }
}

/// Neither a session nor an API key is worth anything where a device has to sign, not even the Owner's.
#[tokio::test]
async fn who_signs_with_no_device_is_unknown() {
    let world = World::new().await;
    let owner = world.app.actor(&world.app.owner).await;
    let (cookie, key) = (world.cookie(&owner).await, world.key(&owner).await);
    for route in every_route().filter(|route| route.2 == Devices) {
        for (name, value) in [(header::COOKIE, &cookie), (header::AUTHORIZATION, &key)] {
            let answer = world.app.client().send(world.request(route, name, value)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{route:?}");
            assert_eq!(answer.json()["code"], "unknown_device", "{route:?}");
        }
    }
}

#[tokio::test]
async fn what_anybody_may_call_never_breaks() {
    let world = World::new().await;
    for route in every_route().filter(|route| route.2 == Anybody) {
        let status = world.status(route, header::COOKIE, "").await;
        assert!(!status.is_server_error(), "{route:?} answered {status}");
    }
}

#[tokio::test]
async fn an_item_that_nobody_shared_with_them_does_not_exist_whatever_their_role() {
    let world = World::new().await;
    for role in WorkspaceRole::ALL.into_iter().filter(|role| *role != WorkspaceRole::Owner) {
        let person = world.app.member(role.title(), role).await;
        let actor = world.app.actor(&person).await;
        for route in every_route().filter(|route| matches!(route.2, Holders | Owners)) {
            let status = world.as_actor(route, &actor).await;
            // A tile's page says the same to everybody whom it is not for, and hides no more than its tile.
            let hidden = route.1 == "/launch/{launch_id}" && status == StatusCode::FORBIDDEN;
            assert!(
                status == StatusCode::NOT_FOUND || hidden,
                "{route:?} answered {status} to {role:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_collaborator_is_refused_what_only_owners_may() {
    let world = World::new().await;
    let person = world.app.member("Cleo", WorkspaceRole::User).await;
    let account: model::AccountId = world.id("account_id").parse().expect("an id");
    let collection: model::CollectionId = world.id("collection_id").parse().expect("an id");
    world.app.share(account, &person, ItemRole::Collaborator).await;
    world.app.share(collection, &person, ItemRole::Collaborator).await;
    let actor = world.app.actor(&person).await;
    for route in every_route().filter(|route| route.2 == Owners) {
        let status = world.as_actor(route, &actor).await;
        // A share of another item than the path names does not exist there.
        // Nor is there anything to restore in an account that is there.
        let foreign = route.1.starts_with("/collections/{collection_id}/shares/{share_id}")
            || route.1.ends_with("/restore");
        let refused =
            status == StatusCode::FORBIDDEN || (foreign && status == StatusCode::NOT_FOUND);
        assert!(refused, "{route:?} answered {status} to a Collaborator");
    }
    for route in every_route().filter(|route| route.2 == Holders) {
        let status = world.as_actor(route, &actor).await;
        assert!(status.is_success(), "{route:?} answered {status} to a Collaborator");
    }
}

#[tokio::test]
async fn what_admins_do_is_refused_to_everybody_below() {
    let world = World::new().await;
    for role in [WorkspaceRole::Guest, WorkspaceRole::LoginOnly, WorkspaceRole::User] {
        let person = world.app.member(role.title(), role).await;
        let actor = world.app.actor(&person).await;
        for route in every_route().filter(|route| route.2 == Admins) {
            let status = world.as_actor(route, &actor).await;
            let refused = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
            assert!(refused, "{route:?} answered {status} to {role:?}");
        }
    }
}

#[tokio::test]
async fn nothing_of_another_workspace_exists_not_even_for_its_owner() {
    let world = World::new().await;
    let stranger = world.app.elsewhere().await;
    for route in
        every_route().filter(|route| route.1.contains("_id}") && !route.1.contains("token_id"))
    {
        let status = world.as_actor(route, &stranger).await;
        let hidden = route.1 == "/launch/{launch_id}" && status == StatusCode::FORBIDDEN;
        assert!(
            status == StatusCode::NOT_FOUND || hidden,
            "{route:?} answered {status} to another workspace"
        );
    }
}

/// What is no id says no more than an id of nothing, not even to the Owner.
#[tokio::test]
async fn a_malformed_id_is_answered_like_one_that_does_not_exist() {
    let world = World::new().await;
    let owner = world.app.actor(&world.app.owner).await;
    let (cookie, key) = (world.cookie(&owner).await, world.key(&owner).await);
    for (method, template, answers) in every_route().filter(|route| route.1.contains("id}")) {
        let (kind, name, value) = if template.starts_with("/api/") {
            ("application/json", header::AUTHORIZATION, &key)
        } else {
            ("text/html", header::COOKIE, &cookie)
        };
        let held = world.ids.iter().map(|(id, _)| format!("{{{id}}}"));
        for id in held.filter(|id| template.contains(id)) {
            for nonsense in ["nonsense", "acc_", "0", "%FF"] {
                let path = template.replace(&id, nonsense);
                let request = world.request((method, &path, answers), name.clone(), value);
                let answer = world.app.client().send(request).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
                let told = answer.header("content-type").unwrap_or_default();
                assert!(told.starts_with(kind), "{method} {path} answered {told}");
            }
        }
    }
}
