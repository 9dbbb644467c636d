//! Is it alive, and can it work: for load balancers and supervisors.

use axum::extract::State;
use http::StatusCode;

use crate::app::App;

/// `/healthz`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `/readyz`: the database answers as well; 503 where it does not.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    // Taking a connection tests it.
    match app.db.read().await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
