//! SQL of the past: who could use an account between two instants.

use model::share::ItemRole;
use model::{AccountId, CollectionId, MemberId, ShareId, TeamId, Timestamp, WorkspaceId};

use crate::db::{Result, Row, Tx};
use crate::values;

/// A stretch of time in which a member could use an account, and by which path.
#[derive(Debug, Clone)]
pub struct Use {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// By which share.
    pub share: ShareId,
    /// Through which team.
    pub team: Option<TeamId>,
    /// Through which collection.
    pub collection: Option<CollectionId>,
    /// In which role.
    pub role: ItemRole,
    /// From when: the latest beginning of the links of the path.
    pub from: Timestamp,
    /// Until when: the earliest end of the links of the path; none while it lasts.
    pub until: Option<Timestamp>,
}

/// Who could use the account between two instants, and by which path.
pub async fn uses_between(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Use>> {
    let rows = tx
        .all(
            "SELECT g.share_id, g.member_id, g.team_id, g.collection_id, g.role, m.name,
                    g.s_start, g.s_end, g.t_start, g.t_end, g.i_start, g.i_end, g.p_start, g.p_end
             FROM (
                 SELECT s.id AS share_id, COALESCE(s.member_id, t.member_id) AS member_id, s.team_id, s.collection_id, s.role,
                        s.started_at AS s_start, s.ended_at AS s_end, t.started_at AS t_start, t.ended_at AS t_end,
                        CAST(NULL AS BIGINT) AS i_start, CAST(NULL AS BIGINT) AS i_end,
                        CAST(NULL AS BIGINT) AS p_start, CAST(NULL AS BIGINT) AS p_end
                 FROM share s LEFT JOIN team_membership t ON t.team_id = s.team_id
                 WHERE s.account_id = $2
                 UNION ALL
                 SELECT s.id, COALESCE(s.member_id, t.member_id), s.team_id, s.collection_id, s.role,
                        s.started_at, s.ended_at, t.started_at, t.ended_at,
                        i.started_at, i.ended_at, p.started_at, p.ended_at
                 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id
                 JOIN share s ON s.collection_id = p.ancestor_id
                 LEFT JOIN team_membership t ON t.team_id = s.team_id
                 WHERE i.account_id = $2
             ) g
             CROSS JOIN member m
             WHERE m.id = g.member_id AND m.workspace_id = $1
             ORDER BY m.name, m.id, g.share_id",
            values![workspace, account],
        )
        .await?;
    let mut uses = Vec::new();
    for row in &rows {
        let used = used(row)?;
        let ends_after = used.until.is_none_or(|end| end > from && end > used.from);
        if used.from < until && ends_after {
            uses.push(used);
        }
    }
    Ok(uses)
}

fn used(row: &Row) -> Result<Use> {
    let mut began = vec![row.at("s_start")?];
    let mut ended = Vec::new();
    for (start, end) in [("t_start", "t_end"), ("i_start", "i_end"), ("p_start", "p_end")] {
        began.extend(row.opt_at(start)?);
        ended.extend(row.opt_at(end)?);
    }
    ended.extend(row.opt_at("s_end")?);
    Ok(Use {
        member: row.id("member_id")?,
        name: row.text("name")?,
        share: row.id("share_id")?,
        team: row.opt_id("team_id")?,
        collection: row.opt_id("collection_id")?,
        role: row.code("role", ItemRole::from_code)?,
        from: began.into_iter().max().expect("a share has a beginning"),
        until: ended.into_iter().min(),
    })
}
