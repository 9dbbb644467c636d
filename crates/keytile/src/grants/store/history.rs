//! SQL of what became of logins: the grants, and the tries that were refused, which left a record alone.

use model::{Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::db::{Error, Result, Row, Tx};
use crate::grants::history::{Ended, Login, Of};
use crate::grants::outcome::Outcome;
use crate::values;

macro_rules! logins {
    ($of_grants:literal, $of_records:literal) => {
        concat!(
            "SELECT h.id, h.at, h.account_id, h.member_id, a.name AS account_name, m.name AS person, d.name AS device,
                    h.kind, h.outcome, h.origin, h.duration_ms, h.expires_at, h.resumes
             FROM (
                 SELECT * FROM (
                     SELECT g.id, g.created_at AS at, g.account_id, g.member_id, g.device_id, 'grant' AS kind, g.outcome,
                            g.origin, g.duration_ms, g.expires_at, g.resumes
                     FROM login_grant g
                     WHERE g.workspace_id = $1 AND g.", $of_grants, " AND (g.created_at, g.id) < ($3, $4)
                     ORDER BY g.created_at DESC, g.id DESC LIMIT $5) x
                 UNION ALL
                 SELECT * FROM (
                     SELECT v.id, v.at, v.account_id, v.actor_id AS member_id, CAST(NULL AS UUID) AS device_id,
                            'refused' AS kind, CAST(NULL AS TEXT) AS outcome, CAST(NULL AS TEXT) AS origin,
                            CAST(NULL AS BIGINT) AS duration_ms, v.at AS expires_at, CAST(0 AS BIGINT) AS resumes
                     FROM activity v
                     WHERE v.workspace_id = $1 AND v.event = 'account.launch_refused' AND v.account_id IS NOT NULL
                       AND v.actor_id IS NOT NULL AND v.", $of_records, " AND (v.at, v.id) < ($3, $4)
                     ORDER BY v.id DESC LIMIT $5) y
             ) h
             JOIN account a ON a.id = h.account_id
             JOIN member m ON m.id = h.member_id
             LEFT JOIN device d ON d.id = h.device_id
             ORDER BY h.at DESC, h.id DESC LIMIT $5"
        )
    };
}

/// Logins, the latest first, before the place `before`. Each branch reads no more of its index than it may show.
pub(in crate::grants) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    of: Of,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Login>> {
    let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millisecond(), id));
    let (sql, whose) = match of {
        Of::Account(id) => (logins!("account_id = $2", "account_id = $2"), id.uuid()),
        Of::Member(id) => (logins!("member_id = $2", "actor_id = $2"), id.uuid()),
    };
    let rows = tx.all(sql, values![workspace, whose, at, id, limit]).await?;
    rows.iter().map(login).collect()
}

fn login(row: &Row) -> Result<Login> {
    let outcome = row.opt_text("outcome")?.map(|code| {
        let why = format!("unknown word {code:?}");
        Outcome::from_code(&code).ok_or(Error::Stored { column: "outcome", why })
    });
    let ended = match (row.text("kind")?.as_str(), outcome.transpose()?) {
        ("refused", _) => Ended::Refused,
        (_, Some(outcome)) => Ended::Told(outcome),
        (_, None) => Ended::Not { expires_at: row.at("expires_at")? },
    };
    Ok(Login {
        id: row.id("id")?,
        at: row.at("at")?,
        account: row.id("account_id")?,
        account_name: row.text("account_name")?,
        member: row.id("member_id")?,
        person: row.text("person")?,
        device: row.opt_text("device")?,
        ended,
        origin: row.opt_text("origin")?,
        duration_ms: row.opt_int("duration_ms")?,
        is_resumed: row.int("resumes")? > 0,
    })
}
