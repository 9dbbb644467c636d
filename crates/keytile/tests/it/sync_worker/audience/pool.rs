//! Groups that an Okta admin made for us: they are filled and emptied, never made, renamed or deleted.

use keytile::sync::store::{mark_all_softly, set_strategy};
use keytile::sync::{self, Progress, rank};
use model::share::ItemRole::Collaborator;
use okta_sim::org::{GroupType, Permissions, Rights};
use portal::audience::pool_marker;
use portal::{Priority, Strategy};

use super::super::crash::{act_amid_a_turn, stride};
use super::super::{answer, fault, worker};
use super::{World, dashboards, names};
use crate::support::{OKTA_TOKEN, TestApp};

/// So many groups of the pool, and a token that may change who is in them and nothing else of groups.
async fn with_pool(groups: usize) -> World {
    let test = TestApp::start().await;
    test.turn_on().await;
    for number in 0..groups {
        add_group(&test, &format!("Pool {number}"));
    }
    test.write(|tx, by| {
        Box::pin(async move {
            set_strategy(tx, by, Strategy::Audience, Some("Pool ")).await?;
            mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
            Ok(())
        })
    })
    .await;
    let worker = worker(&test).await;
    World { test, worker }
}

fn add_group(test: &TestApp, name: &str) {
    let marker = pool_marker(&test.app.config.origin());
    let mut org = test.okta.sim.org();
    org.create_group(GroupType::Okta, name, Some(&marker)).unwrap();
    let pool = org.groups.values().filter(|group| group.name.starts_with("Pool "));
    let mut rights = Rights::with_group_pool(pool.map(|group| group.id.clone()));
    rights.roles = true;
    let token = org.tokens.values_mut().find(|token| token.value == OKTA_TOKEN).unwrap();
    token.permissions = Permissions::Granted(rights);
}

/// Who is in each group of the pool, by name.
fn filled(test: &TestApp) -> Vec<(String, usize)> {
    let org = test.okta.sim.org();
    let pool = org.groups.values().filter(|group| group.name.starts_with("Pool "));
    let mut all: Vec<_> = pool.map(|group| (group.name.clone(), group.members.len())).collect();
    all.sort();
    all
}

#[tokio::test]
async fn audiences_take_free_groups_and_give_them_back_empty() {
    let world = with_pool(3).await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let (all, some) = (world.team("All", &people).await, world.team("Some", &people[..2]).await);
    let first = world.extended("First", all).await;
    world.extended("Second", some).await;
    world.follow().await;
    let mut sizes: Vec<usize> = filled(&world.test).into_iter().map(|(_, size)| size).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 2, 3]);
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob", "cleo"]));
    let owner = world.test.actor(&world.test.owner).await;
    sync::remove(&world.test.app, &owner, first).await.unwrap();
    world.follow().await;
    let mut sizes: Vec<usize> = filled(&world.test).into_iter().map(|(_, size)| size).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 0, 2], "none was deleted");
}

#[tokio::test]
async fn without_a_free_group_people_are_assigned_until_there_is_one() {
    let world = with_pool(1).await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let (all, some) = (world.team("All", &people).await, world.team("Some", &people[..2]).await);
    world.extended("First", all).await;
    let second = world.extended("Second", some).await;
    world.follow_for_an_hour_without_a_gap(&std::collections::BTreeMap::new()).await;
    let shown = dashboards(&world.test);
    assert_eq!(shown["First"], names(["ada", "bob", "cleo"]));
    assert_eq!(shown["Second"], names(["ada", "bob"]));
    assert_eq!(
        world.test.count("SELECT COUNT(*) AS n FROM audience WHERE problem = 'pool_empty'").await,
        1
    );
    let mut browser = world.test.client_as(&world.test.owner).await;
    let told = browser.get(&format!("/accounts/{second}/tile/timeline")).await.body;
    assert!(told.contains("None is free"), "{told}");
    // A team's change is followed meanwhile, by either way.
    world.test.leave(some, &people[1]).await;
    world.test.leave(all, &people[1]).await;
    world.follow_for_an_hour_without_a_gap(&std::collections::BTreeMap::new()).await;
    assert_eq!(dashboards(&world.test)["Second"], names(["ada"]));
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "cleo"]));
    add_group(&world.test, "Pool 1");
    let kept = dashboards(&world.test);
    world.follow_without_a_gap(&kept).await;
    assert_eq!(world.progress(second).await, Progress::Synced);
    assert_eq!(dashboards(&world.test), kept);
    assert!(filled(&world.test).iter().all(|(_, size)| *size > 0));
}

/// A tile that waits for a group is told as soon as it is known that none is to be had.
#[tokio::test]
async fn without_a_free_group_people_are_assigned_at_once() {
    let world = with_pool(0).await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    fault(&world.test, "GET", "/api/v1/groups", answer(503, "text/html", "<html/>"));
    world.extended("First", team).await;
    world.work_on().await;
    assert_eq!(dashboards(&world.test)["First"], names([]), "Okta has not told");
    world.test.advance(60);
    world.work_on().await;
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
}

/// T1: who loses one tile of a group and keeps another, for which no group is to be had, is not kept in the group for that.
#[tokio::test]
async fn whoever_leaves_a_group_is_not_kept_in_it_for_a_tile_that_they_have_besides() {
    let world = with_pool(1).await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people[..2]).await;
    world.extended("First", team).await;
    let second = world.extended("Second", team).await;
    world.follow().await;
    // The only group is the first one's: the people of the second one are assigned to it.
    for person in [&people[0], &people[2]] {
        world.test.share(second, person, Collaborator).await;
    }
    let kept = dashboards(&world.test);
    world.follow_for_an_hour_without_a_gap(&kept).await;
    world.test.leave(team, &people[0]).await;
    let kept = [("Second".to_owned(), names(["ada", "bob", "cleo"]))].into();
    world.follow_for_an_hour_without_a_gap(&kept).await;
    assert_eq!(dashboards(&world.test)["First"], names(["bob"]));
}

/// Somebody may be in a group already: that is read, whatever happens while it is taken.
#[tokio::test]
async fn whoever_is_in_a_group_of_the_pool_is_taken_out_although_a_team_changes_meanwhile() {
    let mut polls = 0;
    loop {
        let world = with_pool(1).await;
        let people = world.people(&["Ada", "Bob", "Cleo", "Zed"]).await;
        {
            let mut org = world.test.okta.sim.org();
            let pool = org.groups.values().find(|group| group.name == "Pool 0").unwrap().id.clone();
            org.join(&pool, people[3].okta.as_ref().unwrap());
        }
        let team = world.team("Team", &people[..2]).await;
        world.extended("First", team).await;
        world.worker.turn().await.unwrap();
        let act = world.test.join(team, &people[2]);
        let is_over = act_amid_a_turn(&world.worker, polls, act).await;
        world.follow().await;
        let expected = names(["ada", "bob", "cleo"]);
        assert_eq!(dashboards(&world.test)["First"], expected, "after {polls} polls");
        if is_over {
            return;
        }
        polls += stride();
    }
}

/// T2: a group of the pool that carries a role is passed over.
#[tokio::test]
async fn an_unfit_group_of_the_pool_is_not_taken() {
    let world = with_pool(2).await;
    let unfit = {
        let mut org = world.test.okta.sim.org();
        let id = org.groups.values().find(|group| group.name == "Pool 0").unwrap().id.clone();
        org.grant_group_role(&id, "USER_ADMIN").unwrap();
        id
    };
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    world.extended("First", team).await;
    world.follow().await;
    assert_eq!(filled(&world.test), [("Pool 0".to_owned(), 0), ("Pool 1".to_owned(), 2)]);
    assert!(world.test.okta.sim.org().groups[&unfit].members.is_empty());
}
