//! SQL of identities: who a directory's people are among our members.

use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, Timestamp};
use uuid::Uuid;

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::members::store::{key, status};
use crate::scim::{Client, IdentityId};
use crate::values;

/// A person as the directory knows them, and as a member.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: IdentityId,
    pub member: MemberId,
    pub external_id: Option<String>,
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

/// What is stored of a user besides the member.
pub struct Record {
    pub external_id: Option<String>,
    pub user_name: String,
    pub resource: String,
}

/// The people of the client's directory, narrowed by what follows.
macro_rules! people {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.member_id, i.external_id, i.user_name, i.resource, i.started_at, i.updated_at,
                    m.name, m.email, m.suspended_at, m.removed_at, r.role
             FROM identity i
             JOIN member m ON m.id = i.member_id
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

pub async fn find_by_external_id(
    tx: &mut Tx,
    client: &Client,
    external_id: &str,
) -> Result<Option<Identity>> {
    let values = values![client.workspace, client.directory, external_id];
    let row = tx.optional(people!("AND i.external_id = $3"), values).await?;
    row.as_ref().map(identity).transpose()
}

/// The person whom letters to this address reach now.
pub async fn find_by_email(tx: &mut Tx, client: &Client, email: &str) -> Result<Option<Identity>> {
    let values = values![client.workspace, client.directory, key(email)];
    let row = tx.optional(people!("AND m.email_key = $3 AND m.removed_at IS NULL"), values).await?;
    row.as_ref().map(identity).transpose()
}

pub async fn count(tx: &mut Tx, client: &Client) -> Result<u64> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM identity
             WHERE workspace_id = $1 AND directory_id = $2 AND ended_at IS NULL",
            values![client.workspace, client.directory],
        )
        .await?;
    Ok(row.int("n")?.unsigned_abs())
}

/// A part of the list, in the order in which people came.
pub async fn page(tx: &mut Tx, client: &Client, page: scim::Page) -> Result<Vec<Identity>> {
    let values = values![
        client.workspace,
        client.directory,
        page.count.cast_signed(),
        page.offset().cast_signed()
    ];
    let rows = tx.all(people!("ORDER BY i.id LIMIT $3 OFFSET $4"), values).await?;
    rows.iter().map(identity).collect()
}

/// The next people after `last`, for going through all of them; an empty list is the end.
pub async fn after(tx: &mut Tx, client: &Client, last: Uuid) -> Result<Vec<Identity>> {
    let values = values![client.workspace, client.directory, last];
    let rows = tx.all(people!("AND i.id > $3 ORDER BY i.id LIMIT 500"), values).await?;
    rows.iter().map(identity).collect()
}

pub async fn insert(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    member: MemberId,
    record: &Record,
) -> Result<IdentityId> {
    let id = IdentityId::new(by.now, &mut by.rng);
    let Record { external_id, user_name, resource } = record;
    tx.execute(
        "INSERT INTO identity (id, workspace_id, directory_id, member_id, external_id, user_name, user_name_key,
                               resource, started_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        values![
            id, client.workspace, client.directory, member, external_id.as_deref(), user_name, key(user_name),
            resource, by.now
        ],
    )
    .await?;
    Ok(id)
}

pub async fn update(tx: &mut Tx, by: &By, id: IdentityId, record: &Record) -> Result<()> {
    let Record { external_id, user_name, resource } = record;
    tx.execute(
        "UPDATE identity SET external_id = $3, user_name = $4, user_name_key = $5, resource = $6, updated_at = $7
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, external_id.as_deref(), user_name, key(user_name), resource, by.now],
    )
    .await?;
    Ok(())
}

/// Gives the id to another member. Who had it before stays on record, as an identity that has ended.
pub async fn rebind(tx: &mut Tx, by: &mut By, id: IdentityId, member: MemberId) -> Result<()> {
    let past = IdentityId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO identity (id, workspace_id, directory_id, member_id, external_id, user_name, user_name_key,
                               resource, started_at, updated_at, ended_at)
         SELECT $3, workspace_id, directory_id, member_id, external_id, user_name, user_name_key,
                resource, started_at, updated_at, $4
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

/// The client no longer knows the person.
pub async fn end(tx: &mut Tx, by: &By, id: IdentityId) -> Result<()> {
    tx.execute(
        "UPDATE identity SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

fn identity(row: &Row) -> Result<Identity> {
    Ok(Identity {
        id: row.id("id")?,
        member: row.id("member_id")?,
        external_id: row.opt_text("external_id")?,
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
