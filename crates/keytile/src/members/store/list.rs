//! SQL of the list of members: those who are here by name, then those who are gone. A page costs the same at any depth.

use std::collections::HashMap;

use model::{MemberId, WorkspaceId};
use uuid::Uuid;

use super::{contains, key, member};
use crate::db::{Result, Tx};
use crate::members::{Figures, Member, Show};
use crate::paging::{Cursor, Wanted};
use crate::values;

/// Where the list of members goes on after this one: removed people come last.
pub(in crate::members) fn cursor(member: &Member) -> Cursor<MemberId> {
    let gone = if member.removed_at.is_some() { '1' } else { '0' };
    Cursor { key: format!("{gone}{}", key(&member.name)), id: member.id }
}

/// Members of `$which`, by name, after the place `$4`, `$5`.
macro_rules! members {
    ($which:literal) => {
        concat!(
            "SELECT m.id, m.email, m.name, m.directory_id, m.created_at, m.suspended_at, m.removed_at, m.last_seen_at,
                    m.removed_by, m.suspended_source, m.passkey_approved_at, m.passkey_approved_by, r.role,
                    r.started_at AS role_since, i.external_id
             FROM member m
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             LEFT JOIN identity i ON i.member_id = m.id AND i.ended_at IS NULL
             WHERE m.workspace_id = $1 AND ",
            $which,
            " AND ($2 = '' OR m.name_key LIKE $3 ESCAPE '!' OR m.email_key LIKE $3 ESCAPE '!')
               AND (m.name_key, m.id) > ($4, $5)
             ORDER BY m.name_key, m.id LIMIT $6"
        )
    };
}

const HERE: &str = members!("m.removed_at IS NULL");
const SUSPENDED: &str = members!("m.removed_at IS NULL AND m.suspended_at IS NOT NULL");
const GONE: &str = members!("m.removed_at IS NOT NULL");

pub(in crate::members) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    wanted: &Wanted<MemberId>,
    show: Show,
) -> Result<Vec<Member>> {
    let beginning = || (String::new(), MemberId::from(Uuid::nil()));
    let (is_past_all_here, place) = match &wanted.after {
        None => (false, beginning()),
        Some(cursor) => {
            let name = cursor.key.strip_prefix(['0', '1']).unwrap_or(&cursor.key);
            (cursor.key.starts_with('1'), (name.to_owned(), cursor.id))
        }
    };
    let mut found = Vec::new();
    if !is_past_all_here && show != Show::Removed {
        let sql = if show == Show::Suspended { SUSPENDED } else { HERE };
        found = part(tx, sql, workspace, &wanted.search, &place, wanted.limit).await?;
    }
    if found.len() < wanted.limit && matches!(show, Show::All | Show::Removed) {
        let place = if is_past_all_here { place } else { beginning() };
        let rest = wanted.limit - found.len();
        found.extend(part(tx, GONE, workspace, &wanted.search, &place, rest).await?);
    }
    Ok(found)
}

async fn part(
    tx: &mut Tx,
    sql: &'static str,
    workspace: WorkspaceId,
    search: &str,
    (name, id): &(String, MemberId),
    limit: usize,
) -> Result<Vec<Member>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = tx.all(sql, values![workspace, search, contains(search), name, *id, limit]).await?;
    rows.iter().map(member).collect()
}

/// How much those reach who are here, from the first to the last of `shown`, which `search` has found.
pub(in crate::members) async fn figures(
    tx: &mut Tx,
    workspace: WorkspaceId,
    search: &str,
    shown: &[Member],
) -> Result<HashMap<MemberId, Figures>> {
    let here = || shown.iter().filter(|member| member.removed_at.is_none());
    let (Some(first), Some(last)) = (here().next(), here().next_back()) else {
        return Ok(HashMap::new());
    };
    let rows = tx
        .all(
            "SELECT m.id,
                    (SELECT COUNT(*) FROM team_membership t WHERE t.member_id = m.id AND t.ended_at IS NULL) AS teams,
                    CAST(CASE WHEN m.directory_id IS NULL AND m.last_seen_at IS NULL
                              AND NOT EXISTS (SELECT 1 FROM passkey k WHERE k.member_id = m.id)
                              AND NOT EXISTS (SELECT 1 FROM identity d WHERE d.member_id = m.id)
                         THEN 1 ELSE 0 END AS BIGINT) AS pending,
                    (SELECT COUNT(*) FROM account a WHERE a.deleted_at IS NULL AND a.workspace_id = $1 AND a.id IN (
                         SELECT s.account_id FROM share s
                         WHERE s.member_id = m.id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                         UNION
                         SELECT s.account_id FROM team_membership t
                         JOIN share s ON s.team_id = t.team_id AND s.ended_at IS NULL AND s.account_id IS NOT NULL
                         WHERE t.member_id = m.id AND t.ended_at IS NULL
                         UNION
                         SELECT i.account_id FROM share s
                         JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                         WHERE s.member_id = m.id AND s.ended_at IS NULL
                         UNION
                         SELECT i.account_id FROM team_membership t
                         JOIN share s ON s.team_id = t.team_id AND s.ended_at IS NULL
                         JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                         JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                         WHERE t.member_id = m.id AND t.ended_at IS NULL)) AS accounts
             FROM member m
             WHERE m.workspace_id = $1 AND m.removed_at IS NULL
               AND ($2 = '' OR m.name_key LIKE $3 ESCAPE '!' OR m.email_key LIKE $3 ESCAPE '!')
               AND (m.name_key, m.id) >= ($4, $5) AND (m.name_key, m.id) <= ($6, $7)",
            values![
                workspace,
                search,
                contains(search),
                key(&first.name),
                first.id,
                key(&last.name),
                last.id
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let figures = Figures {
                accounts: row.int("accounts")?,
                teams: row.int("teams")?,
                is_pending: row.int("pending")? > 0,
            };
            Ok((row.id("id")?, figures))
        })
        .collect()
}
