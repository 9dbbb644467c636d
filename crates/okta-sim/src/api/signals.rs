//! Ending sessions at apps, by API: streams of security events (`/api/v1/ssf`, Okta, "SSF
//! Transmitter") and Universal Logout (`/oauth2/v1/global-token-revocation`).

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Acting;
use super::params::Params;
use super::reply::JsonBody;
use crate::Sim;
use crate::deliver::audience;
use crate::org::{ApiError, ApiResult, Org, SUPPORTED, Stream};

/// RFC 8935: the transmitter pushes.
const PUSH: &str = "urn:ietf:rfc:8935";

/// Public: where a receiver finds the keys and the rest.
pub(super) async fn well_known(State(sim): State<Sim>) -> Json<Value> {
    let issuer = &sim.org().base_url;
    let below = |path: &str| format!("{issuer}/api/v1/ssf/stream{path}");
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/oauth2/v1/keys"),
        "delivery_methods_supported": [PUSH],
        "configuration_endpoint": below(""),
        "status_endpoint": below("/status"),
        "verification_endpoint": below("/verification"),
        "spec_version": "1_0-ID3",
        "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:6749" }],
        "default_subjects": "ALL",
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamBody {
    events_requested: Vec<String>,
    delivery: Delivery,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Delivery {
    method: String,
    endpoint_url: String,
    authorization_header: Option<String>,
}

pub(super) async fn create(
    acting: Acting,
    JsonBody(body): JsonBody<StreamBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    if body.delivery.method != PUSH {
        let cause = format!("delivery.method: The only supported method is {PUSH}");
        return Err(ApiError::validation("delivery.method", cause));
    }
    let mut org = acting.org();
    let Delivery { endpoint_url, authorization_header, .. } = body.delivery;
    let id = org.create_stream(&endpoint_url, authorization_header, body.events_requested)?;
    Ok((StatusCode::CREATED, Json(view(&org, org.stream(&id)?))))
}

/// All streams, or the one that the query names.
pub(super) async fn list(State(sim): State<Sim>, params: Params) -> ApiResult<Json<Value>> {
    let org = sim.org();
    match params.get("stream_id") {
        Some(id) => Ok(Json(view(&org, org.stream(id)?))),
        None => Ok(Json(org.streams.values().map(|stream| view(&org, stream)).collect())),
    }
}

pub(super) async fn remove(acting: Acting, params: Params) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    let id = named(&org, params.get("stream_id"))?;
    org.delete_stream(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn status(State(sim): State<Sim>, params: Params) -> ApiResult<Json<Value>> {
    let id = named(&sim.org(), params.get("stream_id"))?;
    Ok(Json(json!({ "stream_id": id, "status": "enabled" })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VerificationBody {
    stream_id: Option<String>,
    state: Option<String>,
}

pub(super) async fn verify(
    acting: Acting,
    JsonBody(body): JsonBody<VerificationBody>,
) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    let id = named(&org, body.stream_id.as_deref())?;
    org.verify_stream(&id, body.state)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where an org has one stream, its id may be left out.
fn named(org: &Org, id: Option<&str>) -> ApiResult<String> {
    let mut all = org.streams.keys();
    match (id, all.next(), all.next()) {
        (Some(id), _, _) => Ok(org.stream(id)?.id.clone()),
        (None, Some(only), None) => Ok(only.clone()),
        (None, _, _) => Err(ApiError::validation("stream_id", "stream_id: Name one stream")),
    }
}

fn view(org: &Org, stream: &Stream) -> Value {
    let supported = |event: &&String| SUPPORTED.contains(&event.as_str());
    json!({
        "stream_id": stream.id,
        "iss": org.base_url,
        "aud": audience(&stream.endpoint),
        "events_requested": stream.events,
        "events_supported": SUPPORTED,
        "events_delivered": stream.events.iter().filter(supported).collect::<Vec<_>>(),
        "delivery": { "method": PUSH, "endpoint_url": stream.endpoint },
        "format": "iss_sub",
        "min_verification_interval": 0,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogOutBody {
    sub_id: Subject,
}

/// RFC 9493.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subject {
    format: String,
    id: String,
}

/// Okta takes its own ids, as `opaque` ones.
pub(super) async fn log_out(
    acting: Acting,
    JsonBody(body): JsonBody<LogOutBody>,
) -> ApiResult<StatusCode> {
    if body.sub_id.format != "opaque" {
        let cause = "sub_id.format: The subject format must be opaque";
        return Err(ApiError::validation("sub_id", cause));
    }
    acting.org().log_out_everywhere(&body.sub_id.id)?;
    Ok(StatusCode::NO_CONTENT)
}
