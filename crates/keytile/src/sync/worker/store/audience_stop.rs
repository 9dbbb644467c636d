//! SQL for the safety stop: whom a group shows which tiles, and whether anything has changed.

use std::collections::BTreeSet;

use model::{AccountId, AudienceId, PortalId, TileId};
use portal::{Principal, Step};

use super::audience::Audience;
use super::record::code;
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

/// Tiles that the group of the audience `$1` shows, and one that it may show by a step whose answer was lost, `$2`.
macro_rules! shown_by_group {
    () => {
        "SELECT p.tile_id FROM audience a JOIN tile_principal p ON p.external_id = a.group_id AND p.kind = 'group'
         WHERE a.id = $1
         UNION
         SELECT t.id FROM tile t WHERE t.audience_id = $1 AND t.gone_at IS NULL AND t.in_flight = $2"
    };
}

/// The tiles that an audience's group shows or may show, as far as we know, also those that have moved on and are not done
/// with it. By a group that shows nothing yet nobody loses anything.
pub(in crate::sync::worker) async fn tiles_of(
    tx: &mut Tx,
    audience: &Audience,
) -> Result<Vec<Shown>> {
    let Some(group) = audience.group_id.clone() else { return Ok(Vec::new()) };
    let attempted = code(&Step::Assign(Principal::Group(group)));
    let rows = tx
        .all(
            concat!(
                "SELECT id, account_id, label FROM tile
                 WHERE gone_at IS NULL AND app_id IS NOT NULL AND id IN (",
                shown_by_group!(),
                ") ORDER BY id"
            ),
            values![audience.id, &attempted],
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

/// Tiles that an audience's group still shows or may show, and that are on their way to another one, or to none: some of them by a
/// change that no worker has looked at yet.
pub(in crate::sync::worker) async fn tiles_leaving(
    tx: &mut Tx,
    audience: &Audience,
) -> Result<Vec<TileId>> {
    let Some(group) = audience.group_id.clone() else { return Ok(Vec::new()) };
    let attempted = code(&Step::Assign(Principal::Group(group)));
    let rows = tx
        .all(
            concat!(
                "SELECT t.id FROM tile t
                 WHERE t.workspace_id = $3 AND t.gone_at IS NULL AND t.ended_at IS NULL
                   AND (t.audience_id IS NULL OR t.audience_id <> $1 OR t.settled < t.marked
                        OR EXISTS (SELECT 1 FROM tile_mark n WHERE n.tile_id = t.id))
                   AND t.id IN (",
                shown_by_group!(),
                ") ORDER BY t.id"
            ),
            values![audience.id, &attempted, audience.workspace],
        )
        .await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Whether something else than the group of an audience shows a tile to a person, as far as we know. What a step under way takes
/// away is not relied on: its answer may have been lost.
macro_rules! is_shown_besides {
    ($tile:literal, $person:literal, $audience:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM tile w WHERE w.id = ",
            $tile,
            " AND (w.in_flight LIKE '{\"unassign\":%' OR w.in_flight LIKE '{\"hand_over\":%'))
              AND (EXISTS (SELECT 1 FROM tile_principal o
                      WHERE o.tile_id = ",
            $tile,
            " AND o.kind = 'person' AND o.external_id = ",
            $person,
            ")
              OR EXISTS (SELECT 1 FROM tile_principal o
                         JOIN audience b ON b.group_id = o.external_id AND b.gone_at IS NULL AND b.id <> ",
            $audience,
            "            JOIN audience_member m ON m.audience_id = b.id AND m.external_id = ",
            $person,
            "            WHERE o.tile_id = ",
            $tile,
            " AND o.kind = 'group'
                         AND (b.in_flight IS NULL OR b.in_flight <> '{\"remove_member\":\"' || ",
            $person,
            " || '\"}'))))"
        )
    };
}

/// The same of one tile and one person.
pub(in crate::sync::worker) async fn is_shown_besides(
    tx: &mut Tx,
    tile: TileId,
    person: &str,
    id: AudienceId,
) -> Result<bool> {
    let sql = concat!("SELECT 1 AS shown WHERE ", is_shown_besides!("$1", "$2", "$3"));
    Ok(tx.optional(sql, values![tile, person, id]).await?.is_some())
}

/// Members about whose tiles there is something to decide, or decided.
#[derive(Debug, Clone, Default)]
pub(in crate::sync::worker) struct WaitingMembers {
    /// They stay in the group until an admin has decided, or because one has: nothing else shows them a tile that is theirs
    /// until then.
    pub(in crate::sync::worker) held: BTreeSet<String>,
    /// All of them.
    pub(in crate::sync::worker) all: BTreeSet<String>,
}

pub(in crate::sync::worker) async fn waiting_members(
    tx: &mut Tx,
    audience: &Audience,
) -> Result<WaitingMembers> {
    let group = audience.group_id.clone().unwrap_or_default();
    let attempted = code(&Step::Assign(Principal::Group(group.clone())));
    let rows = tx
        .all(
            concat!(
                "SELECT i.external_id, MAX(CAST(CASE
                     WHEN i.decision = 'approved' OR ",
                is_shown_besides!("t.id", "i.external_id", "$1"),
                " THEN 0
                     WHEN t.in_flight = $3 OR EXISTS (SELECT 1 FROM tile_principal o
                         WHERE o.tile_id = t.id AND o.kind = 'group' AND o.external_id = $2) THEN 1
                     ELSE 0 END AS BIGINT)) AS is_held
                 FROM tile t
                 JOIN safety_stop_item i ON i.tile_id = t.id AND i.ended_at IS NULL AND i.kind = 'person'
                 WHERE t.gone_at IS NULL AND (t.audience_id = $1 OR t.id IN (
                     SELECT p.tile_id FROM tile_principal p WHERE p.external_id = $2 AND p.kind = 'group'))
                 GROUP BY i.external_id"
            ),
            values![audience.id, &group, &attempted],
        )
        .await?;
    let mut waiting = WaitingMembers::default();
    for row in &rows {
        let person = row.text("external_id")?;
        if row.int("is_held")? != 0 {
            waiting.held.insert(person.clone());
        }
        waiting.all.insert(person);
    }
    Ok(waiting)
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
