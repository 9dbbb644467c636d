//! What can be typed after `cargo demo --`.

use clap::Parser;

/// Keytile, a simulated Okta org and a sample site on this machine, with a lifelike workspace. Everything lives in a
/// temporary folder and is gone at the end.
#[derive(Debug, Parser)]
#[command(name = "cargo demo --", version, about)]
pub struct Args {
    /// Print one line of JSON once everything is ready, and nothing else on standard output.
    #[arg(long)]
    pub json: bool,
    /// Keytile's port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub keytile_port: u16,
    /// The simulated Okta org's port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub okta_port: u16,
    /// The sample site's port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub site_port: u16,
    /// What to log on standard error: `info`, `debug`, or a filter such as `keytile=debug,warn`.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub log: String,
}
