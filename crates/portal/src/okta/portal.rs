//! Okta as a portal: each method of [`Portal`] in Okta's calls.

use super::client::OktaPortal;
use super::http::Call;
use super::limits::{Bucket, BucketView};
use super::misconfigured::Misconfigured;
use super::wire::{WireApp, WireGroup, WireOrg};
use super::{group_steps, probe, steps};
use crate::plan::launch_key;
use crate::{
    App, AppId, Applied, Check, Checked, Clock, Directory as _, Error, Group, GroupApplied,
    GroupId, GroupRef, GroupStep, LogFrom, LogPage, Org, OrgKind, People, PersonState,
    PersonStatus, Portal, Principal, Priority, Reserve, Step, Ticket, TileRef,
};
use http::HeaderMap;
use jiff::Timestamp;
use std::collections::BTreeSet;
use url::Url;

impl Portal for OktaPortal {
    type Directory = Self;

    fn directory(&self) -> &Self {
        self
    }

    async fn org(&self, now: Timestamp) -> Result<Org, Error> {
        let call = Call::get("/.well-known/okta-organization", "read the org");
        let mut slot = self
            .limits
            .take(&[Bucket::Public], Priority::Person, now)
            .map_err(|until| Error::Throttled { until })?
            .remove(0);
        let answer = match self.http.exchange(&mut slot, &call, HeaderMap::new(), &|| now).await {
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

    async fn person(
        &self,
        id: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<PersonState, Error> {
        // Deactivation takes every app from them and cannot be undone ("cannot be recovered", Users API, `deactivateUser`),
        // and only the deactivated can be deleted. A suspension takes nothing (`suspendUser`).
        Ok(match self.person_status(id, priority, now_fn).await? {
            None | Some(PersonStatus::Deprovisioned) => PersonState::Away,
            Some(_) => PersonState::Here,
        })
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

    fn reserve_group(&self, step: &GroupStep, priority: Priority, now: Timestamp) -> Reserve {
        match self.limits.take(group_steps::cost(step), priority, now) {
            Ok(slots) => Reserve::Now(Ticket { slots }),
            Err(until) => Reserve::At(until),
        }
    }

    async fn apply_group(
        &self,
        ticket: Ticket,
        group: GroupRef<'_>,
        step: &GroupStep,
        now_fn: Clock<'_>,
    ) -> Result<GroupApplied, Error> {
        group_steps::apply(self, ticket, group, step, now_fn).await
    }

    async fn check_group(
        &self,
        group: &GroupId,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Checked, Error> {
        self.check_whole_group(group, origin, priority, now_fn).await
    }

    async fn read_group(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<Group>, Error> {
        let mut ticket = Ticket { slots: Vec::new() };
        let found = self.look_at_group(&mut ticket, group, priority, now_fn).await?;
        Ok(found.map(WireGroup::into_group))
    }

    async fn group_members(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        self.members_of_group(group, priority, now_fn).await
    }

    async fn group_apps(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        let apps = self.apps_of_group(group, priority, now_fn).await?;
        Ok(apps.into_iter().map(WireApp::into_app).collect())
    }

    async fn search_groups(
        &self,
        names: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        let mut none = Ticket { slots: Vec::new() };
        self.groups_named(&mut none, names, priority, now_fn).await
    }

    async fn pool(
        &self,
        prefix: &str,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        self.pool_groups(prefix, origin, priority, now_fn).await
    }

    async fn log_page(
        &self,
        from: LogFrom<'_>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<LogPage, Error> {
        self.read_log(from, priority, now_fn).await
    }

    async fn own_ids(
        &self,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        self.who_we_are(priority, now_fn).await
    }

    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        self.outlook().forecast(calls, now)
    }

    fn limits(&self) -> Vec<BucketView> {
        self.limits.snapshot().buckets
    }
}
