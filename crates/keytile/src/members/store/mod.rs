//! SQL of members and their roles.

mod history;
mod list;

use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{DirectoryId, MemberId, MembershipId, WorkspaceId};

use super::{Approval, Member, SuspendedBy};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

pub(super) use history::history;
pub(super) use list::{cursor, figures, list};

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    email: &str,
    name: &str,
    directory: Option<DirectoryId>,
) -> Result<MemberId> {
    let id = MemberId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO member (id, workspace_id, email, email_key, name, name_key, directory_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![id, by.workspace, email, key(email), name, key(name), directory, by.now],
    )
    .await?;
    Ok(id)
}

pub(super) async fn open_role(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    role: WorkspaceRole,
) -> Result<()> {
    let id = MembershipId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO member_role (id, workspace_id, member_id, role, started_at, started_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, member, role.code(), by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn close_role(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member_role SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// The member, in whatever state.
pub async fn find(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<Option<Member>> {
    let row = tx
        .optional(
            "SELECT m.id, m.email, m.name, m.directory_id, m.created_at, m.suspended_at, m.removed_at, m.last_seen_at,
                    m.removed_by, m.suspended_source, m.passkey_approved_at, m.passkey_approved_by, r.role,
                    r.started_at AS role_since, i.external_id
             FROM member m
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             LEFT JOIN identity i ON i.member_id = m.id AND i.ended_at IS NULL
             WHERE m.workspace_id = $1 AND m.id = $2",
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(member).transpose()
}

/// A member who has this address now; removed people have given theirs up.
pub async fn find_by_email(
    tx: &mut Tx,
    workspace: WorkspaceId,
    email: &str,
) -> Result<Option<MemberId>> {
    let row = tx
        .optional(
            "SELECT id FROM member WHERE workspace_id = $1 AND email_key = $2 AND removed_at IS NULL",
            values![workspace, key(email)],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// The member who was invited by this address and has it now: nobody shares it with them.
pub async fn find_invited(
    tx: &mut Tx,
    workspace: WorkspaceId,
    email: &str,
) -> Result<Option<MemberId>> {
    let row = tx
        .optional(
            "SELECT id FROM member
             WHERE workspace_id = $1 AND email_key = $2 AND removed_at IS NULL AND directory_id IS NULL",
            values![workspace, key(email)],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// Every active member with this address, in whatever workspace: for the command line.
pub async fn actors_by_email(tx: &mut Tx, email: &str) -> Result<Vec<Actor>> {
    let rows = tx
        .all(
            "SELECT m.id, m.workspace_id, r.role FROM member m
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE m.email_key = $1 AND m.removed_at IS NULL AND m.suspended_at IS NULL",
            values![key(email)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Actor {
                workspace: row.id("workspace_id")?,
                member: row.id("id")?,
                role: row.code("role", WorkspaceRole::from_code)?,
                status: MemberStatus::Active,
            })
        })
        .collect()
}

/// An admin's suspension outlives the departure; a directory's ends with it, and is reported anew where it still holds. An
/// approval of passkeys ends.
pub(super) async fn set_removed(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET removed_at = $3, removed_by = $4, passkey_approved_at = NULL, passkey_approved_by = NULL,
                suspended_at = CASE WHEN suspended_source = 'directory' THEN NULL ELSE suspended_at END,
                suspended_by = CASE WHEN suspended_source = 'directory' THEN NULL ELSE suspended_by END,
                suspended_source = CASE WHEN suspended_source = 'directory' THEN NULL ELSE suspended_source END
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Keeps since when, where they are suspended already.
pub(super) async fn set_suspended(
    tx: &mut Tx,
    by: &By,
    id: MemberId,
    source: SuspendedBy,
) -> Result<()> {
    tx.execute(
        "UPDATE member SET suspended_at = COALESCE(suspended_at, $3), suspended_source = $4, suspended_by = $5
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, source.code(), by.member],
    )
    .await?;
    Ok(())
}

/// They are back: active, or suspended where an admin's suspension has outlived their departure.
pub(super) async fn set_returned(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET removed_at = NULL, removed_by = NULL, returned_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn end_suspension(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET suspended_at = NULL, suspended_source = NULL, suspended_by = NULL
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id],
    )
    .await?;
    Ok(())
}

/// They may use passkeys from now on.
pub(super) async fn approve_passkeys(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET passkey_approved_at = $3, passkey_approved_by = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// They may not any more.
pub(super) async fn withdraw_passkeys(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET passkey_approved_at = NULL, passkey_approved_by = NULL WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id],
    )
    .await?;
    Ok(())
}

/// Changes the name and the address: the person stays the same.
pub async fn set_profile(
    tx: &mut Tx,
    by: &By,
    id: MemberId,
    name: &str,
    email: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE member SET name = $3, name_key = $4, email = $5, email_key = $6 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, name, key(name), email, key(email)],
    )
    .await?;
    Ok(())
}

fn member(row: &Row) -> Result<Member> {
    Ok(Member {
        id: row.id("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.code("role", WorkspaceRole::from_code)?,
        role_since: row.at("role_since")?,
        status: status(row)?,
        external_id: row.opt_text("external_id")?,
        from_directory: row.opt_id::<DirectoryId>("directory_id")?.is_some(),
        created_at: row.at("created_at")?,
        removed_at: row.opt_at("removed_at")?,
        removed_by: row.opt_id("removed_by")?,
        suspended_by: row
            .opt_text("suspended_source")?
            .and_then(|code| SuspendedBy::from_code(&code)),
        last_seen_at: row.opt_at("last_seen_at")?,
        passkeys: approval(row)?,
    })
}

fn approval(row: &Row) -> Result<Option<Approval>> {
    let at = row.opt_at("passkey_approved_at")?;
    let by = row.opt_id("passkey_approved_by")?;
    Ok(at.map(|at| Approval { at, by }))
}

/// The state that `suspended_at` and `removed_at` of a row tell.
pub fn status(row: &Row) -> Result<MemberStatus> {
    Ok(match (row.opt_int("removed_at")?, row.opt_int("suspended_at")?) {
        (Some(_), _) => MemberStatus::Removed,
        (None, Some(_)) => MemberStatus::Suspended,
        (None, None) => MemberStatus::Active,
    })
}

/// How an address or a name is compared.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The pattern of `LIKE … ESCAPE '!'` for texts that contain `part`.
pub fn contains(part: &str) -> String {
    let escaped = key(part).replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}
