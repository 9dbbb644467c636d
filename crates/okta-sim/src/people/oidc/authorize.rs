//! `/oauth2/v1/authorize`: who may get a code for which client, and what happens when nobody is
//! signed in (OpenID Connect Core 1.0, section 3.1.2; texts as Okta words them).

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::page::{found, message, with_query};
use super::super::session::{Session, Visitor};
use super::super::{People, Shared};
use super::grants::{Grant, Pending};
use super::{SCOPES, client};

/// What a client asks for. Everything is optional here, so that its absence is answered in words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    pub client_id: String,
    pub redirect_uri: String,
    response_type: String,
    response_mode: Option<String>,
    scope: String,
    state: Option<String>,
    nonce: Option<String>,
    prompt: Option<String>,
    max_age: Option<String>,
    acr_values: Option<String>,
    login_hint: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// A request that cannot be granted.
enum Refusal {
    /// The client or its address is unknown: the browser must not be sent there.
    Here(&'static str),
    /// Told to the client at its redirect URI.
    Back { error: &'static str, description: &'static str },
}

fn back(error: &'static str, description: &'static str) -> Refusal {
    Refusal::Back { error, description }
}

/// A request that has the right form.
struct Checked {
    scopes: Vec<String>,
    silent: bool,
    fresh: bool,
    max_age: Option<i64>,
    acr: Option<&'static Class>,
    code_challenge: String,
}

/// A client sends a browser.
pub async fn start(
    State(people): Shared,
    visitor: Visitor,
    request: Result<Query<Request>, QueryRejection>,
) -> Response {
    let Ok(Query(request)) = request else {
        return refuse(&Request::default(), &Refusal::Here("A parameter is given twice."));
    };
    let session = visitor.0.map(|(session, _)| session);
    let checked = match check(&people, &request) {
        Ok(checked) => checked,
        Err(refusal) => return refuse(&request, &refusal),
    };
    match session {
        Some(session) if suffices(&people, &checked, &session) && is_strong(&checked, &session) => {
            grant(&people, &request, checked, &session)
        }
        _ if checked.silent => {
            let description = "The client specified not to prompt, but the user is not logged in.";
            refuse(&request, &back("login_required", description))
        }
        Some(session) if suffices(&people, &checked, &session) => {
            let pending = Pending { request, not_session: None };
            to_verify(&people.grants.set_aside(pending, people.sim.now()))
        }
        session => {
            let hint = request.login_hint.clone().unwrap_or_default();
            let pending = Pending { request, not_session: session.map(|session| session.id) };
            let key = people.grants.set_aside(pending, people.sim.now());
            to_sign_in(&key, &hint)
        }
    }
}

#[derive(Deserialize)]
pub struct Resumed {
    okta_key: String,
}

/// The sign-in page sends the browser back.
pub async fn resume(
    State(people): Shared,
    visitor: Visitor,
    Query(Resumed { okta_key }): Query<Resumed>,
) -> Response {
    let Some(pending) = people.grants.pending(&okta_key, people.sim.now()) else {
        let text = "This sign-in is over. Go back to the app and start again.";
        return message(StatusCode::BAD_REQUEST, "Nothing to continue", text, None);
    };
    let session = visitor.0.map(|(session, _)| session);
    let Some(session) = session.filter(|session| pending.not_session.as_ref() != Some(&session.id))
    else {
        return to_sign_in(&okta_key, pending.request.login_hint.as_deref().unwrap_or_default());
    };
    let checked = check(&people, &pending.request);
    if checked.as_ref().is_ok_and(|checked| !is_strong(checked, &session)) {
        return to_verify(&okta_key);
    }
    people.grants.forget_pending(&okta_key);
    match checked {
        Ok(checked) => grant(&people, &pending.request, checked, &session),
        Err(refusal) => refuse(&pending.request, &refusal),
    }
}

fn to_sign_in(key: &str, hint: &str) -> Response {
    let from = with_query("/oauth2/v1/authorize/redirect", &[("okta_key", key)]);
    found(&with_query("/login", &[("fromURI", &from), ("login_hint", hint)]))
}

/// Another factor is asked for: the person is signed in, and not strongly enough.
fn to_verify(key: &str) -> Response {
    let from = with_query("/oauth2/v1/authorize/redirect", &[("okta_key", key)]);
    found(&with_query("/login/verify", &[("fromURI", &from)]))
}

/// Whether the factors of a session are as strong as the request asks.
fn is_strong(checked: &Checked, session: &Session) -> bool {
    checked.acr.is_none_or(|class| !class.two_factors || session.second_factor)
}

/// Whether a session is recent enough for this request, or the person has to sign in again.
fn suffices(people: &People, checked: &Checked, session: &Session) -> bool {
    let age = people.sim.now().duration_since(session.auth_time).as_secs();
    !checked.fresh && checked.max_age.is_none_or(|allowed| age <= allowed)
}

fn check(people: &People, request: &Request) -> Result<Checked, Refusal> {
    check_address(people, request)?;
    if request.response_type != "code" {
        return Err(back("unsupported_response_type", "The response type is not supported."));
    }
    if request.response_mode.as_deref().is_some_and(|mode| mode != "query") {
        return Err(back("invalid_request", "The response mode is not supported."));
    }
    if request.state.as_deref().unwrap_or_default().is_empty() {
        let description = "The authentication request has an invalid 'state' parameter.";
        return Err(back("invalid_request", description));
    }
    let scopes: Vec<String> = request.scope.split_whitespace().map(ToOwned::to_owned).collect();
    if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        let description =
            "One or more scopes are not configured for the authorization server resource.";
        return Err(back("invalid_scope", description));
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(back("invalid_scope", "The authentication request must have scope 'openid'."));
    }
    let (silent, fresh) = prompts(request.prompt.as_deref().unwrap_or_default())?;
    let max_age = match request.max_age.as_deref().map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return Err(back("invalid_request", "'max_age' is not a number.")),
    };
    let acr = acr(request.acr_values.as_deref().unwrap_or_default())?;
    let code_challenge = code_challenge(request)?;
    let fresh = fresh || max_age == Some(0);
    Ok(Checked { scopes, silent, fresh, max_age, acr, code_challenge })
}

fn check_address(people: &People, request: &Request) -> Result<(), Refusal> {
    let org = people.sim.org();
    let Some((_, registered)) = client::find(&org, &request.client_id) else {
        return Err(Refusal::Here("Invalid value for 'client_id' parameter."));
    };
    // Exact, character by character (RFC 9700, section 2.1).
    if !registered.redirect_uris.contains(&request.redirect_uri) {
        return Err(Refusal::Here(
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
        ));
    }
    Ok(())
}

/// (must not ask, must ask)
fn prompts(prompt: &str) -> Result<(bool, bool), Refusal> {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    if words.iter().any(|word| !["none", "login", "consent"].contains(word)) {
        return Err(back("invalid_request", "The 'prompt' parameter is not supported."));
    }
    let silent = words.contains(&"none");
    if silent && words.len() > 1 {
        return Err(back("invalid_request", "'none' cannot be combined with another prompt."));
    }
    Ok((silent, words.contains(&"login")))
}

/// An authentication context class that Okta knows, and whether it takes a second factor (Okta, "Step-up authentication
/// using ACR values").
struct Class {
    name: &'static str,
    two_factors: bool,
}

const CLASSES: [Class; 6] = [
    Class { name: "urn:okta:loa:1fa:any", two_factors: false },
    Class { name: "urn:okta:loa:1fa:pwd", two_factors: false },
    Class { name: "urn:okta:loa:2fa:any", two_factors: true },
    Class { name: "urn:okta:loa:2fa:any:ifpossible", two_factors: true },
    Class { name: "phr", two_factors: true },
    Class { name: "phrh", two_factors: true },
];

/// The class that is asked for: the first one, for they stand in the order of preference.
fn acr(values: &str) -> Result<Option<&'static Class>, Refusal> {
    let mut asked = Vec::new();
    for value in values.split_whitespace() {
        let known = CLASSES.iter().find(|class| class.name == value);
        asked.push(known.ok_or_else(|| {
            back("invalid_request", "The 'acr_values' parameter contains an unsupported value.")
        })?);
    }
    Ok(asked.first().copied())
}

fn code_challenge(request: &Request) -> Result<String, Refusal> {
    let Some(challenge) = request.code_challenge.clone() else {
        let description = "PKCE code challenge is required.";
        return Err(back("invalid_request", description));
    };
    if request.code_challenge_method.as_deref() != Some("S256") {
        return Err(back("invalid_request", "The PKCE code challenge method must be 'S256'."));
    }
    // 43 characters: base64url of 32 bytes (RFC 7636, section 4.2).
    let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if challenge.len() != 43 || !challenge.chars().all(url_safe) {
        return Err(back("invalid_request", "The PKCE code challenge is malformed."));
    }
    Ok(challenge)
}

fn grant(people: &People, request: &Request, checked: Checked, session: &Session) -> Response {
    let assigned = {
        let org = people.sim.org();
        client::find(&org, &request.client_id).is_some_and(|(app, _)| {
            app.implicit_assignment || app.users.contains_key(&session.user)
        })
    };
    if !assigned {
        let description = "User is not assigned to the client application.";
        return refuse(request, &back("access_denied", description));
    }
    let grant = Grant {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        user: session.user.clone(),
        scopes: checked.scopes,
        nonce: request.nonce.clone(),
        code_challenge: checked.code_challenge,
        auth_time: session.auth_time,
        second_factor: session.second_factor,
        acr: checked.acr.map(|class| class.name),
    };
    let code = people.grants.issue_code(grant, people.sim.now());
    send_back(request, &[("code", &code)])
}

fn refuse(request: &Request, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Here(detail) => {
            let text = "Your request resulted in an error. The app that sent you here is not set                         up as this org expects; tell its administrator.";
            message(StatusCode::BAD_REQUEST, "400 Bad Request", text, Some(detail))
        }
        Refusal::Back { error, description } => {
            send_back(request, &[("error", error), ("error_description", description)])
        }
    }
}

/// Back to the client, with the state that it sent. A query of its own stays.
fn send_back(request: &Request, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut to) = url::Url::parse(&request.redirect_uri) else {
        let text = "The app's redirect URI is not a URL.";
        return message(StatusCode::BAD_REQUEST, "400 Bad Request", text, None);
    };
    if let Some(state) = &request.state {
        to.query_pairs_mut().append_pair("state", state);
    }
    to.query_pairs_mut().extend_pairs(pairs);
    found(to.as_str())
}
