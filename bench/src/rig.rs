//! Keytile and a simulated Okta in this process, for the rows about the way between them. Everything is made by the
//! product's own functions.

use std::sync::Arc;

use anyhow::Context as _;
use keytile::accounts::{self, Draft};
use keytile::clock::{Chance, Clock};
use keytile::config::Config;
use keytile::directories::store::identities::{self, Record};
use keytile::members::{self, NewMember};
use keytile::{App, settings, sharing, values, workspaces};
use model::access::Actor;
use model::secret::Secret;
use model::share::{Grantee, ItemRole, ShareItem};
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{AccountId, DirectoryId, MemberId, WorkspaceId};
use okta_sim::org::NewUser;
use okta_sim::{Exchange, Limits, Sim, SimConfig};

use crate::machine;
use crate::world::fill;

/// The token that Keytile calls the simulated org with.
pub const TOKEN: &str = "00bench-token-of-the-simulated-org-1";

/// One workspace, connected to one simulated org.
pub struct Rig {
    pub app: App,
    pub okta: Sim,
    pub workspace: WorkspaceId,
    /// Owns every account, and is not in Okta.
    pub owner: Actor,
    directory: DirectoryId,
    serving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Rig {
    /// Both on one clock.
    pub async fn start(clock: Clock, limits: Limits) -> anyhow::Result<Self> {
        let folder = machine::folder()?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        let okta_clock = clock.clone();
        let config = SimConfig::new(&url, TOKEN, Arc::new(move || okta_clock.now()));
        let okta = Sim::new(SimConfig { limits, ..config });
        let router = okta.router();
        let serving = tokio::spawn(async move {
            if let Err(error) = okta_sim::serve(listener, router, std::future::pending()).await {
                eprintln!("the simulated Okta ended: {error}");
            }
        });
        let address = machine::free_address()?;
        let config = Config {
            public_url: format!("http://{address}").parse().context("make an address")?,
            listen: address,
            database: format!("sqlite:{}", folder.path().join("keytile.db").display()),
            root_key_file: folder.path().join("root.key"),
            okta_custom_hosts: Vec::new(),
            okta_insecure_hosts: vec!["127.0.0.1".into()],
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            mail: None,
            mail_from: None,
            extension_file: None,
            log: "info".into(),
        };
        let app = App::open(config, clock, Chance::seeded(11)).await?;
        let (workspace, member) =
            workspaces::create(&app, "Bench", "Olga Owner", "olga@example.com").await?;
        let (role, status) = (WorkspaceRole::Owner, MemberStatus::Active);
        let owner = Actor { workspace, member, role, status };
        let directory = DirectoryId::new(app.now(), &mut app.rng());
        let rig = Self { app, okta, workspace, owner, directory, serving, _folder: folder };
        rig.connect(&url).await.context("connect the org")?;
        Ok(rig)
    }

    async fn connect(&self, url: &str) -> anyhow::Result<()> {
        let domain = url.parse().context("read the org's address")?;
        let org = self.okta.org().id.clone();
        let (app, directory) = (self.app.clone(), self.directory);
        fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                tx.execute(
                    "INSERT INTO directory (id, workspace_id, created_at) VALUES ($1, $2, $3)",
                    values![directory, by.workspace, by.now],
                )
                .await?;
                let token = Secret::new(TOKEN.to_owned());
                settings::connect(&app, tx, by, &domain, org, &token).await
            })
        })
        .await?;
        Ok(())
    }

    /// Somebody who is in Okta, as SCIM would have told.
    pub async fn person(&self, index: usize) -> anyhow::Result<MemberId> {
        let email = format!("person-{index:03}@example.com");
        let new = NewUser::person(&email, &format!("Person {index:03}"), "Bench", "correct horse");
        let made = self.okta.org().create_user(new);
        let external = made.map_err(|error| anyhow::anyhow!("make a person: {}", error.summary))?;
        let directory = self.directory;
        let member = fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                let new = NewMember {
                    email: email.clone(),
                    name: format!("Person {index:03}"),
                    role: WorkspaceRole::User,
                    directory: None,
                };
                let member = members::add(tx, by, new).await?;
                let known = Record::known(&external, &email);
                identities::insert(tx, by, directory, member, &known).await?;
                Ok(member)
            })
        })
        .await?;
        Ok(member)
    }

    /// An account of the owner, shared with these people.
    pub async fn account(&self, index: usize, people: &[MemberId]) -> anyhow::Result<AccountId> {
        let draft = Draft {
            name: format!("Account {index:03}"),
            app_name: format!("App {index:03}"),
            login_url: "https://login.example.com/".into(),
            username: "shared@example.com".into(),
            ..Draft::default()
        };
        let account = accounts::create(&self.app, &self.owner, draft).await?;
        let people = people.to_vec();
        fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                let item = ShareItem::Account(account);
                for person in people {
                    let grantee = Grantee::Member(person);
                    sharing::put(tx, by, item, grantee, ItemRole::Collaborator).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(account)
    }

    /// What Okta was asked so far in the bucket that everything waits for: all of `apps` but one app itself.
    pub fn asked_of_apps(&self) -> Vec<Exchange> {
        let mut asked = self.okta.traffic();
        asked.retain(|exchange| {
            let rest = exchange.path.strip_prefix("/api/v1/apps");
            rest.is_some_and(|rest| {
                rest.trim_matches('/').split('/').count() != 1 || rest.len() <= 1
            })
        });
        asked
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
