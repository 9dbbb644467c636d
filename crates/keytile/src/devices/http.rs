//! What devices ask about themselves: `/extension/v1/devices`, `session` and `status`.

use axum::Json;
use axum::extract::{Request, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use seal::grant::{KemKind, SealingKey};
use seal::token::TokenText;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refused::Refused;
use super::request::{Claim, Signed};
use super::{Device, Enrolling};
use crate::app::App;

#[derive(Deserialize)]
struct Enrol {
    ticket: String,
    name: String,
    signing_key: String,
    sealing_key: Key,
}

#[derive(Deserialize)]
struct Key {
    kem: String,
    key: String,
}

/// A body that brings a ticket and nothing else.
#[derive(Deserialize)]
pub struct Bringing {
    /// The ticket.
    pub ticket: String,
}

#[derive(Serialize)]
struct Person<'d> {
    name: &'d str,
    email: &'d str,
}

impl<'d> Person<'d> {
    fn of(device: &'d Device) -> Self {
        Self { name: &device.person, email: &device.email }
    }
}

/// Enrols a browser: the request is signed by the key that it brings.
pub(crate) async fn enrol(
    State(app): State<App>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let claim = Claim::read(request, &app).await?;
    let asked: Enrol = claim.json()?;
    let decode = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text);
        bytes.map_err(|_| Refused::Malformed("A key is not base64url without padding.".into()))
    };
    let signing_key = decode(&asked.signing_key)?;
    let now = app.now();
    claim.check(&app, &signing_key, now)?;
    let kind = KemKind::from_code(&asked.sealing_key.kem)
        .ok_or_else(|| Refused::Malformed("The kem is x25519 or p256.".into()))?;
    let sealing_key = SealingKey::parse(kind, &decode(&asked.sealing_key.key)?, &mut app.rng())
        .map_err(|_| Refused::Malformed("Nothing can be sealed to the sealing key.".into()))?;
    let version = claim.version;
    let enrolling = Enrolling { name: asked.name, version, signing_key, sealing_key };
    let enrolled = super::enrol(&app, asked.ticket, enrolling).await?;
    let device = &enrolled.device;
    let body = json!({
        "device": device.id,
        "state": device.state().code(),
        "ticket": enrolled.ticket.as_ref().map(TokenText::expose),
        "server_key": URL_SAFE_NO_PAD.encode(&enrolled.server_key),
        "person": Person::of(device),
        "server_time": now.as_millisecond(),
    });
    Ok((StatusCode::CREATED, Json(body)))
}

/// Lets the device act in the session of the ticket that it brings.
pub(crate) async fn connect(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<Value>, Refused> {
    let Bringing { ticket } = signed.json()?;
    let device = super::connect(&app, &signed.device, ticket).await?;
    Ok(Json(told(&app, &device)))
}

/// Where the device stands.
pub(crate) async fn status(State(app): State<App>, signed: Signed) -> Result<Json<Value>, Refused> {
    signed.device.require_session(app.now())?;
    Ok(Json(told(&app, &signed.device)))
}

fn told(app: &App, device: &Device) -> Value {
    json!({
        "device": device.id,
        "state": device.state().code(),
        "person": Person::of(device),
        "workspace": device.workspace_name,
        "session_ends_at": device.session_ends_at().as_millisecond(),
        "server_time": app.now().as_millisecond(),
    })
}
