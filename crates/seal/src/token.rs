//! Random tokens: sessions, API keys, SCIM tokens, invitations. Where their hashes are stored and
//! what a token allows is left to the caller.
//!
//! A token's secret is 256 random bits, so one SHA-256 is enough to store it: there is no
//! dictionary to try, and salt, stretching or a key would not make 2^256 guesses harder (NIST SP
//! 800-63B, look-up secret verifiers, asks for salt only below 112 bits). That one hash is what lets a server
//! find a token by an index on its hash, with no secret-dependent comparison at all.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use rand::CryptoRng;
use zeroize::Zeroizing;

const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// A token as its owner sees it, once. Printing it is a deliberate act: [`TokenText::expose`].
pub struct TokenText(Zeroizing<String>);

/// The SHA-256 of a whole token text: what is stored and looked up.
#[derive(Debug, Clone, Copy)]
pub struct TokenHash(pub [u8; 32]);

/// Makes a new token, printed as `<prefix>_<12 hex digits>_<64 hex digits>`, and its hash.
///
/// The middle part is not secret: it tells tokens apart in lists, see [`hint`]. Hexadecimal,
/// because a double click selects the whole token and secret scanners can describe it.
pub fn mint(prefix: &str, rng: &mut (impl CryptoRng + ?Sized)) -> (TokenText, TokenHash) {
    let mut random = Zeroizing::new([0; ID_BYTES + SECRET_BYTES]);
    rng.fill_bytes(&mut *random);
    let (id, secret) = random.split_at(ID_BYTES);

    // Sized at once: growing later would leave copies of the secret in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 2 + 2 * random.len()));
    text.push_str(prefix);
    text.push('_');
    push_hex(&mut text, id);
    text.push('_');
    push_hex(&mut text, secret);
    let hash = TokenHash(hash(&text));
    (TokenText(text), hash)
}

/// The hash to look a presented token up by. It covers the whole text, prefix included, so a token
/// of one kind is not found among those of another.
pub fn hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// The SHA-256 of any bytes (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// The part of a token that may be shown in a list: everything before the secret. `None` where the
/// text is not shaped like a token.
pub fn hint(token: &str) -> Option<&str> {
    let (hint, secret) = token.rsplit_once('_')?;
    let shaped = secret.len() == 2 * SECRET_BYTES && hint.contains('_');
    shaped.then_some(hint)
}

impl TokenText {
    /// The whole token, secret included.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part that may be shown in a list.
    pub fn hint(&self) -> &str {
        hint(&self.0).expect("mint gives every token a hint and a secret")
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(***)")
    }
}

impl TokenHash {
    /// Whether `token` is the one this is the hash of, in a time that does not depend on where they
    /// differ (T19).
    pub fn matches(&self, token: &str) -> bool {
        *self == Self(hash(token))
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for TokenHash {}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).expect("four bits are one hex digit"));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_token_is_found_by_its_hash_and_carries_256_random_bits() {
        let mut rng = StdRng::seed_from_u64(5);
        let (token, stored) = mint("ktapi", &mut rng);
        let parts: Vec<_> = token.expose().split('_').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [5, 12, 64]);
        assert_eq!(hash(token.expose()), stored.0);
        assert!(stored.matches(token.expose()));
        assert_ne!(mint("ktapi", &mut rng).0.expose(), token.expose());
    }

    /// T19: each change is refused, wherever it is.
    #[test]
    fn a_token_changed_in_any_character_is_refused() {
        let (token, stored) = mint("ktscim", &mut StdRng::seed_from_u64(6));
        for at in 0..token.expose().len() {
            let mut altered = token.expose().as_bytes().to_vec();
            altered[at] ^= 1;
            assert!(!stored.matches(std::str::from_utf8(&altered).unwrap()), "character {at}");
        }
        assert!(!stored.matches(""));
        assert!(!stored.matches(&token.expose().to_uppercase()));
    }

    /// FIPS 180-4, the example "abc".
    #[test]
    fn the_hash_is_plain_sha_256() {
        let mut hex = String::new();
        push_hex(&mut hex, &hash("abc"));
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_hint_leaves_the_secret_out() {
        let (token, _) = mint("kt_session", &mut StdRng::seed_from_u64(8));
        let hint_text = token.hint();
        assert!(token.expose().starts_with(hint_text));
        assert_eq!(hint_text.len(), "kt_session_".len() + 12);
        assert_eq!(hint("Basic dXNlcjpwYXNz"), None);
        assert_eq!(hint("a_b"), None);
    }

    #[test]
    fn a_token_does_not_print() {
        let (token, _) = mint("ktapi", &mut StdRng::seed_from_u64(9));
        assert_eq!(format!("{token:?}"), "TokenText(***)");
    }
}
