//! The project's own chores behind cargo aliases: `cargo verify` runs here. What each step proves
//! belongs to the tests it calls; this crate only sets up their tools and runs them in order.

mod journeys;
mod postgres;
mod run;
mod tools;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keytile's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run everything that CI runs, and stop at the first step that fails.
    Verify(verify::Options),
}

fn main() -> ExitCode {
    let Chore::Verify(options) = Cli::parse().chore;
    match verify::verify(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nverify: {error:#}");
            ExitCode::FAILURE
        }
    }
}
