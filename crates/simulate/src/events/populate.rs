//! The beginning of a world: who there is, and what they have. Drawn as events like all that follows.

use std::collections::BTreeSet;

use keytile::members::{self, NewMember};
use keytile::teams;
use okta_sim::org::NewUser;
use rand::Rng as _;

use super::Event;
use crate::model::{Grantee, Item, ItemRole, Person, Presence, Team, WorkspaceRole};
use crate::world::{self, World};

const NAMES: [&str; 14] = [
    "olga", "ada", "bob", "cleo", "dan", "eve", "finn", "gil", "hana", "ivo", "jan", "kim", "leo",
    "mia",
];

/// A world where much hangs on one team, so that much goes with it.
const BROAD: usize = 0;

impl World {
    pub(crate) async fn populate(&mut self) {
        let is_broad = self.rng.random_ratio(1, 4);
        let most = if is_broad && self.rng.random_ratio(1, 2) { 14 } else { 8 };
        let (people, teams, collections, accounts) = (
            if most > 8 { most } else { self.rng.random_range(3..=most) },
            self.rng.random_range(1..=3),
            self.rng.random_range(0..=4),
            self.rng.random_range(3..=8),
        );
        for name in &NAMES[..people] {
            self.add_person(name).await;
        }
        for number in 0..teams {
            self.add_team(number).await;
        }
        self.turn_on().await;
        let how = self.any_way();
        self.choose(how).await;
        for _ in 0..self.rng.random_range(0..4) {
            self.add_pool_group();
        }
        for _ in 0..accounts {
            let (by, names) = (self.one_of_us(), super::NAMES);
            let name = names[self.rng.random_range(0..names.len())];
            let app = super::APPS[self.rng.random_range(0..super::APPS.len())];
            self.happen(Event::AddAccount { by, name, app }).await;
        }
        for _ in 0..collections {
            let (by, parent) = (self.one_of_us(), self.any_collection());
            self.happen(Event::AddCollection { by, parent }).await;
        }
        if is_broad {
            self.broaden().await;
        }
        for _ in 0..accounts * 3 {
            let event = self.draw();
            if matches!(
                event,
                Event::Share { .. }
                    | Event::PutIn { .. }
                    | Event::Join { .. }
                    | Event::Extend { .. }
            ) {
                self.happen(event).await;
            }
        }
        self.watch.accept_foreign();
    }

    /// Everybody is in one team, which uses every account.
    async fn broaden(&mut self) {
        for person in 0..self.model.people.len() {
            self.happen(Event::Join { team: BROAD, person }).await;
        }
        for account in 0..self.model.accounts.len() {
            let item = Item::Account(account);
            let Some(by) = self.model.owners(item).first().copied() else { continue };
            let (with, role) = (Grantee::Team(BROAD), ItemRole::Collaborator);
            self.happen(Event::Share { by, item, with, role }).await;
            self.happen(Event::Extend { by, account }).await;
        }
    }

    async fn add_person(&mut self, name: &'static str) {
        let role = match (self.model.people.len(), self.rng.random_range(0..20)) {
            (0, _) => WorkspaceRole::Owner,
            (_, 0..10) => WorkspaceRole::User,
            (_, 10..13) => WorkspaceRole::Admin,
            (_, 13) => WorkspaceRole::SuperAdmin,
            (_, 14..17) => WorkspaceRole::LoginOnly,
            _ => WorkspaceRole::Guest,
        };
        let email = format!("{name}@example.com");
        let new = NewMember {
            email: email.clone(),
            name: name.to_owned(),
            role: world::role(role),
            directory: None,
        };
        let added = self.write("system", move |tx, by| Box::pin(members::add(tx, by, new))).await;
        self.ids.people.push(added.expect("a member is added"));
        let external = self.rng.random_ratio(4, 5).then(|| {
            let new = NewUser::person(&email, name, "Example", "correct horse");
            self.sim.org().create_user(new).expect("the org takes the person")
        });
        let number = self.model.people.len();
        self.model.people.push(Person {
            role,
            presence: Presence::Active,
            is_suspended: false,
            external: external.clone(),
        });
        if let Some(external) = external {
            self.identify(number, email, external).await;
        }
    }

    async fn add_team(&mut self, number: usize) {
        let name = format!("Team {number}");
        let made = self
            .write("system", move |tx, by| {
                Box::pin(async move { teams::insert(tx, by, &name, None).await })
            })
            .await;
        self.ids.teams.push(made.expect("a team is made"));
        self.model.teams.push(Team { people: BTreeSet::new(), exists: true });
        for person in 0..self.model.people.len() {
            if self.rng.random_ratio(1, 3) {
                self.happen(Event::Join { team: number, person }).await;
            }
        }
    }
}
