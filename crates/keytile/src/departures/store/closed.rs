//! SQL of what departures have closed and can come back, and of the returns that wait for somebody's word about it.

use model::share::{ItemRole, ShareItem};
use model::team::TeamRole;
use model::{DepartureId, MemberId, WorkspaceId};
use uuid::Uuid;

use super::departure;
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::departures::{Closed, Departure, Kind};
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

/// The shares `s` of accounts that `$departure` closed and that can come back.
macro_rules! accounts {
    ($departure:literal) => {
        concat!(
            "FROM share s JOIN account a ON a.id = s.account_id AND a.deleted_at IS NULL
             WHERE s.workspace_id = $1 AND s.departure_id = ",
            $departure,
            " AND NOT EXISTS (
                   SELECT 1 FROM restoration r WHERE r.departure_id = s.departure_id AND r.closed_id = s.id)
               AND NOT ",
            decided_anew!("account_id")
        )
    };
}

/// The shares `s` of collections that `$departure` closed and that can come back.
macro_rules! collections {
    ($departure:literal) => {
        concat!(
            "FROM share s JOIN collection c ON c.id = s.collection_id AND c.deleted_at IS NULL
             WHERE s.workspace_id = $1 AND s.departure_id = ",
            $departure,
            " AND NOT EXISTS (
                   SELECT 1 FROM restoration r WHERE r.departure_id = s.departure_id AND r.closed_id = s.id)
               AND NOT ",
            decided_anew!("collection_id")
        )
    };
}

/// The places `y` in teams kept here that `$departure` closed and that can come back.
macro_rules! places {
    ($departure:literal) => {
        concat!(
            "FROM team_membership y JOIN team t ON t.id = y.team_id AND t.deleted_at IS NULL AND t.directory_id IS NULL
             WHERE y.workspace_id = $1 AND y.departure_id = ",
            $departure,
            " AND NOT EXISTS (
                   SELECT 1 FROM restoration r WHERE r.departure_id = y.departure_id AND r.closed_id = y.id)
               AND NOT EXISTS (
                   SELECT 1 FROM team_membership o WHERE o.team_id = y.team_id AND o.member_id = y.member_id
                     AND o.id <> y.id AND (o.ended_at IS NULL OR o.started_at > y.ended_at))"
        )
    };
}

/// The share `h` makes `$viewer` an Owner, by themselves or by a team.
macro_rules! makes_owner {
    ($viewer:literal) => {
        concat!(
            "h.ended_at IS NULL AND h.role = 'owner' AND (h.member_id = ",
            $viewer,
            " OR EXISTS (
                 SELECT 1 FROM team_membership n
                 WHERE n.team_id = h.team_id AND n.member_id = ",
            $viewer,
            " AND n.ended_at IS NULL))"
        )
    };
}

/// `$viewer` is an Owner of the account of `s`.
macro_rules! owns_account {
    ($viewer:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM share h WHERE h.account_id = s.account_id AND ",
            makes_owner!($viewer),
            ") OR EXISTS (
                 SELECT 1 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share h ON h.collection_id = p.ancestor_id
                 WHERE i.account_id = s.account_id AND i.ended_at IS NULL AND ",
            makes_owner!($viewer),
            "))"
        )
    };
}

/// `$viewer` is an Owner of the collection of `s`.
macro_rules! owns_collection {
    ($viewer:literal) => {
        concat!(
            "EXISTS (
                 SELECT 1 FROM collection_path p JOIN share h ON h.collection_id = p.ancestor_id
                 WHERE p.descendant_id = s.collection_id AND p.ended_at IS NULL AND ",
            makes_owner!($viewer),
            ")"
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
                "SELECT s.id, s.account_id, s.collection_id, CAST(NULL AS UUID) AS team_id, s.role, a.name,
                        CAST(CASE WHEN ",
                owns_account!("$3"),
                " THEN 1 ELSE 0 END AS BIGINT) AS is_own ",
                accounts!("$2"),
                " UNION ALL
                 SELECT s.id, s.account_id, s.collection_id, CAST(NULL AS UUID), s.role, c.name, CAST(CASE WHEN ",
                owns_collection!("$3"),
                " THEN 1 ELSE 0 END AS BIGINT) ",
                collections!("$2"),
                " UNION ALL
                 SELECT y.id, CAST(NULL AS UUID), CAST(NULL AS UUID), y.team_id, y.role, t.name, CAST(0 AS BIGINT) ",
                places!("$2"),
                " ORDER BY 6, 1"
            ),
            values![workspace, departure, viewer],
        )
        .await?;
    rows.iter().map(closed).collect()
}

/// Departures of `$which` whose return waits for somebody's word about something that can come back.
macro_rules! asked {
    ($which:literal, $($what:tt)+) => {
        departures!(
            "AND d.asked_at IS NOT NULL AND d.decided_at IS NULL AND m.removed_at IS NULL ",
            $which,
            " AND (",
            $($what)+,
            ") ORDER BY d.id LIMIT 200"
        )
    };
}

/// Anything that departure `d` closed can come back.
macro_rules! anything {
    () => {
        concat!(
            "EXISTS (SELECT 1 ",
            accounts!("d.id"),
            ") OR EXISTS (SELECT 1 ",
            collections!("d.id"),
            ") OR EXISTS (SELECT 1 ",
            places!("d.id"),
            ")"
        )
    };
}

/// The returns that wait for somebody's word, the oldest first.
pub(in crate::departures) async fn asked(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<Vec<Departure>> {
    let rows = tx.all(asked!("", anything!()), values![workspace]).await?;
    rows.iter().map(departure).collect()
}

/// As [`asked`], those that wait for the word of this Owner of an account or a collection.
pub(in crate::departures) async fn asked_of_owner(
    tx: &mut Tx,
    workspace: WorkspaceId,
    owner: MemberId,
) -> Result<Vec<Departure>> {
    let sql = asked!(
        "",
        "EXISTS (SELECT 1 ",
        accounts!("d.id"),
        " AND ",
        owns_account!("$2"),
        ") OR EXISTS (SELECT 1 ",
        collections!("d.id"),
        " AND ",
        owns_collection!("$2"),
        ")"
    );
    let rows = tx.all(sql, values![workspace, owner]).await?;
    rows.iter().map(departure).collect()
}

/// Whether the return of this member waits for somebody's word.
pub(in crate::departures) async fn is_asked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<bool> {
    let sql = asked!("AND d.member_id = $2", anything!());
    Ok(!tx.all(sql, values![workspace, member]).await?.is_empty())
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
    let is_own = row.int("is_own")? == 1;
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
