//! What is not everywhere at once: things that lists do not have yet, apps that an old replica
//! does not know yet, and apps that come back for a while after their deletion.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{App, Org};

#[derive(Debug, Default)]
pub(super) struct Delays {
    /// When a thing appears in lists, by id.
    listed_from: BTreeMap<String, Timestamp>,
    /// When a person appears in the list of an app's people, by app and person.
    assigned_from: BTreeMap<(String, String), Timestamp>,
    /// When the last replica knows an app, by id.
    replicated_from: BTreeMap<String, Timestamp>,
    ghosts: BTreeMap<String, Ghost>,
}

/// A deleted app that some replica still has.
#[derive(Debug)]
struct Ghost {
    app: App,
    from: Timestamp,
    until: Timestamp,
}

impl Org {
    /// Keeps a thing out of lists until then. Reads by its id find it.
    pub fn list_later(&mut self, id: &str, from: Timestamp) {
        self.delays.listed_from.insert(id.to_owned(), from);
    }

    /// Keeps a person out of the list of an app's people until then. The assignment itself is found by its ids.
    pub fn list_assignment_later(&mut self, app: &str, user: &str, from: Timestamp) {
        self.delays.assigned_from.insert((app.to_owned(), user.to_owned()), from);
    }

    /// Makes one of two replicas learn of an app only then.
    pub fn replicate_later(&mut self, app: &str, from: Timestamp) {
        self.delays.replicated_from.insert(app.to_owned(), from);
    }

    /// Deletes an app that will be seen again between two instants. Only reads see it.
    pub fn haunt(&mut self, app: App, from: Timestamp, until: Timestamp) {
        self.delays.ghosts.insert(app.id.clone(), Ghost { app, from, until });
    }

    /// Whether lists have it by now.
    pub fn is_listed(&self, id: &str) -> bool {
        self.delays.listed_from.get(id).is_none_or(|from| *from <= self.exact_now())
    }

    /// Whether the list of an app's people has this one by now.
    pub fn is_assignment_listed(&self, app: &str, user: &str) -> bool {
        let late = &self.delays.assigned_from;
        late.is_empty()
            || late
                .get(&(app.to_owned(), user.to_owned()))
                .is_none_or(|from| *from <= self.exact_now())
    }

    /// Whether every replica knows the app by now.
    pub fn is_replicated(&self, app: &str) -> bool {
        self.delays.replicated_from.get(app).is_none_or(|from| *from <= self.exact_now())
    }

    /// The apps as lists have them now, oldest first.
    pub fn listed_apps(&self) -> Vec<&App> {
        let known = self.apps.values().filter(|app| self.is_listed(&app.id));
        let mut apps: Vec<&App> = known.chain(self.ghosts()).collect();
        if !self.delays.ghosts.is_empty() {
            apps.sort_by(|left, right| left.id.cmp(&right.id));
        }
        apps
    }

    /// The app with this id as reads find it now, deleted or not.
    pub fn readable_app(&self, id: &str) -> super::ApiResult<&App> {
        match self.ghosts().find(|ghost| ghost.id == id) {
            Some(ghost) => Ok(ghost),
            None => self.app(id),
        }
    }

    fn ghosts(&self) -> impl Iterator<Item = &App> {
        let now = self.exact_now();
        let here = move |ghost: &&Ghost| ghost.from <= now && now < ghost.until;
        self.delays.ghosts.values().filter(here).map(|ghost| &ghost.app)
    }
}
