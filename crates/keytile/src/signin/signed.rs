//! Tokens that the identity provider signs and that are no ID tokens: who is to be signed out, and security events. They
//! come to us by themselves, so everything about them is checked before anything in them is believed (RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use model::Timestamp;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyUse};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::oidc::{KEPT_FOR, Providers, REREAD_AFTER, Trouble};
use crate::app::App;

/// No token of this kind is nearly as long.
const LONGEST: usize = 16 * 1024;
/// Clocks differ by so much.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The longest name of a token.
const LONGEST_ID: usize = 256;

/// What a token must be.
pub struct Expected<'a> {
    /// Its `typ`, so that no other token of the same provider is taken for it.
    pub kind: &'static str,
    /// Who signs it.
    pub issuer: &'a str,
    /// Whom it may be for: one of these.
    pub audiences: &'a [String],
    /// It must say when it ends.
    pub ends: bool,
    /// How old it may be.
    pub oldest: SignedDuration,
}

/// What a token says that passed every check.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Its name: no two tokens of an issuer have the same.
    pub id: String,
    /// All that it says.
    pub claims: Map<String, Value>,
    /// After this it is refused for its age.
    pub until: Timestamp,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The provider's keys could not be read.
    #[error("the issuer's keys could not be read")]
    NoKeys,
    /// Not a token of this kind at all.
    #[error("it is not a token of this kind")]
    Shape,
    /// No key of the issuer signed it.
    #[error("no key of the issuer has signed it")]
    Signature,
    /// Somebody else's.
    #[error("it is of another issuer")]
    Issuer,
    /// For somebody else.
    #[error("it is for another audience")]
    Audience,
    /// Too old, over, or of the future.
    #[error("its time is not now")]
    Time,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Checks a token: kind, algorithm, key, signature, issuer, audience, and time.
///
/// # Errors
/// The first flaw. It is for the log and the sender, who is the provider or nobody.
pub async fn verify(
    app: &App,
    providers: &Providers,
    token: &str,
    expected: &Expected<'_>,
) -> Result<Signed, Flaw> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err(Flaw::Shape) };
    if token.len() > LONGEST {
        return Err(Flaw::Shape);
    }
    let kid = check_header(&decode(header)?, expected.kind)?;
    let signature = decode(signature)?;
    let message = &token.as_bytes()[..header.len() + 1 + claims.len()];
    let mut is_signed =
        has_signed(app, providers, expected.issuer, &kid, message, &signature, KEPT_FOR).await?;
    if is_signed.is_none() {
        // The provider may have changed its keys since we read them.
        is_signed =
            has_signed(app, providers, expected.issuer, &kid, message, &signature, REREAD_AFTER)
                .await?;
    }
    if is_signed != Some(true) {
        return Err(Flaw::Signature);
    }
    let claims: Map<String, Value> =
        serde_json::from_slice(&decode(claims)?).map_err(|_| Flaw::Shape)?;
    check_claims(claims, expected, app.now())
}

fn decode(part: &str) -> Result<Vec<u8>, Flaw> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Flaw::Shape)
}

/// One algorithm: neither `none` nor a MAC under a public key can be asked for. The key's name is needed, and no header
/// leads to a key elsewhere.
fn check_header(bytes: &[u8], kind: &str) -> Result<String, Flaw> {
    let header: Header = serde_json::from_slice(bytes).map_err(|_| Flaw::Shape)?;
    let typ = header.typ.unwrap_or_default().to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    if header.alg != "RS256" || typ != kind || header.crit.is_some() {
        return Err(Flaw::Shape);
    }
    header.kid.ok_or(Flaw::Shape)
}

/// Whether the issuer's key of this name has signed it; `None` where there is no such key.
async fn has_signed(
    app: &App,
    providers: &Providers,
    issuer: &str,
    kid: &str,
    message: &[u8],
    signature: &[u8],
    max_age: SignedDuration,
) -> Result<Option<bool>, Flaw> {
    let metadata = providers.metadata(app, issuer, max_age).await.map_err(|trouble: Trouble| {
        tracing::warn!(%trouble, "the keys of an issuer could not be read");
        Flaw::NoKeys
    })?;
    let is_it = |key: &&CoreJsonWebKey| {
        key.key_id().is_some_and(|id| id.as_str() == kid)
            && key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
    };
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    let mut keys = metadata.jwks().keys().iter().filter(is_it).peekable();
    if keys.peek().is_none() {
        return Ok(None);
    }
    Ok(Some(keys.any(|key| key.verify_signature(&algorithm, message, signature).is_ok())))
}

fn check_claims(
    claims: Map<String, Value>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Signed, Flaw> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(Flaw::Issuer);
    }
    let is_ours = |audience: &Value| {
        audience.as_str().is_some_and(|text| expected.audiences.iter().any(|ours| ours == text))
    };
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    if !is_for_us {
        return Err(Flaw::Audience);
    }
    let instant = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let second = value.as_i64().or_else(|| whole(value.as_f64()?));
            let at = second.and_then(|second| Timestamp::from_second(second).ok());
            at.map(Some).ok_or(Flaw::Time)
        }
    };
    let issued_at = instant("iat")?.ok_or(Flaw::Time)?;
    let (ends_at, begins_at) = (instant("exp")?, instant("nbf")?);
    let is_over = ends_at.is_some_and(|at| at <= now) || (expected.ends && ends_at.is_none());
    let is_early = issued_at > now + SKEW || begins_at.is_some_and(|at| at > now + SKEW);
    if is_over || is_early || now.duration_since(issued_at) > expected.oldest {
        return Err(Flaw::Time);
    }
    let id = text("jti").filter(|id| (1..=LONGEST_ID).contains(&id.len())).ok_or(Flaw::Shape)?;
    let (id, until) = (id.to_owned(), issued_at + expected.oldest + SKEW);
    Ok(Signed { id, claims, until })
}

/// Seconds that a program wrote with a decimal point.
#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked first")]
fn whole(seconds: f64) -> Option<i64> {
    (seconds.is_finite() && seconds.abs() < 1e12).then_some(seconds.floor() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(change: impl FnOnce(&mut Value), now: i64) -> Result<Signed, Flaw> {
        let mut claims = json!({
            "iss": "https://o.example", "aud": "https://k.example/x", "jti": "1", "iat": 1_000, "exp": 1_300,
        });
        change(&mut claims);
        let Value::Object(claims) = claims else { panic!("an object") };
        let expected = Expected {
            kind: "t",
            issuer: "https://o.example",
            audiences: &["https://k.example/x".to_owned()],
            ends: true,
            oldest: SignedDuration::from_mins(10),
        };
        check_claims(claims, &expected, at(now))
    }

    #[test]
    fn a_token_is_good_for_its_time_only() {
        let good = check(|_| {}, 1_000).expect("good");
        assert_eq!((good.id.as_str(), good.until), ("1", at(1_660)));
        assert!(check(|_| {}, 1_299).is_ok() && check(|_| {}, 940).is_ok());
        for (now, why) in [(1_300, "over"), (939, "of the future")] {
            assert_eq!(check(|_| {}, now).unwrap_err(), Flaw::Time, "{why}");
        }
        let flaw = |change: fn(&mut Value)| check(change, 1_000).unwrap_err();
        assert_eq!(flaw(|c| c["exp"] = json!(null)), Flaw::Time);
        assert_eq!(flaw(|c| c["exp"] = json!("1300")), Flaw::Time);
        assert_eq!(flaw(|c| c["nbf"] = json!(1_061)), Flaw::Time);
        assert_eq!(flaw(|c| c["iat"] = json!(399)), Flaw::Time, "too old");
        assert!(check(|c| c["iat"] = json!(1_000.9), 1_000).is_ok());
    }

    #[test]
    fn a_token_is_for_one_of_us_and_from_the_one_issuer() {
        let flaw = |change: fn(&mut Value)| check(change, 1_000).unwrap_err();
        assert_eq!(flaw(|c| c["iss"] = json!("https://o.example/")), Flaw::Issuer);
        assert_eq!(flaw(|c| c["iss"] = json!(["https://o.example"])), Flaw::Issuer);
        assert_eq!(flaw(|c| c["aud"] = json!("https://k.example")), Flaw::Audience);
        assert_eq!(flaw(|c| c["aud"] = json!([])), Flaw::Audience);
        assert_eq!(flaw(|c| c["jti"] = json!("")), Flaw::Shape);
        assert_eq!(flaw(|c| c["jti"] = json!(1)), Flaw::Shape);
        assert!(check(|c| c["aud"] = json!(["else", "https://k.example/x"]), 1_000).is_ok());
    }

    #[test]
    fn a_header_names_one_algorithm_one_kind_and_a_key() {
        let check = |header: Value| check_header(header.to_string().as_bytes(), "secevent+jwt");
        let good = json!({ "alg": "RS256", "kid": "k", "typ": "secevent+jwt" });
        assert_eq!(check(good.clone()), Ok("k".to_owned()));
        let full = json!({ "alg": "RS256", "kid": "k", "typ": "application/secevent+jwt" });
        assert_eq!(check(full), Ok("k".to_owned()));
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("rs256")),
            ("typ", json!("JWT")),
            ("typ", json!(null)),
            ("kid", json!(null)),
            ("crit", json!(["b64"])),
        ] {
            let mut header = good.clone();
            header[name] = value;
            assert_eq!(check(header.clone()), Err(Flaw::Shape), "{header}");
        }
        assert_eq!(check_header(b"nonsense", "x"), Err(Flaw::Shape));
    }
}
