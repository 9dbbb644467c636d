//! Running other programs: from the repository's root, without a keyboard, and with a sentence
//! when one fails. Everything said goes to standard error, as the test runners' lines do.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

static QUIET: OnceLock<bool> = OnceLock::new();

/// Whether programs should leave out progress bars. Asked once, before the first program runs.
pub(crate) fn set_quiet(quiet: bool) {
    QUIET.get_or_init(|| quiet);
}

/// A line of our own, told apart from the output of the programs we run.
pub(crate) fn say(line: &str) {
    eprintln!("verify: {line}");
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository's root")
}

/// The target directory: the one that this program was built into.
pub(crate) fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("find out where this program lies")?;
    let target = own.parent().and_then(Path::parent);
    target.map(Path::to_owned).with_context(|| format!("{} is not in target/", own.display()))
}

/// A program that asks nothing and writes no snapshot.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command.env("DEBIAN_FRONTEND", "noninteractive").env("INSTA_UPDATE", "no");
    if QUIET.get() == Some(&true) {
        command.env("CARGO_TERM_PROGRESS_WHEN", "never");
    }
    command
}

/// Runs cargo as [`check`] does.
pub(crate) fn cargo(args: &[&str], advice: &str) -> Result<()> {
    check(command("cargo").args(args), advice)
}

/// Builds all programs and tests. A package that is built alone has other features of what it depends on, and all of that
/// is built once more.
pub(crate) fn build() -> Result<()> {
    cargo(&["build", "--workspace", "--bins", "--tests"], "Keytile does not build, see above")
}

/// The file of a program that [`build`] has built.
pub(crate) fn built(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("debug").join(name))
}

/// Runs a program and shows its output. When it finds fault, the error says `advice`.
pub(crate) fn check(command: &mut Command, advice: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("start {}", line(command)))?;
    if !status.success() {
        bail!("{advice} (`{}` ended with {status})", line(command));
    }
    Ok(())
}

/// Runs a program quietly. What it printed on standard output; all it printed, when it fails.
pub(crate) fn captured(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("start {}", line(command)))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}\n{text}\n{}", line(command), output.status, complaint.trim());
    }
    Ok(text)
}

/// Where a program of one of these names is, in the order of `PATH`.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
