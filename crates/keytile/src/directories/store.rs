//! SQL of directories and SCIM tokens.

pub mod identities;

use jiff::SignedDuration;
use model::{ApiKeyId, DataKeyId, DirectoryId, Timestamp, WorkspaceId};
use scim::Dialect;

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

/// The first push of everybody is over by then.
const FIRST_CHECK: SignedDuration = SignedDuration::from_mins(20);

/// The directory of a workspace. The client secret is ciphertext here.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Its id.
    pub id: DirectoryId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The issuer of its ID tokens, without a trailing slash.
    pub issuer: Option<String>,
    /// The client id of our OIDC app there.
    pub client_id: Option<String>,
    /// The sealed client secret.
    pub client_secret: Option<Vec<u8>>,
    /// Its version.
    pub client_secret_version: i64,
    /// The data key that sealed it.
    pub data_key: Option<DataKeyId>,
    /// What its SCIM client expects of answers.
    pub dialect: Dialect,
}

/// A SCIM token, without the token.
#[derive(Debug, Clone)]
pub struct ScimToken {
    /// Its id.
    pub id: ApiKeyId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// The directory of a workspace.
pub async fn find(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Directory>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, issuer, client_id, client_secret, client_secret_version, data_key_id, dialect
             FROM directory WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.as_ref().map(directory).transpose()
}

/// The directory with this id, in whatever workspace: for what it sends by itself.
pub(super) async fn find_by_id(tx: &mut Tx, id: DirectoryId) -> Result<Option<Directory>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, issuer, client_id, client_secret, client_secret_version, data_key_id, dialect
             FROM directory WHERE id = $1",
            values![id],
        )
        .await?;
    row.as_ref().map(directory).transpose()
}

/// Notes that the directory refused somebody at sign-in.
pub async fn note_denied(tx: &mut Tx, workspace: WorkspaceId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE directory SET denied_at = $2 WHERE workspace_id = $1",
        values![workspace, now],
    )
    .await?;
    Ok(())
}

/// Every directory through which people sign in: the sign-in page asks for the workspace only where there are several.
pub async fn all(tx: &mut Tx) -> Result<Vec<Directory>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id, issuer, client_id, client_secret, client_secret_version, data_key_id, dialect
             FROM directory WHERE issuer IS NOT NULL ORDER BY id",
            values![],
        )
        .await?;
    rows.iter().map(directory).collect()
}

/// The directory whose SCIM client holds a token with this hash, and what is known of the token.
pub async fn find_by_scim_token(
    tx: &mut Tx,
    hash: &[u8],
) -> Result<Option<(Directory, ScimToken)>> {
    let row = tx
        .optional(
            "SELECT d.id, d.workspace_id, d.issuer, d.client_id, d.client_secret, d.client_secret_version, d.data_key_id, d.dialect,
                    t.id AS token_id, t.created_at AS token_created_at, t.last_used_at
             FROM scim_token t JOIN directory d ON d.id = t.directory_id
             WHERE t.hash = $1 AND t.ended_at IS NULL",
            values![hash],
        )
        .await?;
    let token = |row: &Row| -> Result<ScimToken> {
        Ok(ScimToken {
            id: row.id("token_id")?,
            created_at: row.at("token_created_at")?,
            last_used_at: row.opt_at("last_used_at")?,
        })
    };
    row.map(|row| Ok((directory(&row)?, token(&row)?))).transpose()
}

pub(super) async fn insert(tx: &mut Tx, by: &mut By) -> Result<DirectoryId> {
    let id = DirectoryId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO directory (id, workspace_id, created_at) VALUES ($1, $2, $3)",
        values![id, by.workspace, by.now],
    )
    .await?;
    Ok(id)
}

pub(super) async fn set_sign_in(
    tx: &mut Tx,
    by: &By,
    id: DirectoryId,
    issuer: &str,
    client_id: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET issuer = $3, client_id = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, issuer, client_id],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_dialect(
    tx: &mut Tx,
    by: &By,
    id: DirectoryId,
    dialect: Dialect,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET dialect = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, dialect.code()],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_client_secret(
    tx: &mut Tx,
    by: &By,
    id: DirectoryId,
    sealed: Vec<u8>,
    version: i64,
    key: DataKeyId,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET client_secret = $3, client_secret_version = $4, data_key_id = $5
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, sealed, version, key],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_scim_token(
    tx: &mut Tx,
    by: &mut By,
    directory: DirectoryId,
    hash: &[u8],
) -> Result<()> {
    let id = ApiKeyId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO scim_token (id, workspace_id, directory_id, hash, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, directory, hash, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn end_scim_token(tx: &mut Tx, by: &By, id: ApiKeyId) -> Result<()> {
    tx.execute(
        "UPDATE scim_token SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

/// Remembers that a token was used; called at most once a minute for each. Its first use begins the hourly comparison.
pub async fn touch_scim_token(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE scim_token SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![workspace, id, now],
    )
    .await?;
    tx.execute(
        "UPDATE directory SET check_due_at = $2 WHERE workspace_id = $1 AND check_due_at IS NULL",
        values![workspace, now + FIRST_CHECK],
    )
    .await?;
    Ok(())
}

pub(super) async fn scim_tokens(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<ScimToken>> {
    let rows = tx
        .all(
            "SELECT id, created_at, last_used_at FROM scim_token
             WHERE workspace_id = $1 AND ended_at IS NULL ORDER BY id",
            values![workspace],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ScimToken {
                id: row.id("id")?,
                created_at: row.at("created_at")?,
                last_used_at: row.opt_at("last_used_at")?,
            })
        })
        .collect()
}

fn directory(row: &Row) -> Result<Directory> {
    Ok(Directory {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        issuer: row.opt_text("issuer")?,
        client_id: row.opt_text("client_id")?,
        client_secret: row.opt_bytes("client_secret")?,
        client_secret_version: row.int("client_secret_version")?,
        data_key: row.opt_id("data_key_id")?,
        dialect: row.code("dialect", Dialect::from_code)?,
    })
}
