//! Okta's own client against the served router, in both of its dialects, and Okta's own conformance test.

use model::share::ItemRole;
use model::workspace::MemberStatus;
use okta_sim::org::{GroupType, NewUser};
use okta_sim::push::{Dialect, Provisioner, ScimTarget};

use super::{alive, token};
use crate::support::{Person, TestApp};

const DIALECTS: [Dialect; 2] = [Dialect::Private, Dialect::Catalogue];

/// Keytile, served, and an Okta that provisions it.
pub(super) struct World {
    pub(super) test: TestApp,
    pub(super) okta: Provisioner,
}

impl World {
    pub(super) async fn new(dialect: Dialect) -> Self {
        let mut test = TestApp::start().await;
        let token = token(&test).await;
        let base_url = format!("{}/scim/v2", test.serve());
        let target = ScimTarget { base_url, token, dialect };
        let okta = Provisioner::new(test.okta.sim.clone(), target).expect("Okta takes the app");
        Self { test, okta }
    }

    /// Makes somebody in Okta and assigns them to Keytile.
    async fn assign(&self, name: &str) -> Person {
        let email = format!("{}@example.com", name.to_lowercase());
        let new = NewUser::person(&email, name, "Example", "correct horse");
        let external = self.test.okta.sim.org().create_user(new).expect("Okta takes the person");
        self.assign_again(&external).await;
        self.person(&email).await
    }

    async fn assign_again(&self, external: &str) {
        let app = self.okta.app_id();
        self.test
            .okta
            .sim
            .org()
            .assign_user(app, external, None, None, None)
            .expect("an assignment");
        self.settle().await;
    }

    /// Everything that changed in Okta has been pushed, and nothing failed.
    pub(super) async fn settle(&self) {
        self.okta.settle().await;
        let failed = self.okta.failed_pushes();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// The active member with this address.
    pub(super) async fn person(&self, email: &str) -> Person {
        let mut tx = self.test.app.db.read().await.expect("a reader");
        let workspace = self.test.workspace;
        let id = keytile::members::store::find_by_email(&mut tx, workspace, email).await;
        let id = id.expect("the database answers").expect("an active member");
        let member = keytile::members::store::find(&mut tx, workspace, id).await;
        let member = member.expect("the database answers").expect("the member");
        Person { id, name: member.name, email: email.into(), okta: member.external_id }
    }

    async fn team(&self) -> Option<keytile::teams::Team> {
        let owner = self.test.actor(&self.test.owner).await;
        keytile::teams::list(&self.test.app, &owner).await.expect("the teams").pop()
    }
}

#[tokio::test]
async fn the_connection_test_works_on_an_empty_directory() {
    let world = World::new(Dialect::Private).await;
    world.okta.test_connection().await.expect("two users are asked for, and none is there");
}

/// C5, S42.
#[tokio::test]
async fn an_assigned_person_becomes_a_member_with_oktas_id() {
    for dialect in DIALECTS {
        let world = World::new(dialect).await;
        let eve = world.assign("Eve").await;
        let org = world.test.okta.sim.org();
        let id = org.find_user("eve@example.com").unwrap().id.clone();
        assert_eq!((eve.okta, eve.name.as_str()), (Some(id), "Eve Example"));
    }
}

/// S19.
#[tokio::test]
async fn a_pushed_group_becomes_a_team_and_follows_its_members_and_its_name() {
    for dialect in DIALECTS {
        let world = World::new(dialect).await;
        let (eve, ada) = (world.assign("Eve").await, world.assign("Ada").await);
        let [eve, ada] = [eve, ada].map(|person| person.okta.expect("an id"));
        let group = {
            let mut org = world.test.okta.sim.org();
            let group = org.create_group(GroupType::Okta, "Finance", None).unwrap();
            org.add_member(&group, &eve).unwrap();
            group
        };
        world.okta.push_group(&group).await.unwrap();
        world.settle().await;
        let team = world.team().await.expect("a team");
        assert_eq!((team.name.as_str(), team.members), ("Finance", 1));

        world.test.okta.sim.org().add_member(&group, &ada).unwrap();
        world.settle().await;
        assert_eq!(world.team().await.unwrap().members, 2);
        {
            let mut org = world.test.okta.sim.org();
            org.remove_member(&group, &eve).unwrap();
            org.update_group(&group, "Money", None).unwrap();
        }
        world.settle().await;
        let team = world.team().await.unwrap();
        assert_eq!((team.name.as_str(), team.members), ("Money", 1));

        world.okta.unlink_group(&group, true).await.unwrap();
        world.settle().await;
        assert!(world.team().await.is_none());
    }
}

/// S22, G3, and C33 when they are back.
#[tokio::test]
async fn an_unassigned_person_loses_everything_and_returns_as_themselves() {
    for dialect in DIALECTS {
        let world = World::new(dialect).await;
        let eve = world.assign("Eve").await;
        let account = world.test.account(&world.test.owner, "Contentzilla", "").await;
        world.test.share(account, &eve, ItemRole::Collaborator).await;
        world.test.client_as(&eve).await;
        world.test.api_as(&eve).await;
        assert_eq!(alive(&world.test, eve.id).await, [1, 1, 1, 0]);
        let external = eve.okta.clone().unwrap();
        world.test.okta.sim.org().unassign_user(world.okta.app_id(), &external).unwrap();
        world.settle().await;
        assert_eq!(world.test.actor(&eve).await.status, MemberStatus::Removed);
        assert_eq!(alive(&world.test, eve.id).await, [0; 4]);

        world.assign_again(&external).await;
        assert_eq!(world.person("eve@example.com").await.id, eve.id);
        assert_eq!(alive(&world.test, eve.id).await, [0; 4]);
    }
}

/// Okta looks for the login, finds the leaver, and puts the new person in their place.
#[tokio::test]
async fn a_re_hire_with_a_reused_login_is_a_new_person() {
    for dialect in DIALECTS {
        let world = World::new(dialect).await;
        let first = world.assign("Eve").await;
        let external = first.okta.clone().unwrap();
        {
            let mut org = world.test.okta.sim.org();
            org.deactivate_user(&external).unwrap();
        }
        world.settle().await;
        world.test.okta.sim.org().delete_user(&external).unwrap();
        world.settle().await;
        let second = world.assign("Eve").await;
        assert_ne!(second.id, first.id);
        assert_ne!(second.okta, first.okta);
        assert_eq!(world.test.actor(&first).await.status, MemberStatus::Removed);
    }
}

/// Okta pushes a new profile as GET and PUT; the person stays, and so does what they have.
#[tokio::test]
async fn a_changed_login_keeps_the_person_and_their_shares() {
    for dialect in DIALECTS {
        let world = World::new(dialect).await;
        let eve = world.assign("Eve").await;
        let account = world.test.account(&world.test.owner, "Contentzilla", "").await;
        world.test.share(account, &eve, ItemRole::Collaborator).await;
        let mut profile = okta_sim::org::Profile::new();
        for attribute in ["login", "email"] {
            profile.insert(attribute.to_owned(), "eve.new@example.com".into());
        }
        let external = eve.okta.clone().unwrap();
        world.test.okta.sim.org().update_user(&external, profile, None, false).unwrap();
        world.settle().await;
        assert_eq!(world.person("eve.new@example.com").await.id, eve.id);
        assert_eq!(alive(&world.test, eve.id).await, [0, 0, 1, 0]);
    }
}
