//! Telling others what happened in the org: event hooks, Universal Logout and security events.
//! What is to be told waits in the org (`org::Outgoing`); here it is put on the wire, and what
//! became of it is noted. Provisioning has a client of its own, in `push`.

mod call;
mod chance;
mod hooks;
mod logout;
mod signals;

use std::collections::BTreeMap;

use tokio::sync::watch;

pub use chance::DeliveryOdds;
pub(crate) use chance::{DeliveryChance, Luck};
pub(crate) use logout::audience;

use crate::Sim;
use crate::org::{ApiResult, LogEvent, Outgoing};

/// Carries what the org has to tell. Cheap to clone; all couriers of one org share the work.
#[derive(Clone)]
pub struct Courier {
    sim: Sim,
}

impl Courier {
    pub fn new(sim: Sim) -> Self {
        Self { sim }
    }

    /// Delivers as things happen, until `shutdown` turns true or its sender is gone.
    pub async fn run(&self, mut shutdown: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.settle() => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
            tokio::select! {
                () = self.sim.something_to_tell() => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Works until nothing is left to tell: what happened before this call has been told, or given
    /// up, when it returns. Needs no [`Courier::run`], and gets along with one.
    pub async fn settle(&self) {
        let _turn = self.sim.turn_to_deliver().await;
        loop {
            let outgoing = self.sim.org().take_outgoing();
            if outgoing.is_empty() {
                return;
            }
            self.deliver(outgoing).await;
        }
    }

    /// Asks a hook's address to prove that it expects us, and notes that it did.
    ///
    /// # Errors
    /// When it did not, or there is no such hook.
    pub async fn verify_hook(&self, id: &str) -> ApiResult<()> {
        hooks::verify(&self.sim, id).await
    }

    /// Events of one hook that happened within a short time go in one call ("amalgamated").
    async fn deliver(&self, outgoing: Vec<Outgoing>) {
        let mut events: BTreeMap<String, Vec<LogEvent>> = BTreeMap::new();
        let mut others = Vec::new();
        for one in outgoing {
            match one {
                Outgoing::Event { hook, event } => events.entry(hook).or_default().push(*event),
                other => others.push(other),
            }
        }
        // Who is to be logged out does not wait for a slow hook.
        for one in others {
            match one {
                Outgoing::Logout { app, user, email } => {
                    logout::send(&self.sim, &app, &user, &email).await;
                }
                Outgoing::Signal { stream, signal } => {
                    signals::send(&self.sim, &stream, &signal).await;
                }
                Outgoing::Event { .. } => {}
            }
        }
        for (hook, events) in events {
            hooks::tell(&self.sim, &hook, events).await;
        }
    }
}

#[cfg(test)]
mod tests;
