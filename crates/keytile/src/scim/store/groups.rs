//! SQL of the teams that a directory pushes.

use model::{MemberId, TeamId, Timestamp};
use uuid::Uuid;

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::members::store::key;
use crate::scim::{Client, IdentityId};
use crate::values;

/// A team of the directory.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: TeamId,
    pub name: String,
    pub external_id: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody in it.
#[derive(Debug, Clone)]
pub struct GroupMember {
    pub id: IdentityId,
    pub member: MemberId,
    pub name: String,
}

pub async fn find(tx: &mut Tx, client: &Client, id: TeamId) -> Result<Option<Group>> {
    let row = tx
        .optional(
            "SELECT id, name, external_id, created_at, updated_at FROM team
             WHERE workspace_id = $1 AND directory_id = $2 AND id = $3 AND deleted_at IS NULL",
            values![client.workspace, client.directory, id],
        )
        .await?;
    row.as_ref().map(group).transpose()
}

/// The group with this name, in whatever case.
pub async fn find_by_name(tx: &mut Tx, client: &Client, name: &str) -> Result<Option<Group>> {
    let row = tx
        .optional(
            "SELECT id, name, external_id, created_at, updated_at FROM team
             WHERE workspace_id = $1 AND directory_id = $2 AND name_key = $3 AND deleted_at IS NULL",
            values![client.workspace, client.directory, key(name)],
        )
        .await?;
    row.as_ref().map(group).transpose()
}

pub async fn count(tx: &mut Tx, client: &Client) -> Result<u64> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM team WHERE workspace_id = $1 AND directory_id = $2 AND deleted_at IS NULL",
            values![client.workspace, client.directory],
        )
        .await?;
    Ok(row.int("n")?.unsigned_abs())
}

/// A part of the list, in the order in which the groups came.
pub async fn page(tx: &mut Tx, client: &Client, page: scim::Page) -> Result<Vec<Group>> {
    let rows = tx
        .all(
            "SELECT id, name, external_id, created_at, updated_at FROM team
             WHERE workspace_id = $1 AND directory_id = $2 AND deleted_at IS NULL
             ORDER BY id LIMIT $3 OFFSET $4",
            values![
                client.workspace,
                client.directory,
                page.count.cast_signed(),
                page.offset().cast_signed()
            ],
        )
        .await?;
    rows.iter().map(group).collect()
}

/// The next groups after `last`, for going through all of them; an empty list is the end.
pub async fn after(tx: &mut Tx, client: &Client, last: Uuid) -> Result<Vec<Group>> {
    let rows = tx
        .all(
            "SELECT id, name, external_id, created_at, updated_at FROM team
             WHERE workspace_id = $1 AND directory_id = $2 AND deleted_at IS NULL AND id > $3
             ORDER BY id LIMIT 100",
            values![client.workspace, client.directory, last],
        )
        .await?;
    rows.iter().map(group).collect()
}

/// At most `most` people of a group, in the order in which they came to the directory.
pub async fn members(
    tx: &mut Tx,
    client: &Client,
    id: TeamId,
    most: i64,
) -> Result<Vec<GroupMember>> {
    let rows = tx
        .all(
            "SELECT i.id, i.member_id, m.name FROM team_membership t
             JOIN identity i ON i.member_id = t.member_id AND i.ended_at IS NULL AND i.directory_id = $2
             JOIN member m ON m.id = t.member_id
             WHERE t.workspace_id = $1 AND t.team_id = $3 AND t.ended_at IS NULL
             ORDER BY i.id LIMIT $4",
            values![client.workspace, client.directory, id, most],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(GroupMember {
                id: row.id("id")?,
                member: row.id("member_id")?,
                name: row.text("name")?,
            })
        })
        .collect()
}

/// The member behind an id of this directory, unless they have been removed.
pub async fn live_member(tx: &mut Tx, client: &Client, id: IdentityId) -> Result<Option<MemberId>> {
    let row = tx
        .optional(
            "SELECT i.member_id FROM identity i JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.id = $3 AND i.ended_at IS NULL
               AND m.removed_at IS NULL",
            values![client.workspace, client.directory, id],
        )
        .await?;
    row.map(|row| row.id("member_id")).transpose()
}

pub async fn set_external_id(
    tx: &mut Tx,
    by: &By,
    id: TeamId,
    external_id: Option<String>,
) -> Result<()> {
    tx.execute(
        "UPDATE team SET external_id = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, external_id, by.now],
    )
    .await?;
    Ok(())
}

fn group(row: &Row) -> Result<Group> {
    Ok(Group {
        id: row.id("id")?,
        name: row.text("name")?,
        external_id: row.opt_text("external_id")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}
