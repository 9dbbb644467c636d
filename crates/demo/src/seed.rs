//! Fills the workspace through the product's own use-cases, each on behalf of the person who would do it; people and
//! groups of Okta come by its SCIM push. No statement of its own reaches the database.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context as _, ensure};
use keytile::accounts::{self, Draft};
use keytile::actor::By;
use keytile::directories;
use keytile::directories::hooks::{self, Hook};
use keytile::members::{self, NewMember};
use keytile::settings::{self, Entered};
use keytile::sync::{self, Progress, jobs};
use keytile::{App, apikeys, collections, sharing, signin, teams, workspaces};
use model::access::Actor;
use model::secret::Secret;
use model::share::{Grantee, ItemRole, ShareItem};
use model::team::TeamRole;
use model::{AccountId, CollectionId, WorkspaceId};
use portal::Priority;

use crate::Here;
use crate::okta::Okta;
use crate::workspace::{Account, Collection, Person, Share, Workspace};

/// What seeding made that is shown once.
pub struct Seeded {
    /// The Owner's key for the REST API.
    pub api_key: Secret<String>,
    /// With which the directory pushes.
    pub scim_token: Secret<String>,
    /// One-time links of those who are not in Okta, by name.
    pub set_up: HashMap<String, String>,
}

/// A workspace that is being filled.
pub struct Seeding<'a> {
    app: &'a App,
    story: &'a Workspace,
    okta: String,
    site: String,
    workspace: WorkspaceId,
    scim_token: Secret<String>,
    /// Those who act, by name.
    actors: HashMap<String, Actor>,
    /// Whom something can be shared with, by name.
    holders: HashMap<String, Grantee>,
    collections: HashMap<String, CollectionId>,
    extended: Vec<(Actor, AccountId)>,
    set_up: HashMap<String, String>,
}

impl<'a> Seeding<'a> {
    /// What an operator and the Owner do before anybody comes: the workspace, sign-in, a SCIM token.
    pub async fn begin(
        app: &'a App,
        story: &'a Workspace,
        okta: &Here,
        site: &Here,
        org: &Okta,
    ) -> anyhow::Result<Self> {
        let owner = story.owner()?;
        let (workspace, id) =
            workspaces::create(app, &story.name, &owner.name, &owner.email).await?;
        // Provisioning never binds the Owner to somebody in Okta; the operator does.
        let okta_id = org.id_of(&owner.email)?;
        workspaces::identify_owner(app, workspace, id, &okta_id, &owner.email).await?;
        let actor = actor_of(app, &owner.email).await?;
        let sign_in = directories::SignIn {
            issuer: okta.origin(),
            client_id: org.client_id.clone(),
            client_secret: Some(Secret::new(org.client_secret.clone())),
        };
        directories::set_sign_in(app, &actor, app.now(), sign_in).await?;
        let scim_token = directories::create_scim_token(app, &actor, app.now()).await?;
        Ok(Self {
            app,
            story,
            okta: okta.origin(),
            site: site.origin(),
            workspace,
            scim_token,
            actors: HashMap::from([(owner.name.clone(), actor)]),
            holders: HashMap::new(),
            collections: HashMap::new(),
            extended: Vec::new(),
            set_up: HashMap::new(),
        })
    }

    /// Where the directory says that something happened, and with which secret.
    pub async fn make_hook(&self) -> anyhow::Result<(Hook, Secret<String>)> {
        let owner = self.actor(&self.story.owner()?.name)?;
        let secret = hooks::make_secret(self.app, &owner, self.app.now()).await?;
        let hook = hooks::find(self.app, &owner).await?.context("find the hook")?;
        Ok((hook, secret))
    }

    /// With which the directory pushes.
    pub fn scim_token(&self) -> &str {
        self.scim_token.expose()
    }

    /// Everything else, once Okta has pushed its people and groups.
    pub async fn fill(&mut self, okta_token: &str) -> anyhow::Result<()> {
        let story = self.story;
        for person in &story.people {
            self.add_person(person).await.with_context(|| format!("add {}", person.name))?;
        }
        self.add_teams().await.context("add the teams")?;
        let entered =
            Entered { domain: self.okta.clone(), token: Secret::new(okta_token.to_owned()) };
        let owner = self.actor(&story.owner()?.name)?;
        settings::turn_on(self.app, &owner, self.app.now(), entered)
            .await
            .context("turn extending on")?;
        for collection in &story.collections {
            self.add_collection(collection)
                .await
                .with_context(|| format!("add the collection {}", collection.name))?;
        }
        for account in &story.accounts {
            self.add_account(account)
                .await
                .with_context(|| format!("add the account {}", account.name))?;
        }
        // Last, so that they could be given things before.
        for person in story.people.iter().filter(|person| person.suspended) {
            let id = self.actor(&person.name)?.member;
            members::suspend(self.app, &owner, id)
                .await
                .with_context(|| format!("suspend {}", person.name))?;
        }
        Ok(())
    }

    /// This many more accounts of the Owner's, shared with the first team and on their way into Okta.
    pub async fn multiply(&self, accounts: usize) -> anyhow::Result<()> {
        let owner = self.actor(&self.story.owner()?.name)?;
        let team = self.story.teams.first().and_then(|team| self.holders.get(&team.name));
        let mut made = BTreeSet::new();
        for number in 1..=accounts {
            let draft = Draft {
                name: format!("Client {number:04}"),
                app_name: "Sample".into(),
                username: format!("client-{number:04}@example.com"),
                login_url: self.site.clone(),
                ..Draft::default()
            };
            let account = accounts::create(self.app, &owner, draft).await?;
            if let Some(team) = team {
                let item = ShareItem::Account(account);
                sharing::share(self.app, &owner, item, *team, ItemRole::Collaborator).await?;
            }
            made.insert(account);
        }
        let made: Vec<AccountId> = made.into_iter().collect();
        for part in made.chunks(jobs::LARGEST) {
            let chosen = jobs::Chosen::These(part.iter().copied().collect());
            let job = jobs::prepare(self.app, &owner, jobs::Kind::Extend, chosen).await?;
            jobs::start(self.app, &owner, job).await?;
        }
        Ok(())
    }

    /// Waits until every tile is in Okta, and gives out what is shown once.
    pub async fn finish(self) -> anyhow::Result<Seeded> {
        let mut signals = self.app.db.signals();
        for (actor, account) in &self.extended {
            loop {
                let status = sync::status(self.app, actor, *account).await?;
                match status.map(|status| status.progress) {
                    Some(Progress::Synced) => break,
                    Some(Progress::Failed(problem) | Progress::Paused(problem)) => {
                        anyhow::bail!(
                            "a tile did not get into the simulated Okta: {}",
                            problem.message
                        )
                    }
                    _ => {}
                }
                // A missed signal is still a signal.
                let _ = signals.recv().await;
            }
        }
        let owner = self.actor(&self.story.owner()?.name)?;
        let api_key = apikeys::create(self.app, &owner).await.context("make an API key")?;
        Ok(Seeded { api_key, scim_token: self.scim_token, set_up: self.set_up })
    }

    async fn add_person(&mut self, person: &Person) -> anyhow::Result<()> {
        if !person.in_okta {
            self.add_locally(person).await?;
        }
        let mut actor = actor_of(self.app, &person.email).await?;
        if actor.role != person.role {
            let owner = self.actor(&self.story.owner()?.name)?;
            members::change_role(self.app, &owner, actor.member, person.role).await?;
            actor = actor_of(self.app, &person.email).await?;
        }
        self.holders.insert(person.name.clone(), Grantee::Member(actor.member));
        self.actors.insert(person.name.clone(), actor);
        Ok(())
    }

    /// Somebody who is not in Okta: they get a link, and sign in with a passkey.
    async fn add_locally(&mut self, person: &Person) -> anyhow::Result<()> {
        let new = NewMember {
            email: person.email.clone(),
            name: person.name.clone(),
            role: person.role,
            directory: None,
        };
        let mut by = By::process(self.app, self.workspace, "cli");
        let member = self
            .app
            .db
            .write(self.workspace, move |tx| {
                Box::pin(async move { members::add(tx, &mut by, new).await })
            })
            .await?;
        let token = signin::invite(self.app, self.workspace, member).await?;
        let link = format!("{}/set-up/{}", self.app.config.origin(), token.expose());
        self.set_up.insert(person.name.clone(), link);
        Ok(())
    }

    async fn add_teams(&mut self) -> anyhow::Result<()> {
        for team in &self.story.teams {
            let admin = self.actor(&team.admin)?;
            let id = teams::create(self.app, &admin, &team.name).await?;
            for name in &team.members {
                let member = self.actor(name)?.member;
                teams::add_member(self.app, &admin, id, member, TeamRole::Member).await?;
            }
        }
        let owner = self.actor(&self.story.owner()?.name)?;
        for team in teams::list(self.app, &owner).await? {
            self.holders.insert(team.name, Grantee::Team(team.id));
        }
        for group in &self.story.okta_groups {
            ensure!(self.holders.contains_key(&group.name), "Okta did not push {}", group.name);
        }
        Ok(())
    }

    async fn add_collection(&mut self, collection: &Collection) -> anyhow::Result<()> {
        let owner = self.actor(&collection.owner)?;
        let parent = match &collection.inside {
            Some(name) => Some(*self.collections.get(name).context("it comes before its parent")?),
            None => None,
        };
        let id = collections::create(self.app, &owner, &collection.name, parent).await?;
        self.collections.insert(collection.name.clone(), id);
        self.share(&owner, ShareItem::Collection(id), &collection.shares).await
    }

    async fn add_account(&mut self, account: &Account) -> anyhow::Result<()> {
        let owner = self.actor(&account.owner)?;
        let secret = |text: &Option<String>| text.clone().map(Secret::new);
        let draft = Draft {
            name: account.name.clone(),
            app_name: account.app.clone(),
            login_url: account.login_url.replace("{site}", &self.site),
            username: account.username.clone(),
            password: Some(Secret::new(account.password.clone())),
            totp: secret(&account.totp),
            notes: secret(&account.notes),
            // Its addresses are the login page's own.
            ..Draft::default()
        };
        let id = accounts::create(self.app, &owner, draft).await?;
        self.share(&owner, ShareItem::Account(id), &account.shares).await?;
        if let Some(name) = &account.collection {
            let collection = *self.collections.get(name).context("there is no such collection")?;
            collections::add_account(self.app, &owner, collection, id).await?;
        }
        if account.extended {
            // As a bulk job would: nobody waits for it, so nobody is told of its success.
            sync::extend_as(self.app, &owner, id, Priority::Change).await?;
            self.extended.push((owner, id));
        }
        Ok(())
    }

    async fn share(&self, owner: &Actor, item: ShareItem, shares: &[Share]) -> anyhow::Result<()> {
        for share in shares {
            let with = *self
                .holders
                .get(&share.with)
                .with_context(|| format!("there is no {}", share.with))?;
            sharing::share(self.app, owner, item, with, share.role)
                .await
                .with_context(|| format!("share with {}", share.with))?;
        }
        Ok(())
    }

    fn actor(&self, name: &str) -> anyhow::Result<Actor> {
        self.actors.get(name).copied().with_context(|| format!("there is no {name}"))
    }
}

async fn actor_of(app: &App, email: &str) -> anyhow::Result<Actor> {
    let found = members::store::actors_by_email(&mut app.db.read().await?, email).await?;
    found.first().copied().with_context(|| format!("{email} is not a member: did Okta push them?"))
}
