//! The driver: workers are found, woken by commits, and built anew when the connection changes. Nothing here moves the
//! clock, so whatever happens was woken and not waited for.

use keytile::sync;
use keytile::sync::store::PortalStatus;
use model::share::ItemRole::Collaborator;
use okta_sim::Change;
use tokio::sync::{broadcast, watch};

use super::shown;
use crate::support::{TestApp, User};

/// A running driver, which ends with the test.
struct Running {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(test: &TestApp) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, task: tokio::spawn(sync::worker::run(test.app.clone(), stopped)) }
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}

/// Waits until Okta has changed in this way.
async fn until(changes: &mut broadcast::Receiver<Change>, wanted: fn(&Change) -> bool) {
    while !wanted(&changes.recv().await.unwrap()) {}
}

fn is_creation(change: &Change) -> bool {
    matches!(change, Change::AppCreated { .. })
}

/// Waits until the tile is as it should be, woken by the tile's own topic.
async fn until_settled(test: &TestApp, account: model::AccountId) {
    let mut signals = test.app.db.signals();
    while super::progress(test, account).await != sync::Progress::Synced {
        signals.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_portal_turned_on_later_is_found_and_an_extension_wakes_its_worker() {
    let test = TestApp::start().await;
    let running = Running::start(&test);
    let ada = test.member("Ada", User).in_okta().await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, &ada, Collaborator).await;
    test.turn_on().await;
    let mut changes = test.okta.sim.subscribe();
    test.extend(&test.owner, account).await;
    until(&mut changes, is_creation).await;
    until_settled(&test, account).await;
    assert_eq!(shown(&test)[0].2, ["ada@example.com"]);
    // And again for a change after the first sync.
    let bob = test.member("Bob", User).in_okta().await;
    test.share(account, &bob, Collaborator).await;
    until_settled(&test, account).await;
    assert_eq!(shown(&test)[0].2, ["ada@example.com", "bob@example.com"]);
    running.end().await;
}

#[tokio::test]
async fn a_worker_goes_on_by_itself_once_the_connection_is_updated() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let kept = std::mem::take(&mut test.okta.sim.org().tokens);
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.extend(&test.owner, account).await;
    let mut signals = test.app.db.signals();
    let running = Running::start(&test);
    let owner = test.actor(&test.owner).await;
    while sync::portal(&test.app, &owner).await.unwrap().unwrap().status != PortalStatus::Update {
        signals.recv().await.unwrap();
    }
    // C6.
    test.okta.sim.org().tokens = kept;
    test.turn_on().await;
    // As `settings` does in the same change.
    test.write(|tx, by| {
        Box::pin(async move {
            tx.signal(by.workspace);
            Ok(())
        })
    })
    .await;
    until_settled(&test, account).await;
    assert_eq!(shown(&test).len(), 1);
    running.end().await;
}

/// Such as after a host was taken out of the configuration: the pages say why nothing goes on.
#[tokio::test]
async fn a_connection_that_cannot_be_used_says_why() {
    let test = TestApp::start().await;
    test.turn_on().await;
    test.tamper("UPDATE portal SET domain = 'http://acme.example'", Vec::new()).await;
    let mut signals = test.app.db.signals();
    let running = Running::start(&test);
    let owner = test.actor(&test.owner).await;
    let why = loop {
        let portal = sync::portal(&test.app, &owner).await.unwrap().unwrap();
        if let Some(why) = portal.status_detail {
            break why;
        }
        signals.recv().await.unwrap();
    };
    assert!(why.starts_with("This is not an address we can use."), "{why}");
    running.end().await;
}

/// R3: one process follows both.
#[tokio::test]
async fn a_company_whose_okta_is_down_holds_no_other_up() {
    let ours = TestApp::start().await;
    let theirs = ours.neighbour(okta_sim::Limits::None).await;
    theirs.okta.go_down();
    let mut accounts = Vec::new();
    for test in [&theirs, &ours] {
        test.turn_on().await;
        let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
        test.extend(&test.owner, account).await;
        accounts.push(account);
    }
    let running = Running::start(&ours);
    until_settled(&ours, accounts[1]).await;
    assert_ne!(super::progress(&theirs, accounts[0]).await, sync::Progress::Synced);
    running.end().await;
}

#[tokio::test]
async fn a_shutdown_lets_go_of_the_lease_and_says_so() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.extend(&test.owner, account).await;
    let running = Running::start(&test);
    until_settled(&test, account).await;
    let mut signals = test.app.db.signals();
    running.end().await;
    assert_eq!(test.count("SELECT lease_until AS n FROM portal").await, 0);
    let topics: Vec<_> = std::iter::from_fn(|| signals.try_recv().ok()).collect();
    assert_eq!(topics.last(), Some(&test.workspace.uuid()), "a waiting replica takes over at once");
}

/// T27: nobody enters anything, and no timer has to run out.
#[tokio::test]
async fn a_worker_goes_on_by_itself_with_the_standby() {
    let test = TestApp::start().await;
    test.turn_on().await;
    super::credentials::stand_by(&test).await;
    let first = super::credentials::token_id(&test, crate::support::OKTA_TOKEN);
    test.okta.sim.org().revoke_token(&first).unwrap();
    let running = Running::start(&test);
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.extend(&test.owner, account).await;
    until_settled(&test, account).await;
    assert_eq!(shown(&test).len(), 1);
    running.end().await;
}
