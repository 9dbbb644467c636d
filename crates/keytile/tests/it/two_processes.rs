//! Two processes of the real program beside each other on one PostgreSQL: one is killed in the middle of its work, and
//! the other finishes it. On SQLite there is one process, so there is nothing to show.

use http::Method;
use jiff::SignedDuration;
use keytile::sync::{self, Progress};
use model::AccountId;
use model::share::ItemRole::Collaborator;
use okta_sim::org::AppKind;
use okta_sim::{Change, Fault, Outcome, Trick};
use serde_json::Value;

use crate::support::{ServerProcess, TestApp, User, call};

/// How many tiles a process works on at the same time.
const LANES: usize = 4;
/// How many tiles there are: some are begun by the process that is killed, and some are not.
const ACCOUNTS: usize = 2 * LANES;

async fn extend(server: &ServerProcess, account: AccountId, key: &str) {
    let path = format!("/api/v1/accounts/{account}/tile");
    let (status, _) = call(server.address, key, Method::POST, &path, &Value::Null).await.unwrap();
    assert_eq!(status, 202);
}

/// Waits until this tile is as it should be, woken by whichever process changed it.
async fn until_synced(test: &TestApp, account: AccountId) {
    let owner = test.actor(&test.owner).await;
    let mut signals = test.app.db.signals();
    while sync::status(&test.app, &owner, account).await.unwrap().unwrap().progress
        != Progress::Synced
    {
        signals.recv().await.unwrap();
    }
}

/// A minute after its holder died a lease is over. By the server's own clock, which no test moves: so this does.
async fn end_the_lease(test: &TestApp) {
    let workspace = test.workspace;
    let change = test.app.db.write::<_, keytile::Error, _>(workspace, move |tx| {
        Box::pin(async move {
            tx.signal(workspace);
            Ok(tx.execute("UPDATE portal SET lease_until = 0", &[]).await?)
        })
    });
    assert_eq!(change.await.unwrap(), 1);
}

/// The label of every app that leads to us, and how many people see it.
fn apps(test: &TestApp) -> Vec<(String, usize)> {
    let org = test.okta.sim.org();
    let ours = org.apps.values().filter(
        |app| matches!(&app.kind, AppKind::Bookmark { url, .. } if url.contains("/launch/")),
    );
    let mut apps: Vec<_> = ours.map(|app| (app.label.clone(), app.users.len())).collect();
    apps.sort();
    apps
}

/// R8, L3. When the first process dies, Okta has made an app for each tile that it was at, and no answer has come back.
#[tokio::test]
async fn a_process_that_is_killed_in_its_work_leaves_it_to_the_other() {
    let test = TestApp::start().await;
    if !test.app.db.is_postgres() {
        return;
    }
    let ada = test.member("Ada", User).in_okta().await;
    let mut accounts = Vec::new();
    for n in 0..=ACCOUNTS {
        let account = test.account(&test.owner, &format!("Account {n}"), "App").await;
        test.share(account, &ada, Collaborator).await;
        accounts.push(account);
    }
    test.turn_on().await;
    let owner = test.owner.id;
    let key = test.write(move |tx, by| Box::pin(keytile::apikeys::add(tx, by, owner))).await;
    let key = key.expose();
    let db = test.app.db.clone();
    let hearing = tokio::spawn(async move { db.listen().await });

    // Whoever is alone holds the lease.
    let first = ServerProcess::start(&test).await;
    extend(&first, accounts[ACCOUNTS], key).await;
    until_synced(&test, accounts[ACCOUNTS]).await;
    let second = ServerProcess::start(&test).await;
    for _ in 0..LANES {
        let hours = SignedDuration::from_hours(9);
        let silence = Outcome::Play(Trick::Latency { wait: hours, after_the_work: true });
        test.okta.sim.add_fault(Fault::new("POST", "/api/v1/apps", silence));
    }
    let mut changes = test.okta.sim.subscribe();
    for pair in accounts[..ACCOUNTS].chunks(2) {
        extend(&first, pair[0], key).await;
        extend(&second, pair[1], key).await;
    }
    for _ in 0..LANES {
        while !matches!(changes.recv().await.unwrap(), Change::AppCreated { .. }) {}
    }
    first.kill().await;
    end_the_lease(&test).await;

    for account in &accounts {
        until_synced(&test, *account).await;
    }
    let wanted: Vec<_> = (0..=ACCOUNTS).map(|n| (format!("Account {n} - App"), 1)).collect();
    assert_eq!(apps(&test), wanted, "each exactly once, and seen by Ada");
    hearing.abort();
}
