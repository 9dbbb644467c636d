//! SQL of the list of rotations.

use model::access::Actor;
use model::share::ItemRole;
use model::{AccountId, DepartureId};

use crate::db::{Result, Row, Tx};
use crate::paging::{Cursor, Wanted};
use crate::rotations::{Done, Filter, How, Rotation};
use crate::values;

/// Rotations of whom `$of` says, which and in which order `$order` says. $1 workspace, $2 viewer, $3 account, $4 member,
/// $5 limit, $6… the place after which the page begins.
macro_rules! rotations {
    ($of:expr, $order:expr) => {
        concat!(
            "SELECT r.departure_id, r.account_id, r.member_id, r.role, r.launched_at, r.revealed_at, r.priority, r.opened_at,
                    r.due_at, r.sessions_ended_at, r.done_at, r.done_how, a.name, a.app_name, a.deleted_at,
                    m.name AS member_name, b.name AS done_by_name, (
                        SELECT string_agg(w.words, '; ' ORDER BY w.words) FROM (
                            SELECT DISTINCT CASE
                                WHEN s.team_id IS NULL AND s.collection_id IS NULL THEN 'shared with them'
                                WHEN s.collection_id IS NULL THEN 'team ' || t.name
                                WHEN s.team_id IS NULL THEN 'collection ' || c.name
                                ELSE 'team ' || t.name || ', collection ' || c.name END AS words
                            FROM rotation_path p JOIN share s ON s.id = p.share_id
                            LEFT JOIN team t ON t.id = s.team_id
                            LEFT JOIN collection c ON c.id = s.collection_id
                            WHERE p.departure_id = r.departure_id AND p.account_id = r.account_id) w) AS via
             FROM rotation r
             JOIN account a ON a.id = r.account_id
             JOIN member m ON m.id = r.member_id
             LEFT JOIN member b ON b.id = r.done_by
             WHERE r.workspace_id = $1 AND ($3 IS NULL OR r.account_id = $3) AND ($4 IS NULL OR r.member_id = $4) AND ",
            $of,
            " AND ",
            $order,
            " LIMIT $5"
        )
    };
}

/// For admins; `$2` is named because each statement takes the same values.
macro_rules! of_all {
    () => {
        "$2 IS NOT NULL"
    };
}

/// The accounts that the viewer owns, by whatever path.
macro_rules! of_own {
    () => {
        "r.account_id IN (
             SELECT s.account_id FROM share s
             WHERE s.member_id = $2 AND s.role = 'owner' AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             UNION
             SELECT s.account_id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.role = 'owner' AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             WHERE m.member_id = $2 AND m.ended_at IS NULL
             UNION
             SELECT i.account_id FROM share s
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE s.member_id = $2 AND s.role = 'owner' AND s.ended_at IS NULL
             UNION
             SELECT i.account_id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.role = 'owner' AND s.ended_at IS NULL
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE m.member_id = $2 AND m.ended_at IS NULL)"
    };
}

macro_rules! open {
    () => {
        "r.done_at IS NULL AND (r.priority, r.due_at, r.account_id, r.departure_id) > ($6, $7, $8, $9)
         ORDER BY r.priority, r.due_at, r.account_id, r.departure_id"
    };
}

/// `$6` is 0 in each place of what is done.
macro_rules! done {
    () => {
        "r.done_at IS NOT NULL AND $6 = 0 AND (r.done_at, r.account_id, r.departure_id) < ($7, $8, $9)
         ORDER BY r.done_at DESC, r.account_id DESC, r.departure_id DESC"
    };
}

/// Where a list goes on: what it is sorted by, as one text.
pub(in crate::rotations) fn cursor(rotation: &Rotation) -> Cursor<DepartureId> {
    let (priority, at) = match &rotation.done {
        Some(done) => (0, done.at),
        None => (rotation.priority, rotation.due_at),
    };
    let key = format!("{priority} {} {}", at.as_millisecond(), rotation.account);
    Cursor { key, id: rotation.departure }
}

/// The place that a cursor tells; the beginning where it is none of ours.
fn place(after: Option<&Cursor<DepartureId>>, is_done: bool) -> (i64, i64, AccountId, DepartureId) {
    let told = after.and_then(|cursor| {
        let mut parts = cursor.key.split(' ');
        let (priority, at) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((priority, at, parts.next()?.parse().ok()?, cursor.id))
    });
    let (nothing, everything) = (uuid::Uuid::nil(), uuid::Uuid::max());
    told.unwrap_or(if is_done {
        (0, i64::MAX, everything.into(), everything.into())
    } else {
        (-1, 0, nothing.into(), nothing.into())
    })
}

pub(in crate::rotations) async fn list(
    tx: &mut Tx,
    actor: &Actor,
    sees_all: bool,
    filter: Filter,
    wanted: &Wanted<DepartureId>,
) -> Result<Vec<Rotation>> {
    let sql = match (sees_all, filter.is_done) {
        (true, false) => rotations!(of_all!(), open!()),
        (true, true) => rotations!(of_all!(), done!()),
        (false, false) => rotations!(of_own!(), open!()),
        (false, true) => rotations!(of_own!(), done!()),
    };
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let (priority, at, account, departure) = place(wanted.after.as_ref(), filter.is_done);
    let rows = tx
        .all(
            sql,
            values![
                actor.workspace,
                actor.member,
                filter.account,
                filter.member,
                limit,
                priority,
                at,
                account,
                departure
            ],
        )
        .await?;
    rows.iter().map(rotation).collect()
}

fn rotation(row: &Row) -> Result<Rotation> {
    let done = match row.opt_at("done_at")? {
        None => None,
        Some(at) => Some(Done {
            at,
            by: row.opt_text("done_by_name")?,
            how: row.code("done_how", How::from_code)?,
        }),
    };
    Ok(Rotation {
        departure: row.id("departure_id")?,
        member: row.id("member_id")?,
        member_name: row.text("member_name")?,
        account: row.id("account_id")?,
        name: row.text("name")?,
        app: row.opt_text("app_name")?,
        is_deleted: row.opt_at("deleted_at")?.is_some(),
        role: row.code("role", ItemRole::from_code)?,
        via: row.opt_text("via")?.unwrap_or_default(),
        launched_at: row.opt_at("launched_at")?,
        revealed_at: row.opt_at("revealed_at")?,
        opened_at: row.at("opened_at")?,
        due_at: row.at("due_at")?,
        sessions_ended_at: row.opt_at("sessions_ended_at")?,
        done,
        priority: row.int("priority")?,
    })
}
