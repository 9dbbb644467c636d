//! Lost answers, bad days and dead workers: no group is doubled, and no member lost or left behind (R1, L3).

use std::collections::BTreeMap;

use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use keytile::{members, teams};
use model::share::ItemRole::Collaborator;
use okta_sim::Outcome;
use portal::Strategy;

use super::super::broken::broken;
use super::super::crash::{let_the_wire_empty, run_and_kill, stride};
use super::super::{answer, fault, follow, worker};
use super::{World, choose, dashboards, groups, names, only_group};
use crate::support::Person;

/// A tile of a team, not sent yet.
async fn started() -> (World, Vec<Person>) {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people).await;
    world.extended("First", team).await;
    (world, people)
}

/// Okta answers a change of a member with a success and nothing else: an empty one that is a lie looks the same, and only
/// an audit finds it out.
fn is_a_false_success(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answer { status: 200, body, .. } if body.is_empty())
}

#[tokio::test]
async fn a_broken_answer_to_any_call_about_a_group_ends_in_one_group_with_its_people() {
    for outcome in broken() {
        for (method, path) in [
            ("POST", "/api/v1/groups"),
            ("PUT", "/api/v1/groups/*/users/*"),
            ("PUT", "/api/v1/apps/*/groups/*"),
        ] {
            if is_a_false_success(&outcome) && path.ends_with("/users/*") {
                continue;
            }
            let (world, _) = started().await;
            fault(&world.test, method, path, outcome.clone());
            world.follow().await;
            let said = format!("{method} {path} {outcome:?}");
            assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob", "cleo"]), "{said}");
            let made = groups(&world.test);
            assert_eq!(made.len(), 1, "{said}");
            assert!(made.values().all(|who| who.len() == 3), "{said}");
            assert_eq!(world.test.okta.sim.pending_faults(), 0, "{said}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_any_call_of_a_change_of_a_group_ends_as_desired() {
    for outcome in broken() {
        for (method, path) in [
            ("GET", "/api/v1/groups/*"),
            ("GET", "/api/v1/groups/*/roles"),
            ("GET", "/api/v1/groups/*/apps"),
            ("DELETE", "/api/v1/groups/*/users/*"),
        ] {
            if is_a_false_success(&outcome) && path.ends_with("/users/*") {
                continue;
            }
            let (world, people) = started().await;
            world.follow().await;
            world.test.advance(16 * 60);
            fault(&world.test, method, path, outcome.clone());
            let bob = people[1].id;
            world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, bob))).await;
            world.follow().await;
            let said = format!("{method} {path} {outcome:?}");
            assert_eq!(dashboards(&world.test)["First"], names(["ada", "cleo"]), "{said}");
            assert!(groups(&world.test).values().all(|who| who.len() == 2), "{said}");
            assert_eq!(world.test.okta.sim.pending_faults(), 0, "{said}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_taking_a_group_off_a_tile_ends_in_one_group_for_each() {
    for outcome in broken() {
        if is_a_false_success(&outcome) {
            continue;
        }
        let (world, people, leaves) = World::of_two_tiles().await;
        let kept = dashboards(&world.test);
        fault(&world.test, "DELETE", "/api/v1/apps/*/groups/*", outcome.clone());
        world.test.share(leaves, &people[2], Collaborator).await;
        world.follow_without_a_gap(&kept).await;
        assert_eq!(world.test.okta.sim.pending_faults(), 0, "{outcome:?}");
        let now = dashboards(&world.test);
        assert_eq!(now["Stays"], names(["ada", "bob"]), "{outcome:?}");
        assert_eq!(now["Leaves"], names(["ada", "bob", "cleo"]), "{outcome:?}");
        let org = world.test.okta.sim.org();
        let of_tiles = org.apps.values().filter(|app| !app.users.is_empty());
        assert!(of_tiles.clone().count() == 2 && of_tiles.clone().all(|app| app.groups.len() == 1));
    }
}

#[tokio::test]
async fn a_broken_answer_to_renaming_a_group_ends_in_one_with_the_new_name() {
    for outcome in broken() {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let (first, last) = (world.team("First", &people).await, world.team("Last", &people).await);
        let account = world.extended("Tile", first).await;
        world.follow().await;
        world.test.share(account, last, Collaborator).await;
        world.follow().await;
        let (seen, group) = (dashboards(&world.test), only_group(&world.test));
        fault(&world.test, "PUT", "/api/v1/groups/*", outcome.clone());
        let owner = world.test.actor(&world.test.owner).await;
        teams::delete(&world.test.app, &owner, first).await.unwrap();
        world.follow_without_a_gap(&seen).await;
        assert_eq!(world.test.okta.sim.pending_faults(), 0, "{outcome:?}");
        assert_eq!(
            (dashboards(&world.test), only_group(&world.test)),
            (seen, group),
            "{outcome:?}"
        );
        let name = groups(&world.test).into_keys().next().unwrap();
        assert!(name.starts_with("Keytile · Last · "), "{name} {outcome:?}");
    }
}

#[tokio::test]
async fn a_broken_answer_to_deleting_a_group_leaves_none() {
    for outcome in broken() {
        if is_a_false_success(&outcome) {
            continue;
        }
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let team = world.team("Team", &people).await;
        let account = world.extended("Tile", team).await;
        world.follow().await;
        fault(&world.test, "DELETE", "/api/v1/groups/*", outcome.clone());
        let owner = world.test.actor(&world.test.owner).await;
        sync::remove(&world.test.app, &owner, account).await.unwrap();
        world.follow().await;
        assert_eq!(world.test.okta.sim.pending_faults(), 0, "{outcome:?}");
        let left = (groups(&world.test).len(), world.live_audiences().await);
        assert_eq!(left, (0, 0), "{outcome:?}");
    }
}

/// A lost answer to an addition, and the person leaves before anybody knows whether they were in.
#[tokio::test]
async fn a_member_who_leaves_while_their_addition_is_unknown_is_taken_out() {
    let (world, people) = started().await;
    for _ in 0..3 {
        fault(&world.test, "PUT", "/api/v1/groups/*/users/*", Outcome::CommitThenDrop);
    }
    for _ in 0..6 {
        world.worker.turn().await.unwrap();
    }
    for person in &people[..2] {
        let id = person.id;
        world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
    }
    world.follow().await;
    assert_eq!(groups(&world.test).into_values().collect::<Vec<_>>(), [names(["cleo"])]);
    assert_eq!(dashboards(&world.test)["First"], names(["cleo"]));
}

/// R2: that a repetition came to nothing tells nothing of what became of the first try.
#[tokio::test]
async fn a_member_who_leaves_after_a_repetition_that_came_to_nothing_is_taken_out() {
    for (status, code) in [(429, "E0000047"), (400, "E0000001")] {
        let (world, people) = started().await;
        let add = ("PUT", "/api/v1/groups/*/users/*");
        fault(&world.test, add.0, add.1, Outcome::CommitThenDrop);
        let body = format!(r#"{{"errorCode":"{code}"}}"#);
        fault(&world.test, add.0, add.1, answer(status, "application/json", &body));
        until_they_struck(&world).await;
        for person in &people[..2] {
            let id = person.id;
            world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
        }
        world.follow().await;
        let left = groups(&world.test).into_values().collect::<Vec<_>>();
        assert_eq!(left, [names(["cleo"])], "{status}");
    }
}

/// Every fault that was ordered has struck.
pub(super) async fn until_they_struck(world: &World) {
    while world.test.okta.sim.pending_faults() > 0 {
        if let Turn::Wait(Some(until)) = world.worker.turn().await.unwrap() {
            let left = until.duration_since(world.test.now()).as_millis();
            world.test.advance_millis(i64::try_from(left).unwrap().max(1));
        }
    }
}

/// Once is not worth a person's attention, and three times in a row is: then the tile says so, until Okta answers.
#[tokio::test]
async fn a_group_about_which_okta_gives_no_answer_is_told_of_at_the_third_time() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people[..1]).await;
    let account = world.extended("First", team).await;
    world.follow().await;
    let down = answer(500, "application/json", r#"{"errorCode":"E0000009"}"#);
    world.test.join(team, &people[1]).await;
    for time in 1..=4 {
        fault(&world.test, "PUT", "/api/v1/groups/*/users/*", down.clone());
        until_they_struck(&world).await;
        let progress = world.progress(account).await;
        let is_told = matches!(&progress, Progress::Failed(why) if why.code == "unavailable");
        assert_eq!(is_told, time >= 3, "{time}: {progress:?}");
    }
    world.follow().await;
    assert_eq!(world.progress(account).await, Progress::Synced);
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
}

/// A replica of Okta's may not know a group that another has just made: nobody is asked about it, and the timeline tells it.
#[tokio::test]
async fn a_group_that_okta_does_not_know_yet_is_waited_for() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    let account = world.extended("First", team).await;
    let unknown = answer(404, "application/json", r#"{"errorCode":"E0000007"}"#);
    for _ in 0..2 {
        fault(&world.test, "PUT", "/api/v1/groups/*/users/*", unknown.clone());
    }
    let before = world.test.now();
    until_they_struck(&world).await;
    assert!(world.test.now().duration_since(before).as_secs() >= 5, "and not without a pause");
    world.follow().await;
    assert_eq!(world.progress(account).await, Progress::Synced);
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
    assert_eq!(groups(&world.test).len(), 1);
    let mut browser = world.test.client_as(&world.test.owner).await;
    let told = browser.get(&format!("/accounts/{account}/tile/timeline")).await.body;
    assert!(told.contains("It was not there"), "{told}");
}

/// A group that was assigned with a lost answer is needed: nobody knows yet whether people see the tile by it.
#[tokio::test]
async fn a_group_is_not_deleted_while_its_assignment_to_a_tile_is_unknown() {
    let (world, _) = started().await;
    fault(&world.test, "PUT", "/api/v1/apps/*/groups/*", Outcome::CommitThenDrop);
    until_they_struck(&world).await;
    let seen = dashboards(&world.test);
    assert_eq!(seen["First"], names(["ada", "bob", "cleo"]));
    choose(&world.test, Strategy::Individual).await;
    let down = answer(500, "application/json", r#"{"errorCode":"E0000009"}"#);
    fault(&world.test, "GET", "/api/v1/apps/*", down);
    world.follow_without_a_gap(&seen).await;
    assert_eq!((dashboards(&world.test), groups(&world.test).len()), (seen, 0));
}

#[tokio::test]
async fn a_first_sync_killed_between_any_two_steps_ends_in_one_group() {
    let mut polls = 1;
    loop {
        let (world, people) = started().await;
        let was_killed = run_and_kill(&world.worker, polls).await;
        let_the_wire_empty().await;
        // Somebody leaves before the next worker is there.
        let bob = people[1].id;
        world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, bob))).await;
        let young = worker(&world.test).await;
        assert_eq!(follow(&world.test, &young).await, Turn::Idle, "after {polls} polls");
        let made: Vec<_> = groups(&world.test).into_values().collect();
        assert_eq!(made, [names(["ada", "cleo"])], "after {polls} polls");
        assert_eq!(dashboards(&world.test)["First"], names(["ada", "cleo"]), "after {polls} polls");
        if !was_killed {
            break;
        }
        polls += stride();
    }
    assert!(polls > 10, "there were points to be killed at");
}

#[tokio::test]
async fn a_removal_killed_between_any_two_steps_leaves_no_group() {
    let mut polls = 1;
    loop {
        let (world, _) = started().await;
        world.follow().await;
        world
            .test
            .write(|tx, by| {
                Box::pin(async move {
                    let rank = keytile::sync::rank(portal::Priority::Change);
                    keytile::sync::store::end_all(tx, by, rank).await?;
                    Ok(())
                })
            })
            .await;
        let was_killed = run_and_kill(&world.worker, polls).await;
        let_the_wire_empty().await;
        let young = worker(&world.test).await;
        assert_eq!(follow(&world.test, &young).await, Turn::Idle, "after {polls} polls");
        assert_eq!(dashboards(&world.test).len(), 0, "after {polls} polls");
        assert_eq!(groups(&world.test).len(), 0, "after {polls} polls");
        assert_eq!(world.live_audiences().await, 0, "after {polls} polls");
        if !was_killed {
            break;
        }
        polls += stride();
    }
}

/// S34, R1: nobody knows whether a group shows the tile. Whoever leaves the group and is to see the tile by themselves stays
/// until they do.
#[tokio::test]
async fn whoever_leaves_a_group_that_may_show_their_tile_keeps_it() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people).await;
    world.extended("First", team).await;
    world.follow().await;
    let (test, owner) = (&world.test, world.test.actor(&world.test.owner).await);
    fault(test, "PUT", "/api/v1/apps/*/groups/*", Outcome::CommitThenDrop);
    let second = world.extended("Second", team).await;
    until_they_struck(&world).await;
    let seen = dashboards(test);
    assert_eq!(seen["Second"], names(["ada", "bob", "cleo"]));
    teams::remove_member(&test.app, &owner, team, people[1].id).await.unwrap();
    test.share(second, &people[1], Collaborator).await;
    let kept = BTreeMap::from([("Second".to_owned(), seen["Second"].clone())]);
    world.follow_without_a_gap(&kept).await;
    assert_eq!(dashboards(test)["First"], names(["ada", "cleo"]));
}

/// S34, R1: nobody knows whether they still have the tile by themselves. Whoever leaves the group that shows it to them, too, stays
/// until that is known.
#[tokio::test]
async fn whoever_may_have_lost_their_own_assignment_keeps_the_tile_by_the_group() {
    let world = World::empty().await;
    choose(&world.test, Strategy::Individual).await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people).await;
    let first = world.extended("First", team).await;
    world.follow().await;
    let (test, owner) = (&world.test, world.test.actor(&world.test.owner).await);
    let seen = dashboards(test);
    choose(test, Strategy::Audience).await;
    fault(test, "POST", "/api/v1/apps/*/users/*", Outcome::CommitThenDrop);
    until_they_struck(&world).await;
    for person in &people {
        test.share(first, person, Collaborator).await;
        teams::remove_member(&test.app, &owner, team, person.id).await.unwrap();
    }
    world.follow_without_a_gap(&seen).await;
    assert_eq!(dashboards(test), seen);
}
