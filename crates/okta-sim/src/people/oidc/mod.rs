//! The org authorization server: OpenID Connect 1.0 with the authorization code flow, PKCE and
//! nothing else. Its issuer is the org's base URL (Okta, "Authorization servers").

mod authorize;
mod client;
mod discovery;
mod grants;
mod service;
mod signout;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::People;
pub use grants::Grants;

pub fn routes() -> Router<Arc<People>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/oauth2/v1/keys", get(discovery::keys))
        .route("/oauth2/v1/authorize", get(authorize::start))
        .route("/oauth2/v1/authorize/redirect", get(authorize::resume))
        .route("/oauth2/v1/token", post(token::redeem))
        .route("/oauth2/v1/userinfo", get(userinfo::show).post(userinfo::show))
        .route("/oauth2/v1/logout", get(signout::by_client))
}

/// What a client may ask for.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];
