//! SQL of who holds an item: its own shares, and those of the collections that it lies in.

use model::share::ShareItem;
use model::workspace::WorkspaceRole;
use model::{DirectoryId, WorkspaceId};

use super::{share, split_item};
use crate::db::{Error, Result, Row, Tx};
use crate::sharing::Share;
use crate::values;

/// A share, with what people want to know of whom it is for.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The share. Its item is another one where it comes from a collection.
    pub share: Share,
    /// The person's e-mail address.
    pub email: Option<String>,
    /// The person's role in the workspace.
    pub workspace_role: Option<WorkspaceRole>,
    /// How many are in the team; 0 for a person.
    pub members: i64,
    /// The team comes from a directory.
    pub from_directory: bool,
    /// The name of the collection that is shared.
    pub collection: Option<String>,
}

/// Every share by which somebody holds the item, the oldest first.
pub async fn granted(tx: &mut Tx, workspace: WorkspaceId, item: ShareItem) -> Result<Vec<Granted>> {
    let (account, collection) = split_item(item);
    let rows = tx
        .all(
            "SELECT s.id, s.account_id, s.collection_id, s.member_id, s.team_id, s.role, s.started_at,
                    m.name AS member_name, m.email, r.role AS workspace_role, t.name AS team_name, t.directory_id, c.name AS collection_name,
                    (SELECT COUNT(*) FROM team_membership p WHERE p.team_id = s.team_id AND p.ended_at IS NULL) AS members
             FROM share s
             LEFT JOIN member m ON m.id = s.member_id
             LEFT JOIN member_role r ON r.member_id = s.member_id AND r.ended_at IS NULL
             LEFT JOIN team t ON t.id = s.team_id
             LEFT JOIN collection c ON c.id = s.collection_id
             WHERE s.workspace_id = $1 AND s.ended_at IS NULL AND s.id IN (
                 SELECT o.id FROM share o WHERE o.account_id = $2
                 UNION
                 SELECT o.id FROM collection_path p JOIN share o ON o.collection_id = p.ancestor_id
                 WHERE p.descendant_id = $3 AND p.ended_at IS NULL
                 UNION
                 SELECT o.id FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share o ON o.collection_id = p.ancestor_id
                 WHERE i.account_id = $2 AND i.ended_at IS NULL)
             ORDER BY s.id",
            values![workspace, account, collection],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Granted> {
    let role = row.opt_text("workspace_role")?;
    Ok(Granted {
        share: share(row)?,
        email: row.opt_text("email")?,
        workspace_role: role
            .map(|code| {
                WorkspaceRole::from_code(&code).ok_or(Error::Stored {
                    column: "workspace_role",
                    why: format!("unknown word {code:?}"),
                })
            })
            .transpose()?,
        members: row.int("members")?,
        from_directory: row.opt_id::<DirectoryId>("directory_id")?.is_some(),
        collection: row.opt_text("collection_name")?,
    })
}
