//! Groups in memory, with the same guard as the real ones (T2).

use super::{People, State, refused};
use crate::{
    App, Checked, Error, Group, GroupApplied, GroupId, GroupRef, GroupStep, LogFrom, LogPage,
    Principal, audience,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use url::Url;

/// As many events as one page of the log holds.
const PAGE: usize = 100;

impl State {
    pub(super) fn change_group(
        &mut self,
        group: GroupRef<'_>,
        step: &GroupStep,
        now: Timestamp,
    ) -> Result<GroupApplied, Error> {
        match step {
            GroupStep::Create { name, description } => {
                return self.create_group(name, description, group.origin, now);
            }
            GroupStep::Search => {
                return self.ours_named(group.name, group.origin).map(GroupApplied::Found);
            }
            GroupStep::Rename { .. }
            | GroupStep::AddMember(_)
            | GroupStep::RemoveMember(_)
            | GroupStep::Delete => {}
        }
        let checked = group.checked.ok_or(Error::NotThere)?;
        let id = checked.group();
        if !self.world.groups.contains_key(id) {
            let is_delete = matches!(step, GroupStep::Delete);
            return Ok(if is_delete { GroupApplied::Done } else { GroupApplied::Gone });
        }
        if !checked.is_good(now) {
            self.check_group(id, group.origin)?;
        }
        if !matches!(step, GroupStep::AddMember(_)) {
            self.check_mark(id, group.origin)?;
        }
        let people = self.world.groups.get_mut(id).ok_or(Error::NotThere)?;
        let is_pool = audience::is_pool(&people.group.description, group.origin);
        match step {
            GroupStep::Rename { .. } | GroupStep::Delete if is_pool => {
                let why = "an admin made it for us, so only an admin renames or deletes it";
                return Err(foreign(id, why));
            }
            GroupStep::Rename { name } => name.clone_into(&mut people.group.name),
            GroupStep::AddMember(person) => {
                people.members.insert(person.clone());
            }
            GroupStep::RemoveMember(person) => {
                people.members.remove(person);
            }
            GroupStep::Delete => {
                self.world.groups.remove(id);
                let assigned = Principal::Group(id.0.clone());
                for tile in self.world.apps.values_mut() {
                    tile.principals.remove(&assigned);
                }
            }
            GroupStep::Search | GroupStep::Create { .. } => unreachable!("handled above"),
        }
        Ok(GroupApplied::Done)
    }

    fn create_group(
        &mut self,
        name: &str,
        description: &str,
        origin: &str,
        now: Timestamp,
    ) -> Result<GroupApplied, Error> {
        if let Some(ours) = self.ours_named(name, origin)?.pop() {
            return Ok(GroupApplied::Adopted(ours));
        }
        self.made += 1;
        let group = Group {
            id: GroupId(format!("group{}", self.made)),
            name: name.to_owned(),
            description: description.to_owned(),
            is_native: true,
        };
        let people = People { group: group.clone(), members: BTreeSet::new(), role: None };
        self.world.groups.insert(group.id.clone(), people);
        let checked = Checked { group: group.id.clone(), at: now };
        Ok(GroupApplied::Created { group, checked })
    }

    fn ours_named(&self, name: &str, origin: &str) -> Result<Vec<Group>, Error> {
        let found = self.groups(|group| group.name == name);
        match found.iter().find(|group| !audience::is_ours(&group.description, origin)) {
            Some(other) => Err(foreign(&other.id, "it has the name that we want to use")),
            None => Ok(found),
        }
    }

    pub(super) fn groups(&self, wanted: impl Fn(&Group) -> bool) -> Vec<Group> {
        let groups = self.world.groups.values().map(|people| &people.group);
        groups.filter(|group| group.is_native && wanted(group)).cloned().collect()
    }

    pub(super) fn check_group(&self, id: &GroupId, origin: &str) -> Result<(), Error> {
        self.check_mark(id, origin)?;
        if self.world.groups.get(id).is_some_and(|people| people.role.is_some()) {
            return Err(foreign(id, "it carries an admin role"));
        }
        let is_ours = |app: &App| {
            Url::parse(&app.url).is_ok_and(|url| url.origin().ascii_serialization() == origin)
        };
        if self.apps_of(id).iter().any(|app| !is_ours(app)) {
            return Err(foreign(id, "it opens another app"));
        }
        Ok(())
    }

    fn check_mark(&self, id: &GroupId, origin: &str) -> Result<(), Error> {
        let people = self.world.groups.get(id).ok_or(Error::NotThere)?;
        let description = &people.group.description;
        let is_marked =
            audience::is_ours(description, origin) || audience::is_pool(description, origin);
        if people.group.is_native && is_marked {
            return Ok(());
        }
        Err(foreign(id, "its description does not say that Keytile manages it"))
    }

    pub(super) fn apps_of(&self, id: &GroupId) -> Vec<App> {
        let assigned = Principal::Group(id.0.clone());
        let tiles = self.world.apps.values();
        tiles
            .filter(|tile| tile.principals.contains(&assigned))
            .map(|tile| tile.app.clone())
            .collect()
    }

    pub(super) fn log_page(&self, from: LogFrom<'_>) -> Result<LogPage, Error> {
        let log = &self.world.log;
        let first = match from {
            LogFrom::Since(instant) => {
                log.iter().position(|event| event.published >= instant).unwrap_or(log.len())
            }
            LogFrom::Cursor(cursor) => {
                cursor.parse().map_err(|_| refused("bad_cursor", "This is no cursor."))?
            }
        };
        let events: Vec<_> = log.iter().skip(first).take(PAGE).cloned().collect();
        Ok(LogPage { next: (first + events.len()).to_string(), events })
    }
}

fn foreign(group: &GroupId, why: &str) -> Error {
    Error::ForeignGroup { group: group.clone(), why: why.to_owned() }
}
