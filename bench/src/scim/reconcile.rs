//! C35, R14: the released server compares its people with Okta's own directory, a simulated one that has the limits of Okta
//! and its clock. What is not sent is found: hundreds of leavers at once, but nobody by a list that breaks off.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use keytile::clock::Clock;
use keytile::{App, settings, values};
use model::WorkspaceId;
use model::secret::Secret;
use okta_sim::org::{AppKind, NewApp, NewUser, ScimConnection};
use okta_sim::{Fault, Limits, Outcome, Sim, SimConfig};

use super::directory::{Directory, name};
use crate::machine::Server;
use crate::rig::TOKEN;
use crate::table::{Goal, Line, Table};
use crate::world::{self, fill};

const PEOPLE: usize = 10_000;
const LEAVERS: usize = 600;
/// So many requests for a page fail: the client tries each a few times.
const FAILURES: usize = 20;

/// How long a comparison may take, and how often it is looked whether it has ended.
const PATIENCE: Duration = Duration::from_mins(20);
const LOOK: Duration = Duration::from_millis(50);

/// The simulated org and a directory of its people.
struct World {
    okta: Sim,
    address: SocketAddr,
    directory: Directory,
    people: Vec<String>,
    serving: tokio::task::JoinHandle<()>,
}

/// What a comparison came to.
struct Ran {
    calls: f64,
    removed: f64,
    seconds: f64,
    has_problem: bool,
    memory: [f64; 2],
}

pub async fn measure(table: &mut Table) -> anyhow::Result<()> {
    let world = World::make().await.context("make an org and its directory")?;
    let what = format!("a comparison of {PEOPLE} people with Okta");

    let quiet = world.compare(0).await.context("compare when all is well")?;
    ensure!(!quiet.has_problem, "it came to nothing");
    line(table, &format!("{what}, all as they should be: calls"), quiet.calls, Goal::AtMost(23.0));
    table.add(&Line::new("the same: from its begin to its end", quiet.seconds, "s"));
    let [before, after] = quiet.memory;
    let memory = Line::new("the same: memory at its end, beside the server's start", after, "MiB");
    table.add(&memory.beside(Some(before), Goal::None));

    for id in &world.people[..LEAVERS] {
        let gone = world.okta.org().deactivate_user(id);
        gone.map_err(|error| anyhow::anyhow!("deactivate: {}", error.summary))?;
    }
    let broken = world.compare(FAILURES).await.context("compare with a list that breaks off")?;
    ensure!(broken.has_problem, "the list was whole all the same");
    let (mut removed, mut came_to_nothing) = (broken.removed, 1.0);
    let mut pending = world.okta.pending_faults();
    let mut left = world.compare(0).await.context("compare after many have left")?;
    while left.has_problem {
        ensure!(world.okta.pending_faults() < pending, "it comes to nothing without a fault");
        pending = world.okta.pending_faults();
        removed += left.removed;
        came_to_nothing += 1.0;
        left = world.compare(0).await.context("compare after many have left")?;
    }
    let named = format!("{what}, {LEAVERS} left and its list broke off again and again: removed");
    line(table, &named, removed, Goal::Exactly(0.0));
    line(table, "the same: comparisons that came to nothing", came_to_nothing, Goal::None);
    ensure!(!left.has_problem, "it came to nothing");
    let named = format!("{what}, {LEAVERS} of whom have left: removed");
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    line(table, &named, left.removed, Goal::Exactly(LEAVERS as f64));
    line(table, "the same: calls", left.calls, Goal::None);
    table.add(&Line::new("the same: from its begin until the last is out", left.seconds, "s"));
    let [before, after] = left.memory;
    let memory = Line::new("the same: memory at its end, beside the server's start", after, "MiB");
    table.add(&memory.beside(Some(before), Goal::None));
    world.serving.abort();
    Ok(())
}

fn line(table: &mut Table, name: &str, count: f64, goal: Goal) {
    table.add(&Line::new(name, count, "").goal(goal));
}

impl World {
    async fn make() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let clock = Clock::system();
        let config = SimConfig::new(&url, TOKEN, Arc::new(move || clock.now()));
        let okta = Sim::new(SimConfig { limits: Limits::Workforce, ..config });
        let router = okta.router();
        let serving = tokio::spawn(async move {
            if let Err(error) = okta_sim::serve(listener, router, std::future::pending()).await {
                eprintln!("the simulated Okta ended: {error}");
            }
        });
        let (app, people) =
            fill_org(&okta).map_err(|why| anyhow::anyhow!("fill the org: {why}"))?;
        let known = people.clone();
        let directory = Directory::of(PEOPLE, move |index| known[index].clone()).await?;
        let keytile = world::open(directory.folder()).await?;
        let workspace = workspace(&keytile).await?;
        let (domain, org) = (url.parse().context("read an address")?, okta.org().id.clone());
        let token = Secret::new(TOKEN.to_owned());
        let ours = keytile.clone();
        fill::write(&keytile, workspace, move |tx, by| {
            Box::pin(async move {
                settings::connect(&ours, tx, by, &domain, org, &token).await?;
                // The look at everybody's health is another matter.
                let sql = "UPDATE directory SET scim_app_id = $1, scim_app_label = 'Keytile SCIM', health_at = $2";
                Ok(tx.execute(sql, values![app, by.now]).await?)
            })
        })
        .await
        .context("connect the org")?;
        keytile.db.close().await;
        Ok(Self { okta, address, directory, people, serving })
    }

    /// One comparison by a server of its own. So many requests for a page fail once a few pages were read.
    async fn compare(&self, failures: usize) -> anyhow::Result<Ran> {
        let app = world::open(self.directory.folder()).await?;
        let workspace = workspace(&app).await?;
        let begun = app.now();
        fill::write(&app, workspace, |tx, _| {
            Box::pin(
                async move { Ok(tx.execute("UPDATE directory SET check_due_at = 0", &[]).await?) },
            )
        })
        .await?;
        self.okta.clear_traffic();
        let server = world::serve_with(self.directory.folder(), self.address)?;
        let started = server.memory()?;
        if failures > 0 {
            self.fail(failures).await?;
        }
        let ran = self.ended(&app, &server, begun, started).await?;
        app.db.close().await;
        Ok(ran)
    }

    /// Breaks the pages of the app's people once three of them were asked for.
    async fn fail(&self, failures: usize) -> anyhow::Result<()> {
        let is_page = |path: &str| path.starts_with("/api/v1/apps/") && path.ends_with("/users");
        let began = std::time::Instant::now();
        while self.okta.traffic().iter().filter(|exchange| is_page(&exchange.path)).count() < 3 {
            ensure!(began.elapsed() < PATIENCE, "no page was asked for");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..failures {
            self.okta.add_fault(Fault::new("GET", "/api/v1/apps/*/users", Outcome::Drop));
        }
        Ok(())
    }

    async fn ended(
        &self,
        app: &App,
        server: &Server,
        begun: model::Timestamp,
        started: f64,
    ) -> anyhow::Result<Ran> {
        let sql = "SELECT begun_at, ended_at, calls, removed, problem FROM directory_run WHERE begun_at >= $1 \
                   AND ended_at IS NOT NULL ORDER BY begun_at LIMIT 1";
        let waiting = std::time::Instant::now();
        while waiting.elapsed() < PATIENCE {
            let mut tx = app.db.read().await?;
            if let Some(row) = tx.optional(sql, values![begun]).await? {
                #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
                let [calls, removed] = [row.int("calls")? as f64, row.int("removed")? as f64];
                let took = row.at("ended_at")?.duration_since(row.at("begun_at")?);
                return Ok(Ran {
                    calls,
                    removed,
                    seconds: took.as_secs_f64(),
                    has_problem: row.opt_text("problem")?.is_some(),
                    memory: [started, server.memory()?],
                });
            }
            drop(tx);
            tokio::time::sleep(LOOK).await;
        }
        anyhow::bail!("the comparison does not end")
    }
}

/// People of the org, each assigned to the app that provisions: it pushes nothing.
fn fill_org(okta: &Sim) -> Result<(String, Vec<String>), String> {
    let mut org = okta.org();
    let kind = AppKind::Other {
        name: "scim2testapp".into(),
        sign_on_mode: Some("SAML_2_0".into()),
        settings: serde_json::Map::new(),
    };
    let app = org.create_app(NewApp::of_kind("Keytile SCIM", kind), true).map_err(|e| e.summary)?;
    if let Some(made) = org.apps.get_mut(&app) {
        made.scim = Some(ScimConnection::default());
    }
    let mut people = Vec::with_capacity(PEOPLE);
    for index in 0..PEOPLE {
        let given = format!("Person {index:06}");
        let new = NewUser::person(&name(index), &given, "Bench", "correct horse");
        let id = org.create_user(new).map_err(|e| e.summary)?;
        org.assign_user(&app, &id, None, None, None).map_err(|e| e.summary)?;
        people.push(id);
    }
    Ok((app, people))
}

async fn workspace(app: &App) -> anyhow::Result<WorkspaceId> {
    let mut tx = app.db.read().await?;
    Ok(tx.one("SELECT id FROM workspace", &[]).await?.id("id")?)
}
