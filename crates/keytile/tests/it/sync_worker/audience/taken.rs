//! A name that another group of ours has: each audience gets a group of its own, however long the other keeps the name.

use std::collections::BTreeMap;

use keytile::sync::{self, Progress};
use keytile::{sharing, values};
use model::share::ItemRole::Collaborator;
use model::share::{Grantee, ShareItem};
use model::{AccountId, TeamId};
use okta_sim::Outcome;
use okta_sim::org::NewApp;

use super::super::{answer, fault};
use super::{World, dashboards, groups, names, only_group};

/// Ada's team holds the tile "First" by a group that is to be named for Bob's team from now on, and has its old name in Okta.
struct Renamed {
    world: World,
    ada: TeamId,
    /// The group's id in Okta, and what it was called.
    group: String,
    old_name: String,
}

impl Renamed {
    async fn start() -> Self {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let (ada, bob) = (world.team("A", &people[..1]).await, world.team("B", &people[1..]).await);
        let first = world.extended("First", ada).await;
        world.follow().await;
        let (group, old_name) = (only_group(&world.test), only_name(&world));
        world.test.advance(16 * 60);
        world.test.share(first, bob, Collaborator).await;
        let owner = world.test.actor(&world.test.owner).await;
        let shares = sharing::list(&world.test.app, &owner, ShareItem::Account(first)).await;
        let shares = shares.unwrap();
        let of_ada = shares.iter().find(|share| share.grantee == Grantee::Team(ada)).unwrap();
        sharing::unshare(&world.test.app, &owner, of_ada.id).await.unwrap();
        Self { world, ada, group, old_name }
    }

    /// What the group's audience may not write to any more: it waits for a person, and keeps the name.
    fn make_unfit(&self) {
        let mut org = self.world.test.okta.sim.org();
        let app = org.create_app(NewApp::bookmark("Payroll", "https://payroll.example.com/"), true);
        org.assign_group(&app.unwrap(), &self.group, None, None).unwrap();
    }

    /// A tile of those who had the group before: theirs is to be called what that was called.
    async fn extend_second(&self) -> AccountId {
        self.world.extended("Second", self.ada).await
    }

    /// What Okta calls the group.
    fn name(&self) -> String {
        self.world.test.okta.sim.org().groups[&self.group].name.clone()
    }
}

fn only_name(world: &World) -> String {
    groups(&world.test).into_keys().next().unwrap()
}

/// How often the timelines of groups tell that a name was taken.
async fn times_taken(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) AS n FROM audience_event WHERE result = 'name taken'";
    world.test.count_of(sql, values![]).await
}

/// One group at a time has a name: who is to get it waits until the other has given it up.
#[tokio::test]
async fn a_name_that_another_group_is_about_to_give_up_is_waited_for() {
    let renamed = Renamed::start().await;
    let world = &renamed.world;
    let down = answer(500, "application/json", r#"{"errorCode":"E0000009"}"#);
    fault(&world.test, "PUT", "/api/v1/groups/*", down);
    let second = renamed.extend_second().await;
    world.follow().await;
    let mut browser = world.test.client_as(&world.test.owner).await;
    let told = browser.get(&format!("/accounts/{second}/tile/timeline")).await.body;
    assert!(told.contains("Another group has this name"), "it was asked for before: {told}");
    assert_eq!(world.progress(second).await, Progress::Synced);
    let groups = groups(&world.test);
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[&renamed.old_name], names(["ada"]), "nobody of the other, and its name");
    assert_eq!(groups[&renamed.name()], names(["bob"]));
    assert_eq!(dashboards(&world.test)["First"], names(["bob"]));
    assert_eq!(dashboards(&world.test)["Second"], names(["ada"]));
}

/// The other group may wait for a person for ever: then this one is called something else, after a while.
#[tokio::test]
async fn a_name_that_another_group_does_not_give_up_is_given_up() {
    let renamed = Renamed::start().await;
    let world = &renamed.world;
    renamed.make_unfit();
    let second = renamed.extend_second().await;
    // The tile of the group that waits looks again for ever.
    world.follow_for_an_hour_without_a_gap(&BTreeMap::new()).await;
    assert_eq!(world.progress(second).await, Progress::Synced);
    assert_eq!(dashboards(&world.test)["Second"], names(["ada"]));
    assert_eq!(renamed.name(), renamed.old_name, "the other is left alone");
    let groups = groups(&world.test);
    let others: Vec<&String> = groups.keys().filter(|name| **name != renamed.old_name).collect();
    assert!(matches!(others[..], [name] if name.starts_with("Keytile · A · ")), "{others:?}");
    // Whoever has a name may be about to give it up.
    assert_eq!(times_taken(world).await, 3);
}

/// T2: the group with the name of one that may have been made, and is not needed any more, is that one only if it is nobody's.
#[tokio::test]
async fn a_group_is_not_deleted_because_it_has_the_name_of_one_that_is_needed_no_more() {
    let renamed = Renamed::start().await;
    let world = &renamed.world;
    renamed.make_unfit();
    fault(&world.test, "POST", "/api/v1/groups", Outcome::Drop);
    let second = renamed.extend_second().await;
    super::broken::until_they_struck(world).await;
    let owner = world.test.actor(&world.test.owner).await;
    sync::remove(&world.test.app, &owner, second).await.unwrap();
    world.follow_for_an_hour_without_a_gap(&BTreeMap::new()).await;
    let left = groups(&world.test);
    assert_eq!(left.keys().collect::<Vec<_>>(), [&renamed.old_name]);
    assert_eq!(dashboards(&world.test).into_keys().collect::<Vec<_>>(), ["First"]);
    assert_eq!(world.live_audiences().await, 1, "what was to get its name is over");
}

/// R1: a group whose creation got no answer, and which nobody needs any more, is looked for and deleted.
#[tokio::test]
async fn a_group_that_was_made_without_an_answer_goes_when_it_is_needed_no_more() {
    for outcome in [Outcome::CommitThenDrop, Outcome::Drop] {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let team = world.team("A", &people).await;
        fault(&world.test, "POST", "/api/v1/groups", outcome.clone());
        let first = world.extended("First", team).await;
        super::broken::until_they_struck(&world).await;
        let owner = world.test.actor(&world.test.owner).await;
        sync::remove(&world.test.app, &owner, first).await.unwrap();
        world.follow().await;
        assert_eq!(groups(&world.test).len(), 0, "{outcome:?}");
        assert_eq!(world.live_audiences().await, 0, "{outcome:?}");
    }
}
