//! What every integration test begins with: [`TestApp`], a whole Keytile beside a simulated Okta, on one clock that
//! only the test moves.
//!
//! ```text
//! let app = TestApp::start().await;
//! let ada = app.member("Ada", User).in_okta().await;
//! let marketing = app.team("Marketing", &[&ada]).await;
//! let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
//! app.share(account, marketing, ItemRole::Collaborator).await;
//! ```

#![allow(
    clippy::allow_attributes,
    dead_code,
    unused_imports,
    reason = "the vocabulary of all tests: no single module uses every word of it"
)]

mod build;
mod client;
mod database;
mod keys;
mod okta;
mod polled;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use keytile::App;
use keytile::actor::By;
use keytile::clock::{Chance, Clock};
use keytile::config::Config;
use keytile::db::Value;
use keytile::mail::{Sender, Server};
use keytile::values;
use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{DirectoryId, Timestamp, WorkspaceId};

pub use build::{Holder, Person, Shared};
pub use client::{Answer, Client, account_form, client};
pub use database::{Database, on_postgres};
pub use keys::rsa;
pub use okta::{Okta, TOKEN as OKTA_TOKEN};
pub use polled::at_most;
pub use server::{ServerProcess, call};

/// When every test begins.
const BEGINNING: &str = "2026-03-02T09:00:00Z";

/// Keytile and a simulated Okta, for one test.
pub struct TestApp {
    /// What use-cases are handed.
    pub app: App,
    /// The company's workspace: the only one of a deployment without neighbours.
    pub workspace: WorkspaceId,
    /// Its connection to the simulated Okta's people.
    pub directory: DirectoryId,
    /// The workspace's Owner, who is not in Okta.
    pub owner: Person,
    /// The simulated Okta org.
    pub okta: Okta,
    /// The address of Keytile itself, taken but served only by a test that serves it; none of a neighbour's own.
    pub listener: Option<std::net::TcpListener>,
    config: Config,
    millis: Arc<AtomicI64>,
    others: AtomicU64,
    // Last, so that the database outlives everything that is connected to it.
    database: Arc<Database>,
}

/// How many marks a tile got, those that the worker has not put on it yet included.
pub const MARKS: &str =
    "SELECT t.marked + COALESCE((SELECT m.marks FROM tile_mark m WHERE m.tile_id = t.id), 0) AS n
     FROM tile t WHERE t.id = $1";

impl TestApp {
    /// Starts with an empty workspace that has an Owner.
    pub async fn start() -> Self {
        Self::start_with(okta_sim::Limits::None).await
    }

    /// As [`TestApp::start`], with an Okta that limits its callers.
    pub async fn start_with(limits: okta_sim::Limits) -> Self {
        let beginning: Timestamp = BEGINNING.parse().expect("an instant");
        let millis = Arc::new(AtomicI64::new(beginning.as_millisecond()));
        let database = Database::fresh().await;
        let okta = Okta::start(&millis, limits).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let here = listener.local_addr().expect("a bound port");
        let config = Config {
            public_url: format!("http://{here}").parse().expect("an address"),
            listen: here,
            database: database.url(),
            root_key_file: database.folder().join("root.key"),
            okta_custom_hosts: Vec::new(),
            okta_insecure_hosts: vec!["127.0.0.1".into(), "localhost".into()],
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            mail: None,
            mail_from: None,
            extension_file: None,
            log: "info".into(),
        };
        let app = open(&config, &millis, 1).await;
        let (database, others) = (Arc::new(database), AtomicU64::new(1));
        Self::settled(app, config, millis, database, others, okta, Some(listener)).await
    }

    /// Another company in the same process, with an Okta org of its own.
    pub async fn neighbour(&self, limits: okta_sim::Limits) -> Self {
        let (config, millis) = (self.config.clone(), Arc::clone(&self.millis));
        let (app, okta) = (self.app.clone(), Okta::start(&millis, limits).await);
        // Its other processes draw other chances than ours.
        let others = AtomicU64::new(1_000);
        Self::settled(app, config, millis, Arc::clone(&self.database), others, okta, None).await
    }

    async fn settled(
        app: App,
        config: Config,
        millis: Arc<AtomicI64>,
        database: Arc<Database>,
        others: AtomicU64,
        okta: Okta,
        listener: Option<std::net::TcpListener>,
    ) -> Self {
        let mut rng = app.rng();
        let (workspace, directory) =
            (WorkspaceId::new(app.now(), &mut rng), DirectoryId::new(app.now(), &mut rng));
        insert_workspace(&app, workspace, directory).await;
        let owner = build::add_owner(&app, workspace).await;
        Self { app, workspace, directory, owner, okta, listener, config, millis, others, database }
    }

    /// The same, with a mail server for alerts; without one where `mail` is none.
    pub async fn mailing(mut self, mail: Option<Server>) -> Self {
        let from =
            || Sender::try_from("Keytile <keytile@acme.example>".to_owned()).expect("an address");
        self.config.mail_from = mail.is_some().then(from);
        self.config.mail = mail;
        self.app = self.another().await;
        self
    }

    /// The same, with the extension from a file that was signed elsewhere.
    pub async fn with_extension(mut self, file: &std::path::Path) -> Self {
        self.config.extension_file = Some(file.to_owned());
        self.app = self.another().await;
        self
    }

    /// Another process on the same database, root key file and clock, such as a replica or a restarted server.
    pub async fn another(&self) -> App {
        open(&self.config, &self.millis, 1 + self.others.fetch_add(1, Ordering::SeqCst)).await
    }

    /// As [`TestApp::another`], by another way to the database.
    pub async fn another_at(&self, database: &str) -> App {
        let config = Config { database: database.to_owned(), ..self.config.clone() };
        open(&config, &self.millis, 1 + self.others.fetch_add(1, Ordering::SeqCst)).await
    }

    /// Where the database is.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// Another workspace on the same deployment, and its Owner.
    pub async fn elsewhere(&self) -> Actor {
        let mut rng = self.app.rng();
        let (workspace, directory) =
            (WorkspaceId::new(self.now(), &mut rng), DirectoryId::new(self.now(), &mut rng));
        insert_workspace(&self.app, workspace, directory).await;
        let owner = build::add_owner(&self.app, workspace).await;
        Actor {
            workspace,
            member: owner.id,
            role: WorkspaceRole::Owner,
            status: MemberStatus::Active,
        }
    }

    /// The present instant, for Keytile and for Okta.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Lets this many seconds pass, for Keytile and for Okta.
    pub fn advance(&self, seconds: i64) {
        self.advance_millis(seconds * 1_000);
    }

    /// Lets this many milliseconds pass.
    pub fn advance_millis(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    /// The person as the database knows them now.
    pub async fn actor(&self, person: &Person) -> Actor {
        let mut tx = self.app.db.read().await.expect("a reader");
        let member = keytile::members::store::find(&mut tx, self.workspace, person.id)
            .await
            .expect("the database answers")
            .expect("the member exists");
        Actor {
            workspace: self.workspace,
            member: member.id,
            role: member.role,
            status: member.status,
        }
    }

    /// On behalf of no person: what `keytile` itself does.
    pub fn system(&self) -> By {
        By::process(&self.app, self.workspace, "system")
    }

    /// The number that a query names `n`.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.count_of(sql, &[]).await
    }

    /// As [`TestApp::count`], with values.
    pub async fn count_of(&self, sql: &'static str, values: &[Value]) -> i64 {
        let mut tx = self.app.db.read().await.expect("a reader");
        tx.one(sql, values).await.expect("a row").int("n").expect("a number named n")
    }

    /// How many times something of this name is on record.
    pub async fn recorded(&self, event: &str) -> i64 {
        self.count_of("SELECT COUNT(*) AS n FROM activity WHERE event = $1", values![event]).await
    }

    /// Runs a statement behind the product's back, as somebody who holds the database could.
    pub async fn tamper(&self, sql: &'static str, values: Vec<Value>) -> u64 {
        self.app
            .db
            .write::<_, keytile::Error, _>(self.workspace, move |tx| {
                Box::pin(async move { Ok(tx.execute(sql, &values).await?) })
            })
            .await
            .expect("the statement runs")
    }

    /// Everything that somebody gets who steals the database.
    pub async fn dump(&self) -> Vec<u8> {
        self.database.dump().await
    }

    /// The file that holds the root keys.
    pub fn root_key_file(&self) -> &std::path::Path {
        &self.config.root_key_file
    }
}

async fn open(config: &Config, millis: &Arc<AtomicI64>, seed: u64) -> App {
    let millis = Arc::clone(millis);
    let clock = Clock::from_fn(move || instant(&millis));
    App::open(config.clone(), clock, Chance::seeded(seed)).await.expect("Keytile opens")
}

fn instant(millis: &AtomicI64) -> Timestamp {
    Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).expect("a sane clock")
}

async fn insert_workspace(app: &App, workspace: WorkspaceId, directory: DirectoryId) {
    let now = app.now();
    app.db
        .write::<_, keytile::Error, _>(workspace, move |tx| {
            Box::pin(async move {
                tx.execute(
                    "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)",
                    values![workspace, "Acme", now],
                )
                .await?;
                tx.execute(
                    "INSERT INTO directory (id, workspace_id, created_at) VALUES ($1, $2, $3)",
                    values![directory, workspace, now],
                )
                .await?;
                Ok(())
            })
        })
        .await
        .expect("an empty database takes a workspace");
}

/// The roles under short names, for one-line builders.
pub use WorkspaceRole::{Admin, Guest, LoginOnly, SuperAdmin, User};
