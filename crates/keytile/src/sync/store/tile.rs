//! SQL of tiles: rows that say "this account is extended", for the use-cases. The worker's own is in `worker/store.rs`.

use std::collections::BTreeSet;

use model::access::Actor;
use model::{AccountId, AudienceId, LaunchId, MemberId, PortalId, TileId, Timestamp, WorkspaceId};
use portal::Priority;

use super::phase::Phase;
use super::portal::Portal;
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::sync::{Chosen, Named, rank};
use crate::values;

/// A tile as its row tells.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its id.
    pub id: TileId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its portal.
    pub portal: PortalId,
    /// The account that it opens.
    pub account: AccountId,
    /// The opaque part of its URL.
    pub launch: LaunchId,
    /// The label that the portal should show.
    pub label: String,
    /// The number of the duplicate.
    pub label_number: i64,
    /// When the account was extended.
    pub extended_at: Timestamp,
    /// By whom.
    pub extended_by: MemberId,
    /// When somebody asked to remove it.
    pub ended_at: Option<Timestamp>,
    /// When the portal confirmed that it is gone.
    pub gone_at: Option<Timestamp>,
    /// How far it is.
    pub phase: Phase,
    /// What our own steps explain (`portal::Confirmed`).
    pub confirmed: String,
    /// The portal's id of its app.
    pub app_id: Option<String>,
    /// How many creates were sent.
    pub attempt: i64,
    /// When the last create was sent.
    pub sent_at: Option<Timestamp>,
    /// When a complete scan last found no app.
    pub scanned_at: Option<Timestamp>,
    /// The label that the portal last confirmed.
    pub mirror_label: Option<String>,
    /// The URL that the portal last confirmed.
    pub mirror_url: Option<String>,
    /// `active` or `inactive`, as the portal last confirmed.
    pub mirror_status: Option<String>,
    /// How many marks it got.
    pub marked: i64,
    /// The mark up to which everything is confirmed.
    pub settled: i64,
    /// When the worker looks next.
    pub due_at: Option<Timestamp>,
    /// How urgent that is.
    pub priority: i64,
    /// True where the portal itself must be read, not our mirror.
    pub refresh: bool,
    /// How often in a row it failed.
    pub failures: i64,
    /// When everything was last confirmed (S34).
    pub synced_at: Option<Timestamp>,
    /// Whom to tell of the outcome.
    pub notify: Option<MemberId>,
    /// A stable word for what stands in the way.
    pub problem: Option<String>,
    /// The same for people.
    pub problem_detail: Option<String>,
    /// The portal's id of the request that failed.
    pub problem_request_id: Option<String>,
    /// Steps done in this run.
    pub steps_done: i64,
    /// Steps of this run.
    pub steps_total: i64,
    /// The audience whose group shows it, where people come to it by a group.
    pub audience: Option<AudienceId>,
}

/// A query of tiles as [`tile`] reads them, with what follows `FROM tile t`. A change may have noted marks that the worker
/// has not put on the tile yet: they count.
macro_rules! tile_rows {
    ($rest:literal) => {
        $crate::sync::store::tile_rows!("", $rest)
    };
    ($extra:literal, $rest:literal) => {
        concat!(
            "SELECT t.*, (SELECT m.marks FROM tile_mark m WHERE m.tile_id = t.id) AS noted_marks",
            $extra,
            " FROM tile t ",
            $rest
        )
    };
}
pub(in crate::sync) use tile_rows;

pub(in crate::sync) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    portal: &Portal,
    account: AccountId,
    launch: LaunchId,
    label: &Chosen,
    priority: Priority,
) -> Result<TileId> {
    let id = TileId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO tile (id, workspace_id, portal_id, account_id, launch_id, label, label_key, label_number,
                           extended_at, extended_by, phase, due_at, behind_since, priority, notify_member_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', $9, $9, $11, $10)",
        values![
            id, by.workspace, portal.id, account, launch.as_bytes().as_slice(), &label.text, &label.key,
            i64::from(label.number), by.now, by.member, rank(priority)
        ],
    )
    .await?;
    Ok(id)
}

/// The tile of an account that nobody has asked to remove.
pub async fn find_live(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Option<Tile>> {
    let row = tx
        .optional(
            tile_rows!("WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL"),
            values![workspace, account],
        )
        .await?;
    row.as_ref().map(tile).transpose()
}

/// The tile of an account that the portal may still show: the live one, else one that is being removed.
pub async fn newest(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Option<Tile>> {
    let row = tx
        .optional(
            tile_rows!(
                "WHERE workspace_id = $1 AND account_id = $2 AND gone_at IS NULL
             ORDER BY ended_at IS NOT NULL, id DESC LIMIT 1"
            ),
            values![workspace, account],
        )
        .await?;
    row.as_ref().map(tile).transpose()
}

/// The tile behind a launch URL. Removed ones are found too: the caller says what to do with them.
pub async fn find_by_launch(tx: &mut Tx, launch: LaunchId) -> Result<Option<Tile>> {
    let row = tx
        .optional(tile_rows!("WHERE t.launch_id = $1"), values![launch.as_bytes().as_slice()])
        .await?;
    row.as_ref().map(tile).transpose()
}

/// Live tiles of the accounts in question, for lists.
pub async fn list_live(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Tile>> {
    let rows = tx
        .all(
            tile_rows!("WHERE workspace_id = $1 AND gone_at IS NULL ORDER BY id LIMIT 10000"),
            values![workspace],
        )
        .await?;
    rows.iter().map(tile).collect()
}

/// The extended accounts that the actor owns by any path.
pub async fn owned_accounts(tx: &mut Tx, actor: &Actor) -> Result<Vec<AccountId>> {
    let rows = tx
        .all(
            "SELECT t.account_id FROM tile t
             WHERE t.workspace_id = $1 AND t.ended_at IS NULL AND EXISTS (
                 SELECT 1 FROM share s
                 WHERE s.account_id = t.account_id AND s.ended_at IS NULL AND s.role = 'owner'
                   AND (s.member_id = $2 OR s.team_id IN (
                       SELECT m.team_id FROM team_membership m WHERE m.member_id = $2 AND m.ended_at IS NULL))
                 UNION ALL
                 SELECT 1 FROM collection_item i
                 JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                 JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL AND s.role = 'owner'
                 WHERE i.account_id = t.account_id AND i.ended_at IS NULL
                   AND (s.member_id = $2 OR s.team_id IN (
                       SELECT m.team_id FROM team_membership m WHERE m.member_id = $2 AND m.ended_at IS NULL)))
             ORDER BY t.id",
            values![actor.workspace, actor.member],
        )
        .await?;
    rows.iter().map(|row| row.id("account_id")).collect()
}

/// What the label of an account is made of.
pub(in crate::sync) async fn account_names(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Option<Named>> {
    let row = tx
        .optional(
            "SELECT name, app_name, login_url FROM account WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL",
            values![workspace, account],
        )
        .await?;
    row.map(|row| {
        Ok(Named::new(
            row.text("name")?,
            row.opt_text("app_name")?,
            row.opt_text("login_url")?.as_deref(),
        ))
    })
    .transpose()
}

/// The labels of the portal that begin as `key` does.
pub(in crate::sync) async fn taken_labels(
    tx: &mut Tx,
    portal: &Portal,
    key: &str,
    own: Option<TileId>,
) -> Result<BTreeSet<String>> {
    let end = format!("{key}\u{10FFFF}");
    let rows = tx
        .all(
            "SELECT label_key FROM tile
             WHERE portal_id = $1 AND ended_at IS NULL AND label_key >= $2 AND label_key < $3 AND ($4 IS NULL OR id <> $4)",
            values![portal.id, key, end, own],
        )
        .await?;
    rows.iter().map(|row| row.text("label_key")).collect()
}

pub(in crate::sync) async fn is_taken(
    tx: &mut Tx,
    portal: &Portal,
    key: &str,
    own: Option<TileId>,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS taken FROM tile
             WHERE portal_id = $1 AND ended_at IS NULL AND label_key = $2 AND ($3 IS NULL OR id <> $3)",
            values![portal.id, key, own],
        )
        .await?;
    Ok(row.is_some())
}

pub(in crate::sync) async fn set_label(
    tx: &mut Tx,
    by: &By,
    id: TileId,
    label: &Chosen,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET label = $3, label_key = $4, label_number = $5 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, &label.text, &label.key, i64::from(label.number)],
    )
    .await?;
    Ok(())
}

/// Asks the worker to read the portal itself.
pub(in crate::sync) async fn refresh(
    tx: &mut Tx,
    by: &By,
    id: TileId,
    notify: MemberId,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET marked = marked + 1, refresh = 1, due_at = $3, notify_member_id = $5, failures = 0,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, rank(Priority::Person), notify],
    )
    .await?;
    Ok(())
}

/// Nobody waits for this one by itself: whoever asked for many is told at the end, and the rest goes first.
pub(in crate::sync) async fn ask_quietly(tx: &mut Tx, by: &By, id: TileId) -> Result<()> {
    tx.execute(
        "UPDATE tile SET notify_member_id = NULL, priority = CASE WHEN priority = $4 THEN $5 ELSE priority END
         WHERE workspace_id = $1 AND id = $2 AND notify_member_id = $3",
        values![by.workspace, id, by.member, rank(Priority::Person), rank(Priority::FirstSync)],
    )
    .await?;
    Ok(())
}

/// Ends a pause: what was deactivated is activated. Without an app on record one is searched for, as it may only have been
/// out of sight, and then made anew. A tile that was not paused goes on where it is: no unknown create is forgotten.
pub(in crate::sync) async fn restart(
    tx: &mut Tx,
    by: &By,
    id: TileId,
    notify: MemberId,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET marked = marked + 1, refresh = 1, due_at = $3, notify_member_id = $5, failures = 0,
                priority = CASE WHEN due_at IS NULL OR priority > $4 THEN $4 ELSE priority END,
                confirmed = CASE WHEN phase = 'paused' THEN 'nothing' ELSE confirmed END,
                scanned_at = CASE WHEN phase = 'paused' AND app_id IS NULL THEN sent_at ELSE scanned_at END,
                phase = CASE WHEN phase <> 'paused' THEN phase WHEN app_id IS NOT NULL THEN 'live'
                             WHEN sent_at IS NULL THEN 'new' ELSE 'creating' END,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now, rank(Priority::Person), notify],
    )
    .await?;
    Ok(())
}

/// Somebody asked to remove it.
pub(in crate::sync) async fn end(
    tx: &mut Tx,
    by: &By,
    id: TileId,
    priority: Priority,
) -> Result<()> {
    tx.execute(
        "UPDATE tile SET ended_at = $3, ended_by = $4, marked = marked + 1, due_at = $3, behind_since = $3,
                priority = CASE WHEN due_at IS NULL OR priority > $5 THEN $5 ELSE priority END, failures = 0,
                notify_member_id = NULL, problem = NULL, problem_detail = NULL, problem_request_id = NULL
         WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member, rank(priority)],
    )
    .await?;
    Ok(())
}

pub(in crate::sync) fn tile(row: &Row) -> Result<Tile> {
    let launch: [u8; 16] = row
        .bytes("launch_id")?
        .try_into()
        .map_err(|_| Error::Stored { column: "launch_id", why: "not 16 bytes".into() })?;
    Ok(Tile {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        portal: row.id("portal_id")?,
        account: row.id("account_id")?,
        launch: LaunchId::from_bytes(launch),
        label: row.text("label")?,
        label_number: row.int("label_number")?,
        extended_at: row.at("extended_at")?,
        extended_by: row.id("extended_by")?,
        ended_at: row.opt_at("ended_at")?,
        gone_at: row.opt_at("gone_at")?,
        phase: row.code("phase", Phase::from_code)?,
        confirmed: row.text("confirmed")?,
        app_id: row.opt_text("app_id")?,
        attempt: row.int("attempt")?,
        sent_at: row.opt_at("sent_at")?,
        scanned_at: row.opt_at("scanned_at")?,
        mirror_label: row.opt_text("mirror_label")?,
        mirror_url: row.opt_text("mirror_url")?,
        mirror_status: row.opt_text("mirror_status")?,
        marked: row.int("marked")? + row.opt_int("noted_marks")?.unwrap_or(0),
        settled: row.int("settled")?,
        due_at: row.opt_at("due_at")?,
        priority: row.int("priority")?,
        refresh: row.int("refresh")? != 0,
        failures: row.int("failures")?,
        synced_at: row.opt_at("synced_at")?,
        notify: row.opt_id("notify_member_id")?,
        problem: row.opt_text("problem")?,
        problem_detail: row.opt_text("problem_detail")?,
        problem_request_id: row.opt_text("problem_request_id")?,
        steps_done: row.int("steps_done")?,
        steps_total: row.int("steps_total")?,
        audience: row.opt_id("audience_id")?,
    })
}
