//! What the tests over HTTP share: a clock that a test turns, and a client whose every request is
//! held to the allow list (T1).

use jiff::Timestamp;
use portal::guard::{Guard, Policy};
use portal::okta::allow::allowed;
use portal::okta::{Exchange, OktaPortal};
use portal::{AppId, Applied, Error, Portal, Priority, Reserve, Step, TileRef};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

pub const URL: &str = "https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL";

/// A clock that stands until a test turns it.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000)))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).expect("a valid instant")
    }

    pub fn turn_to(&self, instant: Timestamp) {
        self.0.store(instant.as_second() + 1, Ordering::SeqCst);
    }
}

/// A client at a server of this machine, and what it sent.
pub struct TestPortal {
    pub portal: OktaPortal,
    pub clock: TestClock,
    sent: Arc<Mutex<Vec<Exchange>>>,
}

impl TestPortal {
    pub fn new(address: SocketAddr, token: &str, org_id: Option<&str>, clock: TestClock) -> Self {
        let guard = Guard::new(Policy {
            allowed_insecure_hosts: ["127.0.0.1".to_owned()].into(),
            ..Policy::default()
        });
        let domain = guard.domain(&format!("http://{address}")).expect("a host of this machine");
        let sent: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let record = Arc::clone(&sent);
        let org_id = org_id.map(str::to_owned);
        let portal = OktaPortal::new(&guard, &domain, token.to_owned(), org_id)
            .expect("the guard allows it")
            .with_recorder(Arc::new(move |exchange| {
                assert_eq!(allowed(exchange), Ok(()), "T1");
                record.lock().expect("no test panics while it records").push(exchange.clone());
            }));
        Self { portal, clock, sent }
    }

    pub fn now_fn(&self) -> impl Fn() -> Timestamp + Send + Sync + use<> {
        let clock = self.clock.clone();
        move || clock.now()
    }

    /// Does a step when there is room; the clock is turned where it has to wait.
    pub async fn apply(&self, app: Option<&AppId>, step: Step) -> Result<Applied, Error> {
        let ticket = loop {
            match self.portal.reserve(&step, Priority::Person, self.clock.now()) {
                Reserve::Now(ticket) => break ticket,
                Reserve::At(until) => self.clock.turn_to(until),
            }
        };
        let tile = TileRef { app, url: URL };
        self.portal.apply(ticket, tile, &step, &self.now_fn()).await
    }

    /// Requests so far as `METHOD path status`, and forgets them.
    pub fn take_sent(&self) -> Vec<String> {
        let sent = std::mem::take(&mut *self.sent.lock().expect("no test panics while it records"));
        sent.iter()
            .map(|exchange| {
                let status = exchange.status.map_or("-".to_owned(), |status| status.to_string());
                format!("{} {} {status}", exchange.method, exchange.path)
            })
            .collect()
    }

    /// How many of the requests since the last look were writes.
    pub fn writes(&self) -> usize {
        self.take_sent().iter().filter(|line| !line.starts_with("GET ")).count()
    }
}
