//! `cargo bench-keytile`: measures Keytile beside a yardstick in one run and prints ratios, since a bare figure of a
//! shared machine says little. Each row of the table has a file in `rows`; what they share lies beside it.

mod count;
mod http;
mod launch;
mod load;
mod machine;
mod rig;
mod rows;
mod scim;
mod sync;
mod table;
mod world;
mod yardstick;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};

use crate::table::Table;
use crate::world::Worlds;

/// Measures Keytile beside a yardstick, and prints a table of ratios.
#[derive(Parser)]
#[command(bin_name = "cargo bench-keytile")]
struct Cli {
    /// Measure only these rows.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROW")]
    only: Vec<Row>,
    /// Measure each figure for a second rather than three.
    #[arg(long)]
    quick: bool,
    /// The folder with the yardstick's source, or with `bench/limits` beneath it.
    #[arg(long, env = "KEYTILE_SHARED", value_name = "PATH")]
    yardstick: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Make load for a parent process: what it wants comes by standard input.
    #[command(hide = true)]
    Load,
    /// Do one kind of work, for a parent process that counts its instructions.
    #[command(hide = true)]
    Count(count::Count),
    Sync(sync::Sync),
    Scim(scim::Scim),
    Launch(launch::Launch),
}

/// A part of the table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// One account over the API, with its notes opened.
    Read,
    /// Durable changes over the API.
    Write,
    /// Pages of accounts, from the first to a deep one.
    Page,
    /// From the start of the program to its first answer, its memory and its size.
    Start,
    /// Access checks and dirty marks, in a small world and in a large one.
    Scale,
    /// From the commit to the first call at Okta.
    Wake,
    /// The calls of a first sync under Okta's limits.
    FirstSync,
}

/// What every row is handed.
struct Bench {
    /// How long each measurement lasts.
    span: Duration,
    /// Where the yardstick and `okta_bound.py` may be.
    shared: PathBuf,
    worlds: Worlds,
    yardstick: Option<yardstick::Program>,
    table: Table,
}

/// Every figure is the median of so many interleaved measurements.
const REPETITIONS: usize = 3;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let shared = cli.yardstick.clone().unwrap_or_else(|| machine::root().join("../shared"));
    match cli.command {
        Some(Command::Sync(sync)) => sync::run(sync, shared),
        Some(Command::Scim(scim)) => scim::run(&scim, &shared),
        Some(Command::Launch(launch)) => launch::run(&launch),
        Some(Command::Load | Command::Count(_)) | None => serve_and_measure(cli, shared),
    }
}

#[tokio::main]
async fn serve_and_measure(cli: Cli, shared: PathBuf) -> anyhow::Result<()> {
    match cli.command {
        Some(Command::Load) => return load::child().await,
        Some(Command::Count(count)) => return count::child(count).await,
        Some(Command::Sync(_) | Command::Scim(_) | Command::Launch(_)) | None => {}
    }
    let wants = |row: Row| cli.only.is_empty() || cli.only.contains(&row);
    let needs_servers = [Row::Read, Row::Write, Row::Page, Row::Start].into_iter().any(wants);
    if needs_servers {
        machine::build_keytile().context("build keytile for the release")?;
    }
    let needs_yardstick = [Row::Read, Row::Write, Row::Start].into_iter().any(wants);
    let yardstick = if needs_yardstick { yardstick::build(&shared)? } else { None };
    let mut bench = Bench {
        span: Duration::from_secs(if cli.quick { 1 } else { 3 }),
        shared,
        worlds: Worlds::default(),
        yardstick,
        table: Table::begin("yardstick"),
    };
    if needs_yardstick && bench.yardstick.is_none() {
        Table::note("the yardstick is not here: rows that need it have no ratio");
    }
    if wants(Row::Read) {
        rows::read::measure(&mut bench).await.context("measure reads")?;
    }
    if wants(Row::Write) {
        rows::write::measure(&mut bench).await.context("measure writes")?;
    }
    if wants(Row::Page) {
        rows::page::measure(&mut bench).await.context("measure pages")?;
    }
    if wants(Row::Start) {
        rows::start::measure(&mut bench).await.context("measure the start")?;
    }
    if wants(Row::Scale) {
        rows::scale::measure(&mut bench).await.context("measure checks and marks")?;
    }
    if wants(Row::Wake) {
        rows::wake::measure(&mut bench).await.context("measure the way to Okta")?;
    }
    if wants(Row::FirstSync) {
        rows::first_sync::measure(&mut bench).await.context("measure a first sync")?;
    }
    bench.table.end()
}
