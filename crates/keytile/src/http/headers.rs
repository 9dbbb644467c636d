//! What every answer tells the browser to refuse (ASVS 3.4). A handler that needs another policy sets its own.

use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

use crate::app::App;

/// Nothing but what we serve ourselves. Forms post to us alone: the way to the identity provider is a link, because
/// browsers apply `form-action` to redirects as well.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'; trusted-types keytile";

static HEADERS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Our own forms need Origin, and other sites learn nothing, not even a launch id.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

static TRANSPORT: (HeaderName, HeaderValue) =
    (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));

/// Adds what the handler has not set.
pub async fn add(State(app): State<App>, mut response: Response) -> Response {
    let transport = app.config.is_https().then_some(&TRANSPORT);
    for (name, value) in HEADERS.iter().chain(transport) {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}
