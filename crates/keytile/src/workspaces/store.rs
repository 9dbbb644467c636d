//! SQL of workspaces.

use model::workspace::WorkspaceRole;
use model::{DirectoryId, MemberId, MembershipId, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::key;
use crate::values;

pub(super) async fn insert(tx: &mut Tx, by: &By, name: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)",
        values![by.workspace, name, by.now],
    )
    .await?;
    Ok(())
}

/// How many workspaces this deployment holds.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    tx.one("SELECT COUNT(*) AS n FROM workspace", values![]).await?.int("n")
}

/// A workspace and its Owner, for the operator.
pub(super) struct Owned {
    pub(super) workspace: WorkspaceId,
    pub(super) name: String,
    pub(super) owner: MemberId,
    pub(super) email: String,
    /// They have been in, or have set up a passkey.
    pub(super) has_signed_in: bool,
}

/// Every workspace of this deployment with its Owner.
pub(super) async fn owned(tx: &mut Tx) -> Result<Vec<Owned>> {
    let rows = tx
        .all(
            "SELECT w.id, w.name, m.id AS owner, m.email,
                    CAST(CASE WHEN m.last_seen_at IS NOT NULL
                                OR EXISTS (SELECT 1 FROM passkey p WHERE p.member_id = m.id) THEN 1 ELSE 0 END AS BIGINT) AS seen
             FROM workspace w JOIN member_role r ON r.workspace_id = w.id AND r.role = $1 AND r.ended_at IS NULL
             JOIN member m ON m.id = r.member_id
             ORDER BY w.id",
            values![WorkspaceRole::Owner.code()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Owned {
                workspace: row.id("id")?,
                name: row.text("name")?,
                owner: row.id("owner")?,
                email: row.text("email")?,
                has_signed_in: row.int("seen")? == 1,
            })
        })
        .collect()
}

/// Who has this id or user name in the directory now, and what they are called.
pub(super) async fn identified(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    external_id: &str,
    user_name: &str,
) -> Result<Option<(MemberId, String)>> {
    let row = tx
        .optional(
            "SELECT i.member_id, m.name FROM identity i JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.ended_at IS NULL
               AND (i.external_id = $3 OR i.user_name_key = $4)
             ORDER BY i.id LIMIT 1",
            values![by.workspace, directory, external_id, key(user_name)],
        )
        .await?;
    row.map(|row| Ok((row.id("member_id")?, row.text("name")?))).transpose()
}

/// By what the directory knows a member now.
pub(super) async fn identity(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
) -> Result<Option<MembershipId>> {
    let row = tx
        .optional(
            "SELECT id FROM identity WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
            values![by.workspace, member],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}
