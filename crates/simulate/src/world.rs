//! A small world of one run: a workspace with its people, teams, collections and accounts, a simulated org that they
//! are in, and the model that knows what was decided. Everything after the seed is drawn from the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ::model::access::Actor;
use ::model::workspace::{MemberStatus, WorkspaceRole};
use ::model::{AccountId, CollectionId, DirectoryId, MemberId, TeamId, WorkspaceId};
use keytile::actor::By;
use keytile::app::{App, Parts};
use keytile::clock::{Chance, Clock};
use keytile::config::Config;
use keytile::db::{Db, Tx};
use keytile::keys::Keyring;
use keytile::{Result, values};
use okta_sim::org::NewApp;
use okta_sim::{Door, Limits, Sim, SimConfig};
use portal::okta::guard::{Guard, Policy};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tempfile::TempDir;

use crate::model::{self, Id, Level, Model, Presence};
use crate::rows::{Audience, Row};
use crate::seam::{Bug, Ledger};
use crate::sight::Sight;
use crate::stage::Stage;
use crate::stops::{Cause, Stops};
use crate::strays::Planted;
use crate::watch::Watch;
use crate::workers::Workers;

/// Where the org is, as far as anybody can tell.
pub const ORG: &str = "https://acme.okta.com";

/// The Owner of the workspace, who administrates it.
pub const OWNER: Id = 0;

/// The ids of what the model counts, in its order.
#[derive(Default)]
pub struct Ids {
    pub people: Vec<MemberId>,
    pub teams: Vec<TeamId>,
    pub collections: Vec<CollectionId>,
    pub accounts: Vec<AccountId>,
}

/// Which mistake to plant; the person and the app that it needs are found in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    AssignsBeforeRecording,
    SkipsTheSearch,
    ForgetsAnUnassignment,
    TouchesAForeignApp,
    CreatesTwice,
}

/// One run's world.
pub struct World {
    pub stage: Arc<Stage>,
    pub app: App,
    pub sim: Sim,
    pub door: Door,
    pub watch: Arc<Watch>,
    pub workspace: WorkspaceId,
    pub directory: DirectoryId,
    pub ids: Ids,
    pub model: Model,
    pub rng: StdRng,
    pub workers: Workers,
    pub ledger: Arc<Ledger>,
    pub bug: Option<Bug>,
    /// How many API tokens the org has handed out; the last one is keytile's.
    pub tokens: u32,
    /// The org accepts keytile's token.
    pub token_works: bool,
    /// Activity records that were seen already.
    pub records: i64,
    /// What everybody held on every account when that was last compared.
    pub levels: BTreeMap<(Id, Id), Level>,
    /// How many events have been judged.
    pub judged: u32,
    /// What the tiles looked like last.
    pub rows: Vec<Row>,
    /// What their audiences looked like.
    pub audiences: Vec<Audience>,
    /// Who has which tile on their dashboard.
    pub sight: Sight,
    /// What the safety stop keeps, and what it must.
    pub stops: Stops,
    /// Apps with our address that nobody of us made, by their id.
    pub planted: BTreeMap<String, Planted>,
    /// Apps that no tile explained any more and of which an admin said that they stay.
    pub kept: BTreeSet<String>,
    /// Why what happens just now takes something away.
    pub cause: Cause,
    /// An admin of the org makes the groups that we fill.
    pub has_pool: bool,
    _folder: TempDir,
}

/// A folder in memory, where the system has such a one.
fn folder() -> anyhow::Result<TempDir> {
    let builder = || tempfile::Builder::new().prefix("keytile-simulate-").to_owned();
    Ok(builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir())?)
}

/// One for all runs: nothing is sent by it, and each reads the system's certificates when it is made.
fn guard() -> Guard {
    static GUARD: OnceLock<Guard> = OnceLock::new();
    GUARD.get_or_init(|| Guard::new(Policy::default())).clone()
}

impl World {
    /// The world of this seed in an empty database, with a planted mistake if there is to be one.
    pub async fn new(
        db: Db,
        seed: u64,
        plant: Option<Plant>,
        is_verbose: bool,
    ) -> anyhow::Result<Self> {
        let stage = Arc::new(Stage::new(seed, is_verbose));
        let mut rng = StdRng::seed_from_u64(seed);
        let folder = folder()?;
        let app = open(db, &stage, &folder, seed)?;
        let clock = stage.clock();
        let mut config = SimConfig::on_virtual_clock(ORG, &token(1), &clock);
        config.seed = seed;
        config.limits = [Limits::None, Limits::Workforce, Limits::Workforce, Limits::Integrator]
            [rng.random_range(0..4)];
        config.settings.reassign_conflicts = rng.random();
        let sim = Sim::new(config);
        let watch = Arc::new(Watch::new(Arc::clone(&stage), sim.clone(), app.clone()));
        let mut ids = app.rng();
        let workspace = WorkspaceId::new(app.now(), &mut ids);
        let directory = DirectoryId::new(app.now(), &mut ids);
        let mut world = Self {
            door: sim.door(),
            workers: Workers::default(),
            ledger: Arc::default(),
            ids: Ids::default(),
            model: Model::default(),
            bug: None,
            tokens: 1,
            token_works: true,
            records: 0,
            levels: BTreeMap::new(),
            judged: 0,
            rows: Vec::new(),
            audiences: Vec::new(),
            sight: Sight::default(),
            stops: Stops::default(),
            planted: BTreeMap::new(),
            kept: BTreeSet::new(),
            cause: Cause::Person,
            has_pool: false,
            _folder: folder,
            stage,
            app,
            sim,
            watch,
            workspace,
            directory,
            rng,
        };
        world.settle_in().await?;
        world.bug = plant.map(|plant| world.bug(plant));
        Ok(world)
    }

    /// Makes the workspace, the foreign apps and the people; what they have is drawn as events.
    async fn settle_in(&mut self) -> anyhow::Result<()> {
        let (workspace, directory) = (self.workspace, self.directory);
        self.write("system", move |tx, by| {
            Box::pin(async move {
                tx.execute(
                    "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)",
                    values![workspace, "Acme", by.now],
                )
                .await?;
                tx.execute(
                    "INSERT INTO directory (id, workspace_id, created_at) VALUES ($1, $2, $3)",
                    values![directory, workspace, by.now],
                )
                .await?;
                Ok(())
            })
        })
        .await?;
        for (label, url) in [
            ("Wiki", "https://wiki.acme.example/"),
            (
                "Contentzilla - Instagram",
                "https://keytile.example.org/launch/AAAAAAAAAAAAAAAAAAAAAA",
            ),
            ("Help", "https://keytile.example/help"),
        ] {
            let mut org = self.sim.org();
            let app = org.create_app(NewApp::bookmark(label, url), true);
            let (app, everyone) =
                (app.map_err(|e| anyhow::anyhow!("{e:?}"))?, org.everyone.clone());
            org.assign_group(&app, &everyone, None, None).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        }
        self.watch.accept_foreign();
        self.populate().await;
        Ok(())
    }

    fn bug(&self, plant: Plant) -> Bug {
        let person = self.model.people.iter().find_map(|person| person.external.clone());
        let org = self.sim.org();
        match plant {
            Plant::AssignsBeforeRecording => {
                Bug::AssignsBeforeRecording { person: person.unwrap_or_default() }
            }
            Plant::SkipsTheSearch => Bug::SkipsTheSearch,
            Plant::ForgetsAnUnassignment => Bug::ForgetsAnUnassignment,
            Plant::CreatesTwice => Bug::CreatesTwice,
            Plant::TouchesAForeignApp => Bug::TouchesAForeignApp {
                app: org.apps.keys().next().cloned().unwrap_or_default(),
                url: "https://wiki.acme.example/".to_owned(),
            },
        }
    }

    /// A person as keytile is told who asks.
    pub fn actor(&self, person: Id) -> Actor {
        let who = &self.model.people[person];
        let status = match who.presence {
            Presence::Active => MemberStatus::Active,
            Presence::Suspended => MemberStatus::Suspended,
            Presence::Removed => MemberStatus::Removed,
        };
        let (workspace, member) = (self.workspace, self.ids.people[person]);
        Actor { workspace, member, role: role(who.role), status }
    }

    /// One change on behalf of a process, such as `scim`.
    pub async fn write<T, F>(&self, kind: &'static str, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(
                &'c mut Tx,
                &'c mut By,
            )
                -> std::pin::Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>
            + Send
            + 'static,
    {
        let mut by = By::process(&self.app, self.workspace, kind);
        self.app
            .db
            .write(self.workspace, move |tx| Box::pin(async move { change(tx, &mut by).await }))
            .await
    }
}

/// The API token with this number.
pub fn token(number: u32) -> String {
    format!("00T-simulated-token-{number}")
}

/// The role as the product calls it.
pub fn role(role: model::WorkspaceRole) -> WorkspaceRole {
    match role {
        model::WorkspaceRole::Guest => WorkspaceRole::Guest,
        model::WorkspaceRole::LoginOnly => WorkspaceRole::LoginOnly,
        model::WorkspaceRole::User => WorkspaceRole::User,
        model::WorkspaceRole::Admin => WorkspaceRole::Admin,
        model::WorkspaceRole::SuperAdmin => WorkspaceRole::SuperAdmin,
        model::WorkspaceRole::Owner => WorkspaceRole::Owner,
    }
}

fn open(db: Db, stage: &Arc<Stage>, folder: &TempDir, seed: u64) -> anyhow::Result<App> {
    let key = folder.path().join("root.key");
    let config = Config {
        public_url: "https://keytile.example".parse()?,
        listen: ([127, 0, 0, 1], 0).into(),
        database: "sqlite::memory:".to_owned(),
        root_key_file: key.clone(),
        okta_custom_hosts: Vec::new(),
        okta_insecure_hosts: Vec::new(),
        trusted_proxies: Vec::new(),
        metrics_listen: None,
        mail: None,
        mail_from: None,
        extension_file: None,
        log: "off".into(),
    };
    let clock = stage.clock();
    Ok(App::new(Parts {
        db,
        keys: Keyring::load_or_create(&key, &mut StdRng::seed_from_u64(1))?,
        config,
        guard: guard(),
        clock: Clock::from_fn(move || clock.now()),
        chance: Chance::seeded(seed),
        scim_log: keytile::scim::log::Log::default(),
        replays: keytile::devices::Replays::default(),
        extension: keytile::extension::signing::Shelf::default(),
    }))
}
