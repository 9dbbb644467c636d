//! After the first sync every change propagates with no click (S16-S22, S38, S48), at the price of S25.

use keytile::accounts::{self, Draft};
use keytile::{members, sharing, sync, teams};
use model::share::ItemRole::{Collaborator, Owner};
use model::team::TeamRole;

use super::{World, calls, only_app, shown, writes};
use crate::support::{LoginOnly, User};

#[tokio::test]
async fn an_extended_account_becomes_one_tile_that_owners_and_collaborators_see() {
    let world = World::start().await;
    world.follow().await;
    let people = vec!["ada@example.com".to_owned(), "bob@example.com".to_owned()];
    // S7, S8, S12.
    assert_eq!(shown(&world.test), [("Contentzilla - Instagram".to_owned(), true, people)]);
    assert_eq!(calls(&world.test), ["POST /apps", "POST /apps/*/users", "POST /apps/*/users"]);
    let tile = world.tile().await;
    assert!(tile.synced_at.is_some() && tile.due_at.is_none() && tile.problem.is_none());
    // S31, S50.
    assert_eq!(
        world
            .count("SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%is in Okta now%'")
            .await,
        1
    );
    assert_eq!(world.test.recorded("tile.synced").await, 1);
    assert_eq!(
        world.count("SELECT COUNT(*) AS n FROM tile_event WHERE request_id IS NOT NULL").await,
        3
    );
}

#[tokio::test]
async fn one_new_grant_is_one_write_and_a_lost_one_is_a_look_and_a_write() {
    let world = World::synced().await;
    let cleo = world.test.member("Cleo", User).in_okta().await;
    world.follow().await;
    calls(&world.test);
    let share = world.test.share(world.account, &cleo, Collaborator).await;
    world.follow().await;
    assert_eq!(calls(&world.test), ["POST /apps/*/users"]);
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
    sharing::unshare(&world.test.app, &world.owner().await, share).await.unwrap();
    world.follow().await;
    assert_eq!(calls(&world.test), ["GET /apps/*", "DELETE /apps/*/users/*"]);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn another_role_keeps_the_tile_without_a_call() {
    let world = World::synced().await;
    // S17: Owner to Collaborator.
    world.test.share(world.account, &world.ada, Owner).await;
    world.follow().await;
    assert_eq!((world.viewers(), calls(&world.test).len()), (vec!["ada".into(), "bob".into()], 0));
}

#[tokio::test]
async fn a_team_brings_and_takes_its_people() {
    let world = World::synced().await;
    let (cleo, dan) = (
        world.test.member("Cleo", User).in_okta().await,
        world.test.member("Dan", User).in_okta().await,
    );
    let team = world.test.team("Marketing", &[&cleo]).await;
    let share = world.test.share(world.account, team, Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
    // S19: into the team, and out of it.
    world.test.join(team, &dan).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob", "cleo", "dan"]);
    world.test.leave(team, &cleo).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob", "dan"]);
    // S18: the team as a whole.
    sharing::unshare(&world.test.app, &world.owner().await, share).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn who_has_two_paths_keeps_the_tile_until_both_are_gone() {
    let world = World::synced().await;
    let team = world.test.team("Marketing", &[&world.ada]).await;
    world.test.share(world.account, team, Collaborator).await;
    world.follow().await;
    // S14: one assignment, and no call for the second path.
    assert_eq!(calls(&world.test).len(), 0);
    let owner = world.owner().await;
    let shares =
        sharing::list(&world.test.app, &owner, model::share::ShareItem::Account(world.account))
            .await
            .unwrap();
    let direct =
        shares.iter().find(|s| s.grantee == model::share::Grantee::Member(world.ada.id)).unwrap();
    sharing::unshare(&world.test.app, &owner, direct.id).await.unwrap();
    world.follow().await;
    assert_eq!((world.viewers(), calls(&world.test).len()), (vec!["ada".into(), "bob".into()], 0));
    teams::delete(&world.test.app, &owner, team).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
}

#[tokio::test]
async fn a_login_only_member_has_no_tile_until_they_are_a_user_again() {
    let world = World::synced().await;
    let owner = world.owner().await;
    members::change_role(&world.test.app, &owner, world.ada.id, LoginOnly).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
    members::change_role(&world.test.app, &owner, world.ada.id, User).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_leaver_is_unassigned_and_a_suspended_member_until_they_are_back() {
    let world = World::synced().await;
    let owner = world.owner().await;
    members::suspend(&world.test.app, &owner, world.bob.id).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada"]);
    members::resume(&world.test.app, &owner, world.bob.id).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    // S22.
    let bob = world.bob.id;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, bob))).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada"]);
}

#[tokio::test]
async fn who_is_not_in_okta_is_skipped_until_scim_tells_of_them() {
    let world = World::synced().await;
    let mut cleo = world.test.member("Cleo", User).await;
    world.test.share(world.account, &cleo, Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    world.test.put_in_okta(&mut cleo).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
}

#[tokio::test]
async fn a_renamed_account_or_app_is_the_same_app_with_a_new_label() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    let draft = |name: &str, app: &str| Draft {
        name: name.into(),
        app_name: app.into(),
        login_url: "https://login.example.com/".into(),
        username: "shared@example.com".into(),
        ..Draft::default()
    };
    // S49: twice within a second is one write.
    accounts::update(&world.test.app, &owner, world.account, draft("Zilla", "Instagram"))
        .await
        .unwrap();
    accounts::update(&world.test.app, &owner, world.account, draft("Godzilla", "Instagram"))
        .await
        .unwrap();
    world.follow().await;
    assert_eq!(
        (world.label().as_str(), only_app(&world.test)),
        ("Godzilla - Instagram", app.clone())
    );
    assert_eq!(writes(&world.test), ["PUT /apps/*"]);
    accounts::update(&world.test.app, &owner, world.account, draft("Godzilla", "Threads"))
        .await
        .unwrap();
    world.follow().await;
    assert_eq!((world.label().as_str(), only_app(&world.test)), ("Godzilla - Threads", app));
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_disabled_account_is_hidden_and_shown_again_by_the_same_app() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    accounts::set_disabled(&world.test.app, &owner, world.account, true).await.unwrap();
    world.follow().await;
    assert!(!shown(&world.test)[0].1);
    accounts::set_disabled(&world.test.app, &owner, world.account, false).await.unwrap();
    world.follow().await;
    assert_eq!((world.viewers(), only_app(&world.test)), (vec!["ada".into(), "bob".into()], app));
}

/// What becomes of the people of an app while it is inactive, Okta does not say.
#[tokio::test]
async fn whom_a_hidden_app_lost_is_found_when_it_is_shown_again() {
    let world = World::synced().await;
    let (app, owner) = (only_app(&world.test), world.owner().await);
    accounts::set_disabled(&world.test.app, &owner, world.account, true).await.unwrap();
    world.follow().await;
    let bob = world.bob.okta.clone().unwrap();
    world.test.okta.sim.org().unassign_user(&app, &bob).unwrap();
    calls(&world.test);
    accounts::set_disabled(&world.test.app, &owner, world.account, false).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert_eq!(writes(&world.test), ["POST /apps/*/lifecycle/activate", "POST /apps/*/users"]);
}

#[tokio::test]
async fn a_deleted_account_is_deleted_in_okta() {
    let world = World::synced().await;
    accounts::delete(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
    assert_eq!(writes(&world.test), ["POST /apps/*/lifecycle/deactivate", "DELETE /apps/*"]);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM tile WHERE gone_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_removed_tile_goes_for_everyone_and_can_be_extended_again_as_a_new_one() {
    let world = World::synced().await;
    let (first, owner) = (only_app(&world.test), world.owner().await);
    sync::remove(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
    // S38.
    sync::extend(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_ne!(only_app(&world.test), first);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_tile_extended_again_before_the_old_one_is_gone_ends_as_one() {
    let world = World::synced().await;
    let owner = world.owner().await;
    sync::remove(&world.test.app, &owner, world.account).await.unwrap();
    sync::extend(&world.test.app, &owner, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn two_extends_at_once_are_one_tile() {
    let world = World::start().await;
    let bob = world.test.actor(&world.bob).await;
    let owner = world.owner().await;
    // S30: the same Owner again, and another one.
    let (again, other) = (
        sync::extend(&world.test.app, &owner, world.account).await.unwrap(),
        sync::extend(&world.test.app, &bob, world.account).await.unwrap(),
    );
    assert_eq!(again, other);
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn an_account_deleted_while_it_syncs_leaves_nothing_behind() {
    let world = World::start().await;
    // The app is made, and Ada is not assigned yet.
    world.worker.turn().await.unwrap();
    assert_eq!(shown(&world.test).len(), 1);
    accounts::delete(&world.test.app, &world.owner().await, world.account).await.unwrap();
    world.follow().await;
    assert_eq!(shown(&world.test), []);
}

#[tokio::test]
async fn a_team_admin_is_as_visible_as_a_member() {
    let world = World::synced().await;
    let cleo = world.test.member("Cleo", User).in_okta().await;
    let team = world.test.team("Marketing", &[]).await;
    world.test.share(world.account, team, Collaborator).await;
    let id = cleo.id;
    world.test.write(move |tx, by| Box::pin(teams::join(tx, by, team, id, TeamRole::Admin))).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
}
