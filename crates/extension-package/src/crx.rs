//! The signed form of a package, CRX3: a header with a proof of who signed it, before the zip archive, which stays as it
//! is (`components/crx_file/crx3.proto` of Chromium). The key is the extension's identity: its id is a hash of the public
//! half. Where the key is kept is left to the caller.
//!
//! Keys are of P-256, and a signature is found without chance (RFC 6979): one package and one key give one file.

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::pkcs8::DecodePrivateKey as _;
use sha2::{Digest as _, Sha256};

const MAGIC: &[u8; 4] = b"Cr24";
const VERSION: u32 = 3;
/// What is signed begins with this, the length of what follows as four bytes, the id, and then the archive.
const CONTEXT: &[u8] = b"CRX3 SignedData\0";
/// Bytes of a SHA-256 that are an id.
const ID_LEN: usize = 16;

/// A public key of P-256 as browsers hash it, up to its point (SubjectPublicKeyInfo, RFC 5480).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

// The numbers of fields in crx3.proto.
const SHA256_WITH_ECDSA: u64 = 3;
const SIGNED_HEADER_DATA: u64 = 10_000;
const PUBLIC_KEY: u64 = 1;
const SIGNATURE: u64 = 2;
const CRX_ID: u64 = 1;

/// What signs packages.
pub struct Key(SigningKey);

impl Key {
    /// The key of this number, 32 bytes; `None` where it is none.
    pub fn from_scalar(scalar: &[u8]) -> Option<Self> {
        SigningKey::from_bytes(&<[u8; 32]>::try_from(scalar).ok()?.into()).ok().map(Self)
    }

    /// The key in a PEM file, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes it (PKCS #8);
    /// `None` where there is none.
    pub fn from_pem(text: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(text).ok().map(Self)
    }

    /// The public half, as DER (SubjectPublicKeyInfo).
    pub fn public(&self) -> Vec<u8> {
        let point = self.0.verifying_key().to_sec1_point(false);
        [&SPKI[..], point.as_bytes()].concat()
    }

    /// How browsers call what this key signs.
    pub fn id(&self) -> String {
        extension_id(&self.public())
    }

    /// The archive as a file that Chromium's browsers install.
    pub fn sign(&self, archive: &[u8]) -> Vec<u8> {
        let public = self.public();
        let mut data = Vec::new();
        write(&mut data, CRX_ID, &Sha256::digest(&public)[..ID_LEN]);
        let signature: DerSignature = self.0.sign(&signed(&data, archive));
        let mut proof = Vec::new();
        write(&mut proof, PUBLIC_KEY, &public);
        write(&mut proof, SIGNATURE, signature.as_bytes());
        let mut header = Vec::new();
        write(&mut header, SHA256_WITH_ECDSA, &proof);
        write(&mut header, SIGNED_HEADER_DATA, &data);
        [MAGIC, &VERSION.to_le_bytes()[..], &length(&header), &header, archive].concat()
    }
}

/// How browsers call an extension with this public key: the first half of its SHA-256, written with the letters a to p
/// (<https://developer.chrome.com/docs/extensions/reference/manifest/key>).
pub fn extension_id(public: &[u8]) -> String {
    let letters = |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from(b'a' + half));
    Sha256::digest(public)[..ID_LEN].iter().flat_map(letters).collect()
}

/// What a signed file holds. Its signature was checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed<'f> {
    /// The public key of who signed it, as DER.
    pub public: &'f [u8],
    /// The zip archive.
    pub archive: &'f [u8],
}

impl Signed<'_> {
    /// How browsers call it.
    pub fn id(&self) -> String {
        extension_id(self.public)
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is something else, or not whole.
    #[error("it is not a whole CRX3 file")]
    Form,
    /// No signature by a key of P-256 fits the id and the archive.
    #[error("no signature with a key of P-256 fits it")]
    Signature,
}

/// Reads a file that [`Key::sign`] or another tool made, as browsers do: one proof must be by the key that the id follows
/// from.
///
/// # Errors
/// See [`Error`].
pub fn read(file: &[u8]) -> Result<Signed<'_>, Error> {
    let (magic, rest) = file.split_first_chunk::<4>().ok_or(Error::Form)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or(Error::Form)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(Error::Form)?;
    if magic != MAGIC || u32::from_le_bytes(*version) != VERSION {
        return Err(Error::Form);
    }
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Error::Form)?;
    let (header, archive) = rest.split_at_checked(length).ok_or(Error::Form)?;
    let header = fields(header).ok_or(Error::Form)?;
    let data = find(&header, SIGNED_HEADER_DATA).ok_or(Error::Form)?;
    let id = find(&fields(data).ok_or(Error::Form)?, CRX_ID).ok_or(Error::Form)?;
    let message = signed(data, archive);
    let proofs = header.iter().filter(|(number, _)| *number == SHA256_WITH_ECDSA);
    let mut by_its_key = proofs.filter_map(|(_, proof)| {
        let proof = fields(proof)?;
        let public = find(&proof, PUBLIC_KEY)?;
        let key = VerifyingKey::from_sec1_bytes(public.strip_prefix(&SPKI)?).ok()?;
        let signature = DerSignature::try_from(find(&proof, SIGNATURE)?).ok()?;
        let fits = Sha256::digest(public)[..ID_LEN] == *id;
        (fits && key.verify(&message, &signature).is_ok()).then_some(public)
    });
    let public = by_its_key.next().ok_or(Error::Signature)?;
    Ok(Signed { public, archive })
}

fn signed(data: &[u8], archive: &[u8]) -> Vec<u8> {
    [CONTEXT, &length(data), data, archive].concat()
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).expect("a header has some hundred bytes").to_le_bytes()
}

/// Appends a field of bytes (<https://protobuf.dev/programming-guides/encoding/>).
fn write(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// The fields of a message in which there are none but of bytes.
fn fields(mut message: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = read_varint(&mut message)?;
        let length = usize::try_from(read_varint(&mut message)?).ok()?;
        let (bytes, rest) = message.split_at_checked(length)?;
        (tag & 7 == 2).then_some(())?;
        found.push((tag >> 3, bytes));
        message = rest;
    }
    Some(found)
}

fn read_varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn find<'m>(fields: &[(u64, &'m [u8])], wanted: u64) -> Option<&'m [u8]> {
    fields.iter().find(|(number, _)| *number == wanted).map(|(_, bytes)| *bytes)
}
