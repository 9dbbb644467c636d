//! Bodies in both directions: JSON requests that are refused as Okta refuses them, errors in
//! Okta's shape, and lists with their `Link` headers.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header::LINK;
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::org::{ApiError, ApiResult};

/// A JSON body. One that is not JSON, or has a value of the wrong type, is E0000003; missing
/// fields are for the handler to judge.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|_| ApiError::malformed_body())?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| ApiError::malformed_body())
    }
}

/// A JSON body that may be left out.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|_| ApiError::malformed_body())?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(T::default()));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|_| ApiError::malformed_body())
    }
}

impl IntoResponse for ApiError {
    // The gate writes the body: it hands out the error's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error as Okta prints it.
pub(super) fn error_body(error: &ApiError, error_id: &str) -> String {
    let causes: Vec<Value> =
        error.causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
    json!({
        "errorCode": error.code,
        "errorSummary": error.summary,
        "errorLink": error.code,
        "errorId": error_id,
        "errorCauses": causes,
    })
    .to_string()
}

/// One page of a list.
pub(super) struct Listing {
    pub(super) items: Vec<Value>,
    /// Values of `Link`. Okta sends each as a header line of its own.
    pub(super) links: Vec<String>,
}

impl IntoResponse for Listing {
    fn into_response(self) -> Response {
        let mut response = Json(Value::Array(self.items)).into_response();
        let links = self.links.iter().filter_map(|link| HeaderValue::from_str(link).ok());
        for link in links {
            response.headers_mut().append(LINK, link);
        }
        response
    }
}

/// The `{}` that lifecycle steps answer.
pub(super) fn done() -> Json<Value> {
    Json(json!({}))
}
