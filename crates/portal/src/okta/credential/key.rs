//! A service app's private key, as Okta's console or an admin's tool gives it out.

use super::super::misconfigured::Misconfigured;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::PublicKeyUse;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A key that signs. It does not print itself.
#[derive(Clone)]
pub struct AppKey {
    key: EncodingKey,
    algorithm: Algorithm,
    kid: Option<String>,
}

/// A key that was made for a service app.
pub struct NewKey {
    /// The private half as PEM (PKCS#8), as [`AppKey::read`] takes it.
    pub private: Zeroizing<String>,
    /// The public half as the JWK that an Okta admin adds to the app.
    pub public: String,
}

impl AppKey {
    /// Makes a key on the curve P-256, named `kid`. Nobody but this process has seen its private
    /// half.
    ///
    /// # Errors
    /// [`Misconfigured::BadKey`] when this machine cannot make one.
    pub fn generate(kid: &str) -> Result<NewKey, Misconfigured> {
        let document = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(|_| Misconfigured::BadKey)?;
        let body = Zeroizing::new(STANDARD.encode(document.as_ref()));
        let private = Zeroizing::new(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            *body
        ));
        let key = EncodingKey::from_ec_der(document.as_ref());
        let mut public = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::ES256)
            .map_err(|_| Misconfigured::BadKey)?;
        public.common.key_id = Some(kid.to_owned());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let public = serde_json::to_string_pretty(&public).map_err(|_| Misconfigured::BadKey)?;
        Ok(NewKey { private, public })
    }

    /// Reads a private key: PEM (PKCS#8) or a JWK, RSA or an elliptic curve.
    ///
    /// `kid` names the key where the app has several; a JWK brings its own.
    ///
    /// # Errors
    /// [`Misconfigured::BadKey`] when it is none, or public, or cannot sign.
    pub fn read(text: &str, kid: Option<String>) -> Result<Self, Misconfigured> {
        let text = text.trim();
        let (key, from_jwk) = if text.starts_with('{') {
            let jwk: Jwk = serde_json::from_str(text).map_err(|_| Misconfigured::BadKey)?;
            (jwk.encoding_key().ok_or(Misconfigured::BadKey)?, jwk.kid.clone())
        } else {
            let bytes = text.as_bytes();
            let key = EncodingKey::from_rsa_pem(bytes).or_else(|_| EncodingKey::from_ec_pem(bytes));
            (key.map_err(|_| Misconfigured::BadKey)?, None)
        };
        // What a key is good for shows when it signs.
        [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384]
            .into_iter()
            .map(|algorithm| Self {
                key: key.clone(),
                algorithm,
                kid: kid.clone().or_else(|| from_jwk.clone()),
            })
            .find(|key| key.sign(&()).is_ok())
            .ok_or(Misconfigured::BadKey)
    }

    /// A token of these claims, signed.
    pub(super) fn sign<T: Serialize>(
        &self,
        claims: &T,
    ) -> Result<Zeroizing<String>, Misconfigured> {
        let mut header = Header::new(self.algorithm);
        header.kid.clone_from(&self.kid);
        jsonwebtoken::encode(&header, claims, &self.key)
            .map(Zeroizing::new)
            .map_err(|_| Misconfigured::BadKey)
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppKey({:?}, …)", self.algorithm)
    }
}

/// The fields of a private JWK (RFC 7518, section 6).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(default)]
    crv: String,
    #[serde(flatten)]
    numbers: Numbers,
}

/// Numbers in base64url; which of them there are depends on the kind of key.
#[derive(Deserialize)]
struct Numbers {
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    d: String,
    #[serde(default)]
    p: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    dp: String,
    #[serde(default)]
    dq: String,
    #[serde(default)]
    qi: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Drop for Numbers {
    fn drop(&mut self) {
        for secret in
            [&mut self.d, &mut self.p, &mut self.q, &mut self.dp, &mut self.dq, &mut self.qi]
        {
            secret.zeroize();
        }
    }
}

impl Jwk {
    fn encoding_key(&self) -> Option<EncodingKey> {
        match self.kty.as_str() {
            "RSA" => self.numbers.rsa(),
            "EC" => self.numbers.curve(&self.crv),
            _ => None,
        }
    }
}

impl Numbers {
    /// As PKCS#1 (RFC 8017, appendix A.1.2): a version and eight integers.
    fn rsa(&self) -> Option<EncodingKey> {
        let mut body = Zeroizing::new(vec![0x02, 0x01, 0x00]);
        for number in [&self.n, &self.e, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi] {
            let bytes = decoded(number)?;
            let bytes = bytes.iter().position(|byte| *byte != 0).map(|first| &bytes[first..])?;
            // DER's integers have a sign: a leading one would make it negative.
            let pad = usize::from(bytes[0] >= 0x80);
            body.push(0x02);
            push_length(&mut body, bytes.len() + pad);
            body.extend(std::iter::repeat_n(0, pad));
            body.extend_from_slice(bytes);
        }
        let mut der = Zeroizing::new(vec![0x30]);
        push_length(&mut der, body.len());
        der.extend_from_slice(&body);
        Some(EncodingKey::from_rsa_der(&der))
    }

    fn curve(&self, crv: &str) -> Option<EncodingKey> {
        let algorithm = match crv {
            "P-256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
            "P-384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => return None,
        };
        let (d, x, y) = (decoded(&self.d)?, decoded(&self.x)?, decoded(&self.y)?);
        let public = [&[0x04], x.as_slice(), y.as_slice()].concat();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &d, &public).ok()?;
        pair.to_pkcs8v1().ok().map(|document| EncodingKey::from_ec_der(document.as_ref()))
    }
}

fn decoded(number: &str) -> Option<Zeroizing<Vec<u8>>> {
    URL_SAFE_NO_PAD.decode(number).ok().filter(|bytes| !bytes.is_empty()).map(Zeroizing::new)
}

/// A length in DER: short when it fits in seven bits, else the count of its bytes and the bytes.
fn push_length(der: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        der.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let bytes = &bytes[first..];
    der.push(0x80 | u8::try_from(bytes.len()).expect("a usize has at most eight bytes"));
    der.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C4: the public half is all that leaves, and belongs to the private one.
    #[test]
    fn a_new_key_signs_and_its_public_half_tells_nothing_private() {
        let new = AppKey::generate("k1").expect("a key");
        let key = AppKey::read(&new.private, Some("k1".to_owned())).expect("it is a private key");
        let public: serde_json::Value = serde_json::from_str(&new.public).expect("a JWK");
        assert_eq!((&public["kty"], &public["kid"]), (&"EC".into(), &"k1".into()));
        assert!(public.get("d").is_none());
        let token = key.sign(&serde_json::json!({ "exp": 4_102_444_800_u64 })).expect("it signs");
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(public).expect("a JWK");
        let verify = jsonwebtoken::DecodingKey::from_jwk(&jwk).expect("a public key");
        let rules = jsonwebtoken::Validation::new(Algorithm::ES256);
        let read = jsonwebtoken::decode::<serde_json::Value>(token.as_str(), &verify, &rules);
        assert!(read.is_ok());
        assert_ne!(AppKey::generate("k1").expect("another").public, new.public);
    }
}
