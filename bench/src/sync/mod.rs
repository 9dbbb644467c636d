//! `cargo bench-keytile sync`: what the sync costs in Okta's calls and in Okta's time. The worker, its client and its
//! database are the product's own; the org is the simulated one behind a wire without a network, and time is a number,
//! so that the hours of a first sync pass in seconds and come out the same in every run.

mod audit;
mod bound;
mod click;
mod crew;
mod events;
mod first;
mod line;
mod memory;
mod people;
mod rig;
mod scale;
mod time;

pub use self::scale::plan;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use portal::Strategy;

use crate::machine;
use crate::table::Table;
use crate::world::Worlds;

/// Measures the sync against the simulated Okta on a clock of its own, beside the least that Okta's limits allow.
#[derive(Args)]
pub struct Sync {
    /// How many accounts a first sync brings over, one run for each; the largest is that of the clicks and the audit.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000], value_name = "COUNT")]
    accounts: Vec<usize>,
    /// Measure only these rows.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROW")]
    only: Vec<Row>,
}

/// A part of the table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// A first sync in both strategies: its calls, and its time beside the bound.
    FirstSync,
    /// What one change costs in calls.
    Events,
    /// How long a leaver and a person's click wait during a first sync.
    Click,
    /// A pass that finds nothing.
    Audit,
    /// CPU of marking and planning, among 1,000 tiles and among 100,000.
    Scale,
    /// What the server keeps in memory with 100,000 accounts.
    Memory,
}

/// Both ways in which people come to see tiles.
const STRATEGIES: [Strategy; 2] = [Strategy::Audience, Strategy::Individual];

/// Measures what was asked for and prints the table.
///
/// # Errors
/// Where a goal was missed, or something could not be measured.
pub fn run(sync: Sync, shared: PathBuf) -> anyhow::Result<()> {
    // One thread: nothing depends on how threads take turns, so a run repeats to the last call.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(sync, shared))
}

async fn measure(sync: Sync, shared: PathBuf) -> anyhow::Result<()> {
    anyhow::ensure!(
        !sync.accounts.is_empty() && !sync.accounts.contains(&0),
        "no accounts to sync"
    );
    let wants = |row: Row| sync.only.is_empty() || sync.only.contains(&row);
    let most = sync.accounts.iter().copied().max().unwrap_or(0);
    bound::agree(&shared.join("bench/okta_bound.py"), &sync.accounts)?;
    let mut table = Table::begin("bound");
    if wants(Row::FirstSync) || wants(Row::Audit) {
        for accounts in &sync.accounts {
            for strategy in STRATEGIES {
                let is_audited = wants(Row::Audit) && *accounts == most;
                if !wants(Row::FirstSync) && !is_audited {
                    continue;
                }
                let judged = wants(Row::FirstSync).then_some(&mut table);
                let mut rig = first::measure(judged, *accounts, strategy)
                    .await
                    .context("sync for the first time")?;
                if is_audited {
                    audit::measure(&mut table, &mut rig, *accounts, strategy)
                        .await
                        .context("audit")?;
                }
            }
        }
    }
    if wants(Row::Events) {
        events::measure(&mut table).await.context("measure what changes cost")?;
    }
    if wants(Row::Click) {
        for strategy in STRATEGIES {
            click::measure(&mut table, most, strategy).await.context("measure clicks")?;
        }
    }
    let mut worlds = Worlds::default();
    if wants(Row::Scale) {
        scale::measure(&mut table, &mut worlds).await.context("measure plans")?;
    }
    if wants(Row::Memory) {
        machine::build_keytile().context("build keytile for the release")?;
        memory::measure(&mut table, &mut worlds).await.context("measure memory")?;
    }
    table.end()
}

/// How the strategy is called in the table.
fn word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Individual => "individual",
        Strategy::Existing => "groups",
        Strategy::Audience => "audience",
    }
}

fn count(value: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
    let value = value as f64;
    value
}
