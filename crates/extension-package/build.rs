//! Packs the extension, and writes down what `lib.rs` says of the packages.

mod pack;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use pack::Browser;

fn main() -> Result<()> {
    let source = pack::source();
    println!("cargo:rerun-if-changed={}", source.display());
    println!("cargo:rerun-if-changed=pack.rs");
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).context("cargo sets OUT_DIR")?;
    let mut written = String::new();
    for (constant, browser, file) in [
        ("CHROMIUM", Browser::Chromium, format!("keytile-{}.zip", pack::VERSION)),
        ("FIREFOX", Browser::Firefox, format!("keytile-{}-firefox.zip", pack::VERSION)),
    ] {
        let bytes = pack::package(browser)?;
        let path = out.join(&file);
        std::fs::write(&path, &bytes).with_context(|| format!("write {}", path.display()))?;
        let about = match browser {
            Browser::Chromium => "For Chrome, Edge and others of Chromium.",
            Browser::Firefox => "For Firefox.",
        };
        let hash = pack::hash(&bytes);
        writeln!(
            written,
            "/// {about}\npub const {constant}: Package = Package {{ name: {file:?}, sha256: {hash:?}, \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/\", {file:?})) }};"
        )?;
    }
    let file = out.join("packages.rs");
    std::fs::write(&file, written).with_context(|| format!("write {}", file.display()))
}
