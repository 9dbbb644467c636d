//! What the server keeps in memory in a large workspace: after changes that its own worker has followed, pages, and reads
//! on many connections, once all of that is over. Nobody of this world is in Okta, so that nothing is to be done there.

use std::time::Duration;

use anyhow::ensure;
use keytile::{App, values};

use crate::http::{Connection, request};
use crate::load::{self, Load};
use crate::machine::Server;
use crate::rows::scattered;
use crate::table::{Goal, Line, Table};
use crate::world::{Shape, World, Worlds};

const ACCOUNTS: usize = 100_000;
const SHARES: usize = 300;
const PAGES: usize = 20;
const READS: usize = 2_000;

/// Connections that read at the same time, and for how long.
const CONNECTIONS: usize = 64;
const SECONDS: f64 = 3.0;

/// The goal of `performance.md`, section 5.
const MOST_MIB: f64 = 128.0;

/// How long the worker may take to follow, in looks of a tenth of a second.
const PATIENCE: usize = 600;

pub async fn measure(table: &mut Table, worlds: &mut Worlds) -> anyhow::Result<()> {
    let shape = Shape::of(ACCOUNTS);
    let world = worlds.get(shape).await?;
    let app = world.open().await?;
    let server = world.serve()?;
    let before = server.memory()?;
    change(&world, &server).await?;
    follow(&app).await?;
    let requests = scattered(world.accounts.len()).take(READS).map(|index| {
        let path = format!("/api/v1/accounts/{}", world.accounts[index]);
        request("GET", &path, server.address, Some(&world.key), None)
    });
    let (requests, connections) = (requests.collect(), CONNECTIONS);
    let load = Load { address: server.address, requests, connections, seconds: SECONDS };
    load::measure(&server, &load)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = server.memory()?;
    app.db.close().await;
    let (people, teams) = (shape.members, shape.teams);
    let name = format!(
        "memory at rest after {SHARES} shares and reads, {ACCOUNTS} accounts, {people} people, {teams} teams, beside \
         its start"
    );
    let line = Line::new(&name, after, "MiB").goal(Goal::AtMost(MOST_MIB));
    table.add(&line.beside(Some(before), Goal::None));
    Ok(())
}

/// Shares accounts with people who do not have them, and goes through pages. Each share marks a tile.
async fn change(world: &World, server: &Server) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let pairs = scattered(world.accounts.len()).zip(scattered(world.members.len())).take(SHARES);
    for (account, member) in pairs {
        let body = format!(
            "{{\"account_id\":\"{}\",\"member_id\":\"{}\",\"role\":\"collaborator\"}}",
            world.accounts[account], world.members[member]
        );
        let (address, key) = (server.address, Some(world.key.as_str()));
        let share = request("POST", "/api/v1/shares", address, key, Some(&body));
        let status = connection.send(share.as_bytes()).await?;
        // Some have it already.
        ensure!(matches!(status, 200 | 201 | 409), "{status}: {}", connection.answer());
    }
    for page in 0..PAGES {
        let after = world.cursor_after(page * world.accounts.len() / PAGES);
        let path = format!("/api/v1/accounts?limit=50&after={after}");
        let page = request("GET", &path, server.address, Some(&world.key), None);
        let status = connection.send(page.as_bytes()).await?;
        ensure!(status == 200, "{status}: {}", connection.answer());
    }
    Ok(())
}

/// Waits until the server's worker has looked at every tile that was marked.
async fn follow(app: &App) -> anyhow::Result<()> {
    for _ in 0..PATIENCE {
        let mut tx = app.db.read().await?;
        let due = "SELECT (SELECT COUNT(*) FROM tile WHERE due_at IS NOT NULL) + (SELECT COUNT(*) FROM tile_mark) AS n";
        if tx.one(due, values![]).await?.int("n")? == 0 {
            return Ok(());
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("tiles are still due after a minute")
}
