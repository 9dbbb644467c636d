//! Closed-loop load from a process of its own, so that its CPU is not counted as the server's: so many connections,
//! each of which sends its next request when it has the answer to the last.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::http::Connection;
use crate::machine::{self, Server};

/// What to send, and for how long.
#[derive(Serialize, Deserialize)]
pub struct Load {
    pub address: SocketAddr,
    /// Whole requests, sent in turn.
    pub requests: Vec<String>,
    pub connections: usize,
    pub seconds: f64,
}

/// What the load process saw.
#[derive(Serialize, Deserialize)]
struct Seen {
    requests: u64,
    failures: u64,
    /// Of the first failure.
    complaint: String,
    seconds: f64,
    p50_us: f64,
    p99_us: f64,
}

/// One measurement.
#[derive(Clone, Copy)]
pub struct Sample {
    pub per_second: f64,
    /// Of the server process, user and system.
    pub cpu_us: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Puts load on a server and measures both sides. Any request that fails makes it an error.
pub fn measure(server: &Server, load: &Load) -> anyhow::Result<Sample> {
    let before = server.cpu()?;
    let seen = run(load)?;
    let used = server.cpu()?.saturating_sub(before);
    ensure!(
        seen.failures == 0,
        "{} requests failed, the first with {}",
        seen.failures,
        seen.complaint
    );
    ensure!(seen.requests > 0, "no request was answered");
    #[expect(clippy::cast_precision_loss, reason = "a few million requests at most")]
    let requests = seen.requests as f64;
    Ok(Sample {
        per_second: requests / seen.seconds,
        cpu_us: used.as_secs_f64() * 1e6 / requests,
        p50_ms: seen.p50_us / 1e3,
        p99_ms: seen.p99_us / 1e3,
    })
}

fn run(load: &Load) -> anyhow::Result<Seen> {
    let program = std::env::current_exe().context("find this program")?;
    let mut child = machine::pinned(&program, machine::LOAD_CORE)
        .arg("load")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start the load")?;
    let input = child.stdin.take().context("reach the load process")?;
    serde_json::to_writer(input, load).context("tell the load process what to send")?;
    let output = child.wait_with_output().context("wait for the load process")?;
    ensure!(output.status.success(), "the load process ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("read what the load process saw")
}

/// The load process itself.
pub async fn child() -> anyhow::Result<()> {
    let load: Load = serde_json::from_reader(std::io::stdin()).context("read what to send")?;
    let local = tokio::task::LocalSet::new();
    let seen = local.run_until(send_all(load)).await?;
    serde_json::to_writer(std::io::stdout(), &seen).context("tell what was seen")
}

async fn send_all(load: Load) -> anyhow::Result<Seen> {
    let load = Arc::new(load);
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(load.seconds);
    let clients: Vec<_> = (0..load.connections)
        .map(|index| tokio::task::spawn_local(client(Arc::clone(&load), index, until)))
        .collect();
    let (mut times, mut failures, mut complaint) = (Vec::new(), 0, String::new());
    for client in clients {
        let (mut own, failed, first) = client.await?;
        times.append(&mut own);
        failures += failed;
        if complaint.is_empty() {
            complaint = first;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or(0.0);
    let requests = times.len() as u64;
    Ok(Seen { requests, failures, complaint, seconds, p50_us: at(50), p99_us: at(99) })
}

/// One connection. How long each request took, how many failed, and how the first of those did.
async fn client(load: Arc<Load>, index: usize, until: Instant) -> (Vec<f64>, u64, String) {
    let (mut times, mut failures, mut complaint) = (Vec::new(), 0, String::new());
    // Each begins elsewhere, so that they do not ask for the same thing at the same time.
    let mut next = index * load.requests.len() / load.connections.max(1);
    let mut connection = match Connection::open(load.address).await {
        Ok(connection) => connection,
        Err(error) => return (times, 1, format!("{error:#}")),
    };
    while Instant::now() < until {
        let request = load.requests[next % load.requests.len()].as_bytes();
        next += 1;
        let began = Instant::now();
        match connection.send(request).await {
            Ok(200..=299) => times.push(began.elapsed().as_secs_f64() * 1e6),
            Ok(_) => {
                failures += 1;
                if complaint.is_empty() {
                    complaint = connection.answer();
                }
            }
            Err(error) => {
                failures += 1;
                complaint = format!("{error:#}");
                break;
            }
        }
    }
    (times, failures, complaint)
}
