//! How far a portal's tiles are, and when they will be done: told to pages of every replica.

use jiff::SignedDuration;
use model::{Timestamp, WorkspaceId};

use super::{Stop, Worker, store};
use crate::app::App;
use crate::error::Error;

/// How often pages are told when a run will be done.
const FORECAST_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// How far a portal's tiles are (S24).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Tiles that are not as they should be yet.
    pub tiles: i64,
    /// Calls that they are known to need.
    pub calls: i64,
    /// When they will be done, as far as the portal's limits tell.
    pub done_at: Option<Timestamp>,
}

/// How far the tiles of a workspace are, as its worker last told: for pages of every replica.
pub async fn forecast(app: &App, workspace: WorkspaceId) -> Result<Progress, Error> {
    let mut tx = app.db.read().await?;
    let Some(row) = crate::sync::store::portal(&mut tx, workspace).await? else {
        return Ok(Progress::default());
    };
    let (tiles, calls) = store::outstanding(&mut tx, &row).await?;
    let done_at = store::forecast(&mut tx, &row).await?.filter(|_| tiles > 0);
    Ok(Progress { tiles, calls, done_at })
}

impl<P: portal::Portal> Worker<P> {
    /// How far the portal's tiles are.
    pub async fn progress(&self) -> Result<Progress, Error> {
        let now = self.app.now();
        let (tiles, calls) = store::outstanding(&mut self.app.db.read().await?, &self.row).await?;
        let done_at = u32::try_from(calls).ok().and_then(|calls| self.portal.forecast(calls, now));
        Ok(Progress { tiles, calls, done_at })
    }

    /// Writes down for pages when the run will be done; at most every ten seconds.
    pub(super) async fn tell_forecast(&self) -> Result<(), Stop> {
        let now = self.app.now();
        {
            let mut memory = self.memory();
            if memory.forecast_at.is_some_and(|at| now < at && at <= now + FORECAST_EVERY) {
                return Ok(());
            }
            memory.forecast_at = Some(now + FORECAST_EVERY);
        }
        let progress = self.progress().await?;
        let done_at = progress.done_at.filter(|_| progress.tiles > 0);
        if std::mem::replace(&mut self.memory().forecast, done_at) == done_at {
            return Ok(());
        }
        let (id, fence) = (self.row.id, self.lease.fence());
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move { store::set_forecast(tx, id, fence, done_at).await })
        });
        Ok(change.await?)
    }
}
