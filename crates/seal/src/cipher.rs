//! The one use of AES-256-GCM in the product: a fresh key per context, a fresh nonce per message.
//! What a context is, is left to `field` and `root`.

use aws_lc_rs::{aead, hkdf};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::Error;

/// Length of every key here, in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// First byte of everything sealed: AES-256-GCM, a key derived per context, a random nonce.
const FORMAT: u8 = 1;
const HEADER_LEN: usize = 1 + aead::NONCE_LEN;

/// What a sealed value is tied to: a purpose and a list of parts, encoded so that two different
/// lists never give the same bytes.
pub(crate) struct Context(Vec<u8>);

impl Context {
    /// The context of `parts` under `purpose`. Each part is preceded by its length, so that no
    /// part can run into the next, and the format is part of it.
    pub(crate) fn new(purpose: &str, parts: &[&[u8]]) -> Self {
        let mut bytes = vec![FORMAT];
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            let length = u64::try_from(part.len()).expect("a length in memory fits 64 bits");
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}

/// Encrypts `plaintext` for `context`: format byte, nonce, ciphertext, tag.
///
/// The key is derived from `key` by HKDF-SHA-256 with the context as `info` (RFC 5869), so each
/// context has a key of its own. NIST SP 800-38D section 8.3 allows 2^32 random 96-bit nonces
/// under one key; here a key sees only the retries of one version of one field.
pub(crate) fn encrypt(
    key: &[u8; KEY_LEN],
    context: &Context,
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    let mut nonce = [0; aead::NONCE_LEN];
    rng.fill_bytes(&mut nonce);

    // Sized at once: growing later would leave copies of the plaintext in freed memory.
    let mut sealed = Vec::with_capacity(HEADER_LEN + plaintext.len() + aead::MAX_TAG_LEN);
    sealed.push(FORMAT);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let tag = derive(key, context)
        .seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(&context.0),
            &mut sealed[HEADER_LEN..],
        )
        .expect("AES-GCM takes any message that fits in memory here (under 64 GiB)");
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

/// Decrypts what [`encrypt`] made for the same key and context.
pub(crate) fn decrypt(
    key: &[u8; KEY_LEN],
    context: &Context,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    if sealed.first() != Some(&FORMAT) {
        return Err(Error::UnknownFormat);
    }
    let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or(Error::DoesNotOpen)?;
    let nonce =
        aead::Nonce::try_assume_unique_for_key(&header[1..]).map_err(|_| Error::DoesNotOpen)?;
    let mut buffer = Zeroizing::new(body.to_vec());
    let length = derive(key, context)
        .open_in_place(nonce, aead::Aad::from(&context.0), &mut buffer)
        .map_err(|_| Error::DoesNotOpen)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

fn derive(key: &[u8; KEY_LEN], context: &Context) -> aead::LessSafeKey {
    let info = [context.0.as_slice()];
    let mut derived = Zeroizing::new([0; KEY_LEN]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(key)
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut *derived))
        .expect("32 bytes are within the 255 blocks of HKDF (RFC 5869, 2.3)");
    let unbound = aead::UnboundKey::new(&aead::AES_256_GCM, &*derived)
        .expect("AES-256 takes a key of 32 bytes");
    aead::LessSafeKey::new(unbound)
}
