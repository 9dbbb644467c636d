//! SQL of rotations: what puts them on the list, and what is said about them.

mod list;

use model::{AccountId, DepartureId, MemberId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

pub(super) use list::{cursor, list};

/// Every path by which the member reaches an account, and those by teams that they left after `since`.
pub(super) async fn insert_paths(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    member: MemberId,
    since: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO rotation_path (departure_id, account_id, share_id, workspace_id)
         SELECT $2, g.account_id, g.share_id, $1 FROM (
             SELECT s.account_id, s.id AS share_id FROM share s
             WHERE s.member_id = $3 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             UNION
             SELECT s.account_id, s.id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             WHERE m.member_id = $3 AND (m.ended_at IS NULL OR m.ended_at > $4)
             UNION
             SELECT i.account_id, s.id FROM share s
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE s.member_id = $3 AND s.ended_at IS NULL
             UNION
             SELECT i.account_id, s.id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE m.member_id = $3 AND (m.ended_at IS NULL OR m.ended_at > $4)
         ) g
         JOIN account a ON a.id = g.account_id AND a.workspace_id = $1 AND a.deleted_at IS NULL",
        values![by.workspace, departure, member, since],
    )
    .await?;
    Ok(())
}

/// One row for each account that the paths lead to; `used` and `unused`: until when it is due.
pub(super) async fn insert(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    member: MemberId,
    used: Timestamp,
    unused: Timestamp,
) -> Result<u64> {
    tx.execute(
        "INSERT INTO rotation (departure_id, account_id, workspace_id, member_id, role, launched_at, revealed_at, priority,
                               opened_at, due_at)
         SELECT $2, g.account_id, $1, $3, g.role, u.launched_at, u.revealed_at,
                CASE WHEN u.account_id IS NULL THEN 1 ELSE 0 END, $4, CASE WHEN u.account_id IS NULL THEN $6 ELSE $5 END
         FROM (
             SELECT p.account_id, MAX(s.role) AS role FROM rotation_path p JOIN share s ON s.id = p.share_id
             WHERE p.departure_id = $2 GROUP BY p.account_id
         ) g
         LEFT JOIN (
             SELECT v.account_id, MAX(CASE WHEN v.event = 'account.launched' THEN v.at END) AS launched_at,
                    MAX(CASE WHEN v.event = 'account.password_revealed' THEN v.at END) AS revealed_at
             FROM activity v
             WHERE v.workspace_id = $1 AND v.actor_id = $3 AND v.event IN ('account.launched', 'account.password_revealed')
             GROUP BY v.account_id
         ) u ON u.account_id = g.account_id",
        values![by.workspace, departure, member, by.now, used, unused],
    )
    .await
}

/// The Owners by a share of their own, and how many of the accounts of a departure each has.
pub(super) async fn owners(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
    limit: i64,
) -> Result<Vec<(MemberId, i64)>> {
    let rows = tx
        .all(
            "SELECT s.member_id, COUNT(*) AS n FROM rotation r
             JOIN share s ON s.account_id = r.account_id AND s.ended_at IS NULL AND s.role = 'owner'
             JOIN member m ON m.id = s.member_id AND m.removed_at IS NULL AND m.suspended_at IS NULL
             WHERE r.workspace_id = $1 AND r.departure_id = $2
             GROUP BY s.member_id ORDER BY s.member_id LIMIT $3",
            values![workspace, departure, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("member_id")?, row.int("n")?))).collect()
}

pub(super) async fn finish_of_account(tx: &mut Tx, by: &By, account: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE rotation SET done_at = $3, done_by = $4, done_how = 'changed'
         WHERE workspace_id = $1 AND account_id = $2 AND done_at IS NULL",
        values![by.workspace, account, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Ends what is open of a departure about accounts that the member reaches again.
pub(super) async fn finish_what_is_held(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    member: MemberId,
) -> Result<()> {
    tx.execute(
        "UPDATE rotation SET done_at = $4, done_by = $5, done_how = 'returned'
         WHERE workspace_id = $1 AND departure_id = $2 AND done_at IS NULL AND account_id IN (
             SELECT s.account_id FROM share s
             WHERE s.member_id = $3 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             UNION
             SELECT s.account_id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
             WHERE m.member_id = $3 AND m.ended_at IS NULL
             UNION
             SELECT i.account_id FROM share s
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE s.member_id = $3 AND s.ended_at IS NULL
             UNION
             SELECT i.account_id FROM team_membership m
             JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
             JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
             JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
             WHERE m.member_id = $3 AND m.ended_at IS NULL)",
        values![by.workspace, departure, member, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Whose departure put the account on the list, where it did.
pub(super) async fn member_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
    account: AccountId,
) -> Result<Option<MemberId>> {
    let row = tx
        .optional(
            "SELECT member_id FROM rotation WHERE workspace_id = $1 AND departure_id = $2 AND account_id = $3",
            values![workspace, departure, account],
        )
        .await?;
    row.map(|row| row.id("member_id")).transpose()
}

/// Rotations of one departure and account, changed as `$set` says, where `$which`; true where that changed one.
macro_rules! change_one {
    ($name:ident, $doc:literal, $set:literal, $which:literal) => {
        #[doc = $doc]
        pub(super) async fn $name(
            tx: &mut Tx,
            by: &By,
            departure: DepartureId,
            account: AccountId,
        ) -> Result<bool> {
            let changed = tx
                .execute(
                    concat!(
                        "UPDATE rotation SET ",
                        $set,
                        " WHERE workspace_id = $1 AND departure_id = $2 AND account_id = $3 AND ",
                        $which
                    ),
                    values![by.workspace, departure, account, by.now, by.member],
                )
                .await?;
            Ok(changed > 0)
        }
    };
}

change_one!(
    finish,
    "Somebody says that it is done.",
    "done_at = $4, done_by = $5, done_how = 'marked'",
    "done_at IS NULL"
);
change_one!(
    end_sessions,
    "Somebody says that the sessions at the site are ended.",
    "sessions_ended_at = $4, sessions_ended_by = $5",
    "sessions_ended_at IS NULL"
);
/// What somebody had said is taken back; true where somebody had.
pub(super) async fn reopen(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    account: AccountId,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE rotation SET done_at = NULL, done_by = NULL, done_how = NULL,
                    sessions_ended_at = NULL, sessions_ended_by = NULL
             WHERE workspace_id = $1 AND departure_id = $2 AND account_id = $3
               AND (done_how = 'marked' OR done_at IS NULL AND sessions_ended_at IS NOT NULL)",
            values![by.workspace, departure, account],
        )
        .await?;
    Ok(changed > 0)
}

/// How many passwords are still to be rotated because of a member.
pub async fn count_of_member(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM rotation WHERE workspace_id = $1 AND member_id = $2 AND done_at IS NULL",
        values![workspace, member],
    )
    .await?
    .int("n")
}

/// Because of how many departures the password of an account is still to be rotated.
pub async fn count_of_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM rotation WHERE workspace_id = $1 AND account_id = $2 AND done_at IS NULL",
        values![workspace, account],
    )
    .await?
    .int("n")
}
