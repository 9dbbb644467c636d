//! Packages as they are signed: what browsers find in them, and what they would refuse.

use extension_package::crx::{self, Error, Key};
use extension_package::{CHROMIUM, CHROMIUM_ID};
use sha2::{Digest as _, Sha256};

/// Made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`, for this test alone.
const PEM: &str = "\
    -----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR0F0TqAp/+Y2RUFY\n\
    80A89ZheZE5l/k2iCmSiJ1N/xYuhRANCAAQXF3X1JZJux0AXE0daxK7bERyeUF5p\n\
    BQbzzBZWcSoA+AWuZgqoEsHxx6Cka+i+P5Y1ljne8Sr5DUQqMBeSo/HM\n\
    -----END PRIVATE KEY-----\n";

fn key() -> Key {
    Key::from_scalar(&[7; 32]).expect("a key")
}

/// T24: what is signed is what anybody can build, to the last byte.
#[test]
fn a_signed_file_holds_the_package_as_it_is_and_who_signed_it() {
    let file = key().sign(CHROMIUM.bytes);
    let read = crx::read(&file).unwrap();
    assert_eq!(read.archive, CHROMIUM.bytes);
    assert_eq!(read.public, key().public());
    assert_eq!(read.id(), key().id());
    assert_eq!(file, key().sign(CHROMIUM.bytes), "the same key makes the same file");
}

#[test]
fn the_id_follows_from_the_key_as_browsers_derive_it() {
    let id = key().id();
    assert_eq!(id.len(), 32);
    let number = |letter: u8| u32::from(letter - b'a');
    let hash = Sha256::digest(key().public());
    for (pair, byte) in id.as_bytes().chunks(2).zip(hash) {
        assert_eq!(number(pair[0]) * 16 + number(pair[1]), u32::from(byte));
    }
    assert_ne!(id, Key::from_scalar(&[8; 32]).unwrap().id());
    assert_ne!(id, CHROMIUM_ID, "that is for a folder");
}

#[test]
fn the_header_is_laid_out_as_chromium_describes() {
    let file = key().sign(b"archive");
    assert_eq!(file[..8], *b"Cr24\x03\0\0\0");
    let header = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
    assert_eq!(&file[12 + header..], b"archive");
    // sha256_with_ecdsa = 3, then signed_header_data = 10000 with crx_id = 1 of 16 bytes.
    assert_eq!(file[12], 3 << 3 | 2);
    let id = &Sha256::digest(key().public())[..16];
    let data = [&[0x82, 0xf1, 0x04, 18, 0x0a, 16][..], id].concat();
    assert!(file[12..12 + header].ends_with(&data));
}

/// T24: nothing else comes in under the same id.
#[test]
fn no_byte_can_be_changed() {
    let file = key().sign(b"archive");
    for place in 0..file.len() {
        let mut other = file.clone();
        other[place] ^= 1;
        assert!(crx::read(&other).is_err(), "byte {place} of {}", file.len());
        assert!(crx::read(&file[..place]).is_err(), "cut at {place}");
    }
    assert_eq!(crx::read(&[&file[..], b"more"].concat()), Err(Error::Signature));
    assert_eq!(crx::read(b"PK"), Err(Error::Form));
}

#[test]
fn a_key_comes_from_a_number_or_a_file_of_openssl() {
    let from_file = Key::from_pem(PEM).unwrap();
    assert_eq!(from_file.id(), "gmijfhijcjfeijaepmnkfhhpbafohped");
    assert!(Key::from_pem("nonsense").is_none());
    assert!(Key::from_scalar(&[0; 32]).is_none() && Key::from_scalar(&[7; 31]).is_none());
}
