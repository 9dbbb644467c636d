//! Whoever Okta deactivates stays in our groups, which show them nothing until they return: then they leave them before
//! anything else, whoever says that they are back (C33, L2).

use keytile::members;
use keytile::sync::audit;
use model::TeamId;

use super::super::away::DENIED;
use super::super::{answer, calls, fault, writes};
use super::{World, dashboards, groups, names};
use crate::support::Person;

/// Ada and Bob see three tiles by two groups; Ada is deactivated in Okta, and everything has followed.
struct Left {
    world: World,
    team: TeamId,
    ada: Person,
}

impl Left {
    async fn new() -> Self {
        let world = World::empty().await;
        let people = world.people(&["Ada", "Bob"]).await;
        let (team, other) = (world.team("Team", &people).await, world.team("Other", &people).await);
        world.extended("First", team).await;
        world.extended("Second", team).await;
        world.extended("Third", other).await;
        world.follow().await;
        let owner = world.test.actor(&world.test.owner).await;
        audit::check_now(&world.test.app, &owner).await.unwrap();
        world.follow().await;
        calls(&world.test);
        let left = Self { world, team, ada: people[0].clone() };
        left.org(|org, ada| {
            org.deactivate_user(ada).unwrap();
        });
        let ada = left.ada.id;
        left.world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
        left.world.follow().await;
        left
    }

    fn org(&self, change: impl FnOnce(&mut okta_sim::org::Org, &str)) {
        change(&mut self.world.test.okta.sim.org(), self.ada.okta.as_deref().unwrap());
    }

    /// How many of our groups Ada is in.
    fn in_groups(&self) -> usize {
        groups(&self.world.test).values().filter(|people| people.contains("ada")).count()
    }

    /// Which tiles Ada has on the dashboard.
    fn sees(&self) -> usize {
        dashboards(&self.world.test).values().filter(|people| people.contains("ada")).count()
    }

    async fn audited(&self) {
        let owner = self.world.test.actor(&self.world.test.owner).await;
        audit::check_now(&self.world.test.app, &owner).await.unwrap();
        self.world.follow().await;
    }
}

#[tokio::test]
async fn whom_okta_deactivated_stays_in_the_groups_at_no_call() {
    let left = Left::new().await;
    assert_eq!(calls(&left.world.test), ["GET /users/*"]);
    assert_eq!((left.in_groups(), left.sees()), (2, 0));
    // What else happens to the group goes on as ever.
    let cleo = left.world.people(&["Cleo"]).await.remove(0);
    left.world.test.join(left.team, &cleo).await;
    left.world.follow().await;
    assert_eq!(dashboards(&left.world.test)["First"], names(["bob", "cleo"]));
    assert_eq!((writes(&left.world.test).len(), left.in_groups()), (1, 2));
}

#[tokio::test]
async fn who_returns_leaves_the_groups_and_comes_into_those_that_are_theirs_now() {
    let left = Left::new().await;
    left.org(|org, ada| org.activate_user(ada).unwrap());
    assert_eq!(left.sees(), 3, "Okta shows by groups again what it showed");
    let ada = left.ada.id;
    left.world.test.write(move |tx, by| Box::pin(members::reactivate(tx, by, ada))).await;
    left.world.test.join(left.team, &left.ada).await;
    left.world.follow().await;
    assert_eq!((left.in_groups(), left.sees()), (1, 2));
    assert_eq!(dashboards(&left.world.test)["Third"], names(["bob"]));
}

/// Activated in Okta and in no directory of ours: nothing tells us but the audit.
#[tokio::test]
async fn an_audit_finds_who_returned_without_a_word_by_the_log_or_by_a_look() {
    for is_log_closed in [false, true] {
        let left = Left::new().await;
        left.world.test.advance(60);
        left.org(|org, ada| org.activate_user(ada).unwrap());
        if is_log_closed {
            fault(&left.world.test, "GET", "/api/v1/logs", answer(403, "application/json", DENIED));
        }
        left.audited().await;
        assert_eq!((left.in_groups(), left.sees()), (0, 0), "closed: {is_log_closed}");
    }
}

#[tokio::test]
async fn an_audit_leaves_who_is_still_away_where_they_are() {
    let left = Left::new().await;
    calls(&left.world.test);
    left.audited().await;
    assert_eq!((writes(&left.world.test).len(), left.in_groups()), (0, 2));
    // Where Okta does not tell, nothing is believed.
    for _ in 0..2 {
        fault(&left.world.test, "GET", "/api/v1/users/*", answer(503, "text/plain", "busy"));
    }
    left.audited().await;
    assert_eq!((writes(&left.world.test).len(), left.in_groups()), (0, 2));
}
