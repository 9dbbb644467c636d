//! The running simulation: one org, its configuration, and everybody who listens to it. Cheap to
//! clone; all clones are the same org.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, broadcast};

use crate::deliver::{DeliveryChance, DeliveryOdds, Luck};
use crate::faults::Fault;
use crate::interference::Interfered;
use crate::keys::SigningKey;
use crate::limits::{Limits, Standing, Windows};
use crate::mischief::{Mischief, Strike, Trick, Trickster};
use crate::org::{Actor, Change, Clock, NewUser, Org, OrgSettings};
use crate::traffic::Exchange;
use crate::virtual_clock::VirtualClock;

/// How many changes a slow listener may lag behind before it has to look at everything again.
const CHANGES_KEPT: usize = 4096;

/// How a simulation starts.
pub struct SimConfig {
    /// Scheme and host under which clients reach it: it stands in links and cursors.
    pub base_url: String,
    pub company_name: String,
    /// Values of API tokens; all belong to one admin who is made with the org.
    pub tokens: Vec<String>,
    pub admin_login: String,
    pub admin_password: String,
    pub limits: Limits,
    pub clock: Clock,
    /// The clock behind `clock`, where the simulation may move it: a call that takes its time
    /// then takes the org's time and nobody else's.
    pub virtual_clock: Option<VirtualClock>,
    pub seed: u64,
    pub settings: OrgSettings,
}

impl SimConfig {
    /// A plain org for tests and demos: token `token`, no rate limits, an admin
    /// `admin@example.com` with the password `admin`.
    pub fn new(base_url: &str, token: &str, clock: Clock) -> Self {
        Self {
            base_url: base_url.to_owned(),
            company_name: "Example".to_owned(),
            tokens: vec![token.to_owned()],
            admin_login: "admin@example.com".to_owned(),
            admin_password: "admin".to_owned(),
            limits: Limits::None,
            clock,
            virtual_clock: None,
            seed: 1,
            settings: OrgSettings::default(),
        }
    }

    /// As [`SimConfig::new`], on a clock that the simulation may move.
    pub fn on_virtual_clock(base_url: &str, token: &str, clock: &VirtualClock) -> Self {
        let virtual_clock = Some(clock.clone());
        Self { virtual_clock, ..Self::new(base_url, token, clock.reader()) }
    }
}

/// A simulated Okta org.
#[derive(Clone)]
pub struct Sim {
    shared: Arc<Shared>,
}

struct Shared {
    org: Mutex<Org>,
    changes: broadcast::Sender<Change>,
    traffic: Mutex<Vec<Exchange>>,
    faults: Mutex<Vec<Fault>>,
    windows: Mutex<Windows>,
    limits: Limits,
    clock: Clock,
    virtual_clock: Option<VirtualClock>,
    admin: String,
    trickster: Mutex<Trickster>,
    strikes: Mutex<Vec<Strike>>,
    interferences: Mutex<Vec<Interfered>>,
    /// Made when it is first needed: most tests need none.
    key: OnceLock<SigningKey>,
    http: OnceLock<reqwest::Client>,
    to_tell: Notify,
    delivering: tokio::sync::Mutex<()>,
    delivery_chance: Mutex<DeliveryChance>,
}

impl Sim {
    /// Sets up an org with its admin and tokens.
    ///
    /// # Panics
    /// When the admin's login is not an email address.
    pub fn new(config: SimConfig) -> Self {
        let SimConfig { base_url, company_name, clock, seed, settings, .. } = config;
        let mut org = Org::new(&company_name, &base_url, clock.clone(), seed, settings);
        let admin = NewUser::person(&config.admin_login, "Ada", "Admin", &config.admin_password);
        let admin = org.create_user(admin).expect("the admin's login is an email address");
        for (index, value) in config.tokens.iter().enumerate() {
            org.add_token(&format!("token {}", index + 1), value, &admin);
        }
        org.take_changes();
        let shared = Shared {
            org: Mutex::new(org),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            traffic: Mutex::default(),
            faults: Mutex::default(),
            windows: Mutex::default(),
            limits: config.limits,
            clock,
            virtual_clock: config.virtual_clock,
            admin,
            trickster: Mutex::new(Trickster::new(Mischief::none(), 0)),
            strikes: Mutex::default(),
            interferences: Mutex::default(),
            key: OnceLock::new(),
            http: OnceLock::new(),
            to_tell: Notify::new(),
            delivering: tokio::sync::Mutex::default(),
            delivery_chance: Mutex::new(DeliveryChance::new(DeliveryOdds::default(), 0)),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Everything that the org serves.
    pub fn router(&self) -> axum::Router {
        self.router_with(crate::people::People::new(self.clone()))
    }

    /// Everything that the org serves, with the people's pages set up by the caller.
    pub fn router_with(&self, people: crate::people::People) -> axum::Router {
        crate::api::router(self.clone()).merge(people.into_router())
    }

    /// The org, locked. What was changed is announced when the guard is dropped. Do not hold it
    /// across an `await`.
    pub fn org(&self) -> OrgGuard<'_> {
        OrgGuard { org: lock(&self.shared.org), shared: &self.shared }
    }

    /// As [`Sim::org`], with this actor behind everything that is done with the guard.
    pub fn org_as(&self, actor: Actor) -> OrgGuard<'_> {
        let mut org = self.org();
        org.act_as(actor);
        org
    }

    /// Changes from now on. A lagging receiver should look at the whole org again.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.shared.changes.subscribe()
    }

    /// Every request that the management API answered so far, oldest first.
    pub fn traffic(&self) -> Vec<Exchange> {
        lock(&self.shared.traffic).clone()
    }

    /// Forgets the recorded requests.
    pub fn clear_traffic(&self) {
        lock(&self.shared.traffic).clear();
    }

    /// Scripts a fault for the next request that it matches.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).push(fault);
    }

    /// Scripted faults that nothing has met yet.
    pub fn pending_faults(&self) -> usize {
        lock(&self.shared.faults).len()
    }

    /// Lets the org misbehave by chance from now on. The same seed and the same calls in the same
    /// order give the same tricks.
    pub fn set_mischief(&self, mischief: Mischief, seed: u64) {
        let mut trickster = Trickster::new(mischief, seed);
        self.org().lag_log(trickster.log_lag());
        *lock(&self.shared.trickster) = trickster;
    }

    /// Every trick that struck so far, oldest first.
    pub fn strikes(&self) -> Vec<Strike> {
        lock(&self.shared.strikes).clone()
    }

    /// Forgets the tricks that struck.
    pub fn clear_strikes(&self) {
        lock(&self.shared.strikes).clear();
    }

    /// Everything that an admin did beside the clients so far, oldest first.
    pub fn interferences(&self) -> Vec<Interfered> {
        lock(&self.shared.interferences).clone()
    }

    pub(crate) fn remember(&self, done: Interfered) {
        lock(&self.shared.interferences).push(done);
    }

    /// Lets deliveries to event hooks go astray by chance from now on.
    pub fn set_delivery_odds(&self, odds: DeliveryOdds, seed: u64) {
        *lock(&self.shared.delivery_chance) = DeliveryChance::new(odds, seed);
    }

    pub(crate) fn delivery_luck(&self) -> Luck {
        lock(&self.shared.delivery_chance).draw()
    }

    /// Returns when the org has something to tell others, at once if it has had since the last call.
    pub(crate) async fn something_to_tell(&self) {
        self.shared.to_tell.notified().await;
    }

    /// Two couriers must not overtake each other.
    pub(crate) async fn turn_to_deliver(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.shared.delivering.lock().await
    }

    /// The key that signs what the org says.
    pub(crate) fn key(&self) -> &SigningKey {
        self.shared.key.get_or_init(|| {
            SigningKey::generate().expect("a 2048-bit key can be made wherever TLS works")
        })
    }

    /// The connections to whom the org tells things, kept open between calls.
    pub(crate) fn http(&self) -> &reqwest::Client {
        self.shared.http.get_or_init(http)
    }

    /// The clock that the simulation may move, where it was given one.
    pub fn virtual_clock(&self) -> Option<&VirtualClock> {
        self.shared.virtual_clock.as_ref()
    }

    /// The simulation's instant now.
    pub fn now(&self) -> jiff::Timestamp {
        (self.shared.clock)()
    }

    /// The id of the admin who was made with the org.
    pub fn admin(&self) -> &str {
        &self.shared.admin
    }

    /// Counts a request against the limits of a token or a service app.
    pub(crate) fn count(&self, principal: &str, method: &Method, path: &str) -> Standing {
        let (limits, now) = (self.shared.limits, self.now());
        lock(&self.shared.windows).count(limits, principal, method.as_str(), path, now)
    }

    /// Uses up the org's limit for calls like this one.
    pub(crate) fn close_bucket(&self, method: &Method, path: &str, after: SignedDuration) {
        let until = self.now() + after;
        lock(&self.shared.windows).close(method.as_str(), path, until);
    }

    pub(crate) fn trickster(&self) -> MutexGuard<'_, Trickster> {
        lock(&self.shared.trickster)
    }

    pub(crate) fn strike(&self, at: Timestamp, method: &str, path: &str, trick: Trick) {
        let (method, path) = (method.to_owned(), path.to_owned());
        lock(&self.shared.strikes).push(Strike { at, method, path, trick });
    }

    /// Lets time pass: the org's where it may be moved, everybody's where it may not.
    pub(crate) async fn wait(&self, time: SignedDuration) {
        match &self.shared.virtual_clock {
            Some(clock) => clock.advance(time),
            None => tokio::time::sleep(time.unsigned_abs()).await,
        }
    }

    pub(crate) fn take_fault(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = lock(&self.shared.faults);
        let index = faults.iter().position(|fault| fault.matches(method, path))?;
        Some(faults.remove(index))
    }

    pub(crate) fn record(&self, exchange: Exchange) {
        lock(&self.shared.traffic).push(exchange);
    }
}

/// The locked org; see [`Sim::org`].
pub struct OrgGuard<'a> {
    org: MutexGuard<'a, Org>,
    shared: &'a Shared,
}

impl Deref for OrgGuard<'_> {
    type Target = Org;

    fn deref(&self) -> &Org {
        &self.org
    }
}

impl DerefMut for OrgGuard<'_> {
    fn deref_mut(&mut self) -> &mut Org {
        &mut self.org
    }
}

impl Drop for OrgGuard<'_> {
    fn drop(&mut self) {
        self.org.act_as(Actor::Okta);
        let at = self.org.now();
        for (event_type, until) in self.org.take_late_events() {
            let (method, path) = ("GET".to_owned(), "/api/v1/logs".to_owned());
            let trick = Trick::LateEvent { event_type: event_type.to_owned(), until };
            lock(&self.shared.strikes).push(Strike { at, method, path, trick });
        }
        if self.org.has_outgoing() {
            self.shared.to_tell.notify_one();
        }
        for change in self.org.take_changes() {
            // Nobody listening is fine.
            let _ = self.shared.changes.send(change);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the guarded client is the product's; the simulated org has to reach it on localhost"
)]
fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent("Okta")
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("no TLS settings of ours that could be refused")
}

// A test that panicked while it held the lock must not hide its message behind a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves an org, or any router, until `shutdown` is done.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: axum::Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        let _ = stop.send(true);
    });
    let patience = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        // An open dashboard listens for as long as it is open.
        () = patience => Ok(()),
    }
}
