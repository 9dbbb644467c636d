//! The watch over the portal's directory, within the worker's own limits and under its lease: one replica at a time
//! compares, and leaves the calls for tiles alone. What is compared is `directories`'.

use model::Timestamp;

use super::{Outcome, Stop, Worker};
use crate::directories::watch::{self, Watched};

impl<P: portal::Portal> Worker<P> {
    /// Does what is due about the directory.
    pub(super) async fn people(&self, due: Option<Timestamp>) -> Result<Outcome, Stop> {
        if due.is_none_or(|due| self.app.now() < due) {
            return Ok(Outcome::Blocked(due));
        }
        // Another lane is at it.
        let Ok(mut run) = self.people.try_lock() else { return Ok(Outcome::Blocked(None)) };
        let watched =
            Box::pin(watch::turn(&self.app, self.row.workspace, &self.portal, &mut run)).await?;
        Ok(match watched {
            Watched::Did => Outcome::Did,
            Watched::Rests(until) => Outcome::Blocked(until),
        })
    }
}
