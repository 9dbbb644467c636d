//! The lab of login pages: the extension's plan and page scripts against pages of our own, in a real Chromium. Its score is
//! the last line of its output.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{journeys, run};

/// Which pages to run. Without options: all of the lab's own.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Run the HTML files of this folder instead of the lab's own pages.
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// Run only the pages whose name has this in it.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Run everything so many times.
    #[arg(long, value_name = "N", default_value_t = 1)]
    times: u32,
    /// Measure instead how long it takes from the click on a tile until the password is filled in.
    #[arg(long, conflicts_with_all = ["pages", "only", "times"])]
    speed: bool,
    /// Tell of each page, and with --only each step of its login.
    #[arg(long)]
    verbose: bool,
}

/// Runs the lab, and fails unless each page went as it must.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = run::root().join("e2e");
    let chromium = journeys::chromium()?;
    journeys::node_modules(&folder)?;
    let mut node = run::command("node");
    node.current_dir(&folder).env("CHROMIUM", chromium);
    if options.speed {
        journeys::build_demo(&mut node)?;
        return run::check(
            node.arg("lab/speed.mjs"),
            "a click takes longer than it may, see above",
        );
    }
    node.arg("lab/run.mjs");
    if let Some(pages) = &options.pages {
        node.arg("--pages").arg(std::path::absolute(pages)?);
    }
    if let Some(only) = &options.only {
        node.args(["--only", only]);
    }
    node.args(["--times", &options.times.max(1).to_string()]);
    if options.verbose {
        node.arg("--verbose");
    }
    run::check(&mut node, "a page of the lab did not go as it must, see above")
}
