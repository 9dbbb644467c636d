//! SQL of the connection to a portal.

use model::{DataKeyId, MemberId, PortalId, Timestamp, WorkspaceId};
use portal::Strategy;

use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

/// Whether extending is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalStatus {
    /// Off: tiles rest as they are (C7).
    Off,
    /// On.
    On,
    /// On, but the portal no longer accepts the token: everything waits until it is updated (C6).
    Update,
}

impl PortalStatus {
    /// The status as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Update => "update",
        }
    }

    /// The status that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Off, Self::On, Self::Update].into_iter().find(|s| s.code() == code)
    }
}

/// How we prove to the portal who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// An API token, which belongs to a person.
    Token,
    /// A service app with a key of its own (C4).
    ServiceApp,
}

impl CredentialKind {
    /// The kind as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ServiceApp => "service_app",
        }
    }

    /// The kind that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Token, Self::ServiceApp].into_iter().find(|kind| kind.code() == code)
    }
}

/// The connection of a workspace to its Okta org. The token is ciphertext here.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Its id.
    pub id: PortalId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The org's address, such as `https://acme.okta.com`.
    pub domain: String,
    /// The org's own id: a changed one is another org.
    pub org_id: String,
    /// What `token` is.
    pub credential: CredentialKind,
    /// The sealed API token, or the sealed service app.
    pub token: Vec<u8>,
    /// The version of the token.
    pub token_version: i64,
    /// The data key that sealed it.
    pub data_key: DataKeyId,
    /// Whether extending is on.
    pub status: PortalStatus,
    /// What stands in the way, for people.
    pub status_detail: Option<String>,
    /// When it was turned on.
    pub turned_on_at: Option<Timestamp>,
    /// Grows with each worker that takes over: an older one is refused.
    pub fence: i64,
    /// How people come to see the tiles.
    pub strategy: Strategy,
    /// With what the names of groups begin that an admin made for us, where we may not make our own.
    pub pool_prefix: Option<String>,
    /// Tiles get pictures of their own.
    pub logos: bool,
}

/// A strategy as it is stored.
pub fn strategy_code(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Individual => "individual",
        Strategy::Existing => "existing",
        Strategy::Audience => "audience",
    }
}

/// The strategy that is stored as `code`.
pub fn strategy_from(code: &str) -> Option<Strategy> {
    [Strategy::Individual, Strategy::Existing, Strategy::Audience]
        .into_iter()
        .find(|strategy| strategy_code(*strategy) == code)
}

/// Chooses how people come to see the tiles from now on.
pub async fn set_strategy(
    tx: &mut Tx,
    by: &By,
    strategy: Strategy,
    pool_prefix: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE portal SET strategy = $2, strategy_set_at = $3, strategy_set_by = $4, pool_prefix = $5
         WHERE workspace_id = $1",
        values![by.workspace, strategy_code(strategy), by.now, by.member, pool_prefix],
    )
    .await?;
    Ok(())
}

/// Whether tiles get pictures from now on.
pub async fn set_logos(tx: &mut Tx, by: &By, logos: bool) -> Result<()> {
    tx.execute(
        "UPDATE portal SET logos = $2 WHERE workspace_id = $1",
        values![by.workspace, i64::from(logos)],
    )
    .await?;
    Ok(())
}

/// Makes every tile and audience due without reading the portal again: people come another way from now on.
pub async fn mark_all_softly(tx: &mut Tx, by: &By, priority: i64) -> Result<u64> {
    tx.execute(
        "UPDATE audience SET marked = marked + 1,
                due_at = CASE WHEN due_at IS NULL OR due_at > $2 THEN $2 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $3 THEN $3 ELSE priority END
         WHERE workspace_id = $1 AND gone_at IS NULL AND phase <> 'paused'",
        values![by.workspace, by.now, priority],
    )
    .await?;
    tx.execute(
        "UPDATE tile SET marked = marked + 1,
                due_at = CASE WHEN due_at IS NULL OR due_at > $2 THEN $2 ELSE due_at END,
                priority = CASE WHEN due_at IS NULL OR priority > $3 THEN $3 ELSE priority END
         WHERE workspace_id = $1 AND gone_at IS NULL AND phase <> 'paused'",
        values![by.workspace, by.now, priority],
    )
    .await
}

/// The portal of a workspace.
pub async fn portal(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Portal>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, domain, org_id, token, token_version, data_key_id, status, status_detail,
                    turned_on_at, fence, strategy, credential, pool_prefix, logos
             FROM portal WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every portal of this deployment: each has a worker.
pub async fn all_portals(tx: &mut Tx) -> Result<Vec<Portal>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id, domain, org_id, token, token_version, data_key_id, status, status_detail,
                    turned_on_at, fence, strategy, credential, pool_prefix, logos
             FROM portal ORDER BY id",
            values![],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// What a person entered to turn the portal on, or to update it.
pub struct Connection {
    /// The org's address.
    pub domain: String,
    /// The org's own id.
    pub org_id: String,
    /// The sealed token.
    pub token: Vec<u8>,
    /// Its version.
    pub token_version: i64,
    /// The data key that sealed it.
    pub data_key: DataKeyId,
}

/// Connects the workspace, or replaces the connection that is there.
pub async fn put_portal(tx: &mut Tx, by: &By, id: PortalId, connection: Connection) -> Result<()> {
    tx.execute(
        "INSERT INTO portal (id, workspace_id, domain, org_id, token, token_version, data_key_id, status,
                             turned_on_at, turned_on_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'on', $8, $9, $8)
         ON CONFLICT (workspace_id) DO UPDATE SET domain = excluded.domain, org_id = excluded.org_id,
             token = excluded.token, token_version = excluded.token_version, data_key_id = excluded.data_key_id,
             status = 'on', status_detail = NULL, turned_on_at = excluded.turned_on_at,
             turned_on_by = excluded.turned_on_by, turned_off_at = NULL, turned_off_by = NULL",
        values![
            id, by.workspace, connection.domain, connection.org_id, connection.token, connection.token_version,
            connection.data_key, by.now, by.member
        ],
    )
    .await?;
    Ok(())
}

/// Says what the stored credential is.
pub async fn set_credential_kind(tx: &mut Tx, by: &By, kind: CredentialKind) -> Result<()> {
    tx.execute(
        "UPDATE portal SET credential = $2 WHERE workspace_id = $1",
        values![by.workspace, kind.code()],
    )
    .await?;
    Ok(())
}

/// Turns extending off; the connection stays, for a clean-up and for turning it on again.
pub async fn turn_off(tx: &mut Tx, by: &By) -> Result<()> {
    tx.execute(
        "UPDATE portal SET status = 'off', turned_off_at = $2, turned_off_by = $3 WHERE workspace_id = $1",
        values![by.workspace, by.now, by.member],
    )
    .await?;
    Ok(())
}

/// Says that the connection must be updated, and answers whether that is news. One that has another token by now has been: what was said of the old one
/// came late.
pub async fn set_portal_trouble(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: PortalId,
    token_version: i64,
    (code, text): (&str, &str),
) -> Result<bool> {
    let begun = tx
        .execute(
            "UPDATE portal SET status = 'update', status_code = $4, status_detail = $5
             WHERE workspace_id = $1 AND id = $2 AND token_version = $3 AND status = 'on'",
            values![workspace, id, token_version, code, text],
        )
        .await?;
    if begun == 0 {
        tx.execute(
            "UPDATE portal SET status_code = $4, status_detail = $5
             WHERE workspace_id = $1 AND id = $2 AND token_version = $3 AND status = 'update'",
            values![workspace, id, token_version, code, text],
        )
        .await?;
    }
    Ok(begun > 0)
}

/// Since when some tile has differed for long, where that was told.
pub async fn late_since(tx: &mut Tx, id: PortalId) -> Result<Option<Timestamp>> {
    tx.one("SELECT late_since FROM portal WHERE id = $1", values![id]).await?.opt_at("late_since")
}

/// Notes since when some tile has differed for long, or that none does; answers whether that is news.
pub async fn set_late(tx: &mut Tx, id: PortalId, since: Option<Timestamp>) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE portal SET late_since = $2
             WHERE id = $1 AND CASE WHEN late_since IS NULL THEN 1 ELSE 0 END <> CASE WHEN $2 IS NULL THEN 1 ELSE 0 END",
            values![id, since],
        )
        .await?;
    Ok(changed > 0)
}

/// Makes every tile and audience of the workspace due: after turning on, or with a new token. A leaver's stay as urgent as they are.
pub async fn mark_all(tx: &mut Tx, by: &By, priority: i64) -> Result<u64> {
    tx.execute(
        "UPDATE audience SET marked = marked + 1, refresh = 1, due_at = $2,
                priority = CASE WHEN due_at IS NULL OR priority > $3 THEN $3 ELSE priority END,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL, failures = 0
         WHERE workspace_id = $1 AND gone_at IS NULL AND phase <> 'paused'",
        values![by.workspace, by.now, priority],
    )
    .await?;
    // An app that was made once and whose id is not known is looked for by its address, not made again (C8).
    tx.execute(
        "UPDATE tile SET marked = marked + 1, refresh = 1, due_at = $2,
                priority = CASE WHEN due_at IS NULL OR priority > $3 THEN $3 ELSE priority END,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL, failures = 0,
                sent_at = CASE WHEN app_id IS NULL AND attempt > 0 THEN COALESCE(sent_at, $2) ELSE sent_at END,
                phase = CASE WHEN app_id IS NULL AND attempt > 0 AND ended_at IS NULL THEN 'creating' ELSE phase END
         WHERE workspace_id = $1 AND gone_at IS NULL AND phase <> 'paused'",
        values![by.workspace, by.now, priority],
    )
    .await
}

/// Ends every tile of the workspace: the clean-up after turning off.
pub async fn end_all(tx: &mut Tx, by: &By, priority: i64) -> Result<u64> {
    tx.execute(
        "UPDATE tile SET ended_at = $2, ended_by = $3, marked = marked + 1, due_at = $2, behind_since = $2,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
         WHERE workspace_id = $1 AND ended_at IS NULL",
        values![by.workspace, by.now, by.member, priority],
    )
    .await
}

/// How many tiles stand in the portal.
pub async fn count_tiles(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM tile WHERE workspace_id = $1 AND gone_at IS NULL",
        values![workspace],
    )
    .await?
    .int("n")
}

/// The name of a member in whatever state: whoever extended an account stays named (S44).
pub async fn member_name(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<String> {
    let row = tx
        .optional(
            "SELECT name FROM member WHERE workspace_id = $1 AND id = $2",
            values![workspace, member],
        )
        .await?;
    Ok(row.map(|row| row.text("name")).transpose()?.unwrap_or_default())
}

fn read(row: &Row) -> Result<Portal> {
    Ok(Portal {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        domain: row.text("domain")?,
        org_id: row.text("org_id")?,
        credential: row.code("credential", CredentialKind::from_code)?,
        token: row.bytes("token")?,
        token_version: row.int("token_version")?,
        data_key: row.id("data_key_id")?,
        status: row.code("status", PortalStatus::from_code)?,
        status_detail: row.opt_text("status_detail")?,
        turned_on_at: row.opt_at("turned_on_at")?,
        fence: row.int("fence")?,
        strategy: row.code("strategy", strategy_from)?,
        pool_prefix: row.opt_text("pool_prefix")?,
        logos: row.int("logos")? != 0,
    })
}
