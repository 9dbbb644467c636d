//! The sample site: somewhere to log in to with the account `Shop window`. A page for the user name, one for the
//! password, and six boxes for the code. It logs nothing, and keeps what visitors type nowhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use askama::Template;
use aws_lc_rs::hmac;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use keytile::clock::{Chance, Clock};
use okta_sim::Sim;
use rand::Rng as _;
use rand::distr::Alphanumeric;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::workspace::Account;

const COOKIE: &str = "sample_visit";
/// Seconds for which a code is valid (RFC 6238, section 4.1).
const STEP: i64 = 30;
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; \
                              base-uri 'none'; frame-ancestors 'none'";

/// The site. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Parts>);

struct Parts {
    username: String,
    password: String,
    seed: Vec<u8>,
    clock: Clock,
    rng: Mutex<StdRng>,
    visits: Mutex<HashMap<String, Stage>>,
    /// Whose traffic the demo shows, so that anybody can look for secrets in it.
    sim: Sim,
}

/// How far a visitor has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// They have said a name; whether it exists is not told.
    Named { right: bool },
    /// Their password was right.
    Known,
    /// Their code was right too.
    In,
}

#[derive(Template)]
#[template(path = "site/page.html")]
struct Page {
    step: &'static str,
    problem: Option<&'static str>,
    username: String,
}

#[derive(Deserialize)]
struct Named {
    username: String,
}

#[derive(Deserialize)]
struct Password {
    password: String,
}

impl Site {
    /// A site that lets this account in.
    pub fn new(account: &Account, clock: Clock, chance: &Chance, sim: Sim) -> anyhow::Result<Self> {
        let seed = account.totp.as_deref().context("the sample account has no seed for codes")?;
        let seed = data_encoding::BASE32_NOPAD.decode(seed.as_bytes()).context("read its seed")?;
        Ok(Self(Arc::new(Parts {
            username: account.username.clone(),
            password: account.password.clone(),
            seed,
            clock,
            rng: Mutex::new(chance.rng()),
            visits: Mutex::default(),
            sim,
        })))
    }

    /// Its pages, and beside them what reached the simulated Okta.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(welcome))
            .route("/username", post(name))
            .route("/password", get(ask_password).post(password))
            .route("/code", get(ask_code).post(code))
            .route("/leave", post(leave))
            .route("/site.css", get(async || asset("text/css", include_str!("site/site.css"))))
            .route("/site.js", get(async || asset("text/javascript", include_str!("site/site.js"))))
            .route("/traffic.json", get(traffic))
            .with_state(self)
    }

    fn stage(&self, jar: &CookieJar) -> Option<Stage> {
        let visits = self.0.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.get(jar.get(COOKIE)?.value()).copied()
    }

    /// A visit under a new name each time that it comes further, so that an old cookie is worth nothing.
    fn advance(&self, jar: CookieJar, stage: Stage) -> CookieJar {
        let jar = self.forget(jar);
        let mut rng = self.0.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let id: String = (&mut *rng).sample_iter(Alphanumeric).take(43).map(char::from).collect();
        let mut visits = self.0.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.insert(id.clone(), stage);
        let cookie = Cookie::build((COOKIE, id)).path("/").http_only(true);
        jar.add(cookie.same_site(SameSite::Lax))
    }

    fn forget(&self, jar: CookieJar) -> CookieJar {
        let mut visits = self.0.visits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cookie) = jar.get(COOKIE) {
            visits.remove(cookie.value());
        }
        drop(visits);
        jar.remove(Cookie::build(COOKIE).path("/"))
    }

    /// The step before and the one after are accepted too, for clocks that differ (RFC 6238, section 5.2).
    fn accepts(&self, code: &str) -> bool {
        let step = self.0.clock.now().as_second().div_euclid(STEP);
        (step - 1..=step + 1).any(|step| totp(&self.0.seed, step) == code)
    }
}

/// A code of six digits (RFC 6238; RFC 4226, section 5.3).
fn totp(seed: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest[19] & 0x0f);
    let bytes: [u8; 4] = digest[offset..offset + 4].try_into().expect("20 bytes hold it");
    format!("{:06}", (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
}

async fn welcome(State(site): State<Site>, jar: CookieJar) -> Response {
    match site.stage(&jar) {
        Some(Stage::In) => page("welcome", None, &site.0.username),
        _ => page("username", None, ""),
    }
}

async fn name(State(site): State<Site>, jar: CookieJar, Form(typed): Form<Named>) -> Response {
    let username = typed.username.trim();
    if username.is_empty() {
        return page("username", Some("Type your user name or e-mail address."), "");
    }
    let right = username.eq_ignore_ascii_case(&site.0.username);
    (site.advance(jar, Stage::Named { right }), Redirect::to("/password")).into_response()
}

async fn ask_password(State(site): State<Site>, jar: CookieJar) -> Response {
    match site.stage(&jar) {
        Some(Stage::Named { .. }) => page("password", None, ""),
        _ => Redirect::to("/").into_response(),
    }
}

async fn password(
    State(site): State<Site>,
    jar: CookieJar,
    Form(typed): Form<Password>,
) -> Response {
    let Some(Stage::Named { right }) = site.stage(&jar) else {
        return Redirect::to("/").into_response();
    };
    if !right || typed.password != site.0.password {
        return page("password", Some("The user name or the password is wrong. Try again."), "");
    }
    (site.advance(jar, Stage::Known), Redirect::to("/code")).into_response()
}

async fn ask_code(State(site): State<Site>, jar: CookieJar) -> Response {
    match site.stage(&jar) {
        Some(Stage::Known) => page("code", None, ""),
        _ => Redirect::to("/").into_response(),
    }
}

/// The boxes share a name, so the form brings the digits in order.
async fn code(
    State(site): State<Site>,
    jar: CookieJar,
    Form(typed): Form<Vec<(String, String)>>,
) -> Response {
    if site.stage(&jar) != Some(Stage::Known) {
        return Redirect::to("/").into_response();
    }
    let code: String = typed.iter().map(|(_, digit)| digit.trim()).collect();
    if !site.accepts(&code) {
        return page(
            "code",
            Some("That code is not right, or too old. Type the one that shows now."),
            "",
        );
    }
    (site.advance(jar, Stage::In), Redirect::to("/")).into_response()
}

async fn leave(State(site): State<Site>, jar: CookieJar) -> Response {
    (site.forget(jar), Redirect::to("/")).into_response()
}

/// Every request that reached the simulated Okta's management API, as it came.
async fn traffic(State(site): State<Site>) -> Json<Value> {
    let requests = site.0.sim.traffic().into_iter().map(|exchange| {
        json!({
            "at": exchange.at.to_string(),
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "headers": exchange.request_headers,
            "body": exchange.request_body,
            "status": exchange.status,
        })
    });
    Json(requests.collect())
}

fn page(step: &'static str, problem: Option<&'static str>, username: &str) -> Response {
    let page = Page { step, problem, username: username.to_owned() };
    let html = page.render().expect("the page writes to memory");
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), Html(html))
        .into_response()
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = b"12345678901234567890";
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(totp(seed, second / STEP), code);
        }
    }
}
