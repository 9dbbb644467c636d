//! Proofs of possession: with each request, a small signed statement about that request alone
//! (RFC 9449, section 4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::ThumbprintHash;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Refusal, claims_signed_by};
use crate::org::Org;

/// How far the clock of a client may be off.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    iat: i64,
    jti: String,
    nonce: Option<String>,
    ath: Option<String>,
}

/// What a proof must be about.
pub(crate) struct Use<'a> {
    pub(crate) method: &'a str,
    /// The address without a query.
    pub(crate) uri: &'a str,
    /// The access token that it comes with; none at the token endpoint.
    pub(crate) access_token: Option<&'a str>,
}

/// A proof that holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Of the key that signed it, by RFC 7638.
    pub(crate) thumbprint: String,
    pub(crate) nonce: Option<String>,
}

impl Proof {
    /// Reads the `DPoP` header of a request; says what is wrong with it.
    pub(crate) fn read(org: &mut Org, header: Option<&str>, wanted: &Use) -> Result<Self, Refusal> {
        let refused = |text| Refusal::new("invalid_dpop_proof", text);
        // The text of recording 49.
        let header = header.ok_or_else(|| refused("The DPoP proof JWT header is missing."))?;
        let head = jsonwebtoken::decode_header(header)
            .map_err(|_| refused("The DPoP proof JWT is malformed."))?;
        if head.typ.as_deref() != Some("dpop+jwt") {
            return Err(refused("The 'typ' of the DPoP proof JWT must be 'dpop+jwt'."));
        }
        let key = head.jwk.ok_or_else(|| refused("The DPoP proof JWT has no 'jwk'."))?;
        let claims: Claims = claims_signed_by(header, &key)
            .ok_or_else(|| refused("The DPoP proof JWT is not signed by its 'jwk'."))?;
        check(org, &claims, wanted)?;
        let thumbprint = key.thumbprint(ThumbprintHash::SHA256);
        Ok(Self { thumbprint, nonce: claims.nonce })
    }
}

fn check(org: &mut Org, claims: &Claims, wanted: &Use) -> Result<(), Refusal> {
    let refused = |text| Refusal::new("invalid_dpop_proof", text);
    if claims.htm != wanted.method {
        return Err(refused("'htm' claim in the DPoP proof JWT is invalid."));
    }
    if claims.htu.split(['?', '#']).next() != Some(wanted.uri) {
        return Err(refused("'htu' claim in the DPoP proof JWT is invalid."));
    }
    let digest = wanted.access_token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    if digest.is_some() && claims.ath != digest {
        return Err(refused("'ath' claim in the DPoP proof JWT is invalid."));
    }
    let issued_at = Timestamp::from_second(claims.iat).unwrap_or(Timestamp::MIN);
    if org.now().duration_since(issued_at).abs() > SKEW {
        return Err(refused("'iat' claim in the DPoP proof JWT is invalid."));
    }
    if !org.use_once(&format!("proof {}", claims.jti), issued_at + SKEW + SKEW) {
        return Err(refused("The DPoP proof JWT has already been used."));
    }
    Ok(())
}
