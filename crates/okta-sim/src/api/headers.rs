//! What every answer of Okta has: a request id, the date, the state of the rate limit, and for a
//! refusal the body that describes it.

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE};
use jiff::Timestamp;

use super::reply::error_body;
use crate::Sim;
use crate::limits::Standing;
use crate::org::ApiError;

/// Completes an answer.
pub(crate) fn finish(
    sim: &Sim,
    standing: Option<Standing>,
    request_id: &str,
    mut response: Response,
) -> Response {
    if let Some(error) = response.extensions().get::<ApiError>().cloned() {
        let id = format!("oae{}", sim.org().random_text(22));
        *response.body_mut() = Body::from(error_body(&error, &id));
        // Said of the empty body that stood here.
        response.headers_mut().remove(CONTENT_LENGTH);
        set(&mut response, CONTENT_TYPE.as_str(), "application/json");
    }
    set(&mut response, "x-okta-request-id", request_id);
    set(&mut response, DATE.as_str(), &http_date(sim.now()));
    if let Some(standing) = standing {
        set(&mut response, "x-rate-limit-limit", &standing.limit.to_string());
        set(&mut response, "x-rate-limit-remaining", &standing.remaining.to_string());
        set(&mut response, "x-rate-limit-reset", &standing.reset.to_string());
    }
    response
}

pub(crate) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The date format of HTTP (RFC 9110, section 5.6.7).
pub(super) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
