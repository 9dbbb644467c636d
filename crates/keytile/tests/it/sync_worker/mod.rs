//! The worker against a simulated Okta: what people do here is what they see there. Turns are taken by hand, and time
//! passes only while the worker has nothing to do.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail as the tests do")]

mod again;
mod audience;
mod audit;
mod away;
mod broken;
mod crash;
mod credentials;
mod driver;
mod found;
mod front_door;
mod hands_off;
mod killed;
mod logos;
mod noted;
mod once;
mod over_api;
mod pace;
mod poison;
mod preview;
mod propagation;
mod safety;
mod storm;
mod strays;
mod told;

use jiff::SignedDuration;
use keytile::settings;
use keytile::sync::worker::{Holder, Turn, Worker, recorder};
use keytile::sync::{self, store};
use keytile::{App, values};
use model::AccountId;
use okta_sim::org::{AppKind, AppStatus};
use okta_sim::{Fault, Outcome};
use portal::okta::OktaPortal;

use crate::support::{Person, TestApp};

/// A worker of the only portal; an older one is refused from now on.
pub async fn worker(test: &TestApp) -> Worker<OktaPortal> {
    worker_of(test, &test.app).await
}

/// As [`worker`], in another process.
async fn worker_of(test: &TestApp, app: &App) -> Worker<OktaPortal> {
    let mut tx = app.db.read().await.unwrap();
    let row = store::portal(&mut tx, test.workspace).await.unwrap().expect("a portal");
    let portal = settings::open_portal(app, &mut tx, &row).await.unwrap().with_recorder(recorder());
    drop(tx);
    // On PostgreSQL a lease lasts by the server's clock, which no test moves.
    test.tamper("UPDATE portal SET lease_until = 0", Vec::new()).await;
    Worker::take_over(app, row, portal, &Holder::new(app)).await.unwrap().expect("the lease")
}

/// Takes turns until everything is as it should be, for at most a quarter of an hour of the test's time.
pub async fn follow(test: &TestApp, worker: &Worker<OktaPortal>) -> Turn {
    follow_for(test, worker, SignedDuration::from_mins(15)).await
}

async fn follow_for(test: &TestApp, worker: &Worker<OktaPortal>, patience: SignedDuration) -> Turn {
    let deadline = test.now() + patience;
    for _ in 0..5_000 {
        match worker.turn().await.expect("the database answers") {
            Turn::Did(_) | Turn::Audited => {}
            Turn::Wait(Some(until)) if until <= deadline => {
                let left = until.duration_since(test.now()).as_millis();
                test.advance_millis(i64::try_from(left).unwrap().max(1));
            }
            end => return end,
        }
    }
    panic!("the worker never comes to rest");
}

/// One of our apps, as an Okta admin sees it: label, whether it is shown, and the logins that it is assigned to.
pub type Shown = (String, bool, Vec<String>);

/// All apps that lead to us.
pub fn shown(test: &TestApp) -> Vec<Shown> {
    let org = test.okta.sim.org();
    let ours = org.apps.values().filter(
        |app| matches!(&app.kind, AppKind::Bookmark { url, .. } if url.contains("/launch/")),
    );
    ours.map(|app| {
        let mut logins: Vec<String> = app
            .users
            .keys()
            .map(|id| org.users[id].profile["login"].as_str().unwrap_or_default().to_owned())
            .collect();
        logins.sort();
        (app.label.clone(), app.status == AppStatus::Active, logins)
    })
    .collect()
}

/// The Okta id of the only app of ours.
fn only_app(test: &TestApp) -> String {
    let org = test.okta.sim.org();
    let mut ours = org.apps.values().filter(
        |app| matches!(&app.kind, AppKind::Bookmark { url, .. } if url.contains("/launch/")),
    );
    let app = ours.next().expect("an app").id.clone();
    assert!(ours.next().is_none(), "there is exactly one");
    app
}

/// What was asked of Okta since the last look: the method, and the path with a star for each id.
fn calls(test: &TestApp) -> Vec<String> {
    let traffic = test.okta.sim.traffic();
    test.okta.sim.clear_traffic();
    traffic
        .iter()
        .map(|call| {
            let path: Vec<&str> = call
                .path
                .split('/')
                .map(
                    |part| {
                        if part.starts_with("0o") || part.starts_with("00u") { "*" } else { part }
                    },
                )
                .collect();
            format!("{} {}", call.method, path.join("/").trim_start_matches("/api/v1"))
        })
        .collect()
}

/// As [`calls`], of those that change something.
pub fn writes(test: &TestApp) -> Vec<String> {
    calls(test).into_iter().filter(|call| !call.starts_with("GET")).collect()
}

fn fault(test: &TestApp, method: &str, path: &str, outcome: Outcome) {
    test.okta.sim.add_fault(Fault::new(method, path, outcome));
}

fn answer(status: u16, content_type: &str, body: &str) -> Outcome {
    Outcome::Answer { status, content_type: content_type.into(), body: body.into() }
}

/// The only tile's row.
async fn tile(test: &TestApp, account: AccountId) -> sync::Tile {
    let mut tx = test.app.db.read().await.unwrap();
    store::newest(&mut tx, test.workspace, account).await.unwrap().expect("a tile")
}

async fn progress(test: &TestApp, account: AccountId) -> sync::Progress {
    let owner = test.actor(&test.owner).await;
    sync::status(&test.app, &owner, account).await.unwrap().expect("a tile").progress
}

/// A world with an extended account that Ada and Bob see, synced, and its worker.
struct World {
    test: TestApp,
    worker: Worker<OktaPortal>,
    account: AccountId,
    ada: Person,
    bob: Person,
}

impl World {
    async fn start() -> Self {
        let test = TestApp::start().await;
        let ada = test.member("Ada", crate::support::User).in_okta().await;
        let bob = test.member("Bob", crate::support::User).in_okta().await;
        let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
        test.share(account, &ada, model::share::ItemRole::Collaborator).await;
        test.share(account, &bob, model::share::ItemRole::Owner).await;
        test.turn_on().await;
        test.extend(&test.owner, account).await;
        let worker = worker(&test).await;
        Self { test, worker, account, ada, bob }
    }

    async fn synced() -> Self {
        let world = Self::start().await;
        world.follow().await;
        calls(&world.test);
        world
    }

    async fn follow(&self) {
        assert_eq!(follow(&self.test, &self.worker).await, Turn::Idle);
    }

    async fn owner(&self) -> model::access::Actor {
        self.test.actor(&self.test.owner).await
    }

    /// Who sees the only tile, by login without the domain.
    fn viewers(&self) -> Vec<String> {
        let shown = shown(&self.test);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].1, "the tile is shown");
        shown[0].2.iter().map(|login| login.trim_end_matches("@example.com").to_owned()).collect()
    }

    fn label(&self) -> String {
        shown(&self.test)[0].0.clone()
    }

    async fn tile(&self) -> sync::Tile {
        tile(&self.test, self.account).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.test.count_of(sql, values![]).await
    }
}
