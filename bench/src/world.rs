//! Generated workspaces of any size. Members, teams and keys come from the product's own functions; accounts, shares,
//! memberships and tiles are inserted directly, since a hundred thousand use-cases would take minutes: the rows are
//! those that the use-cases write, without the activity beside them.

pub mod fill;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use keytile::clock::{Chance, Clock};
use keytile::config::Config;
use keytile::{App, api, members};
use model::{AccountId, MemberId, TeamId, WorkspaceId};

use crate::machine::{self, Server};

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The address of every world, whichever port it is served on for a while: what a tile opens must not change with that.
const PUBLIC_URL: &str = "http://localhost";

/// How many of everything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    pub accounts: usize,
    pub members: usize,
    pub teams: usize,
    pub team_size: usize,
    /// Shares of each account with single people, the first of whom owns it.
    pub direct: usize,
    /// Shares of each account with teams, the first of which owns it.
    pub by_team: usize,
    /// What a team holds lies all over the database, rather than as it was imported: next to each other.
    pub is_scattered: bool,
}

impl Shape {
    /// Two teams and five people for each account. What one person and one team reach is the same at every size.
    pub fn of(accounts: usize) -> Self {
        let teams = (accounts / 100).max(2);
        let (members, team_size, direct, by_team) = (teams * 10, 20, 5, 2);
        Self { accounts, members, teams, team_size, direct, by_team, is_scattered: false }
    }

    /// The same, with the accounts of a team as far apart as can be.
    pub fn scattered(accounts: usize) -> Self {
        Self { is_scattered: true, ..Self::of(accounts) }
    }

    /// Which of the teams gets the `nth` share of an account: each gets as many accounts as any other.
    fn team_of(&self, account: usize, nth: usize) -> usize {
        if self.is_scattered {
            return (account * self.by_team + nth) % self.teams;
        }
        let run = self.accounts.div_ceil(self.teams).max(1);
        (account / run + nth * (self.teams / self.by_team)) % self.teams
    }

    /// All accounts belong to one person.
    pub fn of_one(accounts: usize) -> Self {
        let (members, teams, team_size, direct, by_team) = (1, 0, 0, 1, 0);
        Self { accounts, members, teams, team_size, direct, by_team, is_scattered: false }
    }
}

/// A workspace on disk. Nothing runs on it.
pub struct World {
    folder: tempfile::TempDir,
    pub workspace: WorkspaceId,
    pub members: Vec<MemberId>,
    pub teams: Vec<TeamId>,
    /// In the order in which they are listed.
    pub accounts: Vec<AccountId>,
    /// The API key of the first member, who is in every team.
    pub key: String,
}

/// Who and what is in a world, in the order in which it was made.
pub struct Ids {
    pub workspace: WorkspaceId,
    pub members: Vec<MemberId>,
    pub teams: Vec<TeamId>,
    pub accounts: Vec<AccountId>,
}

impl Ids {
    /// Of a world that another process made.
    pub async fn read(app: &App) -> anyhow::Result<Self> {
        let mut tx = app.db.read().await?;
        let row = tx.one("SELECT id FROM workspace", &[]).await?;
        let mut ids = Self {
            workspace: row.id("id")?,
            members: Vec::new(),
            teams: Vec::new(),
            accounts: Vec::new(),
        };
        // The Owner of the workspace is the first who was made, and is in nothing.
        for row in tx.all("SELECT id FROM member ORDER BY id", &[]).await?.iter().skip(1) {
            ids.members.push(row.id("id")?);
        }
        for row in tx.all("SELECT id FROM team ORDER BY id", &[]).await? {
            ids.teams.push(row.id("id")?);
        }
        for row in tx.all("SELECT id FROM account ORDER BY id", &[]).await? {
            ids.accounts.push(row.id("id")?);
        }
        Ok(ids)
    }
}

/// The worlds of this run, each made when it is first needed.
#[derive(Default)]
pub struct Worlds(HashMap<Shape, Arc<World>>);

impl Worlds {
    /// The world of this shape.
    pub async fn get(&mut self, shape: Shape) -> anyhow::Result<Arc<World>> {
        if let Some(world) = self.0.get(&shape) {
            return Ok(Arc::clone(world));
        }
        let world = Arc::new(World::make(shape).await.context("make a world")?);
        self.0.insert(shape, Arc::clone(&world));
        Ok(world)
    }
}

impl World {
    async fn make(shape: Shape) -> anyhow::Result<Self> {
        let folder = machine::folder()?;
        let app = open(folder.path()).await?;
        let (workspace, _owner) =
            keytile::workspaces::create(&app, "Bench", "Olga Owner", "olga@example.com").await?;
        fill::connect(&app, workspace).await?;
        let members = fill::members(&app, workspace, shape.members).await?;
        let teams = fill::teams(&app, workspace, shape, &members).await?;
        let accounts = fill::accounts(&app, workspace, shape, &members, &teams).await?;
        let key = fill::key(&app, workspace, members[0]).await?;
        app.db.close().await;
        Ok(Self { folder, workspace, members, teams, accounts, key })
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Who and what is in it.
    pub fn ids(&self) -> Ids {
        Ids {
            workspace: self.workspace,
            members: self.members.clone(),
            teams: self.teams.clone(),
            accounts: self.accounts.clone(),
        }
    }

    /// Keytile's parts on this world, in this process.
    pub async fn open(&self) -> anyhow::Result<App> {
        open(self.folder.path()).await
    }

    /// The released server on this world.
    pub fn serve(&self) -> anyhow::Result<Server> {
        serve(self.folder.path())
    }

    /// The cursor after the account of this index, as the page before would tell it.
    pub fn cursor_after(&self, index: usize) -> String {
        let [name, app, username] = fill::names(index);
        let key = members::store::key(&format!("{name} {app} {username}"));
        api::encode_cursor(&key, self.accounts[index])
    }
}

/// The released server on the world in this folder.
pub fn serve(folder: &Path) -> anyhow::Result<Server> {
    start(folder, &[])
}

/// The same, which may speak to the simulated org at this address of this machine.
pub fn serve_with(folder: &Path, okta: SocketAddr) -> anyhow::Result<Server> {
    start(folder, &[("KEYTILE_OKTA_INSECURE_HOSTS", &okta.ip().to_string())])
}

fn start(folder: &Path, more: &[(&str, &str)]) -> anyhow::Result<Server> {
    let address = machine::free_address()?;
    let mut command = Command::new(machine::keytile()?);
    command.arg("serve").envs(environment(folder, address)).envs(more.iter().copied());
    Server::start(&mut command, address, "/healthz", PATIENCE).context("start keytile")
}

/// What an operator would set.
fn environment(folder: &Path, address: SocketAddr) -> [(&'static str, String); 5] {
    [
        ("KEYTILE_PUBLIC_URL", PUBLIC_URL.to_owned()),
        ("KEYTILE_LISTEN", address.to_string()),
        ("KEYTILE_DATABASE", database(folder)),
        ("KEYTILE_ROOT_KEY_FILE", folder.join("root.key").display().to_string()),
        ("KEYTILE_LOG", "info".to_owned()),
    ]
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("keytile.db").display())
}

/// Keytile's parts on the world in this folder.
pub async fn open(folder: &Path) -> anyhow::Result<App> {
    let config = Config {
        public_url: PUBLIC_URL.parse().context("make an address")?,
        listen: machine::free_address()?,
        database: database(folder),
        root_key_file: folder.join("root.key"),
        okta_custom_hosts: Vec::new(),
        okta_insecure_hosts: Vec::new(),
        trusted_proxies: Vec::new(),
        metrics_listen: None,
        mail: None,
        mail_from: None,
        extension_file: None,
        log: "info".into(),
    };
    App::open(config, Clock::system(), Chance::seeded(7)).await
}
