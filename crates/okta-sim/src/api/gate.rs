//! What every call to the management API passes, in Okta's order: the token, the rate limit, the
//! rights of the token's owner. Scripted faults strike here, and every exchange is recorded.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, DATE, USER_AGENT};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri};
use jiff::Timestamp;
use tower::ServiceExt as _;

use super::caller::Caller;
use super::need;
use super::reply::error_body;
use crate::faults::Outcome;
use crate::limits::Standing;
use crate::org::{self, Actor, ApiError, ApiResult};
use crate::{Exchange, Sim};

/// Larger bodies are cut off; Okta's largest is a logo of 1 MB.
const MAX_BODY: usize = 4 << 20;

#[derive(Clone)]
pub(super) struct Gate {
    pub(super) sim: Sim,
    pub(super) api: Router,
}

/// Answers one request.
pub(super) async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let mut exchange = describe(&gate.sim, &parts, &body);
    let fault = gate.sim.take_fault(&exchange.method, &exchange.path).map(|fault| fault.outcome);
    let response = match fault {
        Some(Outcome::Drop) => broken(),
        Some(Outcome::Answer { status, content_type, body }) => {
            scripted(&gate.sim, status, &content_type, body)
        }
        Some(Outcome::CommitThenDrop) => {
            answer(&gate, parts, body).await;
            broken()
        }
        Some(Outcome::CommitThenAnswer { status, content_type, body: text }) => {
            answer(&gate, parts, body).await;
            scripted(&gate.sim, status, &content_type, text)
        }
        None => answer(&gate, parts, body).await,
    };
    let dropped = response.extensions().get::<Broken>().is_some();
    exchange.status = (!dropped).then(|| response.status().as_u16());
    exchange.error_code =
        response.extensions().get::<ApiError>().map(|error| error.code.to_owned());
    gate.sim.record(exchange);
    response
}

async fn answer(gate: &Gate, mut parts: Parts, body: Bytes) -> Response {
    let sim = &gate.sim;
    let request_id = sim.org().random_text(32).to_ascii_lowercase();
    let (standing, allowed) = admit(sim, &parts, &request_id);
    let response = match allowed {
        Ok(caller) => {
            // The gate's own match left its path parameters there; the routes count theirs anew.
            parts.extensions.clear();
            parts.extensions.insert(caller);
            parts.uri = without_trailing_slash(&parts.uri);
            let request = Request::from_parts(parts, Body::from(body));
            match gate.api.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        Err(error) => error.into_response(),
    };
    finish(sim, standing, &request_id, response)
}

/// Counts the request and says who asks, or why not.
fn admit(sim: &Sim, parts: &Parts, request_id: &str) -> (Option<Standing>, ApiResult<Caller>) {
    let org = sim.org();
    let token = match token_value(&parts.headers).and_then(|value| org.valid_token(value)) {
        Ok(token) if token.outside_of_its_zone => return (None, Err(ApiError::outside_of_zone())),
        Ok(token) => token,
        Err(error) => return (None, Err(error)),
    };
    let (method, path) = (&parts.method, parts.uri.path());
    let now = sim.now();
    let standing = sim.windows().count(sim.limits(), &token.id, method.as_str(), path, now);
    let action = need::action(method, path);
    let group = action.changed_group().and_then(|group| org.groups.get(group));
    let allowed = if standing.refused {
        Err(ApiError::rate_limited())
    } else if !token.permissions.allow(&action, group.is_some_and(|it| !it.roles.is_empty())) {
        Err(ApiError::forbidden())
    } else {
        let (token_id, user_id) = (token.id.clone(), token.user_id.clone());
        let request = describe_for_log(parts, request_id);
        let actor = Actor::Token { user: user_id.clone(), token: token_id.clone(), request };
        Ok(Caller { token_id, user_id, actor })
    };
    (Some(standing), allowed)
}

fn describe_for_log(parts: &Parts, id: &str) -> org::Request {
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    org::Request {
        id: id.to_owned(),
        uri: parts.uri.path().to_owned(),
        user_agent: user_agent.unwrap_or_default().to_owned(),
    }
}

// Okta's own Python SDK 3.4.6 sends `SSWSabc` without the space.
fn token_value(headers: &HeaderMap) -> ApiResult<&str> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let value = header.and_then(|text| text.strip_prefix("SSWS")).map(str::trim);
    value.filter(|value| !value.is_empty()).ok_or_else(ApiError::invalid_token)
}

fn without_trailing_slash(uri: &Uri) -> Uri {
    let path = uri.path().trim_end_matches('/');
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(path).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

/// Adds the headers that every answer of Okta has, and the body of an error.
fn finish(
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

fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The date format of HTTP (RFC 9110, section 5.6.7).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn scripted(sim: &Sim, status: u16, content_type: &str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    set(&mut response, CONTENT_TYPE.as_str(), content_type);
    set(&mut response, DATE.as_str(), &http_date(sim.now()));
    response
}

#[derive(Clone)]
struct Broken;

/// A body that fails at its first byte: the server then closes the connection.
fn broken() -> Response {
    let failure = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let mut response = Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(failure)])));
    response.extensions_mut().insert(Broken);
    response
}

fn describe(sim: &Sim, parts: &Parts, body: &[u8]) -> Exchange {
    let headers =
        parts.headers.iter().filter(|(name, _)| *name != AUTHORIZATION && *name != COOKIE);
    let as_text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Exchange {
        at: sim.now(),
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        request_headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), as_text(value)))
            .collect(),
        request_body: String::from_utf8_lossy(body).into_owned(),
        status: None,
        error_code: None,
    }
}
