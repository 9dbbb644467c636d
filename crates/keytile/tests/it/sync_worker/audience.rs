//! One group for each audience: what it costs, and that nobody who keeps a tile loses it for a moment (decision 0008).

mod away;
mod broken;
mod hands_off;
mod pool;
mod ready;
mod switch;
mod taken;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use keytile::sync::store::{mark_all_softly, set_strategy};
use keytile::sync::worker::{Turn, Worker};
use keytile::sync::{self, rank};
use keytile::{members, sharing, teams, values};
use model::share::ItemRole::Collaborator;
use model::share::{Grantee, ShareItem};
use model::{AccountId, TeamId};
use okta_sim::org::AppKind;
use portal::okta::OktaPortal;
use portal::okta::limits::Bucket;
use portal::{Priority, Strategy};

use super::worker;
use crate::support::{Person, TestApp, User};

/// How people come to see tiles from now on, as an admin chooses it.
async fn choose(test: &TestApp, strategy: Strategy) {
    test.write(move |tx, by| {
        Box::pin(async move {
            set_strategy(tx, by, strategy, None).await?;
            mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
            tx.signal(by.workspace);
            Ok(())
        })
    })
    .await;
}

/// Who has each tile on their dashboard, by the account's name and the person's login.
fn dashboards(test: &TestApp) -> BTreeMap<String, BTreeSet<String>> {
    let org = test.okta.sim.org();
    let ours = org.apps.values().filter(
        |app| matches!(&app.kind, AppKind::Bookmark { url, .. } if url.contains("/launch/")),
    );
    ours.map(|app| {
        let logins = app.users.keys().map(|id| {
            let login = org.users[id].profile["login"].as_str().unwrap_or_default();
            login.trim_end_matches("@example.com").to_owned()
        });
        let name = app.label.split(" - ").next().unwrap_or_default().to_owned();
        (name, logins.collect())
    })
    .collect()
}

/// The groups that we made: their names and who is in them, by login.
fn groups(test: &TestApp) -> BTreeMap<String, BTreeSet<String>> {
    let org = test.okta.sim.org();
    let ours = org.groups.values().filter(|group| group.name.starts_with("Keytile · "));
    ours.map(|group| {
        let logins = group.members.iter().map(|id| {
            let login = org.users[id].profile["login"].as_str().unwrap_or_default();
            login.trim_end_matches("@example.com").to_owned()
        });
        (group.name.clone(), logins.collect())
    })
    .collect()
}

/// The Okta id of the only group that we made.
fn only_group(test: &TestApp) -> String {
    let org = test.okta.sim.org();
    let mut ours = org.groups.values().filter(|group| group.name.starts_with("Keytile · "));
    let id = ours.next().expect("a group").id.clone();
    assert!(ours.next().is_none(), "there is exactly one");
    id
}

/// Calls in Okta's narrow bucket for apps, and in that for groups, since the last look.
fn spent(test: &TestApp) -> (usize, usize) {
    let traffic = test.okta.sim.traffic();
    test.okta.sim.clear_traffic();
    let of = |bucket: Bucket| {
        let is_in = |call: &&okta_sim::Exchange| {
            let method: http::Method = call.method.parse().unwrap();
            Bucket::of(&method, &call.path) == bucket
        };
        traffic.iter().filter(is_in).count()
    };
    (of(Bucket::Apps), of(Bucket::Groups))
}

/// Accounts that are shared with teams, extended, and shown by groups.
struct World {
    test: TestApp,
    worker: Worker<OktaPortal>,
}

impl World {
    /// Nothing is extended yet.
    async fn empty() -> Self {
        Self::with(okta_sim::Limits::None).await
    }

    async fn with(limits: okta_sim::Limits) -> Self {
        let test = TestApp::start_with(limits).await;
        test.turn_on().await;
        choose(&test, Strategy::Audience).await;
        let worker = worker(&test).await;
        Self { test, worker }
    }

    async fn people(&self, names: &[&str]) -> Vec<Person> {
        let mut people = Vec::new();
        for name in names {
            people.push(self.test.member(name, User).in_okta().await);
        }
        people
    }

    async fn team(&self, name: &str, people: &[Person]) -> TeamId {
        self.test.team(name, &people.iter().collect::<Vec<_>>()).await
    }

    /// An account with this name that a team uses, extended.
    async fn extended(&self, name: &str, team: TeamId) -> AccountId {
        let account = self.test.account(&self.test.owner, name, "").await;
        self.test.share(account, team, Collaborator).await;
        self.test.extend(&self.test.owner, account).await;
        account
    }

    /// Two tiles of one team of Ada and Bob, synced, and Cleo, who sees neither; the second tile is the one that is answered.
    async fn of_two_tiles() -> (Self, Vec<Person>, AccountId) {
        let world = Self::empty().await;
        let people = world.people(&["Ada", "Bob", "Cleo"]).await;
        let team = world.team("Team", &people[..2]).await;
        world.extended("Stays", team).await;
        let leaves = world.extended("Leaves", team).await;
        world.follow().await;
        (world, people, leaves)
    }

    async fn follow(&self) {
        assert_eq!(super::follow(&self.test, &self.worker).await, Turn::Idle);
    }

    /// Takes turns for as long as no time has to pass.
    async fn work_on(&self) {
        while let Turn::Did(_) = self.worker.turn().await.unwrap() {}
    }

    /// Follows, and looks at the org after every turn: each of these people has each of these tiles at any time.
    async fn follow_without_a_gap(&self, kept: &BTreeMap<String, BTreeSet<String>>) {
        assert_eq!(self.watch(kept, SignedDuration::from_hours(2)).await, Turn::Idle);
    }

    /// The same where something is tried again for ever.
    async fn follow_for_an_hour_without_a_gap(&self, kept: &BTreeMap<String, BTreeSet<String>>) {
        self.watch(kept, SignedDuration::from_mins(55)).await;
    }

    async fn watch(
        &self,
        kept: &BTreeMap<String, BTreeSet<String>>,
        patience: SignedDuration,
    ) -> Turn {
        let deadline = self.test.now() + patience;
        for _ in 0..2_000 {
            let turn = self.worker.turn().await.unwrap();
            let now = dashboards(&self.test);
            for (tile, people) in kept {
                let has = now.get(tile).cloned().unwrap_or_default();
                assert!(has.is_superset(people), "{tile} lost {:?} after {turn:?}", people - &has);
            }
            match turn {
                Turn::Did(_) => {}
                Turn::Wait(Some(until)) if until <= deadline => {
                    let left = until.duration_since(self.test.now()).as_millis();
                    self.test.advance_millis(i64::try_from(left).unwrap().max(1));
                }
                end => return end,
            }
        }
        panic!("the worker never comes to rest");
    }

    /// The state of an account's tile, as its Owner reads it.
    async fn progress(&self, account: AccountId) -> sync::Progress {
        super::progress(&self.test, account).await
    }

    async fn live_audiences(&self) -> i64 {
        self.test
            .count_of("SELECT COUNT(*) AS n FROM audience WHERE gone_at IS NULL", values![])
            .await
    }
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(String::from).collect()
}

#[tokio::test]
async fn a_first_sync_makes_two_calls_in_the_bucket_for_apps_for_each_account() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo", "Dan", "Eve"]).await;
    let (all, some) = (world.team("All", &people).await, world.team("Some", &people[..2]).await);
    for number in 0..6 {
        world.extended(&format!("All {number}"), all).await;
        world.extended(&format!("Some {number}"), some).await;
    }
    world.test.okta.sim.clear_traffic();
    world.follow().await;
    let (apps, in_groups) = spent(&world.test);
    assert_eq!(apps, 12 * 2);
    // Each group once, and each person in it.
    assert_eq!(in_groups, 2 + 5 + 2);
    let shown = dashboards(&world.test);
    assert_eq!(shown.len(), 12);
    assert_eq!(shown["All 3"], names(["ada", "bob", "cleo", "dan", "eve"]));
    assert_eq!(shown["Some 3"], names(["ada", "bob"]));
    assert_eq!(groups(&world.test).len(), 2, "tiles with the same sources share one");
}

#[tokio::test]
async fn a_change_of_a_team_costs_a_call_for_each_audience_and_none_for_a_tile() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people[..2]).await;
    let mut others = Vec::new();
    for name in ["A", "B", "C", "D"] {
        others.push(world.team(name, &people[..1]).await);
    }
    for number in 0..100 {
        let account = world.extended(&format!("Account {number:03}"), team).await;
        if let Some(other) = others.get(number % 5) {
            world.test.share(account, *other, Collaborator).await;
        }
    }
    world.follow().await;
    assert_eq!(world.live_audiences().await, 5);
    world.test.okta.sim.clear_traffic();
    world.test.join(team, &people[2]).await;
    world.follow().await;
    assert_eq!(spent(&world.test), (0, 5));
    assert!(dashboards(&world.test).values().all(|who| who.contains("cleo")));
    // A person's own click: the safety stop would ask first, were it the directory's doing.
    let owner = world.test.actor(&world.test.owner).await;
    teams::remove_member(&world.test.app, &owner, team, people[1].id).await.unwrap();
    world.follow().await;
    assert_eq!(spent(&world.test), (0, 5));
    assert!(dashboards(&world.test).values().all(|who| !who.contains("bob")));
}

#[tokio::test]
async fn a_person_more_on_a_tile_of_its_own_costs_one_membership() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people[..2]).await;
    let account = world.extended("Sole", team).await;
    world.follow().await;
    let group = only_group(&world.test);
    world.test.okta.sim.clear_traffic();
    world.test.share(account, &people[2], Collaborator).await;
    world.follow().await;
    assert_eq!(spent(&world.test), (0, 1), "the group became that of the new sources");
    assert_eq!(only_group(&world.test), group);
    assert_eq!(dashboards(&world.test)["Sole"], names(["ada", "bob", "cleo"]));
}

#[tokio::test]
async fn a_tile_of_one_person_is_assigned_and_gets_no_group() {
    let world = World::empty().await;
    let people = world.people(&["Ada"]).await;
    // The Owner of the account is not in Okta, but a source: two are worth a group. So Ada holds it alone.
    let account = world.test.account(&people[0], "Own", "").await;
    world.test.extend(&people[0], account).await;
    world.follow().await;
    assert_eq!(groups(&world.test).len(), 0);
    assert_eq!(dashboards(&world.test)["Own"], names(["ada"]));
}

#[tokio::test]
async fn a_group_that_no_tile_needs_is_deleted() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    let (first, second) =
        (world.extended("First", team).await, world.extended("Second", team).await);
    world.follow().await;
    let owner = world.test.actor(&world.test.owner).await;
    sync::remove(&world.test.app, &owner, first).await.unwrap();
    world.follow().await;
    assert_eq!(groups(&world.test).len(), 1, "the second tile needs it");
    sync::remove(&world.test.app, &owner, second).await.unwrap();
    world.follow().await;
    assert_eq!((groups(&world.test).len(), world.live_audiences().await), (0, 0));
    assert_eq!(dashboards(&world.test).len(), 0);
}

/// Of two tiles one goes another way: it leaves by a new group, and the old one keeps its people.
#[tokio::test]
async fn a_tile_that_leaves_a_shared_audience_gets_its_new_group_before_it_leaves_the_old_one() {
    let (world, people, leaves) = World::of_two_tiles().await;
    let kept = dashboards(&world.test);
    world.test.share(leaves, &people[2], Collaborator).await;
    world.follow_without_a_gap(&kept).await;
    let now = dashboards(&world.test);
    assert_eq!(now["Stays"], names(["ada", "bob"]));
    assert_eq!(now["Leaves"], names(["ada", "bob", "cleo"]));
    assert_eq!(groups(&world.test).len(), 2);
}

/// A name that told how many hold the account would be a second call each time.
#[tokio::test]
async fn a_group_keeps_its_name_while_that_names_one_of_its_sources() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people[..2]).await;
    let account = world.extended("Sole", team).await;
    world.follow().await;
    let (before, group) = (groups(&world.test), only_group(&world.test));
    let name = before.keys().next().unwrap().clone();
    assert!(name.starts_with("Keytile · Team · "), "{name}");
    let owner = world.test.actor(&world.test.owner).await;
    let mut shares = Vec::new();
    for grantee in [Grantee::Member(people[2].id), Grantee::Team(world.team("A", &people).await)] {
        let item = ShareItem::Account(account);
        super::calls(&world.test);
        let share = sharing::share(&world.test.app, &owner, item, grantee, Collaborator).await;
        shares.push(share.unwrap());
        world.follow().await;
        assert!(super::writes(&world.test).len() <= 1);
        assert_eq!(groups(&world.test).keys().collect::<Vec<_>>(), [&name]);
    }
    // Another account is shared as this one was at first: its group has a name of its own.
    world.extended("Another", team).await;
    world.follow().await;
    assert_eq!(groups(&world.test).len(), 2);
    assert_eq!(dashboards(&world.test)["Another"], names(["ada", "bob"]));
    // Without the one that it is named for it would mislead.
    teams::delete(&world.test.app, &owner, team).await.unwrap();
    world.follow().await;
    let now = world.test.okta.sim.org().groups[&group].name.clone();
    assert!(now.starts_with("Keytile · A · "), "{now}");
    assert_eq!(now.rsplit(' ').next(), name.rsplit(' ').next(), "the tag stays");
}

/// T1: whoever leaves goes from the group at once, before all that waits.
#[tokio::test]
async fn a_leaver_goes_from_every_audience_first() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    world.extended("First", team).await;
    world.follow().await;
    for number in 0..5 {
        world.extended(&format!("More {number}"), team).await;
    }
    let ada = people[0].id;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    world.worker.turn().await.unwrap();
    assert_eq!(dashboards(&world.test)["First"], names(["bob"]));
    world.follow().await;
    assert!(dashboards(&world.test).values().all(|who| *who == names(["bob"])));
}

/// L2, C33: Okta may take somebody whom it deactivates out of a group without a word.
#[tokio::test]
async fn somebody_who_is_back_is_put_into_their_groups_again_whatever_okta_did_to_them() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    let account = world.extended("First", team).await;
    world.follow().await;
    let (group, ada) = (only_group(&world.test), people[0].id);
    let okta = people[0].okta.clone().unwrap();
    world.test.okta.sim.org().remove_member(&group, &okta).unwrap();
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    world.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, ada))).await;
    world.test.join(team, &people[0]).await;
    world.follow().await;
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
    // What was done for it is told.
    let mut browser = world.test.client_as(&world.test.owner).await;
    let told = browser.get(&format!("/accounts/{account}/tile/timeline")).await.body;
    assert!(told.contains("Read the group (its group)"), "{told}");
}
