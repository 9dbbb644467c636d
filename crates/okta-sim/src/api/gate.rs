//! What every call to the management API passes, in Okta's order: the token, the rate limit, the
//! rights of the token's owner. Faults strike here, and every exchange is recorded.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, DATE, USER_AGENT};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use tower::ServiceExt as _;

use super::caller::Caller;
use super::credential::{Denied, Identity, principal, text};
use super::headers::{finish, http_date, set};
use super::{need, tricks};
use crate::faults::Outcome;
use crate::limits::Standing;
use crate::mischief::Trick;
use crate::org::{self, ApiError};
use crate::{Exchange, Sim};

/// Larger bodies are cut off; Okta's largest is a logo of 1 MB.
const MAX_BODY: usize = 4 << 20;

#[derive(Clone)]
pub(super) struct Gate {
    pub(super) sim: Sim,
    pub(super) api: Router,
}

/// Answers one request to the management API.
pub(super) async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let sim = gate.sim.clone();
    let work: Work = Arc::new(move |parts, body| {
        let gate = gate.clone();
        Box::pin(async move { answer(&gate, parts, body).await })
    });
    watch(&sim, parts, body, work).await
}

/// What is done for a request when nothing strikes it. Some faults have it done twice.
pub(crate) type Work = Arc<dyn Fn(Parts, Bytes) -> BoxFuture<'static, Response> + Send + Sync>;

/// Answers one request, lets faults strike, and records the exchange.
pub(crate) async fn watch(sim: &Sim, parts: Parts, body: Bytes, answer: Work) -> Response {
    let mut exchange = describe(sim, &parts, &body);
    let fault = sim.take_fault(&exchange.method, &exchange.path).map(|fault| fault.outcome);
    let response = match fault {
        Some(Outcome::Drop) => broken(),
        Some(Outcome::Answer { status, content_type, body }) => {
            scripted(sim, status, &content_type, body)
        }
        Some(Outcome::CommitThenDrop) => {
            answer(parts, body).await;
            broken()
        }
        Some(Outcome::CommitThenAnswer { status, content_type, body: text }) => {
            answer(parts, body).await;
            scripted(sim, status, &content_type, text)
        }
        Some(Outcome::Play(trick)) => play(sim, &mut exchange, trick, parts, body, answer).await,
        None => match draw(sim, &parts) {
            None => answer(parts, body).await,
            Some(trick) => play(sim, &mut exchange, trick, parts, body, answer).await,
        },
    };
    if let Some(trick) = exchange.struck.clone() {
        sim.strike(exchange.at, &exchange.method, &exchange.path, trick);
    }
    let dropped = response.extensions().get::<Broken>().is_some();
    exchange.status = (!dropped).then(|| response.status().as_u16());
    exchange.error_code =
        response.extensions().get::<ApiError>().map(|error| error.code.to_owned());
    // The token endpoint learns from the body who asks.
    if let Some(Principal(principal)) = response.extensions().get() {
        exchange.token_id = Some(principal.clone());
    }
    sim.record(exchange);
    response
}

async fn play(
    sim: &Sim,
    exchange: &mut Exchange,
    trick: Trick,
    parts: Parts,
    body: Bytes,
    answer: Work,
) -> Response {
    let played = tricks::play(sim, trick, parts, body, answer).await;
    exchange.struck = played.struck;
    played.response
}

/// What strikes this call: an old replica that it met, or what chance has for it.
fn draw(sim: &Sim, parts: &Parts) -> Option<Trick> {
    let app = tricks::read_of_app(&parts.method, parts.uri.path());
    let unknown = app.filter(|app| !sim.org().is_replicated(app));
    let mut trickster = sim.trickster();
    if let Some(app) = unknown
        && trickster.meets_the_old_replica()
    {
        return Some(Trick::NotFoundByReplica { id: app.to_owned() });
    }
    if trickster.is_idle() { None } else { trickster.trick() }
}

/// Whose limits an answer of the token endpoint was counted against.
#[derive(Clone)]
pub(crate) struct Principal(pub(crate) String);

async fn answer(gate: &Gate, mut parts: Parts, body: Bytes) -> Response {
    let sim = &gate.sim;
    let request_id = sim.org().random_text(32).to_ascii_lowercase();
    let admitted = admit(sim, &parts, &request_id);
    let response = match admitted.caller {
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
        Err(denied) => denied.into_response(),
    };
    finish(sim, admitted.standing, &request_id, response)
}

/// What the gate found out about a request.
struct Admitted {
    standing: Option<Standing>,
    caller: Result<Caller, Denied>,
}

/// Counts the request and says who asks, or why not.
fn admit(sim: &Sim, parts: &Parts, request_id: &str) -> Admitted {
    let mut org = sim.org();
    let identity = match Identity::read(&mut org, parts) {
        Ok(identity) => identity,
        Err(denied) => return Admitted { standing: None, caller: Err(denied) },
    };
    let standing = sim.count(&identity.principal, &parts.method, parts.uri.path());
    let allowed = if standing.refused {
        Err(ApiError::rate_limited().into())
    } else {
        identity.may(&org, &need::action(&parts.method, parts.uri.path()))
    };
    let caller = allowed.map(|()| Caller {
        token_id: identity.principal.clone(),
        user_id: identity.user_id.clone(),
        actor: identity.actor(describe_for_log(parts, request_id)),
    });
    Admitted { standing: Some(standing), caller }
}

fn describe_for_log(parts: &Parts, id: &str) -> org::Request {
    org::Request {
        id: id.to_owned(),
        uri: parts.uri.path().to_owned(),
        user_agent: text(&parts.headers, USER_AGENT.as_str()).unwrap_or_default().to_owned(),
    }
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

pub(super) fn scripted(sim: &Sim, status: u16, content_type: &str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    set(&mut response, CONTENT_TYPE.as_str(), content_type);
    set(&mut response, DATE.as_str(), &http_date(sim.now()));
    response
}

/// Marks an answer that is none.
#[derive(Clone)]
pub(crate) struct Broken;

/// A body that fails at its first byte: the server then closes the connection.
pub(super) fn broken() -> Response {
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
        token_id: principal(&sim.org(), &parts.headers),
        struck: None,
    }
}
