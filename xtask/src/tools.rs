//! The tools that the steps need. Cargo's go into `target/tools`; Debian's packages are installed
//! where we are root and apt is there; otherwise one sentence says what to install.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::run;

/// `cargo nextest`, installed when it is missing.
pub(crate) fn nextest() -> Result<Command> {
    cargo_tool("nextest")
}

/// `cargo deny`, installed when it is missing.
pub(crate) fn deny() -> Result<Command> {
    cargo_tool("deny")
}

/// A cargo subcommand: the machine's own, else the one in `target/tools`.
fn cargo_tool(name: &str) -> Result<Command> {
    let program = format!("cargo-{name}");
    let tools = run::target()?.join("tools");
    let ours = tools.join("bin").join(&program);
    if !ours.is_file() {
        if run::find_program(&[&program]).is_some() {
            return Ok(subcommand(&program, name));
        }
        run::say(&format!("installing {program} into target/tools; this takes minutes, once"));
        let mut install = run::command("cargo");
        // To optimise it takes longer than it saves.
        install.args(["install", "--debug", "--quiet", "--locked", &program]);
        install.env("CARGO_PROFILE_DEV_DEBUG", "false");
        install.arg("--root").arg(&tools);
        run::check(&mut install, &format!("{program} cannot be installed: see above"))?;
    }
    Ok(subcommand(ours, name))
}

/// A cargo subcommand called by its file takes its own name as first argument, as cargo passes it.
fn subcommand(program: impl AsRef<std::ffi::OsStr>, name: &str) -> Command {
    let mut command = run::command(program);
    command.arg(name);
    command
}

/// What `find` finds, after Debian's packages were installed where it found nothing. One at a time, since apt lets nobody else
/// in: whoever waited for another finds it there.
pub(crate) fn find_or_install<T>(
    find: impl Fn() -> Option<T>,
    packages: &[&str],
    what_for: &str,
) -> Result<T> {
    static APT: Mutex<()> = Mutex::new(());
    let _turn = APT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = find() {
        return Ok(found);
    }
    install_debian(packages, what_for)?;
    let names = packages.join(" ");
    find().with_context(|| format!("{what_for}; {names} is installed, yet nowhere to be found"))
}

/// Installs Debian packages, or says in one sentence what to install.
fn install_debian(packages: &[&str], what_for: &str) -> Result<()> {
    let names = packages.join(" ");
    if !is_root() || run::find_program(&["apt-get"]).is_none() {
        bail!("{what_for}: install it (on Debian: apt-get install {names}), and try again");
    }
    run::say(&format!("installing Debian's {names}"));
    let apt = |args: &[&str]| run::captured(run::command("apt-get").arg("--quiet").args(args));
    apt(&["update"])
        .and_then(|_| apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat()))
        .with_context(|| format!("{what_for}, and apt-get could not install {names}"))?;
    Ok(())
}

/// Whether we run as root: only then may we install, and PostgreSQL needs another user.
pub(crate) fn is_root() -> bool {
    run::captured(run::command("id").arg("-u")).is_ok_and(|uid| uid == "0")
}
