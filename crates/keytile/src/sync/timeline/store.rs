//! SQL of timelines.

use model::{AccountId, ActivityId, WorkspaceId};

use super::{Event, Step, What};
use crate::db::{Result, Row, Tx};
use crate::values;

/// What was done for the tiles that the account ever had.
pub(super) async fn of_tiles(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let rows = tx
        .all(
            "SELECT e.id, e.at, e.step, e.result, e.request_id, e.detail
             FROM tile t JOIN tile_event e ON e.tile_id = t.id
             WHERE t.workspace_id = $1 AND t.account_id = $2 AND ($3 IS NULL OR e.id < $3)
             ORDER BY e.id DESC LIMIT $4",
            values![workspace, account, before, limit],
        )
        .await?;
    rows.iter().map(|row| event(row, false)).collect()
}

/// What was done for the groups that its tiles are in.
pub(super) async fn of_groups(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let rows = tx
        .all(
            "SELECT e.id, e.at, e.step, e.result, e.request_id, e.detail
             FROM audience_event e
             WHERE e.audience_id IN (
                 SELECT t.audience_id FROM tile t
                 WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.audience_id IS NOT NULL)
               AND ($3 IS NULL OR e.id < $3)
             ORDER BY e.id DESC LIMIT $4",
            values![workspace, account, before, limit],
        )
        .await?;
    rows.iter().map(|row| event(row, true)).collect()
}

fn event(row: &Row, is_of_group: bool) -> Result<Event> {
    Ok(Event {
        id: row.id("id")?,
        at: row.at("at")?,
        what: What::Step(Step {
            is_of_group,
            step: row.text("step")?,
            result: row.text("result")?,
            request_id: row.opt_text("request_id")?,
            detail: row.opt_text("detail")?,
        }),
    })
}
