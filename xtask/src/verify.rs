//! The steps of `cargo verify`, in order. The cheapest come first, and the last is a test run, so
//! that the runner's own summary closes the output.

use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{extension, journeys, lab, postgres, run, tools};

/// Which steps to run. Without options: all of them.
#[derive(Args)]
pub(crate) struct Options {
    /// Run this step alone (may be repeated).
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Leave this step out (may be repeated).
    #[arg(long, value_name = "STEP")]
    skip: Vec<Step>,
    /// Print the steps and run none.
    #[arg(long)]
    list: bool,
    /// Set by CI services: no progress bars.
    #[arg(long, env = "CI", hide = true)]
    ci: bool,
}

impl Options {
    fn wants(&self, step: Step) -> bool {
        (self.only.is_empty() || self.only.contains(&step)) && !self.skip.contains(&step)
    }
}

/// One thing that must hold before a change goes in. The order here is the order of a run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    Fmt,
    Clippy,
    Deny,
    Doc,
    Simulate,
    Calls,
    Extension,
    Lab,
    Journeys,
    Postgres,
    Sqlite,
}

impl Step {
    /// The name on the command line.
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no step is hidden from the command line");
        value.get_name().to_owned()
    }

    /// What the step shows when it passes.
    fn about(self) -> &'static str {
        match self {
            Step::Fmt => "the code is formatted",
            Step::Clippy => "clippy has nothing to say",
            Step::Deny => "dependencies: licences, bans, sources, advisories where reachable",
            Step::Doc => "the examples in the documentation run",
            Step::Simulate => "a thousand simulated worlds keep every promise",
            Step::Calls => "a first sync, each change, and an audit make no call too many",
            Step::Extension => {
                "the browser extension: types, tests, and packages that come out the same"
            }
            Step::Lab => {
                "the extension on pages of our own: logins, hand-overs, and none that must not be"
            }
            Step::Journeys => "the journeys of people in a real Chromium",
            Step::Postgres => "the server's tests on PostgreSQL",
            Step::Sqlite => "all tests, on SQLite",
        }
    }

    fn run(self) -> Result<()> {
        match self {
            Step::Fmt => run::cargo(
                &["fmt", "--all", "--check"],
                "the code is not formatted: run `cargo fmt --all`",
            ),
            Step::Clippy => run::cargo(
                &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
                "clippy found something: mend it, or `#[expect(…, reason = \"…\")]` it",
            ),
            Step::Deny => deny(),
            Step::Doc => run::cargo(
                &["test", "--quiet", "--doc", "--workspace"],
                "an example in the documentation fails, see above",
            ),
            Step::Simulate => simulate(),
            Step::Calls => calls(),
            Step::Extension => extension::verify(),
            Step::Lab => lab::run(&lab::Options::default()),
            Step::Journeys => journeys::run(),
            Step::Postgres => on_postgres(),
            Step::Sqlite => run::check(&mut nextest()?, "a test fails on SQLite, see above"),
        }
    }
}

/// Runs the chosen steps, and stops at the first that fails.
pub(crate) fn verify(options: &Options) -> Result<()> {
    let steps: Vec<Step> =
        Step::value_variants().iter().copied().filter(|step| options.wants(*step)).collect();
    if options.list {
        for step in steps {
            println!("{:<9} {}", step.name(), step.about());
        }
        return Ok(());
    }
    run::set_quiet(options.ci);
    if steps.iter().any(|step| matches!(step, Step::Lab | Step::Journeys)) {
        // It comes over the network while the first steps need the processors. A step that misses it says so.
        std::thread::spawn(journeys::chromium);
    }
    for (index, step) in steps.iter().enumerate() {
        run::say(&format!("[{}/{}] {}: {}", index + 1, steps.len(), step.name(), step.about()));
        let started = Instant::now();
        step.run().map_err(|error| {
            error.context(format!("{} failed; `cargo verify --only {0}` repeats it", step.name()))
        })?;
        // The last step says nothing more: its test runner's summary is the last line.
        if index + 1 < steps.len() {
            run::say(&format!("{} took {:.1} s", step.name(), started.elapsed().as_secs_f64()));
        }
    }
    Ok(())
}

fn simulate() -> Result<()> {
    run::build()?;
    run::check(
        run::command(run::built("simulate")?).args(["--seeds", "1000"]),
        "a simulated world broke a promise: its seed repeats it, see above",
    )
}

/// Calls and Okta's time are counted on a clock of its own, so that a build for tests counts the same as one for the release.
fn calls() -> Result<()> {
    run::build()?;
    let mut bench = run::command(run::built("bench-keytile")?);
    // Nothing from beside the repository.
    bench.arg("--yardstick").arg(run::target()?);
    bench.args(["sync", "--accounts", "100", "--only", "first-sync,events,audit"]);
    run::check(&mut bench, "the sync makes more calls than it needs, see above")
}

fn nextest() -> Result<std::process::Command> {
    let mut command = tools::nextest()?;
    command.args(["run", "--workspace", "--no-fail-fast"]);
    Ok(command)
}

fn on_postgres() -> Result<()> {
    let server = postgres::Server::start()?;
    // A filter rather than `--package`: the same features, so nothing is built twice.
    let mut command = nextest()?;
    command.args(["--filterset", "package(keytile)"]);
    // A test and the server that it talks to wait for each other in turn: one more keeps the processors at work.
    let threads = std::thread::available_parallelism()?.get() + 1;
    command.arg("--test-threads").arg(threads.to_string());
    command.env("KEYTILE_TEST_DATABASE", server.url());
    run::check(&mut command, "a test fails on PostgreSQL, see above")
}

fn deny() -> Result<()> {
    let deny = |args: &[&str]| -> Result<std::process::Command> {
        let mut command = tools::deny()?;
        command.args(["--workspace", "--color", "never"]).args(args);
        Ok(command)
    };
    // Duplicates are listed by `cargo deny check bans`; here only what must be mended shows.
    let rules = ["--log-level", "error", "check", "licenses", "bans", "sources"];
    let broken =
        "a dependency breaks deny.toml: replace it, or change the rule and give the reason";
    run::check(&mut deny(&rules)?, broken)?;
    if run::captured(&mut deny(&["fetch", "db"])?).is_err() {
        run::say("advisories were not checked: their database cannot be reached from here");
        return Ok(());
    }
    let advisories = ["--log-level", "error", "check", "--disable-fetch", "advisories"];
    run::check(&mut deny(&advisories)?, "a dependency has a known flaw: update or replace it")
}
