//! The browser journeys: builds everything, finds or installs Node and Chromium, and hands over to
//! `node --test` in `e2e/`. The journeys themselves start and stop the demo.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{extension, run, tools};

/// The oldest Node.js, major and minor: playwright-core needs the one, `--test-concurrency` the other.
const NODE: (u32, u32) = (20, 10);

/// Runs every `e2e/*.test.mjs`.
pub(crate) fn run() -> Result<()> {
    let folder = run::root().join("e2e");
    let tests = tests(&folder)?;
    let chromium = chromium()?;
    node_modules(&folder)?;
    let mut node = run::command("node");
    build_demo(&mut node)?;
    extension::run(&extension::Options::default())?;

    // A journey that hangs is ended and named: each takes seconds.
    let options = ["--test", "--test-reporter=spec", "--test-timeout=300000"];
    node.current_dir(&folder).args(options);
    // A browser and the demo wait for each other in turn. Node's own choice leaves a processor idle.
    let files = std::thread::available_parallelism()?.get();
    node.arg(format!("--test-concurrency={files}")).args(tests);
    node.env("CHROMIUM", chromium);
    node.env("KEYTILE_EXTENSIONS", run::target()?.join("extension"));
    run::check(&mut node, "a journey fails, see above and the pictures in e2e/results")
}

/// Builds everything, and says where the demo and Keytile are.
pub(crate) fn build_demo(node: &mut Command) -> Result<()> {
    run::build()?;
    node.env("KEYTILE_DEMO", run::built("demo")?).env("KEYTILE", run::built("keytile")?);
    Ok(())
}

/// The test files of a folder, by name.
pub(crate) fn tests(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).context("read e2e/")?;
    let files: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|e| e.path())).collect();
    let mut tests = files?;
    tests.retain(|file| file.to_str().is_some_and(|name| name.ends_with(".test.mjs")));
    tests.sort();
    ensure!(!tests.is_empty(), "there is no test in {}", folder.display());
    Ok(tests)
}

/// Chromium, installed when it is missing.
pub(crate) fn chromium() -> Result<PathBuf> {
    let find = || run::find_program(&["chromium", "chromium-browser", "google-chrome"]);
    tools::find_or_install(find, &["chromium"], "the browser journeys need Chromium")
}

/// Installs what `package-lock.json` pins, unless that is already there.
pub(crate) fn node_modules(folder: &Path) -> Result<()> {
    let npm = || run::find_program(&["npm"]);
    tools::find_or_install(npm, &["nodejs", "npm"], "the browser journeys need Node.js and npm")?;
    let version = run::captured(run::command("node").arg("--version"))?;
    let mut numbers = version.trim_start_matches('v').split('.').map(|n| n.parse::<u32>().ok());
    let (major, minor) = NODE;
    ensure!(
        (numbers.next().flatten(), numbers.next().flatten()) >= (Some(major), Some(minor)),
        "the browser journeys need Node.js {major}.{minor} or newer, and here is {version}: install it from https://nodejs.org, and try again"
    );
    let modified = |file: &str| std::fs::metadata(folder.join(file)).and_then(|m| m.modified());
    let locked = modified("package-lock.json").context("read e2e/package-lock.json")?;
    if modified("node_modules/.package-lock.json").is_ok_and(|installed| installed >= locked) {
        return Ok(());
    }
    run::say("installing what e2e/package-lock.json pins");
    run::captured(run::command("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
        .context("npm could not install the packages of e2e/package-lock.json")?;
    Ok(())
}
