//! SQL of a connection's credentials: the one in use, and the one that stands by.

use jiff::SignedDuration;
use model::{DataKeyId, PortalId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::sync::PortalStatus;
use crate::sync::store::CredentialKind;
use crate::values;

/// How often credentials are looked after.
pub(in crate::settings) const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the credential in use.
pub(in crate::settings) struct InUse {
    pub(in crate::settings) status: PortalStatus,
    pub(in crate::settings) status_code: Option<String>,
    pub(in crate::settings) kind: CredentialKind,
    pub(in crate::settings) entered_at: Option<Timestamp>,
    pub(in crate::settings) entered_by: Option<String>,
    /// When the portal last accepted it, as far as is written down.
    pub(in crate::settings) used_at: Option<Timestamp>,
    pub(in crate::settings) warning: Option<String>,
    /// After how many days it is old.
    pub(in crate::settings) days: i64,
    pub(in crate::settings) old_told_at: Option<Timestamp>,
    pub(in crate::settings) took_over: Option<(Timestamp, String)>,
    /// Tiles that are in the portal.
    pub(in crate::settings) tiles: i64,
}

/// The credential that stands by.
pub(in crate::settings) struct Standby {
    pub(in crate::settings) kind: CredentialKind,
    pub(in crate::settings) sealed: Vec<u8>,
    pub(in crate::settings) version: i64,
    pub(in crate::settings) data_key: DataKeyId,
    pub(in crate::settings) entered_at: Timestamp,
    pub(in crate::settings) entered_by: Option<String>,
    pub(in crate::settings) used_at: Timestamp,
    pub(in crate::settings) warning: Option<String>,
    pub(in crate::settings) problem: Option<String>,
}

/// A credential to store as the standby.
pub(in crate::settings) struct NewStandby {
    pub(in crate::settings) kind: CredentialKind,
    pub(in crate::settings) sealed: Vec<u8>,
    pub(in crate::settings) version: i64,
    pub(in crate::settings) data_key: DataKeyId,
    pub(in crate::settings) warning: Option<String>,
}

pub(in crate::settings) async fn in_use(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<Option<InUse>> {
    let row = tx
        .optional(
            "SELECT p.status, p.status_code, p.credential, p.token_entered_at, p.token_used_at, p.last_audit_at,
                    p.token_warning, p.token_days, p.token_old_told_at, p.took_over_at, p.took_over_why, m.name,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.gone_at IS NULL) AS tiles
             FROM portal p LEFT JOIN member m ON m.id = p.token_entered_by
             WHERE p.workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<InUse> {
    let took_over_why = row.opt_text("took_over_why")?.unwrap_or_default();
    Ok(InUse {
        status: row.code("status", PortalStatus::from_code)?,
        status_code: row.opt_text("status_code")?,
        kind: row.code("credential", CredentialKind::from_code)?,
        entered_at: row.opt_at("token_entered_at")?,
        entered_by: row.opt_text("name")?,
        used_at: row.opt_at("token_used_at")?.max(row.opt_at("last_audit_at")?),
        warning: row.opt_text("token_warning")?,
        days: row.int("token_days")?,
        old_told_at: row.opt_at("token_old_told_at")?,
        took_over: row.opt_at("took_over_at")?.map(|at| (at, took_over_why)),
        tiles: row.int("tiles")?,
    })
}

pub(in crate::settings) async fn standby(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<Option<Standby>> {
    let row = tx
        .optional(
            "SELECT s.credential, s.sealed, s.version, s.data_key_id, s.entered_at, s.used_at, s.warning, s.problem,
                    m.name
             FROM standby_credential s LEFT JOIN member m ON m.id = s.entered_by
             WHERE s.workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Standby {
            kind: row.code("credential", CredentialKind::from_code)?,
            sealed: row.bytes("sealed")?,
            version: row.int("version")?,
            data_key: row.id("data_key_id")?,
            entered_at: row.at("entered_at")?,
            entered_by: row.opt_text("name")?,
            used_at: row.at("used_at")?,
            warning: row.opt_text("warning")?,
            problem: row.opt_text("problem")?,
        })
    })
    .transpose()
}

/// The version of the next credential of a connection: higher than any that it ever had.
pub(in crate::settings) async fn next_version(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    let row = tx
        .optional(
            "SELECT CASE WHEN last_version > token_version THEN last_version ELSE token_version END AS n
             FROM portal WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    Ok(row.map(|row| row.int("n")).transpose()?.unwrap_or(0) + 1)
}

/// Another credential is in use from now on, with a life of its own.
pub(in crate::settings) async fn begin_life(
    tx: &mut Tx,
    by: &By,
    warning: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE portal SET token_entered_at = $2, token_entered_by = $3, token_used_at = $2, token_warning = $4,
                token_old_told_at = NULL, knock_at = $5, last_version = token_version, took_over_at = NULL,
                took_over_why = NULL, status_code = NULL
         WHERE workspace_id = $1",
        values![by.workspace, by.now, by.member, warning, by.now + EVERY],
    )
    .await?;
    Ok(())
}

/// Keeps a credential to stand by, in the place of the one before.
pub(in crate::settings) async fn put_standby(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    new: NewStandby,
) -> Result<()> {
    tx.execute(
        "UPDATE portal SET last_version = $2, took_over_at = NULL, took_over_why = NULL WHERE id = $1",
        values![portal, new.version],
    )
    .await?;
    tx.execute(
        "INSERT INTO standby_credential (portal_id, workspace_id, credential, sealed, version, data_key_id, entered_at,
                                         entered_by, used_at, warning)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9)
         ON CONFLICT (portal_id) DO UPDATE SET credential = excluded.credential, sealed = excluded.sealed,
             version = excluded.version, data_key_id = excluded.data_key_id, entered_at = excluded.entered_at,
             entered_by = excluded.entered_by, used_at = excluded.used_at, warning = excluded.warning, problem = NULL",
        values![
            portal, by.workspace, new.kind.code(), new.sealed, new.version, new.data_key, by.now, by.member,
            new.warning
        ],
    )
    .await?;
    Ok(())
}

/// Forgets the standby, and that one took over.
pub(in crate::settings) async fn forget_standby(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    tx.execute("DELETE FROM standby_credential WHERE workspace_id = $1", values![workspace])
        .await?;
    tx.execute(
        "UPDATE portal SET took_over_at = NULL, took_over_why = NULL WHERE workspace_id = $1",
        values![workspace],
    )
    .await?;
    Ok(())
}

/// Puts the standby in the place of the credential with this version, where there is one that works.
pub(in crate::settings) async fn promote(
    tx: &mut Tx,
    by: &By,
    portal: PortalId,
    token_version: i64,
    why: &str,
) -> Result<bool> {
    let promoted = tx
        .execute(
            "UPDATE portal SET token = s.sealed, token_version = s.version, data_key_id = s.data_key_id,
                    credential = s.credential, token_entered_at = s.entered_at, token_entered_by = s.entered_by,
                    token_used_at = s.used_at, token_warning = s.warning, token_old_told_at = NULL,
                    took_over_at = $3, took_over_why = $4, status_detail = NULL, status_code = NULL,
                    status = CASE WHEN status = 'off' THEN 'off' ELSE 'on' END
             FROM standby_credential s
             WHERE portal.id = $1 AND portal.token_version = $2 AND s.portal_id = portal.id AND s.problem IS NULL",
            values![portal, token_version, by.now, why],
        )
        .await?;
    if promoted > 0 {
        tx.execute("DELETE FROM standby_credential WHERE portal_id = $1", values![portal]).await?;
    }
    Ok(promoted > 0)
}

/// The connection is let in again, with the credential that it has.
pub(in crate::settings) async fn resume(tx: &mut Tx, by: &By) -> Result<bool> {
    let resumed = tx
        .execute(
            "UPDATE portal SET status = 'on', status_detail = NULL, status_code = NULL, token_used_at = $2
             WHERE workspace_id = $1 AND status = 'update'",
            values![by.workspace, by.now],
        )
        .await?;
    Ok(resumed > 0)
}

/// Connections whose credentials are to be looked after by now.
pub(in crate::settings) async fn due(tx: &mut Tx, now: Timestamp) -> Result<Vec<WorkspaceId>> {
    let rows = tx
        .all(
            "SELECT workspace_id FROM portal WHERE knock_at IS NULL OR knock_at <= $1 ORDER BY knock_at LIMIT 20",
            values![now],
        )
        .await?;
    rows.iter().map(|row| row.id("workspace_id")).collect()
}

/// Takes the task on until `again`: whoever comes second leaves it.
pub(in crate::settings) async fn claim(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: Timestamp,
    again: Timestamp,
) -> Result<bool> {
    let claimed = tx
        .execute(
            "UPDATE portal SET knock_at = $3 WHERE workspace_id = $1 AND (knock_at IS NULL OR knock_at <= $2)",
            values![workspace, now, again],
        )
        .await?;
    Ok(claimed > 0)
}

/// The credentials are looked after at this instant, and then as ever.
pub(in crate::settings) async fn look_at(
    tx: &mut Tx,
    workspace: WorkspaceId,
    at: Timestamp,
) -> Result<()> {
    tx.execute("UPDATE portal SET knock_at = $2 WHERE workspace_id = $1", values![workspace, at])
        .await?;
    Ok(())
}

/// The credential in use was accepted.
pub(in crate::settings) async fn note_use(tx: &mut Tx, by: &By) -> Result<()> {
    tx.execute(
        "UPDATE portal SET token_used_at = $2 WHERE workspace_id = $1",
        values![by.workspace, by.now],
    )
    .await?;
    Ok(())
}

/// The standby with this version was accepted, or not for this reason.
pub(in crate::settings) async fn note_standby(
    tx: &mut Tx,
    by: &By,
    version: i64,
    problem: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE standby_credential SET problem = $3, used_at = CASE WHEN $3 IS NULL THEN $4 ELSE used_at END
         WHERE workspace_id = $1 AND version = $2",
        values![by.workspace, version, problem, by.now],
    )
    .await?;
    Ok(())
}

/// That the token is old has been told.
pub(in crate::settings) async fn note_told(tx: &mut Tx, by: &By) -> Result<()> {
    tx.execute(
        "UPDATE portal SET token_old_told_at = $2 WHERE workspace_id = $1",
        values![by.workspace, by.now],
    )
    .await?;
    Ok(())
}

/// After how many days a token is old.
pub(in crate::settings) async fn set_days(tx: &mut Tx, by: &By, days: i64) -> Result<()> {
    tx.execute(
        "UPDATE portal SET token_days = $2, token_old_told_at = NULL WHERE workspace_id = $1",
        values![by.workspace, days],
    )
    .await?;
    Ok(())
}
