//! Universal Logout on the wire: Okta's form of Global Token Revocation (Okta, "Build Universal
//! Logout for your app"; draft-parecki-oauth-global-token-revocation). The token proves who asks,
//! the body says whom it is about, and only the status of the answer counts.

use serde_json::{Value, json};

use super::call::{self, Answer};
use crate::Sim;
use crate::org::{Delivery, DeliveryKind, SubjectFormat, UniversalLogout};

/// The token is good for this long before and after the moment that it was made.
const GOOD_FOR_SECONDS: i64 = 300;

/// Asks one app to end everything that a person has there.
pub(super) async fn send(sim: &Sim, app: &str, user: &str, email: &str) {
    let Some((logout, claims, body)) = compose(sim, app, user, email) else { return };
    let answer = match sim.key().sign_as("global-token-revocation+jwt", &claims) {
        Ok(token) => {
            let request = sim.http().post(&logout.endpoint).bearer_auth(token);
            let request = request.header("content-type", "application/json");
            call::send(request.body(body.to_string())).await
        }
        Err(error) => Answer { status: None, text: error.to_string() },
    };
    let at = sim.now();
    sim.org().note_delivery(Delivery {
        at,
        kind: DeliveryKind::UniversalLogout,
        to: app.to_owned(),
        address: logout.endpoint,
        about: email.to_owned(),
        request: json!({ "token": claims, "body": body }).to_string(),
        attempt: 1,
        status: answer.status,
        detail: answer.shown(),
    });
}

fn compose(
    sim: &Sim,
    app: &str,
    user: &str,
    email: &str,
) -> Option<(UniversalLogout, Value, Value)> {
    let now = sim.now().as_second();
    let mut org = sim.org();
    let jti = org.random_text(32);
    let app = org.app(app).ok()?;
    let logout = app.universal_logout.clone()?;
    let issuer = &org.base_url;
    // Of an OpenID Connect app its client id, of others the id of the app instance.
    let subject = app.oidc().map_or(app.id.as_str(), |client| &client.client_id);
    let claims = json!({
        "jti": jti,
        "iss": issuer,
        "sub": subject,
        "aud": audience(&logout.endpoint),
        "iat": now,
        "nbf": now - GOOD_FOR_SECONDS,
        "exp": now + GOOD_FOR_SECONDS,
    });
    let whom = match logout.subject {
        SubjectFormat::Email => json!({ "format": "email", "email": email }),
        SubjectFormat::IssuerAndSubject => {
            json!({ "format": "iss_sub", "iss": issuer, "sub": user })
        }
    };
    Some((logout, claims, json!({ "sub_id": whom })))
}

/// `aud` of a token for this address: without query and fragment.
pub(crate) fn audience(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    address[..end].to_owned()
}
