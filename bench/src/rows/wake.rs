//! From the commit of an extension to the first call at Okta: the wake-up, the look at the grants, the request.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use keytile::clock::Clock;
use keytile::sync::{self, Progress};
use model::AccountId;
use okta_sim::Limits;
use tokio::sync::watch;

use crate::Bench;
use crate::rig::Rig;
use crate::table::{Goal, Line, median};

const EXTENDS: usize = 200;
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let rig = Rig::start(Clock::system(), Limits::None).await?;
    let person = rig.person(0).await?;
    let mut accounts = Vec::with_capacity(EXTENDS);
    for index in 0..EXTENDS {
        accounts.push(rig.account(index, &[person]).await?);
    }
    let (stop, stopping) = watch::channel(false);
    let worker = tokio::spawn(sync::worker::run(rig.app.clone(), stopping));
    let mut waits = Vec::with_capacity(EXTENDS);
    for account in accounts {
        let wait = tokio::time::timeout(PATIENCE, first_call(&rig, account)).await;
        waits.push(wait.context("a tile was not made in time")??);
    }
    stop.send_replace(true);
    worker.await.context("end the worker")?;
    let name = "commit to the first call at Okta, p50 of 200";
    bench.table.add(&Line::new(name, median(waits.clone()), "ms").goal(Goal::AtMost(50.0)));
    waits.sort_by(f64::total_cmp);
    let late = waits[waits.len() * 99 / 100];
    bench.table.add(&Line::new("commit to the first call at Okta, p99 of 200", late, "ms"));
    Ok(())
}

/// Extends one account and waits until its tile is done. The milliseconds from its commit to the first request.
async fn first_call(rig: &Rig, account: AccountId) -> anyhow::Result<f64> {
    rig.okta.clear_traffic();
    sync::extend(&rig.app, &rig.owner, account).await?;
    let committed = rig.app.now();
    loop {
        let status = sync::status(&rig.app, &rig.owner, account).await?;
        match status.context("find the tile")?.progress {
            Progress::Synced => break,
            Progress::Syncing { .. } => tokio::time::sleep(Duration::from_millis(2)).await,
            other => anyhow::bail!("the tile is {other:?}"),
        }
    }
    let asked = rig.okta.traffic();
    let first = asked.first().context("find the first call")?;
    ensure!(first.status == Some(200), "Okta answered {:?}", first.status);
    // The call may leave before this task has learned of its own commit.
    let wait = first.at.duration_since(committed).as_secs_f64().max(0.0);
    Ok(wait * 1e3)
}
