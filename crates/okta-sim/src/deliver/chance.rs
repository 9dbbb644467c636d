//! Bad luck of deliveries. Okta promises event hooks at least once and in no order, and gives up
//! after one retry: whoever listens has to live with repeats, disorder and loss.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

/// How often it strikes, in thousandths of all deliveries to event hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryOdds {
    /// The same call is made twice, although the first one was answered.
    pub duplicated: u32,
    /// The events come one by one, the last one first.
    pub reordered: u32,
    /// Nothing arrives, and nothing is tried again.
    pub lost: u32,
}

/// What strikes one delivery. More than one thing may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Luck {
    pub(crate) duplicated: bool,
    pub(crate) reordered: bool,
    pub(crate) lost: bool,
}

/// Odds and the chance to draw from: the same seed and the same deliveries give the same luck.
#[derive(Debug)]
pub(crate) struct DeliveryChance {
    odds: DeliveryOdds,
    sequence: StdRng,
}

impl DeliveryChance {
    pub(crate) fn new(odds: DeliveryOdds, seed: u64) -> Self {
        Self { odds, sequence: StdRng::seed_from_u64(seed) }
    }

    pub(crate) fn draw(&mut self) -> Luck {
        let mut strikes = |odds: u32| self.sequence.random_range(0..1000) < odds;
        Luck {
            duplicated: strikes(self.odds.duplicated),
            reordered: strikes(self.odds.reordered),
            lost: strikes(self.odds.lost),
        }
    }
}
