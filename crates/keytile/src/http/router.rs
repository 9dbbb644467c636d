//! Every route of the product in one table, and the functions that write its URLs.

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use url::form_urlencoded::byte_serialize;

use super::{Failure, assets, csrf, headers, health, request};
use crate::app::App;
use crate::{api, signin};

const LARGEST_BODY: usize = 1024 * 1024;

/// The product over HTTP.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to(ACCOUNTS) }))
        // Signing in and out
        .route("/sign-out", post(signin::pages::sign_out));
    let plumbing = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(assets::routes());
    pages
        .merge(plumbing)
        // The REST API has a table of its own: api/mod.rs
        .merge(api::router())
        .fallback(|| async { Failure::not_found() })
        .layer((DefaultBodyLimit::disable(), RequestBodyLimitLayer::new(LARGEST_BODY)))
        .layer(middleware::from_fn(csrf::require_origin))
        .layer(csrf::layer(&app.config))
        .layer(CatchPanicLayer::custom(|_| {
            Failure::internal("a handler panicked; its message is above".into()).into_response()
        }))
        .layer(middleware::from_fn_with_state(app.clone(), request::around))
        .layer(middleware::map_response_with_state(app.clone(), headers::add))
        .with_state(app)
}

/// The list of accounts: where people begin.
pub const ACCOUNTS: &str = "/accounts";
/// The person's own page.
pub const PROFILE: &str = "/profile";

/// The sign-in page; afterwards the person goes on to `return_to`, a path of ours.
pub fn sign_in(return_to: &str) -> String {
    with_return("/sign-in", return_to)
}

/// The page that asks a signed-in person to confirm that it is them (C41).
pub fn confirm(return_to: &str) -> String {
    with_return("/confirm", return_to)
}

fn with_return(path: &str, return_to: &str) -> String {
    if return_to.is_empty() || return_to == "/" {
        return path.to_owned();
    }
    let encoded: String = byte_serialize(return_to.as_bytes()).collect();
    format!("{path}?return_to={encoded}")
}
