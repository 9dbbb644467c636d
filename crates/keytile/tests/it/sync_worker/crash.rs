//! The worker may be killed at any point: its turn is dropped after ever more polls, and a new worker goes on (R1).

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use keytile::accounts::{self, Draft};
use keytile::sync::worker::{Turn, Worker};
use keytile::{settings, sharing};
use model::share::ItemRole::Collaborator;
use model::share::{Grantee, ShareItem};
use portal::okta::OktaPortal;

use super::{World, follow, shown, worker};
use crate::support::{User, at_most, on_postgres};

/// So often others run before what was sent is taken to have arrived.
const YIELDS: usize = 200;

/// How far apart two points are at which something happens amid the work: so many polls of a turn, or so many turns. On SQLite
/// all are tried. On PostgreSQL a statement takes several polls, a world takes ten times as long to make, and wherever a
/// transaction is broken off it leaves the same: there it is every seventh.
pub(super) fn stride() -> usize {
    if on_postgres() { 7 } else { 1 }
}

/// Takes turns until the worker rests or has been polled `polls` times; tells whether it was killed.
pub(super) async fn run_and_kill(worker: &Worker<OktaPortal>, mut polls: usize) -> bool {
    loop {
        let mut turn = Box::pin(worker.turn());
        match at_most(polls, turn.as_mut()).await {
            None => return true,
            Some((Ok(Turn::Did(_)), left)) => polls = left,
            Some((Ok(_), _)) => return false,
            Some((Err(error), _)) => panic!("{error}"),
        }
    }
}

/// Does `act` amid a turn that stands still after so many polls; tells whether the turn was over before.
///
/// Where `act` gets no further, the turn takes a step: PostgreSQL gives to nobody else what a turn has locked.
pub(super) async fn act_amid_a_turn(
    worker: &Worker<OktaPortal>,
    polls: usize,
    act: impl Future<Output = ()>,
) -> bool {
    let (mut turn, mut act) = (pin!(worker.turn()), pin!(act));
    let mut cx = Context::from_waker(Waker::noop());
    let was_over = at_most(polls, turn.as_mut()).await.is_some();
    let_the_wire_empty().await;
    let mut is_over = was_over;
    while poll_for_a_while(&mut act).await.is_pending() {
        is_over = is_over || turn.as_mut().poll(&mut cx).is_ready();
    }
    if !is_over {
        turn.await.unwrap();
    }
    was_over
}

/// Lets `act` get as far as it can before the wire is empty.
async fn poll_for_a_while(act: &mut Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..YIELDS {
        if act.as_mut().poll(&mut cx).is_ready() {
            return Poll::Ready(());
        }
        tokio::task::yield_now().await;
    }
    Poll::Pending
}

/// What was sent before the kill arrives at Okta, as it would on a real wire.
pub(super) async fn let_the_wire_empty() {
    for _ in 0..YIELDS {
        tokio::task::yield_now().await;
    }
}

/// Kills a worker after ever more polls, each time in a world of its own, and has another one go on. Returns how many
/// polls it takes to come to rest.
async fn kill_everywhere(
    begin: impl AsyncFn() -> World,
    amid: impl AsyncFn(&World),
    check: impl Fn(&World, String),
) -> usize {
    let mut polls = 1;
    loop {
        let world = Box::pin(begin()).await;
        let was_killed = run_and_kill(&world.worker, polls).await;
        let_the_wire_empty().await;
        Box::pin(amid(&world)).await;
        let young = worker(&world.test).await;
        assert_eq!(follow(&world.test, &young).await, Turn::Idle, "after {polls} polls");
        check(&world, format!("after {polls} polls"));
        if !was_killed {
            assert!(polls > 3, "there were points to be killed at");
            return polls;
        }
        polls += stride();
    }
}

async fn nothing(_: &World) {}

#[tokio::test]
async fn an_extension_killed_between_any_two_steps_ends_in_one_tile() {
    let check = |world: &World, at| assert_eq!(world.viewers(), ["ada", "bob"], "{at}");
    let polls = kill_everywhere(World::start, nothing, check).await;
    assert!(polls > 10, "{polls}");
}

#[tokio::test]
async fn a_grant_taken_back_while_its_assignment_is_unknown_is_taken_back_in_okta() {
    let take_back = async |world: &World| {
        let ada = world.ada.id;
        world.test.write(move |tx, by| Box::pin(keytile::members::deactivate(tx, by, ada))).await;
    };
    let check = |world: &World, at| assert_eq!(world.viewers(), ["bob"], "{at}");
    kill_everywhere(World::start, take_back, check).await;
}

#[tokio::test]
async fn a_rename_killed_between_any_two_steps_ends_in_one_label() {
    let begin = async || {
        let world = World::synced().await;
        let (owner, account) = (world.owner().await, world.account);
        let draft = Draft {
            name: "Godzilla".into(),
            app_name: "Instagram".into(),
            login_url: "https://login.example.com/".into(),
            ..Draft::default()
        };
        accounts::update(&world.test.app, &owner, account, draft).await.unwrap();
        world
    };
    let check = |world: &World, at| {
        assert_eq!(
            (world.label().as_str(), world.viewers().len()),
            ("Godzilla - Instagram", 2),
            "{at}"
        );
    };
    kill_everywhere(begin, nothing, check).await;
}

#[tokio::test]
async fn a_change_of_people_killed_between_any_two_steps_ends_with_whom_it_is_shared_with() {
    let begin = async || {
        let world = World::synced().await;
        let cleo = world.test.member("Cleo", User).in_okta().await;
        world.test.share(world.account, &cleo, Collaborator).await;
        let ada = Grantee::Member(world.ada.id);
        let owner = world.owner().await;
        let item = ShareItem::Account(world.account);
        let shares = sharing::list(&world.test.app, &owner, item).await.unwrap();
        let share = shares.iter().find(|share| share.grantee == ada).unwrap().id;
        sharing::unshare(&world.test.app, &owner, share).await.unwrap();
        world
    };
    let check = |world: &World, at| assert_eq!(world.viewers(), ["bob", "cleo"], "{at}");
    kill_everywhere(begin, nothing, check).await;
}

#[tokio::test]
async fn a_removal_killed_between_any_two_steps_leaves_nothing() {
    let begin = async || {
        let world = World::synced().await;
        let owner = world.owner().await;
        keytile::sync::remove(&world.test.app, &owner, world.account).await.unwrap();
        world
    };
    let check = |world: &World, at| assert_eq!(shown(&world.test), [], "{at}");
    kill_everywhere(begin, nothing, check).await;
}

/// C7.
#[tokio::test]
async fn turning_off_killed_between_any_two_steps_leaves_nothing() {
    let begin = async || {
        let world = World::synced().await;
        let owner = world.owner().await;
        settings::turn_off(&world.test.app, &owner, world.test.now(), true).await.unwrap();
        world
    };
    let check = |world: &World, at| assert_eq!(shown(&world.test), [], "{at}");
    kill_everywhere(begin, nothing, check).await;
}
