//! Processes of the real program that are killed at random moments under load (R1, R8): what was answered is stored (L1),
//! and Okta comes to what is stored, with one app for each account (L2, L3) and nobody else's touched (L4).
//!
//! A moment is a change in the simulated org: which one is drawn from a seed, and what the processes are at just then is
//! theirs. On PostgreSQL there are two replicas, on SQLite there is one process.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use http::Method;
use jiff::SignedDuration;
use model::share::ItemRole::Collaborator;
use model::{AccountId, MemberId};
use okta_sim::org::NewApp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{follow_for, shown, worker};
use crate::support::{Person, ServerProcess, TestApp, User, call};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;
/// How often a process is killed.
const ROUNDS: usize = 8;
const ACCOUNTS: usize = 6;
/// What is done to each account in one round.
const ACTS: usize = 6;

/// What an account may be like, by the answers that came: one value each, and two where an answer did not come.
#[derive(Clone)]
struct Known {
    id: AccountId,
    rng: StdRng,
    names: BTreeSet<String>,
    is_extended: BTreeSet<bool>,
    is_shared: Vec<(MemberId, BTreeSet<bool>)>,
}

impl Known {
    /// Does things to the account, each at one of the servers, one after the other.
    async fn act(mut self, servers: Vec<SocketAddr>, key: String) -> Self {
        for _ in 0..ACTS {
            let server = servers[self.rng.random_range(0..servers.len())];
            let caller = Caller { server, key: &key };
            match self.rng.random_range(0..5) {
                0 => self.rename(&caller).await,
                1 => self.set_tile(&caller, true).await,
                2 if self.rng.random_ratio(1, 3) => self.set_tile(&caller, false).await,
                choice => self.set_share(&caller, choice != 3).await,
            }
        }
        self
    }

    async fn rename(&mut self, caller: &Caller<'_>) {
        let name = format!("Account {}", self.rng.random_range(0..1_000_000));
        let path = format!("/api/v1/accounts/{}", self.id);
        let answer = caller.call(Method::PATCH, &path, &json!({ "name": name })).await;
        learn(&mut self.names, name, answer.is_some());
    }

    async fn set_tile(&mut self, caller: &Caller<'_>, is_wanted: bool) {
        let path = format!("/api/v1/accounts/{}/tile", self.id);
        let method = if is_wanted { Method::POST } else { Method::DELETE };
        // Where it is so already the answer says that, which is as good.
        let answer = caller.call(method, &path, &Value::Null).await;
        learn(&mut self.is_extended, is_wanted, answer.is_some());
    }

    async fn set_share(&mut self, caller: &Caller<'_>, is_wanted: bool) {
        let index = self.rng.random_range(0..self.is_shared.len());
        let (member, known) = &mut self.is_shared[index];
        let path = format!("/api/v1/shares?account_id={}", self.id);
        let Some(shares) = caller.call(Method::GET, &path, &Value::Null).await else { return };
        let shares = shares["items"].as_array().unwrap();
        let share = shares.iter().find(|share| share["member_id"] == member.to_string());
        let answer = match share {
            Some(share) if !is_wanted => {
                let path = format!("/api/v1/shares/{}", share["id"].as_str().unwrap());
                caller.call(Method::DELETE, &path, &Value::Null).await
            }
            None if is_wanted => {
                let share =
                    json!({ "account_id": self.id, "member_id": member, "role": "collaborator" });
                caller.call(Method::POST, "/api/v1/shares", &share).await
            }
            Some(_) | None => Some(Value::Null),
        };
        learn(known, is_wanted, answer.is_some());
    }
}

fn learn<T: Ord>(known: &mut BTreeSet<T>, value: T, is_sure: bool) {
    if is_sure {
        known.clear();
    }
    known.insert(value);
}

struct Caller<'a> {
    server: SocketAddr,
    key: &'a str,
}

impl Caller<'_> {
    /// The answer, where one came.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Option<Value> {
        let (status, answer) =
            call(self.server, self.key, method.clone(), path, body).await.ok()?;
        assert!(status < 500, "{method} {path}: {status} {answer}");
        Some(answer)
    }
}

/// Kills one of the servers after so many changes in the org, at the latest when everything was asked.
async fn kill_amid(
    test: &TestApp,
    servers: &mut Vec<ServerProcess>,
    accounts: Vec<Known>,
    key: &str,
    rng: &mut StdRng,
) -> Vec<Known> {
    let mut changes = test.okta.sim.subscribe();
    let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
    let mut load = JoinSet::new();
    for account in accounts {
        load.spawn(account.act(addresses.clone(), key.to_owned()));
    }
    let doomed = servers.swap_remove(rng.random_range(0..servers.len()));
    let mut left = rng.random_range(1..=20);
    let mut done = Vec::new();
    while left > 0 && done.len() < ACCOUNTS {
        tokio::select! {
            Some(account) = load.join_next() => done.push(account.unwrap()),
            _ = changes.recv() => left -= 1,
        }
    }
    doomed.kill().await;
    done.extend(load.join_all().await);
    done
}

/// What is stored of the account: its name, whether it is extended, and with whom it is shared.
async fn stored(test: &TestApp, account: &Known) -> (String, bool, BTreeSet<MemberId>) {
    let mut client = test.api_as(&test.owner).await;
    let id = account.id;
    let name = client.get(&format!("/api/v1/accounts/{id}")).await.json()["name"].clone();
    let tile = client.get(&format!("/api/v1/accounts/{id}/tile")).await;
    let shares = client.get(&format!("/api/v1/shares?account_id={id}")).await.json();
    let shares = shares["items"].as_array().unwrap().iter();
    let members = shares.filter_map(|share| share["member_id"].as_str()?.parse().ok());
    let is_extended = tile.status.is_success() && tile.json()["extended_at"].is_string();
    (name.as_str().unwrap().to_owned(), is_extended, members.collect())
}

async fn world(test: &TestApp, people: &[Person], seed: u64) -> Vec<Known> {
    let mut accounts = Vec::new();
    for n in 0..ACCOUNTS {
        let name = format!("Account {n}");
        let id = test.account(&test.owner, &name, "App").await;
        test.share(id, &people[0], Collaborator).await;
        let mut is_shared: Vec<_> =
            people.iter().map(|person| (person.id, BTreeSet::from([false]))).collect();
        is_shared[0].1 = BTreeSet::from([true]);
        accounts.push(Known {
            id,
            rng: StdRng::seed_from_u64(100 * seed + n as u64),
            names: BTreeSet::from([name]),
            is_extended: BTreeSet::from([false]),
            is_shared,
        });
    }
    accounts
}

#[tokio::test]
async fn processes_that_are_killed_at_random_moments_lose_and_double_nothing() {
    for seed in SEEDS {
        live_through(seed).await;
    }
}

async fn live_through(seed: u64) {
    let test = TestApp::start().await;
    let mut people = Vec::new();
    for name in ["Ada", "Bob", "Cleo", "Dan"] {
        people.push(test.member(name, User).in_okta().await);
    }
    let mut accounts = world(&test, &people, seed).await;
    test.turn_on().await;
    let foreign = NewApp::bookmark("Intranet", "https://intranet.example.com/");
    let foreign = test.okta.sim.org().create_app(foreign, true).unwrap();
    let was = format!("{:?}", test.okta.sim.org().apps[&foreign]);
    let owner = test.owner.id;
    let key = test.write(move |tx, by| Box::pin(keytile::apikeys::add(tx, by, owner))).await;
    let replicas = if test.app.db.is_postgres() { 2 } else { 1 };

    let mut rng = StdRng::seed_from_u64(seed);
    let mut servers = Vec::new();
    for _ in 0..ROUNDS {
        while servers.len() < replicas {
            servers.push(ServerProcess::start(&test).await);
        }
        accounts = kill_amid(&test, &mut servers, accounts, key.expose(), &mut rng).await;
        // A minute after its holder died a lease is over; the others do not wait for it here.
        test.tamper("UPDATE portal SET lease_until = lease_until - 60000", Vec::new()).await;
    }
    for server in servers {
        server.kill().await;
    }

    // Where their clock stood the test's goes on.
    let stood_at = test.count("SELECT lease_until AS n FROM portal").await + 60_000;
    test.advance_millis(stood_at - test.now().as_millisecond());
    follow_for(&test, &worker(&test).await, SignedDuration::from_hours(1)).await;

    let mut wanted = Vec::new();
    for account in &accounts {
        let (name, is_extended, members) = stored(&test, account).await;
        assert!(account.names.contains(&name), "{name} of {:?}", account.names);
        assert!(account.is_extended.contains(&is_extended), "{name}: {is_extended}");
        for (member, known) in &account.is_shared {
            assert!(known.contains(&members.contains(member)), "{name}: {member}");
        }
        if is_extended {
            let sees = people.iter().filter(|person| members.contains(&person.id));
            let logins: Vec<String> = sees.map(|person| person.email.clone()).collect();
            wanted.push((format!("{name} - App"), true, logins));
        }
    }
    wanted.sort();
    let mut apps = shown(&test);
    apps.sort();
    assert_eq!(apps, wanted, "each exactly once, for exactly whom it is shared with");
    assert_eq!(format!("{:?}", test.okta.sim.org().apps[&foreign]), was);
    let touched = |call: &okta_sim::Exchange| call.path.contains(&foreign);
    assert!(!test.okta.sim.traffic().iter().any(touched));
}
