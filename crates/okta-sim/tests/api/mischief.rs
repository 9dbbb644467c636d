//! Misbehaviour by chance, through the door without a network: what a client meets, what was done
//! all the same, and that a seed repeats it.

#[path = "mischief/answers.rs"]
mod answers;
#[path = "mischief/lags.rs"]
mod lags;
#[path = "mischief/lists.rs"]
mod lists;

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use okta_sim::{Door, Fault, Lost, Mischief, Outcome, Reply, Sim, SimConfig, Trick, VirtualClock};
use serde_json::{Value, json};

use super::bookmark;
use crate::common::{BASE_URL, START, TOKEN};

/// Odds of a trick that always strikes.
const ALWAYS: u32 = 1000;

/// An org whose time the test moves, and a door to it.
struct World {
    sim: Sim,
    clock: VirtualClock,
    door: Door,
}

impl World {
    fn new() -> Self {
        let clock = VirtualClock::starting_at(Timestamp::from_second(START).unwrap());
        let sim = Sim::new(SimConfig::on_virtual_clock(BASE_URL, TOKEN, &clock));
        let door = sim.door();
        Self { sim, clock, door }
    }

    fn with(mischief: Mischief) -> Self {
        let world = Self::new();
        world.sim.set_mischief(mischief, 7);
        world
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Result<Reply, Lost> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("SSWS {TOKEN}"))
            .body(body.into())
            .unwrap();
        self.door.call(request).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Value::Null).await.expect("an answer")
    }

    async fn create(&self, label: &str) -> Result<Reply, Lost> {
        self.call(Method::POST, "/api/v1/apps", bookmark(label)).await
    }

    async fn created(&self, label: &str) -> String {
        let reply = self.create(label).await.expect("an answer");
        json_of(&reply)["id"].as_str().expect("an app").to_owned()
    }

    /// The org behaves from now on.
    fn calm_down(&self) {
        self.sim.set_mischief(Mischief::none(), 0);
    }

    fn apps(&self) -> usize {
        self.sim.org().apps.len()
    }

    fn tricks(&self) -> Vec<Trick> {
        self.sim.strikes().into_iter().map(|strike| strike.trick).collect()
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

fn ids(reply: &Reply) -> Vec<String> {
    let list = json_of(reply);
    list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn next_of(reply: &Reply) -> Option<String> {
    let mut links = reply.headers.get_all("link").iter().map(|link| link.to_str().unwrap());
    let next = links.find(|link| link.ends_with("rel=\"next\""))?;
    Some(next.split_once(BASE_URL)?.1.split_once('>')?.0.to_owned())
}

/// A client that tries everything once and gives up on nothing; what it met, in words.
async fn story(seed: u64) -> Vec<String> {
    let world = World::new();
    world.sim.set_mischief(Mischief::everything(), seed);
    let mut met = Vec::new();
    let mut app = "0oaUnknown".to_owned();
    for round in 0..12 {
        let created = world.create(&format!("App {round}")).await;
        if let Ok(reply) = &created
            && let Some(id) = json_of(reply)["id"].as_str()
        {
            id.clone_into(&mut app);
        }
        met.push(format!("{created:?}"));
        for (method, path) in [
            (Method::GET, format!("/api/v1/apps/{app}")),
            (Method::GET, "/api/v1/apps?limit=2".to_owned()),
            (Method::POST, format!("/api/v1/apps/{app}/lifecycle/deactivate")),
            (Method::DELETE, format!("/api/v1/apps/{app}")),
            (Method::GET, "/api/v1/logs".to_owned()),
        ] {
            met.push(format!("{:?}", world.call(method, &path, Value::Null).await));
        }
    }
    met.extend(world.sim.strikes().iter().map(ToString::to_string));
    met
}

/// 3.5: a failure prints its seed, and the seed replays it exactly.
#[tokio::test]
async fn the_same_seed_tells_the_same_story_to_the_last_byte() {
    for seed in 0..8 {
        assert_eq!(story(seed).await, story(seed).await, "seed {seed}");
    }
    assert_ne!(story(1).await, story(2).await);
}

#[tokio::test]
async fn what_struck_is_recorded_with_the_call() {
    let world = World::with(Mischief { html: ALWAYS, ..Mischief::none() });
    world.get("/api/v1/org").await;
    assert_eq!(world.sim.traffic()[0].struck, Some(Trick::Html));
    let strike = &world.sim.strikes()[0];
    assert_eq!((strike.method.as_str(), strike.path.as_str()), ("GET", "/api/v1/org"));
    assert_eq!(serde_json::to_value(strike).unwrap()["trick"], json!("html"));
    world.sim.clear_strikes();
    assert!(world.tricks().is_empty());
}

#[tokio::test]
async fn any_trick_can_be_played_once_on_purpose() {
    let world = World::new();
    let wait = SignedDuration::from_secs(40);
    let slow = Trick::Latency { wait, after_the_work: true };
    world.sim.add_fault(Fault::new("POST", "/api/v1/apps", Outcome::Play(slow.clone())));
    assert_eq!(world.create("Wiki").await.expect("an answer").took, wait);
    assert_eq!(world.tricks(), [slow]);
    assert_eq!(world.create("Wiki").await.expect("an answer").took, SignedDuration::ZERO);
}
