//! How a package is made. It is the same to the last byte wherever it is built, so that anybody can compare it with the
//! source. Used while building, and by the test that builds it once more.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Bytes that a package may have: it is fetched by every browser of an organisation.
const LARGEST: usize = 300_000;
/// What lies beside the extension's source and is none of it.
const BESIDE: [&str; 3] = ["tests", "jsconfig.json", "package.json"];
/// How Firefox calls the extension. It is signed under this name.
pub const FIREFOX_ID: &str = "extension@keytile";
/// The oldest Firefox with all that the worker uses: it is an extended support release.
const OLDEST_FIREFOX: &str = "140.0";
/// The extension has the version of everything else here.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Who installs the package.
#[derive(Clone, Copy)]
pub enum Browser {
    /// Chrome, Edge and others of Chromium.
    Chromium,
    /// Firefox.
    Firefox,
}

/// The folder of the extension's source.
pub fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../extension")
}

/// The bytes of a package: files in order of their names, of one time and one mode.
pub fn package(browser: Browser) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let how = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, file) in files(&source())? {
        let bytes = std::fs::read(&file).with_context(|| format!("read {}", file.display()))?;
        let bytes = if name == "manifest.json" { manifest(&bytes, browser)? } else { bytes };
        zip.start_file(&name, how).with_context(|| format!("pack {name}"))?;
        zip.write_all(&bytes).with_context(|| format!("pack {name}"))?;
    }
    let package = zip.finish().context("finish the package")?.into_inner();
    let length = package.len();
    ensure!(length < LARGEST, "the package has {length} bytes, and may have {LARGEST}");
    Ok(package)
}

/// The extension's files by their names in the package, sorted.
fn files(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    walk(root, &mut found)?;
    let mut named = Vec::new();
    for file in found {
        let inside = file.strip_prefix(root).expect("it was found below the root");
        let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
        let parts = parts.with_context(|| format!("{} is not UTF-8", file.display()))?;
        if !BESIDE.contains(&parts[0]) {
            named.push((parts.join("/"), file));
        }
    }
    named.sort();
    Ok(named)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// The manifest for a browser. Firefox runs the worker as an event page, has its own kind of id, and reads no schema for
/// managed settings.
fn manifest(source: &[u8], browser: Browser) -> Result<Vec<u8>> {
    let mut manifest: Value = serde_json::from_slice(source).context("read the manifest")?;
    let said = manifest["version"].as_str();
    ensure!(said == Some(VERSION), "the manifest’s version is not {VERSION}");
    if let Browser::Chromium = browser {
        return Ok(source.to_vec());
    }
    let object = manifest.as_object_mut().context("the manifest is no object")?;
    for of_chromium in ["key", "minimum_chrome_version", "storage"] {
        object.shift_remove(of_chromium);
    }
    let background = object["background"].as_object_mut().context("the manifest has no worker")?;
    let worker = background.shift_remove("service_worker").context("the manifest has no worker")?;
    background.insert("scripts".to_owned(), json!([worker]));
    object.insert(
        "browser_specific_settings".to_owned(),
        json!({ "gecko": {
            "id": FIREFOX_ID,
            "strict_min_version": OLDEST_FIREFOX,
            "data_collection_permissions": { "required": ["authenticationInfo"] },
        } }),
    );
    let mut bytes = serde_json::to_vec_pretty(&manifest).context("write the manifest")?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// SHA-256, in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}
