//! The fenced lease of a portal: whoever holds it works, and every write proves it by the fence, which grows with each
//! holder. A worker that slept through its lease is so refused, however late it wakes (R8).

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use model::Timestamp;
use rand::RngCore as _;

use super::{PortalRow, Stop, store};
use crate::app::App;
use crate::error::Error;

/// How long a worker that died keeps others waiting, on PostgreSQL.
const LENGTH: SignedDuration = SignedDuration::from_secs(60);
const RENEWED_EVERY: SignedDuration = SignedDuration::from_secs(20);

/// A process that may hold leases.
#[derive(Debug, Clone)]
pub struct Holder {
    name: String,
    /// Take over although another's lease lasts.
    force: bool,
}

impl Holder {
    /// This process. A database in a file has one process: what held a lease before us is dead.
    pub fn new(app: &App) -> Self {
        let name = format!("{:016x}", app.rng().next_u64());
        Self { name, force: !app.db.is_postgres() }
    }

    /// The same process, which waits for others from now on.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { name: self.name.clone(), force: false }
    }
}

/// A held lease.
pub(super) struct Lease {
    fence: i64,
    renew_at: Mutex<Timestamp>,
}

impl Lease {
    pub(super) async fn acquire(
        app: &App,
        row: &PortalRow,
        holder: &Holder,
    ) -> Result<Option<Self>, Error> {
        let now = app.now();
        let (id, holder) = (row.id, holder.clone());
        let fence = app
            .db
            .write(row.workspace, move |tx| {
                Box::pin(async move {
                    let now = tx.agreed_now(now).await?;
                    let until = now + LENGTH;
                    store::acquire(tx, id, &holder.name, holder.force, now, until).await
                })
            })
            .await?;
        Ok(fence.map(|fence| Self { fence, renew_at: Mutex::new(now + RENEWED_EVERY) }))
    }

    pub(super) fn fence(&self) -> i64 {
        self.fence
    }

    /// Renews the lease when it is time to.
    pub(super) async fn keep(&self, app: &App, row: &PortalRow) -> Result<(), Stop> {
        let now = app.now();
        {
            let mut renew_at = self.renew_at.lock().unwrap_or_else(PoisonError::into_inner);
            // The second condition: our clock was set back.
            if now < *renew_at && now + RENEWED_EVERY >= *renew_at {
                return Ok(());
            }
            *renew_at = now + RENEWED_EVERY;
        }
        let (id, fence) = (row.id, self.fence);
        let kept = app
            .db
            .write(row.workspace, move |tx| {
                Box::pin(async move {
                    let until = tx.agreed_now(now).await? + LENGTH;
                    store::set_lease(tx, id, fence, until).await
                })
            })
            .await
            .map_err(Error::Database)?;
        if kept { Ok(()) } else { Err(Stop::Lost) }
    }

    /// Ends the lease, and wakes whoever waits for it.
    pub(super) async fn release(&self, app: &App, row: &PortalRow) -> Result<(), Error> {
        let (id, workspace, fence) = (row.id, row.workspace, self.fence);
        app.db
            .write(workspace, move |tx| {
                Box::pin(async move {
                    tx.signal(workspace);
                    store::set_lease(tx, id, fence, Timestamp::UNIX_EPOCH).await
                })
            })
            .await
            .map_err(Error::Database)?;
        Ok(())
    }
}
