//! Security events on the wire: signed tokens (SET, RFC 8417) that are pushed (RFC 8935), with
//! payloads as Okta's transmitter makes them (Okta, "SSF Transmitter SET payload structures").

use serde_json::{Value, json};

use super::call::{self, Answer};
use super::logout::audience;
use crate::Sim;
use crate::org::{Delivery, DeliveryKind, SESSION_REVOKED, Signal, Stream, VERIFICATION};

/// Sends one event down one stream. It is not tried again: the receiver's other sources have to
/// make up for it.
pub(super) async fn send(sim: &Sim, stream: &str, signal: &Signal) {
    let Ok(stream) = sim.org().stream(stream).cloned() else { return };
    let claims = claims(sim, &stream, signal);
    let answer = match sim.key().sign_as("secevent+jwt", &claims) {
        Ok(token) => {
            let request = sim.http().post(&stream.endpoint).header("accept", "application/json");
            let request = request.header("content-type", "application/secevent+jwt");
            let request = match &stream.authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            call::send(request.body(token)).await
        }
        Err(error) => Answer { status: None, text: error.to_string() },
    };
    let at = sim.now();
    let about = about(sim, signal);
    sim.org().note_delivery(Delivery {
        at,
        kind: DeliveryKind::Signal,
        to: stream.id.clone(),
        address: stream.endpoint.clone(),
        about,
        request: claims.to_string(),
        attempt: 1,
        status: answer.status,
        detail: answer.shown(),
    });
}

fn claims(sim: &Sim, stream: &Stream, signal: &Signal) -> Value {
    let now = sim.now().as_second();
    let mut org = sim.org();
    let jti = org.random_text(32);
    let issuer = org.base_url.clone();
    let mut claims = json!({
        "iss": issuer,
        "jti": jti,
        "iat": now,
        "aud": audience(&stream.endpoint),
    });
    match signal {
        Signal::SessionRevoked { user, reason, at } => {
            let person = json!({ "format": "iss_sub", "iss": issuer, "sub": user });
            claims["events"] = json!({ SESSION_REVOKED: {
                "subject": { "user": person },
                "reason_admin": { "en": reason },
                "event_timestamp": at.as_millisecond(),
            }});
        }
        Signal::Verification { state } => {
            claims["sub_id"] = json!({ "format": "opaque", "id": stream.id });
            claims["events"] = match state {
                Some(state) => json!({ VERIFICATION: { "state": state } }),
                None => json!({ VERIFICATION: {} }),
            };
        }
    }
    claims
}

fn about(sim: &Sim, signal: &Signal) -> String {
    match signal {
        Signal::SessionRevoked { user, .. } => {
            let org = sim.org();
            let login = org.user(user).map_or(user.as_str(), |user| user.login());
            format!("session-revoked {login}")
        }
        Signal::Verification { .. } => "verification".to_owned(),
    }
}
