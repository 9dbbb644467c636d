//! `private_key_jwt`: a client says who it is by signing a short statement (RFC 7523, section 3).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Refusal, claims_signed_by};
use crate::org::{Org, ServiceClient};

/// Okta refuses assertions that hold longer than an hour.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    jti: Option<String>,
}

/// The claims of a JWT before its signature is known to hold: whose key to try.
fn claimed_client(assertion: &str) -> Option<String> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(assertion).ok()?.claims;
    Some(claims.sub)
}

/// The id of the app that signed the assertion, and its registration.
pub(super) fn client(org: &mut Org, assertion: &str) -> Result<(String, ServiceClient), Refusal> {
    let refused = |text| Refusal::new("invalid_client", text);
    let client_id = claimed_client(assertion)
        .ok_or_else(|| refused("The client_assertion is not a JWT with iss, sub, aud and exp."))?;
    let Some((app, client)) = org.service_app(&client_id) else {
        return Err(refused("Invalid value for 'client_id' parameter."));
    };
    let (app, client) = (app.id.clone(), client.clone());
    let signed = client.keys.iter().find_map(|key| claims_signed_by::<Claims>(assertion, key));
    let claims = signed.ok_or_else(|| refused("The client_assertion signature is invalid."))?;
    if claims.iss != client_id {
        return Err(refused("The 'iss' and 'sub' of the client_assertion must be the client_id."));
    }
    let endpoint = format!("{}/oauth2/v1/token", org.base_url);
    if claims.aud != endpoint {
        return Err(refused("The audience claim for client_assertion must be the endpoint."));
    }
    check_time(org, &claims)?;
    Ok((app, client))
}

fn check_time(org: &mut Org, claims: &Claims) -> Result<(), Refusal> {
    let refused = |text| Refusal::new("invalid_client", text);
    let now = org.now();
    let until = Timestamp::from_second(claims.exp)
        .map_err(|_| refused("The 'exp' of the client_assertion is not an instant."))?;
    if until <= now {
        return Err(refused("The client_assertion token is expired."));
    }
    if until.duration_since(now) > LONGEST {
        return Err(refused(
            "The client_assertion token has an expiration too far into the future.",
        ));
    }
    match &claims.jti {
        Some(id) if !org.use_once(&format!("assertion {id}"), until) => {
            Err(refused("The client_assertion token has already been used."))
        }
        _ => Ok(()),
    }
}
