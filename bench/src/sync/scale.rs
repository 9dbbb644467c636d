//! What a change costs Keytile itself, among a thousand tiles and among a hundred thousand: to mark what it touched, and to
//! plan for each mark, which is a whole turn of the worker with its commit. Nothing is to be done in Okta.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use http::Request;
use keytile::sync::store;
use keytile::sync::worker::{Holder, Turn, Worker};
use keytile::{App, sync};
use model::WorkspaceId;
use portal::Priority;
use portal::okta::{Credential, NoAnswer, NoAnswerKind, OktaPortal, Sending, Wire};

use crate::REPETITIONS;
use crate::count::What;
use crate::machine::own_cpu;
use crate::rows::{scale, scattered};
use crate::table::{Goal, Line, Table, median};
use crate::world::{Ids, Shape, Worlds, fill};

const SINGLE_TILES: usize = 300;
const TEAMS: usize = 5;
/// How many tiles a team of these worlds reaches.
const OF_TEAM: usize = 200;

/// CPU for each tile: of a changed account, and of a changed team.
type Costs = [f64; 2];

pub async fn measure(table: &mut Table, worlds: &mut Worlds) -> anyhow::Result<()> {
    scale::compare(worlds, table).await?;
    let small = worlds.get(Shape::of(1_000)).await?;
    let large = worlds.get(Shape::of(100_000)).await?;
    let in_small = Desk::open(&small.open().await?, small.workspace).await?;
    let in_large = Desk::open(&large.open().await?, large.workspace).await?;
    let (mut beside, mut ours) = (Vec::new(), Vec::new());
    // The first time only warms up.
    for round in 0..=REPETITIONS {
        let costs = (in_small.costs(&small.ids()).await?, in_large.costs(&large.ids()).await?);
        if round > 0 {
            beside.push(costs.0);
            ours.push(costs.1);
        }
    }
    in_small.close().await?;
    in_large.close().await?;
    let of = |all: &[Costs], which: usize| median(all.iter().map(|costs| costs[which]).collect());
    for (which, name) in [
        "plan for one changed account, 100,000 tiles beside 1,000: CPU",
        "plan for each of the 200 tiles of a changed team, 100,000 beside 1,000: CPU",
    ]
    .into_iter()
    .enumerate()
    {
        let line = Line::new(name, of(&ours, which), "µs");
        table.add(&line.beside(Some(of(&beside, which)), Goal::AtMost(1.2)));
    }
    let name = "mark and plan for one changed account, 100,000 tiles beside 1,000";
    scale::count(table, name, What::Plan, [&small, &large]).await
}

/// Changes so many accounts, and plans for each: work to be counted.
pub async fn plan(app: &App, ids: &Ids, times: usize) -> anyhow::Result<()> {
    let desk = Desk::open(app, ids.workspace).await?;
    desk.rest().await?;
    desk.change(ids, times).await?;
    desk.follow(times).await?;
    desk.worker.release().await.context("release the lease")
}

/// A worker on a world in which every tile is as it should be.
struct Desk {
    app: App,
    worker: Worker<OktaPortal>,
}

impl Desk {
    async fn open(app: &App, workspace: WorkspaceId) -> anyhow::Result<Self> {
        let row = store::portal(&mut app.db.read().await?, workspace).await?;
        let row = row.context("find the portal")?;
        let domain = row.domain.parse().context("read the org's address")?;
        let (credential, org) =
            (Credential::Token("00token".to_owned().into()), row.org_id.clone());
        let okta = OktaPortal::over(Arc::new(Silence), domain, credential, Some(org));
        let worker = Worker::take_over(app, row, okta, &Holder::new(app)).await?;
        Ok(Self { app: app.clone(), worker: worker.context("take over the portal")? })
    }

    async fn close(self) -> anyhow::Result<()> {
        self.worker.release().await.context("release the lease")?;
        self.app.db.close().await;
        Ok(())
    }

    async fn costs(&self, world: &Ids) -> anyhow::Result<Costs> {
        self.rest().await?;
        self.change(world, SINGLE_TILES).await?;
        let single = self.follow(SINGLE_TILES).await?;
        for index in scattered(world.teams.len()).take(TEAMS) {
            self.mark(world, sync::Touched::Team(world.teams[index])).await?;
        }
        Ok([single, self.follow(TEAMS * OF_TEAM).await?])
    }

    /// What other rows have marked is nobody's cost here.
    async fn rest(&self) -> anyhow::Result<()> {
        while matches!(self.worker.turn().await?, Turn::Did(_) | Turn::Audited) {}
        Ok(())
    }

    async fn change(&self, world: &Ids, accounts: usize) -> anyhow::Result<()> {
        for index in scattered(world.accounts.len()).take(accounts) {
            self.mark(world, sync::Touched::Account(world.accounts[index])).await?;
        }
        Ok(())
    }

    async fn mark(&self, world: &Ids, touched: sync::Touched) -> anyhow::Result<()> {
        let marked = fill::write(&self.app, world.workspace, move |tx, by| {
            Box::pin(async move { Ok(sync::mark(tx, by, touched, Priority::Change).await?) })
        });
        marked.await.map(drop).context("mark tiles")
    }

    /// Turns until nothing is left to do, which are as many as there are tiles. CPU for each, in µs.
    async fn follow(&self, tiles: usize) -> anyhow::Result<f64> {
        let (before, mut turns) = (own_cpu()?, 0);
        while let Turn::Did(_) = self.worker.turn().await? {
            turns += 1;
        }
        ensure!(turns == tiles, "{turns} turns for {tiles} tiles");
        let used = own_cpu()?.saturating_sub(before);
        self.check().await?;
        Ok(micros(used, tiles))
    }

    /// A tile that had to be paused would cost something else.
    async fn check(&self) -> anyhow::Result<()> {
        let sql = "SELECT COUNT(*) AS n FROM tile WHERE phase <> 'live' OR settled < marked OR problem IS NOT NULL";
        let unsettled = self.app.db.read().await?.one(sql, keytile::values![]).await?.int("n")?;
        ensure!(unsettled == 0, "{unsettled} tiles are not as they should be");
        Ok(())
    }
}

fn micros(used: Duration, items: usize) -> f64 {
    used.as_secs_f64() * 1e6 / super::count(items)
}

/// An org that nobody has a reason to call.
struct Silence;

impl Wire for Silence {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        let detail = format!("{} {}: nothing was to be done", request.method(), request.uri());
        let kind = NoAnswerKind::Other;
        Box::pin(async move { Err(NoAnswer { kind, was_sent: false, detail }) })
    }
}
