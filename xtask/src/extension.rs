//! The browser extension: its tests, its types, and the packages that browsers install, which `extension-package` makes.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use extension_package::crx::Key;
use extension_package::{CHROMIUM, VERSION};

use crate::{journeys, run};

/// What to make beside the packages.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Sign the one for Chrome and Edge with the key in this PEM file, for `extension_file` of a server that does not
    /// sign itself. Make it with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Makes both packages, and says where they are and what they hash to.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = run::target()?.join("extension");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    for package in extension_package::ALL {
        let file = folder.join(package.name);
        std::fs::write(&file, package.bytes)
            .with_context(|| format!("write {}", file.display()))?;
        println!("{}  {}  {} bytes", package.sha256, file.display(), package.bytes.len());
    }
    let Some(key) = &options.key else { return Ok(()) };
    let shown = key.display();
    let pem = std::fs::read_to_string(key).with_context(|| format!("read the key {shown}"))?;
    let key = Key::from_pem(&pem).with_context(|| format!("find a key of P-256 in {shown}"))?;
    let file = folder.join(format!("keytile-{VERSION}.crx"));
    std::fs::write(&file, key.sign(CHROMIUM.bytes))
        .with_context(|| format!("write {}", file.display()))?;
    println!("signed as {}: {}", key.id(), file.display());
    Ok(())
}

/// Checks types, runs the tests, writes the packages out, and lets Mozilla's linter look at the one for Firefox.
pub(crate) fn verify() -> Result<()> {
    let e2e = run::root().join("e2e");
    journeys::node_modules(&e2e)?;
    let mut types = run::command("node");
    types.args(["e2e/node_modules/typescript/bin/tsc", "-p", "extension/jsconfig.json"]);
    run::check(&mut types, "a type in the extension does not fit, see above")?;
    let mut tests = run::command("node");
    tests
        .args(["--test", "--test-reporter=dot"])
        .args(journeys::tests(&run::root().join("extension/tests"))?);
    run::check(&mut tests, "a test of the extension fails, see above")?;
    run(&Options::default())?;
    let package = run::target()?.join("extension").join(extension_package::FIREFOX.name);
    let mut lint = run::command("node");
    // What `web-ext lint` runs.
    lint.arg("e2e/node_modules/addons-linter/bin/addons-linter").args(["--output", "text"]);
    run::check(
        lint.arg(package),
        "Mozilla's linter finds fault with the package for Firefox, see above",
    )
}
