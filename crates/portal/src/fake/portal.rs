//! The portal in memory keeps the promises of the trait.

use super::{FakePortal, OWN_ID, On, WINDOW, kind};
use crate::plan::is_same_launch;
use crate::{
    App, AppId, Applied, Check, Checked, Clock, Error, Group, GroupApplied, GroupId, GroupRef,
    GroupStep, LogFrom, LogPage, Org, OrgKind, People, PersonState, Portal, Principal, Priority,
    Reserve, Step, Ticket, TileRef, Verdict, audience,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Portal for FakePortal {
    type Directory = Self;

    fn directory(&self) -> &Self {
        self
    }

    async fn org(&self, _now: Timestamp) -> Result<Org, Error> {
        self.call(On::Org, "org".to_owned(), |_| {
            Ok(Org { id: "org1".to_owned(), kind: OrgKind::Engine })
        })
    }

    async fn probe(&self, now: Timestamp) -> Vec<Check> {
        let result = match self.org(now).await {
            Ok(org) => Verdict::Passed(format!("{} answers.", org.id)),
            Err(error) => Verdict::Failed(error),
        };
        vec![Check { name: "Portal", result }]
    }

    fn reserve(&self, _step: &Step, priority: Priority, now: Timestamp) -> Reserve {
        match self.lock().room(priority, now) {
            None => Reserve::Now(Ticket { slots: Vec::new() }),
            Some(until) => Reserve::At(until),
        }
    }

    async fn apply(
        &self,
        _ticket: Ticket,
        tile: TileRef<'_>,
        step: &Step,
        now_fn: Clock<'_>,
    ) -> Result<Applied, Error> {
        let words = match tile.app {
            Some(app) => format!("{app}: {step}"),
            None => step.to_string(),
        };
        self.call(kind(step), words, |state| state.change(tile, step, now_fn()))
    }

    async fn read(
        &self,
        app: &AppId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Option<App>, Error> {
        self.call(On::Read, format!("{app}: read"), |state| {
            Ok(state.world.apps.get(app).map(|tile| tile.app.clone()))
        })
    }

    async fn principals(
        &self,
        app: &AppId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<BTreeSet<Principal>, Error> {
        self.call(On::Read, format!("{app}: read principals"), |state| {
            let tile = state.world.apps.get(app).ok_or(Error::NotThere)?;
            Ok(tile.principals.clone())
        })
    }

    async fn people(
        &self,
        app: &AppId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<People, Error> {
        self.call(On::Read, format!("{app}: read people"), |state| {
            let tile = state.world.apps.get(app).ok_or(Error::NotThere)?;
            let mut people = People::default();
            for principal in &tile.principals {
                match principal {
                    Principal::Person(id) => drop(people.direct.insert(id.clone())),
                    Principal::Group(_) => people.has_groups = true,
                }
            }
            Ok(people)
        })
    }

    async fn person(
        &self,
        id: &str,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<PersonState, Error> {
        self.call(On::Read, format!("look at {id}"), |state| {
            let is_away = state.world.away.contains(id);
            Ok(if is_away { PersonState::Away } else { PersonState::Here })
        })
    }

    async fn search(
        &self,
        urls: &BTreeSet<String>,
        _priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        self.call(On::Search, format!("search for {} URLs", urls.len()), |state| {
            let is_wanted = |url: &str| urls.iter().any(|wanted| is_same_launch(wanted, url));
            Ok(state.listed(is_wanted, now_fn()))
        })
    }

    async fn apps_at(
        &self,
        origin: &str,
        _priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        let wanted = url::Url::parse(origin).map(|url| url.origin()).ok();
        let is_ours = |url: &str| url::Url::parse(url).ok().map(|url| url.origin()) == wanted;
        self.call(On::Search, format!("list the apps at {origin}"), |state| {
            Ok(state.listed(is_ours, now_fn()))
        })
    }

    fn reserve_group(&self, _step: &GroupStep, priority: Priority, now: Timestamp) -> Reserve {
        match self.lock().room(priority, now) {
            None => Reserve::Now(Ticket { slots: Vec::new() }),
            Some(until) => Reserve::At(until),
        }
    }

    async fn apply_group(
        &self,
        _ticket: Ticket,
        group: GroupRef<'_>,
        step: &GroupStep,
        now_fn: Clock<'_>,
    ) -> Result<GroupApplied, Error> {
        let words = match group.checked {
            Some(checked) => format!("{}: {step}", checked.group()),
            None => step.to_string(),
        };
        self.call(On::Group, words, |state| state.change_group(group, step, now_fn()))
    }

    async fn check_group(
        &self,
        group: &GroupId,
        origin: &str,
        _priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Checked, Error> {
        self.call(On::Read, format!("{group}: check"), |state| {
            state.check_group(group, origin)?;
            Ok(Checked { group: group.clone(), at: now_fn() })
        })
    }

    async fn read_group(
        &self,
        group: &GroupId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Option<Group>, Error> {
        self.call(On::Read, format!("{group}: read"), |state| {
            Ok(state.world.groups.get(group).map(|people| people.group.clone()))
        })
    }

    async fn group_members(
        &self,
        group: &GroupId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        self.call(On::Read, format!("{group}: read members"), |state| {
            let people = state.world.groups.get(group).ok_or(Error::NotThere)?;
            Ok(people.members.clone())
        })
    }

    async fn group_apps(
        &self,
        group: &GroupId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        self.call(On::Read, format!("{group}: read apps"), |state| Ok(state.apps_of(group)))
    }

    async fn search_groups(
        &self,
        names: &BTreeSet<String>,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        self.call(On::Search, format!("search for {} groups", names.len()), |state| {
            Ok(state.groups(|group| names.contains(&group.name)))
        })
    }

    async fn pool(
        &self,
        prefix: &str,
        origin: &str,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        self.call(On::Search, format!("list the groups for us at {origin}"), |state| {
            Ok(state.groups(|group| {
                group.name.starts_with(prefix) && audience::is_pool(&group.description, origin)
            }))
        })
    }

    async fn log_page(
        &self,
        from: LogFrom<'_>,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<LogPage, Error> {
        self.call(On::Log, "read the log".to_owned(), |state| state.log_page(from))
    }

    async fn own_ids(
        &self,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        Ok([OWN_ID.to_owned()].into())
    }

    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        let windows = i32::try_from(calls.div_ceil(self.lock().limit?.max(1))).unwrap_or(i32::MAX);
        now.checked_add(WINDOW.checked_mul(windows)?).ok()
    }
}
