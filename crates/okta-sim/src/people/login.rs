//! Signing in and out: the name first, then the password, as Okta Identity Engine asks. Works
//! without script.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use std::sync::Arc;

use super::page::{found, html, with_query};
use super::session::{self, COOKIE, Visitor};
use super::{People, Shared};

const HOME: &str = "/app/UserHome";

pub fn routes() -> Router<Arc<People>> {
    Router::new()
        .route("/", get(async || found(HOME)))
        .route("/login", get(ask).post(answer))
        .route("/login/login.htm", get(ask))
        .route("/login/verify", get(ask_to_verify).post(verify))
        .route("/login/signout", get(sign_out).post(sign_out))
        .route("/signin", get(ask))
}

#[derive(Template)]
#[template(path = "people/login.html")]
struct LoginPage<'a> {
    org: &'a str,
    /// The name that was given; the password is asked for next.
    user_name: Option<&'a str>,
    /// What the name field starts with: the client's `login_hint`.
    suggested: &'a str,
    from_uri: &'a str,
    start_again: &'a str,
    problem: Option<&'a str>,
    notice: Option<&'a str>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "fromURI", default)]
    from_uri: String,
    #[serde(default)]
    login_hint: String,
    #[serde(rename = "signedOut")]
    signed_out: Option<String>,
}

async fn ask(State(people): Shared, Query(asked): Query<Asked>) -> Response {
    html(&LoginPage {
        org: &people.sim.org().company_name,
        user_name: None,
        suggested: &asked.login_hint,
        from_uri: local(&asked.from_uri),
        start_again: "",
        problem: None,
        notice: asked.signed_out.is_some().then_some("You are signed out."),
    })
}

#[derive(Deserialize)]
struct Answered {
    #[serde(rename = "fromURI", default)]
    from_uri: String,
    username: String,
    password: Option<String>,
}

async fn answer(State(people): Shared, jar: CookieJar, Form(given): Form<Answered>) -> Response {
    let from_uri = local(&given.from_uri);
    let user_name = given.username.trim();
    let Some(password) = given.password.as_deref().filter(|_| !user_name.is_empty()) else {
        return next_step(&people, from_uri, user_name, None);
    };
    let now = people.sim.now();
    let session = {
        let mut org = people.sim.org();
        let user = org.sign_in(user_name, password);
        user.ok().and_then(|id| Some(people.sessions.start(org.users.get(&id)?, now)))
    };
    let Some(session) = session else {
        // The same words for a wrong name, a wrong password and a suspended person: Okta does
        // not say which.
        return next_step(&people, from_uri, user_name, Some("Unable to sign in"));
    };
    if let Some(before) = jar.get(COOKIE) {
        people.sessions.end(before.value());
    }
    let to = if from_uri.is_empty() { HOME } else { from_uri };
    (jar.add(session::cookie(COOKIE, session.id)), found(to)).into_response()
}

#[derive(Template)]
#[template(path = "people/verify.html")]
struct VerifyPage<'a> {
    org: &'a str,
    name: &'a str,
    from_uri: &'a str,
}

#[derive(Deserialize)]
struct Verifying {
    #[serde(rename = "fromURI", default)]
    from_uri: String,
}

/// Asks somebody who is signed in for a second factor: to tap a notification of Okta Verify.
async fn ask_to_verify(
    State(people): Shared,
    visitor: Visitor,
    Query(asked): Query<Verifying>,
) -> Response {
    let Some((_, person)) = visitor.0 else { return found("/login") };
    let org = people.sim.org().company_name.clone();
    html(&VerifyPage { org: &org, name: &person.login, from_uri: local(&asked.from_uri) })
}

async fn verify(State(people): Shared, visitor: Visitor, Form(given): Form<Verifying>) -> Response {
    let Some((session, _)) = visitor.0 else { return found("/login") };
    people.sessions.verify(&session.id, people.sim.now());
    let to = local(&given.from_uri);
    found(if to.is_empty() { HOME } else { to })
}

fn next_step(
    people: &People,
    from_uri: &str,
    user_name: &str,
    problem: Option<&'static str>,
) -> Response {
    let start_again = with_query("/login", &[("fromURI", from_uri), ("login_hint", user_name)]);
    html(&LoginPage {
        org: &people.sim.org().company_name,
        user_name: Some(user_name).filter(|name| !name.is_empty()),
        suggested: "",
        from_uri,
        start_again: &start_again,
        problem,
        notice: None,
    })
}

async fn sign_out(State(people): Shared, jar: CookieJar) -> Response {
    if let Some(cookie) = jar.get(COOKIE) {
        people.sign_out(cookie.value());
    }
    (jar.add(session::removal(COOKIE)), found("/login?signedOut=1")).into_response()
}

/// Only a path of this org may follow a sign-in; anything else becomes the dashboard. Browsers
/// read `\` as `/` and drop tabs and line ends, so neither may stand in it.
fn local(uri: &str) -> &str {
    let plain = uri.starts_with('/')
        && !uri.starts_with("//")
        && !uri.contains(|c: char| c == '\\' || c.is_control());
    if plain { uri } else { "" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_a_path_of_this_org_follows_a_sign_in() {
        assert_eq!(local("/app/UserHome?x=1"), "/app/UserHome?x=1");
        for elsewhere in ["https://evil.test/", "//evil.test", "/\\evil.test", "/\t/evil.test", ""]
        {
            assert_eq!(local(elsewhere), "", "{elsewhere:?}");
        }
    }
}
