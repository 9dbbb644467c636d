//! An access check, and the marks that one change leaves, in a world of a thousand accounts and in one of a hundred
//! thousand. CPU of this process, in which nothing else runs; each mark is a transaction of its own, with its commit.

use anyhow::Context as _;
use keytile::{App, sharing, sync};
use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use portal::Priority;

use super::scattered;
use crate::machine::own_cpu;
use crate::table::{Goal, Line, median};
use crate::world::{Shape, World, fill};
use crate::{Bench, REPETITIONS};

const CHECKS: usize = 4_000;
const SHARE_MARKS: usize = 1_000;
const TEAM_MARKS: usize = 60;

/// What is measured in each world, in CPU µs.
type Costs = [f64; 3];

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let small = bench.worlds.get(Shape::of(1_000)).await?;
    let large = bench.worlds.get(Shape::of(100_000)).await?;
    let (in_small, in_large) = (small.open().await?, large.open().await?);
    let (mut beside, mut ours) = (Vec::new(), Vec::new());
    // The first time only warms up.
    for round in 0..=REPETITIONS {
        let costs = (costs(&in_small, &small).await?, costs(&in_large, &large).await?);
        if round > 0 {
            beside.push(costs.0);
            ours.push(costs.1);
        }
    }
    in_small.db.close().await;
    in_large.db.close().await;
    let scattered = scattered_marks(bench).await?;
    let of = |all: &[Costs], which: usize| median(all.iter().map(|costs| costs[which]).collect());
    for (which, name) in [
        "access check, 100,000 accounts beside 1,000: CPU",
        "mark the tile of a changed share, 100,000 beside 1,000: CPU",
        "mark the 200 tiles of a changed team, 100,000 beside 1,000: CPU",
    ]
    .into_iter()
    .enumerate()
    {
        let line = Line::new(name, of(&ours, which), "µs");
        bench.table.add(&line.beside(Some(of(&beside, which)), Goal::AtMost(1.2)));
    }
    let name = "the same, the team's accounts far apart from each other: CPU";
    bench
        .table
        .add(&Line::new(name, scattered[1], "µs").beside(Some(scattered[0]), Goal::AtMost(1.2)));
    Ok(())
}

/// The goal holds wherever a team's accounts lie. Here each tile is a page of its own to write.
async fn scattered_marks(bench: &mut Bench) -> anyhow::Result<[f64; 2]> {
    let small = bench.worlds.get(Shape::scattered(1_000)).await?;
    let large = bench.worlds.get(Shape::scattered(100_000)).await?;
    let (in_small, in_large) = (small.open().await?, large.open().await?);
    let (mut beside, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=REPETITIONS {
        let costs = (team_marks(&in_small, &small).await?, team_marks(&in_large, &large).await?);
        if round > 0 {
            beside.push(costs.0);
            ours.push(costs.1);
        }
    }
    in_small.db.close().await;
    in_large.db.close().await;
    Ok([median(beside), median(ours)])
}

async fn costs(app: &App, world: &World) -> anyhow::Result<Costs> {
    Ok([checks(app, world).await?, share_marks(app, world).await?, team_marks(app, world).await?])
}

/// Every other check is of somebody who holds the account.
async fn checks(app: &App, world: &World) -> anyhow::Result<f64> {
    let people = world.members.len();
    let asked: Vec<_> = scattered(world.accounts.len())
        .take(CHECKS)
        .enumerate()
        .map(|(nth, index)| {
            let member = if nth % 2 == 0 { index * 5 } else { index * 5 + people / 2 } % people;
            // The first member is in every team, and so unlike anybody else.
            (world.members[member.max(1)], world.accounts[index])
        })
        .collect();
    let mut tx = app.db.read().await?;
    let before = own_cpu()?;
    for (member, account) in asked {
        let actor = Actor {
            workspace: world.workspace,
            member,
            role: WorkspaceRole::User,
            status: MemberStatus::Active,
        };
        sharing::on_account(&mut tx, &actor, account).await?;
    }
    per_item(before, CHECKS)
}

async fn share_marks(app: &App, world: &World) -> anyhow::Result<f64> {
    let accounts: Vec<_> =
        scattered(world.accounts.len()).take(SHARE_MARKS).map(|at| world.accounts[at]).collect();
    let before = own_cpu()?;
    for account in accounts {
        mark(app, world, sync::Touched::Account(account), 1).await?;
    }
    per_item(before, SHARE_MARKS)
}

async fn team_marks(app: &App, world: &World) -> anyhow::Result<f64> {
    let teams: Vec<_> =
        scattered(world.teams.len()).take(TEAM_MARKS).map(|at| world.teams[at]).collect();
    let before = own_cpu()?;
    for team in teams {
        mark(app, world, sync::Touched::Team(team), 200).await?;
    }
    per_item(before, TEAM_MARKS)
}

async fn mark(
    app: &App,
    world: &World,
    touched: sync::Touched,
    expected: u64,
) -> anyhow::Result<()> {
    let marked = fill::write(app, world.workspace, move |tx, by| {
        Box::pin(async move { Ok(sync::mark(tx, by, touched, Priority::Change).await?) })
    });
    let marked = marked.await.context("mark tiles")?;
    anyhow::ensure!(marked == expected, "{marked} tiles were marked, not {expected}");
    Ok(())
}

fn per_item(before: std::time::Duration, items: usize) -> anyhow::Result<f64> {
    let used = own_cpu()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand items")]
    Ok(used.as_secs_f64() * 1e6 / items as f64)
}
