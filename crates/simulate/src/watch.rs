//! What is watched on the line: every request has an allowed shape (T1), nothing is written to an app that is not ours
//! (L4), each destructive call follows a look (T2), and nobody is assigned to an app that is not on record (L3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Request;
use keytile::App;
use keytile::values;
use okta_sim::Sim;
use okta_sim::org::{App as OrgApp, AppKind};
use portal::okta::Exchange;
use portal::okta::allow::allowed;
use serde_json::Value;

use crate::stage::Stage;

/// As many calls as lanes may be under way when a token is refused, and again after a restart of extending.
const REFUSALS: u32 = 8;

/// Where our launch URLs begin.
pub const LAUNCHES: &str = "https://keytile.example/launch/";

/// A request on its way.
pub struct Call {
    worker: usize,
    method: String,
    path: String,
    body: Option<Value>,
}

impl Call {
    /// What the worker with this number is about to send.
    pub fn read(worker: usize, request: &Request<Vec<u8>>) -> Self {
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let body = serde_json::from_slice(request.body()).ok();
        Self { worker, method: request.method().to_string(), path, body }
    }

    /// The app that it names, and what follows in the path.
    fn app(&self) -> Option<(&str, &str)> {
        let rest = self.path.strip_prefix("/api/v1/apps/")?;
        Some(rest.split_once('/').unwrap_or((rest, "")))
    }

    fn is_write(&self) -> bool {
        self.method != "GET"
    }

    fn is_assignment(&self) -> bool {
        self.method == "POST" && self.app().is_some_and(|(_, rest)| rest == "users")
    }

    fn is_create(&self) -> bool {
        self.method == "POST" && self.path == "/api/v1/apps"
    }
}

/// Everything that is known about the line.
pub struct Watch {
    stage: Arc<Stage>,
    sim: Sim,
    app: App,
    has_faults: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Apps that a worker has looked at and not written to since, and whether they were ours then.
    looked: BTreeMap<(usize, String), bool>,
    /// Everything at the org that is not ours, as it was left.
    foreign: BTreeMap<String, String>,
    /// Workers whose lease has ended.
    stale: BTreeSet<usize>,
    /// Launch URLs of tiles that somebody else than the worker in charge has touched at the org.
    disturbed: BTreeSet<String>,
    /// How often a worker's token was refused.
    refused: BTreeMap<usize, u32>,
    /// Something was written since the last look.
    is_dirty: bool,
}

impl Watch {
    pub fn new(stage: Arc<Stage>, sim: Sim, app: App) -> Self {
        Self { stage, sim, app, has_faults: AtomicBool::new(false), seen: Mutex::default() }
    }

    pub fn has_faults(&self) -> bool {
        self.has_faults.load(Ordering::Relaxed)
    }

    pub fn set_faults(&self, on: bool) {
        self.has_faults.store(on, Ordering::Relaxed);
    }

    /// A worker's lease has ended: what it still sends disturbs.
    pub fn retire(&self, worker: usize) {
        self.lock().stale.insert(worker);
    }

    /// Somebody else has touched the app with this launch URL.
    pub fn disturb(&self, url: &str) {
        self.lock().disturbed.insert(url.to_owned());
    }

    pub fn disturbed(&self) -> BTreeSet<String> {
        self.lock().disturbed.clone()
    }

    /// A write is under way that an admin's act would cross.
    pub fn is_busy(&self, app: &str) -> bool {
        self.lock().looked.keys().any(|(_, looked)| looked == app)
    }

    /// The org's foreign apps are as they should be now.
    pub fn accept_foreign(&self) {
        self.lock().foreign = foreign(&self.sim);
    }

    /// L4, and whether anything was written at all since the last time.
    pub fn take_dirty(&self) -> bool {
        let is_dirty = std::mem::take(&mut self.lock().is_dirty);
        if is_dirty && foreign(&self.sim) != self.lock().foreign {
            self.stage.violate("L4", "an app that is not ours has changed");
        }
        is_dirty
    }

    /// The client lets go of a request.
    pub async fn sent(&self, call: &Call) {
        let exchange = Exchange {
            method: call.method.clone(),
            path: call.path.clone(),
            status: None,
            request_id: None,
            body_sent: call.body.clone(),
        };
        if let Err(why) = allowed(&exchange) {
            self.stage.violate("T1", why);
        }
        if call.is_assignment() && !self.is_recorded(call).await {
            let what = "somebody is assigned to an app that is not on record";
            self.stage.violate("L3", format!("{what}: {}", call.path));
        }
    }

    /// The org is about to read it.
    pub fn arrived(&self, call: &Call) {
        let Some((app, _)) = call.app() else { return };
        let is_ours = self.sim.org().readable_app(app).ok().map(|app| launch_url(app).is_some());
        // Of an app that is not there nothing can be harmed.
        let Some(is_ours) = is_ours else { return };
        let key = (call.worker, app.to_owned());
        if !call.is_write() {
            self.lock().looked.insert(key, is_ours);
        } else if !call.is_assignment() {
            let looked = self.lock().looked.remove(&key);
            match looked {
                Some(true) => {}
                Some(false) => {
                    self.stage.violate("L4", format!("a foreign app is written to: {call}"));
                }
                None => self.stage.violate("T2", format!("no look came before {call}")),
            }
        }
    }

    /// The org has done with it, whatever comes back.
    pub fn done(&self, call: &Call, status: Option<u16>) {
        if status == Some(401) {
            self.judge_refusal(call.worker);
        }
        let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        self.stage.note(format_args!("w{} {call}: {status}", call.worker));
        if !call.is_write() {
            return;
        }
        self.stage.count(if call.is_create() { "call: create" } else { "call: other write" });
        let url = call.app().and_then(|(app, _)| {
            self.sim.org().apps.get(app).and_then(launch_url).map(str::to_owned)
        });
        let foreign = call.is_assignment().then(|| foreign(&self.sim));
        let mut seen = self.lock();
        seen.is_dirty = true;
        // An assignment needs no look: an admin may have led the app elsewhere since.
        if let Some((app, _)) = call.app()
            && let Some(now) = foreign.as_ref().and_then(|all| all.get(app))
        {
            seen.foreign.insert(app.to_owned(), now.clone());
        }
        if seen.stale.contains(&call.worker) {
            seen.disturbed.extend(url);
        }
    }

    /// R7: a worker whose token is refused goes no further than the calls that are under way.
    fn judge_refusal(&self, worker: usize) {
        let mut seen = self.lock();
        let refused = seen.refused.entry(worker).or_default();
        *refused += 1;
        if *refused > REFUSALS {
            self.stage.violate("R7", format!("a refused token was used {refused} times"));
        }
    }

    /// Whether a live tile has this app on durable record.
    async fn is_recorded(&self, call: &Call) -> bool {
        let Some((app, _)) = call.app() else { return false };
        let query = "SELECT 1 AS found FROM tile WHERE app_id = $1 AND gone_at IS NULL";
        let mut tx = self.app.db.read().await.expect("a reader");
        let row = tx.optional(query, values![app]).await.expect("the database answers");
        // Of a worker whose lease has ended the record may have moved on.
        row.is_some() || self.lock().stale.contains(&call.worker)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match self.body.as_ref().and_then(|body| body["label"].as_str().or(body["id"].as_str())) {
            Some(subject) => write!(f, " {subject:?}"),
            None => Ok(()),
        }
    }
}

/// The launch URL of an app of ours; none where it is somebody else's.
pub fn launch_url(app: &OrgApp) -> Option<&str> {
    match &app.kind {
        AppKind::Bookmark { url, .. } if url.starts_with(LAUNCHES) => Some(url),
        AppKind::Bookmark { .. } | AppKind::Oidc(_) | AppKind::Other { .. } => None,
    }
}

/// Every app that is not ours, in all that we could change about it.
fn foreign(sim: &Sim) -> BTreeMap<String, String> {
    let org = sim.org();
    let foreign = org.apps.values().filter(|app| launch_url(app).is_none());
    foreign
        .map(|app| {
            let people: Vec<&String> = app.users.keys().chain(app.groups.keys()).collect();
            let OrgApp { label, kind, status, notes, .. } = app;
            (app.id.clone(), format!("{label} {kind:?} {status:?} {notes:?} {people:?}"))
        })
        .collect()
}
