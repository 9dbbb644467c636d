//! SQL of what a member or a team reaches, as far as the one who asks reaches it too.

use model::access::Actor;
use model::share::ItemRole;
use model::{AccountId, MemberId, TeamId};

use crate::db::{Result, Row, Tx};
use crate::values;

/// One path by which an account is reached.
#[derive(Debug, Clone)]
pub struct ReachedPath {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its app's name.
    pub app: Option<String>,
    /// In which role.
    pub role: ItemRole,
    /// The name of the team on the path.
    pub team: Option<String>,
    /// The name of the collection on the path.
    pub collection: Option<String>,
}

/// What a member reaches of what the viewer holds as at least `held`, a row per path, by the accounts' names.
pub async fn reached_by_member(
    tx: &mut Tx,
    viewer: &Actor,
    member: MemberId,
    held: ItemRole,
) -> Result<Vec<ReachedPath>> {
    let rows = tx
        .all(
            "SELECT a.id, a.name, a.app_name, g.role, t.name AS team_name, c.name AS collection_name
             FROM (
                 SELECT s.account_id, s.role, s.team_id, s.collection_id FROM share s
                 WHERE s.member_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 UNION ALL
                 SELECT s.account_id, s.role, s.team_id, s.collection_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 WHERE m.member_id = $2 AND m.ended_at IS NULL
                 UNION ALL
                 SELECT i.account_id, s.role, s.team_id, s.collection_id FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE s.member_id = $2 AND s.ended_at IS NULL
                 UNION ALL
                 SELECT i.account_id, s.role, s.team_id, s.collection_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE m.member_id = $2 AND m.ended_at IS NULL
             ) g
             JOIN account a ON a.id = g.account_id AND a.workspace_id = $1 AND a.deleted_at IS NULL
             LEFT JOIN team t ON t.id = g.team_id
             LEFT JOIN collection c ON c.id = g.collection_id
             WHERE a.id IN (
                 SELECT s.account_id FROM share s
                 WHERE s.member_id = $3 AND s.ended_at IS NULL AND s.account_id IS NOT NULL AND s.role IN ('owner', $4)
                 UNION ALL
                 SELECT s.account_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 WHERE m.member_id = $3 AND m.ended_at IS NULL AND s.role IN ('owner', $4)
                 UNION ALL
                 SELECT i.account_id FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE s.member_id = $3 AND s.ended_at IS NULL AND s.role IN ('owner', $4)
                 UNION ALL
                 SELECT i.account_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE m.member_id = $3 AND m.ended_at IS NULL AND s.role IN ('owner', $4)
             )
             ORDER BY a.search_key, a.id",
            values![viewer.workspace, member, viewer.member, held.code()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// What a team reaches, a row per path, by the accounts' names.
pub async fn reached_by_team(
    tx: &mut Tx,
    viewer: &Actor,
    team: TeamId,
) -> Result<Vec<ReachedPath>> {
    let rows = tx
        .all(
            "SELECT a.id, a.name, a.app_name, g.role, t.name AS team_name, c.name AS collection_name
             FROM (
                 SELECT s.account_id, s.role, s.team_id, s.collection_id FROM share s
                 WHERE s.team_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 UNION ALL
                 SELECT i.account_id, s.role, s.team_id, s.collection_id FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE s.team_id = $2 AND s.ended_at IS NULL
             ) g
             JOIN account a ON a.id = g.account_id AND a.workspace_id = $1 AND a.deleted_at IS NULL
             LEFT JOIN team t ON t.id = g.team_id
             LEFT JOIN collection c ON c.id = g.collection_id
             WHERE a.id IN (
                 SELECT s.account_id FROM share s
                 WHERE s.member_id = $3 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 UNION ALL
                 SELECT s.account_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                 WHERE m.member_id = $3 AND m.ended_at IS NULL
                 UNION ALL
                 SELECT i.account_id FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE s.member_id = $3 AND s.ended_at IS NULL
                 UNION ALL
                 SELECT i.account_id FROM team_membership m
                 JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE m.member_id = $3 AND m.ended_at IS NULL
             )
             ORDER BY a.search_key, a.id",
            values![viewer.workspace, team, viewer.member],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ReachedPath> {
    Ok(ReachedPath {
        account: row.id("id")?,
        name: row.text("name")?,
        app: row.opt_text("app_name")?,
        role: row.code("role", ItemRole::from_code)?,
        team: row.opt_text("team_name")?,
        collection: row.opt_text("collection_name")?,
    })
}
