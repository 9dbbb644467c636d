//! What every answer tells the browser to refuse (ASVS 3.4). A handler that needs another policy sets its own.

use axum::extract::State;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

use crate::app::App;

/// Nothing but what we serve ourselves. Forms post to us alone: the way to the identity provider is a link, because
/// browsers apply `form-action` to redirects as well.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'; trusted-types keytile";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Our own forms need Origin, and other sites learn nothing, not even a launch id.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// Adds what the handler has not set.
pub async fn add(State(app): State<App>, mut response: Response) -> Response {
    for (name, value) in HEADERS {
        add_one(response.headers_mut(), name, value);
    }
    if app.config.is_https() {
        add_one(response.headers_mut(), STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    response
}

fn add_one(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
