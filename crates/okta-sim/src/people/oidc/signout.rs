//! `/oauth2/v1/logout`: a client ends the org's session and gets the browser back
//! (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::page::{found, message};
use super::super::session::{self, COOKIE};
use super::super::{People, Shared};
use super::client;

#[derive(Deserialize)]
pub struct Logout {
    id_token_hint: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

pub async fn by_client(
    State(people): Shared,
    jar: CookieJar,
    Query(asked): Query<Logout>,
) -> Response {
    let to = match destination(&people, &asked) {
        Ok(to) => to,
        Err(detail) => {
            let text = "You were not signed out. Go back to the app, or sign out on My Apps.";
            return message(StatusCode::BAD_REQUEST, "400 Bad Request", text, Some(detail));
        }
    };
    if let Some(cookie) = jar.get(COOKIE) {
        people.sign_out(cookie.value());
    }
    (jar.add(session::removal(COOKIE)), found(&to)).into_response()
}

fn destination(people: &People, asked: &Logout) -> Result<String, &'static str> {
    let hint = asked.id_token_hint.as_deref().ok_or("'id_token_hint' is missing.")?;
    let org = people.sim.org();
    let claims: Map<String, Value> = people
        .sim
        .key()
        .read_own(hint, &org.base_url)
        .ok_or("'id_token_hint' is not an ID token of this org.")?;
    let Some(wanted) = asked.post_logout_redirect_uri.as_deref() else {
        return Ok("/login?signedOut=1".to_owned());
    };
    let client_id = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    let registered = client::find(&org, client_id).is_some_and(|(_, client)| {
        client.post_logout_redirect_uris.iter().any(|uri| uri == wanted)
    });
    let refused = "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the \
                   client app settings.";
    let mut to = url::Url::parse(wanted).ok().filter(|_| registered).ok_or(refused)?;
    if let Some(state) = &asked.state {
        to.query_pairs_mut().append_pair("state", state);
    }
    Ok(to.into())
}
