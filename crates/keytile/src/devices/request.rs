//! A request that a device has signed: the one thing that lets it in. It carries no cookie, and none would help.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jiff::SignedDuration;
use model::{DeviceId, Timestamp};
use seal::grant;
use serde::de::DeserializeOwned;

use super::refused::Refused;
use super::rules::Version;
use super::{Device, USED_EVERY, present, touch};
use crate::app::App;

/// Where devices ask.
pub const PATH: &str = "/extension/v1/";
/// How far a device's clock may be off.
pub const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The largest body.
const LARGEST: usize = 64 * 1024;

/// A request whose signature fits a device that is not ended, with a clock and a version that are accepted. Whether its
/// session lives and it was approved, each use-case asks for itself.
pub struct Signed {
    /// Who signed it.
    pub device: Device,
    body: Bytes,
}

impl Signed {
    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        json(&self.body)
    }
}

impl FromRequest<App> for Signed {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let id = header(request.headers(), "keytile-device").and_then(|text| text.parse().ok());
        let id: DeviceId = id.ok_or(Refused::UnknownDevice)?;
        let claim = Claim::read(request, app).await?;
        let now = app.now();
        let device = present(&mut app.db.read().await?, id, now).await?;
        claim.check(app, &device.signing_key, now)?;
        device.rules.check(&claim.version)?;
        let version = claim.version.to_string();
        if now.duration_since(device.last_used_at) >= USED_EVERY || version != device.version {
            // Off the way of the answer.
            tokio::spawn(touch(app.clone(), device.clone(), version));
        }
        Ok(Self { device, body: claim.body })
    }
}

/// What a request says of itself, before it is known whose key it names.
pub struct Claim {
    /// The version of the extension.
    pub version: Version,
    /// What was signed.
    message: String,
    signature: Vec<u8>,
    time: Timestamp,
    body: Bytes,
}

impl Claim {
    /// Reads the headers and the body.
    pub async fn read(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let malformed =
            |what: &str| Refused::Malformed(format!("The header {what} is missing or malformed."));
        let signature = header(&parts.headers, "keytile-signature");
        let signature = signature
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or(Refused::UnknownDevice)?;
        let version =
            header(&parts.headers, "keytile-extension").and_then(|text| text.parse().ok());
        let version = version.ok_or_else(|| malformed("Keytile-Extension"))?;
        let told = header(&parts.headers, "keytile-time").unwrap_or_default();
        let time = told.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let time = time.ok_or_else(|| malformed("Keytile-Time"))?;
        let body = axum::body::to_bytes(body, LARGEST)
            .await
            .map_err(|_| Refused::Malformed("The body is too large, or broke off.".into()))?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let message = [
            "keytile-request/v1",
            parts.method.as_str(),
            &app.config.origin(),
            path,
            told,
            &URL_SAFE_NO_PAD.encode(seal::token::sha256(&body)),
        ]
        .join("\n");
        Ok(Self { version, message, signature, time, body })
    }

    /// Refuses unless the holder of this key has signed it, at this time, and sends it for the first time.
    pub fn check(&self, app: &App, key: &[u8], now: Timestamp) -> Result<(), Refused> {
        if !grant::verify(key, self.message.as_bytes(), &self.signature) {
            return Err(Refused::UnknownDevice);
        }
        if now.duration_since(self.time).abs() > SKEW {
            return Err(Refused::ClockOff);
        }
        if !app.replays.is_first(&self.signature, now) {
            return Err(Refused::Malformed(
                "This request was sent before. Sign each one anew.".into(),
            ));
        }
        Ok(())
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        json(&self.body)
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body)
        // What was sent may hold a ticket: only where it is wrong is told.
        .map_err(|error| {
            Refused::Malformed(format!(
                "The body is not as expected, at line {}, column {}.",
                error.line(),
                error.column()
            ))
        })
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}
