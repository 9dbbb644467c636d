//! The key that signs what the org says: ID tokens, logouts and security events. `/oauth2/v1/keys`
//! publishes it; what goes into a token is decided where it is made.

use anyhow::Context as _;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// One RSA key for the life of the process: Okta rotates its keys about four times a year, so a
/// client must read the key set again when it meets an unknown `kid`; a restart shows that.
pub struct SigningKey {
    private: EncodingKey,
    public: Jwk,
    kid: String,
}

impl SigningKey {
    pub fn generate() -> anyhow::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).context("generate the org's signing key")?;
        let der: Pkcs8V1Der = pair.as_der().context("encode the org's signing key")?;
        let private = EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes())
            .context("read the org's signing key")?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256)
            .context("derive the org's public key")?;
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(public_der(&pair)?));
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { private, public, kid })
    }

    /// RFC 7517: the set a client reads to verify an id token.
    pub fn published(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    pub fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        self.sign_with(None, claims)
    }

    /// A token whose kind stands in its header, so that it cannot pass for one of another kind.
    pub fn sign_as(&self, kind: &str, claims: &impl Serialize) -> anyhow::Result<String> {
        self.sign_with(Some(kind.to_owned()), claims)
    }

    fn sign_with(&self, typ: Option<String>, claims: &impl Serialize) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), typ, ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.private).context("sign a token")
    }

    /// Reads a token that this org signed, however old: sign-out takes an expired id token as a
    /// hint (OpenID Connect RP-Initiated Logout 1.0, section 2).
    pub fn read_own<T: DeserializeOwned>(&self, token: &str, issuer: &str) -> Option<T> {
        let key = DecodingKey::from_jwk(&self.public).ok()?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.set_issuer(&[issuer]);
        rules.set_required_spec_claims(&["iss", "sub", "aud"]);
        Some(jsonwebtoken::decode::<T>(token, &key, &rules).ok()?.claims)
    }
}

fn public_der(pair: &KeyPair) -> anyhow::Result<Vec<u8>> {
    use aws_lc_rs::encoding::PublicKeyX509Der;
    use aws_lc_rs::signature::KeyPair as _;
    let der: PublicKeyX509Der =
        pair.public_key().as_der().context("encode the org's public key")?;
    Ok(der.as_ref().to_vec())
}

/// jsonwebtoken takes PKCS#8 as PEM only (RFC 7468).
fn pem(pkcs8: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(pkcs8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_published_key_verifies_what_the_private_one_signed_and_nothing_else() {
        let (ours, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let claims = json!({"iss": "https://org", "sub": "00u1", "aud": "0oa1"});
        let token = ours.sign(&claims).unwrap();
        assert_eq!(ours.read_own::<Value>(&token, "https://org"), Some(claims));
        assert_eq!(ours.read_own::<Value>(&token, "https://elsewhere"), None);
        assert_eq!(other.read_own::<Value>(&token, "https://org"), None);
        let published = serde_json::to_value(ours.published()).unwrap();
        assert_eq!(published["keys"][0]["kty"], "RSA");
        assert_eq!(published["keys"][0]["use"], "sig");
        assert!(published["keys"][0].get("d").is_none());
    }
}
