//! Keytile and a simulated Okta of one company, in one thread and on one clock. Nothing listens on a port.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;
use keytile::app::Parts;
use keytile::clock::Chance;
use keytile::config::Config;
use keytile::db::Db;
use keytile::keys::Keyring;
use keytile::sync::store;
use keytile::sync::worker::{Holder, Worker, recorder};
use keytile::{App, settings, values, workspaces};
use model::access::Actor;
use model::secret::Secret;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{DirectoryId, WorkspaceId};
use okta_sim::{Limits, Sim, SimConfig};
use portal::Strategy;
use portal::okta::guard::{Guard, Policy};
use portal::okta::{Credential, OktaPortal};
use tempfile::TempDir;

use super::crew::Crew;
use super::line::{Calls, Line};
use super::time::Time;
use crate::world::fill;

/// Where the org is, as far as anybody can tell.
const ORG: &str = "https://acme.okta.com";

/// The token that Keytile calls it with.
const TOKEN: &str = "00bench-token-of-the-simulated-org-1";

/// One workspace, connected to one simulated org.
pub struct Rig {
    pub app: App,
    pub okta: Sim,
    pub time: Arc<Time>,
    pub calls: Calls,
    pub crew: Crew,
    pub workspace: WorkspaceId,
    /// Owns every account, and is not in Okta.
    pub owner: Actor,
    pub directory: DirectoryId,
    _folder: TempDir,
}

impl Rig {
    /// A connected workspace without accounts, under the limits of a Workforce org.
    pub async fn start(strategy: Strategy) -> anyhow::Result<Self> {
        let time = Time::begin()?;
        let folder = folder()?;
        let app = open(&folder, &time).await?;
        let okta = Sim::new(SimConfig {
            limits: Limits::Workforce,
            ..SimConfig::new(ORG, TOKEN, time.reader())
        });
        let (workspace, member) =
            workspaces::create(&app, "Bench", "Olga Owner", "olga@example.com").await?;
        let (role, status) = (WorkspaceRole::Owner, MemberStatus::Active);
        let owner = Actor { workspace, member, role, status };
        let directory = DirectoryId::new(app.now(), &mut app.rng());
        connect(&app, workspace, directory, okta.org().id.clone(), strategy).await?;
        let calls = Calls::default();
        let line = Line {
            time: Arc::clone(&time),
            okta: okta.clone(),
            door: okta.door(),
            calls: calls.clone(),
        };
        let worker = worker(&app, workspace, line).await?;
        let crew = Crew::new(&app, workspace, worker, &time);
        Ok(Self { app, okta, time, calls, crew, workspace, owner, directory, _folder: folder })
    }

    /// Lets time pass, in which the worker does what there is to do.
    pub async fn rest(&mut self, length: SignedDuration) -> anyhow::Result<()> {
        let until = self.time.now() + length;
        self.crew.work_until(until).await
    }
}

/// In memory where the system has such a folder: what a commit costs is measured elsewhere.
fn folder() -> anyhow::Result<TempDir> {
    let builder = || tempfile::Builder::new().prefix("keytile-bench-").to_owned();
    Ok(builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir())?)
}

async fn open(folder: &TempDir, time: &Arc<Time>) -> anyhow::Result<App> {
    let chance = Chance::seeded(11);
    let config = Config {
        public_url: "https://keytile.example".parse().context("make an address")?,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        database: format!("sqlite:{}", folder.path().join("keytile.db").display()),
        root_key_file: folder.path().join("root.key"),
        okta_custom_hosts: Vec::new(),
        okta_insecure_hosts: Vec::new(),
        trusted_proxies: Vec::new(),
        log: "off".into(),
        metrics_listen: None,
        mail: None,
        mail_from: None,
        extension_file: None,
    };
    let db = Db::open_in_runtime(&config.database).context("open a database")?;
    db.migrate().await.context("make its tables")?;
    let keys = Keyring::load_or_create(&config.root_key_file, &mut chance.rng())?;
    let guard = Guard::new(Policy::default());
    let scim_log = keytile::scim::log::Log::default();
    let replays = keytile::devices::Replays::default();
    let (clock, extension) = (time.clock(), keytile::extension::signing::Shelf::default());
    Ok(App::new(Parts { db, keys, config, guard, clock, chance, scim_log, replays, extension }))
}

async fn connect(
    app: &App,
    workspace: WorkspaceId,
    directory: DirectoryId,
    org: String,
    strategy: Strategy,
) -> anyhow::Result<()> {
    let domain = ORG.parse().context("read the org's address")?;
    let app2 = app.clone();
    let change = fill::write(app, workspace, move |tx, by| {
        Box::pin(async move {
            tx.execute(
                "INSERT INTO directory (id, workspace_id, created_at) VALUES ($1, $2, $3)",
                values![directory, by.workspace, by.now],
            )
            .await?;
            let token = Secret::new(TOKEN.to_owned());
            settings::connect(&app2, tx, by, &domain, org, &token).await?;
            Ok(store::set_strategy(tx, by, strategy, None).await?)
        })
    });
    change.await.context("connect the org")
}

async fn worker(
    app: &App,
    workspace: WorkspaceId,
    line: Line,
) -> anyhow::Result<Worker<OktaPortal>> {
    let row = store::portal(&mut app.db.read().await?, workspace).await?;
    let row = row.context("find the portal")?;
    let domain = ORG.parse().context("read the org's address")?;
    let (credential, org) = (Credential::Token(TOKEN.to_owned().into()), Some(row.org_id.clone()));
    let okta = OktaPortal::over(Arc::new(line), domain, credential, org).with_recorder(recorder());
    let worker = Worker::take_over(app, row, okta, &Holder::new(app)).await?;
    worker.context("take over the portal")
}
