//! Every request is read whole, and noted once it is answered.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::exchange::LARGEST_BODY;
use crate::app::App;
use crate::scim::log::{Noted, NotedBody};
use crate::scim::{Client, Failure};

/// Why a request was refused, in the words of its answer: left with the answer for the one who notes it.
#[derive(Clone)]
pub struct Refusal(pub String);

/// Notes what a client sent and what it was answered.
pub async fn request(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    let at = app.now();
    let (parts, body) = request.into_parts();
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let mut noted = Noted {
        at,
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        client: agent.unwrap_or_default().to_owned(),
        ..Noted::of(&client)
    };
    let response = if let Ok(bytes) = to_bytes(body, LARGEST_BODY).await {
        noted.body = NotedBody::of(&bytes);
        next.run(Request::from_parts(parts, Body::from(bytes))).await
    } else {
        let detail =
            format!("At most {LARGEST_BODY} bytes can be sent at once. Nothing was changed.");
        Failure::from(scim::Error::plain(413, detail)).into_response()
    };
    noted.status = response.status().as_u16();
    noted.refusal = response.extensions().get::<Refusal>().map(|refusal| refusal.0.clone());
    noted.micros = i64::try_from(app.now().duration_since(at).as_micros()).unwrap_or(i64::MAX);
    app.scim_log.add(noted);
    response
}
