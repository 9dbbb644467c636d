//! The people of the portal in memory.

use super::{FakePortal, On};
use crate::{
    AppId, AppStatus, Clock, Directory, DirectoryApp, Error, ListOf, ListPage, Listed,
    PersonStatus, Principal, Priority,
};

impl Directory for FakePortal {
    fn is_person_id(&self, id: &str) -> bool {
        !id.is_empty()
    }

    async fn directory_app(
        &self,
        app: &AppId,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Option<DirectoryApp>, Error> {
        self.call(On::Read, format!("{app}: read"), |state| {
            Ok(state.world.apps.get(app).map(|tile| described(&tile.app)))
        })
    }

    async fn apps_named(
        &self,
        prefix: &str,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Vec<DirectoryApp>, Error> {
        self.call(On::Search, format!("apps named {prefix}…"), |state| {
            let apps = state.world.apps.values().map(|tile| &tile.app);
            Ok(apps.filter(|app| app.label.starts_with(prefix)).map(described).collect())
        })
    }

    async fn list_page(
        &self,
        list: &ListOf,
        _from: Option<&str>,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<ListPage, Error> {
        self.call(On::Read, format!("list {list:?}"), |state| {
            let world = &state.world;
            let principals = |app: &AppId| {
                world.apps.get(app).map(|tile| tile.principals.clone()).ok_or(Error::NotThere)
            };
            let ids: Vec<String> = match list {
                ListOf::PeopleOfApp(app) => principals(app)?
                    .into_iter()
                    .filter_map(|principal| match principal {
                        Principal::Person(id) => Some(id),
                        Principal::Group(_) => None,
                    })
                    .collect(),
                ListOf::GroupsOfApp(app) => principals(app)?
                    .into_iter()
                    .filter_map(|principal| match principal {
                        Principal::Group(id) => Some(id),
                        Principal::Person(_) => None,
                    })
                    .collect(),
                ListOf::PushedGroups(_) => Vec::new(),
                ListOf::PeopleOfGroup(group) => {
                    let people = world.groups.get(group).ok_or(Error::NotThere)?;
                    people.members.iter().cloned().collect()
                }
                ListOf::PeopleInState(wanted) => {
                    let people = world.people.iter().filter(|(_, state)| *state == wanted);
                    people.map(|(id, _)| id.clone()).collect()
                }
            };
            let items = ids.into_iter().map(|id| Listed { id, ..Listed::default() }).collect();
            Ok(ListPage { items, next: None })
        })
    }

    async fn person_status(
        &self,
        person: &str,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<Option<PersonStatus>, Error> {
        self.call(On::Read, format!("{person}: read"), |state| {
            Ok(state.world.people.get(person).copied())
        })
    }

    async fn is_assigned(
        &self,
        app: &AppId,
        person: &str,
        _priority: Priority,
        _now_fn: Clock<'_>,
    ) -> Result<bool, Error> {
        self.call(On::Read, format!("{app}: read {person}"), |state| {
            let person = Principal::Person(person.to_owned());
            Ok(state.world.apps.get(app).is_some_and(|tile| tile.principals.contains(&person)))
        })
    }
}

fn described(app: &crate::App) -> DirectoryApp {
    DirectoryApp {
        id: app.id.clone(),
        label: app.label.clone(),
        is_active: app.status == AppStatus::Active,
        provisions: false,
    }
}
