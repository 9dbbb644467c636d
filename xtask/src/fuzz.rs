//! Fuzzing the SCIM protocol with libFuzzer, on the compiler that everything else is built with.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use crate::run;

/// What the compiler adds so that libFuzzer sees which ways a run takes.
const WATCHED: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Which targets, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// This target alone (may be repeated): filter, patch_path or body.
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// For how long each of them runs.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u32,
}

/// Runs the targets one after the other; what they find goes on from where the last run ended.
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = run::target()?.join("fuzz");
    let manifest = run::root().join("fuzz/Cargo.toml");
    // With the target named, build scripts are not watched: they have nobody to tell.
    let host = run::captured(run::command("rustc").args(["--print", "host-tuple"]))?;
    let mut build = run::command("cargo");
    build.args(["build", "--quiet", "--release", "--locked", "--target", &host]);
    build.arg("--manifest-path").arg(manifest);
    build.env("RUSTFLAGS", WATCHED).env("CARGO_TARGET_DIR", &target);
    run::check(&mut build, "the fuzz targets do not build, see above")?;
    let all = ["filter", "patch_path", "body"].map(str::to_owned);
    let targets = if options.targets.is_empty() { all.to_vec() } else { options.targets.clone() };
    for name in targets {
        one(&target, &host, &name, options.seconds)?;
    }
    Ok(())
}

fn one(target: &Path, host: &str, name: &str, seconds: u32) -> Result<()> {
    let corpus = target.join("corpus").join(name);
    let found = target.join("found");
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    run::say(&format!("fuzzing {name} for {seconds} s"));
    let mut fuzz = run::command(target.join(host).join("release").join(name));
    fuzz.arg(&corpus).arg(format!("-max_total_time={seconds}"));
    fuzz.arg(format!("-artifact_prefix={}/", found.display()));
    fuzz.args(["-max_len=8192", "-timeout=10", "-print_final_stats=1"]);
    run::check(&mut fuzz, "an input broke it: its file is named above")
}
