//! What leaves for one browser: sealed to that device's key, signed with the workspace's, and bound to a context that
//! both sides know (docs/automated-login.md). Also checks what a device has signed. Who may have it, and for how long, is
//! left to the caller.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{DhP256HkdfSha256, X25519HkdfSha256};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::Error;

/// Length of an uncompressed point of P-256 (SEC 1, section 2.3.3), in bytes.
pub const POINT_LEN: usize = 65;
/// Length of a signature: r and s, in bytes.
pub const SIGNATURE_LEN: usize = 64;

const SCALAR_LEN: usize = 32;
/// A private key of P-256 without its public one, up to the 32 bytes of the number itself (RFC 5208, RFC 5915).
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// How a key for a device is agreed on (RFC 9180, section 7.1), each with HKDF-SHA256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KemKind {
    /// X25519: keys of 32 bytes.
    X25519,
    /// P-256, for browsers without X25519: keys are points of 65 bytes.
    P256,
}

impl KemKind {
    /// As the protocol and the database write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::P256 => "p256",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::X25519, Self::P256].into_iter().find(|kind| kind.code() == code)
    }
}

/// The key of a device to which is sealed. It was checked: sealing to it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealingKey {
    kind: KemKind,
    bytes: Vec<u8>,
}

/// What was sealed to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The sender's part of the agreement: a public key of the same kind.
    pub encapsulated_key: Vec<u8>,
    /// The ciphertext and its tag.
    pub ciphertext: Vec<u8>,
}

impl SealingKey {
    /// A device's public key: 32 bytes of X25519, or an uncompressed point of P-256.
    ///
    /// # Errors
    /// [`Error::NotAKey`] for what nothing can be sealed to: another length, a point that is not on the curve, or one of
    /// X25519's few that give every sender the same secret (RFC 7748, section 6.1).
    pub fn parse(
        kind: KemKind,
        bytes: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let key = Self { kind, bytes: bytes.to_vec() };
        key.try_seal(b"", b"", b"", rng).ok_or(Error::NotAKey)?;
        Ok(key)
    }

    /// A key that [`SealingKey::parse`] has accepted, as it was stored.
    pub fn stored(kind: KemKind, bytes: Vec<u8>) -> Self {
        Self { kind, bytes }
    }

    /// Which kind it is.
    pub fn kind(&self) -> KemKind {
        self.kind
    }

    /// The key itself, which is public.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Seals `plaintext` to the device: HPKE (RFC 9180) in base mode, HKDF-SHA256, AES-256-GCM, with an agreement of its
    /// own each time. It opens with the same `info` and `context` alone.
    ///
    /// # Errors
    /// [`Error::NotAKey`] where the stored key is not one.
    pub fn seal(
        &self,
        info: &[u8],
        context: &[u8],
        plaintext: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Sealed, Error> {
        self.try_seal(info, context, plaintext, rng).ok_or(Error::NotAKey)
    }

    fn try_seal(
        &self,
        info: &[u8],
        context: &[u8],
        plaintext: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Option<Sealed> {
        match self.kind {
            KemKind::X25519 => {
                seal_by::<X25519HkdfSha256>(&self.bytes, info, context, plaintext, rng)
            }
            KemKind::P256 => {
                seal_by::<DhP256HkdfSha256>(&self.bytes, info, context, plaintext, rng)
            }
        }
    }
}

fn seal_by<K: Kem>(
    key: &[u8],
    info: &[u8],
    context: &[u8],
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Option<Sealed> {
    let key = K::PublicKey::from_bytes(key).ok()?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, K>(
        &OpModeS::Base,
        &key,
        info,
        plaintext,
        context,
        &mut Chance(rng),
    )
    .ok()?;
    Some(Sealed { encapsulated_key: encapsulated.to_bytes().to_vec(), ciphertext })
}

/// Our chance, as the version of the traits that `hpke` asks for.
struct Chance<'r, R: ?Sized>(&'r mut R);

impl<R: CryptoRng + ?Sized> TryRng for Chance<'_, R> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRng + ?Sized> TryCryptoRng for Chance<'_, R> {}

/// The key with which a workspace signs what it gives to devices: ECDSA over P-256 with SHA-256.
pub struct SigningKey {
    pair: EcdsaKeyPair,
}

impl SigningKey {
    /// The number of a new key, which [`SigningKey::from_scalar`] takes: to be stored sealed.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<[u8; SCALAR_LEN]> {
        let mut scalar = Zeroizing::new([0; SCALAR_LEN]);
        loop {
            rng.fill_bytes(&mut *scalar);
            // All but one in 2^32 numbers are below the order of the group, and so a key.
            if Self::from_scalar(&*scalar).is_ok() {
                return scalar;
            }
        }
    }

    /// The key of this number, 32 bytes.
    ///
    /// # Errors
    /// [`Error::NotAKey`] where it is zero, too large, or of another length.
    pub fn from_scalar(scalar: &[u8]) -> Result<Self, Error> {
        if scalar.len() != SCALAR_LEN {
            return Err(Error::NotAKey);
        }
        let mut document = Zeroizing::new([0; PKCS8.len() + SCALAR_LEN]);
        document[..PKCS8.len()].copy_from_slice(&PKCS8);
        document[PKCS8.len()..].copy_from_slice(scalar);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &*document);
        Ok(Self { pair: pair.map_err(|_| Error::NotAKey)? })
    }

    /// The public half, by which devices check: an uncompressed point, 65 bytes.
    pub fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// Signs: r and s, 64 bytes.
    ///
    /// The number that each signature needs comes from aws-lc-rs itself and cannot be handed in: two signatures with one
    /// such number would give the key away.
    ///
    /// # Panics
    /// Where the machine has no random numbers.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.expect("signing fails only without random numbers").as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// Whether the holder of this public key, an uncompressed point of P-256, has signed the message: ECDSA with SHA-256, the
/// signature as r and s.
pub fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    key.len() == POINT_LEN
        && signature.len() == SIGNATURE_LEN
        && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests;
