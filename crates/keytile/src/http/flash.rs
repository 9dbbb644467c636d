//! A message that outlives one redirect: it travels in a cookie of the browser's own and is shown once, as a toast.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::SET_COOKIE;

use super::page::Page;
use crate::config::Config;
use crate::error::Error;
use crate::ui::{Link, Message};

const KINDS: [&str; 4] = ["good", "info", "warn", "bad"];

/// Goes to `to`, where the page shows `message` once. Kinds: `good`, `info`, `warn`, `bad`.
pub fn redirect(config: &Config, to: &str, message: &Message) -> Response {
    let mut response = Redirect::to(to).into_response();
    set(config, &mut response, message);
    response
}

/// Goes to `to` and says there that something was done, or what stood in the way of it. What the person may not see or
/// do remains a page of its own.
pub fn told<T>(
    config: &Config,
    to: &str,
    result: Result<T, Error>,
    done: impl FnOnce(T) -> String,
) -> Page {
    match result {
        Ok(value) => Ok(redirect(config, to, &good(done(value)))),
        Err(
            error @ (Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::FeatureOff
            | Error::Portal(_)),
        ) => Ok(redirect(config, to, &bad(error.to_string()))),
        Err(error) => Err(error.into()),
    }
}

/// Says that something was done.
pub fn good(text: impl Into<String>) -> Message {
    Message { kind: "good", text: text.into(), link: None }
}

/// Says what went wrong, and what to do.
pub fn bad(text: impl Into<String>) -> Message {
    Message { kind: "bad", text: text.into(), link: None }
}

/// Leaves `message` for the next page.
pub fn set(config: &Config, response: &mut Response, message: &Message) {
    let link = message.link.as_ref().map(|link| (&link.text, &link.href));
    let text = serde_json::json!([message.kind, message.text, link]).to_string();
    put(response, &cookie(config, BASE64_URL_SAFE_NO_PAD.encode(text)));
}

/// The message that a request brings along. The browser's owner could have written it, so a link must stay here.
pub fn read(config: &Config, jar: &CookieJar) -> Option<Message> {
    type Stored = (String, String, Option<(String, String)>);
    let text = BASE64_URL_SAFE_NO_PAD.decode(jar.get(name(config))?.value()).ok()?;
    let (kind, text, link): Stored = serde_json::from_slice(&text).ok()?;
    Some(Message {
        kind: KINDS.into_iter().find(|known| *known == kind)?,
        text,
        link: link
            .filter(|(_, href)| href.starts_with('/') && !href.starts_with("//"))
            .map(|(text, href)| Link { text, href }),
    })
}

/// Forgets the message, once a page has shown it.
pub(super) fn clear(config: &Config, response: &mut Response) {
    let mut gone = cookie(config, String::new());
    gone.make_removal();
    put(response, &gone);
}

/// The cookie's name.
pub(super) fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile-flash" } else { "keytile-flash" }
}

fn cookie(config: &Config, value: String) -> Cookie<'static> {
    Cookie::build((name(config), value))
        .path("/")
        .http_only(true)
        .secure(config.is_https())
        .same_site(SameSite::Lax)
        .build()
}

fn put(response: &mut Response, cookie: &Cookie<'_>) {
    let value = HeaderValue::from_str(&cookie.to_string()).expect("a cookie of base64 is a header");
    response.headers_mut().append(SET_COOKIE, value);
}
