//! A first sync of fifty accounts with four people each, under Okta's limits and on a clock that this row moves: how
//! many calls, how long beside the bound that Okta's limits set, and when the click of a person gets its turn.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, ensure};
use keytile::clock::Clock;
use keytile::settings;
use keytile::sync::store;
use keytile::sync::worker::{Holder, Turn, Worker};
use model::{AccountId, Timestamp};
use okta_sim::Limits;
use portal::Priority;
use portal::okta::OktaPortal;

use crate::Bench;
use crate::rig::Rig;
use crate::table::{Goal, Line, Table};

const ACCOUNTS: usize = 50;
const PEOPLE: usize = 4;
const BEGINNING: &str = "2026-03-02T09:00:00Z";

/// What a call takes on this clock: the bound's own 1.2 s, ten at a time.
const CALL_MS: i64 = 120;
/// Far more than the run needs, so that one which never ends is found.
const MOST_TURNS: usize = 10_000;

/// What came out.
struct Run {
    calls: usize,
    refused: usize,
    seconds: f64,
    click: Click,
}

/// How a person's click in the middle fared, while the background had to wait for its next window.
#[derive(Clone, Copy, Default)]
struct Click {
    calls_before: usize,
    wait_seconds: f64,
}

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let bound = bound(&bench.shared.join("bench/okta_bound.py"))?;
    let run = sync_all(false).await.context("sync without a click")?;
    let table = &mut bench.table;
    let beside = bound.map(|bound| bound.calls);
    let line = Line::new("first sync of 50 x 4, Workforce: calls in apps*", count(run.calls), "");
    table.add(&line.beside(beside, Goal::Exactly(1.0)));
    let line = Line::new("first sync of 50 x 4, Workforce: answers 429", count(run.refused), "");
    table.add(&line.goal(Goal::Exactly(0.0)));
    let line = Line::new("first sync of 50 x 4, Workforce: simulated time", run.seconds, "s");
    table.add(&line.beside(bound.map(|bound| bound.seconds), Goal::None));
    if bound.is_none() {
        Table::note("okta_bound.py is not here");
    }
    let run = sync_all(true).await.context("sync with a click")?;
    let name = "a click in the middle: calls of the background before it";
    table.add(&Line::new(name, count(run.click.calls_before), "").goal(Goal::Exactly(0.0)));
    let name = "a click in the middle: simulated wait";
    table.add(&Line::new(name, run.click.wait_seconds, "s").goal(Goal::AtMost(1.0)));
    let line = Line::new("first sync with a click: answers 429", count(run.refused), "");
    table.add(&line.goal(Goal::Exactly(0.0)));
    Ok(())
}

async fn sync_all(with_click: bool) -> anyhow::Result<Run> {
    let beginning: Timestamp = BEGINNING.parse().context("read the beginning")?;
    let time = Arc::new(AtomicI64::new(beginning.as_millisecond()));
    let rig = Rig::start(clock(&time), Limits::Workforce).await?;
    let mut people = Vec::with_capacity(PEOPLE);
    for index in 0..PEOPLE {
        people.push(rig.person(index).await?);
    }
    for index in 0..ACCOUNTS {
        let account = rig.account(index, &people).await?;
        keytile::sync::extend_as(&rig.app, &rig.owner, account, Priority::FirstSync).await?;
    }
    let mut clicked = if with_click { Some(rig.account(ACCOUNTS, &people).await?) } else { None };
    let worker = worker(&rig).await?;
    let (mut click, mut asked) = (Click::default(), 0);
    for _ in 0..MOST_TURNS {
        match worker.turn().await? {
            Turn::Did(_) | Turn::Audited => {
                let now = rig.okta.traffic().len();
                let calls = i64::try_from(now - asked).unwrap_or(0);
                time.fetch_add(calls * CALL_MS, Ordering::SeqCst);
                asked = now;
            }
            Turn::Wait(Some(until)) => match clicked.take() {
                // The worst moment: this window is used up for the background.
                Some(account) => {
                    click = self::click(&rig, &worker, account, &time).await?;
                    asked = rig.okta.traffic().len();
                }
                None => time.store(ceiling(until), Ordering::SeqCst),
            },
            Turn::Idle => return Ok(outcome(&rig, beginning, click)),
            other => anyhow::bail!("the worker stopped with {other:?}"),
        }
    }
    anyhow::bail!("the sync did not end in {MOST_TURNS} turns")
}

/// Extends one account as a person would, and lets the worker go on until its app is asked for.
async fn click(
    rig: &Rig,
    worker: &Worker<OktaPortal>,
    account: AccountId,
    time: &AtomicI64,
) -> anyhow::Result<Click> {
    let (before, began) = (rig.asked_of_apps().len(), rig.app.now());
    keytile::sync::extend(&rig.app, &rig.owner, account).await?;
    let label = format!("Account {ACCOUNTS:03}");
    for _ in 0..MOST_TURNS {
        let turn = worker.turn().await?;
        let asked = rig.asked_of_apps();
        let own = asked.iter().skip(before).position(|call| call.request_body.contains(&label));
        if let Some(calls_before) = own {
            let wait_seconds = rig.app.now().duration_since(began).as_secs_f64();
            return Ok(Click { calls_before, wait_seconds });
        }
        if let Turn::Wait(Some(until)) = turn {
            time.store(ceiling(until), Ordering::SeqCst);
        }
    }
    anyhow::bail!("the click was never answered")
}

fn outcome(rig: &Rig, beginning: Timestamp, click: Click) -> Run {
    let refused = rig.okta.traffic().iter().filter(|call| call.status == Some(429)).count();
    let seconds = rig.app.now().duration_since(beginning).as_secs_f64();
    Run { calls: rig.asked_of_apps().len(), refused, seconds, click }
}

async fn worker(rig: &Rig) -> anyhow::Result<Worker<OktaPortal>> {
    let mut tx = rig.app.db.read().await?;
    let row = store::portal(&mut tx, rig.workspace).await?.context("find the portal")?;
    let token = settings::open_token(&rig.app, &mut tx, &row).await?;
    drop(tx);
    let domain = row.domain.parse().context("read the org's address")?;
    let org = Some(row.org_id.clone());
    let okta = OktaPortal::new(&rig.app.guard, &domain, token.expose().clone(), org)
        .map_err(|why| anyhow::anyhow!("reach the org: {why}"))?;
    let holder = Holder::new(&rig.app);
    Worker::take_over(&rig.app, row, okta, &holder).await?.context("take over the portal")
}

/// A clock that stands still until it is moved.
fn clock(time: &Arc<AtomicI64>) -> Clock {
    let time = Arc::clone(time);
    Clock::from_fn(move || {
        Timestamp::from_millisecond(time.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    })
}

/// In whole milliseconds, never before the instant.
fn ceiling(at: Timestamp) -> i64 {
    at.as_millisecond() + i64::from(at.subsec_nanosecond() % 1_000_000 > 0)
}

/// The least that any design needs which assigns each person.
#[derive(Clone, Copy)]
struct Bound {
    calls: f64,
    seconds: f64,
}

fn bound(script: &Path) -> anyhow::Result<Option<Bound>> {
    if !script.is_file() {
        return Ok(None);
    }
    let (accounts, people) = (ACCOUNTS.to_string(), PEOPLE.to_string());
    let output = Command::new("python3")
        .arg(script)
        .args(["--accounts", &accounts, "--direct", &people, "--groups", "0"])
        .args(["--tier", "workforce", "--json"])
        .output()
        .context("run okta_bound.py")?;
    ensure!(output.status.success(), "okta_bound.py ended with {}", output.status);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let individual = &told["individual"];
    let calls = individual["calls"]["apps*"].as_f64().context("read the calls")?;
    let seconds = individual["wall_s"].as_f64().context("read the time")?;
    Ok(Some(Bound { calls, seconds }))
}

fn count(value: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred calls")]
    let value = value as f64;
    value
}
