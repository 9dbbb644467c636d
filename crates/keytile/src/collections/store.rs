//! SQL of collections: the tree as closed-over paths, and what is in each.

use model::access::{Actor, level};
use model::{AccountId, CollectionId, MembershipId, WorkspaceId};

use super::Collection;
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::sharing::store_role;
use crate::values;

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    name: &str,
    parent: Option<CollectionId>,
) -> Result<CollectionId> {
    let id = CollectionId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO collection (id, workspace_id, parent_id, name, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, parent, name, by.now, by.member],
    )
    .await?;
    tx.execute(
        "INSERT INTO collection_path (workspace_id, ancestor_id, descendant_id, depth, started_at)
         VALUES ($1, $2, $2, 0, $3)",
        values![by.workspace, id, by.now],
    )
    .await?;
    if let Some(parent) = parent {
        hang(tx, by, id, parent).await?;
    }
    Ok(id)
}

/// Joins every ancestor of `parent` with everything beneath `id`.
async fn hang(tx: &mut Tx, by: &By, id: CollectionId, parent: CollectionId) -> Result<()> {
    tx.execute(
        "INSERT INTO collection_path (workspace_id, ancestor_id, descendant_id, depth, started_at)
         SELECT $1, up.ancestor_id, down.descendant_id, up.depth + down.depth + 1, $4
         FROM collection_path up, collection_path down
         WHERE up.descendant_id = $3 AND up.ended_at IS NULL AND down.ancestor_id = $2 AND down.ended_at IS NULL",
        values![by.workspace, id, parent, by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn move_to(
    tx: &mut Tx,
    by: &By,
    id: CollectionId,
    parent: Option<CollectionId>,
) -> Result<()> {
    tx.execute(
        "UPDATE collection_path SET ended_at = $3
         WHERE workspace_id = $1 AND ended_at IS NULL
           AND descendant_id IN (SELECT d.descendant_id FROM collection_path d WHERE d.ancestor_id = $2 AND d.ended_at IS NULL)
           AND ancestor_id NOT IN (SELECT d.descendant_id FROM collection_path d WHERE d.ancestor_id = $2 AND d.ended_at IS NULL)",
        values![by.workspace, id, by.now],
    )
    .await?;
    tx.execute(
        "UPDATE collection SET parent_id = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, parent],
    )
    .await?;
    match parent {
        Some(parent) => hang(tx, by, id, parent).await,
        None => Ok(()),
    }
}

/// How many collections are above this one.
pub(super) async fn depth(tx: &mut Tx, workspace: WorkspaceId, id: CollectionId) -> Result<i64> {
    tx.one(
        "SELECT COALESCE(MAX(depth), 0) AS n FROM collection_path
         WHERE workspace_id = $1 AND descendant_id = $2 AND ended_at IS NULL",
        values![workspace, id],
    )
    .await?
    .int("n")
}

/// How many levels this collection and those beneath it take.
pub(super) async fn height(tx: &mut Tx, workspace: WorkspaceId, id: CollectionId) -> Result<i64> {
    tx.one(
        "SELECT COALESCE(MAX(p.depth), 0) + 1 AS n FROM collection_path p
         JOIN collection c ON c.id = p.descendant_id AND c.deleted_at IS NULL
         WHERE p.workspace_id = $1 AND p.ancestor_id = $2 AND p.ended_at IS NULL",
        values![workspace, id],
    )
    .await?
    .int("n")
}

/// True where `id` is `within` or beneath it.
pub(super) async fn is_within(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CollectionId,
    within: CollectionId,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT depth FROM collection_path
             WHERE workspace_id = $1 AND descendant_id = $2 AND ancestor_id = $3 AND ended_at IS NULL",
            values![workspace, id, within],
        )
        .await?;
    Ok(row.is_some())
}

pub(super) async fn set_name(tx: &mut Tx, by: &By, id: CollectionId, name: &str) -> Result<()> {
    tx.execute(
        "UPDATE collection SET name = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, name],
    )
    .await?;
    Ok(())
}

/// True where the account was not in the collection before.
pub(super) async fn add_item(
    tx: &mut Tx,
    by: &mut By,
    id: CollectionId,
    account: AccountId,
) -> Result<bool> {
    let item = MembershipId::new(by.now, &mut by.rng);
    let added = tx
        .execute(
            "INSERT INTO collection_item (id, workspace_id, collection_id, account_id, started_at, started_by)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (account_id, collection_id) WHERE ended_at IS NULL DO NOTHING",
            values![item, by.workspace, id, account, by.now, by.member],
        )
        .await?;
    Ok(added > 0)
}

/// True where the account was in the collection.
pub(super) async fn remove_item(
    tx: &mut Tx,
    by: &By,
    id: CollectionId,
    account: AccountId,
) -> Result<bool> {
    let removed = tx
        .execute(
            "UPDATE collection_item SET ended_at = $4, ended_by = $5
             WHERE workspace_id = $1 AND collection_id = $2 AND account_id = $3 AND ended_at IS NULL",
            values![by.workspace, id, account, by.now, by.member],
        )
        .await?;
    Ok(removed > 0)
}

pub(super) async fn delete(tx: &mut Tx, by: &By, id: CollectionId) -> Result<()> {
    tx.execute(
        "UPDATE collection_item SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND collection_id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    tx.execute(
        "UPDATE collection_path SET ended_at = $3
         WHERE workspace_id = $1 AND descendant_id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now],
    )
    .await?;
    tx.execute(
        "UPDATE collection SET deleted_at = $3, deleted_by = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn of_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<CollectionId>> {
    let rows = tx
        .all(
            "SELECT collection_id FROM collection_item
             WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL ORDER BY collection_id",
            values![workspace, account],
        )
        .await?;
    rows.iter().map(|row| row.id("collection_id")).collect()
}

/// The accounts directly in a collection.
pub(super) async fn accounts_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CollectionId,
) -> Result<Vec<AccountId>> {
    let rows = tx
        .all(
            "SELECT account_id FROM collection_item
             WHERE workspace_id = $1 AND collection_id = $2 AND ended_at IS NULL ORDER BY account_id",
            values![workspace, id],
        )
        .await?;
    rows.iter().map(|row| row.id("account_id")).collect()
}

/// How many people reach a collection, by whatever path.
pub(super) async fn count_people(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CollectionId,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT s.member_id FROM collection_path p
             JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL AND s.member_id IS NOT NULL
             WHERE p.workspace_id = $1 AND p.descendant_id = $2 AND p.ended_at IS NULL
             UNION
             SELECT m.member_id FROM collection_path p
             JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
             JOIN team_membership m ON m.team_id = s.team_id AND m.ended_at IS NULL
             WHERE p.workspace_id = $1 AND p.descendant_id = $2 AND p.ended_at IS NULL
         ) people",
        values![workspace, id],
    )
    .await?
    .int("n")
}

/// The collections that the actor holds by any path, parents before children.
pub(super) async fn list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Collection>> {
    let rows = tx
        .all(
            "SELECT c.id, c.name, c.parent_id, h.role,
                    (SELECT COUNT(*) FROM collection_item i WHERE i.collection_id = c.id AND i.ended_at IS NULL) AS accounts,
                    (SELECT MAX(u.depth) FROM collection_path u WHERE u.descendant_id = c.id AND u.ended_at IS NULL) AS depth
             FROM (
                 SELECT p.descendant_id, MAX(s.role) AS role FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 WHERE s.workspace_id = $1 AND s.ended_at IS NULL AND (s.member_id = $2 OR s.team_id IN (
                     SELECT m.team_id FROM team_membership m WHERE m.member_id = $2 AND m.ended_at IS NULL))
                 GROUP BY p.descendant_id
             ) h
             JOIN collection c ON c.id = h.descendant_id AND c.deleted_at IS NULL
             ORDER BY depth, LOWER(c.name), c.id",
            values![actor.workspace, actor.member],
        )
        .await?;
    rows.iter().map(|row| collection(row, actor)).collect()
}

fn collection(row: &Row, actor: &Actor) -> Result<Collection> {
    let role = store_role(row)?;
    Ok(Collection {
        id: row.id("id")?,
        name: row.text("name")?,
        parent: row.opt_id("parent_id")?,
        level: level(actor.role, actor.status, role.into_iter()),
        accounts: row.int("accounts")?,
        depth: row.int("depth")?,
    })
}
