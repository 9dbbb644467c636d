//! SQL of grants, and of the key that signs them.

pub(super) mod history;

use model::{AccountId, DataKeyId, DeviceId, GrantId, MemberId, Timestamp, WorkspaceId};

use super::{Grant, Outcome, Told};
use crate::actor::By;
use crate::db::{Error, Result, Tx};
use crate::devices::Device;
use crate::values;

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    device: &Device,
    account: AccountId,
    expires_at: Timestamp,
    resumed: Option<&Grant>,
) -> Result<GrantId> {
    let id = GrantId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO login_grant (id, workspace_id, member_id, account_id, device_id, session_id, created_at, expires_at,
                                  resumed_from, resumes, launched_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            by.workspace,
            device.actor.member,
            account,
            device.id,
            device.session,
            by.now,
            expires_at,
            resumed.map(|grant| grant.id),
            resumed.map_or(0, |grant| grant.resumes + 1),
            resumed.map(|grant| grant.launched_at)
        ],
    )
    .await?;
    Ok(id)
}

/// A grant of this device; another's does not exist for it.
pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    device: DeviceId,
    id: GrantId,
) -> Result<Option<Grant>> {
    let row = tx
        .optional(
            "SELECT id, account_id, created_at, COALESCE(launched_at, created_at) AS launched_at, expires_at, codes, outcome,
                    ended_at, resumes
             FROM login_grant
             WHERE workspace_id = $1 AND id = $2 AND device_id = $3",
            values![workspace, id, device],
        )
        .await?;
    row.map(|row| {
        let outcome = row.opt_text("outcome")?.map(|code| {
            let why = format!("unknown word {code:?}");
            Outcome::from_code(&code).ok_or(Error::Stored { column: "outcome", why })
        });
        Ok(Grant {
            id: row.id("id")?,
            account: row.id("account_id")?,
            created_at: row.at("created_at")?,
            launched_at: row.at("launched_at")?,
            expires_at: row.at("expires_at")?,
            codes: row.int("codes")?,
            outcome: outcome.transpose()?,
            ended_at: row.opt_at("ended_at")?,
            resumes: row.int("resumes")?,
        })
    })
    .transpose()
}

pub(super) async fn set_progress(
    tx: &mut Tx,
    by: &mut By,
    id: GrantId,
    step: &str,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE login_grant SET step = $3, progressed_at = $4, expires_at = $5 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, step, by.now, expires_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn count_code(tx: &mut Tx, by: &By, id: GrantId) -> Result<()> {
    tx.execute(
        "UPDATE login_grant SET codes = codes + 1 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id],
    )
    .await?;
    Ok(())
}

/// True for whoever tells first.
pub(super) async fn end(tx: &mut Tx, by: &By, id: GrantId, told: &Told) -> Result<bool> {
    let ended = tx
        .execute(
            "UPDATE login_grant SET outcome = $3, origin = $4, duration_ms = $5, ended_at = $6
             WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
            values![
                by.workspace,
                id,
                told.outcome.code(),
                told.origin.as_deref(),
                told.duration_ms,
                by.now
            ],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends what was given to a member since `since`: earlier grants are over by themselves.
pub(super) async fn end_all(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    since: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE login_grant SET outcome = $5, ended_at = $3
         WHERE workspace_id = $1 AND member_id = $2 AND created_at >= $4 AND ended_at IS NULL",
        values![by.workspace, member, by.now, since, Outcome::NoAccess.code()],
    )
    .await?;
    Ok(())
}

pub(super) async fn is_resumed(tx: &mut Tx, id: GrantId) -> Result<bool> {
    let row =
        tx.optional("SELECT id FROM login_grant WHERE resumed_from = $1", values![id]).await?;
    Ok(row.is_some())
}

/// How many grants a member got since then; it does not count beyond `most`.
pub(super) async fn count_since(
    tx: &mut Tx,
    member: MemberId,
    since: Timestamp,
    most: i64,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT id FROM login_grant WHERE member_id = $1 AND created_at > $2 LIMIT $3) g",
        values![member, since, most],
    )
    .await?
    .int("n")
}

/// How many passwords and codes a member looked at or copied since then; it does not count beyond `most`.
pub(super) async fn count_copies_since(
    tx: &mut Tx,
    member: MemberId,
    since: Timestamp,
    most: i64,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT id FROM activity
             WHERE actor_id = $1 AND at > $2 AND event IN ('account.password_revealed', 'account.code_revealed')
             LIMIT $3) a",
        values![member, since, most],
    )
    .await?
    .int("n")
}

pub(super) async fn was_told_since(
    tx: &mut Tx,
    member: MemberId,
    since: Timestamp,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT id FROM member WHERE id = $1 AND unusual_told_at > $2",
            values![member, since],
        )
        .await?;
    Ok(row.is_some())
}

pub(super) async fn set_told(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE member SET unusual_told_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

/// The workspace's signing key, sealed, and the data key that opens it.
pub(super) async fn grant_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<Option<(DataKeyId, Vec<u8>)>> {
    let row = tx
        .optional(
            "SELECT data_key_id, sealed FROM grant_key WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| Ok((row.id("data_key_id")?, row.bytes("sealed")?))).transpose()
}

pub(super) async fn insert_grant_key(
    tx: &mut Tx,
    by: &By,
    key: DataKeyId,
    sealed: Vec<u8>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO grant_key (workspace_id, data_key_id, sealed, created_at) VALUES ($1, $2, $3, $4)",
        values![by.workspace, key, sealed, by.now],
    )
    .await?;
    Ok(())
}
