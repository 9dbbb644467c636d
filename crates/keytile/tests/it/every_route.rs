//! T4: every route of the product is called as nobody, as every role, and on objects of others and of another workspace.
//! A route that this file does not name fails the test: nobody may forget one.

mod documented;
mod table;
mod world;

use std::collections::BTreeSet;

use http::{StatusCode, header};
use model::share::ItemRole;
use model::workspace::WorkspaceRole;

use table::For::{self, Admins, Anybody, Devices, Holders, Owners};
use table::{CALLS, PAGES};
use world::World;

/// Where a login begins.
const BEGIN: [&str; 3] =
    ["/launch/{launch_id}", "/accounts/{account_id}/launch", "/extension/connect"];

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
