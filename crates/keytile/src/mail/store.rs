//! SQL of to whom mail has been given up.

use model::{MemberId, Timestamp, WorkspaceId};

use crate::db::{Result, Tx};
use crate::values;

/// Somebody whom mail does not reach.
pub(super) struct Unreached {
    pub(super) member: MemberId,
    pub(super) since: Timestamp,
    pub(super) problem: String,
}

pub(super) async fn unreached(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Unreached>> {
    let rows = tx
        .all(
            "SELECT member_id, since, problem FROM mail_failing WHERE workspace_id = $1 ORDER BY member_id",
            values![workspace],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Unreached {
                member: row.id("member_id")?,
                since: row.at("since")?,
                problem: row.text("problem")?,
            })
        })
        .collect()
}

/// Notes that mail to a member was given up.
pub(super) async fn set_failing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    since: Timestamp,
    problem: &str,
) -> Result<()> {
    tx.execute(
        "INSERT INTO mail_failing (member_id, workspace_id, since, problem) VALUES ($1, $2, $3, $4)
         ON CONFLICT (member_id) DO UPDATE SET problem = excluded.problem",
        values![member, workspace, since, problem],
    )
    .await?;
    Ok(())
}

/// Notes that mail reaches a member.
pub(super) async fn clear_failing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<()> {
    tx.execute(
        "DELETE FROM mail_failing WHERE workspace_id = $1 AND member_id = $2",
        values![workspace, member],
    )
    .await?;
    Ok(())
}

/// Forgets all of them.
pub(super) async fn clear_all(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    tx.execute("DELETE FROM mail_failing WHERE workspace_id = $1", values![workspace]).await?;
    Ok(())
}
