//! SQL of the lease that lets one worker at a time follow a portal.

use model::{PortalId, Timestamp};

use crate::db::{Result, Tx};
use crate::values;

/// Takes the lease, unless another holder's lasts; answers the new fence.
pub(in crate::sync::worker) async fn acquire(
    tx: &mut Tx,
    id: PortalId,
    holder: &str,
    force: bool,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<i64>> {
    let row = tx
        .optional(
            "UPDATE portal SET lease_holder = $2, lease_until = $4, fence = fence + 1
             WHERE id = $1 AND (lease_until <= $3 OR lease_holder = $2 OR $5 = 1)
             RETURNING fence",
            values![id, holder, now, until, i64::from(force)],
        )
        .await?;
    row.map(|row| row.int("fence")).transpose()
}

/// Moves the end of a lease that is still ours, and tells whether it is.
pub(in crate::sync::worker) async fn set_lease(
    tx: &mut Tx,
    id: PortalId,
    fence: i64,
    until: Timestamp,
) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE portal SET lease_until = $3 WHERE id = $1 AND fence = $2",
            values![id, fence, until],
        )
        .await?;
    Ok(touched > 0)
}

/// When the lease of a portal ends.
pub(in crate::sync::worker) async fn lease_until(
    tx: &mut Tx,
    id: PortalId,
) -> Result<Option<Timestamp>> {
    let row = tx.optional("SELECT lease_until FROM portal WHERE id = $1", values![id]).await?;
    row.map(|row| row.at("lease_until")).transpose()
}
