//! SQL of the teams that a directory pushes.

use std::sync::LazyLock;

use model::{MemberId, TeamId, Timestamp};
use uuid::Uuid;

use crate::actor::By;
use crate::db::{Result, Row, Tx, filling};
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
    pub version: i64,
}

/// Somebody in it.
#[derive(Debug, Clone)]
pub struct GroupMember {
    pub id: IdentityId,
    pub member: MemberId,
    /// What the client calls them here.
    pub display: Option<String>,
}

/// The teams of the client's directory, narrowed by what follows.
macro_rules! groups {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, external_id, created_at, updated_at, version FROM team
             WHERE workspace_id = $1 AND directory_id = $2 AND deleted_at IS NULL ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, client: &Client, id: TeamId) -> Result<Option<Group>> {
    let values = values![client.workspace, client.directory, id];
    let row = tx.optional(groups!("AND id = $3"), values).await?;
    row.as_ref().map(group).transpose()
}

/// The group with this name, in whatever case.
pub async fn find_by_name(tx: &mut Tx, client: &Client, name: &str) -> Result<Option<Group>> {
    let values = values![client.workspace, client.directory, key(name)];
    let row = tx.optional(groups!("AND name_key = $3"), values).await?;
    row.as_ref().map(group).transpose()
}

/// The groups that somebody is in.
pub async fn with_member(tx: &mut Tx, client: &Client, id: IdentityId) -> Result<Vec<Group>> {
    let values = values![client.workspace, client.directory, id];
    let rows = tx
        .all(
            groups!(
                "AND id IN (SELECT p.team_id FROM identity i
                            JOIN team_membership p ON p.member_id = i.member_id AND p.ended_at IS NULL
                            WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.id = $3 AND i.ended_at IS NULL)
                 ORDER BY id"
            ),
            values,
        )
        .await?;
    rows.iter().map(group).collect()
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
    let (most, offset) = (page.count.cast_signed(), page.offset().cast_signed());
    let values = values![client.workspace, client.directory, most, offset];
    let rows = tx.all(groups!("ORDER BY id LIMIT $3 OFFSET $4"), values).await?;
    rows.iter().map(group).collect()
}

/// The next groups after an id, at most so many; an empty list is the end.
pub async fn after(tx: &mut Tx, client: &Client, id: Uuid, most: u64) -> Result<Vec<Group>> {
    let values = values![client.workspace, client.directory, id, most.cast_signed()];
    let rows = tx.all(groups!("AND id > $3 ORDER BY id LIMIT $4"), values).await?;
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
            "SELECT i.id, i.member_id, t.display FROM team_membership t
             JOIN identity i ON i.member_id = t.member_id AND i.ended_at IS NULL AND i.directory_id = $2
             WHERE t.workspace_id = $1 AND t.team_id = $3 AND t.ended_at IS NULL
             ORDER BY t.member_id LIMIT $4",
            values![client.workspace, client.directory, id, most],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(GroupMember {
                id: row.id("id")?,
                member: row.id("member_id")?,
                display: row.opt_text("display")?,
            })
        })
        .collect()
}

/// Whether a group has more people than `most`: counted no further.
pub async fn is_larger(tx: &mut Tx, client: &Client, id: TeamId, most: i64) -> Result<bool> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM (
                 SELECT 1 FROM team_membership WHERE workspace_id = $1 AND team_id = $2 AND ended_at IS NULL
                 ORDER BY member_id LIMIT $3
             ) AS counted",
            values![client.workspace, id, most + 1],
        )
        .await?;
    Ok(row.int("n")? > most)
}

/// How many ids one statement looks up, where it is more than one.
const MOST: usize = 100;

static MEMBERS: LazyLock<[String; 2]> = LazyLock::new(|| [1, MOST].map(members_sql));

/// From the ids to the people: a list of ids would be compared with everybody of the directory.
fn members_sql(many: usize) -> String {
    let wanted: Vec<_> = (3..3 + many).map(|place| format!("(${place})")).collect();
    format!(
        "WITH wanted (id) AS (VALUES {})
         SELECT i.id, i.member_id FROM wanted w CROSS JOIN identity i
         WHERE i.id = w.id AND i.workspace_id = $1 AND i.directory_id = $2 AND i.ended_at IS NULL",
        wanted.join(", ")
    )
}

/// The members behind ids of this directory.
pub async fn known(
    tx: &mut Tx,
    client: &Client,
    ids: &[IdentityId],
) -> Result<Vec<(IdentityId, MemberId)>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(MOST) {
        let mut values = values![client.workspace, client.directory].to_vec();
        let [one, many] = &*MEMBERS;
        let (sql, places) = if some.len() == 1 { (one, 1) } else { (many, MOST) };
        values.extend(filling(some, places).map(|id| (*id).into()));
        for row in tx.all(sql, &values).await? {
            found.push((row.id("id")?, row.id("member_id")?));
        }
    }
    Ok(found)
}

pub async fn set_external_id(
    tx: &mut Tx,
    by: &By,
    id: TeamId,
    external_id: Option<String>,
) -> Result<()> {
    tx.execute(
        "UPDATE team SET external_id = $3, updated_at = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2",
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
        version: row.int("version")?,
    })
}
