//! SQL of identities as SCIM users: who a directory's people are among our members.

use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, TeamId, Timestamp};

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::directories::store::identities::BLOCK;
use crate::members::store::{key, status};
use crate::scim::{Client, IdentityId};
use crate::values;

/// A person as the directory knows them, and as a member.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: IdentityId,
    pub member: MemberId,
    /// Their place in lists.
    pub number: i64,
    /// Who they are.
    pub external_id: Option<String>,
    /// What the client told last as `externalId`.
    pub told_external_id: Option<String>,
    pub user_name: String,
    /// What else the client told, as JSON.
    pub resource: String,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub name: String,
    pub email: String,
    pub role: WorkspaceRole,
    pub status: MemberStatus,
    pub removed_at: Option<Timestamp>,
}

/// A group that somebody is in.
#[derive(Debug, Clone)]
pub struct OfGroup {
    pub member: MemberId,
    pub team: TeamId,
    pub name: String,
}

/// The people of the client's directory, narrowed by what follows.
macro_rules! people {
    ($rest:literal) => {
        people!("identity i", $rest)
    };
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT i.id, i.member_id, i.number, i.external_id, i.told_external_id, i.user_name, i.resource, i.started_at,
                    i.updated_at, m.name, m.email, m.suspended_at, m.removed_at, r.role
             FROM ",
            $from,
            " JOIN member m ON m.id = i.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.ended_at IS NULL ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, client: &Client, id: IdentityId) -> Result<Option<Identity>> {
    let values = values![client.workspace, client.directory, id];
    let row = tx.optional(people!("AND i.id = $3"), values).await?;
    row.as_ref().map(identity).transpose()
}

/// The person with this userName, in whatever case (RFC 7643 section 4.1.1).
pub async fn find_by_user_name(
    tx: &mut Tx,
    client: &Client,
    user_name: &str,
) -> Result<Option<Identity>> {
    let values = values![client.workspace, client.directory, key(user_name)];
    let row = tx.optional(people!("AND i.user_name_key = $3"), values).await?;
    row.as_ref().map(identity).transpose()
}

/// The person whom this external id names: who they are, and not only what they were called.
pub async fn find_by_external_id(
    tx: &mut Tx,
    client: &Client,
    external_id: &str,
) -> Result<Option<Identity>> {
    let values = values![client.workspace, client.directory, external_id];
    let row = tx.optional(people!("AND i.external_id = $3"), values).await?;
    row.as_ref().map(identity).transpose()
}

/// The removed member who was this person when the client last knew them, and is known to it as nobody else by now.
pub async fn find_former(
    tx: &mut Tx,
    client: &Client,
    external_id: &str,
) -> Result<Option<MemberId>> {
    let row = tx
        .optional(
            "SELECT i.member_id FROM identity i
             JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.external_id = $3 AND i.directory_id = $2
               AND i.ended_at IS NOT NULL AND m.removed_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM identity o WHERE o.member_id = m.id AND o.ended_at IS NULL)
             ORDER BY i.id DESC LIMIT 1",
            values![client.workspace, client.directory, external_id],
        )
        .await?;
    row.map(|row| row.id("member_id")).transpose()
}

/// All whom the client last called so.
pub async fn told(tx: &mut Tx, client: &Client, external_id: &str) -> Result<Vec<Identity>> {
    let values = values![client.workspace, client.directory, external_id];
    // Sorted here: a database that is asked to would go through everybody by their numbers.
    let rows = tx.all(people!("AND i.told_external_id = $3"), values).await?;
    in_order(&rows)
}

/// All who have this address, among others.
pub async fn with_address(tx: &mut Tx, client: &Client, address: &str) -> Result<Vec<Identity>> {
    let values = values![client.workspace, client.directory, key(address)];
    let rows = tx
        .all(
            people!(
                "identity_address a CROSS JOIN identity i",
                "AND a.directory_id = $2 AND a.address_key = $3 AND i.id = a.identity_id"
            ),
            values,
        )
        .await?;
    in_order(&rows)
}

fn in_order(rows: &[Row]) -> Result<Vec<Identity>> {
    let mut people = rows.iter().map(identity).collect::<Result<Vec<_>>>()?;
    people.sort_by_key(|person| person.number);
    Ok(people)
}

/// How many people there are before each block of numbers, and how many in all.
async fn blocks(tx: &mut Tx, client: &Client) -> Result<(Vec<(i64, u64)>, u64)> {
    let rows = tx
        .all(
            "SELECT block, people FROM identity_block WHERE directory_id = $1 AND people > 0 ORDER BY block",
            values![client.directory],
        )
        .await?;
    let mut total = 0;
    let mut before = Vec::with_capacity(rows.len());
    for row in &rows {
        before.push((row.int("block")?, total));
        total += row.int("people")?.unsigned_abs();
    }
    Ok((before, total))
}

pub async fn count(tx: &mut Tx, client: &Client) -> Result<u64> {
    Ok(blocks(tx, client).await?.1)
}

/// A part of the list, in the order in which people came, and the length of the whole. The page costs the same at any
/// index.
pub async fn page(tx: &mut Tx, client: &Client, page: scim::Page) -> Result<(u64, Vec<Identity>)> {
    let (before, total) = blocks(tx, client).await?;
    let at = before.partition_point(|(_, people)| *people <= page.offset());
    let Some((block, people)) = at.checked_sub(1).and_then(|at| before.get(at)) else {
        return Ok((total, Vec::new()));
    };
    if page.count == 0 || page.offset() >= total {
        return Ok((total, Vec::new()));
    }
    let values = values![
        client.workspace,
        client.directory,
        block * BLOCK,
        (page.offset() - people).cast_signed(),
        page.count.cast_signed()
    ];
    let rows = tx
        .all(
            people!(
                "AND i.number >= (SELECT number FROM identity
                                  WHERE directory_id = $2 AND ended_at IS NULL AND number >= $3
                                  ORDER BY number LIMIT 1 OFFSET $4)
                 ORDER BY i.number LIMIT $5"
            ),
            values,
        )
        .await?;
    Ok((total, rows.iter().map(identity).collect::<Result<_>>()?))
}

/// A part of the list in the order of userNames.
pub async fn page_by_user_name(
    tx: &mut Tx,
    client: &Client,
    descending: bool,
    offset: u64,
    count: u64,
) -> Result<Vec<Identity>> {
    let values =
        values![client.workspace, client.directory, count.cast_signed(), offset.cast_signed()];
    let sql = if descending {
        people!("ORDER BY i.user_name_key DESC LIMIT $3 OFFSET $4")
    } else {
        people!("ORDER BY i.user_name_key LIMIT $3 OFFSET $4")
    };
    let rows = tx.all(sql, values).await?;
    rows.iter().map(identity).collect()
}

/// The next people after a number, at most so many; an empty list is the end.
pub async fn after(tx: &mut Tx, client: &Client, number: i64, most: u64) -> Result<Vec<Identity>> {
    let values = values![client.workspace, client.directory, number, most.cast_signed()];
    let rows = tx.all(people!("AND i.number > $3 ORDER BY i.number LIMIT $4"), values).await?;
    rows.iter().map(identity).collect()
}

/// The groups of all who have numbers from `first` to `last`.
pub async fn groups_of(
    tx: &mut Tx,
    client: &Client,
    first: i64,
    last: i64,
) -> Result<Vec<OfGroup>> {
    let rows = tx
        .all(
            "SELECT i.member_id, t.id, t.name FROM identity i CROSS JOIN team_membership p CROSS JOIN team t
             WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.ended_at IS NULL AND i.number BETWEEN $3 AND $4
               AND p.member_id = i.member_id AND p.ended_at IS NULL
               AND t.id = p.team_id AND t.directory_id = i.directory_id AND t.deleted_at IS NULL
             ORDER BY i.number, t.name_key, t.id",
            values![client.workspace, client.directory, first, last],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(OfGroup {
                member: row.id("member_id")?,
                team: row.id("id")?,
                name: row.text("name")?,
            })
        })
        .collect()
}

/// Gives the id to another member. Who had it before stays on record, as an identity that has ended.
pub async fn rebind(tx: &mut Tx, by: &mut By, id: IdentityId, member: MemberId) -> Result<()> {
    let past = IdentityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO identity (id, workspace_id, directory_id, member_id, external_id, told_external_id, user_name,
                               user_name_key, resource, number, started_at, updated_at, ended_at)
         SELECT $3, workspace_id, directory_id, member_id, external_id, told_external_id, user_name, user_name_key,
                resource, number, started_at, updated_at, $4
         FROM identity WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, past, by.now],
    )
    .await?;
    tx.execute(
        "UPDATE identity SET member_id = $3, started_at = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, member, by.now],
    )
    .await?;
    Ok(())
}

fn identity(row: &Row) -> Result<Identity> {
    Ok(Identity {
        id: row.id("id")?,
        member: row.id("member_id")?,
        number: row.int("number")?,
        external_id: row.opt_text("external_id")?,
        told_external_id: row.opt_text("told_external_id")?,
        user_name: row.text("user_name")?,
        resource: row.text("resource")?,
        started_at: row.at("started_at")?,
        updated_at: row.at("updated_at")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: row.code("role", WorkspaceRole::from_code)?,
        status: status(row)?,
        removed_at: row.opt_at("removed_at")?,
    })
}
