//! Okta as a portal: each method of [`Portal`] in Okta's calls.

pub use super::http::Recorder;

use super::answer::Answer;
use super::credential::Credential;
use super::guard::Guard;
use super::http::{Call, Http};
use super::limits::{Bucket, SharedLimits, Slot, Snapshot};
use super::line::{Guarded, Wire};
use super::misconfigured::Misconfigured;
use super::pages::Pages;
use super::scan::Scans;
use super::wire::{WireApp, WireAssignment, WireOrg};
use super::{allow, probe, steps};
use crate::plan::launch_key;
use crate::{
    App, AppId, Applied, Check, Clock, Error, Org, OrgKind, People, Portal, Principal, Priority,
    Reserve, Step, Ticket, TileRef,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// One Okta org, reached with one credential.
pub struct OktaPortal {
    pub(super) http: Http,
    pub(super) limits: SharedLimits,
    pub(super) org_id: Option<String>,
    pub(super) scans: Scans,
}

impl OktaPortal {
    /// A client for the org at `domain`. Sends nothing yet.
    ///
    /// `org_id` is the org that was connected once: another one is refused from then on (T2).
    ///
    /// # Errors
    /// What is wrong with the domain: the token is sent to no host that the guard refuses.
    pub fn new(
        guard: &Guard,
        domain: &Url,
        token: String,
        org_id: Option<String>,
    ) -> Result<Self, Misconfigured> {
        Self::connect(guard, domain, Credential::Token(Zeroizing::new(token)), org_id)
    }

    /// Like [`OktaPortal::new`], with any credential.
    ///
    /// # Errors
    /// As [`OktaPortal::new`].
    pub fn connect(
        guard: &Guard,
        domain: &Url,
        credential: Credential,
        org_id: Option<String>,
    ) -> Result<Self, Misconfigured> {
        let domain = guard.domain(domain.as_str())?;
        Ok(Self::over(Arc::new(Guarded::new(guard)), domain, credential, org_id))
    }

    /// A client for the org that answers at the other end of `wire`, which has to judge `domain`
    /// by itself: this is the seam at which a simulation takes the network's place.
    pub fn over(
        wire: Arc<dyn Wire>,
        domain: Url,
        credential: Credential,
        org_id: Option<String>,
    ) -> Self {
        Self {
            http: Http::new(wire, domain, credential),
            limits: SharedLimits::default(),
            org_id,
            scans: Scans::default(),
        }
    }

    /// Tells `recorder` of every request: for the timeline, and for the allow list in tests.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Recorder) -> Self {
        self.http.record_with(recorder);
        self
    }

    /// What Okta has told about its limits.
    pub fn limits(&self) -> Snapshot {
        self.limits.snapshot()
    }

    /// Room for `call`: the ticket's own, or new room if there is any.
    pub(super) fn room(
        &self,
        ticket: &mut Ticket,
        call: &Call,
        priority: Priority,
        now: Timestamp,
    ) -> Result<Slot, Error> {
        let bucket = call.bucket();
        if let Some(place) = ticket.slots.iter().position(|slot| slot.bucket() == bucket) {
            return Ok(ticket.slots.swap_remove(place));
        }
        let mut slots = self
            .limits
            .take(&[bucket], priority, now)
            .map_err(|until| Error::Throttled { until })?;
        Ok(slots.remove(0))
    }

    /// Sends a call for which no ticket was taken.
    pub(super) async fn send(
        &self,
        call: &Call,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Answer, Error> {
        let mut slot = self.room(&mut Ticket { slots: Vec::new() }, call, priority, now_fn())?;
        self.http.send(&mut slot, call, now_fn).await
    }

    /// The app as Okta describes it, with all fields; `None` when there is none.
    pub(super) async fn look(
        &self,
        ticket: &mut Ticket,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<(WireApp, Value)>, Error> {
        let call = Call::get(app_path(app, "")?, "list apps");
        let mut slot = self.room(ticket, &call, priority, now_fn())?;
        let answer = match self.http.send(&mut slot, &call, now_fn).await {
            Err(Error::NotThere) => return Ok(None),
            other => other?,
        };
        let described: WireApp = answer.json(&call)?;
        if described.is_deleted() {
            return Ok(None);
        }
        Ok(Some((described, answer.json(&call)?)))
    }

    async fn assignments(
        &self,
        app: &AppId,
        tail: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<WireAssignment>, Error> {
        let mut pages = Pages::new(app_path(app, tail)?);
        let mut found = Vec::new();
        while let Some(path) = pages.next() {
            let call = Call::get(path, "read the people and groups of an app");
            let answer = self.send(&call, priority, now_fn).await?;
            for item in pages.read(&answer, &call, self.http.domain())? {
                found.push(serde_json::from_value(item).map_err(|error| Error::Unavailable {
                    detail: format!("GET {}: {error}", call.path),
                    unknown_outcome: false,
                })?);
            }
        }
        Ok(found)
    }
}

impl Portal for OktaPortal {
    async fn org(&self, now: Timestamp) -> Result<Org, Error> {
        let call = Call::get("/.well-known/okta-organization", "read the org");
        let mut slot = self
            .limits
            .take(&[Bucket::Public], Priority::Person, now)
            .map_err(|until| Error::Throttled { until })?
            .remove(0);
        let answer = match self.http.exchange(&mut slot, &call, &|| now).await {
            Ok(answer) => super::answer::judge(answer, &call, &mut slot, now),
            Err(no_answer) => Err(no_answer.into_setup_error(&call)),
        };
        let not_okta = || Error::misconfigured(Misconfigured::NotOkta);
        let answer = answer.map_err(|error| match error {
            Error::NotThere | Error::Refused { .. } => not_okta(),
            other => other,
        })?;
        let org: WireOrg = answer.json(&call).map_err(|_| not_okta())?;
        if let Some(expected) = self.org_id.as_ref().filter(|expected| **expected != org.id) {
            let (expected, found) = (expected.clone(), org.id);
            return Err(Error::misconfigured(Misconfigured::WrongOrg { expected, found }));
        }
        let kind = match org.pipeline.as_str() {
            "idx" => OrgKind::Engine,
            "v1" => OrgKind::Classic,
            _ => OrgKind::Other,
        };
        Ok(Org { id: org.id, kind })
    }

    async fn probe(&self, now: Timestamp) -> Vec<Check> {
        probe::run(self, now).await
    }

    fn reserve(&self, step: &Step, priority: Priority, now: Timestamp) -> Reserve {
        match self.limits.take(steps::cost(step), priority, now) {
            Ok(slots) => Reserve::Now(Ticket { slots }),
            Err(until) => Reserve::At(until),
        }
    }

    async fn apply(
        &self,
        ticket: Ticket,
        tile: TileRef<'_>,
        step: &Step,
        now_fn: Clock<'_>,
    ) -> Result<Applied, Error> {
        steps::apply(self, ticket, tile, step, now_fn).await
    }

    async fn read(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<App>, Error> {
        let found = self.look(&mut Ticket { slots: Vec::new() }, app, priority, now_fn).await?;
        Ok(found.map(|(described, _)| described.into_app()))
    }

    async fn principals(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<Principal>, Error> {
        let people = self.assignments(app, "/users?limit=500", priority, now_fn).await?;
        let groups = self.assignments(app, "/groups?limit=200", priority, now_fn).await?;
        let people = people
            .into_iter()
            .filter(|person| person.scope != "GROUP")
            .map(|person| Principal::Person(person.id));
        Ok(people.chain(groups.into_iter().map(|group| Principal::Group(group.id))).collect())
    }

    async fn people(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<People, Error> {
        let found = self.assignments(app, "/users?limit=500", priority, now_fn).await?;
        let mut people = People::default();
        for person in found {
            if person.scope == "GROUP" {
                people.has_groups = true;
            } else {
                people.direct.insert(person.id);
            }
        }
        Ok(people)
    }

    async fn search(
        &self,
        urls: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        let purpose = format!("{urls:?}");
        let keys: BTreeSet<String> = urls.iter().filter_map(|url| launch_key(url)).collect();
        let wanted = |url: &str| launch_key(url).is_some_and(|key| keys.contains(&key));
        let mut ticket = Ticket { slots: Vec::new() };
        self.scan(&mut ticket, &purpose, &wanted, priority, now_fn).await
    }

    async fn apps_at(
        &self,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        let Ok(origin) = Url::parse(origin).map(|url| url.origin()) else {
            return Ok(Vec::new());
        };
        let is_ours = |url: &str| Url::parse(url).is_ok_and(|url| url.origin() == origin);
        let purpose = origin.ascii_serialization();
        let mut ticket = Ticket { slots: Vec::new() };
        self.scan(&mut ticket, &purpose, &is_ours, priority, now_fn).await
    }

    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        self.limits.snapshot().forecast(calls, now)
    }
}

/// `/api/v1/apps/{id}` and what follows; an id that is none never becomes a path.
pub(super) fn app_path(app: &AppId, tail: &str) -> Result<String, Error> {
    checked_id(&app.0).map(|id| format!("/api/v1/apps/{id}{tail}"))
}

pub(super) fn checked_id(id: &str) -> Result<&str, Error> {
    if allow::is_id(id) {
        return Ok(id);
    }
    Err(Error::Refused {
        code: "bad_id".to_owned(),
        reason: "A stored Okta id is damaged, so nothing was sent.".to_owned(),
        request_id: None,
    })
}
