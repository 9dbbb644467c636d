//! SQL of what the settings page sums up.

pub(super) mod credential;

use std::collections::HashMap;

use model::share::Grantee;
use model::{AccountId, PortalId, TeamId, WorkspaceId};

use super::service_app::{PublicKey, SealedKey};
use crate::actor::By;
use crate::db::{Error, Result, Tx};
use crate::values;

/// How many people and groups a directory has pushed here.
pub(super) struct Pushed {
    pub people: i64,
    pub groups: i64,
}

/// Where the tiles of a workspace stand.
pub(super) struct Standing {
    /// Who turned extending on.
    pub by: Option<String>,
    /// Tiles that nobody has asked to remove.
    pub tiles: i64,
    /// Tiles that were asked to go since extending was turned off.
    pub leaving: i64,
    /// How many of those are gone.
    pub gone: i64,
}

pub(super) async fn pushed(tx: &mut Tx, workspace: WorkspaceId) -> Result<Pushed> {
    let row = tx
        .one(
            "SELECT (SELECT COUNT(*) FROM identity i JOIN member m ON m.id = i.member_id AND m.removed_at IS NULL
                     WHERE i.workspace_id = $1 AND i.ended_at IS NULL) AS people,
                    (SELECT COUNT(*) FROM team t
                     WHERE t.workspace_id = $1 AND t.directory_id IS NOT NULL AND t.deleted_at IS NULL) AS groups_pushed",
            values![workspace],
        )
        .await?;
    Ok(Pushed { people: row.int("people")?, groups: row.int("groups_pushed")? })
}

pub(super) async fn standing(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Standing>> {
    let row = tx
        .optional(
            "SELECT m.name,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.ended_at IS NULL) AS tiles,
                    (SELECT COUNT(*) FROM tile t WHERE t.portal_id = p.id AND t.ended_at >= p.turned_off_at) AS leaving,
                    (SELECT COUNT(*) FROM tile t
                     WHERE t.portal_id = p.id AND t.ended_at >= p.turned_off_at AND t.gone_at IS NOT NULL) AS gone
             FROM portal p LEFT JOIN member m ON m.id = p.turned_on_by
             WHERE p.workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Standing {
            by: row.opt_text("name")?,
            tiles: row.int("tiles")?,
            leaving: row.int("leaving")?,
            gone: row.int("gone")?,
        })
    })
    .transpose()
}

/// Who or what holds each extended account, by whatever path: ordered by account.
pub(super) async fn grants(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<Vec<(AccountId, Grantee)>> {
    let rows = tx
        .all(
            "SELECT t.account_id AS account_id, s.member_id, s.team_id FROM tile t
             JOIN share s ON s.account_id = t.account_id AND s.ended_at IS NULL
             WHERE t.workspace_id = $1 AND t.ended_at IS NULL
             UNION
             SELECT t.account_id AS account_id, s.member_id, s.team_id FROM tile t
             JOIN collection_item i ON i.account_id = t.account_id AND i.ended_at IS NULL
             JOIN collection_path p ON p.descendant_id = i.collection_id AND p.ended_at IS NULL
             JOIN share s ON s.collection_id = p.ancestor_id AND s.ended_at IS NULL
             WHERE t.workspace_id = $1 AND t.ended_at IS NULL
             ORDER BY account_id",
            values![workspace],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let source = match (row.opt_id("member_id")?, row.opt_id("team_id")?) {
                (Some(id), _) => Grantee::Member(id),
                (None, Some(id)) => Grantee::Team(id),
                (None, None) => {
                    let why = "a share with nobody".into();
                    return Err(Error::Stored { column: "member_id", why });
                }
            };
            Ok((row.id("account_id")?, source))
        })
        .collect()
}

/// How many people of each team a portal knows.
pub(super) async fn team_sizes(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<HashMap<TeamId, u64>> {
    let rows = tx
        .all(
            "SELECT m.team_id, COUNT(*) AS n FROM team_membership m
             JOIN identity i ON i.member_id = m.member_id AND i.ended_at IS NULL AND i.external_id IS NOT NULL
             WHERE i.workspace_id = $1 AND m.ended_at IS NULL
             GROUP BY m.team_id",
            values![workspace],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.id("team_id")?, u64::try_from(row.int("n")?).unwrap_or(0))))
        .collect()
}

/// Audiences for which the pool has no group, and tiles that are not as they should be yet.
pub(super) async fn left_to_do(tx: &mut Tx, portal: PortalId) -> Result<(i64, i64)> {
    let row = tx
        .one(
            "SELECT (SELECT COUNT(*) FROM audience
                     WHERE portal_id = $1 AND gone_at IS NULL AND problem = 'pool_empty') AS groups_missing,
                    (SELECT COUNT(*) FROM tile
                     WHERE portal_id = $1 AND due_at IS NOT NULL AND gone_at IS NULL) AS tiles_left",
            values![portal],
        )
        .await?;
    Ok((row.int("groups_missing")?, row.int("tiles_left")?))
}

/// The key that was made for a service app.
pub(super) async fn service_key(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<SealedKey>> {
    let row = tx
        .optional(
            "SELECT version, sealed, data_key_id, public_jwk, created_at FROM service_key WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(SealedKey {
            version: row.int("version")?,
            sealed: row.bytes("sealed")?,
            data_key: row.id("data_key_id")?,
            public: PublicKey { jwk: row.text("public_jwk")?, created_at: row.at("created_at")? },
        })
    })
    .transpose()
}

/// Keeps a key for a service app, in the place of the one before.
pub(super) async fn put_service_key(tx: &mut Tx, by: &By, key: &SealedKey) -> Result<()> {
    tx.execute(
        "INSERT INTO service_key (workspace_id, version, sealed, data_key_id, public_jwk, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workspace_id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed,
             data_key_id = excluded.data_key_id, public_jwk = excluded.public_jwk,
             created_at = excluded.created_at, created_by = excluded.created_by",
        values![
            by.workspace, key.version, key.sealed.clone(), key.data_key, &key.public.jwk, key.public.created_at,
            by.member
        ],
    )
    .await?;
    Ok(())
}
