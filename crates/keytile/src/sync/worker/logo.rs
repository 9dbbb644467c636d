//! Pictures for tiles that have none (decision 0014): drawn once for each app, when nothing else is to be done, and
//! never in the place of one that an admin chose. No tile waits for its picture to be as it should be.

use jiff::SignedDuration;
use portal::{Applied, Error, Priority, Reserve, Step, Ticket, TileRef};

use super::look::Seen;
use super::store::{self, Entry};
use super::{Outcome, Stop, Subject, Worker, trace};

/// After no usable answer. What is wrong with the connection shows in what matters more.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// Recorded where the portal took no picture of ours: it is not offered again.
pub(super) const NONE: i64 = 0;

impl<P: portal::Portal> Worker<P> {
    /// Gives a picture to at most one tile.
    pub(super) async fn draw(&self) -> Result<Outcome, Stop> {
        let now = self.app.now();
        if let Some(until) = self.memory().logos_rest_until.filter(|until| *until > now) {
            return Ok(Outcome::Blocked(Some(until)));
        }
        let mut tx = self.app.db.read().await?;
        let Some(id) = store::without_logo(&mut tx, self.row.id).await? else {
            return Ok(Outcome::Blocked(None));
        };
        // Another lane is at it.
        let Some(_claim) = self.claims.take(Subject::Tile(id)) else {
            return Ok(Outcome::Blocked(None));
        };
        let Some(seen) = Seen::load(&mut tx, &self.app, id).await? else {
            return Ok(Outcome::Blocked(None));
        };
        drop(tx);
        let Some(step) = seen.logo_step() else { return Ok(Outcome::Blocked(None)) };
        match self.portal.reserve(&step, Priority::Audit, now) {
            Reserve::At(until) => Ok(Outcome::Blocked(Some(until))),
            Reserve::Now(ticket) => self.upload(seen, &step, ticket).await,
        }
    }

    async fn upload(&self, mut seen: Seen, step: &Step, ticket: Ticket) -> Result<Outcome, Stop> {
        let (app, url) = (seen.app(), seen.desired.url.clone());
        let tile = TileRef { app: app.as_ref(), url: &url };
        let now_fn = || self.app.now();
        let (result, request_id) = trace::of(self.portal.apply(ticket, tile, step, &now_fn)).await;
        let (logo, result, detail) = match (result, step) {
            (Ok(Applied::Done), Step::Logo(logo)) => (i64::from(logo.version), "done", None),
            (Ok(_), _) => (NONE, "left alone", None),
            (Err(Error::Throttled { until }), _) => return Ok(Outcome::Blocked(Some(until))),
            // Without a picture a tile works as well, so nobody is asked about one.
            (Err(error @ (Error::Refused { .. } | Error::Foreign { .. })), _) => {
                (NONE, "refused", Some(error.to_string()))
            }
            (Err(error), _) if self.ends_connection(&error) => return Err(Stop::Refused(error)),
            (Err(error), _) => {
                tracing::info!(%error, "a tile got no picture; it is tried again");
                let until = self.app.now() + AGAIN;
                self.memory().logos_rest_until = Some(until);
                return Ok(Outcome::Blocked(Some(until)));
            }
        };
        seen.known.logo = Some(logo);
        // The portal says that the app was changed, and it was we who did.
        seen.known.updated_at = None;
        let entry = Entry { step: step.to_string(), result, request_id, detail };
        // Where the tile was marked in the meantime nothing is kept, and the look before the next try finds the picture.
        self.commit_if(seen.record().with_entry(entry).strictly()).await?;
        Ok(Outcome::Did)
    }
}
