//! SQL of teams and their members.

pub(super) mod many;

use std::collections::{BTreeMap, BTreeSet};

use model::team::{TeamOrigin, TeamRole};
use model::{DepartureId, DirectoryId, MemberId, MembershipId, TeamId, WorkspaceId};

use super::{Team, TeamMember};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::members::store::{contains, key};
use crate::paging::{Cursor, Wanted};
use crate::values;

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    name: &str,
    directory: Option<(DirectoryId, Option<String>)>,
) -> Result<TeamId> {
    let id = TeamId::new(by.now, &mut by.rng);
    let (directory, external_id) = directory.unzip();
    tx.execute(
        "INSERT INTO team (id, workspace_id, directory_id, external_id, name, name_key, created_at, created_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)",
        values![id, by.workspace, directory, external_id.flatten(), name, key(name), by.now, by.member],
    )
    .await?;
    Ok(id)
}

/// Whether a directory has pushed a team of this name.
pub(super) async fn is_of_directory(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
) -> Result<bool> {
    let found = tx
        .optional(
            "SELECT t.id FROM team t
             WHERE t.workspace_id = $1 AND t.name_key = $2 AND t.directory_id IS NOT NULL AND t.deleted_at IS NULL LIMIT 1",
            values![workspace, key(name)],
        )
        .await?;
    Ok(found.is_some())
}

/// A team that has not been deleted.
pub async fn find(tx: &mut Tx, workspace: WorkspaceId, id: TeamId) -> Result<Option<Team>> {
    let row = tx
        .optional(
            "SELECT t.id, t.name, t.directory_id, t.external_id, t.created_at, t.updated_at,
                    (SELECT COUNT(*) FROM team_membership m WHERE m.team_id = t.id AND m.ended_at IS NULL) AS members
             FROM team t WHERE t.workspace_id = $1 AND t.id = $2 AND t.deleted_at IS NULL",
            values![workspace, id],
        )
        .await?;
    row.as_ref().map(team).transpose()
}

/// Where the list of teams goes on after this one.
pub(super) fn cursor(team: &Team) -> Cursor<TeamId> {
    Cursor { key: key(&team.name), id: team.id }
}

/// A page of all teams, or of those of one member, by name.
pub(super) async fn page(
    tx: &mut Tx,
    workspace: WorkspaceId,
    of: Option<MemberId>,
    wanted: &Wanted<TeamId>,
) -> Result<Vec<Team>> {
    let (place, id) = wanted.after.as_ref().map(|c| (c.key.clone(), c.id)).unzip();
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let rows = tx
        .all(
            "SELECT t.id, t.name, t.directory_id, t.external_id, t.created_at, t.updated_at,
                    (SELECT COUNT(*) FROM team_membership m WHERE m.team_id = t.id AND m.ended_at IS NULL) AS members
             FROM team t
             WHERE t.workspace_id = $1 AND t.deleted_at IS NULL AND ($2 IS NULL OR EXISTS (
                 SELECT 1 FROM team_membership m WHERE m.team_id = t.id AND m.member_id = $2 AND m.ended_at IS NULL))
               AND ($3 = '' OR t.name_key LIKE $4 ESCAPE '!')
               AND ($5 IS NULL OR t.name_key > $5 OR (t.name_key = $5 AND t.id > $6))
             ORDER BY t.name_key, t.id LIMIT $7",
            values![workspace, of, &wanted.search, contains(&wanted.search), place, id, limit],
        )
        .await?;
    rows.iter().map(team).collect()
}

/// All teams, or those of one member, by name.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId, of: Option<MemberId>) -> Result<Vec<Team>> {
    page(tx, workspace, of, &Wanted::first("", usize::MAX)).await
}

/// How many accounts each team reaches.
pub(super) async fn count_accounts(
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<BTreeMap<TeamId, i64>> {
    let rows = tx
        .all(
            "SELECT g.team_id, COUNT(*) AS n
             FROM (
                 SELECT s.team_id, s.account_id FROM share s
                 WHERE s.workspace_id = $1 AND s.team_id IS NOT NULL AND s.account_id IS NOT NULL AND s.ended_at IS NULL
                 UNION
                 SELECT s.team_id, i.account_id FROM share s
                 JOIN collection_path p ON p.ancestor_id = s.collection_id AND p.ended_at IS NULL
                 JOIN collection_item i ON i.collection_id = p.descendant_id AND i.ended_at IS NULL
                 WHERE s.workspace_id = $1 AND s.team_id IS NOT NULL AND s.ended_at IS NULL
             ) g
             JOIN account a ON a.id = g.account_id AND a.deleted_at IS NULL
             GROUP BY g.team_id",
            values![workspace],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("team_id")?, row.int("n")?))).collect()
}

/// Where the list of a team's people goes on after this one.
pub(super) fn end(person: &TeamMember) -> Cursor<MemberId> {
    Cursor { key: key(&person.name), id: person.member }
}

/// A page of who is in a team, by name.
pub async fn people(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TeamId,
    wanted: &Wanted<MemberId>,
) -> Result<Vec<TeamMember>> {
    let (place, after) = wanted.after.as_ref().map(|c| (c.key.clone(), c.id)).unzip();
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let rows = tx
        .all(
            "SELECT t.member_id, t.role, t.started_at, m.name, m.email FROM team_membership t
             JOIN member m ON m.id = t.member_id
             WHERE t.workspace_id = $1 AND t.team_id = $2 AND t.ended_at IS NULL
               AND ($3 = '' OR m.name_key LIKE $4 ESCAPE '!' OR m.email_key LIKE $4 ESCAPE '!')
               AND ($5 IS NULL OR m.name_key > $5 OR (m.name_key = $5 AND m.id > $6))
             ORDER BY m.name_key, m.id LIMIT $7",
            values![workspace, id, &wanted.search, contains(&wanted.search), place, after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(TeamMember {
                member: row.id("member_id")?,
                name: row.text("name")?,
                email: row.text("email")?,
                role: row.code("role", TeamRole::from_code)?,
                since: row.at("started_at")?,
            })
        })
        .collect()
}

/// Everyone who is in a team.
pub(super) async fn inside(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TeamId,
) -> Result<BTreeSet<MemberId>> {
    let rows = tx
        .all(
            "SELECT member_id FROM team_membership WHERE workspace_id = $1 AND team_id = $2 AND ended_at IS NULL",
            values![workspace, id],
        )
        .await?;
    rows.iter().map(|row| row.id("member_id")).collect()
}

pub(super) async fn role_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TeamId,
    member: MemberId,
) -> Result<Option<TeamRole>> {
    let row = tx
        .optional(
            "SELECT role FROM team_membership
             WHERE workspace_id = $1 AND team_id = $2 AND member_id = $3 AND ended_at IS NULL",
            values![workspace, id, member],
        )
        .await?;
    row.map(|row| row.code("role", TeamRole::from_code)).transpose()
}

/// What became of somebody who was put into a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// They came in.
    New,
    /// They were in it, in another role.
    ChangedRole,
    /// They were in it, in this role.
    Already,
}

/// A changed role is closed and opened anew.
pub(super) async fn join(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<Joined> {
    let present = role_in(tx, by.workspace, id, member).await?;
    if present == Some(role) {
        return Ok(Joined::Already);
    }
    if present.is_some() {
        leave(tx, by, id, member).await?;
    }
    let membership = MembershipId::new(by.now, &mut by.rng);
    tx.execute(
        "INSERT INTO team_membership (id, workspace_id, team_id, member_id, role, started_at, started_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![membership, by.workspace, id, member, role.code(), by.now, by.member],
    )
    .await?;
    touch(tx, by, id).await?;
    Ok(if present.is_some() { Joined::ChangedRole } else { Joined::New })
}

/// True where the member was in the team.
pub(super) async fn leave(tx: &mut Tx, by: &By, id: TeamId, member: MemberId) -> Result<bool> {
    let left = tx
        .execute(
            "UPDATE team_membership SET ended_at = $4, ended_by = $5
             WHERE workspace_id = $1 AND team_id = $2 AND member_id = $3 AND ended_at IS NULL",
            values![by.workspace, id, member, by.now, by.member],
        )
        .await?;
    if left > 0 {
        touch(tx, by, id).await?;
    }
    Ok(left > 0)
}

pub(super) async fn leave_all(tx: &mut Tx, by: &By, id: TeamId) -> Result<()> {
    tx.execute(
        "UPDATE team_membership SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND team_id = $2 AND ended_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

pub(super) async fn leave_all_of_member(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    departure: DepartureId,
) -> Result<u64> {
    tx.execute(
        "UPDATE team SET updated_at = $3, version = version + 1 WHERE workspace_id = $1 AND id IN (
             SELECT team_id FROM team_membership WHERE member_id = $2 AND ended_at IS NULL)",
        values![by.workspace, member, by.now],
    )
    .await?;
    tx.execute(
        "UPDATE team_membership SET ended_at = $3, ended_by = $4, departure_id = $5
         WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL",
        values![by.workspace, member, by.now, by.member, departure],
    )
    .await
}

pub(super) async fn leave_all_of_directory(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    directory: DirectoryId,
) -> Result<()> {
    tx.execute(
        "UPDATE team SET updated_at = $3, version = version + 1 WHERE workspace_id = $1 AND directory_id = $4 AND id IN (
             SELECT team_id FROM team_membership WHERE member_id = $2 AND ended_at IS NULL)",
        values![by.workspace, member, by.now, directory],
    )
    .await?;
    tx.execute(
        "UPDATE team_membership SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL AND team_id IN (
             SELECT id FROM team WHERE workspace_id = $1 AND directory_id = $5)",
        values![by.workspace, member, by.now, by.member, directory],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_name(tx: &mut Tx, by: &By, id: TeamId, name: &str) -> Result<()> {
    tx.execute(
        "UPDATE team SET name = $3, name_key = $4, updated_at = $5, version = version + 1 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, name, key(name), by.now],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, by: &By, id: TeamId) -> Result<()> {
    tx.execute(
        "UPDATE team SET deleted_at = $3, deleted_by = $4 WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL",
        values![by.workspace, id, by.now, by.member],
    )
    .await?;
    Ok(())
}

async fn touch(tx: &mut Tx, by: &By, id: TeamId) -> Result<()> {
    tx.execute(
        "UPDATE team SET updated_at = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, by.now],
    )
    .await?;
    Ok(())
}

fn team(row: &Row) -> Result<Team> {
    let directory: Option<DirectoryId> = row.opt_id("directory_id")?;
    Ok(Team {
        id: row.id("id")?,
        name: row.text("name")?,
        origin: if directory.is_some() { TeamOrigin::Directory } else { TeamOrigin::SelfManaged },
        external_id: row.opt_text("external_id")?,
        members: row.int("members")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}
