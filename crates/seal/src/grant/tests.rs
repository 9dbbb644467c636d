use data_encoding::HEXLOWER as HEX;
use hpke::{OpModeR, setup_receiver};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};

use super::*;

const INFO: &[u8] = b"login-grant/v1";

fn rng() -> StdRng {
    StdRng::seed_from_u64(21)
}

/// A device's pair of keys of this kind: the private one's bytes, and the public one.
fn device(kind: KemKind, rng: &mut StdRng) -> (Vec<u8>, SealingKey) {
    fn pair<K: Kem>(rng: &mut StdRng) -> (Vec<u8>, Vec<u8>) {
        let mut material = [0; 32];
        rng.fill_bytes(&mut material);
        let (private, public) = K::derive_keypair(&material);
        (private.to_bytes().to_vec(), public.to_bytes().to_vec())
    }
    let (private, public) = match kind {
        KemKind::X25519 => pair::<X25519HkdfSha256>(rng),
        KemKind::P256 => pair::<DhP256HkdfSha256>(rng),
    };
    (private, SealingKey::parse(kind, &public, rng).unwrap())
}

/// What a device does with what it got.
fn open(
    kind: KemKind,
    private: &[u8],
    info: &[u8],
    context: &[u8],
    sealed: &Sealed,
) -> Option<Vec<u8>> {
    fn by<K: Kem>(private: &[u8], info: &[u8], context: &[u8], sealed: &Sealed) -> Option<Vec<u8>> {
        let private = K::PrivateKey::from_bytes(private).ok()?;
        let encapsulated = K::EncappedKey::from_bytes(&sealed.encapsulated_key).ok()?;
        let mode = OpModeR::Base;
        let mut receiver =
            setup_receiver::<AesGcm256, HkdfSha256, K>(&mode, &private, &encapsulated, info)
                .ok()?;
        receiver.open(&sealed.ciphertext, context).ok()
    }
    match kind {
        KemKind::X25519 => by::<X25519HkdfSha256>(private, info, context, sealed),
        KemKind::P256 => by::<DhP256HkdfSha256>(private, info, context, sealed),
    }
}

fn both() -> impl Iterator<Item = KemKind> {
    [KemKind::X25519, KemKind::P256].into_iter()
}

/// RFC 9180, appendix A.3 and A.1: the keys that `DeriveKeyPair` makes of the recipient's material, so that it is the
/// RFC's own pairs that what is sealed here opens with.
#[test]
fn what_is_sealed_to_the_keys_of_the_rfc_opens_with_their_private_halves() {
    let x25519 = (
        KemKind::X25519,
        "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
        "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    );
    let p256 = (
        KemKind::P256,
        "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
    );
    for (kind, private, public) in [x25519, p256] {
        let (private, public) =
            (HEX.decode(private.as_bytes()).unwrap(), HEX.decode(public.as_bytes()).unwrap());
        let key = SealingKey::parse(kind, &public, &mut rng()).unwrap();
        let sealed = key.seal(INFO, b"context", b"hunter2", &mut rng()).unwrap();
        assert_eq!(
            open(kind, &private, INFO, b"context", &sealed).unwrap(),
            b"hunter2",
            "{kind:?}"
        );
    }
}

/// T20: whatever of it is changed on the way, it does not open.
#[test]
fn a_changed_context_key_or_ciphertext_does_not_open() {
    let mut rng = rng();
    for kind in both() {
        let (private, key) = device(kind, &mut rng);
        let (other, _) = device(kind, &mut rng);
        let context = br#"{"v":"login-grant/v1","account":"acc_1"}"#;
        let sealed = key.seal(INFO, context, b"hunter2", &mut rng).unwrap();
        assert_eq!(open(kind, &private, INFO, context, &sealed).unwrap(), b"hunter2");
        assert_eq!(open(kind, &other, INFO, context, &sealed), None, "another device");
        assert_eq!(open(kind, &private, b"login-code/v1", context, &sealed), None, "another use");
        for at in 0..context.len() {
            let mut changed = context.to_vec();
            changed[at] ^= 1;
            assert_eq!(
                open(kind, &private, INFO, &changed, &sealed),
                None,
                "byte {at} of the context"
            );
        }
        for at in 0..sealed.ciphertext.len() {
            let mut changed = sealed.clone();
            changed.ciphertext[at] ^= 1;
            assert_eq!(
                open(kind, &private, INFO, context, &changed),
                None,
                "byte {at} of the ciphertext"
            );
        }
        let again = key.seal(INFO, context, b"hunter2", &mut rng).unwrap();
        assert_ne!(again.encapsulated_key, sealed.encapsulated_key, "each has a key of its own");
        let mixed = Sealed { encapsulated_key: again.encapsulated_key, ..sealed };
        assert_eq!(open(kind, &private, INFO, context, &mixed), None);
    }
}

#[test]
fn what_nothing_can_be_sealed_to_is_no_key() {
    let mut rng = rng();
    for (kind, length) in [(KemKind::X25519, 32), (KemKind::P256, 65)] {
        for length in [0, length - 1, length, length + 1] {
            let refused = SealingKey::parse(kind, &vec![0; length], &mut rng);
            assert_eq!(refused.unwrap_err(), Error::NotAKey, "{length} zero bytes of {kind:?}");
        }
    }
    let (_, key) = device(KemKind::P256, &mut rng);
    let mut beside = key.bytes().to_vec();
    beside[64] ^= 1;
    assert_eq!(SealingKey::parse(KemKind::P256, &beside, &mut rng).unwrap_err(), Error::NotAKey);
    assert_eq!(
        SealingKey::parse(KemKind::X25519, key.bytes(), &mut rng).unwrap_err(),
        Error::NotAKey
    );
}

#[test]
fn a_signature_fits_its_message_and_its_key_alone() {
    let mut rng = rng();
    let key = SigningKey::from_scalar(&*SigningKey::generate(&mut rng)).unwrap();
    let other = SigningKey::from_scalar(&*SigningKey::generate(&mut rng)).unwrap();
    let signature = key.sign(b"a grant");
    assert_eq!((key.public().len(), signature.len()), (POINT_LEN, SIGNATURE_LEN));
    assert!(verify(&key.public(), b"a grant", &signature));
    assert!(!verify(&key.public(), b"another", &signature));
    assert!(!verify(&other.public(), b"a grant", &signature));
    for at in 0..signature.len() {
        let mut changed = signature.clone();
        changed[at] ^= 1;
        assert!(!verify(&key.public(), b"a grant", &changed), "byte {at}");
    }
    assert!(!verify(&key.public(), b"a grant", &[]) && !verify(&[], b"a grant", &signature));
    assert!(!verify(&key.public(), b"a grant", &[0; SIGNATURE_LEN]), "r and s are never zero");
}

/// RFC 6979, appendix A.2.5: the key pair and a signature with SHA-256.
#[test]
fn keys_and_signatures_are_those_of_the_rfc() {
    let hex = |text: &str| HEX.decode(text.as_bytes()).unwrap();
    let key = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let key = SigningKey::from_scalar(&key).unwrap();
    let public = hex(
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
    assert_eq!(key.public(), public);
    let signature = hex(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    );
    assert!(
        verify(&public, b"sample", &signature) && verify(&public, b"sample", &key.sign(b"sample"))
    );
}

#[test]
fn what_is_no_number_below_the_order_is_no_key() {
    for scalar in [vec![0; 32], vec![0xff; 32], vec![1; 31], vec![1; 33]] {
        assert_eq!(SigningKey::from_scalar(&scalar).unwrap_err(), Error::NotAKey, "{scalar:?}");
    }
    assert_eq!(format!("{:?}", SigningKey::from_scalar(&[1; 32]).unwrap()), "SigningKey(***)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_opens_and_does_not_show(
        seed: u64, context in ".{0,60}", plaintext in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut rng = StdRng::seed_from_u64(seed);
        for kind in both() {
            let (private, key) = device(kind, &mut rng);
            let sealed = key.seal(INFO, context.as_bytes(), &plaintext, &mut rng).unwrap();
            let opened = open(kind, &private, INFO, context.as_bytes(), &sealed);
            prop_assert_eq!(opened.as_deref(), Some(plaintext.as_slice()));
            if plaintext.len() >= 8 {
                prop_assert!(!sealed.ciphertext.windows(plaintext.len()).any(|w| w == plaintext));
            }
        }
    }

    #[test]
    fn random_bytes_are_never_a_signature(
        message in prop::collection::vec(any::<u8>(), 0..50), bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let key = SigningKey::from_scalar(&[7; 32]).unwrap();
        prop_assert!(!verify(&key.public(), &message, &bytes));
    }
}
