//! Whoever Okta deactivates loses everything there by that alone: it costs no call here, and is read again when they return
//! (performance.md, section 3; C33).

use keytile::sync::Progress;
use keytile::{accounts, members};
use model::share::ItemRole::Collaborator;

use super::{World, answer, calls, fault, only_app, progress, shown, writes};

/// Okta refuses a right.
pub(super) const DENIED: &str = r#"{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action"}"#;

impl World {
    fn okta_id(&self) -> String {
        self.ada.okta.clone().unwrap()
    }

    /// Provisioning says that Ada is gone, whatever the reason.
    async fn ada_leaves(&self) {
        let ada = self.ada.id;
        self.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    }

    /// Provisioning says that Ada is back.
    async fn ada_returns(&self) {
        let ada = self.ada.id;
        self.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, ada))).await;
    }

    /// Ada is deactivated in Okta, and everything has followed.
    async fn without_ada() -> Self {
        let world = Self::synced().await;
        world.test.okta.sim.org().deactivate_user(&world.okta_id()).unwrap();
        world.ada_leaves().await;
        world.follow().await;
        assert_eq!(calls(&world.test), ["GET /users/*"]);
        world
    }
}

#[tokio::test]
async fn what_okta_took_from_whom_it_deactivated_costs_one_look_at_them() {
    let world = World::without_ada().await;
    assert_eq!(world.viewers(), ["bob"]);
    assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
    // Their other tiles are not asked about again, nor are these.
    let other = world.test.account(&world.test.owner, "Other", "").await;
    world.test.share(other, &world.bob, Collaborator).await;
    world.test.extend(&world.test.owner, other).await;
    world.follow().await;
    assert!(calls(&world.test).iter().all(|call| !call.starts_with("GET /users")));
}

/// Whether Okta takes them from apps that are inactive as well, it does not say.
#[tokio::test]
async fn who_returns_sees_nothing_of_an_account_that_was_disabled_meanwhile() {
    for is_kept in [false, true] {
        let world = World::synced().await;
        world.test.okta.sim.org().settings.inactive_apps_keep_people = is_kept;
        let owner = world.owner().await;
        accounts::set_disabled(&world.test.app, &owner, world.account, true).await.unwrap();
        world.follow().await;
        world.test.okta.sim.org().deactivate_user(&world.okta_id()).unwrap();
        world.ada_leaves().await;
        world.follow().await;
        assert_eq!(shown(&world.test)[0].2.len(), if is_kept { 2 } else { 1 });
        accounts::set_disabled(&world.test.app, &owner, world.account, false).await.unwrap();
        world.follow().await;
        world.test.okta.sim.org().activate_user(&world.okta_id()).unwrap();
        world.ada_returns().await;
        world.follow().await;
        assert_eq!(world.viewers(), ["bob"]);
    }
}

/// A directory says the same of those who were only taken out of provisioning: Okta shows them our tiles still. And a
/// suspension takes nothing.
#[tokio::test]
async fn whoever_okta_still_has_is_unassigned() {
    for is_suspended in [false, true] {
        let world = World::synced().await;
        if is_suspended {
            world.test.okta.sim.org().suspend_user(&world.okta_id()).unwrap();
        }
        world.ada_leaves().await;
        world.follow().await;
        let asked = calls(&world.test);
        assert_eq!(asked, ["GET /users/*", "GET /apps/*", "DELETE /apps/*/users/*"]);
        assert_eq!(world.viewers(), ["bob"]);
    }
}

/// However many tiles they have, and whoever else is looked at in between.
#[tokio::test]
async fn whoever_okta_still_has_is_looked_at_once() {
    let world = World::synced().await;
    for name in ["Second", "Third"] {
        let account = world.test.account(&world.test.owner, name, "").await;
        for person in [&world.ada, &world.bob] {
            world.test.share(account, person, Collaborator).await;
        }
        world.test.extend(&world.test.owner, account).await;
    }
    world.follow().await;
    calls(&world.test);
    for person in [world.ada.id, world.bob.id] {
        world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, person))).await;
    }
    world.follow().await;
    let asked = calls(&world.test);
    assert_eq!(asked.iter().filter(|call| *call == "GET /users/*").count(), 2, "{asked:?}");
    assert_eq!(asked.iter().filter(|call| call.starts_with("DELETE")).count(), 6, "{asked:?}");
}

/// The app before it is activated, and its people after that: they are whom our mirror has, so that is all.
#[tokio::test]
async fn an_account_that_is_enabled_again_costs_one_look_at_its_people() {
    let world = World::synced().await;
    world.test.okta.sim.org().settings.inactive_apps_keep_people = true;
    let owner = world.owner().await;
    accounts::set_disabled(&world.test.app, &owner, world.account, true).await.unwrap();
    world.follow().await;
    calls(&world.test);
    accounts::set_disabled(&world.test.app, &owner, world.account, false).await.unwrap();
    world.follow().await;
    let asked = calls(&world.test);
    assert_eq!(asked, ["GET /apps/*", "POST /apps/*/lifecycle/activate", "GET /apps/*/users"]);
}

/// What cannot be told is done as if they were there: an unassignment too many harms nobody.
#[tokio::test]
async fn where_okta_does_not_tell_about_people_they_are_unassigned() {
    let world = World::synced().await;
    fault(&world.test, "GET", "/api/v1/users/*", answer(403, "application/json", DENIED));
    world.ada_leaves().await;
    world.follow().await;
    assert_eq!((world.viewers(), writes(&world.test).len()), (vec!["bob".to_owned()], 1));
}

/// A person's click needs no look: whom an admin removes here Okta knows nothing of.
#[tokio::test]
async fn whom_an_admin_removes_is_unassigned_without_a_look() {
    let world = World::synced().await;
    members::remove(&world.test.app, &world.owner().await, world.ada.id).await.unwrap();
    world.follow().await;
    assert_eq!(calls(&world.test), ["GET /apps/*", "DELETE /apps/*/users/*"]);
}

#[tokio::test]
async fn who_returns_has_nothing_and_gets_what_is_shared_with_them_anew() {
    let world = World::without_ada().await;
    world.test.okta.sim.org().activate_user(&world.okta_id()).unwrap();
    world.ada_returns().await;
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
    assert_eq!(calls(&world.test), ["GET /apps/*/users"], "one look for each tile");
    world.test.share(world.account, &world.ada, Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    // And again, as if it were the first time.
    world.test.okta.sim.org().deactivate_user(&world.okta_id()).unwrap();
    world.ada_leaves().await;
    calls(&world.test);
    world.follow().await;
    assert_eq!(
        (world.viewers(), calls(&world.test)),
        (vec!["bob".into()], vec!["GET /users/*".into()])
    );
}

/// L2: were Okta to keep what it says it drops, nobody would see for long what is not theirs.
#[tokio::test]
async fn what_who_returns_has_in_okta_after_all_is_found_and_taken_away() {
    let world = World::without_ada().await;
    let (app, person) = (only_app(&world.test), world.okta_id());
    world.test.okta.sim.org().activate_user(&person).unwrap();
    world.test.okta.sim.org().assign_user(&app, &person, None, None, None).unwrap();
    world.ada_returns().await;
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
}

/// What they had is shared with them before they are back: nobody waits for a look that says that they are.
#[tokio::test]
async fn who_is_given_something_is_back() {
    let world = World::without_ada().await;
    world.test.okta.sim.org().activate_user(&world.okta_id()).unwrap();
    let ada = world.ada.id;
    // By a way that does not say so.
    world.test.tamper("UPDATE member SET removed_at = NULL WHERE id = $1", vec![ada.into()]).await;
    world.test.share(world.account, &world.ada, Collaborator).await;
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM away_person").await, 0);
    members::remove(&world.test.app, &world.owner().await, ada).await.unwrap();
    world.follow().await;
    assert_eq!(world.viewers(), ["bob"]);
}

/// The audit hears in Okta's log that somebody lost a hundred tiles at once, and why.
#[tokio::test]
async fn an_audit_does_not_look_at_what_went_with_a_person() {
    let world = World::synced().await;
    world.audited().await;
    world.test.okta.sim.org().deactivate_user(&world.okta_id()).unwrap();
    world.ada_leaves().await;
    world.follow().await;
    calls(&world.test);
    world.audited().await;
    let looks = calls(&world.test);
    assert!(!looks.iter().any(|call| call.starts_with("GET /apps/*")), "{looks:?}");
}
