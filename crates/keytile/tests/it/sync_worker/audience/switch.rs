//! From people to groups and back while tiles are in use: at no instant does anybody who keeps a tile lose it.

use std::collections::BTreeMap;

use keytile::members;
use model::share::ItemRole::Collaborator;
use portal::Strategy;

use super::super::crash::{act_amid_a_turn, stride};
use super::super::worker;
use super::{World, choose, dashboards, groups, names};
use crate::support::{Person, TestApp};

/// Three tiles that people see by teams and directly, assigned one by one.
async fn individual(conflicts: bool) -> (World, Vec<Person>) {
    let test = TestApp::start().await;
    test.turn_on().await;
    test.okta.sim.org().settings.reassign_conflicts = conflicts;
    let worker = worker(&test).await;
    let world = World { test, worker };
    let people = world.people(&["Ada", "Bob", "Cleo", "Dan"]).await;
    let team = world.team("Team", &people[..3]).await;
    let other = world.team("Other", &people[1..]).await;
    world.extended("First", team).await;
    let second = world.extended("Second", team).await;
    world.test.share(second, &people[3], Collaborator).await;
    let third = world.extended("Third", other).await;
    world.test.share(third, team, Collaborator).await;
    let own = world.test.account(&people[0], "Own", "").await;
    world.test.extend(&people[0], own).await;
    world.follow().await;
    (world, people)
}

/// Whether Okta answers 200 or 409 to an assignment that is there is recorded nowhere, so both.
#[tokio::test]
async fn a_switch_there_and_back_takes_no_tile_from_anybody() {
    for conflicts in [false, true] {
        let (world, _) = individual(conflicts).await;
        let before = dashboards(&world.test);
        assert_eq!(before["Third"], names(["ada", "bob", "cleo", "dan"]));
        choose(&world.test, Strategy::Audience).await;
        world.follow_without_a_gap(&before).await;
        assert_eq!(dashboards(&world.test), before);
        assert_eq!(groups(&world.test).len(), 3, "one for each set of sources");
        assert_eq!(own_assignments(&world.test), 1, "but for the tile of one person");
        choose(&world.test, Strategy::Individual).await;
        world.follow_without_a_gap(&before).await;
        assert_eq!(dashboards(&world.test), before);
        assert_eq!((groups(&world.test).len(), world.live_audiences().await), (0, 0));
    }
}

/// The admin changes their mind before the first switch is through.
#[tokio::test]
async fn a_switch_that_is_turned_back_half_way_takes_no_tile_from_anybody() {
    for turns in [1, 5, 10, 20, 40] {
        let (world, _) = individual(false).await;
        let before = dashboards(&world.test);
        choose(&world.test, Strategy::Audience).await;
        for _ in 0..turns {
            world.worker.turn().await.unwrap();
        }
        choose(&world.test, Strategy::Individual).await;
        world.follow_without_a_gap(&before).await;
        assert_eq!(dashboards(&world.test), before, "after {turns} turns");
        assert_eq!(groups(&world.test).len(), 0, "after {turns} turns");
    }
}

/// T1: whoever loses access in the middle of a switch loses the tile, however they came to it.
#[tokio::test]
async fn whoever_leaves_during_a_switch_is_gone_after_it_and_nobody_else_is() {
    for turns in (0..30).step_by(stride()) {
        let (world, people) = individual(false).await;
        choose(&world.test, Strategy::Audience).await;
        for _ in 0..turns {
            world.worker.turn().await.unwrap();
        }
        let bob = people[1].id;
        world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, bob))).await;
        let kept: BTreeMap<_, _> = [("First".to_owned(), names(["ada", "cleo"]))].into();
        world.follow_without_a_gap(&kept).await;
        let now = dashboards(&world.test);
        assert_eq!(now["First"], names(["ada", "cleo"]), "after {turns} turns");
        assert_eq!(now["Second"], names(["ada", "cleo", "dan"]), "after {turns} turns");
        assert_eq!(now["Third"], names(["ada", "cleo", "dan"]), "after {turns} turns");
    }
}

/// From one group to another: whoever leaves the first keeps the tile by it until they have it by the second.
#[tokio::test]
async fn who_leaves_a_group_keeps_a_tile_that_is_on_its_way_to_another_one() {
    for turns in (0..12).step_by(stride()) {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let team = world.team("Team", &people).await;
        world.extended("First", team).await;
        let second = world.extended("Second", team).await;
        world.follow().await;
        world.test.share(second, &people[0], Collaborator).await;
        for _ in 0..turns {
            world.worker.turn().await.unwrap();
        }
        world.test.leave(team, &people[0]).await;
        let kept = [("Second".to_owned(), names(["ada", "bob"]))].into();
        world.follow_without_a_gap(&kept).await;
        let now = dashboards(&world.test);
        assert_eq!(now["First"], names(["bob"]), "after {turns} turns");
        assert_eq!(now["Second"], names(["ada", "bob"]), "after {turns} turns");
    }
}

/// Who comes back while their removal is under way may be gone for a moment. Who comes back before it was begun is not.
#[tokio::test]
async fn whoever_comes_back_before_their_removal_was_begun_stays() {
    let mut polls = 0;
    loop {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob", "Cleo"]).await;
        let team = world.team("Team", &people).await;
        world.extended("First", team).await;
        world.follow().await;
        let (test, all) = (&world.test, names(["ada", "bob", "cleo"]));
        test.leave(team, &people[1]).await;
        let mut was_begun = false;
        let act = async {
            test.join(team, &people[1]).await;
            let begun = "SELECT COUNT(*) AS n FROM audience WHERE in_flight IS NOT NULL";
            was_begun = test.count(begun).await > 0 || dashboards(test)["First"] != all;
        };
        let is_over = act_amid_a_turn(&world.worker, polls, act).await;
        assert!(was_begun || dashboards(test)["First"] == all, "after {polls} polls");
        world.follow().await;
        assert_eq!(dashboards(test)["First"], all, "after {polls} polls");
        if is_over {
            assert!(was_begun, "the turn takes them out");
            return;
        }
        polls += stride();
    }
}

/// Assignments of people themselves, which no group brought.
fn own_assignments(test: &TestApp) -> usize {
    let org = test.okta.sim.org();
    let rows = org.apps.values().flat_map(|app| app.users.values());
    rows.filter(|row| row.scope == okta_sim::org::Scope::User).count()
}
