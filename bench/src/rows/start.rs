//! From the start of the program to its first healthy answer on existing data, its memory at rest, and its size.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::Bench;
use crate::machine::{self, Server};
use crate::table::{Goal, Line, median};
use crate::world::{Shape, World};

/// More than elsewhere: a start is short, so noise weighs more.
const STARTS: usize = 9;
const MIB: f64 = 1024.0 * 1024.0;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let mut worlds: Vec<Arc<World>> = Vec::new();
    for accounts in [0, 1_000, 100_000] {
        worlds.push(bench.worlds.get(Shape::of(accounts)).await?);
    }
    let (mut times, mut memory) = (vec![Vec::new(); worlds.len()], vec![Vec::new(); worlds.len()]);
    let (mut bare_times, mut bare_memory) = (Vec::new(), Vec::new());
    // The yardstick seeds at its first start, which is not what is measured.
    if let Some(program) = &bench.yardstick {
        drop(program.serve()?);
    }
    for _ in 0..STARTS {
        for (index, world) in worlds.iter().enumerate() {
            let server = world.serve()?;
            times[index].push(milliseconds(&server));
            memory[index].push(at_rest(&server)?);
        }
        if let Some(program) = &bench.yardstick {
            let server = program.serve()?;
            bare_times.push(milliseconds(&server));
            bare_memory.push(at_rest(&server)?);
        }
    }
    let bare = |values: Vec<f64>| (!values.is_empty()).then(|| median(values));
    let times: Vec<f64> = times.into_iter().map(median).collect();
    let memory: Vec<f64> = memory.into_iter().map(median).collect();
    let table = &mut bench.table;
    let line = Line::new("start to healthy, no accounts", times[0], "ms").goal(Goal::AtMost(30.0));
    table.add(&line.beside(bare(bare_times), Goal::None));
    for (name, time) in [
        ("start to healthy, 1,000 accounts beside none", times[1]),
        ("start to healthy, 100,000 accounts beside none", times[2]),
    ] {
        let line = Line::new(name, time, "ms").goal(Goal::AtMost(30.0));
        table.add(&line.beside(Some(times[0]), Goal::AtMost(1.2)));
    }
    let line = Line::new("memory at rest, no accounts", memory[0], "MiB").goal(Goal::AtMost(24.0));
    table.add(&line.beside(bare(bare_memory), Goal::None));
    let name = "memory at rest, 100,000 accounts";
    table.add(&Line::new(name, memory[2], "MiB").goal(Goal::AtMost(24.0)));
    let size = size(&machine::keytile()?)?;
    let bare = bench.yardstick.as_ref().map(|program| self::size(&program.program)).transpose()?;
    let line = Line::new("size of the released program", size, "MiB").goal(Goal::AtMost(25.0));
    table.add(&line.beside(bare, Goal::None));
    Ok(())
}

fn milliseconds(server: &Server) -> f64 {
    server.started_in.as_secs_f64() * 1e3
}

/// Once what runs after the start has run.
fn at_rest(server: &Server) -> anyhow::Result<f64> {
    std::thread::sleep(Duration::from_millis(500));
    server.memory()
}

fn size(program: &Path) -> anyhow::Result<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a program is far smaller than 2^52 bytes")]
    Ok(std::fs::metadata(program)?.len() as f64 / MIB)
}
