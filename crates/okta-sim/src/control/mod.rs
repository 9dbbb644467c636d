//! The control API: what tests in this process do with a `Sim`, for drivers in another one. It has
//! a listener of its own, and whoever reaches that listener has the org in their hands.

mod chance;
mod deliveries;
mod given;
mod state;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post, put};

use crate::Sim;
use given::Problem;

/// What the control API offers, for people.
pub const HELP: &str = include_str!("help.txt");

/// The routes of the control API.
pub fn router(sim: Sim) -> Router {
    Router::new()
        .route("/", get(async || HELP))
        .route("/clock", get(state::clock).put(state::set_clock))
        .route("/clock/advance", post(state::advance_clock))
        .route("/faults", get(chance::pending_faults).post(chance::add_fault))
        .route("/mischief", put(chance::set_mischief))
        .route("/deliveries", get(deliveries::list).delete(deliveries::forget))
        .route("/deliveries/now", post(deliveries::settle))
        .route("/deliveries/odds", put(deliveries::set_odds))
        .route("/strikes", get(chance::strikes).delete(chance::forget_strikes))
        .route("/interferences", get(chance::interferences).post(chance::interfere))
        .route("/interferences/drawn", post(chance::meddle))
        .route("/settings", get(state::settings).patch(state::change_settings))
        .route("/tokens", get(state::tokens))
        .route("/tokens/{token}", patch(state::change_token))
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
