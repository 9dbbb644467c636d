//! The rows of the table, a file each.

pub mod first_sync;
pub mod page;
pub mod read;
pub mod scale;
pub mod start;
pub mod wake;
pub mod write;

use std::time::Duration;

use crate::REPETITIONS;
use crate::load::{self, Load, Sample};
use crate::machine::Server;
use crate::table::median;

/// Requests of each kind: enough that no two neighbours ask for the same row.
const REQUESTS: usize = 2_000;

/// One server and what it is asked.
pub struct Side<'a> {
    pub server: &'a Server,
    pub requests: Vec<String>,
}

impl Side<'_> {
    pub fn load(&self, connections: usize, span: Duration) -> anyhow::Result<Sample> {
        let load = Load {
            address: self.server.address,
            requests: self.requests.clone(),
            connections,
            seconds: span.as_secs_f64(),
        };
        load::measure(self.server, &load)
    }
}

/// Measures all sides in turn, several times, after a moment of warming up: the medians, side by side.
pub fn interleave(
    sides: &[&Side<'_>],
    connections: usize,
    span: Duration,
) -> anyhow::Result<Vec<Sample>> {
    let mut samples = vec![Vec::new(); sides.len()];
    for side in sides {
        side.server.pin();
        side.load(connections, span / 4)?;
    }
    for _ in 0..REPETITIONS {
        for (side, samples) in sides.iter().zip(&mut samples) {
            samples.push(side.load(connections, span)?);
        }
    }
    Ok(samples.iter().map(|samples| typical(samples)).collect())
}

pub fn typical(samples: &[Sample]) -> Sample {
    let of = |field: fn(&Sample) -> f64| median(samples.iter().map(field).collect());
    Sample {
        per_second: of(|s| s.per_second),
        cpu_us: of(|s| s.cpu_us),
        p50_ms: of(|s| s.p50_ms),
        p99_ms: of(|s| s.p99_ms),
    }
}

/// Indexes below `count` in an order without a pattern: the same ones in every run.
pub fn scattered(count: usize) -> impl Iterator<Item = usize> {
    (0..).map(move |n: usize| n.wrapping_mul(7_919).wrapping_add(13) % count)
}
