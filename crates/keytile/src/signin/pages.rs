//! The pages of signing in and out.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use axum_extra::extract::cookie::CookieJar;
use http::{HeaderName, HeaderValue};

use super::session;
use crate::app::App;
use crate::http::page::Page;
use crate::http::session::removal;
use crate::http::{Signed, router};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends this session, and clears what the browser kept of our pages (ASVS 14.3.1).
pub async fn sign_out(State(app): State<App>, signed: Option<Signed>) -> Page {
    if let Some(signed) = signed {
        session::end(&app, &signed.actor, signed.session).await?;
    }
    let jar = CookieJar::new().add(removal(&app.config));
    let clear = [(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""))];
    Ok((jar, clear, Redirect::to(&router::sign_in(""))).into_response())
}
