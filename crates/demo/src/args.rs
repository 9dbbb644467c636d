//! What can be typed after `cargo demo --`.

use clap::{Parser, ValueEnum};

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
    /// This many more accounts, which are on their way into Okta when the demo is ready.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub accounts: usize,
    /// How the simulated Okta org limits its callers.
    #[arg(long, value_enum, default_value_t)]
    pub limits: Limits,
    /// What to log on standard error: `info`, `debug`, or a filter such as `keytile=debug,warn`.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub log: String,
}

/// How the simulated Okta org limits its callers.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Limits {
    /// Not at all.
    #[default]
    None,
    /// As an org of Workforce Identity Cloud.
    Workforce,
    /// As an org of the free Integrator plan.
    Integrator,
}

impl From<Limits> for okta_sim::Limits {
    fn from(limits: Limits) -> Self {
        match limits {
            Limits::None => Self::None,
            Limits::Workforce => Self::Workforce,
            Limits::Integrator => Self::Integrator,
        }
    }
}
