//! SQL of what somebody has held: shares, places in teams and roles, with those that have ended.

use model::{MemberId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::db::{Error, Result, Row, Tx};
use crate::members::{Held, HeldKind};
use crate::values;

/// What the member has held, the latest first, before the place `before`.
pub(in crate::members) async fn history(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Held>> {
    let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millisecond(), id));
    let rows = tx
        .all(
            "SELECT h.id, h.kind, h.role, h.started_at, h.ended_at, h.departure_id, h.name, b.name AS started_by_name,
                    e.name AS ended_by_name
             FROM (
                 SELECT s.id, CASE WHEN s.account_id IS NULL THEN 'collection' ELSE 'account' END AS kind, s.role,
                        s.started_at, s.started_by, s.ended_at, s.ended_by, s.departure_id, COALESCE(a.name, c.name) AS name
                 FROM share s LEFT JOIN account a ON a.id = s.account_id LEFT JOIN collection c ON c.id = s.collection_id
                 WHERE s.workspace_id = $1 AND s.member_id = $2 AND s.ended_at IS NULL
                 UNION ALL
                 SELECT s.id, CASE WHEN s.account_id IS NULL THEN 'collection' ELSE 'account' END, s.role,
                        s.started_at, s.started_by, s.ended_at, s.ended_by, s.departure_id, COALESCE(a.name, c.name)
                 FROM share s LEFT JOIN account a ON a.id = s.account_id LEFT JOIN collection c ON c.id = s.collection_id
                 WHERE s.workspace_id = $1 AND s.member_id = $2 AND s.ended_at IS NOT NULL
                 UNION ALL
                 SELECT t.id, 'team', t.role, t.started_at, t.started_by, t.ended_at, t.ended_by, t.departure_id, g.name
                 FROM team_membership t JOIN team g ON g.id = t.team_id
                 WHERE t.workspace_id = $1 AND t.member_id = $2
                 UNION ALL
                 SELECT r.id, 'role', r.role, r.started_at, r.started_by, r.ended_at, r.ended_by, CAST(NULL AS UUID), ''
                 FROM member_role r WHERE r.workspace_id = $1 AND r.member_id = $2
             ) h
             LEFT JOIN member b ON b.id = h.started_by
             LEFT JOIN member e ON e.id = h.ended_by
             WHERE (h.started_at, h.id) < ($3, $4)
             ORDER BY h.started_at DESC, h.id DESC LIMIT $5",
            values![workspace, member, at, id, limit],
        )
        .await?;
    rows.iter().map(held).collect()
}

fn held(row: &Row) -> Result<Held> {
    let kind = match row.text("kind")?.as_str() {
        "account" => HeldKind::Account,
        "collection" => HeldKind::Collection,
        "team" => HeldKind::Team,
        "role" => HeldKind::Role,
        other => return Err(Error::Stored { column: "kind", why: format!("no kind {other:?}") }),
    };
    Ok(Held {
        id: row.id("id")?,
        kind,
        name: row.opt_text("name")?.unwrap_or_default(),
        role: row.text("role")?,
        from: row.at("started_at")?,
        from_by: row.opt_text("started_by_name")?,
        until: row.opt_at("ended_at")?,
        until_by: row.opt_text("ended_by_name")?,
        by_departure: row.opt_id::<Uuid>("departure_id")?.is_some(),
    })
}
