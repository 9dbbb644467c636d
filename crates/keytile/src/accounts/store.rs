//! SQL of accounts. Secrets are ciphertext here.

pub(super) mod login;

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{AccountId, DataKeyId, WorkspaceId};

use super::secrets::NewSealed;
use super::{Account, StepUp, Valid, level_of};
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::members::store::{contains, key as fold, status};
use crate::sharing::store_role;
use crate::values;

/// The ciphertexts of one account.
pub(super) struct Sealed {
    pub(super) key: DataKeyId,
    pub(super) password: Option<Vec<u8>>,
    pub(super) password_version: i64,
    pub(super) totp: Option<Vec<u8>>,
    pub(super) totp_version: i64,
    pub(super) notes: Option<Vec<u8>>,
    pub(super) notes_version: i64,
    /// How its login page is filled in, as JSON; no secret.
    pub(super) recipe: Option<String>,
}

/// Where a page of accounts ends: the next one begins after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// How the last account is sorted.
    pub key: String,
    /// The last account.
    pub id: AccountId,
}

impl Cursor {
    /// The cursor after this account.
    pub fn after(account: &Account) -> Self {
        Self {
            key: search_key(&account.name, account.app_name.as_deref(), &account.username),
            id: account.id,
        }
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    key: DataKeyId,
    valid: &Valid,
    sealed: NewSealed,
) -> Result<()> {
    let search = search_key(&valid.name, valid.app_name.as_deref(), &valid.username);
    tx.execute(
        "INSERT INTO account (id, workspace_id, name, app_name, login_url, username, search_key, data_key_id,
                              password, password_version, totp, totp_version, notes, notes_version,
                              version, created_at, created_by, updated_at, origins, recipe,
                              step_up_minutes, step_up_acr)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, 1, $11, 1, 1, $12, $13, $12, $14, $15, $16, $17)",
        values![
            id, by.workspace, &valid.name, valid.app_name.clone(), valid.login_url.clone(), &valid.username, search,
            key, sealed.password, sealed.totp, sealed.notes, by.now, by.member,
            valid.origins.as_deref().map(origins_text), valid.recipe.as_ref().map(ToString::to_string),
            valid.step_up.max_age_minutes, valid.step_up.acr.clone()
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, by: &By, id: AccountId, valid: &Valid) -> Result<()> {
    let search = search_key(&valid.name, valid.app_name.as_deref(), &valid.username);
    tx.execute(
        "UPDATE account SET name = $3, app_name = $4, login_url = $5, username = $6, search_key = $7,
                version = version + 1, updated_at = $8, origins = $9, recipe = $10,
                step_up_minutes = $11, step_up_acr = $12
         WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL",
        values![
            by.workspace, id, &valid.name, valid.app_name.clone(), valid.login_url.clone(), &valid.username, search, by.now,
            valid.origins.as_deref().map(origins_text), valid.recipe.as_ref().map(ToString::to_string),
            valid.step_up.max_age_minutes, valid.step_up.acr.clone()
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_password(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    sealed: Option<Vec<u8>>,
    version: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET password = $3, password_version = $4, password_rejected_at = NULL WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, sealed, version],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_totp(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    sealed: Option<Vec<u8>>,
    version: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET totp = $3, totp_version = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, sealed, version],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_notes(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    sealed: Option<Vec<u8>>,
    version: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET notes = $3, notes_version = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, sealed, version],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_disabled(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    disabled: bool,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET disabled_at = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, disabled.then_some(by.now), by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, by: &By, id: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET deleted_at = $3, deleted_by = $4 WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    tx.execute(
        "UPDATE collection_item SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, actor: &Actor, id: AccountId) -> Result<Option<Account>> {
    Ok(find_sealed(tx, actor, id).await?.map(|(account, _)| account))
}

/// The account with its ciphertexts and the greatest role code of all the actor's paths; `extra` and `joins` add what else
/// is asked for.
macro_rules! account_with_role {
    ($extra:literal, $joins:literal) => {
        concat!(
            "SELECT a.id, a.name, a.app_name, a.login_url, a.username, a.data_key_id, a.password, a.password_version,
                    a.totp IS NOT NULL AS has_totp, a.totp, a.totp_version, a.notes, a.notes_version, a.version,
                    a.origins, a.recipe, a.password_rejected_at, a.step_up_minutes, a.step_up_acr,
                    a.created_at, a.updated_at, a.disabled_at, a.password IS NOT NULL AS has_password, ",
            $extra,
            "(SELECT MAX(g.role) FROM (
                        SELECT s.role FROM share s
                        WHERE s.account_id = a.id AND s.ended_at IS NULL AND (s.member_id = $3 OR EXISTS (
                            SELECT 1 FROM team_membership m WHERE m.team_id = s.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
                        UNION ALL
                        SELECT s.role FROM collection_item i
                        JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
                        JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
                        WHERE i.account_id = a.id AND i.ended_at IS NULL AND (s.member_id = $3 OR EXISTS (
                            SELECT 1 FROM team_membership m WHERE m.team_id = s.team_id AND m.member_id = $3 AND m.ended_at IS NULL))
                    ) g) AS role
             FROM account a ",
            $joins,
            " WHERE a.workspace_id = $1 AND a.id = $2 AND a.deleted_at IS NULL"
        )
    };
}

/// The account, its ciphertexts and the actor's role on it, in one statement.
pub(super) async fn find_sealed(
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
) -> Result<Option<(Account, Sealed)>> {
    let values = values![actor.workspace, id, actor.member];
    let row = tx.optional(account_with_role!("", ""), values).await?;
    row.map(|row| Ok((account(&row, actor)?, sealed_row(&row)?))).transpose()
}

/// As [`find_sealed`], with what the actor is at this moment: they may have been demoted or suspended since the request
/// was read (T28).
pub(super) async fn find_held(
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
) -> Result<Option<(Account, Sealed)>> {
    let values = values![actor.workspace, id, actor.member];
    let sql = account_with_role!(
        "w.role AS workspace_role, me.suspended_at, me.removed_at, ",
        "JOIN member me ON me.id = $3 AND me.workspace_id = $1
         JOIN member_role w ON w.member_id = me.id AND w.ended_at IS NULL"
    );
    let Some(row) = tx.optional(sql, values).await? else { return Ok(None) };
    let present = Actor {
        role: row.code("workspace_role", WorkspaceRole::from_code)?,
        status: status(&row)?,
        ..*actor
    };
    Ok(Some((account(&row, &present)?, sealed_row(&row)?)))
}

pub(super) async fn added_by(tx: &mut Tx, workspace: WorkspaceId, id: AccountId) -> Result<String> {
    let row = tx
        .optional(
            "SELECT m.name FROM account a JOIN member m ON m.id = a.created_by WHERE a.workspace_id = $1 AND a.id = $2",
            values![workspace, id],
        )
        .await?;
    Ok(row.map(|row| row.text("name")).transpose()?.unwrap_or_default())
}

/// A page of what the actor reaches by any path, of those alone that log in at `origin` where it is not empty. Each branch begins at an index of the person or their teams.
pub(super) async fn list(
    tx: &mut Tx,
    actor: &Actor,
    search: &str,
    after: Option<&Cursor>,
    origin: &str,
    limit: i64,
) -> Result<Vec<Account>> {
    let (key, id) = after.map(|c| (c.key.clone(), c.id)).unzip();
    let rows = tx
        .all(
            "SELECT a.id, a.name, a.app_name, a.login_url, a.username, a.version, a.created_at, a.updated_at, a.disabled_at,
                    a.origins, a.password_rejected_at, a.step_up_minutes, a.step_up_acr, a.totp IS NOT NULL AS has_totp, a.password IS NOT NULL AS has_password, h.role
             FROM (
                 SELECT g.account_id, MAX(g.role) AS role FROM (
                     SELECT s.account_id, s.role FROM share s
                     WHERE s.member_id = $2 AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                     UNION ALL
                     SELECT s.account_id, s.role FROM team_membership m
                     JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                     WHERE m.member_id = $2 AND m.ended_at IS NULL
                     UNION ALL
                     SELECT i.account_id, s.role FROM share s
                     JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE s.member_id = $2 AND s.ended_at IS NULL
                     UNION ALL
                     SELECT i.account_id, s.role FROM team_membership m
                     JOIN share s ON s.team_id = m.team_id AND s.ended_at IS NULL
                     JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                     JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                     WHERE m.member_id = $2 AND m.ended_at IS NULL
                 ) g GROUP BY g.account_id
             ) h
             JOIN account a ON a.id = h.account_id AND a.workspace_id = $1 AND a.deleted_at IS NULL
             WHERE ($3 = '' OR a.search_key LIKE $4 ESCAPE '!')
               AND ($8 = '' OR (a.origins IS NULL AND a.login_url LIKE $9 ESCAPE '!') OR a.origins LIKE $10 ESCAPE '!')
               AND ($5 IS NULL OR a.search_key > $5 OR (a.search_key = $5 AND a.id > $6))
             ORDER BY a.search_key, a.id LIMIT $7",
            values![actor.workspace, actor.member, search.trim(), contains(search), key, id, limit,
                origin, login::below(origin), login::among(origin)],
        )
        .await?;
    rows.iter().map(|row| account(row, actor)).collect()
}

fn account(row: &Row, actor: &Actor) -> Result<Account> {
    Ok(Account {
        id: row.id("id")?,
        name: row.text("name")?,
        app_name: row.opt_text("app_name")?,
        login_url: row.opt_text("login_url")?,
        username: row.text("username")?,
        origins: row.opt_text("origins")?.map(|text| origins_list(&text)).transpose()?,
        level: level_of(actor, store_role(row)?),
        has_password: row.truth("has_password")?,
        has_totp: row.truth("has_totp")?,
        version: row.int("version")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
        disabled_at: row.opt_at("disabled_at")?,
        password_rejected_at: row.opt_at("password_rejected_at")?,
        step_up: step_up(row)?,
    })
}

/// What a row of an account says of the sign-in that it asks for.
pub(crate) fn step_up(row: &Row) -> Result<StepUp> {
    let max_age_minutes = row.opt_int("step_up_minutes")?;
    Ok(StepUp { max_age_minutes, acr: row.opt_text("step_up_acr")? })
}

fn sealed_row(row: &Row) -> Result<Sealed> {
    Ok(Sealed {
        key: row.id("data_key_id")?,
        password: row.opt_bytes("password")?,
        password_version: row.int("password_version")?,
        totp: row.opt_bytes("totp")?,
        totp_version: row.int("totp_version")?,
        notes: row.opt_bytes("notes")?,
        notes_version: row.int("notes_version")?,
        recipe: row.opt_text("recipe")?,
    })
}

fn origins_text(origins: &[String]) -> String {
    serde_json::json!(origins).to_string()
}

fn origins_list(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|e| Error::Stored { column: "origins", why: e.to_string() })
}

/// How accounts are sorted and searched: name, app and user name, folded.
fn search_key(name: &str, app: Option<&str>, username: &str) -> String {
    fold(&format!("{name} {} {username}", app.unwrap_or_default()))
}
