//! The project's own chores behind cargo aliases: `cargo verify` runs here. What each step proves
//! belongs to the tests it calls; this crate only sets up their tools and runs them in order.

mod extension;
mod fuzz;
mod journeys;
mod lab;
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
    /// Feed the SCIM protocol inputs that nobody thought of.
    Fuzz(fuzz::Options),
    /// Make the packages of the browser extension in target/extension, and print their SHA-256.
    Extension(extension::Options),
    /// Run the lab of login pages, and print its score.
    Lab(lab::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Verify(options) => verify::verify(&options),
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Extension(options) => extension::run(&options),
        Chore::Lab(options) => lab::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nverify: {error:#}");
            ExitCode::FAILURE
        }
    }
}
