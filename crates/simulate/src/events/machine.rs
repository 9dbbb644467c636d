//! Machines: faults of the org and the network, the clock, and the root key.

use jiff::SignedDuration;
use keytile::keys;
use okta_sim::Mischief;
use rand::Rng as _;

use crate::world::World;

impl World {
    /// Another weather at the org: none, a bad day, or much of one kind.
    pub(super) fn weather(&mut self) {
        let everything = Mischief::everything();
        let mischief = match self.rng.random_range(0..8) {
            0..2 => Mischief::none(),
            2..4 => everything,
            4 => Mischief { lost_after_commit: 400, cut_off: 100, ..Mischief::none() },
            5 => Mischief {
                lost_after_commit: 150,
                list_lag: 700,
                stale_replica: 500,
                reappearance: 700,
                ..everything
            },
            6 => Mischief { internal_error: 200, bad_gateway: 100, html: 60, ..Mischief::none() },
            _ => Mischief { limited: 200, limited_without_reset: 100, ..Mischief::none() },
        };
        self.watch.set_faults(mischief != Mischief::none());
        self.sim.set_mischief(mischief, self.rng.random());
    }

    pub(crate) fn clear_up(&mut self) {
        self.watch.set_faults(false);
        self.sim.set_mischief(Mischief::none(), 0);
    }

    pub(super) fn jump_by(&self, seconds: i64) {
        self.stage.advance(SignedDuration::from_secs(seconds));
    }

    pub(super) async fn rotate_keys(&mut self) {
        if let Err(error) = keys::rotate(&self.app).await {
            self.stage.violate("T10", format!("the root key cannot be rotated: {error:#}"));
        }
    }
}
