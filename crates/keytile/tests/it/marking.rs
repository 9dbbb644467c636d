//! A change marks exactly the tiles that it may affect, found by the paths of the grants.

use std::collections::BTreeSet;

use keytile::sync::{Touched, mark};
use keytile::{collections, members, sharing, sync, values};
use model::AccountId;
use model::share::ItemRole::Collaborator;
use model::workspace::WorkspaceRole;
use portal::Priority;

use crate::support::{Person, TestApp, User};

/// Accounts by how Ada reaches them; nobody but the Owner reaches `apart`.
struct World {
    app: TestApp,
    ada: Person,
    team: model::TeamId,
    top: model::CollectionId,
    below: model::CollectionId,
    direct: AccountId,
    by_team: AccountId,
    in_top: AccountId,
    in_below: AccountId,
    apart: AccountId,
    not_extended: AccountId,
}

/// `top` is shared with the team, `below` is in it and shared with Ada herself.
async fn world() -> World {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).in_okta().await;
    let team = app.team("Marketing", &[&ada]).await;
    let top = app.collection(&app.owner, "Top").await;
    let below = app.collection_in(top, &app.owner, "Below").await;
    let mut accounts = Vec::new();
    for name in ["direct", "by team", "in top", "in below", "apart", "not extended"] {
        accounts.push(app.account(&app.owner, name, "Instagram").await);
    }
    let [direct, by_team, in_top, in_below, apart, not_extended] = accounts[..] else {
        unreachable!("six accounts were made")
    };
    let owner = app.actor(&app.owner).await;
    collections::add_account(&app.app, &owner, top, in_top).await.unwrap();
    collections::add_account(&app.app, &owner, below, in_below).await.unwrap();
    app.share(direct, &ada, Collaborator).await;
    app.share(by_team, team, Collaborator).await;
    app.share(top, team, Collaborator).await;
    app.share(below, &ada, Collaborator).await;
    app.share(not_extended, &ada, Collaborator).await;
    for account in [direct, by_team, in_top, in_below, apart] {
        app.extend(&app.owner, account).await;
    }
    World { app, ada, team, top, below, direct, by_team, in_top, in_below, apart, not_extended }
}

impl World {
    async fn marks(&self) -> Vec<(AccountId, i64)> {
        let mut tx = self.app.app.db.read().await.unwrap();
        let tiles = sync::store::list_live(&mut tx, self.app.workspace).await.unwrap();
        tiles.into_iter().map(|tile| (tile.account, tile.marked)).collect()
    }

    /// The accounts whose tiles `change` marked.
    async fn marked_by(&self, change: impl Future<Output = ()>) -> BTreeSet<AccountId> {
        let before = self.marks().await;
        change.await;
        let after = self.marks().await;
        before
            .iter()
            .filter(|(id, marks)| after.iter().any(|(i, m)| i == id && m > marks))
            .map(|(id, _)| *id)
            .collect()
    }

    async fn marked(&self, touched: Touched) -> BTreeSet<AccountId> {
        self.marked_by(async {
            self.app
                .write(move |tx, by| {
                    Box::pin(async move { Ok(mark(tx, by, touched, Priority::Change).await?) })
                })
                .await;
        })
        .await
    }
}

#[tokio::test]
async fn a_mark_touches_exactly_the_tiles_behind_what_changed() {
    let w = world().await;
    let set = |accounts: &[AccountId]| accounts.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(w.marked(Touched::Account(w.apart)).await, set(&[w.apart]));
    assert_eq!(w.marked(Touched::Account(w.not_extended)).await, set(&[]));
    assert_eq!(w.marked(Touched::Collection(w.below)).await, set(&[w.in_below]));
    assert_eq!(w.marked(Touched::Collection(w.top)).await, set(&[w.in_top, w.in_below]));
    assert_eq!(w.marked(Touched::Team(w.team)).await, set(&[w.by_team, w.in_top, w.in_below]));
    assert_eq!(
        w.marked(Touched::Member(w.ada.id)).await,
        set(&[w.direct, w.by_team, w.in_top, w.in_below])
    );
    let stranger = w.app.member("Bob", User).await;
    assert_eq!(w.marked(Touched::Member(stranger.id)).await, set(&[]));
}

#[tokio::test]
async fn every_change_of_grants_marks_the_tiles_that_it_affects_and_no_others() {
    let w = world().await;
    let owner = w.app.actor(&w.app.owner).await;
    let app = &w.app.app;
    let set = |accounts: &[AccountId]| accounts.iter().copied().collect::<BTreeSet<_>>();

    let left = w.marked_by(w.app.leave(w.team, &w.ada)).await;
    assert_eq!(left, set(&[w.by_team, w.in_top, w.in_below]));
    let joined = w.marked_by(w.app.join(w.team, &w.ada)).await;
    assert_eq!(joined, set(&[w.by_team, w.in_top, w.in_below]));
    // S15.
    let demoted = w
        .marked_by(async {
            members::change_role(app, &owner, w.ada.id, WorkspaceRole::LoginOnly).await.unwrap();
        })
        .await;
    assert_eq!(demoted, set(&[w.direct, w.by_team, w.in_top, w.in_below]));
    let moved = w
        .marked_by(async { collections::move_to(app, &owner, w.below, None).await.unwrap() })
        .await;
    assert_eq!(moved, set(&[w.in_below]));
    let taken_out = w
        .marked_by(async {
            collections::remove_account(app, &owner, w.top, w.in_top).await.unwrap();
        })
        .await;
    assert_eq!(taken_out, set(&[w.in_top]));
    let shares = sharing::list(app, &owner, model::ShareItem::Account(w.direct)).await.unwrap();
    let ended = shares.iter().find(|s| s.grantee_name == "Ada").unwrap().id;
    let unshared = w.marked_by(async { sharing::unshare(app, &owner, ended).await.unwrap() }).await;
    assert_eq!(unshared, set(&[w.direct]));
    let removed =
        w.marked_by(async { members::remove(app, &owner, w.ada.id).await.unwrap() }).await;
    assert_eq!(removed, set(&[w.by_team, w.in_below]));
    let again = w.marked_by(async { drop(members::remove(app, &owner, w.ada.id).await) }).await;
    assert_eq!(again, set(&[]), "removing twice is once");
}

#[tokio::test]
async fn a_mark_keeps_the_higher_priority_and_the_earlier_instant() {
    let w = world().await;
    w.app.tamper("UPDATE tile SET due_at = NULL, priority = 4", values![].to_vec()).await;
    let account = w.apart;
    let state = async || {
        let mut tx = w.app.app.db.read().await.unwrap();
        let tile = sync::store::find_live(&mut tx, w.app.workspace, account).await.unwrap();
        tile.map(|t| (t.due_at.map(model::Timestamp::as_second), sync::from_rank(t.priority)))
            .unwrap()
    };
    let mark = async |priority| {
        w.app
            .write(move |tx, by| {
                Box::pin(
                    async move { Ok(mark(tx, by, Touched::Account(account), priority).await?) },
                )
            })
            .await
    };
    let now = w.app.now().as_second();
    assert_eq!(mark(Priority::Change).await, 1);
    assert_eq!(state().await, (Some(now), Priority::Change));
    w.app.advance(60);
    mark(Priority::Leaver).await;
    assert_eq!(state().await, (Some(now), Priority::Leaver));
    mark(Priority::Audit).await;
    assert_eq!(state().await, (Some(now), Priority::Leaver));
    for priority in
        [Priority::Leaver, Priority::Person, Priority::Change, Priority::FirstSync, Priority::Audit]
    {
        assert_eq!(sync::from_rank(sync::rank(priority)), priority);
    }
}

#[tokio::test]
async fn a_marking_change_wakes_the_worker_of_its_workspace() {
    let w = world().await;
    let mut signals = w.app.app.db.signals();
    w.app.leave(w.team, &w.ada).await;
    assert_eq!(signals.try_recv().unwrap(), w.app.workspace.uuid());
    w.app.team("Empty", &[&w.ada]).await;
    assert!(signals.try_recv().is_err(), "a team without shares touches no tile");
}
