//! SQL of passkeys.

use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, PasskeyId, WorkspaceId};
use webauthn_rs::prelude::Passkey;

use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::members;
use crate::signin::passkey::{Holder, Standing, View};
use crate::values;

pub(in crate::signin) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    name: &str,
    passkey: &Passkey,
) -> Result<()> {
    let id = PasskeyId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO passkey (id, workspace_id, member_id, credential_id, credential, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![id, by.workspace, member, passkey.cred_id().as_slice(), text(passkey), name, by.now],
    )
    .await?;
    Ok(())
}

/// Who holds the passkey with this id, in whatever state they are.
pub(in crate::signin) async fn find(tx: &mut Tx, credential_id: &[u8]) -> Result<Option<Holder>> {
    let row = tx
        .optional(
            "SELECT p.id, p.workspace_id, p.member_id, p.credential, m.suspended_at, m.removed_at
             FROM passkey p JOIN member m ON m.id = p.member_id
             WHERE p.credential_id = $1 AND p.ended_at IS NULL",
            values![credential_id],
        )
        .await?;
    row.map(|row| {
        Ok(Holder {
            id: row.id("id")?,
            workspace: row.id("workspace_id")?,
            member: row.id("member_id")?,
            is_active: members::store::status(&row)? == MemberStatus::Active,
            passkey: passkey(&row)?,
        })
    })
    .transpose()
}

/// Whether this member may use passkeys, and why; nobody is none.
pub(in crate::signin) async fn standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<Option<Standing>> {
    let row = tx
        .optional(
            "SELECT m.passkey_approved_at, r.role,
                    CAST(CASE WHEN EXISTS (SELECT 1 FROM identity i JOIN directory d ON d.id = i.directory_id
                                           WHERE i.member_id = m.id AND i.ended_at IS NULL
                                             AND i.external_id IS NOT NULL AND d.issuer IS NOT NULL)
                         THEN 1 ELSE 0 END AS BIGINT) AS by_directory
             FROM member m JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE m.workspace_id = $1 AND m.id = $2",
            values![workspace, member],
        )
        .await?;
    row.map(|row| {
        Ok(Standing::of(
            row.int("by_directory")? > 0,
            row.code("role", WorkspaceRole::from_code)?,
            row.opt_at("passkey_approved_at")?,
        ))
    })
    .transpose()
}

/// What a member's authenticators hold, by our id.
pub(in crate::signin) async fn of_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<Vec<(View, Passkey)>> {
    let rows = tx
        .all(
            "SELECT id, name, credential, created_at, last_used_at FROM passkey
             WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL ORDER BY id",
            values![workspace, member],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let view = View {
                id: row.id("id")?,
                name: row.text("name")?,
                created_at: row.at("created_at")?,
                last_used_at: row.opt_at("last_used_at")?,
            };
            Ok((view, passkey(row)?))
        })
        .collect()
}

/// Notes a use, with the authenticator's counter where it has moved on.
pub(in crate::signin) async fn used(
    tx: &mut Tx,
    by: &By,
    id: PasskeyId,
    now: &Passkey,
) -> Result<()> {
    tx.execute(
        "UPDATE passkey SET credential = $3, last_used_at = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, text(now), by.now],
    )
    .await?;
    Ok(())
}

/// True where a live passkey of this member was ended.
pub(in crate::signin) async fn end(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    id: PasskeyId,
) -> Result<bool> {
    let ended = tx
        .execute(
            "UPDATE passkey SET ended_at = $4
             WHERE workspace_id = $1 AND member_id = $2 AND id = $3 AND ended_at IS NULL",
            values![by.workspace, member, id, by.now],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends every passkey of a leaver.
pub(in crate::signin) async fn end_all(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE passkey SET ended_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now],
    )
    .await?;
    Ok(())
}

fn text(passkey: &Passkey) -> String {
    serde_json::to_string(passkey).expect("a passkey is plain data")
}

fn passkey(row: &Row) -> Result<Passkey> {
    serde_json::from_str(&row.text("credential")?)
        .map_err(|e| Error::Stored { column: "credential", why: e.to_string() })
}
