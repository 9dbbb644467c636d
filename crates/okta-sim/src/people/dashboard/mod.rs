//! `/app/UserHome`, the page of chiclets: what the signed-in person has, kept current without a
//! reload, and where a click on a chiclet leads.

mod changes;
mod launch;
mod tiles;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::page::{found, html, script, with_query};
use super::session::{Person, Visitor};
use super::{People, Shared};
use tiles::Apps;

pub fn routes() -> Router<Arc<People>> {
    Router::new()
        .route("/app/UserHome", get(show))
        .route("/app/UserHome/apps", get(show_apps))
        .route("/app/UserHome/changes", get(changes::follow))
        .route("/home/{kind}/{app}/{number}", get(launch::open))
        .route("/assets/dashboard.js", get(async || script(include_str!("dashboard.js"))))
}

#[derive(Template)]
#[template(path = "people/dashboard/page.html")]
struct DashboardPage {
    org: String,
    person: Person,
    apps: Apps,
}

#[derive(Deserialize)]
struct Searched {
    #[serde(default)]
    q: String,
}

async fn show(
    State(people): Shared,
    visitor: Visitor,
    Query(Searched { q }): Query<Searched>,
) -> Response {
    let Some((_, person)) = visitor.0 else {
        return found(&with_query("/login", &[("fromURI", "/app/UserHome")]));
    };
    let org = people.sim.org();
    let apps = Apps::of(&org, &person.id, &q);
    html(&DashboardPage { org: org.company_name.clone(), person, apps })
}

/// Only the chiclets, for the page's script.
async fn show_apps(
    State(people): Shared,
    visitor: Visitor,
    Query(Searched { q }): Query<Searched>,
) -> Response {
    match visitor.0 {
        Some((_, person)) => html(&Apps::of(&people.sim.org(), &person.id, &q)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
