//! SQL for the safety stop: whom a group shows which tiles, and whether anything has changed.

use std::collections::BTreeSet;

use model::{AccountId, AudienceId, PortalId, TileId, Timestamp};

use crate::db::{Result, Tx};
use crate::values;

/// A tile that a group shows.
pub(in crate::sync::worker) struct Shown {
    pub(in crate::sync::worker) tile: TileId,
    pub(in crate::sync::worker) account: AccountId,
    pub(in crate::sync::worker) label: String,
}

/// The audience that keeps this group of the portal, where it is one of ours.
pub(in crate::sync::worker) async fn audience_of_group(
    tx: &mut Tx,
    portal: PortalId,
    group: &str,
) -> Result<Option<AudienceId>> {
    let row = tx
        .optional(
            "SELECT id FROM audience WHERE portal_id = $1 AND group_id = $2 AND gone_at IS NULL",
            values![portal, group],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// The tiles that an audience's group shows, as far as we know, also those that have moved on and are not done with it. By a
/// group that shows nothing yet nobody loses anything.
pub(in crate::sync::worker) async fn tiles_of(tx: &mut Tx, id: AudienceId) -> Result<Vec<Shown>> {
    let rows = tx
        .all(
            "SELECT id, account_id, label FROM tile
             WHERE gone_at IS NULL AND app_id IS NOT NULL AND id IN (
                 SELECT p.tile_id FROM audience a JOIN tile_principal p ON p.external_id = a.group_id AND p.kind = 'group'
                 WHERE a.id = $1)
             ORDER BY id",
            values![id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Shown {
                tile: row.id("id")?,
                account: row.id("account_id")?,
                label: row.text("label")?,
            })
        })
        .collect()
}

/// The members who stay in the group until an admin has decided, or because one has.
pub(in crate::sync::worker) async fn held_members(
    tx: &mut Tx,
    id: AudienceId,
) -> Result<BTreeSet<String>> {
    let rows = tx
        .all(
            "SELECT DISTINCT i.external_id FROM tile t
             JOIN safety_stop_item i ON i.tile_id = t.id AND i.ended_at IS NULL AND i.kind = 'person'
             WHERE t.gone_at IS NULL AND COALESCE(i.decision, '') <> 'approved' AND (t.audience_id = $1 OR t.id IN (
                 SELECT p.tile_id FROM audience a JOIN tile_principal p ON p.external_id = a.group_id AND p.kind = 'group'
                 WHERE a.id = $1))",
            values![id],
        )
        .await?;
    rows.iter().map(|row| row.text("external_id")).collect()
}

/// A member has left the group, or stays in it: there is nothing to decide any more.
pub(in crate::sync::worker) async fn end_member_items(
    tx: &mut Tx,
    id: AudienceId,
    person: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE safety_stop_item SET ended_at = $3
         WHERE external_id = $2 AND kind = 'person' AND ended_at IS NULL
           AND tile_id IN (
               SELECT t.id FROM tile t WHERE t.audience_id = $1
               UNION
               SELECT p.tile_id FROM audience a JOIN tile_principal p ON p.external_id = a.group_id AND p.kind = 'group'
               WHERE a.id = $1)",
        values![id, person, now],
    )
    .await?;
    Ok(())
}

/// The marks of all tiles and audiences: another number means that something has changed.
pub(in crate::sync::worker) async fn marks(tx: &mut Tx, id: PortalId) -> Result<i64> {
    let row = tx
        .one(
            "SELECT CAST(COALESCE(SUM(marked), 0) AS BIGINT) AS n FROM (
                 SELECT marked FROM tile WHERE portal_id = $1 AND gone_at IS NULL
                 UNION ALL SELECT marked FROM audience WHERE portal_id = $1 AND gone_at IS NULL
                 UNION ALL SELECT marks FROM tile_mark WHERE portal_id = $1) AS every",
            values![id],
        )
        .await?;
    row.int("n")
}
