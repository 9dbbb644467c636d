//! Random worlds: whatever people do to shares, teams and collections, every SQL statement that says who reaches what
//! agrees with a naive reading of the rules, the past stays askable, and no change of an audience goes unmarked.

mod naive;

use std::collections::BTreeSet;

use keytile::sync::store as tiles;
use keytile::{accounts, collections, members, sharing, sync, teams, values};
use model::access::{Actor, Level, Target, sees_tile};
use model::share::ItemRole;
use model::team::TeamRole;
use model::workspace::WorkspaceRole;
use model::{AccountId, CollectionId, Grantee, ShareItem, TeamId, Timestamp};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::naive::{ACCOUNTS, Act, COLLECTIONS, Item, Naive, PEOPLE, Reach, TEAMS, Who, act};
use crate::support::{Person, TestApp};

/// The same in the database.
struct World {
    app: TestApp,
    owner: Actor,
    people: Vec<Person>,
    teams: Vec<TeamId>,
    collections: Vec<CollectionId>,
    accounts: Vec<AccountId>,
}

impl World {
    async fn build() -> Self {
        let app = TestApp::start().await;
        app.turn_on().await;
        let mut people = vec![app.owner.clone()];
        for n in 1..=PEOPLE {
            let person = app.member(&format!("Person {n}"), WorkspaceRole::User);
            // One of them is not in Okta.
            people.push(if n == PEOPLE { person.await } else { person.in_okta().await });
        }
        let (mut teams, mut collections, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..TEAMS {
            teams.push(app.team(&format!("Team {n}"), &[]).await);
        }
        for n in 0..COLLECTIONS {
            collections.push(app.collection(&app.owner, &format!("Collection {n}")).await);
        }
        for n in 0..ACCOUNTS {
            accounts.push(app.account(&app.owner, &format!("Account {n}"), "App").await);
            app.extend(&app.owner, accounts[n]).await;
        }
        let owner = app.actor(&app.owner).await;
        Self { app, owner, people, teams, collections, accounts }
    }

    fn item(&self, item: Item) -> ShareItem {
        match item {
            Item::Account(n) => ShareItem::Account(self.accounts[n]),
            Item::Collection(n) => ShareItem::Collection(self.collections[n]),
        }
    }

    fn who(&self, who: Who) -> Grantee {
        match who {
            Who::Person(n) => Grantee::Member(self.people[n].id),
            Who::Team(n) => Grantee::Team(self.teams[n]),
        }
    }

    async fn apply(&self, act: Act) -> Result<(), keytile::Error> {
        let (app, owner) = (&self.app.app, &self.owner);
        let person = |n: usize| self.people[n].id;
        match act {
            Act::Share(item, who, role) => {
                sharing::share(app, owner, self.item(item), self.who(who), role).await.map(drop)
            }
            Act::Unshare(item, who) => {
                let shares = sharing::list(app, owner, self.item(item)).await?;
                let share = shares.into_iter().find(|s| s.grantee == self.who(who));
                let share = share.ok_or(keytile::Error::NotFound)?;
                sharing::unshare(app, owner, share.id).await
            }
            Act::Join(team, p) => {
                let role = TeamRole::Member;
                teams::add_member(app, owner, self.teams[team], person(p), role).await
            }
            Act::Leave(team, p) => {
                teams::remove_member(app, owner, self.teams[team], person(p)).await
            }
            Act::Put(c, a) => {
                collections::add_account(app, owner, self.collections[c], self.accounts[a]).await
            }
            Act::Take(c, a) => {
                collections::remove_account(app, owner, self.collections[c], self.accounts[a]).await
            }
            Act::Move(c, parent) => {
                let parent = parent.map(|p| self.collections[p]);
                collections::move_to(app, owner, self.collections[c], parent).await
            }
            Act::Become(p, role) => members::change_role(app, owner, person(p), role).await,
            Act::Suspend(p) => members::suspend(app, owner, person(p)).await,
            Act::Resume(p) => members::resume(app, owner, person(p)).await,
            Act::Remove(p) => members::remove(app, owner, person(p)).await,
            Act::Return(p) => {
                let id = person(p);
                self.app.try_write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await
            }
        }
    }

    /// For each account: who sees the tile, and how often it was marked.
    async fn audiences(&self) -> Vec<(BTreeSet<String>, i64)> {
        let mut tx = self.app.app.db.read().await.unwrap();
        let mut all = Vec::new();
        for account in &self.accounts {
            let seen = sync::desired::audience(&mut tx, self.app.workspace, *account).await;
            let tile = tiles::find_live(&mut tx, self.app.workspace, *account).await.unwrap();
            let ids = seen.unwrap().sees.into_iter().filter_map(|v| v.external_id).collect();
            all.push((ids, tile.unwrap().marked));
        }
        all
    }

    /// What the departure of this instant put on the list of rotations (C51).
    async fn listed_for_rotation(&self, person: usize) -> BTreeSet<(usize, ItemRole)> {
        let mut tx = self.app.app.db.read().await.unwrap();
        let sql = "SELECT account_id, role FROM rotation WHERE member_id = $1 AND opened_at = $2";
        let values = values![self.people[person].id, self.app.now()];
        let rows = tx.all(sql, values).await.unwrap();
        let read = |row: &keytile::db::Row| {
            let account: AccountId = row.id("account_id").unwrap();
            let at = self.accounts.iter().position(|id| *id == account).unwrap();
            (at, row.code("role", ItemRole::from_code).unwrap())
        };
        rows.iter().map(read).collect()
    }

    fn back(&self, person: model::MemberId) -> usize {
        self.people.iter().position(|p| p.id == person).unwrap()
    }

    fn via(
        &self,
        team: Option<TeamId>,
        collection: Option<CollectionId>,
        of: (usize, usize),
    ) -> (Item, Who) {
        let team = team.map(|t| self.teams.iter().position(|id| *id == t).unwrap());
        let collection =
            collection.map(|c| self.collections.iter().position(|id| *id == c).unwrap());
        (
            collection.map_or(Item::Account(of.1), Item::Collection),
            team.map_or(Who::Person(of.0), Who::Team),
        )
    }

    /// Every statement that says who reaches what now.
    async fn compare_with(&self, naive: &Naive) {
        let app = &self.app.app;
        let mut tx = app.db.read().await.unwrap();
        for (a, account) in self.accounts.iter().enumerate() {
            let people = sharing::people(&mut tx, self.app.workspace, *account).await.unwrap();
            let told: Vec<Reach> = people
                .iter()
                .map(|p| {
                    let person = self.back(p.member);
                    let (item, who) = self.via(p.path.team(), p.path.collection(), (person, a));
                    (person, item, who, p.role)
                })
                .collect();
            let reaches = naive.reaches(a);
            assert_eq!(told.len(), reaches.len(), "each path is told once");
            assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), reaches);
            let audience = sync::desired::audience(&mut tx, self.app.workspace, *account).await;
            let sees: BTreeSet<usize> =
                audience.unwrap().sees.iter().map(|v| self.back(v.member)).collect();
            let wanted = reaches.iter().map(|r| r.0).filter(|p| {
                sees_tile(naive.roles[*p], naive.status[*p]) && self.people[*p].okta.is_some()
            });
            assert_eq!(sees, wanted.collect());
        }
        for (n, person) in self.people.iter().enumerate() {
            let actor = self.app.actor(person).await;
            assert_eq!((actor.role, actor.status), (naive.roles[n], naive.status[n]));
            let listed = accounts::list(app, &actor, "", None, 100).await.unwrap();
            let owned = tiles::owned_accounts(&mut tx, &actor).await.unwrap();
            for (a, account) in self.accounts.iter().enumerate() {
                let wanted = naive.level_on_account(n, a);
                let on = sharing::on_account(&mut tx, &actor, *account).await.unwrap();
                assert_eq!(on.target, Target::Account { id: *account, level: wanted });
                let mine: Vec<Reach> = naive.reaches(a).into_iter().filter(|r| r.0 == n).collect();
                let row = listed.iter().find(|row| row.id == *account);
                assert_eq!(row.map(|row| row.level), (!mine.is_empty()).then_some(wanted));
                let found = accounts::find(app, &actor, *account).await.ok();
                assert_eq!(found.map_or(Level::None, |account| account.level), wanted);
                let owns = mine.iter().any(|r| r.3 == ItemRole::Owner);
                assert_eq!(owned.contains(account), owns);
            }
            let listed = collections::list(app, &actor).await.unwrap();
            for (c, collection) in self.collections.iter().enumerate() {
                let wanted = naive.level_on_collection(n, c);
                let on = sharing::on_collection(&mut tx, &actor, *collection).await.unwrap();
                assert_eq!(on.target, Target::Collection { id: *collection, level: wanted });
                if let Some(row) = listed.iter().find(|row| row.id == *collection) {
                    let depth = i64::try_from(naive.upwards(c).len()).unwrap() - 1;
                    assert_eq!((row.level, row.depth), (wanted, depth));
                } else {
                    assert_eq!(wanted, Level::None);
                }
            }
        }
    }

    /// Who could use each account at every instant that there was.
    async fn compare_history(&self, past: &[(Timestamp, Vec<BTreeSet<Reach>>)]) {
        let mut tx = self.app.app.db.read().await.unwrap();
        let (began, ends) = (past[0].0, self.app.now() + jiff::SignedDuration::from_secs(1));
        for (a, account) in self.accounts.iter().enumerate() {
            let all = sharing::uses_between(&mut tx, self.app.workspace, *account, began, ends)
                .await
                .unwrap();
            for (at, wanted) in past {
                let then =
                    all.iter().filter(|u| u.from <= *at && u.until.is_none_or(|end| end > *at));
                let told: BTreeSet<Reach> = then
                    .map(|u| {
                        let person = self.back(u.member);
                        let (item, who) = self.via(u.team, u.collection, (person, a));
                        (person, item, who, u.role)
                    })
                    .collect();
                assert_eq!(told, wanted[a], "account {a} at {at}");
            }
        }
    }
}

async fn live_through(acts: &[Act]) {
    let (world, mut naive) = (World::build().await, Naive::new());
    let reaches = |naive: &Naive| (0..ACCOUNTS).map(|a| naive.reaches(a)).collect::<Vec<_>>();
    world.app.advance(1);
    let mut past = vec![(world.app.now(), reaches(&naive))];
    for act in acts {
        world.app.advance(1);
        let before = world.audiences().await;
        let leaving = match act {
            Act::Remove(person) => Some((*person, naive.to_rotate(*person))),
            _ => None,
        };
        let accepted = naive.apply(*act);
        let outcome = world.apply(*act).await;
        assert_eq!(outcome.is_ok(), accepted, "{act:?}: {outcome:?}");
        if let (Some((person, wanted)), true) = (leaving, accepted) {
            assert_eq!(world.listed_for_rotation(person).await, wanted, "person {person} left");
        }
        for (account, (was, is)) in before.iter().zip(world.audiences().await).enumerate() {
            let silent = was.0 != is.0 && is.1 == was.1;
            assert!(!silent, "{act:?} changed who sees account {account}, and left no mark");
        }
        past.push((world.app.now(), reaches(&naive)));
    }
    world.compare_with(&naive).await;
    world.compare_history(&past).await;
}

/// C44, S12-S15, C46.
#[test]
fn sql_agrees_with_access_in_forty_random_worlds() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    // The same worlds in every run.
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let acts = proptest::collection::vec(act(), 1..30);
    runner
        .run(&acts, |acts| {
            runtime.block_on(live_through(&acts));
            Ok(())
        })
        .unwrap();
}
