//! DPoP (RFC 9449): each request proves that its sender holds the key that the token is bound to.

use super::super::misconfigured::Misconfigured;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

/// A key of this process alone: whoever steals a token cannot use it without.
pub(super) struct Prover {
    key: EncodingKey,
    public: Jwk,
}

/// What is proven, and to whom.
pub(super) struct Proven<'a> {
    pub(super) method: &'a str,
    /// The URL without query and fragment.
    pub(super) url: &'a str,
    pub(super) id: String,
    pub(super) nonce: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    pub(super) now: Timestamp,
}

#[derive(Serialize)]
struct Claims<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

impl Prover {
    pub(super) fn generate() -> Result<Self, Misconfigured> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(|_| Misconfigured::BadKey)?;
        let key = EncodingKey::from_ec_der(pair.as_ref());
        let public = Jwk::from_encoding_key(&key, Algorithm::ES256);
        Ok(Self { key, public: public.map_err(|_| Misconfigured::BadKey)? })
    }

    pub(super) fn prove(&self, proven: &Proven<'_>) -> Result<String, Misconfigured> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(self.public.clone());
        let hash = |token: &str| URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
        let claims = Claims {
            jti: &proven.id,
            htm: proven.method,
            htu: proven.url,
            iat: proven.now.as_second(),
            nonce: proven.nonce,
            ath: proven.token.map(hash),
        };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| Misconfigured::BadKey)
    }
}
