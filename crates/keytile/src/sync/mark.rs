//! Dirty marks: a change commits together with a mark on each tile that it affects. Cost is the number of those
//! tiles, found by index; the worker is woken after the commit and looks again for itself.

use model::{AccountId, CollectionId, MemberId, TeamId};
use portal::Priority;
use uuid::Uuid;

use super::store::away;
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

/// What a change touched, so that the tiles behind it are looked at again.
#[derive(Debug, Clone, Copy)]
pub enum Touched {
    /// One account: its name, its shares, its collections.
    Account(AccountId),
    /// All that a collection and those beneath it hold.
    Collection(CollectionId),
    /// Who is in a team. What a group shows is told to the group alone.
    Team(TeamId),
    /// All that a team reaches, before it loses its shares.
    TeamShares(TeamId),
    /// All that a member reaches, by every path.
    Member(MemberId),
}

/// One more mark, due now, and as urgent as the most urgent of its marks: for rows of `$table` where `$which`.
macro_rules! mark_rows {
    ("tile", $which:expr) => {
        mark_rows!(@set "tile SET behind_since = COALESCE(behind_since, $3),", $which)
    };
    ($table:literal, $which:expr) => { mark_rows!(@set concat!($table, " SET"), $which) };
    (@set $begin:expr, $which:expr) => {
        concat!(
            "UPDATE ",
            $begin,
            " marked = marked + 1,
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
             WHERE workspace_id = $1 AND gone_at IS NULL AND ",
            $which
        )
    };
}

/// The same for many tiles, where `$which` of them: noted together, for the worker to put on each.
macro_rules! note_marks {
    ($($which:expr),+) => {
        concat!(
            "INSERT INTO tile_mark (tile_id, portal_id, marks, marked_at, priority)
             SELECT t.id, t.portal_id, 1, $3, $4 FROM tile t
             WHERE t.workspace_id = $1 AND t.gone_at IS NULL AND ",
            $($which),+,
            " ON CONFLICT (tile_id) DO UPDATE SET marks = tile_mark.marks + 1, priority =
                  CASE WHEN tile_mark.priority > excluded.priority THEN excluded.priority ELSE tile_mark.priority END"
        )
    };
}

/// The accounts that the team holds, directly and by collections.
macro_rules! of_team {
    () => {
        "SELECT s.account_id FROM share s
         WHERE s.team_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
         UNION
         SELECT i.account_id FROM share s
         JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
         WHERE s.team_id = $2 AND s.ended_at IS NULL"
    };
}

const OF_ACCOUNT: &str = mark_rows!("tile", "account_id = $2");

const OF_COLLECTION: &str = note_marks!(
    "t.account_id IN (
         SELECT i.account_id FROM collection_path p
         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
         WHERE p.ancestor_id = $2 AND p.ended_at IS NULL)"
);

/// What a group shows is told to the group alone. A tile that is still on its way to its group may yet show people one
/// by one, so it is told too.
const OF_TEAM: &str = note_marks!(
    "(t.audience_id IS NULL OR t.settled < t.marked) AND t.account_id IN (",
    of_team!(),
    ")"
);

const OF_TEAM_SHARES: &str = note_marks!("t.account_id IN (", of_team!(), ")");

const AUDIENCES_OF_TEAM: &str = mark_rows!(
    "audience",
    "id IN (SELECT a.audience_id FROM audience_source a WHERE a.source_id = $2 AND a.kind = 'team')"
);

/// Directly, whatever shows the tile: with the member a source of its audience may go. Through teams, where no group shows
/// it (yet).
const OF_MEMBER: &str = note_marks!(
    "(t.account_id IN (
         SELECT s.account_id FROM share s
         WHERE s.member_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
         UNION
         SELECT i.account_id FROM share s
         JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
         WHERE s.member_id = $2 AND s.ended_at IS NULL)
     OR (t.audience_id IS NULL OR t.settled < t.marked) AND t.account_id IN (
         SELECT s.account_id FROM team_membership m
         JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
         WHERE m.member_id = $2 AND m.ended_at IS NULL
         UNION
         SELECT i.account_id FROM team_membership m
         JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
         JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
         WHERE m.member_id = $2 AND m.ended_at IS NULL))"
);

const AUDIENCES_OF_MEMBER: &str = mark_rows!(
    "audience",
    "id IN (
         SELECT a.audience_id FROM audience_source a WHERE a.source_id = $2 AND a.kind = 'member'
         UNION
         SELECT a.audience_id FROM team_membership m
         JOIN audience_source a ON a.source_id = m.team_id AND a.kind = 'team'
         WHERE m.member_id = $2 AND m.ended_at IS NULL)"
);

/// What waits for an admin about a member (C15).
macro_rules! of_held {
    () => {
        "kind = 'person' AND portal_id IN (SELECT id FROM portal WHERE workspace_id = $1)
         AND external_id IN (SELECT external_id FROM identity WHERE member_id = $2 AND ended_at IS NULL)"
    };
}

const END_HELD: &str = concat!(
    "UPDATE safety_stop_item SET ended_at = $3
     WHERE ended_at IS NULL AND (decision IS NULL OR decision = 'dismissed') AND ",
    of_held!()
);

/// What has just been ended.
const OF_HELD: &str = note_marks!(
    "t.id IN (SELECT tile_id FROM safety_stop_item WHERE ended_at = $3 AND ",
    of_held!(),
    ")"
);

const AUDIENCES_OF_HELD: &str = mark_rows!(
    "audience",
    concat!(
        "id IN (
             SELECT t.audience_id FROM tile t WHERE t.id IN (
                 SELECT tile_id FROM safety_stop_item WHERE ended_at = $3 AND ",
        of_held!(),
        ")
             UNION
             SELECT a.id FROM tile_principal p
             JOIN audience a ON a.group_id = p.external_id AND a.gone_at IS NULL
             WHERE p.kind = 'group' AND p.tile_id IN (
                 SELECT tile_id FROM safety_stop_item WHERE ended_at = $3 AND ",
        of_held!(),
        "))"
    )
);

/// Whoever leaves or is suspended is a case of their own: what a question or its answer has kept for them is weighed anew.
async fn free_held(tx: &mut Tx, by: &By, id: MemberId) -> Result<u64> {
    if tx.execute(END_HELD, values![by.workspace, id, by.now]).await? == 0 {
        return Ok(0);
    }
    let mut marked = 0;
    for statement in [OF_HELD, AUDIENCES_OF_HELD] {
        let rank = rank(Priority::Leaver);
        marked += tx.execute(statement, values![by.workspace, id, by.now, rank]).await?;
    }
    Ok(marked)
}

/// Marks the tiles and audiences behind `touched`. Mark before you close the path by which they are found.
pub async fn mark(tx: &mut Tx, by: &By, touched: Touched, priority: Priority) -> Result<u64> {
    let rank = rank(priority);
    let (id, statements): (Uuid, &[&'static str]) = match touched {
        Touched::Account(id) => (id.uuid(), &[OF_ACCOUNT]),
        Touched::Collection(id) => (id.uuid(), &[OF_COLLECTION]),
        Touched::Team(id) => (id.uuid(), &[OF_TEAM, AUDIENCES_OF_TEAM]),
        Touched::TeamShares(id) => (id.uuid(), &[OF_TEAM_SHARES, AUDIENCES_OF_TEAM]),
        Touched::Member(id) => (id.uuid(), &[OF_MEMBER, AUDIENCES_OF_MEMBER]),
    };
    let mut marked = match touched {
        Touched::Member(id) if priority == Priority::Leaver => free_held(tx, by, id).await?,
        _ => 0,
    };
    for statement in statements {
        marked += tx.execute(statement, values![by.workspace, id, by.now, rank]).await?;
    }
    if marked > 0 {
        tx.signal(by.workspace);
    }
    Ok(marked)
}

/// The same, to be read from the portal itself: as a whole, or (2) its people alone.
macro_rules! refresh_rows {
    ($table:literal, $refresh:literal, $of:expr) => {
        concat!(
            "UPDATE ",
            $table,
            " SET marked = marked + 1, refresh = CASE WHEN refresh = 1 THEN 1 ELSE ",
            $refresh,
            " END,
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
             WHERE workspace_id = $1 AND gone_at IS NULL AND phase <> 'paused' AND id IN (",
            $of,
            ")"
        )
    };
}

/// The tiles of which the portal last confirmed that the person sees them by themselves.
macro_rules! tiles_of_person {
    () => {
        "SELECT p.tile_id FROM tile_principal p WHERE p.workspace_id = $1 AND p.external_id = $2 AND p.kind = 'person'"
    };
}

const READ_TILES: &str = refresh_rows!("tile", "1", tiles_of_person!());

const READ_PEOPLE: &str = refresh_rows!("tile", "2", tiles_of_person!());

const READ_GROUPS: &str = refresh_rows!(
    "audience",
    "1",
    "SELECT a.id FROM audience_member m JOIN audience a ON a.id = m.audience_id AND a.gone_at IS NULL
     WHERE m.external_id = $2 AND a.workspace_id = $1"
);

/// Marks the tiles and groups that the portal last confirmed for the person with this external id, to be read from the
/// portal itself: a directory that deactivates somebody may drop what they had without a word. Of somebody whom the portal
/// had ended, only that this is so is looked at, one call for each tile.
pub async fn mark_confirmed_for(tx: &mut Tx, by: &By, external_id: &str) -> Result<()> {
    let was_away = away::end(tx, by.workspace, external_id).await?;
    let mut marked = 0;
    for statement in [if was_away { READ_PEOPLE } else { READ_TILES }, READ_GROUPS] {
        let values = values![by.workspace, external_id, by.now, rank(Priority::Change)];
        marked += tx.execute(statement, values).await?;
    }
    if was_away {
        away::forget_dropped(tx, by.workspace, external_id).await?;
    }
    if marked > 0 {
        tx.signal(by.workspace);
    }
    Ok(())
}

/// Somebody is there of whom it may be on record that the portal has ended them: then they are back, and what it last
/// confirmed for them is read again.
pub async fn mark_returned(tx: &mut Tx, by: &By, external_id: &str) -> Result<()> {
    if away::since(tx, by.workspace, external_id).await?.is_some() {
        mark_confirmed_for(tx, by, external_id).await?;
    }
    Ok(())
}

/// How a priority is stored: the smaller goes first.
pub fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Leaver => 0,
        Priority::Person => 1,
        Priority::Change => 2,
        Priority::FirstSync => 3,
        Priority::Audit => 4,
    }
}

/// The priority that is stored as `rank`.
pub fn from_rank(rank: i64) -> Priority {
    match rank {
        0 => Priority::Leaver,
        1 => Priority::Person,
        2 => Priority::Change,
        3 => Priority::FirstSync,
        _ => Priority::Audit,
    }
}
