//! OAuth 2.0 for service apps: the client credentials grant with a signed assertion (RFC 7523),
//! and proofs of possession (DPoP, RFC 9449) at the token endpoint and at the API.

mod assertion;
mod grant;
mod proof;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;

pub(crate) use grant::{Grant, grant};
pub(crate) use proof::{Proof, Use};

/// What Okta takes for assertions and proofs alike, but for the symmetric ones.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384];

/// The claims of a JWT that this key signed. Times are the caller's to judge: the org has a clock
/// of its own.
fn claims_signed_by<T: DeserializeOwned>(token: &str, key: &Jwk) -> Option<T> {
    let algorithm = jsonwebtoken::decode_header(token).ok()?.alg;
    if !ALGORITHMS.contains(&algorithm) {
        return None;
    }
    let mut rules = Validation::new(algorithm);
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(key).ok()?;
    Some(jsonwebtoken::decode::<T>(token, &key, &rules).ok()?.claims)
}

/// A refusal in the words of RFC 6749, section 5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

impl Refusal {
    fn new(error: &'static str, description: &'static str) -> Self {
        let status = if error == "invalid_client" { 401 } else { 400 };
        Self { status, error, description }
    }
}

#[cfg(test)]
pub(crate) mod tests;
