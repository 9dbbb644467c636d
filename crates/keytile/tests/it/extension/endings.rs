//! T28 and its kin: what ends in the middle of a login, and what then still leaves.

use http::Method;
use keytile::devices::{self, rules::Rules};
use keytile::signin::session;
use keytile::{members, sharing};
use model::share::{Grantee, ItemRole};
use proptest::prelude::*;
use serde_json::json;

use super::World;
use super::browser::{Browser, code};
use crate::support::{Admin, Person, User};

/// What the device is told at each step that gives or prolongs something.
async fn refused_everywhere(browser: &mut Browser<'_>, grant: &str, expected: (u16, &str)) {
    for (what, body) in
        [("progress", json!({ "step": "fill" })), ("code", json!({})), ("resume", json!({}))]
    {
        let answer = browser.post(&format!("grants/{grant}/{what}"), &body).await;
        assert_eq!(code(&answer), (expected.0, expected.1.into()), "{what}");
    }
}

#[tokio::test]
async fn access_that_ends_in_the_middle_of_a_login_gives_no_code() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let ticket = browser.launch_ticket(world.account).await;
    let (grant, _) = browser.log_in(world.account).await;
    world.unshare().await;
    for what in ["progress", "code"] {
        let answer =
            browser.post(&format!("grants/{grant}/{what}"), &json!({ "step": "code" })).await;
        assert_eq!(code(&answer), (403, "no_access".into()), "{what}");
    }
    assert_eq!(code(&browser.redeem(&ticket).await), (403, "no_access".into()));
    assert_eq!(
        code(&browser.redeem(&ticket).await),
        (410, "ticket_over".into()),
        "the try used it up"
    );
    assert_eq!(world.app.recorded("account.launch_refused").await, 1, "and is on record");
    assert_eq!(browser.pages.get(&format!("/accounts/{}/launch", world.account)).await.status, 404);

    let told = json!({ "outcome": "no_access", "origin": null, "duration_ms": 900 });
    assert_eq!(browser.post(&format!("grants/{grant}/outcome"), &told).await.status, 200);
}

/// Whoever had access once flags nothing for its Owners any more.
#[tokio::test]
async fn a_former_collaborators_rejection_flags_nothing() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (grant, _) = browser.log_in(world.account).await;
    world.unshare().await;
    let told = json!({ "outcome": "rejected", "origin": null, "duration_ms": 900 });
    assert_eq!(browser.post(&format!("grants/{grant}/outcome"), &told).await.status, 200);
    let kept = "SELECT COUNT(*) AS n FROM login_grant WHERE outcome = 'rejected'";
    assert_eq!(world.app.count(kept).await, 1, "it is kept");
    let flagged = "SELECT COUNT(*) AS n FROM account WHERE password_rejected_at IS NOT NULL";
    assert_eq!(world.app.count(flagged).await, 0);
    assert_eq!(world.app.recorded("account.password_rejected").await, 0);
}

#[tokio::test]
async fn a_device_that_is_ended_in_the_middle_of_a_login_gets_nothing_more() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (grant, _) = browser.log_in(world.account).await;
    let ben = world.app.actor(&world.ben).await;
    let own = devices::list_own(&world.app.app, &ben).await.unwrap();
    assert_eq!((own.len(), own[0].name.as_str()), (1, "Chrome on Linux"));
    let stranger = world.app.member("Cleo", User).await;
    let stranger = world.app.actor(&stranger).await;
    assert!(devices::end(&world.app.app, &stranger, own[0].id).await.is_err());
    assert!(devices::list_all(&world.app.app, &stranger).await.is_err());

    let admin = world.app.member("Dora", Admin).await;
    let admin = world.app.actor(&admin).await;
    assert_eq!(devices::list_all(&world.app.app, &admin).await.unwrap().len(), 1);
    devices::end(&world.app.app, &admin, own[0].id).await.unwrap();
    refused_everywhere(&mut browser, &grant, (401, "unknown_device")).await;
    assert_eq!(code(&browser.get("status").await), (401, "unknown_device".into()));
    assert!(devices::list_own(&world.app.app, &ben).await.unwrap().is_empty());
    assert_eq!(world.app.recorded("device.ended").await, 1);
}

#[tokio::test]
async fn a_device_ends_after_a_month_without_use() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    world.app.advance(30 * 24 * 3_600 + 1);
    assert_eq!(code(&browser.get("status").await), (401, "unknown_device".into()));
}

#[tokio::test]
async fn a_leavers_devices_and_grants_end_with_them() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let ticket = browser.launch_ticket(world.account).await;
    let (grant, _) = browser.log_in(world.account).await;
    let owner = world.app.actor(&world.app.owner).await;
    members::remove(&world.app.app, &owner, world.ben.id).await.unwrap();
    refused_everywhere(&mut browser, &grant, (401, "unknown_device")).await;
    assert_eq!(code(&browser.redeem(&ticket).await), (401, "unknown_device".into()));
    let live = "SELECT COUNT(*) AS n FROM login_grant WHERE ended_at IS NULL";
    assert_eq!(world.app.count(live).await, 0);
    let ticket_of_a_leaver = browser.enrol(&ticket).await;
    assert_eq!(code(&ticket_of_a_leaver).0, 401, "{}", ticket_of_a_leaver.body);
}

#[tokio::test]
async fn a_suspension_and_the_end_of_a_session_stop_a_login() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (grant, _) = browser.log_in(world.account).await;
    let ben = world.app.actor(&world.ben).await;
    let sessions = session::list(&world.app.app, &ben).await.unwrap();
    for session in sessions {
        session::end(&world.app.app, &ben, session.id).await.unwrap();
    }
    refused_everywhere(&mut browser, &grant, (401, "session_over")).await;
    for path in ["status", "accounts"] {
        assert_eq!(code(&browser.get(path).await), (401, "session_over".into()), "{path}");
    }
    // Silent sign-in: a new session, and the device goes on in it.
    world.app.sign_in_here(&mut browser.pages, &world.ben).await;
    let (grant, _) = browser.log_in(world.account).await;
    assert_eq!(browser.get("status").await.status, 200);

    let owner = world.app.actor(&world.app.owner).await;
    members::suspend(&world.app.app, &owner, world.ben.id).await.unwrap();
    refused_everywhere(&mut browser, &grant, (401, "session_over")).await;
    members::resume(&world.app.app, &owner, world.ben.id).await.unwrap();
    assert_eq!(
        code(&browser.get("status").await),
        (401, "session_over".into()),
        "until they sign in"
    );
    world.app.sign_in_here(&mut browser.pages, &world.ben).await;
    let ticket = browser.connect_ticket().await;
    assert_eq!(browser.post("session", &json!({ "ticket": ticket })).await.status, 200);
    let over = browser.post(&format!("grants/{grant}/code"), &json!({})).await;
    assert_eq!(code(&over), (410, "grant_over".into()), "what was given before stays ended");
}

/// T24.
#[tokio::test]
async fn a_version_that_is_not_accepted_gets_nothing() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let admin = world.app.actor(&world.app.owner).await;
    let ben = world.app.actor(&world.ben).await;
    assert!(devices::rules::set(&world.app.app, &ben, Rules::default()).await.is_err());
    let rules = Rules {
        minimum: Some("0.1.0".parse().unwrap()),
        refused: vec!["0.2.1".parse().unwrap()],
        approval: false,
    };
    devices::rules::set(&world.app.app, &admin, rules.clone()).await.unwrap();
    assert_eq!(devices::rules::find(&world.app.app, &admin).await.unwrap(), rules);
    let ticket = browser.launch_ticket(world.account).await;
    for refused in ["0.0.9", "0.2.1"] {
        browser.version = refused;
        for answer in [browser.get("status").await, browser.redeem(&ticket).await] {
            assert_eq!(code(&answer), (426, "version_refused".into()), "{refused}");
            assert!(answer.json()["message"].as_str().unwrap().contains(refused));
        }
        let answer = browser.enrol(&ticket).await;
        assert_eq!(code(&answer), (426, "version_refused".into()), "{refused}");
    }
    browser.version = "0.2.2";
    assert_eq!(browser.redeem(&ticket).await.status, 200);
}

#[tokio::test]
async fn a_device_waits_for_an_admin_where_the_workspace_asks_for_that() {
    let world = World::new().await;
    let admin = world.app.actor(&world.app.owner).await;
    let rules = Rules { approval: true, ..Rules::default() };
    devices::rules::set(&world.app.app, &admin, rules).await.unwrap();
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    assert_eq!(browser.get("status").await.json()["state"], "waiting");
    let ticket = browser.launch_ticket(world.account).await;
    let copy = format!("accounts/{}/copy", world.account);
    for answer in [
        browser.redeem(&ticket).await,
        browser.get("accounts").await,
        browser.post(&copy, &json!({ "what": "password" })).await,
    ] {
        assert_eq!(code(&answer), (403, "needs_approval".into()));
    }
    let waiting = devices::list_all(&world.app.app, &admin).await.unwrap();
    let ben = world.app.actor(&world.ben).await;
    assert!(devices::approve(&world.app.app, &ben, waiting[0].id).await.is_err(), "not by oneself");
    devices::approve(&world.app.app, &admin, waiting[0].id).await.unwrap();
    assert_eq!(browser.redeem(&ticket).await.status, 200, "the ticket was kept");
    assert_eq!(world.app.recorded("device.approved").await, 1);
}

impl World {
    /// Ben's share ends.
    async fn unshare(&self) {
        let ada = self.app.actor(&self.ada).await;
        let item = model::share::ShareItem::Account(self.account);
        let shares = sharing::list(&self.app.app, &ada, item).await.unwrap();
        let bens = shares.iter().find(|share| share.grantee == Grantee::Member(self.ben.id));
        sharing::unshare(&self.app.app, &ada, bens.unwrap().id).await.unwrap();
    }

    async fn reshare(&self, with: &Person) {
        self.app.share(self.account, with, ItemRole::Collaborator).await;
    }
}

/// T28: a removal and redemptions at once. Each comes before it, and is on record, or after it, and gives nothing; and
/// once the removal is committed nothing is given any more.
#[tokio::test]
async fn no_grant_leaves_after_the_commit_of_a_removal() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let mut given = 0;
    for _ in 0..20 {
        let mut requests = Vec::new();
        for _ in 0..2 {
            let body = json!({ "ticket": browser.launch_ticket(world.account).await });
            requests.push(browser.signed(Method::POST, "grants", &body.to_string()));
        }
        let kept = browser.launch_ticket(world.account).await;
        let [one, two] = requests.try_into().unwrap();
        let (mut first, mut second) = (world.app.client(), world.app.client());
        let (first, second, ()) =
            futures_util::join!(first.send(one), second.send(two), world.unshare());
        for answer in [first, second] {
            let is_given = answer.status == 200;
            assert!(is_given || code(&answer) == (403, "no_access".into()), "{}", answer.body);
            given += i64::from(is_given);
        }
        assert_eq!(code(&browser.redeem(&kept).await), (403, "no_access".into()));
        world.reshare(&world.ben).await;
        world.app.advance(1);
    }
    assert_eq!(world.app.recorded("account.login_granted").await, given);
}

/// What happens to Ben's access, and what his browser tries.
#[derive(Debug, Clone, Copy)]
enum Step {
    Share,
    Unshare,
    Suspend,
    Resume,
    Page,
    Redeem,
    Code,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Share),
        Just(Step::Unshare),
        Just(Step::Suspend),
        Just(Step::Resume),
        Just(Step::Page),
        Just(Step::Page),
        Just(Step::Redeem),
        Just(Step::Redeem),
        Just(Step::Code),
        Just(Step::Code),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// T28: in every order of changes and tries, something is given exactly where Ben has access at that moment.
    #[test]
    fn something_is_given_exactly_where_there_is_access(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async { walk(&steps).await });
    }
}

async fn walk(steps: &[Step]) {
    let world = World::new().await;
    let owner = world.app.actor(&world.app.owner).await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (mut shared, mut suspended) = (true, false);
    // What a suspension ends is not tried again: it is refused for another reason.
    let (mut tickets, mut grant): (Vec<String>, Option<(String, usize)>) = (Vec::new(), None);
    let path = format!("/accounts/{}/launch", world.account);
    for step in steps {
        match step {
            Step::Share => {
                world.reshare(&world.ben).await;
                shared = true;
            }
            Step::Unshare if shared => {
                world.unshare().await;
                shared = false;
            }
            Step::Suspend if !suspended => {
                members::suspend(&world.app.app, &owner, world.ben.id).await.unwrap();
                (suspended, grant) = (true, None);
                tickets.clear();
            }
            Step::Resume if suspended => {
                members::resume(&world.app.app, &owner, world.ben.id).await.unwrap();
                world.app.sign_in_here(&mut browser.pages, &world.ben).await;
                let ticket = browser.connect_ticket().await;
                let connected = browser.post("session", &json!({ "ticket": ticket })).await;
                assert_eq!(connected.status, 200);
                suspended = false;
            }
            Step::Unshare | Step::Suspend | Step::Resume => {}
            Step::Page => {
                let page = browser.pages.get(&path).await;
                let ticket = super::browser::ticket(&page.body);
                assert_eq!(ticket.is_some(), shared && !suspended, "{steps:?}");
                tickets.extend(ticket);
            }
            Step::Redeem => {
                let Some(ticket) = tickets.pop() else { continue };
                let answer = browser.redeem(&ticket).await;
                assert_eq!(answer.status == 200, shared, "{steps:?}");
                if answer.status == 200 {
                    let id = answer.json()["grant"].as_str().unwrap().to_owned();
                    grant = Some((id, 0));
                }
            }
            Step::Code => {
                let Some((id, codes)) = grant.as_mut().filter(|(_, codes)| *codes < 5) else {
                    continue;
                };
                let answer = browser.post(&format!("grants/{id}/code"), &json!({})).await;
                assert_eq!(answer.status == 200, shared, "{steps:?}");
                *codes += usize::from(shared);
            }
        }
    }
}
