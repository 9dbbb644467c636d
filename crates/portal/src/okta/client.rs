//! One org: who asks, what is known about its limits, and what every method needs.

pub use super::http::Recorder;

use super::allow;
use super::answer::Answer;
use super::credential::Credential;
use super::guard::Guard;
use super::http::{Call, Http};
use super::limits::{Bucket, SharedLimits, Slot, Snapshot};
use super::line::{Guarded, Wire};
use super::misconfigured::Misconfigured;
use super::ours;
use super::pages::Pages;
use super::scan::Scans;
use super::sightings::Sightings;
use super::wire::{WireApp, WireAssignment};
use crate::{AppId, Clock, Error, Priority, Ticket};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// One Okta org, reached with one credential.
pub struct OktaPortal {
    pub(super) http: Http,
    pub(super) limits: SharedLimits,
    pub(super) org_id: Option<String>,
    pub(super) scans: Scans,
    /// Limits that were learned by another client, before this one has an answer: to tell how long, never to call.
    expected: BTreeMap<Bucket, u32>,
    pub(super) sightings: Sightings,
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
        let limits = SharedLimits::default();
        Self {
            http: Http::new(wire, domain, credential, limits.clone()),
            limits,
            org_id,
            scans: Scans::default(),
            expected: BTreeMap::new(),
            sightings: Sightings::default(),
        }
    }

    /// Remembers what Okta told another client of the same credential about its limits, so that how
    /// long something takes can be said before the first answer. Calls wait for the answer itself.
    #[must_use]
    pub fn with_expected_limits(mut self, limits: impl IntoIterator<Item = (Bucket, u32)>) -> Self {
        self.expected.extend(limits);
        self
    }

    /// The limits for a forecast: as Okta told, and until then as they were.
    pub(super) fn outlook(&self) -> Snapshot {
        self.limits.snapshot().with_expected(&self.expected)
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
        // A look is as old as its question.
        let asked_at = now_fn();
        self.sightings.forget(app);
        let answer = match self.http.send(&mut slot, &call, now_fn).await {
            Err(Error::NotThere) => return Ok(None),
            other => other?,
        };
        let described: WireApp = answer.json(&call)?;
        if described.is_deleted() {
            return Ok(None);
        }
        if ours::check(app, &described, described.url(), self.org_id.as_deref()).is_ok() {
            self.sightings.note(app, described.url(), asked_at);
        }
        Ok(Some((described, answer.json(&call)?)))
    }

    pub(super) async fn assignments(
        &self,
        app: &AppId,
        tail: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<WireAssignment>, Error> {
        let path = app_path(app, tail)?;
        let right = "read the people and groups of an app";
        let mut none = Ticket { slots: Vec::new() };
        self.whole_list(&mut none, path, right, priority, now_fn).await
    }

    /// All pages of a list, or an error (R19).
    pub(super) async fn whole_list<T: DeserializeOwned>(
        &self,
        ticket: &mut Ticket,
        first: String,
        right: &'static str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<T>, Error> {
        let mut pages = Pages::new(first);
        let mut found = Vec::new();
        while let Some(path) = pages.next() {
            let call = Call::get(path, right);
            let mut slot = self.room(ticket, &call, priority, now_fn())?;
            let answer = match self.http.send(&mut slot, &call, now_fn).await {
                // What the list belongs to, a person or a group, is not there.
                Err(Error::Refused { code, .. }) if code == "E0000007" => {
                    return Err(Error::NotThere);
                }
                other => other?,
            };
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
