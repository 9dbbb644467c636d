//! What is watched on the line: every request has an allowed shape (T1), nothing is written to what is not ours (L4), a
//! look comes before each write that needs one (T2), and nobody is assigned to an app that is not on record (L3).

mod call;
mod foreign;
mod looks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytile::App;
use keytile::values;
use okta_sim::Sim;
use portal::okta::Exchange;
use portal::okta::allow::allowed;

use self::call::{About, Deed};
use self::foreign::{foreign, is_fit, is_pool};
use self::looks::Looks;
use crate::stage::Stage;

pub use self::call::Call;
pub use self::foreign::{LAUNCHES, POOL, is_ours, launch_url};

/// As many calls as lanes may be under way when a token is refused, and again after a restart of extending.
const REFUSALS: u32 = 8;

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
    looks: Looks,
    /// Everything at the org that is not ours, as it was left.
    foreign: BTreeMap<String, String>,
    /// Workers whose lease has ended.
    stale: BTreeSet<usize>,
    /// What they made all the same, after others had looked for it and found nothing.
    made_late: BTreeSet<String>,
    /// Launch URLs of tiles that somebody else than the worker in charge has touched at the org.
    disturbed: BTreeSet<String>,
    /// Groups, in the same way.
    disturbed_groups: BTreeSet<String>,
    /// Launch URLs of apps that an admin deleted under a tile that was settled: a person decides.
    deleted: BTreeSet<String>,
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

    /// Whether a worker made it whose lease had ended.
    pub fn was_made_late(&self, id: &str) -> bool {
        self.lock().made_late.contains(id)
    }

    /// Somebody else has touched the app with this launch URL.
    pub fn disturb(&self, url: &str) {
        self.lock().disturbed.insert(url.to_owned());
    }

    /// Somebody else has touched this group, and with it the tiles that it shows.
    pub fn disturb_group(&self, group: &str) {
        let urls = self.shown_by(group);
        let mut seen = self.lock();
        seen.disturbed.extend(urls);
        seen.disturbed_groups.insert(group.to_owned());
    }

    pub fn disturbed(&self) -> BTreeSet<String> {
        self.lock().disturbed.clone()
    }

    pub fn disturbed_groups(&self) -> BTreeSet<String> {
        self.lock().disturbed_groups.clone()
    }

    /// An admin has deleted the app of a tile that was settled (C11).
    pub fn await_decision(&self, url: &str) {
        self.lock().deleted.insert(url.to_owned());
    }

    /// A person has decided about it, or about something that overrides it.
    pub fn decided(&self, url: &str) {
        self.lock().deleted.remove(url);
    }

    /// The step at which a worker has looked at it, if it may be about to write to it.
    pub fn looked_at(&self, id: &str) -> Option<u64> {
        self.lock().looks.looked_at(id)
    }

    /// The org's foreign apps and groups are as they should be now.
    pub fn accept_foreign(&self) {
        self.lock().foreign = foreign(&self.sim);
    }

    /// L4, and whether anything was written at all since the last time.
    pub fn take_dirty(&self) -> bool {
        let is_dirty = std::mem::take(&mut self.lock().is_dirty);
        if is_dirty {
            let (now, before) = (foreign(&self.sim), self.lock().foreign.clone());
            if now != before {
                let differs = |(id, was): &(&String, &String)| now.get(*id) != Some(was);
                let what = before.iter().find(differs).map_or("something", |(id, _)| id);
                self.stage.violate("L4", format!("what is not ours has changed: {what}"));
            }
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
        if call.deed() == Deed::Give && !self.is_recorded(call).await {
            let what = "somebody gets an app or a group that is not on record";
            self.stage.violate("L3", format!("{what}: {}", call.path));
        }
    }

    /// Whether what the call is about is ours just now; `None` of what is not there.
    fn is_ours(&self, call: &Call) -> Option<bool> {
        match call.about() {
            About::App(app, _) => {
                self.sim.org().readable_app(app).ok().map(|app| launch_url(app).is_some())
            }
            About::Group(group, "apps") => is_fit(&self.sim, group),
            About::Group(group, _) => self.sim.org().groups.get(group).map(is_ours),
            About::Other => None,
        }
    }

    /// The org is about to read it.
    pub fn arrived(&self, call: &Call) {
        // Of what is not there nothing can be harmed.
        if call.deed() == Deed::Read || self.is_ours(call).is_none() {
            return;
        }
        if let Some((promise, what)) = self.lock().looks.judge(call) {
            self.stage.violate(promise, what);
        }
        if let About::Group(group, "") = call.about()
            && call.deed() == Deed::Change
            && self.sim.org().groups.get(group).is_some_and(is_pool)
        {
            self.stage.violate("L4", format!("a group of an admin's is not only filled: {call}"));
        }
    }

    /// The org has done with it, whatever comes back; `made` tells the id of what it made.
    pub fn done(&self, call: &Call, status: Option<u16>, made: impl FnOnce() -> Option<String>) {
        if status == Some(401) {
            self.judge_refusal(call.worker);
        }
        let code = status;
        let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        self.stage.note(format_args!("w{} {call}: {status}", call.worker));
        if call.deed() == Deed::Read {
            if code.is_some_and(|code| code < 300)
                && let Some(is_ours) = self.is_ours(call)
            {
                self.lock().looks.show(call, is_ours, self.stage.at());
            }
            return;
        }
        self.stage.count(call.kind());
        if call.deed() == Deed::Create
            && let Some(id) = made()
        {
            let mut seen = self.lock();
            seen.looks.made(call, &id);
            if seen.stale.contains(&call.worker) {
                seen.made_late.insert(id);
            }
        }
        if code.is_some_and(|code| (400..500).contains(&code)) {
            self.lock().looks.refused(call, self.stage.at());
        }
        self.judge_decision(call);
        let urls = match call.about() {
            About::App(app, _) => {
                let org = self.sim.org();
                org.apps.get(app).and_then(launch_url).map(str::to_owned).into_iter().collect()
            }
            About::Group(group, _) => self.shown_by(group),
            About::Other => Vec::new(),
        };
        // A gift rests on a look that is some minutes old: an admin may have led the app elsewhere since.
        let given = (call.deed() == Deed::Give).then(|| foreign(&self.sim));
        let mut seen = self.lock();
        seen.is_dirty = true;
        // What an admin did to a group they did to each tile that it comes to show: the next audit finds it.
        if let About::App(_, rest) = call.about()
            && let Some(group) = rest.strip_prefix("groups/")
            && seen.disturbed_groups.contains(group)
        {
            seen.disturbed.extend(urls.iter().cloned());
        }
        if let About::App(id, _) | About::Group(id, _) = call.about() {
            if let Some(now) = given.as_ref().and_then(|all| all.get(id)) {
                seen.foreign.insert(id.to_owned(), now.clone());
            }
            if seen.stale.contains(&call.worker) {
                if matches!(call.about(), About::Group(..)) {
                    seen.disturbed_groups.insert(id.to_owned());
                }
                seen.disturbed.extend(urls);
            }
        }
    }

    /// C11: an app that an admin has deleted is not made again before somebody says so.
    fn judge_decision(&self, call: &Call) {
        let url = call.body.as_ref().and_then(|it| it["settings"]["app"]["url"].as_str());
        let is_app = call.path == "/api/v1/apps";
        if is_app && url.is_some_and(|url| self.lock().deleted.contains(url)) {
            self.stage.violate("C11", format!("what an admin deleted is made again: {call}"));
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

    /// Whether a live tile or audience has this app or group on durable record.
    async fn is_recorded(&self, call: &Call) -> bool {
        let (query, id) = match call.about() {
            About::App(app, _) => {
                ("SELECT 1 AS found FROM tile WHERE app_id = $1 AND gone_at IS NULL", app)
            }
            About::Group(group, _) => {
                ("SELECT 1 AS found FROM audience WHERE group_id = $1 AND gone_at IS NULL", group)
            }
            About::Other => return false,
        };
        let mut tx = self.app.db.read().await.expect("a reader");
        let row = tx.optional(query, values![id]).await.expect("the database answers");
        // Of a worker whose lease has ended the record may have moved on.
        row.is_some() || self.lock().stale.contains(&call.worker)
    }

    /// The launch URLs of the tiles that a group shows.
    fn shown_by(&self, group: &str) -> Vec<String> {
        let org = self.sim.org();
        org.apps_of_group(group).filter_map(launch_url).map(str::to_owned).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
