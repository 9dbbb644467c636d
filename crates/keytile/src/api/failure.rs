//! What the API answers when it cannot do what was asked: always the same JSON, with a stable word and a sentence.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;

/// A refusal on its way to the caller.
#[derive(Debug)]
pub struct Failure(pub Error);

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    error: Detail,
}

#[derive(Debug, Serialize, ToSchema)]
struct Detail {
    /// A stable word, such as `not_found`, `forbidden`, `invalid`, `conflict` or `feature_off`.
    code: &'static str,
    /// What happened, and what to do.
    message: String,
    /// The field that is not acceptable.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

/// No key, or one that is not valid (any more): the same answer for both.
pub(super) fn unauthorized() -> Response {
    let detail = Detail {
        code: "unauthorized",
        message: "Send a valid API key: `Authorization: Bearer ktk_…`. Make one under My profile."
            .into(),
        field: None,
    };
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge, Json(Problem { error: detail })).into_response()
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Forbidden(_) | Error::ConfirmIdentity => StatusCode::FORBIDDEN,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) | Error::FeatureOff => StatusCode::CONFLICT,
            Error::Portal(_) => StatusCode::BAD_GATEWAY,
            Error::Seal(_) | Error::Database(_) => {
                tracing::error!(
                    error = &self.0 as &dyn std::error::Error,
                    "the API could not answer"
                );
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let field = match &self.0 {
            Error::Invalid { field, .. } => Some(*field),
            _ => None,
        };
        let detail = Detail { code: self.0.code(), message: self.0.to_string(), field };
        (status, Json(Problem { error: detail })).into_response()
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A body or query that does not parse: the parser's own words say where.
#[derive(Debug)]
pub struct Malformed(StatusCode, String);

/// What is no id at all is answered like an id that does not exist.
impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Self(Error::NotFound)
    }
}

impl From<JsonRejection> for Malformed {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Malformed {
    fn from(rejection: QueryRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Malformed {
    fn into_response(self) -> Response {
        let detail = Detail { code: "malformed", message: self.1, field: None };
        (self.0, Json(Problem { error: detail })).into_response()
    }
}
