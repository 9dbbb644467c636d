//! `/api/v1/api-tokens`: what is known about tokens, never their value.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Acting;
use crate::Sim;
use crate::org::{ApiError, ApiResult, ApiToken, IDLE_FOR, Org, Resource, okta_time};

pub(super) async fn list(State(sim): State<Sim>) -> Json<Value> {
    let org = sim.org();
    let tokens = org.tokens.values().filter(|token| !token.revoked);
    Json(tokens.map(|token| view(&org, token)).collect())
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path(token): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    let found = org.tokens.get(&token).filter(|found| !found.revoked);
    let found = found.ok_or_else(|| ApiError::not_found(&token, Resource::Token))?;
    Ok(Json(view(&org, found)))
}

pub(super) async fn revoke(acting: Acting, Path(token): Path<String>) -> ApiResult<StatusCode> {
    acting.org().revoke_token(&token)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn revoke_current(acting: Acting) -> ApiResult<StatusCode> {
    acting.org().revoke_token(&acting.caller.token_id)?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(org: &Org, token: &ApiToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "userId": token.user_id,
        "clientName": "Okta API",
        "tokenWindow": "P30D",
        "network": { "connection": if token.outside_of_its_zone { "ZONE" } else { "ANYWHERE" } },
        "created": okta_time(token.created),
        "lastUpdated": okta_time(token.created),
        "expiresAt": okta_time(token.last_used + IDLE_FOR),
        "_links": {
            "self": {
                "href": format!("{}/api/v1/api-tokens/{}", org.base_url, token.id),
                "hints": { "allow": ["GET", "DELETE"] },
            },
        },
    })
}
