//! SQL of what the stop is decided by: how people lost an account, what has gone, and how much there is.

use std::collections::BTreeSet;

use model::workspace::WorkspaceRole;
use model::{AccountId, MemberId, PortalId, TileId, Timestamp, WorkspaceId};

use crate::db::{Error, Result, Row, Tx};
use crate::members::SuspendedBy;
use crate::members::store::status;
use crate::sync::safety::Removal;
use crate::sync::safety::why::{Break, Subject, Way};
use crate::values;

/// The member to whom an external id belongs, or belonged last.
pub async fn subject(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Option<(MemberId, Subject)>> {
    let row = tx
        .optional(
            "SELECT m.id, m.suspended_at, m.suspended_source, m.removed_at, m.removed_by, r.role, r.started_by
             FROM identity i
             JOIN member m ON m.id = i.member_id
             LEFT JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.workspace_id = $1 AND i.external_id = $2
             ORDER BY i.ended_at IS NOT NULL, i.id DESC LIMIT 1",
            values![workspace, external_id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role = row.opt_text("role")?.and_then(|code| WorkspaceRole::from_code(&code));
    let suspended_by = row.opt_text("suspended_source")?;
    let subject = Subject {
        status: status(&row)?,
        removed_by_person: row.opt_id::<MemberId>("removed_by")?.is_some(),
        suspended_by_person: suspended_by.as_deref() != Some(SuspendedBy::Directory.code()),
        role: role.unwrap_or(WorkspaceRole::Guest),
        role_by_person: row.opt_id::<MemberId>("started_by")?.is_some(),
    };
    Ok(Some((row.id("id")?, subject)))
}

/// Every way in which the member ever reached the account; pieces that never stood together make none. Whoever never had one
/// may still come into a group that shows it, by a team that had one before them: then that is what counts.
pub async fn ways(tx: &mut Tx, account: AccountId, member: MemberId) -> Result<Vec<Way>> {
    let own = own_ways(tx, account, member).await?;
    if own.is_empty() { ways_before(tx, account, member).await } else { Ok(own) }
}

/// The ways of the member's teams, as if they had always been there.
async fn ways_before(tx: &mut Tx, account: AccountId, member: MemberId) -> Result<Vec<Way>> {
    let rows = tx
        .all(
            "SELECT s.ended_at AS share_at, s.ended_by AS share_by,
                    CAST(NULL AS BIGINT) AS team_at, CAST(NULL AS UUID) AS team_by,
                    CAST(NULL AS BIGINT) AS item_at, CAST(NULL AS UUID) AS item_by, CAST(NULL AS BIGINT) AS path_at
             FROM share s
             JOIN team_membership m ON m.team_id = s.team_id AND m.member_id = $2 AND m.ended_at IS NULL
             WHERE s.account_id = $1
             UNION ALL
             SELECT s.ended_at, s.ended_by, CAST(NULL AS BIGINT), CAST(NULL AS UUID), i.ended_at, i.ended_by, p.ended_at
             FROM collection_item i
             JOIN collection_path p ON p.descendant_id = i.collection_id
             JOIN share s ON s.collection_id = p.ancestor_id
             JOIN team_membership m ON m.team_id = s.team_id AND m.member_id = $2 AND m.ended_at IS NULL
             WHERE i.account_id = $1
               AND (s.ended_at IS NULL OR (i.started_at <= s.ended_at AND p.started_at <= s.ended_at))
               AND (i.ended_at IS NULL OR (s.started_at <= i.ended_at AND p.started_at <= i.ended_at))
               AND (p.ended_at IS NULL OR (s.started_at <= p.ended_at AND i.started_at <= p.ended_at))",
            values![account, member],
        )
        .await?;
    rows.iter().map(way).collect()
}

async fn own_ways(tx: &mut Tx, account: AccountId, member: MemberId) -> Result<Vec<Way>> {
    let rows = tx
        .all(
            "SELECT s.ended_at AS share_at, s.ended_by AS share_by,
                    CAST(NULL AS BIGINT) AS team_at, CAST(NULL AS UUID) AS team_by,
                    CAST(NULL AS BIGINT) AS item_at, CAST(NULL AS UUID) AS item_by, CAST(NULL AS BIGINT) AS path_at
             FROM share s WHERE s.account_id = $1 AND s.member_id = $2
             UNION ALL
             SELECT s.ended_at, s.ended_by, m.ended_at, m.ended_by,
                    CAST(NULL AS BIGINT), CAST(NULL AS UUID), CAST(NULL AS BIGINT)
             FROM share s
             JOIN team_membership m ON m.team_id = s.team_id AND m.member_id = $2
             WHERE s.account_id = $1
               AND (s.ended_at IS NULL OR m.started_at <= s.ended_at) AND (m.ended_at IS NULL OR s.started_at <= m.ended_at)
             UNION ALL
             SELECT s.ended_at, s.ended_by, CAST(NULL AS BIGINT), CAST(NULL AS UUID), i.ended_at, i.ended_by, p.ended_at
             FROM collection_item i
             JOIN collection_path p ON p.descendant_id = i.collection_id
             JOIN share s ON s.collection_id = p.ancestor_id AND s.member_id = $2
             WHERE i.account_id = $1
               AND (s.ended_at IS NULL OR (i.started_at <= s.ended_at AND p.started_at <= s.ended_at))
               AND (i.ended_at IS NULL OR (s.started_at <= i.ended_at AND p.started_at <= i.ended_at))
               AND (p.ended_at IS NULL OR (s.started_at <= p.ended_at AND i.started_at <= p.ended_at))
             UNION ALL
             SELECT s.ended_at, s.ended_by, m.ended_at, m.ended_by, i.ended_at, i.ended_by, p.ended_at
             FROM collection_item i
             JOIN collection_path p ON p.descendant_id = i.collection_id
             JOIN share s ON s.collection_id = p.ancestor_id
             JOIN team_membership m ON m.team_id = s.team_id AND m.member_id = $2
             WHERE i.account_id = $1
               AND (s.ended_at IS NULL OR (i.started_at <= s.ended_at AND p.started_at <= s.ended_at AND m.started_at <= s.ended_at))
               AND (m.ended_at IS NULL OR (s.started_at <= m.ended_at AND i.started_at <= m.ended_at AND p.started_at <= m.ended_at))
               AND (i.ended_at IS NULL OR (s.started_at <= i.ended_at AND p.started_at <= i.ended_at AND m.started_at <= i.ended_at))
               AND (p.ended_at IS NULL OR (s.started_at <= p.ended_at AND i.started_at <= p.ended_at AND m.started_at <= p.ended_at))",
            values![account, member],
        )
        .await?;
    rows.iter().map(way).collect()
}

fn way(row: &Row) -> Result<Way> {
    let pieces = [("share_at", "share_by"), ("team_at", "team_by"), ("item_at", "item_by")];
    let mut breaks = Vec::new();
    for (at, by) in pieces {
        if let Some(at) = row.opt_at(at)? {
            breaks.push(Break { at, by_person: row.opt_id::<MemberId>(by)?.is_some() });
        }
    }
    if let Some(at) = row.opt_at("path_at")? {
        // Collections are moved and deleted by people alone, and a deletion ends its items as well.
        breaks.push(Break { at, by_person: true });
    }
    Ok(Way(breaks))
}

/// Whether a person asked for the end of a tile, by removing it or by deleting its account.
pub async fn is_end_asked_for(tx: &mut Tx, tile: TileId) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT 1 AS asked FROM tile t JOIN account a ON a.id = t.account_id
             WHERE t.id = $1 AND (t.ended_by IS NOT NULL OR (t.ended_at IS NULL AND a.deleted_by IS NOT NULL))",
            values![tile],
        )
        .await?;
    Ok(row.is_some())
}

/// What was taken away without being asked since then.
pub async fn gone(tx: &mut Tx, portal: PortalId, since: Timestamp) -> Result<BTreeSet<Removal>> {
    let rows = tx
        .all(
            "SELECT subject, kind, external_id FROM removal WHERE portal_id = $1 AND at > $2",
            values![portal, since],
        )
        .await?;
    rows.iter().map(removal).collect()
}

pub(super) fn removal(row: &Row) -> Result<Removal> {
    let kind = row.text("kind")?;
    Removal::from_code(row.text("subject")?, &kind, row.text("external_id")?)
        .ok_or_else(|| Error::Stored { column: "kind", why: format!("unknown word {kind:?}") })
}

/// Writes down what is about to be taken away, before it is.
pub async fn count(
    tx: &mut Tx,
    workspace: WorkspaceId,
    portal: PortalId,
    removal: &Removal,
    now: Timestamp,
) -> Result<()> {
    let (kind, external_id) = removal.code();
    tx.execute(
        "INSERT INTO removal (portal_id, workspace_id, subject, kind, external_id, at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (portal_id, subject, kind, external_id) DO UPDATE SET at = excluded.at",
        values![portal, workspace, &removal.subject, kind, external_id, now],
    )
    .await?;
    Ok(())
}

/// How many assignments the portal has confirmed, those that a group of ours brings included.
pub async fn count_assignments(tx: &mut Tx, portal: PortalId) -> Result<usize> {
    let row = tx
        .one(
            "SELECT (SELECT COUNT(*) FROM tile t JOIN tile_principal p ON p.tile_id = t.id
                     LEFT JOIN away_person w ON w.workspace_id = p.workspace_id AND w.external_id = p.external_id
                     WHERE t.portal_id = $1 AND t.gone_at IS NULL AND p.kind = 'person' AND w.external_id IS NULL)
                  + (SELECT COUNT(*) FROM tile t
                     JOIN tile_principal p ON p.tile_id = t.id AND p.kind = 'group'
                     JOIN audience a ON a.portal_id = t.portal_id AND a.group_id = p.external_id AND a.gone_at IS NULL
                     JOIN audience_member m ON m.audience_id = a.id
                     LEFT JOIN away_person w ON w.workspace_id = m.workspace_id AND w.external_id = m.external_id
                     WHERE t.portal_id = $1 AND t.gone_at IS NULL AND w.external_id IS NULL) AS n",
            values![portal],
        )
        .await?;
    Ok(usize::try_from(row.int("n")?).unwrap_or(0))
}

/// How many people a process has removed or suspended since then.
pub async fn count_leavers(tx: &mut Tx, workspace: WorkspaceId, since: Timestamp) -> Result<usize> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM member
             WHERE workspace_id = $1
               AND ((removed_at > $2 AND removed_by IS NULL)
                    OR (suspended_at > $2 AND suspended_source = $3 AND removed_at IS NULL))",
            values![workspace, since, SuspendedBy::Directory.code()],
        )
        .await?;
    Ok(usize::try_from(row.int("n")?).unwrap_or(0))
}

/// How many people there are.
pub async fn count_people(tx: &mut Tx, workspace: WorkspaceId) -> Result<usize> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM member WHERE workspace_id = $1 AND removed_at IS NULL",
            values![workspace],
        )
        .await?;
    Ok(usize::try_from(row.int("n")?).unwrap_or(0))
}

/// The tiles from which something may be about to go, each with its own marks those noted for it and those of the
/// group that shows it: what is due, and what a question holds.
pub async fn unsettled(tx: &mut Tx, portal: PortalId) -> Result<Vec<(TileId, i64)>> {
    let rows = tx
        .all(
            "SELECT t.id, t.marked + COALESCE(a.marked, 0) + COALESCE(n.marks, 0) AS marked FROM tile t
             LEFT JOIN audience a ON a.id = t.audience_id AND a.gone_at IS NULL
             LEFT JOIN tile_mark n ON n.tile_id = t.id
             WHERE t.portal_id = $1 AND t.gone_at IS NULL AND t.app_id IS NOT NULL
               AND (t.due_at IS NOT NULL OR t.settled < t.marked OR n.tile_id IS NOT NULL
                    OR a.due_at IS NOT NULL OR a.settled < a.marked)",
            values![portal],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.int("marked")?))).collect()
}
