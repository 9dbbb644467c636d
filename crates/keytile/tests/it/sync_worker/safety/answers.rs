//! An answer stays an answer: what an admin left or let go is not asked about again because a tile was looked at, because
//! groups show tiles, or because somebody was just at the tile when it came.

use keytile::sync::safety::{self, Decision};
use keytile::sync::store::{mark_all_softly, set_strategy};
use keytile::sync::{self, rank};
use keytile::{members, sharing};
use model::share::ItemRole::Collaborator;
use model::share::{Grantee, ShareItem};
use portal::{Priority, Strategy};

use super::super::crash::{act_amid_a_turn, stride};
use super::super::writes;
use super::Pushed;
use crate::support::User;

const OPEN_ITEMS: &str = "SELECT COUNT(*) AS n FROM safety_stop_item WHERE ended_at IS NULL";

/// C15: of a tile that a group shows nothing is left to do while the group keeps people for a question.
#[tokio::test]
async fn a_look_at_a_tile_ends_no_question_about_its_group() {
    for decision in [Decision::Dismiss, Decision::Approve] {
        let world = Pushed::in_groups(14, 2).await;
        world.push_out(&world.people[1..]).await;
        world.follow().await;
        let owner = world.owner().await;
        sync::sync_now(&world.test.app, &owner, world.accounts[0]).await.unwrap();
        world.follow().await;
        assert_eq!(world.question().await.items.len(), 26, "each with both tiles");
        world.decide(decision).await;
        // The tile has its turn before the group.
        sync::sync_now(&world.test.app, &owner, world.accounts[0]).await.unwrap();
        world.follow().await;
        assert_eq!(world.open_questions().await, 0, "{decision:?} was the answer");
        let (seen, items) = match decision {
            Decision::Dismiss => (14, 26),
            Decision::Approve => (1, 0),
        };
        assert_eq!(world.seen_by(), [seen, seen], "{decision:?}");
        assert_eq!(world.test.count(OPEN_ITEMS).await, items, "{decision:?}");
    }
}

/// C15: the group of a tile on its way to one has nobody of those who stay in it.
#[tokio::test]
async fn whoever_an_admin_left_on_a_tile_stays_when_groups_are_chosen() {
    let world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    world.decide(Decision::Dismiss).await;
    world.follow().await;
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move {
                set_strategy(tx, by, Strategy::Audience, None).await?;
                mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
                Ok(())
            })
        })
        .await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![12], 0));
    assert_eq!(world.test.count(OPEN_ITEMS).await, 12);
}

/// C15: one call takes a group from everybody, and what a person asked for waits for nobody.
#[tokio::test]
async fn who_lost_a_tile_by_a_click_loses_it_although_others_of_the_group_are_kept() {
    let world = Pushed::in_groups(14, 2).await;
    let (test, owner) = (&world.test, world.owner().await);
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    assert_eq!(writes(test), [] as [&str; 0]);
    let zoe = test.member("Zoe", User).in_okta().await;
    test.share(world.accounts[0], &zoe, Collaborator).await;
    let shares =
        sharing::list(&test.app, &owner, ShareItem::Account(world.accounts[0])).await.unwrap();
    let of_team = shares.iter().find(|share| share.grantee == Grantee::Team(world.team)).unwrap();
    sharing::unshare(&test.app, &owner, of_team.id).await.unwrap();
    world.follow().await;
    let mut seen = world.seen_by();
    seen.sort_unstable();
    assert_eq!(seen, [14, 14], "13 and Zoe on the one, 13 and the one who is left on the other");
    assert_eq!(world.question().await.items.len(), 26);
    world.decide(Decision::Approve).await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![1, 1], 0));
}

/// C15: whoever is at a tile when its question ends has seen what waited, and does not put it to rest.
#[tokio::test]
async fn a_question_that_ended_wakes_its_tiles_whoever_is_at_them() {
    let mut polls = 0;
    loop {
        let world = Pushed::synced(11, 1).await;
        world.push_out(&world.people).await;
        while world.open_questions().await == 0 {
            world.worker.turn().await.unwrap();
        }
        let act = world.decide(Decision::Approve);
        let is_over = act_amid_a_turn(&world.worker, polls, act).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [0], "decided after {polls} polls");
        if is_over {
            return;
        }
        polls += stride();
    }
}

/// C15: whoever is about to add to a question when it is answered asks nothing of that again.
#[tokio::test]
async fn what_was_answered_while_more_came_is_not_asked_again() {
    let mut polls = 0;
    loop {
        let world = Pushed::synced(14, 1).await;
        world.push_out(&world.people[..11]).await;
        while world.open_questions().await == 0 {
            world.worker.turn().await.unwrap();
        }
        let (owner, question) = (world.owner().await, world.question().await);
        world.push_out(&world.people[11..]).await;
        let mut is_decided = false;
        let act = async {
            let (id, seen) = (question.stop.id, question.fingerprint());
            let decided = safety::decide(&world.test.app, &owner, id, Decision::Approve, seen);
            is_decided = decided.await.is_ok();
        };
        let is_over = act_amid_a_turn(&world.worker, polls, act).await;
        world.follow().await;
        let [seen_by] = world.seen_by()[..] else { panic!("one tile") };
        // More had come before: then nothing was decided, and the admin reads why.
        let is_as_answered = if is_decided { seen_by <= 3 } else { seen_by == 14 };
        assert!(is_as_answered, "decided: {is_decided}, after {polls} polls: {seen_by}");
        if is_over {
            return;
        }
        polls += stride();
    }
}

/// Whoever is held by a question, or was left by its answer, and then leaves or is suspended, is a case of their own: they go
/// at once (T3, C15).
#[tokio::test]
async fn whoever_is_held_and_then_leaves_or_is_suspended_goes_at_once() {
    for in_groups in [false, true] {
        for answer in [None, Some(Decision::Dismiss)] {
            let world = if in_groups {
                Pushed::in_groups(14, 1).await
            } else {
                Pushed::synced(14, 1).await
            };
            let owner = world.owner().await;
            world.push_out(&world.people).await;
            world.follow().await;
            if let Some(answer) = answer {
                world.decide(answer).await;
                world.follow().await;
            }
            assert_eq!(world.seen_by(), [14]);
            let [suspended, removed, left, ..] = world.people.as_slice() else { panic!() };
            members::suspend(&world.test.app, &owner, suspended.id).await.unwrap();
            world.follow().await;
            assert_eq!(world.seen_by(), [13], "in groups: {in_groups}, {answer:?}: suspended");
            members::remove(&world.test.app, &owner, removed.id).await.unwrap();
            world.follow().await;
            assert_eq!(world.seen_by(), [12], "in groups: {in_groups}, {answer:?}: removed");
            let id = left.id;
            world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
            world.follow().await;
            assert_eq!(world.seen_by(), [11], "in groups: {in_groups}, {answer:?}: left");
            assert_eq!(world.open_questions().await, i64::from(answer.is_none()));
        }
    }
}

/// C15: an approval is for the removals that were shown, not for as many others.
#[tokio::test]
async fn an_answer_is_about_the_list_that_was_shown() {
    let world = Pushed::synced(13, 1).await;
    world.push_out(&world.people[..12]).await;
    world.follow().await;
    let (owner, shown) = (world.owner().await, world.question().await);
    world.join(&world.people[..1]).await;
    world.push_out(&world.people[12..]).await;
    world.follow().await;
    assert_eq!(world.question().await.items.len(), shown.items.len());
    let (app, id) = (&world.test.app, shown.stop.id);
    for decision in [Decision::Approve, Decision::Dismiss] {
        let stale = safety::decide(app, &owner, id, decision, shown.fingerprint()).await;
        assert_eq!(stale.unwrap_err().code(), "conflict");
    }
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![13], 1));
}
