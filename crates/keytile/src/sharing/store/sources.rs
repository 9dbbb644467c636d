//! SQL of whom an account is shared with, before anybody asks who is in a team.

use model::share::Grantee;
use model::{AccountId, WorkspaceId};

use crate::db::{Error, Result, Tx};
use crate::values;

/// The members and teams that hold the account, directly or by a collection; each once.
pub async fn grantees(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<Grantee>> {
    let rows = tx
        .all(
            "SELECT s.member_id, s.team_id FROM share s
             WHERE s.workspace_id = $1 AND s.account_id = $2 AND s.ended_at IS NULL
             UNION
             SELECT s.member_id, s.team_id FROM collection_item i
             JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
             JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
             WHERE i.workspace_id = $1 AND i.account_id = $2 AND i.ended_at IS NULL",
            values![workspace, account],
        )
        .await?;
    rows.iter()
        .map(|row| match (row.opt_id("member_id")?, row.opt_id("team_id")?) {
            (Some(id), _) => Ok(Grantee::Member(id)),
            (None, Some(id)) => Ok(Grantee::Team(id)),
            (None, None) => {
                Err(Error::Stored { column: "member_id", why: "a share with nobody".into() })
            }
        })
        .collect()
}
