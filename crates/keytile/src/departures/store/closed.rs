//! SQL of what departures have closed, and can come back.

use model::share::{ItemRole, ShareItem};
use model::team::TeamRole;
use model::{DepartureId, MemberId, WorkspaceId};
use uuid::Uuid;

use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::departures::{Closed, Kind};
use crate::values;

/// The share of `s` is open again, or somebody has opened and ended it since.
macro_rules! decided_anew {
    ($item:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM share o WHERE o.",
            $item,
            " = s.",
            $item,
            " AND o.member_id = s.member_id AND o.id <> s.id
                AND (o.ended_at IS NULL OR o.started_at > s.ended_at))"
        )
    };
}

/// What the departure closed, is still there, and nobody has decided about since. Places in a directory's teams are not
/// among it: the directory says who is in them. `viewer`: whose ownership is told.
pub(in crate::departures) async fn restorable(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
    viewer: MemberId,
) -> Result<Vec<Closed>> {
    let rows = tx
        .all(
            concat!(
                "SELECT s.id, s.account_id, s.collection_id, CAST(NULL AS UUID) AS team_id, s.role, a.name, (
                     SELECT MAX(g.role) FROM (
                         SELECT h.role FROM share h
                         WHERE h.account_id = s.account_id AND h.ended_at IS NULL AND (h.member_id = $3 OR EXISTS (
                             SELECT 1 FROM team_membership m
                             WHERE m.team_id = h.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
                         UNION ALL
                         SELECT h.role FROM collection_item i
                         JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                         JOIN share h ON h.collection_id = p.ancestor_id AND h.ended_at IS NULL
                         WHERE i.account_id = s.account_id AND i.ended_at IS NULL AND (h.member_id = $3 OR EXISTS (
                             SELECT 1 FROM team_membership m
                             WHERE m.team_id = h.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
                     ) g) AS held
                 FROM share s JOIN account a ON a.id = s.account_id AND a.deleted_at IS NULL
                 WHERE s.workspace_id = $1 AND s.departure_id = $2
                   AND NOT EXISTS (SELECT 1 FROM restoration r WHERE r.departure_id = $2 AND r.closed_id = s.id)
                   AND NOT ",
                decided_anew!("account_id"),
                " UNION ALL
                 SELECT s.id, s.account_id, s.collection_id, CAST(NULL AS UUID), s.role, c.name, (
                     SELECT MAX(h.role) FROM collection_path p
                     JOIN share h ON h.collection_id = p.ancestor_id AND h.ended_at IS NULL
                     WHERE p.descendant_id = s.collection_id AND p.ended_at IS NULL AND (h.member_id = $3 OR EXISTS (
                         SELECT 1 FROM team_membership m
                         WHERE m.team_id = h.team_id AND m.member_id = $3 AND m.ended_at IS NULL)))
                 FROM share s JOIN collection c ON c.id = s.collection_id AND c.deleted_at IS NULL
                 WHERE s.workspace_id = $1 AND s.departure_id = $2
                   AND NOT EXISTS (SELECT 1 FROM restoration r WHERE r.departure_id = $2 AND r.closed_id = s.id)
                   AND NOT ",
                decided_anew!("collection_id"),
                " UNION ALL
                 SELECT m.id, CAST(NULL AS UUID), CAST(NULL AS UUID), m.team_id, m.role, t.name, CAST(NULL AS TEXT)
                 FROM team_membership m JOIN team t ON t.id = m.team_id AND t.deleted_at IS NULL AND t.directory_id IS NULL
                 WHERE m.workspace_id = $1 AND m.departure_id = $2
                   AND NOT EXISTS (SELECT 1 FROM restoration r WHERE r.departure_id = $2 AND r.closed_id = m.id)
                   AND NOT EXISTS (
                       SELECT 1 FROM team_membership o WHERE o.team_id = m.team_id AND o.member_id = m.member_id
                         AND o.id <> m.id AND (o.ended_at IS NULL OR o.started_at > m.ended_at))
                 ORDER BY 6, 1"
            ),
            values![workspace, departure, viewer],
        )
        .await?;
    rows.iter().map(closed).collect()
}

fn closed(row: &Row) -> Result<Closed> {
    let kind =
        match (row.opt_id("account_id")?, row.opt_id("collection_id")?, row.opt_id("team_id")?) {
            (Some(id), _, _) => Kind::Share(ShareItem::Account(id), item_role(row)?),
            (None, Some(id), _) => Kind::Share(ShareItem::Collection(id), item_role(row)?),
            (None, None, Some(id)) => Kind::Membership(id, row.code("role", TeamRole::from_code)?),
            (None, None, None) => {
                return Err(Error::Stored {
                    column: "account_id",
                    why: "nothing was closed".into(),
                });
            }
        };
    let held = row.opt_text("held")?;
    let is_own = held.as_deref() == Some(ItemRole::Owner.code());
    Ok(Closed { id: row.id("id")?, kind, name: row.text("name")?, is_own })
}

fn item_role(row: &Row) -> Result<ItemRole> {
    row.code("role", ItemRole::from_code)
}

/// What was decided about one of the things that a departure closed.
pub(in crate::departures) async fn decide_one(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    closed: Uuid,
    decision: &str,
) -> Result<()> {
    tx.execute(
        "INSERT INTO restoration (departure_id, closed_id, workspace_id, decision, decided_at, decided_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![departure, closed, by.workspace, decision, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// The people who are Owners, by a share of their own, of an account that the departure took from somebody.
pub(in crate::departures) async fn owners_of_closed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
    limit: i64,
) -> Result<Vec<MemberId>> {
    let rows = tx
        .all(
            "SELECT DISTINCT o.member_id FROM share s
             JOIN share o ON o.account_id = s.account_id AND o.ended_at IS NULL AND o.role = 'owner'
             JOIN member m ON m.id = o.member_id AND m.removed_at IS NULL AND m.suspended_at IS NULL
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL AND r.role = 'user'
             WHERE s.workspace_id = $1 AND s.departure_id = $2 AND s.account_id IS NOT NULL
             ORDER BY o.member_id LIMIT $3",
            values![workspace, departure, limit],
        )
        .await?;
    rows.iter().map(|row| row.id("member_id")).collect()
}
