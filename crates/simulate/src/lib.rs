//! Deterministic simulation (security.md 3.5): the real product and the real client against a simulated org, in one
//! thread, on a clock that is moved by hand. A seed draws everything; a violation names its seed, and the seed replays.

mod events;
mod ground;
mod judge;
pub mod model;
mod play;
mod rows;
mod seam;
mod sight;
mod stage;
mod stops;
mod strays;
mod watch;
mod wire;
mod workers;
mod world;

use std::collections::BTreeMap;

pub use stage::Violation;
pub use world::Plant;

use world::World;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What must never be, if it was.
    pub violation: Option<Violation>,
    /// How many steps it took.
    pub steps: u64,
    /// Of everything that happened: the same for the same seed.
    pub hash: u64,
    /// What was reached, and how often.
    pub counts: BTreeMap<String, u64>,
}

/// Runs the world of `seed` to its end, with a mistake planted if there is to be one.
///
/// # Errors
/// Where the run cannot be made at all, such as for want of room for its files.
pub fn run(seed: u64, plant: Option<Plant>, is_verbose: bool) -> anyhow::Result<Outcome> {
    ground::stand(async |db| {
        let mut world = World::new(db, seed, plant, is_verbose).await?;
        world.play().await?;
        world.count_faults();
        world.count_drift().await;
        let (steps, hash) = world.stage.sum();
        let (violation, counts) = (world.stage.violation(), world.stage.counts());
        Ok(Outcome { violation, steps, hash, counts })
    })
}
