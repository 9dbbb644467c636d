//! Credentials end, and nothing is lost by it: a standby takes over, a network zone is told apart, a token that nobody
//! uses is kept alive, and an org may change its address (T27, C6, C8).

use jiff::SignedDuration;
use keytile::settings::{self, Entered, keeper, standby};
use keytile::sync::store::PortalStatus;
use keytile::sync::worker::Turn;
use keytile::sync::{self, Portal};
use keytile::values;
use model::secret::Secret;
use model::share::ItemRole::Collaborator;

use super::{World, calls, follow, shown, worker, writes};
use crate::support::{OKTA_TOKEN, TestApp, User};

const SECOND: &str = "00T-keytile-second-token-9d2e";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// The id of Okta's token with this value.
pub(super) fn token_id(test: &TestApp, value: &str) -> String {
    let org = test.okta.sim.org();
    let token = org.tokens.values().find(|token| token.value == value);
    token.expect("a token").id.clone()
}

/// Another token of the same admin, entered as the standby.
pub(super) async fn stand_by(test: &TestApp) {
    let user = test.okta.sim.org().tokens.values().next().expect("a token").user_id.clone();
    test.okta.sim.org().add_token("standby", SECOND, &user);
    let owner = test.actor(&test.owner).await;
    standby::stand_by(&test.app, &owner, test.now(), &secret(SECOND)).await.unwrap();
}

async fn row(test: &TestApp) -> Portal {
    let owner = test.actor(&test.owner).await;
    sync::portal(&test.app, &owner).await.unwrap().unwrap()
}

/// How often admins were told something with these words.
async fn told(test: &TestApp, words: &str) -> i64 {
    let sql = "SELECT COUNT(*) AS n FROM notification WHERE message LIKE $1";
    test.count_of(sql, values![format!("%{words}%")]).await
}

/// T27, R7: after one refused call the standby goes on where the first one stood.
#[tokio::test]
async fn a_standby_takes_over_from_a_revoked_token_and_nothing_waits() {
    let world = World::synced().await;
    let test = &world.test;
    stand_by(test).await;
    let cleo = test.member("Cleo", User).in_okta().await;
    test.share(world.account, &cleo, Collaborator).await;
    let first = token_id(test, OKTA_TOKEN);
    test.okta.sim.org().revoke_token(&first).unwrap();
    calls(test);
    assert_eq!(follow(test, &world.worker).await, Turn::Wait(None));
    assert_eq!(calls(test).len(), 1);
    assert_eq!(follow(test, &world.worker).await, Turn::Outdated);
    let young = worker(test).await;
    assert_eq!(follow(test, &young).await, Turn::Idle);
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
    let row = row(test).await;
    assert_eq!((row.status, row.status_detail), (PortalStatus::On, None));
    assert_eq!(test.recorded("portal.standby_took_over").await, 1);
    assert_eq!(test.recorded("portal.refused").await, 0);
    assert_eq!(told(test, "standby took over").await, 1, "the only admin is told");
    let owner = test.actor(&test.owner).await;
    let left = standby::credentials(&test.app, &owner).await.unwrap().unwrap();
    assert!(left.standby.is_none() && left.took_over.is_some());
    // And when that one ends, everything waits.
    let second = token_id(test, SECOND);
    test.okta.sim.org().revoke_token(&second).unwrap();
    sync::sync_now(&test.app, &owner, world.account).await.unwrap();
    assert_eq!(follow(test, &young).await, Turn::Wait(None));
    assert_eq!(self::row(test).await.status, PortalStatus::Update);
    assert_eq!(test.recorded("portal.refused").await, 1);
}

/// T27: what stands by only after the end takes over at once.
#[tokio::test]
async fn a_standby_that_comes_too_late_takes_over_as_it_is_entered() {
    let world = World::synced().await;
    let test = &world.test;
    let first = token_id(test, OKTA_TOKEN);
    test.okta.sim.org().revoke_token(&first).unwrap();
    let cleo = test.member("Cleo", User).in_okta().await;
    test.share(world.account, &cleo, Collaborator).await;
    assert_eq!(follow(test, &world.worker).await, Turn::Wait(None));
    assert_eq!(row(test).await.status, PortalStatus::Update);
    stand_by(test).await;
    assert_eq!(row(test).await.status, PortalStatus::On);
    let young = worker(test).await;
    assert_eq!(follow(test, &young).await, Turn::Idle);
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
}

/// A standby that Okta refuses too is found out before it is needed, and does not take over.
#[tokio::test]
async fn a_standby_that_has_ended_is_found_out_within_a_day_and_stays_where_it_is() {
    let world = World::synced().await;
    let test = &world.test;
    stand_by(test).await;
    let second = token_id(test, SECOND);
    test.okta.sim.org().revoke_token(&second).unwrap();
    for _ in 0..3 {
        test.advance(24 * 3_600);
        keeper::turn(&test.app).await.unwrap();
    }
    assert_eq!(told(test, "could not take over").await, 1, "it is told once");
    let first = token_id(test, OKTA_TOKEN);
    test.okta.sim.org().revoke_token(&first).unwrap();
    let owner = test.actor(&test.owner).await;
    sync::sync_now(&test.app, &owner, world.account).await.unwrap();
    assert_eq!(follow(test, &world.worker).await, Turn::Wait(None));
    assert_eq!(row(test).await.status, PortalStatus::Update);
    assert_eq!(test.recorded("portal.standby_took_over").await, 0);
}

/// C2, C6: nothing has expired, so the standby stays; the address is told; and it goes on by itself.
#[tokio::test]
async fn a_network_zone_is_no_end_names_the_address_and_ends_by_itself() {
    let world = World::synced().await;
    let test = &world.test;
    stand_by(test).await;
    let first = token_id(test, OKTA_TOKEN);
    test.okta.sim.org().token_mut(&first).unwrap().outside_of_its_zone = true;
    let cleo = test.member("Cleo", User).in_okta().await;
    test.share(world.account, &cleo, Collaborator).await;
    assert_eq!(follow(test, &world.worker).await, Turn::Wait(None));
    let refused = row(test).await;
    assert_eq!(refused.status, PortalStatus::Update);
    let text = refused.status_detail.unwrap();
    assert!(
        text.contains("Nothing has expired") && text.contains("calls from 127.0.0.1"),
        "{text}"
    );
    let page = test.client_as(&test.owner).await.get("/accounts").await.body;
    assert!(page.contains("network address") && !page.contains("API token any more"));
    let owner = test.actor(&test.owner).await;
    assert!(standby::credentials(&test.app, &owner).await.unwrap().unwrap().standby.is_some());
    // Nobody knocks before it is time, and not for ever in vain.
    calls(test);
    test.advance(14 * 60);
    keeper::turn(&test.app).await.unwrap();
    assert!(calls(test).is_empty());
    test.advance(60);
    keeper::turn(&test.app).await.unwrap();
    assert_eq!(row(test).await.status, PortalStatus::Update);
    assert_eq!(test.recorded("portal.refused").await, 1, "it is told once");
    test.okta.sim.org().token_mut(&first).unwrap().outside_of_its_zone = false;
    test.advance(15 * 60);
    keeper::turn(&test.app).await.unwrap();
    assert_eq!(row(test).await.status, PortalStatus::On);
    assert_eq!(follow(test, &world.worker).await, Turn::Idle);
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
}

/// C6: a right that was given back needs no new token.
#[tokio::test]
async fn a_refused_connection_is_tried_again_with_the_token_that_it_has() {
    let world = World::synced().await;
    let test = &world.test;
    let first = token_id(test, OKTA_TOKEN);
    let rights = okta_sim::org::Permissions::ReadOnly;
    test.okta.sim.org().token_mut(&first).unwrap().permissions = rights;
    let cleo = test.member("Cleo", User).in_okta().await;
    test.share(world.account, &cleo, Collaborator).await;
    assert_eq!(follow(test, &world.worker).await, Turn::Wait(None));
    let owner = test.actor(&test.owner).await;
    test.okta.sim.org().token_mut(&first).unwrap().outside_of_its_zone = true;
    let refused = standby::try_again(&test.app, &owner, test.now()).await.unwrap_err();
    assert!(refused.to_string().contains("network address"), "{refused}");
    {
        let mut org = test.okta.sim.org();
        let token = org.token_mut(&first).unwrap();
        token.outside_of_its_zone = false;
        token.permissions = okta_sim::org::Permissions::Full;
    }
    standby::try_again(&test.app, &owner, test.now()).await.unwrap();
    assert_eq!(follow(test, &world.worker).await, Turn::Idle);
    assert_eq!(world.viewers(), ["ada", "bob", "cleo"]);
}

/// T27: thirty days without use would end it. One cheap read a day for each, and none where it is used anyway.
#[tokio::test]
async fn a_token_that_nothing_uses_is_kept_alive() {
    let world = World::synced().await;
    let test = &world.test;
    test.okta.sim.org().settings.idle_tokens_end = true;
    stand_by(test).await;
    let owner = test.actor(&test.owner).await;
    settings::turn_off(&test.app, &owner, test.now(), false).await.unwrap();
    calls(test);
    for _ in 0..40 {
        test.advance(24 * 3_600);
        keeper::turn(&test.app).await.unwrap();
        assert_eq!(calls(test), ["GET /users/me", "GET /users/me"]);
        keeper::turn(&test.app).await.unwrap();
        assert!(calls(test).is_empty(), "once a day");
    }
    assert!(test.okta.sim.org().valid_token(OKTA_TOKEN).is_ok());
    assert!(test.okta.sim.org().valid_token(SECOND).is_ok());
    // While it is on, the audits use it, and only the standby is knocked with.
    test.turn_on().await;
    let young = worker(test).await;
    test.advance(23 * 3_600);
    sync::audit::check_now(&test.app, &owner).await.unwrap();
    follow(test, &young).await;
    calls(test);
    test.advance(3_600);
    keeper::turn(&test.app).await.unwrap();
    assert_eq!(calls(test).len(), 1);
}

#[tokio::test]
async fn an_old_token_is_told_of_once_and_a_younger_one_ends_it() {
    let test = TestApp::start().await;
    let owner = test.actor(&test.owner).await;
    let enter = async || {
        let entered = Entered { domain: test.okta.url.clone(), token: secret(OKTA_TOKEN) };
        settings::turn_on(&test.app, &owner, test.now(), entered).await.unwrap();
    };
    enter().await;
    standby::set_days(&test.app, &owner, test.now(), "30").await.unwrap();
    for _ in 0..33 {
        test.advance(24 * 3_600);
        keeper::turn(&test.app).await.unwrap();
    }
    assert_eq!(told(&test, "older than 30 days").await, 1);
    let is_old = async || {
        let page = test.client_as(&test.owner).await.get("/accounts").await.body;
        page.contains("older than it should be")
    };
    assert!(is_old().await);
    enter().await;
    assert!(!is_old().await);
    assert!(standby::set_days(&test.app, &owner, test.now(), "0").await.is_err());
}

/// C3: it works, and what speaks against it stays in view.
#[tokio::test]
async fn a_super_admins_token_is_warned_about_as_long_as_it_is_used() {
    let test = TestApp::start().await;
    let owner = test.actor(&test.owner).await;
    let entered = Entered { domain: test.okta.url.clone(), token: secret(OKTA_TOKEN) };
    settings::turn_on(&test.app, &owner, test.now(), entered).await.unwrap();
    let page = test.client_as(&test.owner).await.get("/settings").await.body;
    assert!(page.contains("super or org administrator"), "{page}");
}

/// C8, T2: the same org under another name keeps its tiles; another org is refused, and gets no standby of ours.
#[tokio::test]
async fn an_org_that_changes_its_domain_keeps_every_tile() {
    let world = World::synced().await;
    let test = &world.test;
    stand_by(test).await;
    let owner = test.actor(&test.owner).await;
    let enter = async |domain: &str| {
        let entered = Entered { domain: domain.to_owned(), token: secret(OKTA_TOKEN) };
        settings::turn_on(&test.app, &owner, test.now(), entered).await
    };
    let elsewhere = test.okta.url.replace("127.0.0.1", "localhost");
    enter(&elsewhere).await.unwrap();
    let young = worker(test).await;
    assert_eq!(follow(test, &young).await, Turn::Idle);
    assert!(writes(test).is_empty(), "nothing had to be changed");
    assert_eq!((shown(test).len(), row(test).await.domain), (1, elsewhere));
    let ready = standby::credentials(&test.app, &owner).await.unwrap().unwrap();
    assert!(ready.standby.is_some());
    // Another org at the same address: the daily knock gives it nothing of ours, and it cannot be connected.
    test.okta.sim.org().id = "00oanother".to_owned();
    assert!(matches!(enter(&test.okta.url).await, Err(keytile::Error::Conflict(_))));
    test.okta.sim.clear_traffic();
    test.advance(25 * 3_600);
    keeper::turn(&test.app).await.unwrap();
    assert!(test.okta.asked().is_empty(), "nothing was asked with what is ours");
    assert_eq!(row(test).await.status, PortalStatus::Update);
    assert!(
        test.now().duration_since(row(test).await.turned_on_at.unwrap()) > SignedDuration::ZERO
    );
}
