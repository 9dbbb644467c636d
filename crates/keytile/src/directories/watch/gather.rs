//! What is read of the directory during one comparison, and where its reading stands: whoever is told to wait for the
//! directory's limits goes on there later, and no list is read twice.

use std::collections::{BTreeMap, BTreeSet};

use portal::{
    AppId, Clock, Directory, DirectoryApp, Error, GroupId, ListOf, Listed, PersonStatus, Portal,
    Priority,
};

use super::plan::Look;

/// More pages than any list has; a list that goes on is a loop that nobody saw.
const MOST_PAGES: usize = 2_000;

/// What was read, and what is half read.
#[derive(Debug, Default)]
pub struct Gather {
    /// Calls so far.
    pub calls: i64,
    lists: BTreeMap<ListOf, Vec<Listed>>,
    open: BTreeMap<ListOf, Open>,
    group_names: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Open {
    items: Vec<Listed>,
    seen: BTreeSet<String>,
    pages: usize,
    next: Option<String>,
}

impl Gather {
    /// A whole list, or an error and never a part of it (R19).
    pub async fn list<D: Directory>(
        &mut self,
        directory: &D,
        list: &ListOf,
        now_fn: Clock<'_>,
    ) -> Result<&[Listed], Error> {
        while !self.lists.contains_key(list) {
            let open = self.open.entry(list.clone()).or_default();
            let from = open.next.clone();
            let page = directory.list_page(list, from.as_deref(), Priority::Audit, now_fn).await?;
            self.calls += 1;
            open.pages += 1;
            for item in &page.items {
                if !open.seen.insert(item.id.clone()) {
                    // A list that shifts while it is read is begun anew by the next comparison.
                    return Err(broken(format!("{list:?} names {} twice", item.id)));
                }
            }
            open.items.extend(page.items);
            open.next = page.next;
            if open.next.is_some() && open.pages >= MOST_PAGES {
                return Err(broken(format!("{list:?} does not end")));
            }
            if open.next.is_none() {
                let whole = self.open.remove(list).unwrap_or_default();
                self.lists.insert(list.clone(), whole.items);
            }
        }
        Ok(&self.lists[list])
    }

    /// The ids on a whole list.
    pub async fn ids<D: Directory>(
        &mut self,
        directory: &D,
        list: &ListOf,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        let items = self.list(directory, list, now_fn).await?;
        Ok(items.iter().map(|item| item.id.clone()).collect())
    }

    /// One person by themselves; the app only where there is one to ask about, and they are there at all. It is not kept:
    /// whoever acts on a look acts at once.
    pub async fn look<D: Directory>(
        &mut self,
        directory: &D,
        app: Option<&AppId>,
        person: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Look, Error> {
        let state = directory.person_status(person, priority, now_fn).await?;
        self.calls += 1;
        let is_here = state.is_some_and(|state| state != PersonStatus::Deprovisioned);
        let Some(app) = app.filter(|_| is_here) else {
            return Ok(Look { state, is_assigned: None });
        };
        let is_assigned = directory.is_assigned(app, person, priority, now_fn).await?;
        self.calls += 1;
        Ok(Look { state, is_assigned: Some(is_assigned) })
    }

    /// An app, or `None` where there is none. It is not kept either.
    pub async fn app<D: Directory>(
        &mut self,
        directory: &D,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<DirectoryApp>, Error> {
        let found = directory.directory_app(app, priority, now_fn).await?;
        self.calls += 1;
        Ok(found)
    }

    /// What a group is called; its id where it cannot be read.
    pub async fn group_name<P: Portal>(
        &mut self,
        portal: &P,
        group: &str,
        now_fn: Clock<'_>,
    ) -> Result<String, Error> {
        if !self.group_names.contains_key(group) {
            let found =
                portal.read_group(&GroupId(group.to_owned()), Priority::Audit, now_fn).await?;
            self.calls += 1;
            let name = found.map_or_else(|| group.to_owned(), |found| found.name);
            self.group_names.insert(group.to_owned(), name);
        }
        Ok(self.group_names[group].clone())
    }
}

fn broken(detail: String) -> Error {
    Error::Unavailable { detail, unknown_outcome: false }
}
