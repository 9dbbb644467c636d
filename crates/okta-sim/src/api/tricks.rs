//! How a trick changes a call: what is done, what is answered, and how the bytes arrive.

use axum::body::{Body, Bytes, to_bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::SignedDuration;

use super::gate::{Work, broken, scripted};
use super::headers::finish;
use super::pages;
use crate::Sim;
use crate::limits::Standing;
use crate::mischief::{Reset, Trick};
use crate::org::{ApiError, Resource};

/// In how many pieces an answer drips.
const DRIPS: i32 = 8;

/// A page of something that stands in front of Okta, or of Okta itself on a bad day.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Okta</title></head>\
                    <body><h1>We are working on it.</h1></body></html>";

/// An answer, and the trick if it did strike: some need a list or a body to strike at.
pub(super) struct Played {
    pub(super) response: Response,
    pub(super) struck: Option<Trick>,
}

/// Answers a call as the trick would have it.
pub(super) async fn play(
    sim: &Sim,
    trick: Trick,
    parts: Parts,
    body: Bytes,
    answer: Work,
) -> Played {
    let struck = Some(trick.clone());
    let response = match trick {
        Trick::Latency { wait, after_the_work: false } => {
            sim.wait(wait).await;
            answer(parts, body).await
        }
        Trick::Latency { wait, after_the_work: true } => {
            let response = answer(parts, body).await;
            sim.wait(wait).await;
            response
        }
        Trick::DroppedBefore => broken(),
        Trick::LostAfterCommit => {
            answer(parts, body).await;
            broken()
        }
        Trick::Limited { reset: Reset::Right { after } } => {
            // Somebody else used up the org's share: calls before the reset are refused too.
            sim.close_bucket(&parts.method, parts.uri.path(), after);
            answer(parts, body).await
        }
        Trick::Limited { reset } => limited(sim, reset),
        Trick::Error { status, committed } => {
            if committed {
                answer(parts, body).await;
            }
            error(sim, status)
        }
        Trick::Reconciling => refuse(sim, None, ApiError::reconciling()),
        Trick::NotFoundByReplica { id } => {
            refuse(sim, None, ApiError::not_found(&id, Resource::AppInstance))
        }
        Trick::PageRepeated | Trick::PageSkipped | Trick::ListEndsEarly => {
            return pages::play(trick, parts, body, answer).await;
        }
        Trick::SlowDrip { .. }
        | Trick::CutOff
        | Trick::TruncatedJson
        | Trick::InvalidJson
        | Trick::Html
        | Trick::EmptyBody
        | Trick::NoContent => return spoil(sim, trick, answer(parts, body).await).await,
        // These are drawn when something is made, changed or deleted, and strike no call by themselves.
        Trick::ListLag { .. }
        | Trick::StaleReplica { .. }
        | Trick::LateEvent { .. }
        | Trick::Reappearance { .. } => answer(parts, body).await,
    };
    Played { response, struck }
}

/// The app that a call is about, where an old replica could not know it: reads, and assignments,
/// which read it first (terraform-provider-okta, issue 58).
pub(super) fn read_of_app<'a>(method: &Method, path: &'a str) -> Option<&'a str> {
    let below = path.trim_end_matches('/').strip_prefix("/api/v1/apps/")?;
    match below.split_once('/') {
        None => (method == Method::GET).then_some(below),
        Some((app, rest)) => {
            let assigns = rest.starts_with("users") || rest.starts_with("groups");
            (method == Method::GET || assigns).then_some(app)
        }
    }
}

fn limited(sim: &Sim, reset: Reset) -> Response {
    let now = sim.now().as_second();
    let standing = |limit, reset| Some(Standing { limit, remaining: 0, reset, refused: true });
    let standing = match reset {
        Reset::Right { after } | Reset::HoursAway { after } => standing(50, now + after.as_secs()),
        Reset::Missing => None,
        Reset::Past => standing(50, now - 30),
        // Limit 0, and a reset that is only a hint (Okta, "Concurrency rate limits").
        Reset::Concurrency => standing(0, now + 60),
    };
    refuse(sim, standing, ApiError::rate_limited())
}

fn error(sim: &Sim, status: u16) -> Response {
    if status == 500 {
        return refuse(sim, None, ApiError::internal());
    }
    scripted(sim, status, "text/html", PAGE.to_owned())
}

fn refuse(sim: &Sim, standing: Option<Standing>, error: ApiError) -> Response {
    let request_id = sim.org().random_text(32).to_ascii_lowercase();
    finish(sim, standing, &request_id, error.into_response())
}

/// Does something to an answer that is there.
async fn spoil(sim: &Sim, trick: Trick, response: Response) -> Played {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let is_json = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let fits = match trick {
        Trick::NoContent => parts.status == StatusCode::OK,
        Trick::TruncatedJson | Trick::InvalidJson => is_json && bytes.len() > 1,
        Trick::SlowDrip { .. } | Trick::EmptyBody => !bytes.is_empty(),
        _ => true,
    };
    if !fits {
        return Played { response: Response::from_parts(parts, Body::from(bytes)), struck: None };
    }
    let half = bytes.slice(..bytes.len() / 2);
    if !matches!(trick, Trick::CutOff | Trick::SlowDrip { .. }) {
        parts.headers.remove(CONTENT_LENGTH);
    }
    let body = match &trick {
        // An answer without a body cannot break in its middle: then nothing comes.
        Trick::CutOff if half.is_empty() => {
            return Played { response: broken(), struck: Some(trick) };
        }
        Trick::CutOff => {
            let failure = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Body::from_stream(stream::iter([Ok(half), Err(failure)]))
        }
        Trick::SlowDrip { wait } => drip(sim.clone(), bytes, *wait / DRIPS),
        Trick::TruncatedJson => Body::from(half),
        Trick::InvalidJson => Body::from([b")]}',\n", bytes.as_ref()].concat()),
        Trick::Html => {
            parts.headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("text/html"));
            Body::from(PAGE)
        }
        Trick::NoContent => {
            parts.status = StatusCode::NO_CONTENT;
            Body::empty()
        }
        _ => Body::empty(),
    };
    Played { response: Response::from_parts(parts, body), struck: Some(trick) }
}

/// A body that arrives in pieces, with a pause before each.
fn drip(sim: Sim, bytes: Bytes, pause: SignedDuration) -> Body {
    let size = bytes.len().div_ceil(usize::try_from(DRIPS).unwrap_or(1)).max(1);
    let drops = stream::unfold((sim, bytes), move |(sim, mut rest)| async move {
        if rest.is_empty() {
            return None;
        }
        sim.wait(pause).await;
        let drop = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, std::io::Error>(drop), (sim, rest)))
    });
    Body::from_stream(drops)
}
