//! Dirty marks: a change commits together with a mark on each tile that it affects. Cost is the number of those
//! tiles, found by index; the worker is woken after the commit and looks again for itself.

use model::{AccountId, CollectionId, MemberId, TeamId};
use portal::Priority;

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
    /// All that a team reaches.
    Team(TeamId),
    /// All that a member reaches, by every path.
    Member(MemberId),
}

/// Marks the tiles behind `touched`. Mark before you close the path by which they are found.
pub async fn mark(tx: &mut Tx, by: &By, touched: Touched, priority: Priority) -> Result<u64> {
    let rank = rank(priority);
    let marked = match touched {
        Touched::Account(id) => {
            tx.execute(
                "UPDATE tile SET marked = marked + 1,
                        behind_since = CASE WHEN behind_since IS NULL THEN $3 ELSE behind_since END,
                        due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                        priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
                 WHERE workspace_id = $1 AND gone_at IS NULL AND account_id = $2",
                values![by.workspace, id, by.now, rank],
            )
            .await?
        }
        Touched::Collection(id) => {
            tx.execute(
                "UPDATE tile SET marked = marked + 1,
                        behind_since = CASE WHEN behind_since IS NULL THEN $3 ELSE behind_since END,
                        due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                        priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
                 WHERE workspace_id = $1 AND gone_at IS NULL AND account_id IN (
                     SELECT i.account_id FROM collection_path p
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE p.ancestor_id = $2 AND p.ended_at IS NULL)",
                values![by.workspace, id, by.now, rank],
            )
            .await?
        }
        Touched::Team(id) => {
            tx.execute(
                "UPDATE tile SET marked = marked + 1,
                        behind_since = CASE WHEN behind_since IS NULL THEN $3 ELSE behind_since END,
                        due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                        priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
                 WHERE workspace_id = $1 AND gone_at IS NULL AND account_id IN (
                     SELECT s.account_id FROM share s
                     WHERE s.team_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                     UNION
                     SELECT i.account_id FROM share s
                     JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE s.team_id = $2 AND s.ended_at IS NULL)",
                values![by.workspace, id, by.now, rank],
            )
            .await?
        }
        Touched::Member(id) => {
            tx.execute(
                "UPDATE tile SET marked = marked + 1,
                        behind_since = CASE WHEN behind_since IS NULL THEN $3 ELSE behind_since END,
                        due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END,
                        priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
                 WHERE workspace_id = $1 AND gone_at IS NULL AND account_id IN (
                     SELECT s.account_id FROM share s
                     WHERE s.member_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                     UNION
                     SELECT s.account_id FROM team_membership m
                     JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                     WHERE m.member_id = $2 AND m.ended_at IS NULL
                     UNION
                     SELECT i.account_id FROM share s
                     JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE s.member_id = $2 AND s.ended_at IS NULL
                     UNION
                     SELECT i.account_id FROM team_membership m
                     JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
                     JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE m.member_id = $2 AND m.ended_at IS NULL)",
                values![by.workspace, id, by.now, rank],
            )
            .await?
        }
    };
    if marked > 0 {
        tx.signal(by.workspace);
    }
    Ok(marked)
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
