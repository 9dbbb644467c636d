//! The `keytile` command.

use clap::Parser as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match keytile::cli::run(keytile::cli::Cli::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keytile: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
