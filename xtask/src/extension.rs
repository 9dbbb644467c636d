//! The browser extension: its tests, its types, and the packages that browsers install, which `extension-package` makes.

use anyhow::{Context, Result};

use crate::{journeys, run};

/// Makes both packages, and says where they are and what they hash to.
pub(crate) fn run() -> Result<()> {
    let folder = run::target()?.join("extension");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    for package in extension_package::ALL {
        let file = folder.join(package.name);
        std::fs::write(&file, package.bytes)
            .with_context(|| format!("write {}", file.display()))?;
        println!("{}  {}  {} bytes", package.sha256, file.display(), package.bytes.len());
    }
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
    run()?;
    let package = run::target()?.join("extension").join(extension_package::FIREFOX.name);
    let mut lint = run::command("node");
    // What `web-ext lint` runs.
    lint.arg("e2e/node_modules/addons-linter/bin/addons-linter").args(["--output", "text"]);
    run::check(
        lint.arg(package),
        "Mozilla's linter finds fault with the package for Firefox, see above",
    )
}
