//! Lost answers, bad days and dead workers: no group is doubled, and no member lost or left behind (R1, L3).

use keytile::members;
use keytile::sync::worker::Turn;
use okta_sim::Outcome;

use super::super::broken::broken;
use super::super::crash::{let_the_wire_empty, run_and_kill};
use super::super::{fault, follow, worker};
use super::{World, dashboards, groups, names};
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
        polls += 1;
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
        polls += 1;
    }
}
