//! What people see of the org: the sign-in page and OpenID Connect provider (`oidc`), their
//! dashboard (`dashboard`) and an admin console for demos (`admin`). Rules about people and apps
//! are `org`'s; the management API is `api`'s.

mod admin;
mod dashboard;
mod login;
mod oidc;
mod page;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tower::ServiceBuilder;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::Sim;
use crate::push::Provisioner;
use oidc::Grants;
use session::Sessions;

/// The org as its people meet it. One of these belongs to one [`Sim`].
pub struct People {
    sim: Sim,
    sessions: Sessions,
    grants: Grants,
    /// What the cookie of an opened admin console holds.
    console_pass: String,
    open_console: bool,
    provisioners: Vec<Provisioner>,
}

impl People {
    pub fn new(sim: Sim) -> Self {
        Self {
            sim,
            sessions: Sessions::default(),
            grants: Grants::default(),
            console_pass: secret(),
            open_console: false,
            provisioners: Vec::new(),
        }
    }

    /// Lets anybody open the admin console with a button, as a demo wants.
    #[must_use]
    pub fn with_open_console(mut self) -> Self {
        self.open_console = true;
        self
    }

    /// Shows this provisioner's failed pushes in the admin console.
    #[must_use]
    pub fn with_provisioner(mut self, provisioner: Provisioner) -> Self {
        self.provisioners.push(provisioner);
        self
    }

    /// Every route that a browser or an OpenID Connect client of the org uses. The sign-in is on
    /// the org authorization server: its issuer is the base URL.
    pub fn into_router(self) -> Router {
        let people = Arc::new(self);
        let guards = ServiceBuilder::new()
            .layer(CsrfLayer::new())
            // No `form-action`: after a sign-in the form's answer leads on to the client's site.
            .layer(always(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
            .layer(always(header::REFERRER_POLICY, "same-origin"))
            .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(SetResponseHeaderLayer::if_not_present(
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-store"),
            ));
        Router::new()
            .merge(oidc::routes())
            .merge(login::routes())
            .merge(dashboard::routes())
            .merge(admin::routes())
            .route("/assets/sim.css", get(stylesheet))
            .route("/assets/sim.svg", get(icon))
            .layer(guards)
            .with_state(people)
    }
}

/// The routes of [`People`] with a closed admin console.
pub fn router(sim: Sim) -> Router {
    People::new(sim).into_router()
}

type Shared = axum::extract::State<Arc<People>>;

const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

fn always(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

async fn stylesheet() -> Response {
    asset("text/css; charset=utf-8", include_str!("sim.css"))
}

async fn icon() -> Response {
    asset("image/svg+xml", include_str!("sim.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let cached = "no-cache";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cached)], text).into_response()
}

/// 256 unguessable bits. Not from the org's seeded chance: a browser may still hold the cookie of
/// an earlier run with the same seed, and it must not open somebody else's session.
fn secret() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's source of chance works");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
