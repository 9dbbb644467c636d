//! What a client reads before anything else: where the endpoints are and which keys sign
//! (OpenID Connect Discovery 1.0).

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::super::Shared;
use super::SCOPES;

/// Okta lets both be cached; an hour is short enough to see a key that a restart made.
const CACHED: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "max-age=3600")];

pub async fn configuration(State(people): Shared) -> impl IntoResponse {
    let issuer = people.sim.org().base_url.clone();
    (CACHED, Json(metadata(&issuer)))
}

pub async fn keys(State(people): Shared) -> impl IntoResponse {
    (CACHED, Json(people.sim.key().published()))
}

fn metadata(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}/oauth2/v1/{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("keys"),
        "end_session_endpoint": at("logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "dpop_signing_alg_values_supported": ["RS256", "RS384", "RS512", "ES256", "ES384"],
        "claims_supported": [
            "iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "acr", "amr", "idp", "nonce",
            "at_hash", "name", "given_name", "family_name", "preferred_username", "locale",
            "zoneinfo", "updated_at", "email", "email_verified",
        ],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "request_parameter_supported": false,
    })
}
