//! The simulated Okta org of the demo: its people and groups, Keytile's two apps in it (sign-in and provisioning), and
//! the token that Keytile is given.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use keytile::App;
use keytile::clock::{Chance, Clock};
use keytile::directories::hooks::Hook;
use keytile::directories::logout;
use keytile::http::router;
use keytile::signin::oidc::CALLBACK;
use model::workspace::WorkspaceRole;
use okta_sim::deliver::Courier;
use okta_sim::org::{
    ApiError, HookChannel, HookHeader, NewHook, SESSION_REVOKED, SubjectFormat, UniversalLogout,
};
use okta_sim::people::People;
use okta_sim::push::{Dialect, Provisioner, ScimTarget};
use okta_sim::{Seed, SeedClient, SeedGroup, SeedUser, Sim, SimConfig};
use rand::Rng as _;
use rand::distr::Alphanumeric;

use crate::Here;
use crate::workspace::Workspace;

/// The group that gives people Keytile: assigned to both of its apps.
const EVERYBODY: &str = "Keytile people";
const ADMIN: &str = "okta.admin@brightfold.example";
/// Whose token Keytile is given: an admin with exactly the roles that docs/operate.md names.
const SERVICE: &str = "keytile.service@brightfold.example";
/// What of people's lives the org tells of.
const EVENTS: [&str; 6] =
    ["activate", "deactivate", "delete.initiated", "reactivate", "suspend", "unsuspend"];
const ROLES: [&str; 2] = ["APP_ADMIN", "READ_ONLY_ADMIN"];

/// The org, before and after it is told of Keytile.
pub struct Okta {
    pub sim: Sim,
    /// For the management API.
    pub token: String,
    pub client_id: String,
    pub client_secret: String,
}

impl Okta {
    /// An org with its people and groups.
    pub fn new(
        story: &Workspace,
        here: &Here,
        clock: &Clock,
        chance: &Chance,
        limits: okta_sim::Limits,
    ) -> anyhow::Result<Self> {
        let mut rng = chance.rng();
        let mut random = |length| {
            (&mut rng).sample_iter(Alphanumeric).take(length).map(char::from).collect::<String>()
        };
        let token = format!("00{}", random(40));
        let (client_id, client_secret) = (format!("0oa{}", random(17)), random(64));
        let clock = clock.clone();
        let sim = Sim::new(SimConfig {
            company_name: story.name.clone(),
            tokens: Vec::new(),
            admin_login: ADMIN.into(),
            admin_password: story.password.clone(),
            limits,
            ..SimConfig::new(&here.origin(), "", Arc::new(move || clock.now()))
        });
        seed(story).plant(&mut sim.org()).context("plant the simulated org")?;
        give_token(&sim, &token).map_err(said)?;
        Ok(Self { sim, token, client_id, client_secret })
    }

    /// Makes Keytile's two apps, and assigns everybody to both.
    pub fn provision(
        &self,
        story: &Workspace,
        keytile: &Here,
        scim_token: &str,
    ) -> anyhow::Result<Provisioner> {
        let sign_in = SeedClient {
            label: "Keytile sign-in".into(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            redirect_uris: vec![format!("{}{CALLBACK}", keytile.origin())],
            post_logout_redirect_uris: Vec::new(),
            initiate_login_uri: None,
            groups_claim: None,
            scim: None,
            // Provisioning leaves the Owner alone, so she is assigned for signing in only.
            users: vec![story.owner()?.email.clone()],
            groups: vec![EVERYBODY.into()],
        };
        let apps = Seed { clients: vec![sign_in], ..Seed::default() };
        apps.plant(&mut self.sim.org()).context("make the sign-in app")?;
        let target = ScimTarget {
            base_url: format!("{}/scim/v2", keytile.origin()),
            token: scim_token.to_owned(),
            dialect: Dialect::Private,
        };
        let provisioner = Provisioner::new(self.sim.clone(), target).map_err(said)?;
        let group = self.group(EVERYBODY)?;
        self.sim
            .org()
            .assign_group(provisioner.app_id(), &group, None, None)
            .map_err(said)
            .with_context(|| format!("give Keytile to the people of {}", story.name))?;
        Ok(provisioner)
    }

    /// Pushes people and groups, and says which push failed.
    pub async fn push(&self, provisioner: &Provisioner, story: &Workspace) -> anyhow::Result<()> {
        provisioner.settle().await;
        for group in &story.okta_groups {
            let id = self.group(&group.name)?;
            provisioner.push_group(&id).await.map_err(said)?;
        }
        let failed = provisioner.failed_pushes();
        ensure!(failed.is_empty(), "the simulated Okta could not push: {failed:?}");
        Ok(())
    }

    /// Has the org say what happens to people, and ask for somebody's sessions to be ended.
    pub async fn tell(&self, app: &App, hook: &Hook, secret: &str) -> anyhow::Result<()> {
        let registered = {
            let mut org = self.sim.org();
            let is_sign_in = |app: &&okta_sim::org::App| {
                app.oidc().is_some_and(|client| client.client_id == self.client_id)
            };
            let sign_in = org.apps.values().find(is_sign_in).context("find the sign-in app")?;
            let sign_in = sign_in.id.clone();
            let logout = UniversalLogout {
                endpoint: logout::request_url(app, hook.directory),
                subject: SubjectFormat::IssuerAndSubject,
            };
            org.set_universal_logout(&sign_in, Some(logout)).map_err(said)?;
            let stream = logout::stream_url(app, hook.directory);
            org.create_stream(&stream, None, vec![SESSION_REVOKED.into()]).map_err(said)?;
            let events = EVENTS.map(|step| format!("user.lifecycle.{step}"));
            let header = HookHeader { key: "Authorization".into(), value: secret.into() };
            let uri = format!("{}{}", app.config.origin(), router::hook(hook.id));
            let new = NewHook {
                name: "Keytile".into(),
                description: None,
                events: events.into(),
                channel: HookChannel { uri, auth: Some(header), headers: Vec::new() },
            };
            let by = self.sim.admin().to_owned();
            org.create_hook(new, &by).map_err(said)?
        };
        Courier::new(self.sim.clone()).verify_hook(&registered).await.map_err(said)?;
        Ok(())
    }

    /// Everything that the org serves, with a console that anybody may open.
    pub fn router(&self, provisioner: Provisioner) -> axum::Router {
        let people =
            People::new(self.sim.clone()).with_open_console().with_provisioner(provisioner);
        self.sim.router_with(people)
    }

    /// Okta's id of somebody.
    pub fn id_of(&self, login: &str) -> anyhow::Result<String> {
        Ok(self.sim.org().find_user(login).map_err(said)?.id.clone())
    }

    fn group(&self, name: &str) -> anyhow::Result<String> {
        let org = self.sim.org();
        let found = org.groups.values().find(|group| group.name == name);
        found.map(|group| group.id.clone()).with_context(|| format!("the org has no group {name}"))
    }
}

fn seed(story: &Workspace) -> Seed {
    let here = || story.people.iter().filter(|person| person.in_okta);
    let login = |name: &String| {
        let person = here().find(|person| person.name == *name);
        person.map_or_else(|| name.clone(), |person| person.email.clone())
    };
    let users = here().map(|person| user(&person.email, &person.name, Some(&story.password)));
    let service = user(SERVICE, "Keytile Service", None);
    let groups = story.okta_groups.iter().map(|group| SeedGroup {
        name: group.name.clone(),
        description: Some(group.description.clone()),
        members: group.members.iter().map(login).collect(),
    });
    let provisioned = here().filter(|person| person.role != WorkspaceRole::Owner);
    let everybody = SeedGroup {
        name: EVERYBODY.into(),
        description: Some("Whoever is in it has Keytile".into()),
        members: provisioned.map(|person| person.email.clone()).collect(),
    };
    Seed {
        users: users.chain([service]).collect(),
        groups: groups.chain([everybody]).collect(),
        ..Seed::default()
    }
}

fn user(login: &str, name: &str, password: Option<&String>) -> SeedUser {
    let (first, last) = name.split_once(' ').unwrap_or((name, name));
    SeedUser {
        login: login.into(),
        first_name: first.into(),
        last_name: last.into(),
        password: password.cloned(),
        status: None,
        profile: okta_sim::org::Profile::new(),
    }
}

fn give_token(sim: &Sim, token: &str) -> Result<(), ApiError> {
    let mut org = sim.org();
    let service = org.find_user(SERVICE)?.id.clone();
    let id = org.add_token("Keytile", token, &service);
    org.token_mut(&id)?.roles = ROLES.map(str::to_owned).to_vec();
    Ok(())
}

fn said(error: ApiError) -> anyhow::Error {
    anyhow::anyhow!("the simulated Okta answered: {} {}", error.summary, error.causes.join("; "))
}
