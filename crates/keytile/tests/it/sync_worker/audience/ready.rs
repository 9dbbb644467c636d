//! A tile waits for its group no longer than the group takes.

use keytile::sync;
use keytile::sync::worker::Turn;
use model::share::ItemRole::Collaborator;
use portal::Priority;

use super::super::{answer, fault};
use super::{World, dashboards, groups, names};

/// Groups have a limit of their own, and are ready when the turn of their tiles comes.
#[tokio::test]
async fn groups_are_made_while_a_first_sync_waits_for_the_next_window() {
    let world = World::with(okta_sim::Limits::Workforce).await;
    let (test, people) = (&world.test, world.people(&["Ada", "Bob"]).await);
    let owner = test.actor(&test.owner).await;
    for team in ["First", "Second", "Third"] {
        let people = world.team(team, &people).await;
        for number in 0..20 {
            let account = test.account(&test.owner, &format!("{team} {number}"), "").await;
            test.share(account, people, Collaborator).await;
            sync::extend_as(&test.app, &owner, account, Priority::FirstSync).await.unwrap();
            test.advance_millis(1);
        }
    }
    while !matches!(world.worker.turn().await.unwrap(), Turn::Wait(_)) {}
    assert!(!dashboards(test).contains_key("Third 0"), "its turn is later");
    assert_eq!(groups(test).into_values().filter(|people| people.len() == 2).count(), 3);
}

/// A tile that waits for its group is told as soon as somebody is in it.
#[tokio::test]
async fn a_tile_is_shown_as_soon_as_its_group_is_ready() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    fault(&world.test, "POST", "/api/v1/groups", answer(503, "text/html", "<html/>"));
    world.extended("First", team).await;
    world.work_on().await;
    assert_eq!(dashboards(&world.test)["First"], names([]), "it has no group yet");
    world.test.advance(60);
    world.work_on().await;
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
}
