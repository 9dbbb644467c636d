//! SQL of sessions, unfinished sign-ins, passkeys and invitations.

pub(super) mod passkey;

use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{ActivityId, DirectoryId, InviteId, MemberId, SessionId, Timestamp, WorkspaceId};
use rand::rngs::StdRng;

use super::session::{Concern, Found, Session};
use super::{Door, Invited};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::members;
use crate::settings::refusal::OUTSIDE_ZONE;
use crate::settings::standby::is_old;
use crate::sync::PortalStatus;
use crate::sync::store::CredentialKind;
use crate::sync::worker::Limits;
use crate::values;

pub(super) async fn insert_session(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    hash: &[u8],
    user_agent: &str,
    confirmed_at: Timestamp,
    expires_at: Timestamp,
) -> Result<SessionId> {
    let id = SessionId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO session (id, workspace_id, member_id, hash, user_agent, created_at, confirmed_at, last_seen_at,
                              expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8)",
        values![id, by.workspace, member, hash, user_agent, by.now, confirmed_at, expires_at],
    )
    .await?;
    tx.execute(
        "UPDATE member SET last_seen_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, member, by.now],
    )
    .await?;
    Ok(id)
}

/// Notes how strong the identity provider said that a sign-in was.
pub(super) async fn set_acr(tx: &mut Tx, by: &By, id: SessionId, acr: &str) -> Result<()> {
    tx.execute(
        "UPDATE session SET acr = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, acr],
    )
    .await?;
    Ok(())
}

/// The one statement of every page request: the session, and what its member is now.
pub(super) async fn find_session(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Found>> {
    let row = tx
        .optional(
            "SELECT s.id, s.workspace_id, s.member_id, s.confirmed_at, s.acr, s.last_seen_at, s.expires_at,
                    m.name, m.email, m.suspended_at, m.removed_at, r.role, w.name AS workspace_name,
                    p.status AS portal_status, p.status_code, p.took_over_at, p.credential, p.token_entered_at, p.token_days, p.limits,
                    (SELECT q.id FROM safety_stop q WHERE q.portal_id = p.id AND q.decided_at IS NULL) AS stop_id,
                    (SELECT COUNT(*) FROM notification n WHERE n.member_id = s.member_id AND n.seen_at IS NULL) AS news
             FROM session s
             JOIN member m ON m.id = s.member_id
             JOIN member_role r ON r.member_id = s.member_id AND r.ended_at IS NULL
             JOIN workspace w ON w.id = s.workspace_id
             LEFT JOIN portal p ON p.workspace_id = s.workspace_id
             WHERE s.hash = $1 AND s.ended_at IS NULL",
            values![hash],
        )
        .await?;
    row.map(|row| {
        Ok(Found {
            actor: Actor {
                workspace: row.id("workspace_id")?,
                member: row.id("member_id")?,
                role: row.code("role", WorkspaceRole::from_code)?,
                status: members::store::status(&row)?,
            },
            session: row.id("id")?,
            name: row.text("name")?,
            email: row.text("email")?,
            confirmed_at: row.at("confirmed_at")?,
            acr: row.opt_text("acr")?,
            workspace_name: row.text("workspace_name")?,
            has_news: row.int("news")? > 0,
            open_stop: row.opt_id("stop_id")?,
            concern: concern(&row, now)?,
            last_seen_at: row.at("last_seen_at")?,
            expires_at: row.at("expires_at")?,
        })
    })
    .transpose()
}

/// What admins should know of the connection.
fn concern(row: &Row, now: Timestamp) -> Result<Option<Concern>> {
    let status = row.opt_text("portal_status")?;
    let kind = row.opt_text("credential")?.and_then(|code| CredentialKind::from_code(&code));
    let (Some(status), Some(kind)) = (status, kind) else { return Ok(None) };
    let is_zone = row.opt_text("status_code")?.as_deref() == Some(OUTSIDE_ZONE);
    let is_old = is_old(kind, row.opt_at("token_entered_at")?, row.int("token_days")?, now);
    Ok(match PortalStatus::from_code(&status) {
        Some(PortalStatus::Update) if is_zone => Some(Concern::OutsideZone),
        Some(PortalStatus::Update) => Some(Concern::Refused),
        Some(PortalStatus::On) if row.opt_at("took_over_at")?.is_some() => Some(Concern::TookOver),
        Some(PortalStatus::On) if is_full(row, now)? => Some(Concern::Full),
        Some(PortalStatus::On) if is_old => Some(Concern::Old),
        Some(PortalStatus::On | PortalStatus::Off) | None => None,
    })
}

/// Whether the portal took no more apps when its worker last told.
fn is_full(row: &Row, now: Timestamp) -> Result<bool> {
    let limits = row.opt_text("limits")?.map(|text| Limits::read(&text));
    Ok(limits.is_some_and(|limits| limits.creates_rest_until.is_some_and(|until| until > now)))
}

/// Notes the use of a session, unless another request did since `before`.
pub(super) async fn touch(
    tx: &mut Tx,
    actor: &Actor,
    session: SessionId,
    now: Timestamp,
    before: Timestamp,
) -> Result<()> {
    let touched = tx
        .execute(
            "UPDATE session SET last_seen_at = $3 WHERE workspace_id = $1 AND id = $2 AND last_seen_at <= $4",
            values![actor.workspace, session, now, before],
        )
        .await?;
    if touched > 0 {
        tx.execute(
            "UPDATE member SET last_seen_at = $3 WHERE workspace_id = $1 AND id = $2",
            values![actor.workspace, actor.member, now],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn list_sessions(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Session>> {
    let rows = tx
        .all(
            "SELECT id, user_agent, created_at, last_seen_at FROM session
             WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL AND expires_at > $3
             ORDER BY last_seen_at DESC, id LIMIT 100",
            values![actor.workspace, actor.member, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Session {
                id: row.id("id")?,
                user_agent: row.text("user_agent")?,
                created_at: row.at("created_at")?,
                last_seen_at: row.at("last_seen_at")?,
            })
        })
        .collect()
}

/// True where a live session of this member was ended.
pub(super) async fn end_session(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    session: SessionId,
) -> Result<bool> {
    let ended = tx
        .execute(
            "UPDATE session SET ended_at = $4
             WHERE workspace_id = $1 AND member_id = $2 AND id = $3 AND ended_at IS NULL",
            values![by.workspace, member, session, by.now],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends the session with this token, whoever's it is: its browser now belongs to somebody who has just signed in.
pub(super) async fn end_session_by_hash(tx: &mut Tx, by: &By, hash: &[u8]) -> Result<()> {
    tx.execute(
        "UPDATE session SET ended_at = $2 WHERE hash = $1 AND ended_at IS NULL",
        values![hash, by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn end_all_sessions(tx: &mut Tx, by: &By, member: MemberId) -> Result<u64> {
    tx.execute(
        "UPDATE session SET ended_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now],
    )
    .await
}

/// Forgets attempts that nobody can finish any more.
pub(super) async fn forget_attempts(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sign_in_attempt WHERE expires_at < $1", values![now]).await?;
    Ok(())
}

pub(super) async fn insert_attempt(
    tx: &mut Tx,
    rng: &mut StdRng,
    workspace: WorkspaceId,
    hash: &[u8],
    state: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO sign_in_attempt (id, workspace_id, hash, state, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![ActivityId::new(now, rng), workspace, hash, state, now, expires_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn attempt_workspace(tx: &mut Tx, hash: &[u8]) -> Result<Option<WorkspaceId>> {
    let row = tx
        .optional("SELECT workspace_id FROM sign_in_attempt WHERE hash = $1", values![hash])
        .await?;
    row.map(|row| row.id("workspace_id")).transpose()
}

/// What an attempt holds that is neither used up nor too old.
pub(super) async fn find_attempt(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "SELECT state FROM sign_in_attempt WHERE hash = $1 AND used_at IS NULL AND expires_at > $2",
            values![hash, now],
        )
        .await?;
    row.map(|row| row.text("state")).transpose()
}

/// Uses an attempt up; `None` where it was used, or is too old.
pub(super) async fn take_attempt(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "UPDATE sign_in_attempt SET used_at = $3
             WHERE workspace_id = $1 AND hash = $2 AND used_at IS NULL AND expires_at > $3
             RETURNING state",
            values![workspace, hash, now],
        )
        .await?;
    row.map(|row| row.text("state")).transpose()
}

/// Every workspace by name, with whether people sign in to it through a directory.
pub(super) async fn doors(tx: &mut Tx) -> Result<Vec<Door>> {
    let rows = tx
        .all(
            "SELECT w.id, w.name, d.issuer FROM workspace w LEFT JOIN directory d ON d.workspace_id = w.id
             ORDER BY w.name, w.id LIMIT 50",
            values![],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Door {
                workspace: row.id("id")?,
                name: row.text("name")?,
                by_oidc: row.opt_text("issuer")?.is_some(),
            })
        })
        .collect()
}

/// The member to whom a directory's id belongs now. The e-mail address plays no part (T6).
pub(super) async fn find_by_subject(
    tx: &mut Tx,
    workspace: WorkspaceId,
    directory: DirectoryId,
    subject: &str,
) -> Result<Option<(MemberId, MemberStatus)>> {
    let row = tx
        .optional(
            "SELECT m.id, m.suspended_at, m.removed_at FROM identity i JOIN member m ON m.id = i.member_id
             WHERE i.workspace_id = $1 AND i.directory_id = $2 AND i.external_id = $3 AND i.ended_at IS NULL",
            values![workspace, directory, subject],
        )
        .await?;
    row.map(|row| Ok((row.id("id")?, members::store::status(&row)?))).transpose()
}

/// Whether a directory knows the member, so that they can prove who they are there.
pub(super) async fn has_identity(tx: &mut Tx, actor: &Actor) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT i.id FROM identity i JOIN directory d ON d.id = i.directory_id
             WHERE i.workspace_id = $1 AND i.member_id = $2 AND i.ended_at IS NULL AND i.external_id IS NOT NULL
               AND d.issuer IS NOT NULL",
            values![actor.workspace, actor.member],
        )
        .await?;
    Ok(row.is_some())
}

pub(super) async fn insert_invite(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    hash: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let id = InviteId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO invite (id, workspace_id, member_id, hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, member, hash, by.now, expires_at],
    )
    .await?;
    Ok(())
}

/// The invitation that a link's token opens, unless it was used, is too old, or its person is gone.
pub(super) async fn find_invite(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Invited>> {
    let row = tx
        .optional(
            "SELECT i.id, i.workspace_id, i.member_id, m.name, m.email, w.name AS workspace_name
             FROM invite i JOIN member m ON m.id = i.member_id JOIN workspace w ON w.id = i.workspace_id
             WHERE i.hash = $1 AND i.used_at IS NULL AND i.expires_at > $2
               AND m.removed_at IS NULL AND m.suspended_at IS NULL",
            values![hash, now],
        )
        .await?;
    row.map(|row| {
        Ok(Invited {
            id: row.id("id")?,
            workspace: row.id("workspace_id")?,
            member: row.id("member_id")?,
            name: row.text("name")?,
            email: row.text("email")?,
            workspace_name: row.text("workspace_name")?,
        })
    })
    .transpose()
}

/// True for the one who uses it first.
pub(super) async fn use_invite(tx: &mut Tx, by: &By, id: InviteId) -> Result<bool> {
    let used = tx
        .execute(
            "UPDATE invite SET used_at = $3
             WHERE workspace_id = $1 AND id = $2 AND used_at IS NULL AND expires_at > $3",
            values![by.workspace, id, by.now],
        )
        .await?;
    Ok(used > 0)
}

/// Ends every one-time link that nobody has used.
pub(super) async fn end_invites(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE invite SET expires_at = $3
         WHERE workspace_id = $1 AND member_id = $2 AND used_at IS NULL AND expires_at > $3",
        values![by.workspace, member, by.now],
    )
    .await?;
    Ok(())
}
