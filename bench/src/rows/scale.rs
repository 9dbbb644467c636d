//! An access check, and the marks that one change leaves, in a world of a thousand accounts and in one of a hundred
//! thousand, in time and in instructions: the time also shows that the small world fits into the caches of the processor, the
//! instructions are the work alone. Each mark is a transaction of its own, with its commit.

use std::time::Duration;

use anyhow::Context as _;
use keytile::{App, sharing, sync};
use model::TeamId;
use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use portal::Priority;

use super::scattered;
use crate::count::{self, What};
use crate::machine::own_cpu;
use crate::table::{Goal, Line, Table, median};
use crate::world::{Ids, Shape, World, Worlds, fill};
use crate::{Bench, REPETITIONS};

const CHECKS: usize = 4_000;
const SHARE_MARKS: usize = 1_000;
const TEAM_MARKS: usize = 60;

const CHECK: &str = "access check, 100,000 accounts beside 1,000";
const SHARE: &str = "mark the tile of a changed share, 100,000 beside 1,000";
const TEAM: &str = "mark the 200 tiles of a changed team, 100,000 beside 1,000";
const APART: &str = "the same, the team's accounts far apart from each other";

/// What is measured in each world, in CPU µs.
type Costs = [f64; 3];

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    compare(&mut bench.worlds, &mut bench.table).await
}

/// The same for the table of the sync.
pub async fn compare(worlds: &mut Worlds, table: &mut Table) -> anyhow::Result<()> {
    let small = worlds.get(Shape::of(1_000)).await?;
    let large = worlds.get(Shape::of(100_000)).await?;
    let times = times(&small, &large).await?;
    for (which, (name, what)) in
        [(CHECK, What::Check), (SHARE, What::MarkShare), (TEAM, What::MarkTeam)]
            .into_iter()
            .enumerate()
    {
        tell(table, name, times.map(|costs| costs[which]));
        count(table, name, what, [&small, &large]).await?;
    }
    let small = worlds.get(Shape::scattered(1_000)).await?;
    let large = worlds.get(Shape::scattered(100_000)).await?;
    let apart = apart(&small, &large).await?;
    tell(table, APART, apart);
    count(table, APART, What::MarkTeam, [&small, &large]).await
}

fn tell(table: &mut Table, name: &str, [beside, ours]: [f64; 2]) {
    let name = format!("{name}: CPU");
    let line = Line::new(&name, ours, "µs");
    table.add(&line.beside(Some(beside), Goal::AtMost(1.2)));
}

/// The same work in both worlds, in instructions.
pub async fn count(
    table: &mut Table,
    name: &str,
    what: What,
    [small, large]: [&World; 2],
) -> anyhow::Result<()> {
    if !count::is_possible() {
        Table::note(&format!("{name}: valgrind is not here, so nothing counts its instructions"));
        return Ok(());
    }
    let beside = count::instructions(small, what).await? / 1e3;
    let ours = count::instructions(large, what).await? / 1e3;
    let name = format!("{name}: instructions");
    table.add(&Line::new(&name, ours, "k").beside(Some(beside), Goal::AtMost(1.2)));
    Ok(())
}

/// The medians, in the small world and in the large one.
async fn times(small: &World, large: &World) -> anyhow::Result<[Costs; 2]> {
    let (in_small, in_large) = (small.open().await?, large.open().await?);
    let (mut beside, mut ours) = (Vec::new(), Vec::new());
    // The first time only warms up.
    for round in 0..=REPETITIONS {
        let costs = (costs(&in_small, &small.ids()).await?, costs(&in_large, &large.ids()).await?);
        if round > 0 {
            beside.push(costs.0);
            ours.push(costs.1);
        }
    }
    in_small.db.close().await;
    in_large.db.close().await;
    let of = |all: &[Costs]| {
        [0, 1, 2].map(|which| median(all.iter().map(|costs| costs[which]).collect()))
    };
    Ok([of(&beside), of(&ours)])
}

/// The goal holds wherever a team's accounts lie. Here each tile is a page of its own to read.
async fn apart(small: &World, large: &World) -> anyhow::Result<[f64; 2]> {
    let (in_small, in_large) = (small.open().await?, large.open().await?);
    let (mut beside, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=REPETITIONS {
        let costs = (
            team_marks(&in_small, &small.ids()).await?,
            team_marks(&in_large, &large.ids()).await?,
        );
        if round > 0 {
            beside.push(costs.0);
            ours.push(costs.1);
        }
    }
    in_small.db.close().await;
    in_large.db.close().await;
    Ok([median(beside), median(ours)])
}

async fn costs(app: &App, ids: &Ids) -> anyhow::Result<Costs> {
    let before = own_cpu()?;
    check(app, ids, CHECKS).await?;
    let checks = per_item(own_cpu()?.saturating_sub(before), CHECKS);
    let before = own_cpu()?;
    mark_shares(app, ids, SHARE_MARKS).await?;
    let shares = per_item(own_cpu()?.saturating_sub(before), SHARE_MARKS);
    Ok([checks, shares, team_marks(app, ids).await?])
}

/// Each from where the worker leaves it: with no mark noted, since it puts them on the tiles at once.
async fn team_marks(app: &App, ids: &Ids) -> anyhow::Result<f64> {
    let mut used = Duration::ZERO;
    for team in scattered(ids.teams.len()).take(TEAM_MARKS).map(|at| ids.teams[at]) {
        fill::forget_marks(app, ids.workspace).await?;
        let before = own_cpu()?;
        mark_team(app, ids, team).await?;
        used += own_cpu()?.saturating_sub(before);
    }
    Ok(per_item(used, TEAM_MARKS))
}

/// Checks of people and accounts all over the world. Every other one is of somebody who holds the account.
pub async fn check(app: &App, ids: &Ids, times: usize) -> anyhow::Result<()> {
    let people = ids.members.len();
    let mut tx = app.db.read().await?;
    for (nth, index) in scattered(ids.accounts.len()).take(times).enumerate() {
        let member = if nth % 2 == 0 { index * 5 } else { index * 5 + people / 2 } % people;
        let actor = Actor {
            workspace: ids.workspace,
            // The first member is in every team, and so unlike anybody else.
            member: ids.members[member.max(1)],
            role: WorkspaceRole::User,
            status: MemberStatus::Active,
        };
        sharing::on_account(&mut tx, &actor, ids.accounts[index]).await?;
    }
    Ok(())
}

/// Marks of single tiles.
pub async fn mark_shares(app: &App, ids: &Ids, times: usize) -> anyhow::Result<()> {
    for index in scattered(ids.accounts.len()).take(times) {
        mark(app, ids, sync::Touched::Account(ids.accounts[index]), 1).await?;
    }
    Ok(())
}

/// Marks of what one team holds.
pub async fn mark_team(app: &App, ids: &Ids, team: TeamId) -> anyhow::Result<()> {
    mark(app, ids, sync::Touched::Team(team), 200).await
}

async fn mark(app: &App, ids: &Ids, touched: sync::Touched, expected: u64) -> anyhow::Result<()> {
    let marked = fill::write(app, ids.workspace, move |tx, by| {
        Box::pin(async move { Ok(sync::mark(tx, by, touched, Priority::Change).await?) })
    });
    let marked = marked.await.context("mark tiles")?;
    anyhow::ensure!(marked == expected, "{marked} tiles were marked, not {expected}");
    Ok(())
}

fn per_item(used: Duration, items: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand items")]
    let items = items as f64;
    used.as_secs_f64() * 1e6 / items
}
