//! A small admin console for demos: what an Okta admin would do beside the product, helpful or
//! not. Only for people with an admin role, or for everybody where the demo opened it.

mod apps;
mod deliveries;
mod form;
mod groups;
mod hooks;
mod people;
mod person;
mod provisioning;
mod requests;
mod tasks;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;

use super::page::{found, html, refused};
use super::session::{Visitor, cookie};
use super::{People, Shared};
use crate::org::{Actor, ApiResult, Org};

/// Kept apart from the session: the opened console belongs to nobody.
const PASS_COOKIE: &str = "okta_sim_console";

pub fn routes() -> Router<Arc<People>> {
    Router::new()
        .route("/admin", get(async |_: Admin| found("/admin/people")))
        .route("/admin/open", post(open))
        .route("/admin/people", get(people::list))
        .route("/admin/people/{user}", get(person::show))
        .route("/admin/people/{user}/{step}", post(person::change))
        .route("/admin/groups", get(groups::list).post(groups::create))
        .route("/admin/groups/{group}", get(groups::show))
        .route("/admin/groups/{group}/{step}", post(groups::change))
        .route("/admin/apps", get(apps::list))
        .route("/admin/apps/{app}", get(apps::show))
        .route("/admin/apps/{app}/provisioning", get(provisioning::show))
        .route("/admin/apps/{app}/provisioning/{step}", post(provisioning::change))
        .route("/admin/apps/{app}/{step}", post(apps::change))
        .route("/admin/hooks", get(hooks::list).post(hooks::create))
        .route("/admin/hooks/{hook}/{step}", post(hooks::change))
        .route("/admin/logout", get(hooks::logouts).post(hooks::create_stream))
        .route("/admin/logout/{stream}/{step}", post(hooks::change_stream))
        .route("/admin/requests", get(requests::list))
        .route("/admin/tasks", get(tasks::list).post(tasks::retry))
}

/// What the top of every console page shows.
pub struct Frame {
    org: String,
    /// The tab that is open.
    tab: &'static str,
    /// Pushes that failed and wait for somebody.
    tasks: usize,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    is_open: bool,
    /// Things that wait behind it.
    count: usize,
}

impl Frame {
    fn new(org: &Org, tab: &'static str) -> Self {
        let tasks = org.apps.values().map(|app| app.pushed.tasks.len()).sum();
        Self { org: org.company_name.clone(), tab, tasks }
    }

    fn tabs(&self) -> [Tab; 7] {
        let tab = |name, href, label| Tab { href, label, is_open: self.tab == name, count: 0 };
        [
            tab("people", "/admin/people", "People"),
            tab("groups", "/admin/groups", "Groups"),
            tab("apps", "/admin/apps", "Applications"),
            tab("hooks", "/admin/hooks", "Event hooks"),
            tab("logout", "/admin/logout", "Universal Logout"),
            Tab { count: self.tasks, ..tab("tasks", "/admin/tasks", "Tasks") },
            tab("requests", "/admin/requests", "API requests"),
        ]
    }
}

/// Somebody who may use the console.
pub struct Admin {
    /// How the System Log names them.
    actor: Actor,
}

impl FromRequestParts<Arc<People>> for Admin {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        people: &Arc<People>,
    ) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let has_pass = jar.get(PASS_COOKIE).is_some_and(|it| it.value() == people.console_pass);
        let Ok(visitor) = Visitor::from_request_parts(parts, people).await;
        let person = visitor.0.map(|(_, person)| person);
        let admin = person.as_ref().filter(|person| person.is_admin);
        if has_pass || admin.is_some() {
            // The opened console belongs to nobody: there it is the org's own admin who acts.
            let user = admin.map_or_else(|| people.sim.admin(), |person| &person.id).to_owned();
            return Ok(Self { actor: Actor::Admin { user } });
        }
        let gate = Gate {
            org: people.sim.org().company_name.clone(),
            signed_in: person.is_some(),
            can_open: people.open_console,
        };
        Err((StatusCode::FORBIDDEN, html(&gate)).into_response())
    }
}

#[derive(Template)]
#[template(path = "people/admin/gate.html")]
struct Gate {
    org: String,
    signed_in: bool,
    can_open: bool,
}

async fn open(State(people): Shared, jar: CookieJar) -> Response {
    if !people.open_console {
        return StatusCode::NOT_FOUND.into_response();
    }
    (jar.add(cookie(PASS_COOKIE, people.console_pass.clone())), found("/admin/people"))
        .into_response()
}

/// After a click: back to the page, or what the org said against it.
fn done(result: ApiResult<()>, back_to: &str) -> Response {
    match result {
        Ok(()) => found(back_to),
        Err(error) => refused(&error),
    }
}

/// A step that no button of ours asks for.
fn unknown_step() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
