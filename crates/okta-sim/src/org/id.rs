//! Ids in Okta's shape, from a seed: the same run hands out the same ids.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Digits in the order of their bytes, so that later ids also sort later.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Okta ends ids with a few characters that name the cell of the org.
const CELL: &str = "5d7";

/// Hands out ids of 20 characters: prefix, a growing part, chance, and the cell.
#[derive(Debug)]
pub struct IdSource {
    rng: StdRng,
    sequence: u64,
}

impl IdSource {
    pub fn new(seed: u64) -> Self {
        // Start in the middle of the range, as a real org's ids do not begin with zeros.
        Self { rng: StdRng::seed_from_u64(seed), sequence: 62_u64.pow(6) * 40 }
    }

    /// The next id with this prefix, such as `00u` for a user or `0oa` for an app.
    pub fn next(&mut self, prefix: &str) -> String {
        self.sequence += self.rng.random_range(1..5_000);
        let mut digits = [0_u8; 7];
        let mut rest = self.sequence;
        for digit in digits.iter_mut().rev() {
            *digit = BASE62[usize::try_from(rest % 62).expect("less than 62")];
            rest /= 62;
        }
        let growing = String::from_utf8_lossy(&digits);
        let chance = self.text(20 - prefix.len() - digits.len() - CELL.len());
        format!("{prefix}{growing}{chance}{CELL}")
    }

    /// Random letters and digits.
    pub fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(BASE62[self.rng.random_range(0..BASE62.len())])).collect()
    }
}
