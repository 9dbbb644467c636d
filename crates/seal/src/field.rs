//! Sealing one field of one item under a workspace's data key. Where sealed bytes are stored, and
//! who may have them opened, is left to the caller.

use std::fmt;

use rand::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Error;
use crate::cipher::{self, Context, KEY_LEN};

/// The key that seals the fields of one workspace. Never stored as it is, only
/// [`Wrapped`](crate::Wrapped); wiped from memory when dropped.
pub struct DataKey(pub(crate) Zeroizing<[u8; KEY_LEN]>);

impl DataKey {
    /// A new random key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

/// The place a sealed field belongs to. It opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    /// The workspace whose data key seals the field.
    pub workspace: Uuid,
    /// The item that has the field.
    pub item: Uuid,
    /// The field's name within the item, such as `password`.
    pub field: &'a str,
    /// The item's version. It grows with each change, so an older value does not pass for the
    /// present one.
    pub version: i64,
    /// The id of the data key.
    pub key_id: Uuid,
}

impl Place<'_> {
    fn context(&self) -> Context {
        Context::new(
            "keytile sealed field",
            &[
                self.workspace.as_bytes(),
                self.item.as_bytes(),
                self.field.as_bytes(),
                &self.version.to_be_bytes(),
                self.key_id.as_bytes(),
            ],
        )
    }
}

/// Seals `plaintext` for `place`: 29 bytes longer than the plaintext, format byte first.
///
/// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, under a key derived from the data key
/// for this place (HKDF, RFC 5869). The associated data names workspace, item, field, version, key
/// id and format. The length of the plaintext is not hidden.
pub fn seal(
    key: &DataKey,
    place: &Place<'_>,
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    cipher::encrypt(&key.0, &place.context(), plaintext, rng)
}

/// Opens what [`seal`] made for the same key and place.
///
/// # Errors
/// [`Error::DoesNotOpen`] when the bytes were altered or belong to another place or key, and
/// [`Error::UnknownFormat`] when a newer version wrote them.
pub fn open(key: &DataKey, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    cipher::decrypt(&key.0, &place.context(), sealed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    fn place(field: &str) -> Place<'_> {
        Place {
            workspace: Uuid::from_u128(1),
            item: Uuid::from_u128(2),
            field,
            version: 3,
            key_id: Uuid::from_u128(4),
        }
    }

    /// Every combination of two values for each part, and fields chosen to run into one another.
    fn places() -> Vec<Place<'static>> {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let mut places = Vec::new();
        for workspace in ids {
            for item in ids {
                for key_id in ids {
                    for version in [0, 1, i64::MIN, i64::MAX] {
                        for field in ["", "password", "totp_seed", "passwor", "d"] {
                            places.push(Place { workspace, item, field, version, key_id });
                        }
                    }
                }
            }
        }
        places
    }

    /// T7: exhaustive over all pairs of places.
    #[test]
    fn a_field_moved_to_any_other_place_does_not_open() {
        let (mut rng, places) = (rng(), places());
        let key = DataKey::generate(&mut rng);
        let sealed: Vec<_> = places.iter().map(|p| seal(&key, p, b"hunter2", &mut rng)).collect();
        for (home, bytes) in places.iter().zip(&sealed) {
            for place in &places {
                let opened = open(&key, place, bytes);
                if place == home {
                    assert_eq!(opened.unwrap().as_slice(), b"hunter2");
                } else {
                    assert_eq!(opened.unwrap_err(), Error::DoesNotOpen, "{home:?} at {place:?}");
                }
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut rng = rng();
        let key = DataKey::generate(&mut rng);
        let sealed = seal(&key, &place("password"), b"correct horse", &mut rng);
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, &place("password"), &altered).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_shortened_value_is_refused() {
        let mut rng = rng();
        let key = DataKey::generate(&mut rng);
        let sealed = seal(&key, &place("password"), b"", &mut rng);
        assert_eq!(sealed.len(), 29);
        for length in 0..sealed.len() {
            assert!(open(&key, &place("password"), &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn another_data_key_does_not_open_a_field() {
        let mut rng = rng();
        let (ours, theirs) = (DataKey::generate(&mut rng), DataKey::generate(&mut rng));
        let sealed = seal(&ours, &place("password"), b"hunter2", &mut rng);
        assert_eq!(open(&theirs, &place("password"), &sealed).unwrap_err(), Error::DoesNotOpen);
    }

    #[test]
    fn the_same_value_sealed_twice_looks_different() {
        let mut rng = rng();
        let key = DataKey::generate(&mut rng);
        let first = seal(&key, &place("password"), b"hunter2", &mut rng);
        let second = seal(&key, &place("password"), b"hunter2", &mut rng);
        assert_ne!(first[1..13], second[1..13], "the nonces");
        assert_ne!(first[13..], second[13..], "the ciphertexts");
    }

    #[test]
    fn a_value_of_a_newer_format_is_told_apart() {
        let mut rng = rng();
        let key = DataKey::generate(&mut rng);
        let mut sealed = seal(&key, &place("password"), b"hunter2", &mut rng);
        sealed[0] = 2;
        let refused = open(&key, &place("password"), &sealed).unwrap_err();
        assert_eq!(refused, Error::UnknownFormat);
    }

    #[test]
    fn a_data_key_does_not_print() {
        assert_eq!(format!("{:?}", DataKey::generate(&mut rng())), "DataKey(***)");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_does_not_show(
            seed: u64, field in ".{0,40}", version: i64,
            plaintext in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut rng = StdRng::seed_from_u64(seed);
            let key = DataKey::generate(&mut rng);
            let place = Place { version, ..place(&field) };
            let sealed = seal(&key, &place, &plaintext, &mut rng);
            prop_assert_eq!(&*open(&key, &place, &sealed).unwrap(), &plaintext);
            if plaintext.len() >= 8 {
                prop_assert!(!sealed.windows(plaintext.len()).any(|w| w == plaintext));
            }
        }

        #[test]
        fn random_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let key = DataKey::generate(&mut rng());
            prop_assert!(open(&key, &place("password"), &bytes).is_err());
        }
    }
}
