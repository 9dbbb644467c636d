//! The control API: what tests in this process do with a `Sim`, for drivers in another one. It has
//! a listener of its own, and whoever reaches that listener has the org in their hands.

mod chance;
mod given;
mod state;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};

use crate::Sim;
use given::Problem;

/// What the control API offers, for people.
pub const HELP: &str = "\
The control API of okta-sim. Bodies are JSON, with `content-type: application/json`.

  GET    /clock             {\"now\", \"virtual\"}
  POST   /clock/advance     {\"seconds\": 60}: lets time pass; needs --virtual-clock
  PUT    /clock             {\"now\": \"2026-01-01T00:00:00Z\"}: jumps; needs --virtual-clock

  POST   /faults            {\"method\": \"POST\", \"path\": \"/api/v1/apps\", \"outcome\": OUTCOME}
                            strikes the next call that fits; `*` stands for one segment of the path,
                            and without a method every method fits. OUTCOME is \"drop\",
                            \"commit_then_drop\", or {\"answer\": ANSWER} or {\"commit_then_answer\": ANSWER}
                            with ANSWER = {\"status\": 503, \"content_type\": \"text/html\", \"body\": \"...\"}
  GET    /faults            {\"pending\"}: how many nothing has met yet

  PUT    /mischief          {\"seed\": 7, \"odds\": ODDS}: misbehave by chance from now on. ODDS is
                            \"none\", \"everything\", or thousandths of calls by name, such as
                            {\"latency\": 50, \"lost_after_commit\": 20}
  GET    /strikes           every trick that struck, oldest first
  DELETE /strikes           forgets them

  POST   /interferences     {\"kind\": \"rename_app\", \"app\": \"0oa...\", \"label\": \"Mine\"}: what an
                            admin does. Kinds: rename_app(app, label), delete_app(app),
                            deactivate_app(app), edit_url(app, url), edit_notes(app, admin, enduser),
                            hide_app(app, hidden), assign_person(app, user), unassign_person(app, user),
                            assign_group(app, group), unassign_group(app, group),
                            rename_group(group, name), delete_group(group), add_member(group, user),
                            remove_member(group, user), grant_group_role(group, role),
                            revoke_token(token), set_permissions(token, permissions)
  POST   /interferences/drawn  {\"seed\": 7, \"acts\": 10, \"odds\": ODDS}: acts by chance. ODDS is
                            \"everything\", \"without_tokens\", or proportions by kind
  GET    /interferences     every act, oldest first

  GET    /settings          the org's settings that can be changed
  PATCH  /settings          {\"app_cap\": 20, \"reassign_conflicts\": true}; a cap of null is none
  GET    /tokens            API tokens without their values
  PATCH  /tokens/{id}       {\"permissions\": P, \"outside_of_its_zone\": true, \"roles\": [\"APP_ADMIN\"]}
                            with P = \"full\", \"read_only\", \"none\", or {\"granted\": {\"apps\": \"manage\",
                            \"users\": \"read\", \"groups\": G, \"roles\": false, \"logs\": false}}
                            and G = \"none\", \"read\", \"manage\", or {\"members_of\": [\"00g...\"]}

  GET    /traffic           every call to the management API, oldest first, with what struck it
  DELETE /traffic           forgets them
";

/// The routes of the control API.
pub fn router(sim: Sim) -> Router {
    Router::new()
        .route("/", get(async || HELP))
        .route("/clock", get(state::clock).put(state::set_clock))
        .route("/clock/advance", post(state::advance_clock))
        .route("/faults", get(chance::pending_faults).post(chance::add_fault))
        .route("/mischief", put(chance::set_mischief))
        .route("/strikes", get(chance::strikes).delete(chance::forget_strikes))
        .route("/interferences", get(chance::interferences).post(chance::interfere))
        .route("/interferences/drawn", post(chance::meddle))
        .route("/settings", get(state::settings).patch(state::change_settings))
        .route("/tokens", get(state::tokens))
        .route("/tokens/{token}", axum::routing::patch(state::change_token))
        .route("/traffic", get(state::traffic).delete(state::forget_traffic))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(sim)
}

async fn unknown(method: http::Method, uri: http::Uri) -> Response {
    let text = format!("there is no {method} {}; GET / lists what there is", uri.path());
    Problem::not_found(text).into_response()
}

#[cfg(test)]
mod tests;
