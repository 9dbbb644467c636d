//! SQL of many people who come into a team or leave it at once, such as a group that a directory pushes: a statement for
//! a hundred of them.

use std::sync::LazyLock;

use model::{MemberId, MembershipId, TeamId};

use super::touch;
use crate::actor::By;
use crate::db::{Result, Tx, Value, filling, places};
use crate::values;

/// How many people one statement is about, where it is more than one.
const MOST: usize = 100;

static JOIN: LazyLock<[String; 2]> = LazyLock::new(|| [1, MOST].map(join_sql));
static LEAVE: LazyLock<[String; 2]> = LazyLock::new(|| [1, MOST].map(leave_sql));

fn join_sql(many: usize) -> String {
    let row = |at: usize| {
        let [id, member, display] = [5, 6, 7].map(|place| place + 3 * at);
        format!("(${id}, $1, $2, ${member}, 'member', $3, $4, ${display})")
    };
    let rows: Vec<_> = (0..many).map(row).collect();
    format!(
        "INSERT INTO team_membership (id, workspace_id, team_id, member_id, role, started_at, started_by, display)
         VALUES {} ON CONFLICT DO NOTHING RETURNING member_id",
        rows.join(", ")
    )
}

fn leave_sql(many: usize) -> String {
    format!(
        "UPDATE team_membership SET ended_at = $3, ended_by = $4
         WHERE workspace_id = $1 AND team_id = $2 AND ended_at IS NULL AND member_id IN ({})
         RETURNING member_id",
        places(5, many)
    )
}

/// The statement for so many people, and how many it has places for.
fn fitting([one, many]: &'static [String; 2], people: usize) -> (&'static str, usize) {
    if people == 1 { (one, 1) } else { (many, MOST) }
}

/// Lets people in as plain members, each with what the directory calls them here; answers who was not in the team before.
pub async fn join(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    members: &[(MemberId, Option<String>)],
) -> Result<Vec<MemberId>> {
    let mut joined = Vec::new();
    for some in members.chunks(MOST) {
        let (sql, places) = fitting(&JOIN, some.len());
        let mut values = values![by.workspace, id, by.now, by.member].to_vec();
        // Whoever comes twice is in the way of themselves, which is no harm.
        for (member, display) in filling(some, places) {
            values.push(MembershipId::new(by.now, &mut by.rng).into());
            values.push((*member).into());
            values.push(display.as_deref().into());
        }
        joined.append(&mut ids(tx, sql, &values).await?);
    }
    if !joined.is_empty() {
        touch(tx, by, id).await?;
    }
    Ok(joined)
}

/// Takes people out; answers who was in the team.
pub async fn leave(
    tx: &mut Tx,
    by: &By,
    id: TeamId,
    members: &[MemberId],
) -> Result<Vec<MemberId>> {
    let mut left = Vec::new();
    for some in members.chunks(MOST) {
        let (sql, places) = fitting(&LEAVE, some.len());
        let mut values = values![by.workspace, id, by.now, by.member].to_vec();
        values.extend(filling(some, places).map(|member| (*member).into()));
        left.append(&mut ids(tx, sql, &values).await?);
    }
    if !left.is_empty() {
        touch(tx, by, id).await?;
    }
    Ok(left)
}

async fn ids(tx: &mut Tx, sql: &'static str, values: &[Value]) -> Result<Vec<MemberId>> {
    let rows = tx.all(sql, values).await?;
    rows.iter().map(|row| row.id("member_id")).collect()
}
