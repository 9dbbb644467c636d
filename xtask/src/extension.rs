//! The browser extension: its tests, its types, and the packages that browsers install, which `extension-package` makes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

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

/// Checks types, runs the tests, and writes the packages out.
pub(crate) fn verify() -> Result<()> {
    let e2e = run::root().join("e2e");
    journeys::node_modules(&e2e)?;
    let mut types = run::command("node");
    types.args(["e2e/node_modules/typescript/bin/tsc", "-p", "extension/jsconfig.json"]);
    run::check(&mut types, "a type in the extension does not fit, see above")?;
    let mut tests = run::command("node");
    tests.args(["--test", "--test-reporter=dot"]).args(unit_tests()?);
    run::check(&mut tests, "a test of the extension fails, see above")?;
    run()
}

fn unit_tests() -> Result<Vec<PathBuf>> {
    let folder = run::root().join("extension/tests");
    let mut tests = Vec::new();
    walk(&folder, &mut tests)?;
    tests.retain(|file| file.to_str().is_some_and(|name| name.ends_with(".test.mjs")));
    tests.sort();
    ensure!(!tests.is_empty(), "there is no test in {}", folder.display());
    Ok(tests)
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
