//! Signing out.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Redirect};
use axum_extra::extract::cookie::CookieJar;
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::own_path;
use crate::app::App;
use crate::http::page::Page;
use crate::http::session::removal;
use crate::http::{Signed, router};
use crate::signin::session;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// What the sign-out form may send along.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Leaving {
    return_to: String,
}

/// Ends this session, and clears what the browser kept of our pages (ASVS 14.3.1).
pub async fn sign_out(
    State(app): State<App>,
    signed: Option<Signed>,
    form: Result<Form<Leaving>, FormRejection>,
) -> Page {
    if let Some(signed) = signed {
        session::end(&app, &signed.actor, signed.session).await?;
    }
    let return_to =
        form.map(|Form(leaving)| own_path(&app, &leaving.return_to)).unwrap_or_default();
    Ok((left(&app), Redirect::to(&router::signed_out(&return_to))).into_response())
}

/// What takes the session away from a browser.
pub(super) fn left(app: &App) -> impl axum::response::IntoResponseParts + use<> {
    let clear = [(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""))];
    (CookieJar::new().add(removal(&app.config)), axum::response::AppendHeaders(clear))
}
