//! SQL of what need not wait any more, and of who has their turn because of that. Each of them is marked too: a worker
//! that is at one just now may have seen what waited, and decides anew.

use model::{AudienceId, StopId, TileId, Timestamp};

use crate::db::{Result, Tx};
use crate::sync::safety::Removal;
use crate::values;

/// Nobody shows the person of an item its tile, as far as our mirror tells.
macro_rules! is_not_shown {
    () => {
        "NOT EXISTS (
             SELECT 1 FROM tile_principal p
             WHERE p.tile_id = safety_stop_item.tile_id AND p.kind = 'person'
               AND p.external_id = safety_stop_item.external_id)
         AND NOT EXISTS (
             SELECT 1 FROM tile_principal p
             JOIN audience a ON a.group_id = p.external_id AND a.portal_id = safety_stop_item.portal_id
                            AND a.gone_at IS NULL
             JOIN audience_member m ON m.audience_id = a.id AND m.external_id = safety_stop_item.external_id
             WHERE p.tile_id = safety_stop_item.tile_id AND p.kind = 'group')"
    };
}

/// The tiles that are in an audience, or that its group still shows.
macro_rules! tiles_of_audience {
    () => {
        "SELECT t.id FROM tile t WHERE t.audience_id = $1 AND t.gone_at IS NULL
         UNION
         SELECT p.tile_id FROM audience a JOIN tile_principal p ON p.external_id = a.group_id AND p.kind = 'group'
         WHERE a.id = $1"
    };
}

/// Marks tiles that rest because of the stop, or that have their turn soon.
macro_rules! wake_tiles {
    ($which:expr) => {
        concat!(
            "UPDATE tile SET marked = marked + 1, behind_since = COALESCE(behind_since, $2),
                    due_at = COALESCE(due_at, $2)
             WHERE gone_at IS NULL AND (problem = 'safety_stop' OR due_at IS NOT NULL) AND id IN (",
            $which,
            ")"
        )
    };
}

/// This is done, or nobody wants it any more.
pub async fn end_item(tx: &mut Tx, removal: &Removal, now: Timestamp) -> Result<()> {
    let (kind, external_id) = removal.code();
    let sql = "UPDATE safety_stop_item SET ended_at = $4
               WHERE subject = $1 AND kind = $2 AND external_id = $3 AND ended_at IS NULL";
    if tx.execute(sql, values![&removal.subject, kind, external_id, now]).await? > 0 {
        wake_groups(tx, &removal.subject, now).await?;
    }
    Ok(())
}

/// Everything about an app that is no tile's is done.
pub async fn end_all_items(tx: &mut Tx, subject: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE safety_stop_item SET ended_at = $2 WHERE subject = $1 AND ended_at IS NULL",
        values![subject, now],
    )
    .await?;
    Ok(())
}

/// Of a tile: whoever is not shown it any more, by themselves or by a group of ours, needs no decision about it.
pub async fn end_unseen(tx: &mut Tx, tile: TileId, now: Timestamp) -> Result<()> {
    let sql = concat!(
        "UPDATE safety_stop_item SET ended_at = $2
         WHERE tile_id = $1 AND kind = 'person' AND ended_at IS NULL AND ",
        is_not_shown!()
    );
    if tx.execute(sql, values![tile, now]).await? > 0 {
        wake_groups(tx, &tile.to_string(), now).await?;
    }
    Ok(())
}

/// Of a person whom a group does not hold any more: what no other group and no assignment shows them either is done.
pub async fn end_unseen_of(
    tx: &mut Tx,
    id: AudienceId,
    person: &str,
    now: Timestamp,
) -> Result<()> {
    let sql = concat!(
        "UPDATE safety_stop_item SET ended_at = $3
         WHERE external_id = $2 AND kind = 'person' AND ended_at IS NULL AND ",
        is_not_shown!(),
        " AND tile_id IN (",
        tiles_of_audience!(),
        ")"
    );
    if tx.execute(sql, values![id, person, now]).await? > 0 {
        wake_tiles_of(tx, id, now).await?;
    }
    Ok(())
}

/// Of a person who should be in a group: they may use what its audience's own tiles lead to. One that has moved on is
/// another matter.
pub async fn end_wanted_of(
    tx: &mut Tx,
    id: AudienceId,
    person: &str,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE safety_stop_item SET ended_at = $3
               WHERE external_id = $2 AND kind = 'person' AND ended_at IS NULL
                 AND tile_id IN (SELECT t.id FROM tile t WHERE t.audience_id = $1)";
    if tx.execute(sql, values![id, person, now]).await? > 0 {
        wake_tiles_of(tx, id, now).await?;
    }
    Ok(())
}

/// A tile of which something need not wait any more.
pub async fn wake_tile(tx: &mut Tx, subject: &str, now: Timestamp) -> Result<()> {
    let sql = wake_tiles!("SELECT tile_id FROM safety_stop_item WHERE subject = $1");
    tx.execute(sql, values![subject, now]).await?;
    Ok(())
}

async fn wake_tiles_of(tx: &mut Tx, id: AudienceId, now: Timestamp) -> Result<()> {
    tx.execute(wake_tiles!(tiles_of_audience!()), values![id, now]).await?;
    Ok(())
}

/// The groups that show a tile: whom they keep they may keep for this tile alone.
async fn wake_groups(tx: &mut Tx, subject: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE audience SET marked = marked + 1, due_at = COALESCE(due_at, $2)
         WHERE gone_at IS NULL AND (problem = 'safety_stop' OR due_at IS NOT NULL) AND id IN (
             SELECT t.audience_id FROM safety_stop_item i JOIN tile t ON t.id = i.tile_id WHERE i.subject = $1
             UNION
             SELECT a.id FROM safety_stop_item i
             JOIN tile_principal p ON p.tile_id = i.tile_id AND p.kind = 'group'
             JOIN audience a ON a.group_id = p.external_id AND a.portal_id = i.portal_id
             WHERE i.subject = $1)",
        values![subject, now],
    )
    .await?;
    Ok(())
}

/// Everything that a question is about: it was decided, or is none any more.
pub async fn wake(tx: &mut Tx, stop: StopId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE tile SET marked = marked + 1, behind_since = COALESCE(behind_since, $2), due_at = $2, failures = 0,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL
         WHERE gone_at IS NULL AND id IN (
             SELECT tile_id FROM safety_stop_item WHERE stop_id = $1 AND ended_at IS NULL AND tile_id IS NOT NULL)",
        values![stop, now],
    )
    .await?;
    tx.execute(
        "UPDATE audience SET marked = marked + 1, due_at = $2, failures = 0,
                problem = NULL, problem_detail = NULL, problem_request_id = NULL
         WHERE gone_at IS NULL AND id IN (
             SELECT t.audience_id FROM safety_stop_item i JOIN tile t ON t.id = i.tile_id
             WHERE i.stop_id = $1 AND i.ended_at IS NULL
             UNION
             SELECT a.id FROM safety_stop_item i
             JOIN tile_principal p ON p.tile_id = i.tile_id AND p.kind = 'group'
             JOIN audience a ON a.group_id = p.external_id AND a.portal_id = i.portal_id
             WHERE i.stop_id = $1 AND i.ended_at IS NULL)",
        values![stop, now],
    )
    .await?;
    tx.execute(
        "UPDATE stray_app SET due_at = $2, problem = NULL
         WHERE ended_at IS NULL AND app_id IN (
             SELECT subject FROM safety_stop_item WHERE stop_id = $1 AND ended_at IS NULL AND tile_id IS NULL)",
        values![stop, now],
    )
    .await?;
    Ok(())
}
