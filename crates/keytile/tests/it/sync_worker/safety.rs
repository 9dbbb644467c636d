//! The safety stop (T3, C15): a background pass that would take too much away asks before its first call, and everything
//! else goes on.

mod answers;
mod kept;
mod pieces;

use http::StatusCode;
use keytile::members::SuspendedBy;
use keytile::sync::safety::{self, Decision, Question};
use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use keytile::{members, sharing, teams};
use model::share::ItemRole::Collaborator;
use model::team::TeamRole;
use model::{AccountId, TeamId};
use portal::Strategy;
use portal::okta::OktaPortal;

use super::{Worker, calls, follow, progress, shown, tile, worker, writes};
use crate::support::{Person, TestApp, User};

/// Some accounts, all shared with one team of a directory, and synced.
pub(super) struct Pushed {
    pub(super) test: TestApp,
    worker: Worker<OktaPortal>,
    team: TeamId,
    pub(super) people: Vec<Person>,
    accounts: Vec<AccountId>,
}

impl Pushed {
    pub(super) async fn synced(people: usize, accounts: usize) -> Self {
        Self::with(people, accounts, Strategy::Individual).await
    }

    async fn in_groups(people: usize, accounts: usize) -> Self {
        Self::with(people, accounts, Strategy::Audience).await
    }

    async fn with(people: usize, accounts: usize, strategy: Strategy) -> Self {
        let test = TestApp::start().await;
        test.turn_on().await;
        test.write(move |tx, by| {
            Box::pin(async move { Ok(sync::store::set_strategy(tx, by, strategy, None).await?) })
        })
        .await;
        let mut all = Vec::new();
        for n in 0..people {
            all.push(test.member(&format!("Person {n:03}"), User).in_okta().await);
        }
        let team = test.team("Everybody", &all.iter().collect::<Vec<_>>()).await;
        let mut made = Vec::new();
        for n in 0..accounts {
            let account = test.account(&test.owner, &format!("Account {n}"), "App").await;
            test.share(account, team, Collaborator).await;
            test.extend(&test.owner, account).await;
            made.push(account);
        }
        let worker = worker(&test).await;
        let world = Self { test, worker, team, people: all, accounts: made };
        world.follow().await;
        calls(&world.test);
        world
    }

    pub(super) async fn follow(&self) {
        assert_eq!(follow(&self.test, &self.worker).await, Turn::Idle);
    }

    /// What an empty group push does: a process takes everybody out, in one transaction.
    pub(super) async fn push_out(&self, people: &[Person]) {
        let (team, ids) = (self.team, people.iter().map(|p| p.id).collect::<Vec<_>>());
        self.test
            .write(move |tx, by| {
                Box::pin(async move {
                    for id in ids {
                        teams::leave(tx, by, team, id).await?;
                    }
                    Ok(())
                })
            })
            .await;
    }

    /// The directory says that they are gone, or suspended.
    async fn lose(&self, people: &[Person], is_suspended: bool) {
        let ids: Vec<_> = people.iter().map(|p| p.id).collect();
        self.test
            .write(move |tx, by| {
                Box::pin(async move {
                    for id in ids {
                        if is_suspended {
                            let source = SuspendedBy::Directory;
                            members::put_suspension(tx, by, id, source).await?;
                        } else {
                            members::deactivate(tx, by, id).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await;
    }

    async fn join(&self, people: &[Person]) {
        let (team, ids) = (self.team, people.iter().map(|p| p.id).collect::<Vec<_>>());
        self.test
            .write(move |tx, by| {
                Box::pin(async move {
                    for id in ids {
                        teams::join(tx, by, team, id, TeamRole::Member).await?;
                    }
                    Ok(())
                })
            })
            .await;
    }

    async fn owner(&self) -> model::access::Actor {
        self.test.actor(&self.test.owner).await
    }

    async fn question(&self) -> Question {
        let owner = self.owner().await;
        let stops = safety::list(&self.test.app, &owner).await.unwrap();
        let open = stops.iter().find(|stop| stop.decision.is_none()).expect("an open question");
        safety::find(&self.test.app, &owner, open.id).await.unwrap()
    }

    async fn open_questions(&self) -> i64 {
        self.test.count("SELECT COUNT(*) AS n FROM safety_stop WHERE decided_at IS NULL").await
    }

    async fn decide(&self, decision: Decision) {
        let question = self.question().await;
        let (owner, seen) = (self.owner().await, question.fingerprint());
        safety::decide(&self.test.app, &owner, question.stop.id, decision, seen).await.unwrap();
    }

    /// How many people see each tile.
    pub(super) fn seen_by(&self) -> Vec<usize> {
        shown(&self.test).iter().map(|(_, _, people)| people.len()).collect()
    }
}

/// T3, C15: the acceptance of the threat.
#[tokio::test]
async fn an_empty_push_on_a_large_team_stops_before_its_first_call_and_a_leaver_goes_at_once() {
    let world = Pushed::synced(500, 1).await;
    let (leaver, rest) = world.people.split_first().unwrap();
    world.push_out(rest).await;
    let id = leaver.id;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
    world.follow().await;
    // A look at the leaver, one at the app, and one removal: the leaver's. Of the push nothing was sent.
    assert_eq!(calls(&world.test), ["GET /users/*", "GET /apps/*", "DELETE /apps/*/users/*"]);
    assert_eq!(world.seen_by(), [499]);
    let question = world.question().await;
    assert_eq!((question.people(), question.apps(), question.stop.bound), (499, 0, 99));
    assert_eq!(world.test.recorded("safety_stop.opened").await, 1);
    let Progress::Failed(problem) = progress(&world.test, world.accounts[0]).await else {
        panic!("the tile says that something waits")
    };
    assert_eq!(problem.code, "safety_stop");
    // Approved: exactly these go.
    world.decide(Decision::Approve).await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![0], 0));
    assert_eq!(progress(&world.test, world.accounts[0]).await, Progress::Synced);
    let items = "SELECT COUNT(*) AS n FROM safety_stop_item WHERE ended_at IS NULL";
    assert_eq!(world.test.count(items).await, 0, "an approval is used up");
}

/// C15: what a person clicked is never held up beyond its own confirmation.
#[tokio::test]
async fn a_persons_own_click_goes_on_while_a_push_is_stopped() {
    let world = Pushed::synced(15, 2).await;
    world.push_out(&world.people[1..]).await;
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.seen_by()), (0, vec![15, 15]));
    // Somebody takes the last one out, and extends, shares and renames something else.
    let owner = world.owner().await;
    teams::remove_member(&world.test.app, &owner, world.team, world.people[0].id).await.unwrap();
    let zoe = world.test.member("Zoe", User).in_okta().await;
    let share = world.test.share(world.accounts[0], &zoe, Collaborator).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [15, 14], "Zoe came to one, and the one left both");
    sharing::unshare(&world.test.app, &owner, share).await.unwrap();
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![14, 14], 1));
    // A tile that a person removes goes as a whole, with whoever waited on it.
    sync::remove(&world.test.app, &owner, world.accounts[0]).await.unwrap();
    world.follow().await;
    assert_eq!(world.seen_by(), [14]);
    assert_eq!(world.question().await.items.len(), 14, "what went is no question any more");
}

/// C15: a click on a share of a team that a push has emptied took nothing from anybody, and lets nothing go.
#[tokio::test]
async fn a_later_click_does_not_let_a_stopped_push_through() {
    let world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    world.test.advance(5);
    let owner = world.owner().await;
    teams::delete(&world.test.app, &owner, world.team).await.unwrap();
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.seen_by()), (0, vec![12]));
    assert_eq!(world.question().await.people(), 12);
}

/// C15.
#[tokio::test]
async fn a_deletion_of_a_team_by_a_person_is_their_own_click() {
    let world = Pushed::synced(12, 1).await;
    let owner = world.owner().await;
    teams::delete(&world.test.app, &owner, world.team).await.unwrap();
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![0], 0));
}

#[tokio::test]
async fn what_comes_back_before_anybody_decided_is_no_question_any_more() {
    let world = Pushed::synced(20, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    assert_eq!(world.open_questions().await, 1);
    // The directory puts it right, but for two people.
    world.join(&world.people[2..]).await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![18], 0));
    assert_eq!(progress(&world.test, world.accounts[0]).await, Progress::Synced);
}

#[tokio::test]
async fn what_an_admin_leaves_stays_until_it_is_wanted_again_or_taken_away_after_all() {
    let world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    let question = world.question().await;
    world.decide(Decision::Dismiss).await;
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.open_questions().await), (0, 0));
    // One comes back, and is pushed out again: that is a new removal, and a small one.
    world.join(&world.people[..1]).await;
    world.follow().await;
    world.push_out(&world.people[..1]).await;
    world.follow().await;
    assert_eq!(world.seen_by(), [11]);
    let owner = world.owner().await;
    let (app, id) = (&world.test.app, question.stop.id);
    let stale = safety::decide(app, &owner, id, Decision::Approve, question.fingerprint()).await;
    assert_eq!(stale.unwrap_err().code(), "conflict", "the list was another one");
    let seen = safety::find(app, &owner, id).await.unwrap().fingerprint();
    safety::decide(app, &owner, id, Decision::Approve, seen).await.unwrap();
    world.follow().await;
    assert_eq!(world.seen_by(), [0]);
}

/// C15, R1: the question is in the database.
#[tokio::test]
async fn a_question_survives_another_worker() {
    let mut world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    world.worker = worker(&world.test).await;
    let team = world.team;
    // Another mark makes the new worker look again.
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move {
                sync::mark(tx, by, sync::Touched::Team(team), portal::Priority::Change).await?;
                Ok(())
            })
        })
        .await;
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.question().await.people()), (0, 12));
}

/// T3: hostile directory data. One leaver is never held up; a third of the workspace at once is a mistake somewhere.
#[tokio::test]
async fn so_many_leavers_or_suspended_at_once_are_asked_about() {
    for is_suspended in [false, true] {
        let world = Pushed::synced(30, 1).await;
        world.lose(&world.people[..12], is_suspended).await;
        world.follow().await;
        assert_eq!((writes(&world.test).len(), world.seen_by()), (0, vec![30]));
        let question = world.question().await;
        let is_case = |item: &safety::Item| {
            item.has_left != item.is_suspended && item.is_suspended == is_suspended
        };
        assert!(question.items.iter().all(is_case));
        world.decide(Decision::Approve).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [18]);
        // The next one is one again.
        world.lose(&world.people[12..13], is_suspended).await;
        world.follow().await;
        assert_eq!(world.seen_by(), [17]);
    }
}

/// C15: apps that go without a person asking for it.
#[tokio::test]
async fn six_apps_that_nobody_asked_to_remove_are_asked_about() {
    let world = Pushed::synced(1, 6).await;
    let accounts = world.accounts.clone();
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move {
                for account in accounts {
                    sync::end_of_account(tx, by, account).await?;
                }
                Ok(())
            })
        })
        .await;
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.question().await.apps()), (0, 6));
    assert!(tile(&world.test, world.accounts[0]).await.ended_at.is_some());
    world.decide(Decision::Approve).await;
    world.follow().await;
    assert_eq!(shown(&world.test), []);
}

/// U6, C15: the page.
#[tokio::test]
async fn an_admin_sees_exactly_what_would_go_and_types_the_number() {
    let world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    let mut admin = world.test.client_as(&world.test.owner).await;
    let page = admin.get("/accounts").await.body;
    let link = format!("/sync/stops/{}", world.question().await.stop.id);
    assert!(page.contains(&link), "the banner leads there");
    assert!(admin.get("/sync").await.body.contains(&link));
    let page = admin.get(&link).await.body;
    assert!(page.contains("12 tiles of 12 people") && page.contains("Person 011"));
    let approve = format!("{link}/approve");
    let seen = world.question().await.fingerprint();
    let refused = admin.post(&approve, &[("seen", &seen), ("confirm", "11")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.open_questions().await, 1);
    admin.post(&approve, &[("seen", &seen), ("confirm", "12")]).await;
    world.follow().await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![0], 0));
    assert!(admin.get(&link).await.body.contains("Nothing waits here any more"));
    let person = world.test.client_as(&world.people[0]).await.get("/accounts").await.body;
    assert!(!person.contains("/sync"), "no banner and no entry for others");
}

#[tokio::test]
async fn time_alone_lets_nothing_go() {
    let world = Pushed::synced(11, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    let day = 24 * 60 * 60;
    world.test.advance(day);
    world.follow().await;
    assert_eq!((writes(&world.test).len(), world.seen_by()), (0, vec![11]));
}

/// T3, with a group for each audience: one call could take a tile from everybody.
#[tokio::test]
async fn a_push_is_stopped_too_where_groups_show_the_tiles() {
    let world = Pushed::in_groups(14, 2).await;
    let members = || -> Vec<usize> {
        let org = world.test.okta.sim.org();
        let ours = org
            .groups
            .values()
            .filter(|g| g.name.starts_with("keytile") || g.name.contains("Everybody"));
        ours.map(|group| group.members.len()).filter(|n| *n > 0).collect()
    };
    assert_eq!(members(), [14], "one group for both tiles");
    let (leaver, rest) = world.people.split_first().unwrap();
    world.push_out(rest).await;
    let id = leaver.id;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
    world.follow().await;
    assert_eq!(members(), [13], "the leaver went at once, and nobody else");
    let question = world.question().await;
    assert_eq!((question.people(), question.items.len()), (13, 26), "each with both tiles");
    // They come back but for one, which is little: 2 of 28.
    world.join(&rest[1..]).await;
    world.follow().await;
    assert_eq!((members(), world.open_questions().await), (vec![12], 0));
    // And out again, with the whole team: no group is taken away under them either.
    let team = world.team;
    world.test.write(move |tx, by| Box::pin(teams::end(tx, by, team))).await;
    world.follow().await;
    assert_eq!(members(), [12]);
    world.decide(Decision::Approve).await;
    world.follow().await;
    assert_eq!((members(), world.open_questions().await), (vec![], 0));
}
