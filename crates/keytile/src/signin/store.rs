//! SQL of sessions, unfinished sign-ins, passkeys and invitations.

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{MemberId, SessionId, Timestamp};

use super::session::{Found, Session};
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members;
use crate::values;

pub(super) async fn insert_session(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    hash: &[u8],
    user_agent: &str,
    expires_at: Timestamp,
) -> Result<SessionId> {
    let id = SessionId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO session (id, workspace_id, member_id, hash, user_agent, created_at, confirmed_at, last_seen_at,
                              expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)",
        values![id, by.workspace, member, hash, user_agent, by.now, expires_at],
    )
    .await?;
    Ok(id)
}

/// The one statement of every page request: the session, and what its member is now.
pub(super) async fn find_session(tx: &mut Tx, hash: &[u8]) -> Result<Option<Found>> {
    let row = tx
        .optional(
            "SELECT s.id, s.workspace_id, s.member_id, s.confirmed_at, s.last_seen_at, s.expires_at,
                    m.name, m.email, m.suspended_at, m.removed_at, r.role, w.name AS workspace_name,
                    (SELECT p.status FROM portal p WHERE p.workspace_id = s.workspace_id) AS portal_status,
                    (SELECT COUNT(*) FROM notification n WHERE n.member_id = s.member_id AND n.seen_at IS NULL) AS news
             FROM session s
             JOIN member m ON m.id = s.member_id
             JOIN member_role r ON r.member_id = s.member_id AND r.ended_at IS NULL
             JOIN workspace w ON w.id = s.workspace_id
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
            workspace_name: row.text("workspace_name")?,
            has_news: row.int("news")? > 0,
            portal_needs_update: row.opt_text("portal_status")?.as_deref() == Some("update"),
            last_seen_at: row.at("last_seen_at")?,
            expires_at: row.at("expires_at")?,
        })
    })
    .transpose()
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

pub(super) async fn end_all_sessions(tx: &mut Tx, by: &By, member: MemberId) -> Result<u64> {
    tx.execute(
        "UPDATE session SET ended_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now],
    )
    .await
}
