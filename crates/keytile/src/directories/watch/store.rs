//! SQL of watching a directory: what is known of its people, and who seems to have left.

pub(super) mod looks;
pub(super) mod runs;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::workspace::WorkspaceRole;
use model::{DirectoryId, MemberId, MembershipId, Timestamp, WorkspaceId};

use super::plan::{Before, Known, Reason, Standing};
use super::{Suspects, Watch};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

/// How the watch over a workspace's directory stands.
pub(super) async fn watch(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Watch>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, client_id, scim_app_id, scim_app_label, sign_in_app_id, check_due_at,
                    check_asked_at, health_at, health_people, health_note, held_at, denied_at
             FROM directory WHERE workspace_id = $1",
            values![workspace],
        )
        .await?;
    row.map(|row| {
        Ok(Watch {
            directory: row.id("id")?,
            workspace: row.id("workspace_id")?,
            client_id: row.opt_text("client_id")?,
            scim_app: row.opt_text("scim_app_id")?,
            scim_app_label: row.opt_text("scim_app_label")?,
            sign_in_app: row.opt_text("sign_in_app_id")?,
            due_at: row.opt_at("check_due_at")?,
            asked_at: row.opt_at("check_asked_at")?,
            health_at: row.opt_at("health_at")?,
            health_people: row.int("health_people")?,
            health_note: row.opt_text("health_note")?,
            held_at: row.opt_at("held_at")?,
            denied_at: row.opt_at("denied_at")?,
        })
    })
    .transpose()
}

/// When there is something to read of the directory, where there ever is.
pub(super) async fn due(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Timestamp>> {
    let row = tx
        .optional(
            "SELECT d.check_due_at, (SELECT MIN(l.due_at) FROM directory_look l WHERE l.directory_id = d.id) AS look_at
             FROM directory d WHERE d.workspace_id = $1",
            values![workspace],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(row.opt_at("check_due_at")?.into_iter().chain(row.opt_at("look_at")?).min())
}

pub(super) async fn ask(tx: &mut Tx, by: &By, directory: DirectoryId) -> Result<()> {
    tx.execute(
        "UPDATE directory SET check_asked_at = $3, check_due_at = $3 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, directory, by.now],
    )
    .await?;
    Ok(())
}

/// Sets when the next comparison is due. What was asked for after this one began is still to be done.
pub(super) async fn postpone(
    tx: &mut Tx,
    directory: DirectoryId,
    begun_at: Timestamp,
    due_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE directory SET check_due_at = CASE WHEN check_asked_at > $2 THEN check_asked_at ELSE $3 END,
                check_asked_at = CASE WHEN check_asked_at > $2 THEN check_asked_at ELSE NULL END
         WHERE id = $1",
        values![directory, begun_at, due_at],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_apps(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    scim: Option<(&str, &str)>,
    sign_in: Option<&str>,
) -> Result<()> {
    let (id, label) = scim.unzip();
    tx.execute(
        "UPDATE directory SET scim_app_id = $3, scim_app_label = $4, sign_in_app_id = $5, held_at = NULL
         WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, directory, id, label, sign_in],
    )
    .await?;
    // Whoever was not in another app says nothing about this one.
    tx.execute(
        "DELETE FROM directory_suspect WHERE workspace_id = $1 AND directory_id = $2",
        values![by.workspace, directory],
    )
    .await?;
    Ok(())
}

/// Everybody of the directory who is a member now, by their id there.
pub(super) async fn known(tx: &mut Tx, directory: DirectoryId) -> Result<Vec<Known>> {
    let rows = tx
        .all(
            "SELECT m.id, i.external_id, i.started_at, m.returned_at, m.suspended_at, m.suspended_source, r.role
             FROM identity i
             JOIN member m ON m.id = i.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.directory_id = $1 AND i.ended_at IS NULL AND i.external_id IS NOT NULL AND m.removed_at IS NULL
             ORDER BY i.external_id",
            values![directory],
        )
        .await?;
    rows.iter().map(read_known).collect()
}

/// How many members the directory has here whom it may remove: the Owner is not counted.
pub(super) async fn people(tx: &mut Tx, directory: DirectoryId) -> Result<usize> {
    let row = tx
        .one(
            "SELECT COUNT(*) AS n FROM identity i
             JOIN member m ON m.id = i.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.directory_id = $1 AND i.ended_at IS NULL AND i.external_id IS NOT NULL AND m.removed_at IS NULL
               AND r.role <> $2",
            values![directory, WorkspaceRole::Owner.code()],
        )
        .await?;
    Ok(usize::try_from(row.int("n")?).unwrap_or(usize::MAX))
}

/// Whether the directory's client knows a person by the id that we gave them: then it is our own client.
pub(super) async fn is_our_id(
    tx: &mut Tx,
    directory: DirectoryId,
    external_id: &str,
    id: MembershipId,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT id FROM identity WHERE directory_id = $1 AND external_id = $2 AND id = $3",
            values![directory, external_id, id],
        )
        .await?;
    Ok(row.is_some())
}

/// Remembers the app that tells us of people, where nobody has chosen one.
pub(super) async fn found_app(
    tx: &mut Tx,
    directory: DirectoryId,
    id: &str,
    label: &str,
) -> Result<bool> {
    let put = tx
        .execute(
            "UPDATE directory SET scim_app_id = $2, scim_app_label = $3 WHERE id = $1 AND scim_app_id IS NULL",
            values![directory, id, label],
        )
        .await?;
    Ok(put > 0)
}

/// The member of the directory with this id there.
pub(super) async fn known_by_id(
    tx: &mut Tx,
    directory: DirectoryId,
    external_id: &str,
) -> Result<Option<Known>> {
    let row = tx
        .optional(
            "SELECT m.id, i.external_id, i.started_at, m.returned_at, m.suspended_at, m.suspended_source, r.role
             FROM identity i
             JOIN member m ON m.id = i.member_id
             JOIN member_role r ON r.member_id = m.id AND r.ended_at IS NULL
             WHERE i.directory_id = $1 AND i.external_id = $2 AND i.ended_at IS NULL AND m.removed_at IS NULL",
            values![directory, external_id],
        )
        .await?;
    row.as_ref().map(read_known).transpose()
}

/// Whether the directory has told something of the person with this id after the instant, such as that they are back.
pub(super) async fn is_changed(
    tx: &mut Tx,
    directory: DirectoryId,
    external_id: &str,
    since: Timestamp,
) -> Result<bool> {
    let row = tx
        .optional(
            "SELECT id FROM identity
             WHERE directory_id = $1 AND external_id = $2 AND ended_at IS NULL AND (updated_at > $3 OR started_at > $3)",
            values![directory, external_id, since],
        )
        .await?;
    Ok(row.is_some())
}

fn read_known(row: &Row) -> Result<Known> {
    let is_suspended = row.opt_int("suspended_at")?.is_some();
    let by_directory = row.opt_text("suspended_source")?.as_deref() == Some("directory");
    Ok(Known {
        member: row.id::<MemberId>("id")?,
        external_id: row.text("external_id")?,
        standing: match (is_suspended, by_directory) {
            (false, _) => Standing::Active,
            (true, true) => Standing::SuspendedThere,
            (true, false) => Standing::SuspendedHere,
        },
        is_owner: row.code("role", WorkspaceRole::from_code)? == WorkspaceRole::Owner,
        here_since: row.at("started_at")?.max(row.opt_at("returned_at")?.unwrap_or(Timestamp::MIN)),
    })
}

/// What was said of many departures before, and how many there were within the last hour.
pub(super) async fn before(tx: &mut Tx, directory: DirectoryId, now: Timestamp) -> Result<Before> {
    let rows = tx
        .all(
            "SELECT external_id, found_at, approved_at FROM directory_suspect WHERE directory_id = $1",
            values![directory],
        )
        .await?;
    let mut before = Before::default();
    for row in &rows {
        let person = row.text("external_id")?;
        if row.opt_int("approved_at")?.is_some() {
            before.approved.insert(person.clone());
        }
        before.suspects.insert(person, row.at("found_at")?);
    }
    let recent = tx
        .one(
            "SELECT CAST(COALESCE(SUM(missing), 0) AS BIGINT) AS n FROM directory_run
             WHERE directory_id = $1 AND begun_at > $2",
            values![directory, now - SignedDuration::from_hours(1)],
        )
        .await?;
    before.recent = usize::try_from(recent.int("n")?).unwrap_or(usize::MAX);
    Ok(before)
}

/// Remembers who seems to have left with many others, and since when; nobody else is suspected any more.
pub(super) async fn put_suspects(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    suspects: &BTreeMap<String, Reason>,
    is_whole: bool,
) -> Result<()> {
    if is_whole {
        let rows = tx
            .all(
                "SELECT external_id FROM directory_suspect WHERE directory_id = $1",
                values![directory],
            )
            .await?;
        for row in &rows {
            let person = row.text("external_id")?;
            if !suspects.contains_key(&person) {
                forget_suspect(tx, directory, &person).await?;
            }
        }
    }
    for (person, reason) in suspects {
        tx.execute(
            "INSERT INTO directory_suspect (directory_id, workspace_id, external_id, reason, found_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (directory_id, external_id) DO UPDATE SET reason = excluded.reason",
            values![directory, by.workspace, person, reason.code(), by.now],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn forget_suspect(
    tx: &mut Tx,
    directory: DirectoryId,
    person: &str,
) -> Result<()> {
    tx.execute(
        "DELETE FROM directory_suspect WHERE directory_id = $1 AND external_id = $2",
        values![directory, person],
    )
    .await?;
    Ok(())
}

/// Says since when an admin is asked about the suspects, or that nobody is; answers whether that is news.
pub(super) async fn set_held(
    tx: &mut Tx,
    directory: DirectoryId,
    since: Option<Timestamp>,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE directory SET held_at = $2
             WHERE id = $1 AND CASE WHEN held_at IS NULL THEN 1 ELSE 0 END <> CASE WHEN $2 IS NULL THEN 1 ELSE 0 END",
            values![directory, since],
        )
        .await?;
    Ok(changed > 0)
}

/// An admin says that the suspects found until then have left indeed. Answers how many they are.
pub(super) async fn approve(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    found_until: Timestamp,
) -> Result<u64> {
    tx.execute(
        "UPDATE directory_suspect SET approved_at = $3, approved_by = $4
         WHERE workspace_id = $1 AND directory_id = $2 AND approved_at IS NULL AND found_at <= $5",
        values![by.workspace, directory, by.now, by.member, found_until],
    )
    .await
}

/// Suspects, for an admin to decide about: so many names of them.
pub(super) async fn suspects(tx: &mut Tx, directory: DirectoryId, limit: i64) -> Result<Suspects> {
    let all = tx
        .one(
            "SELECT COUNT(*) AS n, MAX(found_at) AS found_until FROM directory_suspect
             WHERE directory_id = $1 AND approved_at IS NULL",
            values![directory],
        )
        .await?;
    let rows = tx
        .all(
            "SELECT m.name FROM directory_suspect s
             JOIN identity i ON i.directory_id = s.directory_id AND i.external_id = s.external_id AND i.ended_at IS NULL
             JOIN member m ON m.id = i.member_id
             WHERE s.directory_id = $1 AND s.approved_at IS NULL ORDER BY m.name, m.id LIMIT $2",
            values![directory, limit],
        )
        .await?;
    Ok(Suspects {
        count: all.int("n")?,
        found_until: all.opt_at("found_until")?,
        names: rows.iter().map(|row| row.text("name")).collect::<Result<_>>()?,
    })
}
