//! Whoever a group keeps for a question, or for its answer, and what else the group shows, or would.

use keytile::sharing;
use keytile::sync::audit;
use keytile::sync::safety::Decision;
use keytile::sync::store::{mark_all_softly, set_strategy};
use keytile::sync::{self, Progress, rank};
use model::AccountId;
use model::share::ItemRole::Collaborator;
use model::share::{Grantee, ShareItem};
use okta_sim::{Interference, Outcome};
use portal::{Priority, Strategy};

use super::super::{answer, calls, fault, follow, progress, tile};
use super::Pushed;
use crate::support::{Person, User};

impl Pushed {
    async fn app_of(&self, account: AccountId) -> String {
        tile(&self.test, account).await.app_id.expect("an app")
    }

    /// The groups that show a tile.
    async fn groups_of(&self, account: AccountId) -> Vec<String> {
        let app = self.app_of(account).await;
        self.test.okta.sim.org().apps[&app].groups.keys().cloned().collect()
    }

    /// By a click.
    async fn take_from_team(&self, account: AccountId) {
        let (app, owner) = (&self.test.app, self.owner().await);
        let shares = sharing::list(app, &owner, ShareItem::Account(account)).await.unwrap();
        let of_team =
            shares.iter().find(|share| share.grantee == Grantee::Team(self.team)).unwrap();
        sharing::unshare(app, &owner, of_team.id).await.unwrap();
    }
}

fn okta_id(person: &Person) -> String {
    person.okta.clone().expect("they are in Okta")
}

/// C15: a new tile is for those who may use it, and not for whoever an admin has left in the group for another one.
#[tokio::test]
async fn a_tile_does_not_come_to_those_whom_its_group_keeps_for_another_one() {
    for decision in [None, Some(Decision::Dismiss)] {
        let world = Pushed::in_groups(14, 1).await;
        world.push_out(&world.people[1..]).await;
        world.follow().await;
        if let Some(decision) = decision {
            world.decide(decision).await;
        }
        let test = &world.test;
        let account = test.account(&test.owner, "New", "App").await;
        test.share(account, world.team, Collaborator).await;
        test.extend(&test.owner, account).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [14, 1], "{decision:?}");
        // Its people are followed all the same.
        let zoe = test.member("Zoe", User).in_okta().await;
        world.join(&[zoe]).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [15, 2], "{decision:?}");
        assert_eq!(progress(test, account).await, Progress::Synced);
        // And it comes to its group once that keeps nobody any more.
        world.join(&world.people[1..]).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [15, 15], "{decision:?}");
        assert_eq!(world.groups_of(account).await, world.groups_of(world.accounts[0]).await);
    }
}

/// C15: what somebody was given by hand in Okta goes, and the question about the group that shows them the tile stays.
#[tokio::test]
async fn an_assignment_by_hand_that_goes_leaves_the_question_about_the_group() {
    let world = Pushed::in_groups(14, 2).await;
    let (test, owner) = (&world.test, world.owner().await);
    let app = world.app_of(world.accounts[0]).await;
    let by_hand = Interference::AssignPerson { app, user: okta_id(&world.people[3]) };
    test.okta.sim.interfere(by_hand).unwrap();
    world.push_out(&world.people).await;
    sync::sync_now(&test.app, &owner, world.accounts[0]).await.unwrap();
    while !calls(test).iter().any(|call| call == "GET /apps/*/groups") {
        world.worker.turn().await.unwrap();
    }
    let down = answer(503, "application/json", r#"{"errorCode":"E0000009"}"#);
    fault(test, "GET", "/api/v1/apps/*", down);
    while test.okta.sim.pending_faults() > 0 {
        world.worker.turn().await.unwrap();
    }
    // The question is looked at before it goes, and again after.
    for _ in 0..2 {
        sync::sync_now(&test.app, &owner, world.accounts[1]).await.unwrap();
        world.follow().await;
        assert_eq!((world.seen_by(), world.question().await.items.len()), (vec![14, 14], 28));
    }
}

/// C15, T2: a tile that goes from a group to its people leaves one behind that an Okta admin has made their own, and those
/// who stay have it by themselves, until there is an answer or because there is one.
#[tokio::test]
async fn whoever_stays_keeps_the_tile_without_a_group_that_is_not_ours_any_more() {
    for decision in [None, Some(Decision::Dismiss)] {
        let world = Pushed::in_groups(14, 1).await;
        let (test, account) = (&world.test, world.accounts[0]);
        world.push_out(&world.people).await;
        world.follow().await;
        if let Some(decision) = decision {
            world.decide(decision).await;
        }
        let group = world.groups_of(account).await.remove(0);
        {
            let mut org = test.okta.sim.org();
            let name = org.group(&group).unwrap().name.clone();
            org.update_group(&group, &name, Some("Marketing's own")).unwrap();
        }
        let zoe = test.member("Zoe", User).in_okta().await;
        test.advance(16 * 60);
        world.join(&[zoe]).await;
        // It waits for somebody to decide about the group.
        follow(test, &world.worker).await;
        let change = test.write(move |tx, by| {
            Box::pin(async move {
                set_strategy(tx, by, Strategy::Individual, None).await?;
                mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
                Ok(())
            })
        });
        change.await;
        world.follow().await;
        assert_eq!(world.groups_of(account).await, [] as [&str; 0], "{decision:?}");
        assert_eq!(world.seen_by(), [15], "{decision:?}: those who stay, and Zoe");
        let members = test.okta.sim.org().group(&group).unwrap().members.len();
        assert_eq!(members, 14, "{decision:?}");
        // Something else changes, and what waits is compared with what was asked.
        let other = test.account(&test.owner, "Other", "App").await;
        test.extend(&test.owner, other).await;
        world.follow().await;
        let items = "SELECT COUNT(*) AS n FROM safety_stop_item WHERE ended_at IS NULL";
        assert_eq!(test.count(items).await, 14, "{decision:?}");
    }
}

/// C15: nobody waits for somebody whom Okta does not let have the tile by themselves.
#[tokio::test]
async fn who_lost_a_tile_by_a_click_loses_it_although_okta_refuses_one_of_the_kept() {
    let world = Pushed::in_groups(14, 2).await;
    let test = &world.test;
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    test.okta.sim.org().deactivate_user(&okta_id(&world.people[5])).unwrap();
    world.take_from_team(world.accounts[0]).await;
    world.follow().await;
    assert_eq!(world.groups_of(world.accounts[0]).await, [] as [&str; 0]);
    let mut seen = world.seen_by();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [12, 13],
        "12 who are kept on the one, and with them the one who is left on the other"
    );
}

/// C15, R1: the answer to a group's assignment was lost, so the group may show the tile, and whoever leaves it may lose that.
#[tokio::test]
async fn a_group_that_may_show_a_tile_is_not_emptied_by_a_push() {
    let world = Pushed::in_groups(14, 0).await;
    let test = &world.test;
    let account = test.account(&test.owner, "New", "App").await;
    test.share(account, world.team, Collaborator).await;
    test.extend(&test.owner, account).await;
    fault(test, "PUT", "/api/v1/apps/*/groups/*", Outcome::CommitThenDrop);
    while test.okta.sim.pending_faults() > 0 {
        let _ = world.worker.turn().await.unwrap();
    }
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [14]);
    assert_eq!(world.question().await.people(), 13);
}

/// C15, T2: an admin has left some people on a tile, and it has moved to another group since. If an Okta admin puts one of
/// them into that one, they do not stay there: it shows more than the answer was about.
#[tokio::test]
async fn whom_an_admin_left_on_a_tile_does_not_stay_in_the_group_that_it_moved_to() {
    let world = Pushed::in_groups(14, 1).await;
    let (test, owner) = (&world.test, world.owner().await);
    let ada = test.member("Ada", User).in_okta().await;
    let zoe = test.member("Zoe", User).in_okta().await;
    let others = test.team("Others", &[&ada, &zoe]).await;
    let account = test.account(&test.owner, "New", "App").await;
    test.share(account, others, Collaborator).await;
    test.extend(&test.owner, account).await;
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    world.decide(Decision::Dismiss).await;
    test.share(world.accounts[0], others, Collaborator).await;
    world.take_from_team(world.accounts[0]).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [15, 2], "13 who are kept, Ada and Zoe");
    let group = world.groups_of(account).await.remove(0);
    assert!(world.groups_of(world.accounts[0]).await.contains(&group));
    let put_in = Interference::AddMember { group: group.clone(), user: okta_id(&world.people[5]) };
    test.okta.sim.interfere(put_in).unwrap();
    assert_eq!(world.seen_by(), [15, 3]);
    // A part of the groups is read in each audit.
    let reading = format!("GET /groups/{group}/users");
    while !calls(test).iter().any(|call| call.starts_with(&reading)) {
        audit::check_now(&test.app, &owner).await.unwrap();
        world.follow().await;
    }
    assert_eq!(world.seen_by(), [15, 2]);
    assert_eq!(test.okta.sim.org().group(&group).unwrap().members.len(), 2);
    assert_eq!(world.open_questions().await, 0);
}

/// R1, C15: the answer to a removal was lost, and it waits for an admin by now. What else is to be done comes after a look:
/// nobody goes without a tile because it was done after all.
#[tokio::test]
async fn a_removal_without_an_answer_is_looked_into_although_it_waits_for_an_admin_by_now() {
    let world = Pushed::synced(14, 1).await;
    let (test, owner) = (&world.test, world.owner().await);
    let zoe = test.member("Zoe", User).in_okta().await;
    let of_zoe = test.share(world.accounts[0], &zoe, Collaborator).await;
    world.follow().await;
    fault(test, "DELETE", "/api/v1/apps/*/users/*", Outcome::CommitThenDrop);
    world.push_out(&world.people[1..2]).await;
    while test.okta.sim.pending_faults() > 0 {
        let _ = world.worker.turn().await.unwrap();
    }
    world.push_out(&world.people[2..]).await;
    sharing::unshare(&test.app, &owner, of_zoe).await.unwrap();
    world.follow().await;
    world.join(&world.people[1..2]).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [14], "12 about whom an admin is asked, and two who may");
}

/// C15: what waits for an admin holds up nobody else, also where the tile has to wait for its group.
#[tokio::test]
async fn whoever_joins_while_others_are_kept_gets_the_tile_by_a_group_that_was_not_ready() {
    let world = Pushed::synced(14, 1).await;
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    let zoe = world.test.member("Zoe", User).in_okta().await;
    world.join(&[zoe]).await;
    let change = world.test.write(move |tx, by| {
        Box::pin(async move {
            set_strategy(tx, by, Strategy::Audience, None).await?;
            mark_all_softly(tx, by, rank(Priority::FirstSync)).await?;
            Ok(())
        })
    });
    change.await;
    let down = answer(503, "application/json", r#"{"errorCode":"E0000009"}"#);
    fault(&world.test, "POST", "/api/v1/groups", down);
    world.follow().await;
    assert_eq!((world.seen_by(), world.question().await.people()), (vec![15], 13));
}

/// C15: what an Okta admin has taken away by hand is no question any more, once the group was read.
#[tokio::test]
async fn whoever_an_admin_took_out_of_the_group_by_hand_leaves_the_question() {
    let world = Pushed::in_groups(14, 1).await;
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    assert_eq!(world.question().await.people(), 13);
    let [group] = &world.groups_of(world.accounts[0]).await[..] else { panic!("one group") };
    for person in &world.people[2..] {
        world.test.okta.sim.org().remove_member(group, &okta_id(person)).unwrap();
    }
    // Somebody is back of whom nobody knows what Okta has left them: their groups are read, and no tile is marked.
    let external = okta_id(&world.people[1]);
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move { Ok(sync::mark_confirmed_for(tx, by, &external).await?) })
        })
        .await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![1], 0));
}

/// C15: what a click takes away goes, although the group keeps the person for another tile, until there is an answer or
/// because there is one.
#[tokio::test]
async fn a_click_takes_a_tile_from_whom_its_group_keeps_for_another_one() {
    for decision in [None, Some(Decision::Dismiss)] {
        let world = Pushed::in_groups(14, 2).await;
        let (test, owner) = (&world.test, world.owner().await);
        world.push_out(&world.people[1..]).await;
        world.follow().await;
        if let Some(decision) = decision {
            world.decide(decision).await;
        }
        let share = test.share(world.accounts[1], &world.people[5], Collaborator).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [14, 14], "{decision:?}");
        sharing::unshare(&test.app, &owner, share).await.unwrap();
        world.follow().await;
        assert_eq!(world.seen_by(), [14, 13], "{decision:?}");
    }
}

/// C15: a tile rests in a group that is not its own any more, for those who keep it there until there is an answer, or because
/// there is one. Whoever comes into that group for another tile does not get to see this one.
#[tokio::test]
async fn whoever_comes_into_a_group_is_not_shown_the_tile_that_rests_there_for_others() {
    for decision in [None, Some(Decision::Dismiss)] {
        let world = Pushed::in_groups(14, 2).await;
        world.push_out(&world.people).await;
        world.follow().await;
        if let Some(decision) = decision {
            world.decide(decision).await;
        }
        world.take_from_team(world.accounts[0]).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [14, 14], "{decision:?}");
        assert_eq!(world.groups_of(world.accounts[0]).await.len(), 1, "{decision:?}");
        world.test.advance(60);
        let zoe = world.test.member("Zoe", User).in_okta().await;
        world.join(&[zoe]).await;
        world.follow().await;
        assert_eq!(world.groups_of(world.accounts[0]).await, [] as [&str; 0], "{decision:?}");
        let mut seen = world.seen_by();
        seen.sort_unstable();
        assert_eq!(seen, [14, 15], "{decision:?}: Zoe sees the other one");
    }
}

/// C15: somebody stays in a group for one of its tiles. Another one, with which all was done, is not to stay with them.
#[tokio::test]
async fn a_tile_that_was_through_leaves_a_group_that_keeps_somebody_for_another_one() {
    let world = Pushed::in_groups(14, 2).await;
    world.push_out(&world.people).await;
    world.follow().await;
    world.decide(Decision::Dismiss).await;
    world.take_from_team(world.accounts[0]).await;
    world.follow().await;
    let back = &world.people[5..6];
    world.join(back).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [14, 14]);
    world.test.advance(60);
    world.push_out(back).await;
    world.follow().await;
    let mut seen = world.seen_by();
    seen.sort_unstable();
    assert_eq!((seen, world.open_questions().await), (vec![13, 14], 0));
}
