//! What the directory's deliveries are answered.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap, StatusCode};
use model::HookId;
use serde_json::json;

use super::{Hook, hear, store, verified};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::budget::{self, Budget};
use crate::http::{Failure, Path};

/// What is sent back must be short and plain.
const LONGEST_CHALLENGE: usize = 512;

type Answer = std::result::Result<Response, Failure>;

/// The directory asks once whether the address is ours: we repeat what it says.
pub(crate) async fn verify(
    State(app): State<App>,
    Path(id): Path<HookId>,
    headers: HeaderMap,
) -> Answer {
    let hook = find(&app, id).await?;
    let challenge = headers.get(portal::hook::CHALLENGE).and_then(|value| value.to_str().ok());
    let is_plain = |text: &&str| !text.is_empty() && text.len() <= LONGEST_CHALLENGE;
    let Some(challenge) = challenge.filter(is_plain) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "There is no challenge in the header."));
    };
    verified(&app, &hook).await?;
    Ok(Json(json!({ "verification": challenge })).into_response())
}

/// Something happened in the directory.
pub(crate) async fn deliver(
    State(app): State<App>,
    Path(id): Path<HookId>,
    Extension(budget): Extension<Budget>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let hook = find(&app, id).await?;
    let secret = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = secret.map(|text| text.strip_prefix("Bearer ").unwrap_or(text).trim());
    if !secret.is_some_and(|secret| hook.accepts(secret)) {
        return Ok(refused(StatusCode::UNAUTHORIZED, "The secret is not the hook's."));
    }
    if let Err(too_many) = budget.deliver(budget::client(&app, &headers, &extensions)) {
        return Ok(too_many);
    }
    let Some(events) = portal::hook::read(&body, app.now()) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "This is no delivery of events."));
    };
    hear(&app, &hook, events).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn find(app: &App, id: HookId) -> Result<Hook> {
    let now = app.now();
    store::find(&mut app.db.read().await?, id, now).await?.ok_or(Error::NotFound)
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "message": why }))).into_response()
}
