//! Refuses what another site makes a browser send (T12). The session cookie alone never suffices for a change: the
//! request must say that it comes from our own pages.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::Failure;
use crate::config::Config;
use crate::devices;

/// `Sec-Fetch-Site` and `Origin` decide, for every method but GET, HEAD and OPTIONS. Not for what devices ask: they come
/// from an extension, whose origin differs from browser to browser, and it is their signature that lets them in. No handler
/// there reads a cookie, so a browser lends no authority to whoever makes it send one.
pub fn layer(config: &Config) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    CsrfLayer::new()
        .add_trusted_origin(config.origin())
        .expect("the configuration accepts only an http or https origin as public_url")
        .with_insecure_bypass(|_, uri| uri.path().starts_with(devices::request::PATH))
        .with_rejection_response(|_| Failure::cross_site().into_response())
}

/// The layer lets through what names neither header, as programs do. A browser always names one, so a request with
/// cookies and without either is not one that we want to trust.
pub async fn require_origin(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let says_nothing =
        !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site");
    if !request.method().is_safe() && says_nothing && headers.contains_key(header::COOKIE) {
        return Failure::cross_site().into_response();
    }
    next.run(request).await
}
