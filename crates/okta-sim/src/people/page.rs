//! What all pages share: rendering a template, a page with one message, redirects.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::org::ApiError;

/// Answers with a page.
pub fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "render a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "people/message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
    detail: Option<&'a str>,
}

/// Answers with a page that says what happened and what to do. `detail` is for whoever set it up.
pub fn message(status: StatusCode, title: &str, text: &str, detail: Option<&str>) -> Response {
    (status, html(&Message { title, text, detail })).into_response()
}

/// Answers an admin's click with what the org said.
pub fn refused(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let detail = std::iter::once(error.code).chain(error.causes.iter().map(String::as_str));
    let detail = detail.collect::<Vec<_>>().join(": ");
    message(status, "The org refused that", &error.summary, Some(&detail))
}

/// 302, as Okta redirects; axum's own helper answers 303.
pub fn found(to: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(to) else {
        let text = "The address to go to cannot be sent to a browser.";
        return message(StatusCode::BAD_REQUEST, "Bad address", text, None);
    };
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// `path` with a query made of these pairs.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// A script of ours.
pub fn script(text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
