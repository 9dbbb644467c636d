//! Work counted in instructions, by valgrind: the same figure in every run, whatever else the machine does and however large
//! its caches are (performance.md, section 5). What a time shows besides is how far away the memory is that it touched.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};

use crate::REPETITIONS;
use crate::machine;
use crate::rows::scale;
use crate::sync::plan;
use crate::table::median;
use crate::world::{self, Ids, World};

/// What to do in a world, and how often: told to a process of its own.
#[derive(Args)]
pub struct Count {
    /// The folder of the world.
    folder: PathBuf,
    /// What to do.
    what: What,
    /// How often.
    times: usize,
}

/// What is counted.
#[derive(Clone, Copy, ValueEnum)]
pub enum What {
    Check,
    MarkShare,
    MarkTeam,
    Plan,
}

impl What {
    /// So often, and twice as often: the difference is the work alone, without the start.
    fn times(self) -> usize {
        match self {
            Self::Check => 1_000,
            Self::MarkShare => 500,
            Self::MarkTeam => 2,
            Self::Plan => 100,
        }
    }
}

/// True where valgrind can be run.
pub fn is_possible() -> bool {
    let tried = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// The instructions of one such piece of work in this world: a median, since threads wait for each other a little
/// differently each time.
pub async fn instructions(world: &World, what: What) -> anyhow::Result<f64> {
    let times = what.times();
    let mut found = Vec::with_capacity(REPETITIONS);
    for _ in 0..REPETITIONS {
        let (once, twice) = (run(world, what, times).await?, run(world, what, 2 * times).await?);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        found.push(twice.saturating_sub(once) as f64 / times as f64);
    }
    Ok(median(found))
}

async fn run(world: &World, what: What, times: usize) -> anyhow::Result<u64> {
    let app = world.open().await?;
    world::fill::forget_marks(&app, world.workspace).await?;
    app.db.close().await;
    let word = what.to_possible_value().context("name the work")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().context("find this program")?)
        .arg("count")
        .arg(world.folder())
        .args([word.get_name(), &times.to_string()])
        .current_dir(machine::root())
        .stdin(Stdio::null())
        .output()
        .context("start valgrind")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "valgrind ended with {}: {}", output.status, told.trim());
    let collected = told.lines().find_map(|line| line.split_once("Collected :"));
    let (_, number) = collected.context("find what valgrind collected")?;
    number.trim().parse().context("read what valgrind collected")
}

/// The process whose instructions are counted.
pub async fn child(count: Count) -> anyhow::Result<()> {
    let app = world::open(Path::new(&count.folder)).await?;
    let ids = Ids::read(&app).await?;
    match count.what {
        What::Check => scale::check(&app, &ids, count.times).await?,
        What::MarkShare => scale::mark_shares(&app, &ids, count.times).await?,
        What::MarkTeam => {
            // Every other team: no two of them hold the same account, in any world.
            for team in ids.teams.iter().step_by(2).take(count.times) {
                scale::mark_team(&app, &ids, *team).await?;
            }
        }
        What::Plan => plan(&app, &ids, count.times).await?,
    }
    app.db.close().await;
    Ok(())
}
