//! How much one person, one session and one ticket get.

use keytile::devices::{self, rules::Rules};
use seal::grant::KemKind;

use super::World;
use super::browser::{Browser, code};

/// A ticket that was read enrols one browser, not one after the other.
#[tokio::test]
async fn the_ticket_that_an_enrolment_gives_enrols_no_other_browser() {
    let world = World::new().await;
    let mut browser = Browser::of(&world.app, &world.ben, KemKind::X25519).await;
    let ticket = browser.launch_ticket(world.account).await;
    let fresh = browser.enrol(&ticket).await.json()["ticket"].as_str().unwrap().to_owned();
    let mut other = Browser::of(&world.app, &world.ben, KemKind::X25519).await;
    assert_eq!(code(&other.enrol(&fresh).await), (410, "ticket_over".into()));
    assert_eq!(browser.redeem(&fresh).await.status, 200, "for its launch it is good");
}

#[tokio::test]
async fn a_person_has_ten_devices_at_most() {
    let world = World::new().await;
    let mut browser = Browser::of(&world.app, &world.ben, KemKind::X25519).await;
    for _ in 0..devices::MOST {
        browser.device = None;
        let ticket = browser.connect_ticket().await;
        assert_eq!(browser.enrol(&ticket).await.status, 201);
    }
    let known = browser.device.take();
    let ticket = browser.connect_ticket().await;
    let refused = browser.enrol(&ticket).await;
    assert_eq!(code(&refused), (409, "too_many_devices".into()));
    assert!(refused.json()["message"].as_str().unwrap().contains("Remove one"));
    Browser::enrolled(&world.app, &world.ada).await;

    let ben = world.app.actor(&world.ben).await;
    let own = devices::list_own(&world.app.app, &ben).await.unwrap();
    let unused = own.iter().find(|device| Some(device.id.to_string()) != known).unwrap();
    devices::end(&world.app.app, &ben, unused.id).await.unwrap();
    assert_eq!(browser.enrol(&ticket).await.status, 201, "the ticket was kept");
}

#[tokio::test]
async fn a_session_has_thirty_unused_tickets_at_most() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let first = browser.launch_ticket(world.account).await;
    world.app.advance(1);
    let second = browser.launch_ticket(world.account).await;
    for _ in 0..devices::tickets::UNUSED - 1 {
        browser.launch_ticket(world.account).await;
    }
    assert_eq!(
        code(&browser.redeem(&first).await),
        (410, "ticket_over".into()),
        "the oldest ended"
    );
    assert_eq!(browser.redeem(&second).await.status, 200);
    let unused = "SELECT COUNT(*) AS n FROM login_ticket WHERE used_at IS NULL";
    assert_eq!(world.app.count(unused).await, devices::tickets::UNUSED - 1);
}

/// Somebody who adds browser after browser does not fill the admins' list.
#[tokio::test]
async fn admins_hear_once_an_hour_that_browsers_of_one_person_wait() {
    let world = World::new().await;
    let admin = world.app.actor(&world.app.owner).await;
    let rules = Rules { approval: true, ..Rules::default() };
    devices::rules::set(&world.app.app, &admin, rules).await.unwrap();
    let told =
        "SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%waits for an approval%'";
    for _ in 0..3 {
        Browser::enrolled(&world.app, &world.ben).await;
    }
    assert_eq!(world.app.count(told).await, 1);
    Browser::enrolled(&world.app, &world.ada).await;
    assert_eq!(world.app.count(told).await, 2, "of somebody else as well");
    world.app.advance(3_601);
    Browser::enrolled(&world.app, &world.ben).await;
    assert_eq!(world.app.count(told).await, 3);
}
