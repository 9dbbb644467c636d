//! What requests to sign somebody out are answered. An issuer reads little more than the status.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::header::{AUTHORIZATION, CONTENT_LANGUAGE, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use model::DirectoryId;
use serde_json::json;

use super::{Done, Refused, event, request};
use crate::app::App;
use crate::http::{Failure, Path};
use crate::signin::oidc::Providers;
use crate::signin::signed::Flaw;

type Answer = std::result::Result<Response, Failure>;

/// Global Token Revocation: 204 done, 400 malformed, 401 not the issuer, 404 nobody.
pub(crate) async fn universal_logout(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    Path(id): Path<DirectoryId>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|text| text.strip_prefix("Bearer ")).map_or("", str::trim);
    match request(&app, &providers, id, bearer, &body).await {
        Ok(Done::SignedOut) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Done::Nobody) => Ok(told(StatusCode::NOT_FOUND, "This is nobody here.")),
        Ok(Done::Replayed) => Ok(unauthorized("The token was used before.")),
        Err(Refused::Token(Flaw::NoKeys)) => Ok(later()),
        Err(Refused::Token(flaw)) => {
            tracing::warn!(%flaw, "a request to sign somebody out was refused");
            Ok(unauthorized("The token is not the issuer's, or not for this."))
        }
        Err(Refused::Client) => {
            tracing::warn!("a request to sign somebody out was for another client");
            Ok(unauthorized("The token is for another app."))
        }
        Err(Refused::Subject) => {
            Ok(told(StatusCode::BAD_REQUEST, "Name the subject as iss_sub or email."))
        }
        Err(Refused::Failed(error)) => Err(error.into()),
    }
}

/// A security event by push: 202 heard, 400 and a reason where it is refused (RFC 8935, sections 2.2 and 2.3).
pub(crate) async fn security_event(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    Path(id): Path<DirectoryId>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/secevent+jwt") {
        return Ok(undelivered(
            "invalid_request",
            "The content type is not application/secevent+jwt.",
        ));
    }
    let Ok(token) = std::str::from_utf8(&body) else {
        return Ok(undelivered("invalid_request", "This is not a token."));
    };
    match event(&app, &providers, id, token.trim()).await {
        // Whoever sends it again has not heard the answer: it is heard all the same.
        Ok(_) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(Refused::Token(Flaw::NoKeys)) => Ok(later()),
        Err(Refused::Token(flaw)) => {
            tracing::warn!(%flaw, "a security event was refused");
            let (code, why) = match flaw {
                Flaw::Shape | Flaw::Time | Flaw::NoKeys => {
                    ("invalid_request", "This is not a security event of now.")
                }
                Flaw::Signature => ("invalid_key", "No key of the issuer has signed it."),
                Flaw::Issuer => ("invalid_issuer", "It is of another issuer."),
                Flaw::Audience => ("invalid_audience", "It is for another audience."),
            };
            Ok(undelivered(code, why))
        }
        Err(Refused::Client | Refused::Subject) => Ok(undelivered(
            "invalid_request",
            "Its events, or whom they are about, cannot be read.",
        )),
        Err(Refused::Failed(error)) => Err(error.into()),
    }
}

fn told(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "message": why }))).into_response()
}

fn unauthorized(why: &str) -> Response {
    ([(WWW_AUTHENTICATE, "Bearer")], told(StatusCode::UNAUTHORIZED, why)).into_response()
}

fn undelivered(code: &str, why: &str) -> Response {
    let body = Json(json!({ "err": code, "description": why }));
    (StatusCode::BAD_REQUEST, [(CONTENT_LANGUAGE, "en")], body).into_response()
}

/// The issuer's keys cannot be read now.
fn later() -> Response {
    let why = "The issuer's keys cannot be read. Try again later.";
    ([(http::header::RETRY_AFTER, "60")], told(StatusCode::SERVICE_UNAVAILABLE, why))
        .into_response()
}
