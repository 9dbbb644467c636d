//! What a driver gives, read strictly: a field that is misspelt is an error, not a default.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::org::ApiError;

/// A body, or a sentence about what is wrong with it.
pub(super) struct Given<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(given)) => Ok(Self(given)),
            Err(rejection) => {
                Err(Problem { status: StatusCode::BAD_REQUEST, text: rejection.body_text() })
            }
        }
    }
}

/// Why a request was not followed: `{"error": "…"}`.
pub(super) struct Problem {
    status: StatusCode,
    text: String,
}

impl Problem {
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, text: text.into() }
    }

    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, text: text.into() }
    }
}

/// What the org says against it.
impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let causes = if error.causes.is_empty() {
            String::new()
        } else {
            format!(" ({})", error.causes.join("; "))
        };
        Self { status, text: format!("the org refused: {}: {}{causes}", error.code, error.summary) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.text }))).into_response()
    }
}
