//! SQL of what people want extended, and of the rules for it.

use model::{AccountId, MemberId, PortalId, TileRequestId, Timestamp, WorkspaceId};

use super::{Request, Rules};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

pub(super) async fn rules(tx: &mut Tx, workspace: WorkspaceId) -> Result<Rules> {
    let row = tx
        .optional(
            "SELECT approval_since, tile_quota FROM portal WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    let Some(row) = row else { return Ok(Rules::default()) };
    Ok(Rules { asks: row.opt_at("approval_since")?.is_some(), quota: row.opt_int("tile_quota")? })
}

pub(super) async fn set_rules(tx: &mut Tx, by: &By, rules: Rules) -> Result<bool> {
    let since = rules.asks.then_some(by.now);
    let set = tx
        .execute(
            "UPDATE portal SET tile_quota = $3,
                    approval_since = CASE WHEN $2 IS NULL THEN NULL ELSE COALESCE(approval_since, $2) END
             WHERE workspace_id = $1",
            values![by.workspace, since, rules.quota],
        )
        .await?;
    Ok(set > 0)
}

/// How many tiles a person has extended, or asked for.
pub(super) async fn held(tx: &mut Tx, portal: PortalId, member: MemberId) -> Result<i64> {
    tx.one(
        "SELECT (SELECT COUNT(*) FROM tile WHERE portal_id = $1 AND extended_by = $2 AND ended_at IS NULL)
              + (SELECT COUNT(*) FROM tile_request r JOIN account a ON a.id = r.account_id
                 WHERE r.portal_id = $1 AND r.member_id = $2 AND r.decided_at IS NULL AND a.deleted_at IS NULL) AS n",
        values![portal, member],
    )
    .await?
    .int("n")
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    account: AccountId,
    member: MemberId,
) -> Result<()> {
    let id = TileRequestId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO tile_request (id, workspace_id, portal_id, account_id, member_id, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, portal, account, member, by.now],
    )
    .await?;
    Ok(())
}

/// The names of an account and a member.
pub(super) async fn names(
    tx: &mut Tx,
    account: AccountId,
    member: MemberId,
) -> Result<(String, String)> {
    let row = tx
        .one(
            "SELECT a.name AS account_name, m.name AS member_name FROM account a, member m
             WHERE a.id = $1 AND m.id = $2 AND m.workspace_id = a.workspace_id",
            values![account, member],
        )
        .await?;
    Ok((row.text("account_name")?, row.text("member_name")?))
}

/// Who asked about an account and when, where it waits.
pub(super) async fn open_for(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Option<(String, Timestamp)>> {
    let row = tx
        .optional(
            "SELECT m.name, r.asked_at FROM tile_request r JOIN member m ON m.id = r.member_id
             WHERE r.workspace_id = $1 AND r.account_id = $2 AND r.decided_at IS NULL",
            values![workspace, account],
        )
        .await?;
    row.map(|row| Ok((row.text("name")?, row.at("asked_at")?))).transpose()
}

/// Wishes that wait, of `$which`.
macro_rules! requests {
    ($which:literal) => {
        concat!(
            "SELECT r.id, r.account_id, r.member_id, r.asked_at, a.name AS account_name, m.name AS member_name,
                    (SELECT COUNT(*) FROM tile t
                     WHERE t.portal_id = r.portal_id AND t.extended_by = r.member_id AND t.ended_at IS NULL) AS tiles
             FROM tile_request r JOIN account a ON a.id = r.account_id JOIN member m ON m.id = r.member_id
             WHERE r.workspace_id = $1 AND r.decided_at IS NULL AND a.deleted_at IS NULL ",
            $which
        )
    };
}

pub(super) async fn open(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<TileRequestId>,
    limit: i64,
) -> Result<Vec<Request>> {
    let open = requests!("AND ($2 IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3");
    let rows = tx.all(open, values![workspace, after, limit]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TileRequestId,
) -> Result<Option<Request>> {
    let row = tx.optional(requests!("AND r.id = $2"), values![workspace, id]).await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn decide(
    tx: &mut Tx,
    by: &By,
    id: TileRequestId,
    decision: &str,
    reason: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE tile_request SET decided_at = $3, decided_by = $4, decision = $5, reason = $6
         WHERE workspace_id = $1 AND id = $2 AND decided_at IS NULL",
        values![by.workspace, id, by.now, by.member, decision, reason],
    )
    .await?;
    Ok(())
}

/// Ends the wish that waits for an account. False where none does.
pub(super) async fn withdraw(tx: &mut Tx, by: &By, account: AccountId) -> Result<bool> {
    let ended = tx
        .execute(
            "UPDATE tile_request SET decided_at = $3, decided_by = $4, decision = 'withdrawn'
             WHERE workspace_id = $1 AND account_id = $2 AND decided_at IS NULL",
            values![by.workspace, account, by.now, by.member],
        )
        .await?;
    Ok(ended > 0)
}

fn read(row: &Row) -> Result<Request> {
    Ok(Request {
        id: row.id("id")?,
        account: row.id("account_id")?,
        name: row.text("account_name")?,
        member: row.id("member_id")?,
        by: row.text("member_name")?,
        asked_at: row.at("asked_at")?,
        tiles: row.int("tiles")?,
    })
}
