//! What is embedded is what the source packs, and holds what it must.

#[path = "../pack.rs"]
mod pack;

use std::io::{Cursor, Read as _};

use extension_package::{ALL, CHROMIUM, CHROMIUM_ID, FIREFOX, FIREFOX_ID, MANAGED_SCHEMA, VERSION};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

fn read(package: &[u8], name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(package)).expect("a zip archive");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("the file is in it").read_to_end(&mut bytes).expect("it is whole");
    bytes
}

#[test]
fn a_package_is_the_same_whenever_it_is_made() {
    for (embedded, browser) in
        [(CHROMIUM, pack::Browser::Chromium), (FIREFOX, pack::Browser::Firefox)]
    {
        let again = pack::package(browser).unwrap();
        assert_eq!(pack::hash(&again), embedded.sha256, "{}", embedded.name);
        assert_eq!(again, embedded.bytes, "{}", embedded.name);
    }
    assert_eq!(pack::FIREFOX_ID, FIREFOX_ID);
}

#[test]
fn it_holds_the_extension_and_nothing_that_lies_beside_it() {
    for package in ALL {
        let archive = ZipArchive::new(Cursor::new(package.bytes)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into()).collect();
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        assert!(has("worker/main.js") && has("popup/popup.html"));
        let beside = |name: &&String| name.starts_with("tests/") || name.ends_with("package.json");
        assert_eq!(names.iter().find(beside), None);
        let manifest: Value =
            serde_json::from_slice(&read(package.bytes, "manifest.json")).unwrap();
        assert_eq!(manifest["version"], VERSION);
        assert!(package.name.contains(VERSION));
    }
}

#[test]
fn browsers_call_it_as_we_say() {
    let manifest: Value = serde_json::from_slice(&read(CHROMIUM.bytes, "manifest.json")).unwrap();
    let key = base64(manifest["key"].as_str().unwrap());
    let letters = |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from(b'a' + half));
    let id: String = Sha256::digest(key)[..16].iter().flat_map(letters).collect();
    assert_eq!(id, CHROMIUM_ID);
    let manifest: Value = serde_json::from_slice(&read(FIREFOX.bytes, "manifest.json")).unwrap();
    assert_eq!(manifest["browser_specific_settings"]["gecko"]["id"], FIREFOX_ID);
    assert!(manifest.get("key").is_none());
}

#[test]
fn what_can_be_set_from_outside_is_in_the_package() {
    assert_eq!(read(CHROMIUM.bytes, "managed_schema.json"), MANAGED_SCHEMA.as_bytes());
    let schema: Value = serde_json::from_str(MANAGED_SCHEMA).unwrap();
    assert!(schema["properties"]["serverUrl"].is_object());
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}
