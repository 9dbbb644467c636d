//! `/oauth2/v1/userinfo`, and which claims a scope opens (OpenID Connect Core 1.0, sections 5.3
//! and 5.4).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::super::{People, Shared};
use crate::org::Org;

pub async fn show(State(people): Shared, headers: HeaderMap) -> Response {
    if let Some(claims) = allowed(&people, &headers) {
        return Json(claims).into_response();
    }
    let challenge = "Bearer error=\"invalid_token\", \
                     error_description=\"The access token is invalid.\"";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

fn allowed(people: &People, headers: &HeaderMap) -> Option<Map<String, Value>> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let access = people.grants.access(token.trim(), people.sim.now())?;
    let org = people.sim.org();
    let user = org.user(&access.user).ok().filter(|user| user.status.keeps_sessions())?;
    if user.tokens_ended != access.ended_before {
        return None;
    }
    Some(claims(&org, &access.user, &access.scopes))
}

/// What these scopes tell about a person. `sub` is Okta's user id.
pub fn claims(org: &Org, user: &str, scopes: &[String]) -> Map<String, Value> {
    let mut claims = Map::from_iter([("sub".to_owned(), user.into())]);
    let Ok(user) = org.user(user) else { return claims };
    let mut tell = |name: &str, value: Value| {
        if !value.is_null() {
            claims.insert(name.to_owned(), value);
        }
    };
    let attribute = |name: &str| user.attribute(name).map_or(Value::Null, Into::into);
    for scope in scopes {
        match scope.as_str() {
            "profile" => {
                tell("name", user.display_name().into());
                tell("preferred_username", user.login().into());
                tell("given_name", attribute("firstName"));
                tell("family_name", attribute("lastName"));
                tell("locale", attribute("locale"));
                tell("zoneinfo", attribute("timezone"));
                tell("updated_at", user.last_updated.as_second().into());
            }
            "email" => {
                tell("email", user.email().into());
                tell("email_verified", true.into());
            }
            _ => {}
        }
    }
    claims
}
