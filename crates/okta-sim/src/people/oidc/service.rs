//! `/oauth2/v1/token` for service apps: recorded, limited and struck by faults like a call of the
//! management API, which it is the door to.

use std::future::ready;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::token::Redemption;
use crate::Sim;
use crate::api::{self, Principal, Work};
use crate::oauth::{Grant, grant};
use crate::org::ApiError;

pub(super) async fn redeem(sim: &Sim, parts: Parts, body: Bytes, form: Redemption) -> Response {
    let org = sim.clone();
    let work: Work = Arc::new(move |parts, _| Box::pin(ready(answer(&org, &parts, &form))));
    api::watch(sim, parts, body, work).await
}

fn answer(sim: &Sim, parts: &Parts, form: &Redemption) -> Response {
    let proof = parts.headers.get("dpop").and_then(|value| value.to_str().ok());
    let asked = Grant {
        assertion_type: form.client_assertion_type.as_deref(),
        assertion: form.client_assertion.as_deref(),
        scope: form.scope.as_deref(),
        proof,
    };
    let (request_id, app, granted, nonce) = {
        let mut org = sim.org();
        let request_id = org.random_text(32).to_ascii_lowercase();
        let (app, granted) = grant(&mut org, &asked);
        (request_id, app, granted, proof.map(|_| org.dpop_nonce()))
    };
    let mut response = match granted {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
            let body = json!({ "error": refusal.error, "error_description": refusal.description });
            (status, Json(body)).into_response()
        }
    };
    if let Some(nonce) = nonce {
        api::set(&mut response, "dpop-nonce", &nonce);
    }
    let standing = app.map(|app| {
        let standing = sim.count(&app, &parts.method, parts.uri.path());
        if standing.refused {
            response = ApiError::rate_limited().into_response();
        }
        response.extensions_mut().insert(Principal(app));
        standing
    });
    api::finish(sim, standing, &request_id, response)
}
