//! Around every request: its id, its line in the log, and the page for what failed.

use askama::Template;
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, REFERER, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use rand::RngCore as _;
use serde_json::json;
use tracing::Instrument as _;

use super::page::FRAGMENT;
use super::{Failure, flash, router};
use crate::api;
use crate::app::App;
use crate::devices;
use crate::devices::refused::Refused;
use crate::ui::Link;

const API: &str = "/api/";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Template)]
#[template(path = "ui/error.html")]
struct ErrorPage {
    status: u16,
    title: String,
    text: String,
    request_id: Option<String>,
    back: Option<Link>,
}

/// The form in which a failure is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Page,
    /// A part of a page, for the script that asked.
    Fragment,
    Json,
}

/// What of a request its answer depends on.
struct Asked {
    id: String,
    wants: Wants,
    is_get: bool,
    /// The page of ours that it came from.
    from: String,
    path: String,
    has_flash: bool,
}

/// Gives the request an id, runs it, logs one line, and turns a [`Failure`] into a page or JSON.
pub async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&app, &request);
    // The pattern, not the path: a path may hold a one-time token.
    let route =
        request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = %asked.id, method = %request.method(), route);
    let began = app.now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let _entered = span.entered();
    if let Some(refused) = asked.refused(&mut response) {
        response = refused.explain(app.now());
    }
    if let Some(failure) = asked.failure(&mut response, &route) {
        if let Some(cause) = &failure.cause {
            tracing::error!(cause, "could not answer a request");
        }
        let retry = response.headers_mut().remove(RETRY_AFTER);
        response = asked.explain(&app, &failure);
        if let Some(retry) = retry {
            response.headers_mut().insert(RETRY_AFTER, retry);
        }
    } else if asked.has_flash && shows_page(&response) {
        flash::clear(&app.config, &mut response);
    }
    let took = app.now().duration_since(began).as_millis();
    tracing::debug!(status = response.status().as_u16(), took_ms = took, "answered");
    if let Ok(id) = HeaderValue::from_str(&asked.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What a handler failed with, or what a library answered without a body that people can read.
fn failure(response: &mut Response) -> Option<Failure> {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return Some(failure);
    }
    let status = response.status();
    let plain = response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_ours = status == StatusCode::SERVICE_UNAVAILABLE;
    ((status.is_client_error() || status.is_server_error()) && plain && !is_ours)
        .then(|| Failure::from_status(status))
}

fn shows_page(response: &Response) -> bool {
    let is_html = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    response.status().is_success() && is_html && !response.headers().contains_key(FRAGMENT)
}

impl Asked {
    fn of(app: &App, request: &Request) -> Self {
        let headers = request.headers();
        let path = request.uri().path();
        let is_machine = [API, "/scim/", "/hooks/", "/universal-logout/", "/ssf/"]
            .iter()
            .any(|prefix| path.starts_with(prefix));
        Self {
            id: format!("req_{:016x}", app.rng().next_u64()),
            wants: if is_machine || text(headers, ACCEPT).contains("application/json") {
                Wants::Json
            } else if headers.contains_key(FRAGMENT) {
                Wants::Fragment
            } else {
                Wants::Page
            },
            is_get: request.method() == Method::GET,
            from: own_page(app, text(headers, REFERER)),
            path: request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            has_flash: headers
                .get_all(COOKIE)
                .iter()
                .any(|c| c.to_str().is_ok_and(|c| c.contains(flash::name(&app.config)))),
        }
    }

    /// What a handler failed with, or what a library answered without a body that people or programs can read.
    fn failure(&self, response: &mut Response, route: &str) -> Option<Failure> {
        let failure = failure(response)?;
        if failure.status != StatusCode::METHOD_NOT_ALLOWED || !self.path.starts_with(API) {
            return Some(failure);
        }
        // `Allow` itself is added outside of this layer.
        Some(Failure::method(api::methods(route)))
    }

    /// Why a device does not get what it asked for, whoever refused it.
    fn refused(&self, response: &mut Response) -> Option<Refused> {
        if !self.path.starts_with(devices::request::PATH) {
            return None;
        }
        if let Some(refused) = response.extensions_mut().remove() {
            return Some(refused);
        }
        let failure = failure(response)?;
        if let Some(cause) = &failure.cause {
            tracing::error!(cause, "could not answer a device");
        }
        Some(match failure.status {
            StatusCode::NOT_FOUND => Refused::NotFound,
            status if status.is_server_error() => Refused::Broken,
            _ => Refused::Malformed(failure.text),
        })
    }

    fn explain(&self, app: &App, failure: &Failure) -> Response {
        let needs_confirming = failure.code == "confirm_identity";
        let return_to = if self.is_get { &self.path } else { &self.from };
        if self.wants == Wants::Json {
            let mut body = json!({
                "error": { "code": failure.code, "message": failure.text, "request_id": self.id },
                "message": failure.text,
            });
            if needs_confirming {
                body["location"] = router::confirm(&self.from).into();
            }
            return (failure.status, Json(body)).into_response();
        }
        if needs_confirming {
            return Redirect::to(&router::confirm(return_to)).into_response();
        }
        if self.wants == Wants::Fragment {
            // The script reloads the page that it came from, and that shows the toast.
            let mut response = failure.status.into_response();
            flash::set(&app.config, &mut response, &flash::bad(&failure.text));
            return response;
        }
        let page = ErrorPage {
            status: failure.status.as_u16(),
            title: failure.title.into(),
            text: failure.text.clone(),
            request_id: failure.status.is_server_error().then(|| self.id.clone()),
            back: Some(failure.back()),
        };
        let body = page.render().unwrap_or_else(|_| failure.text.clone());
        (failure.status, Html(body)).into_response()
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The path of a page of ours; the start page where it is another's.
fn own_page(app: &App, referer: &str) -> String {
    if referer.is_empty() {
        return "/".to_owned();
    }
    match referer.strip_prefix(&app.config.origin()) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ => "/".to_owned(),
    }
}
