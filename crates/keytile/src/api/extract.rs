//! What API handlers take: the caller, and a path, query or body that has been parsed, refused as JSON where it has not.

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use model::access::Actor;

use super::failure::{Failure, Malformed, unauthorized};
use crate::apikeys;
use crate::app::App;
use crate::error::Error;

/// The person whose API key the request carries; their state is read anew each time.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Actor);

impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(unauthorized)?;
        match apikeys::authenticate(app, key.trim()).await {
            Ok(actor) => Ok(Self(actor)),
            Err(Error::NotFound) => Err(unauthorized()),
            Err(error) => Err(Failure(error).into_response()),
        }
    }
}

/// A JSON body.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Malformed))]
pub struct Body<T>(pub T);

/// The ids of the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub struct Path<T>(pub T);

/// The query.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Malformed))]
pub struct Query<T>(pub T);
