//! Builders: the people, teams, accounts and shares of a test, a line each. They write through the same functions that
//! use-cases, SCIM and `keytile init` write through.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use keytile::accounts::{self, Draft};
use keytile::actor::By;
use keytile::alerts::{self, Alert};
use keytile::directories::store::identities::{self, Record};
use keytile::members::{self, NewMember};
use keytile::sync::store::Connection;
use keytile::{App, Result, collections, sharing, sync, teams, values};
use model::share::{Grantee, ItemRole, ShareItem};
use model::team::TeamRole;
use model::workspace::WorkspaceRole;
use model::{
    AccountId, CollectionId, MemberId, MembershipId, PortalId, ShareId, TeamId, TileId, WorkspaceId,
};
use okta_sim::org::NewUser;
use serde_json::json;

use super::TestApp;
use super::okta::TOKEN;

/// Somebody in a test.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, and their login at Okta.
    pub email: String,
    /// Their id in Okta, where they are there.
    pub okta: Option<String>,
}

/// What can be shared: an account or a collection.
pub trait Shared {
    /// As a share names it.
    fn item(&self) -> ShareItem;
}

/// Whom something can be shared with: a person or a team.
pub trait Holder {
    /// As a share names it.
    fn grantee(&self) -> Grantee;
}

impl Shared for AccountId {
    fn item(&self) -> ShareItem {
        ShareItem::Account(*self)
    }
}

impl Shared for CollectionId {
    fn item(&self) -> ShareItem {
        ShareItem::Collection(*self)
    }
}

impl Shared for ShareItem {
    fn item(&self) -> ShareItem {
        *self
    }
}

impl Holder for &Person {
    fn grantee(&self) -> Grantee {
        Grantee::Member(self.id)
    }
}

impl Holder for TeamId {
    fn grantee(&self) -> Grantee {
        Grantee::Team(*self)
    }
}

impl Holder for Grantee {
    fn grantee(&self) -> Grantee {
        *self
    }
}

/// A person who is about to exist: see [`TestApp::member`].
pub struct NewPerson<'a> {
    test: &'a TestApp,
    name: String,
    role: WorkspaceRole,
    in_okta: bool,
}

impl NewPerson<'_> {
    /// They are in Okta too, and SCIM has told us so.
    pub fn in_okta(mut self) -> Self {
        self.in_okta = true;
        self
    }
}

impl<'a> IntoFuture for NewPerson<'a> {
    type Output = Person;
    type IntoFuture = Pin<Box<dyn Future<Output = Person> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let id = add(&self.test.app, self.test.workspace, &self.name, self.role).await;
            let mut person = Person { id, email: email(&self.name), name: self.name, okta: None };
            if self.in_okta {
                self.test.put_in_okta(&mut person).await;
            }
            person
        })
    }
}

impl TestApp {
    /// A member with this name and role: `app.member("Ada", User).await`, or `….in_okta().await`.
    pub fn member(&self, name: &str, role: WorkspaceRole) -> NewPerson<'_> {
        NewPerson { test: self, name: name.into(), role, in_okta: false }
    }

    /// Makes the person in Okta, and gives us their external id as SCIM would (C5).
    pub async fn put_in_okta(&self, person: &mut Person) {
        let new = NewUser::person(&person.email, &person.name, "Example", "correct horse");
        let external = self.okta.sim.org().create_user(new).expect("Okta takes the person");
        self.identify(person.id, &person.email, &external).await;
        person.okta = Some(external);
    }

    /// SCIM has told this external id of a member.
    pub async fn identify(&self, member: MemberId, user_name: &str, external: &str) {
        let (directory, user_name, external) =
            (self.directory, user_name.to_owned(), external.to_owned());
        self.write(move |tx, by| {
            Box::pin(async move {
                let known = Record::known(&external, &user_name);
                identities::insert(tx, by, directory, member, &known).await?;
                sync::mark(tx, by, sync::Touched::Member(member), portal::Priority::Change).await?;
                Ok(())
            })
        })
        .await;
    }

    /// A self-managed team of these people, who are plain members of it.
    pub async fn team(&self, name: &str, people: &[&Person]) -> TeamId {
        let (name, people) = (name.to_owned(), people.iter().map(|p| p.id).collect::<Vec<_>>());
        self.write(move |tx, by| {
            Box::pin(async move {
                let team = teams::insert(tx, by, &name, None).await?;
                for person in people {
                    teams::join(tx, by, team, person, TeamRole::Member).await?;
                }
                Ok(team)
            })
        })
        .await
    }

    /// Somebody comes into a team.
    pub async fn join(&self, team: TeamId, person: &Person) {
        let id = person.id;
        self.write(move |tx, by| Box::pin(teams::join(tx, by, team, id, TeamRole::Member))).await;
    }

    /// Everyone in a team, by name.
    pub async fn people_in(&self, team: TeamId) -> Vec<teams::TeamMember> {
        let mut tx = self.app.db.read().await.expect("a reader");
        let wanted = keytile::paging::Wanted::first("", 10_000);
        teams::store::people(&mut tx, self.workspace, team, &wanted).await.expect("the people")
    }

    /// Somebody leaves a team.
    pub async fn leave(&self, team: TeamId, person: &Person) {
        let id = person.id;
        self.write(move |tx, by| Box::pin(teams::leave(tx, by, team, id))).await;
    }

    /// A collection at the top, of which `owner` is Owner.
    pub async fn collection(&self, owner: &Person, name: &str) -> CollectionId {
        let actor = self.actor(owner).await;
        collections::create(&self.app, &actor, name, None).await.expect("a collection is made")
    }

    /// A collection inside another one.
    pub async fn collection_in(
        &self,
        parent: CollectionId,
        owner: &Person,
        name: &str,
    ) -> CollectionId {
        let actor = self.actor(owner).await;
        collections::create(&self.app, &actor, name, Some(parent)).await.expect("one is made in it")
    }

    /// An account of which `owner` is Owner, with the password `hunter2`; an empty `app` is none.
    pub async fn account(&self, owner: &Person, name: &str, app: &str) -> AccountId {
        let draft = Draft {
            name: name.into(),
            app_name: app.into(),
            login_url: "https://login.example.com/".into(),
            username: "shared@example.com".into(),
            ..Draft::default()
        };
        self.account_of(owner, draft.with_password("hunter2")).await
    }

    /// An account from a whole draft.
    pub async fn account_of(&self, owner: &Person, draft: Draft) -> AccountId {
        let actor = self.actor(owner).await;
        accounts::create(&self.app, &actor, draft).await.expect("an account is made")
    }

    /// Shares an account or a collection with a person or a team.
    pub async fn share(&self, item: impl Shared, with: impl Holder, role: ItemRole) -> ShareId {
        let (item, grantee) = (item.item(), with.grantee());
        self.write(move |tx, by| Box::pin(sharing::put(tx, by, item, grantee, role))).await
    }

    /// Extending is on, and connected to the simulated Okta.
    pub async fn turn_on(&self) -> PortalId {
        let (app, okta, owner) = (self.app.clone(), self.okta.url.clone(), self.owner.id);
        let org_id = self.okta.sim.org().id.clone();
        self.write(move |tx, by| {
            Box::pin(async move {
                by.member = Some(owner);
                let portal = match sync::store::portal(tx, by.workspace).await? {
                    Some(present) => present.id,
                    None => PortalId::new(by.now, &mut by.rng),
                };
                let data_key = app.keys.current(tx, by).await?;
                let place = keytile::keys::Field { item: portal.uuid(), name: "token", version: 1 };
                let token = app.keys.seal(tx, by, data_key, place, TOKEN.as_bytes()).await?;
                let connection =
                    Connection { domain: okta, org_id, token, token_version: 1, data_key };
                sync::store::put_portal(tx, by, portal, connection).await?;
                Ok(portal)
            })
        })
        .await
    }

    /// An account extended by its owner.
    pub async fn extend(&self, owner: &Person, account: AccountId) -> TileId {
        let actor = self.actor(owner).await;
        sync::extend(&self.app, &actor, account).await.expect("the account is extended")
    }

    /// The address of an account's tile; it is extended where it is not.
    pub async fn launch_of(&self, owner: &Person, account: AccountId) -> String {
        let tile = self.extend(owner, account).await;
        let mut tx = self.app.db.read().await.expect("a reader");
        let sql = "SELECT launch_id FROM tile WHERE id = $1";
        let row = tx.one(sql, values![tile]).await.expect("a tile");
        let bytes = row.bytes("launch_id").expect("bytes").try_into().expect("16 of them");
        keytile::http::router::launch(&model::LaunchId::from_bytes(bytes).to_string())
    }

    /// Something that admins must hear of: Okta refuses the credential.
    pub async fn raise_alert(&self) {
        self.write(|tx, by| {
            Box::pin(async move {
                let alert = Alert {
                    kind: "credential.refused",
                    tone: "bad",
                    message: "Syncing with Okta waits. Enter another credential.".into(),
                    link: "/settings",
                    detail: json!({ "reason": "token_invalid" }),
                };
                alerts::raise(tx, by, alert).await
            })
        })
        .await;
    }

    /// One change on behalf of the system, which must succeed.
    pub async fn write<T, F>(&self, change: F) -> T
    where
        T: Send + 'static,
        F: for<'c> FnOnce(
                &'c mut keytile::db::Tx,
                &'c mut By,
            ) -> Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>
            + Send
            + 'static,
    {
        self.try_write(change).await.expect("the change is stored")
    }

    /// One change on behalf of the system.
    pub async fn try_write<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(
                &'c mut keytile::db::Tx,
                &'c mut By,
            ) -> Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>
            + Send
            + 'static,
    {
        let mut by = self.system();
        self.app
            .db
            .write(self.workspace, move |tx| Box::pin(async move { change(tx, &mut by).await }))
            .await
    }
}

pub(super) async fn add_owner(app: &App, workspace: WorkspaceId) -> Person {
    let name = "Olga Owner";
    let id = add(app, workspace, name, WorkspaceRole::Owner).await;
    Person { id, email: email(name), name: name.into(), okta: None }
}

async fn add(app: &App, workspace: WorkspaceId, name: &str, role: WorkspaceRole) -> MemberId {
    let new = NewMember { email: email(name), name: name.into(), role, directory: None };
    let mut by = By::process(app, workspace, "system");
    app.db
        .write(workspace, move |tx| Box::pin(async move { members::add(tx, &mut by, new).await }))
        .await
        .expect("a member is added")
}

fn email(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase().replace(' ', "."))
}
