//! The browser extension as browsers install it, packed from `extension/` while this is built. Who offers it, and how it
//! is installed, is left to its users.

pub mod crx;

/// A package.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// What its file is called.
    pub name: &'static str,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'static str,
    /// Its bytes: a zip archive.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/packages.rs"));

/// Every package.
pub const ALL: [Package; 2] = [CHROMIUM, FIREFOX];

/// The version of the extension.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How Chromium calls the extension where it is loaded from a folder: the id of the `key` in its manifest. Installed from
/// a signed file it has the id of whoever signed that ([`crx`]).
pub const CHROMIUM_ID: &str = "ecicdeapmgmbmjjookoiknndfdnnllco";

/// How Firefox calls the extension.
pub const FIREFOX_ID: &str = "extension@keytile";

/// What can be set for the extension from outside, as a JSON schema.
pub const MANAGED_SCHEMA: &str = include_str!("../../../extension/managed_schema.json");
