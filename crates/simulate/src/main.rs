//! `cargo simulate -- --seeds N`: runs N worlds, and tells of the first that break a promise.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use simulate::Outcome;

/// Runs simulated worlds and judges each of their steps.
#[derive(Parser)]
#[command(bin_name = "cargo simulate --")]
struct Cli {
    /// How many worlds to run.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Run the world of this seed alone, twice, and compare.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "from"])]
    replay: Option<u64>,
    /// Print everything that happens in a replay.
    #[arg(long)]
    verbose: bool,
    /// Print what was reached, and how often.
    #[arg(long)]
    coverage: bool,
    /// Print each world's steps and hash, to compare two versions of what must not change a run.
    #[arg(long)]
    hashes: bool,
    /// How many worlds run at a time; each is one thread.
    #[arg(long)]
    jobs: Option<usize>,
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.replay {
        Some(seed) => replay(&cli, seed),
        None => run_all(&cli),
    }
}

fn replay(cli: &Cli, seed: u64) -> anyhow::Result<ExitCode> {
    let first = simulate::run(seed, None, cli.verbose)?;
    let again = simulate::run(seed, None, false)?;
    println!("seed {seed}: {} steps, hash {:016x}", first.steps, first.hash);
    if cli.coverage {
        print_counts(&first.counts);
    }
    if first.hash != again.hash {
        println!("The second run was another one: {:016x}", again.hash);
        return Ok(ExitCode::FAILURE);
    }
    Ok(finish(1, usize::from(tell(seed, &first))))
}

fn run_all(cli: &Cli) -> anyhow::Result<ExitCode> {
    let next = AtomicU64::new(cli.from);
    let end = cli.from.saturating_add(cli.seeds);
    let (counts, broken) = (Mutex::<BTreeMap<String, u64>>::default(), Mutex::new(0));
    let work = || -> anyhow::Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return Ok(());
            }
            let outcome = simulate::run(seed, None, false)?;
            if cli.hashes {
                println!("seed {seed}: {} steps, hash {:016x}", outcome.steps, outcome.hash);
            }
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (what, count) in &outcome.counts {
                *counts.entry(what.clone()).or_default() += count;
            }
            if tell(seed, &outcome) {
                *broken.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
        }
    };
    let jobs = cli.jobs.or_else(|| Some(std::thread::available_parallelism().ok()?.get()));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.unwrap_or(1).max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    if cli.coverage {
        print_counts(&counts.into_inner().unwrap_or_else(PoisonError::into_inner));
    }
    Ok(finish(cli.seeds, broken.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Tells of a violation, if there was one.
fn tell(seed: u64, outcome: &Outcome) -> bool {
    let Some(violation) = &outcome.violation else { return false };
    println!("seed {seed} breaks {}", violation.invariant);
    println!("{violation}");
    println!("  repeat it with: cargo simulate -- --replay {seed} --verbose\n");
    true
}

fn print_counts(counts: &BTreeMap<String, u64>) {
    for (what, count) in counts {
        println!("{count:>9}  {what}");
    }
}

fn finish(seeds: u64, violations: usize) -> ExitCode {
    println!("{seeds} seeds, {violations} violations");
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
