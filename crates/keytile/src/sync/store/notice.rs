//! SQL of notices to whoever waits for a tile.

use model::{ActivityId, MemberId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

/// A notice that the member sees on their next page.
pub(in crate::sync) async fn insert_notification(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    kind: &str,
    message: &str,
    link: &str,
) -> Result<()> {
    let id = ActivityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO notification (id, workspace_id, member_id, at, kind, message, link) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, by.workspace, member, by.now, kind, message, link],
    )
    .await?;
    Ok(())
}
