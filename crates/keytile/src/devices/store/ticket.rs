//! SQL of tickets.

use model::{SessionId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::db::{Error, Result, Tx};
use crate::devices::tickets::{Kind, Ticket};
use crate::values;

pub(in crate::devices) async fn insert(
    tx: &mut Tx,
    by: &By,
    hash: &[u8],
    ticket: &Ticket,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO login_ticket (hash, workspace_id, kind, session_id, member_id, account_id, created_at, expires_at, enrolled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            hash,
            by.workspace,
            ticket.kind.code(),
            ticket.session,
            ticket.member,
            ticket.kind.account(),
            by.now,
            expires_at,
            i64::from(ticket.enrolled)
        ],
    )
    .await?;
    Ok(())
}

/// Ends the oldest unused tickets of a session, so that with one more there are at most `most`.
pub(in crate::devices) async fn make_room(
    tx: &mut Tx,
    by: &By,
    session: SessionId,
    most: i64,
) -> Result<()> {
    tx.execute(
        "DELETE FROM login_ticket WHERE workspace_id = $1 AND session_id = $2 AND used_at IS NULL AND hash NOT IN (
             SELECT hash FROM login_ticket WHERE workspace_id = $1 AND session_id = $2 AND used_at IS NULL
             ORDER BY created_at DESC, hash LIMIT $3)",
        values![by.workspace, session, most - 1],
    )
    .await?;
    Ok(())
}

/// Forgets tickets that nobody can use any more.
pub(in crate::devices) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM login_ticket WHERE expires_at < $1", values![before]).await?;
    Ok(())
}

pub(in crate::devices) async fn workspace(tx: &mut Tx, hash: &[u8]) -> Result<Option<WorkspaceId>> {
    let row =
        tx.optional("SELECT workspace_id FROM login_ticket WHERE hash = $1", values![hash]).await?;
    row.map(|row| row.id("workspace_id")).transpose()
}

pub(in crate::devices) async fn take(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Ticket>> {
    let row = tx
        .optional(
            "UPDATE login_ticket SET used_at = $3
             WHERE workspace_id = $1 AND hash = $2 AND used_at IS NULL AND expires_at > $3
             RETURNING session_id, member_id, kind, account_id, enrolled",
            values![workspace, hash, now],
        )
        .await?;
    row.map(|row| {
        let kind = match (row.text("kind")?.as_str(), row.opt_id("account_id")?) {
            ("launch", Some(account)) => Kind::Launch(account),
            ("connect", None) => Kind::Connect,
            (other, _) => {
                let why = format!("{other:?} does not go with its account");
                return Err(Error::Stored { column: "kind", why });
            }
        };
        Ok(Ticket {
            session: row.id("session_id")?,
            member: row.id("member_id")?,
            kind,
            enrolled: row.int("enrolled")? != 0,
        })
    })
    .transpose()
}
