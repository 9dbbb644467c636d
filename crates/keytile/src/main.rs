//! The `keytile` command.

use std::io::Write as _;

use clap::Parser as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match keytile::cli::run(keytile::cli::Cli::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be listening any more.
            let _ = writeln!(std::io::stderr(), "keytile: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
