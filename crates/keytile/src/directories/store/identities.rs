//! SQL of identities: who a directory's people are among our members, and how many of them there are.

use model::{DirectoryId, MemberId, MembershipId};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::key;
use crate::values;

/// So many numbers are counted together: a page begins at most so far from a place whose index is known.
pub const BLOCK: i64 = 256;

/// What is stored of a person besides the member.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Who the person is: no two people of a directory share one.
    pub external_id: Option<String>,
    /// What the client told last as `externalId`.
    pub told_external_id: Option<String>,
    /// The name by which they sign in there.
    pub user_name: String,
    /// What else the client told, as JSON; nothing for somebody whom it has not described.
    pub resource: String,
    /// All their addresses.
    pub addresses: Vec<String>,
}

impl Record {
    /// Somebody of whom no more is known than who they are.
    pub fn known(external_id: &str, user_name: &str) -> Self {
        Self {
            external_id: Some(external_id.into()),
            told_external_id: Some(external_id.into()),
            user_name: user_name.into(),
            resource: String::new(),
            addresses: Vec::new(),
        }
    }
}

/// A person of the directory comes; their number is the next.
pub async fn insert(
    tx: &mut Tx,
    by: &mut By,
    directory: DirectoryId,
    member: MemberId,
    record: &Record,
) -> Result<MembershipId> {
    let id = MembershipId::new(by.now, &mut by.rng);
    let number = tx
        .one(
            "UPDATE directory SET last_number = last_number + 1 WHERE workspace_id = $1 AND id = $2
             RETURNING last_number",
            values![by.workspace, directory],
        )
        .await?
        .int("last_number")?;
    tx.execute(
        "INSERT INTO identity_block (directory_id, block, people) VALUES ($1, $2, 1)
         ON CONFLICT (directory_id, block) DO UPDATE SET people = identity_block.people + 1",
        values![directory, number / BLOCK],
    )
    .await?;
    tx.execute(
        "INSERT INTO identity (id, workspace_id, directory_id, member_id, external_id, told_external_id, user_name,
                               user_name_key, resource, number, started_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        values![
            id,
            by.workspace,
            directory,
            member,
            record.external_id.as_deref(),
            record.told_external_id.as_deref(),
            &record.user_name,
            key(&record.user_name),
            &record.resource,
            number,
            by.now
        ],
    )
    .await?;
    add_addresses(tx, directory, id, &record.addresses).await?;
    Ok(id)
}

/// The directory no longer knows the person.
pub async fn end(tx: &mut Tx, by: &By, id: MembershipId) -> Result<()> {
    let ended = tx
        .optional(
            "UPDATE identity SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL
             RETURNING directory_id, number",
            values![by.workspace, id, by.now],
        )
        .await?;
    let Some(row) = ended else { return Ok(()) };
    tx.execute(
        "UPDATE identity_block SET people = people - 1 WHERE directory_id = $1 AND block = $2",
        values![row.id::<DirectoryId>("directory_id")?, row.int("number")? / BLOCK],
    )
    .await?;
    remove_addresses(tx, id).await
}

/// What is stored of a person, anew.
pub async fn update(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    id: MembershipId,
    record: &Record,
) -> Result<()> {
    tx.execute(
        "UPDATE identity SET external_id = $3, told_external_id = $4, user_name = $5, user_name_key = $6, resource = $7,
                             updated_at = $8
         WHERE workspace_id = $1 AND id = $2",
        values![
            by.workspace,
            id,
            record.external_id.as_deref(),
            record.told_external_id.as_deref(),
            &record.user_name,
            key(&record.user_name),
            &record.resource,
            by.now
        ],
    )
    .await?;
    remove_addresses(tx, id).await?;
    add_addresses(tx, directory, id, &record.addresses).await
}

async fn add_addresses(
    tx: &mut Tx,
    directory: DirectoryId,
    id: MembershipId,
    addresses: &[String],
) -> Result<()> {
    for address in addresses {
        tx.execute(
            "INSERT INTO identity_address (identity_id, directory_id, address_key) VALUES ($1, $2, $3)
             ON CONFLICT (identity_id, address_key) DO NOTHING",
            values![id, directory, key(address)],
        )
        .await?;
    }
    Ok(())
}

async fn remove_addresses(tx: &mut Tx, id: MembershipId) -> Result<()> {
    tx.execute("DELETE FROM identity_address WHERE identity_id = $1", values![id]).await?;
    Ok(())
}
