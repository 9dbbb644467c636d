//! SQL of devices and of what a workspace asks of them.

pub(super) mod ticket;

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{DeviceId, MemberId, SessionId, Timestamp, WorkspaceId};
use seal::grant::{KemKind, SealingKey};

use super::rules::{Rules, Version};
use super::tickets::Ticket;
use super::{Device, Enrolling, Listed, NAME, State, Wanted};
use crate::actor::By;
use crate::db::{Error, Result, Row, Tx};
use crate::members;
use crate::members::store::contains;
use crate::signin::session::Life;
use crate::values;

/// The one statement of every request: the device, its member, its session and the rules, as they are now.
pub(super) async fn find(tx: &mut Tx, id: DeviceId) -> Result<Option<Device>> {
    let row = tx
        .optional(
            "SELECT d.id, d.workspace_id, d.member_id, d.session_id, d.name, d.version, d.signing_key, d.kem, d.sealing_key,
                    d.approved_at, d.last_used_at, d.ended_at, m.name AS person, m.email, m.suspended_at, m.removed_at, r.role,
                    s.confirmed_at, s.acr, s.ended_at AS session_ended_at, s.last_seen_at, s.expires_at, w.name AS workspace_name,
                    x.approval_at, x.minimum_version, x.refused_versions
             FROM device d
             JOIN member m ON m.id = d.member_id
             JOIN member_role r ON r.member_id = d.member_id AND r.ended_at IS NULL
             JOIN session s ON s.id = d.session_id
             JOIN workspace w ON w.id = d.workspace_id
             LEFT JOIN device_rule x ON x.workspace_id = d.workspace_id
             WHERE d.id = $1",
            values![id],
        )
        .await?;
    row.map(|row| {
        Ok(Device {
            id: row.id("id")?,
            actor: Actor {
                workspace: row.id("workspace_id")?,
                member: row.id("member_id")?,
                role: row.code("role", WorkspaceRole::from_code)?,
                status: members::store::status(&row)?,
            },
            name: row.text("name")?,
            person: row.text("person")?,
            email: row.text("email")?,
            workspace_name: row.text("workspace_name")?,
            sealing_key: SealingKey::stored(
                row.code("kem", KemKind::from_code)?,
                row.bytes("sealing_key")?,
            ),
            session: row.id("session_id")?,
            confirmed_at: row.at("confirmed_at")?,
            acr: row.opt_text("acr")?,
            signing_key: row.bytes("signing_key")?,
            version: row.text("version")?,
            rules: rules_of(&row)?,
            session_life: Life {
                ended_at: row.opt_at("session_ended_at")?,
                last_seen_at: row.at("last_seen_at")?,
                expires_at: row.at("expires_at")?,
            },
            approved_at: row.opt_at("approved_at")?,
            last_used_at: row.at("last_used_at")?,
            ended_at: row.opt_at("ended_at")?,
        })
    })
    .transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &By,
    id: DeviceId,
    ticket: &Ticket,
    new: &Enrolling,
) -> Result<()> {
    let name: String = new.name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    tx.execute(
        "INSERT INTO device (id, workspace_id, member_id, session_id, name, version, signing_key, kem, sealing_key,
                             created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        values![
            id,
            by.workspace,
            ticket.member,
            ticket.session,
            if name.is_empty() { "Browser".to_owned() } else { name },
            new.version.to_string(),
            new.signing_key.as_slice(),
            new.sealing_key.kind().code(),
            new.sealing_key.bytes(),
            by.now
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn bind(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DeviceId,
    session: SessionId,
) -> Result<()> {
    tx.execute(
        "UPDATE device SET session_id = $3 WHERE workspace_id = $1 AND id = $2",
        values![workspace, id, session],
    )
    .await?;
    Ok(())
}

pub(super) async fn touch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DeviceId,
    version: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE device SET last_used_at = $4, version = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![workspace, id, version, now],
    )
    .await?;
    Ok(())
}

/// How many live devices a member has; it does not count beyond `most`.
pub(super) async fn count(
    tx: &mut Tx,
    member: MemberId,
    since: Timestamp,
    most: i64,
) -> Result<i64> {
    tx.one(
        "SELECT COUNT(*) AS n FROM (
             SELECT id FROM device WHERE member_id = $1 AND ended_at IS NULL AND last_used_at >= $2 LIMIT $3) d",
        values![member, since, most],
    )
    .await?
    .int("n")
}

/// Whether its member has added another browser since then that waited, too.
pub(super) async fn another_waits_since(
    tx: &mut Tx,
    device: &Device,
    since: Timestamp,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT d.id FROM device d JOIN device_rule x ON x.workspace_id = d.workspace_id
             WHERE d.member_id = $1 AND d.id <> $2 AND d.created_at > $3 AND d.created_at >= x.approval_at LIMIT 1",
            values![device.actor.member, device.id, since],
        )
        .await?;
    Ok(row.is_some())
}

/// The live devices of one member, or of everybody: those first that wait, then the latest used.
pub(super) async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: Option<MemberId>,
    wanted: &Wanted,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Listed>> {
    let rows = tx
        .all(
            "SELECT d.id, d.member_id, d.session_id, d.name, d.version, d.created_at, d.last_used_at, m.name AS person,
                    CASE WHEN x.approval_at IS NOT NULL AND d.approved_at IS NULL THEN 'waiting' ELSE 'ready' END AS state
             FROM device d
             JOIN member m ON m.id = d.member_id
             LEFT JOIN device_rule x ON x.workspace_id = d.workspace_id
             WHERE d.workspace_id = $1 AND d.ended_at IS NULL AND d.last_used_at >= $2 AND m.removed_at IS NULL
               AND ($3 IS NULL OR d.member_id = $3)
               AND ($4 = '' OR m.name_key LIKE $5 ESCAPE '!' OR m.email_key LIKE $5 ESCAPE '!')
               AND ($6 = 'all' OR (x.approval_at IS NOT NULL AND d.approved_at IS NULL))
             ORDER BY state DESC, d.last_used_at DESC, d.id LIMIT $7",
            values![
                workspace,
                since,
                member,
                wanted.search.as_str(),
                contains(&wanted.search),
                if wanted.waiting { "waiting" } else { "all" },
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.id("id")?,
                member: row.id("member_id")?,
                session: row.id("session_id")?,
                person: row.text("person")?,
                name: row.text("name")?,
                version: row.text("version")?,
                created_at: row.at("created_at")?,
                last_used_at: row.at("last_used_at")?,
                state: match row.text("state")?.as_str() {
                    "waiting" => State::Waiting,
                    _ => State::Ready,
                },
            })
        })
        .collect()
}

/// True where it was not approved before.
pub(super) async fn approve(tx: &mut Tx, by: &By, id: DeviceId) -> Result<bool> {
    let approved = tx
        .execute(
            "UPDATE device SET approved_at = $3, approved_by = $4
             WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL AND approved_at IS NULL",
            values![by.workspace, id, by.now, by.member],
        )
        .await?;
    Ok(approved > 0)
}

pub(super) async fn end(tx: &mut Tx, by: &By, id: DeviceId) -> Result<()> {
    tx.execute(
        "UPDATE device SET ended_at = $3, ended_by = $4 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn end_all(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    tx.execute(
        "UPDATE device SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn rules(tx: &mut Tx, workspace: WorkspaceId) -> Result<Rules> {
    let row = tx
        .optional(
            "SELECT approval_at, minimum_version, refused_versions FROM device_rule WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map_or_else(|| Ok(Rules::default()), |row| rules_of(&row))
}

pub(super) async fn set_rules(tx: &mut Tx, by: &By, rules: &Rules) -> Result<()> {
    let refused: Vec<String> = rules.refused.iter().map(ToString::to_string).collect();
    tx.execute(
        "INSERT INTO device_rule (workspace_id, approval_at, minimum_version, refused_versions)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace_id) DO UPDATE
         SET approval_at = CASE WHEN excluded.approval_at IS NULL THEN NULL
                                ELSE COALESCE(device_rule.approval_at, excluded.approval_at) END,
             minimum_version = excluded.minimum_version, refused_versions = excluded.refused_versions",
        values![
            by.workspace,
            rules.approval.then_some(by.now),
            rules.minimum.as_ref().map(ToString::to_string),
            serde_json::json!(refused).to_string()
        ],
    )
    .await?;
    Ok(())
}

fn rules_of(row: &Row) -> Result<Rules> {
    let version = |column: &'static str, text: &str| {
        let parsed = text.parse::<Version>();
        parsed.map_err(|e| Error::Stored { column, why: e.to_string() })
    };
    let refused: Vec<String> = match row.opt_text("refused_versions")? {
        None => Vec::new(),
        Some(text) => serde_json::from_str(&text)
            .map_err(|e| Error::Stored { column: "refused_versions", why: e.to_string() })?,
    };
    let minimum = row.opt_text("minimum_version")?;
    Ok(Rules {
        approval: row.opt_at("approval_at")?.is_some(),
        minimum: minimum.map(|text| version("minimum_version", &text)).transpose()?,
        refused: refused
            .iter()
            .map(|text| version("refused_versions", text))
            .collect::<Result<_>>()?,
    })
}
