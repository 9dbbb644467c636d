//! What an admin of the org does to our apps behind our back (R6). Each act disturbs a tile, until the portal is read again.

use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use crate::watch::{LAUNCHES, launch_url};
use crate::world::World;

impl World {
    pub(super) fn meddle(&mut self) {
        let Some((app, url)) = self.victim() else { return };
        let people: Vec<String> =
            self.model.people.iter().filter_map(|person| person.external.clone()).collect();
        let person = people.choose(&mut self.rng).cloned().unwrap_or_default();
        let mut org = self.sim.org();
        let (act, done) = match self.rng.random_range(0..12) {
            0..3 => ("renames", org.app_mut(&app).map(|app| "Renamed".clone_into(&mut app.label))),
            3..5 => ("deactivates", org.deactivate_app(&app)),
            5 => ("deletes", org.deactivate_app(&app).and_then(|()| org.delete_app(&app))),
            6..9 => ("assigns", org.assign_user(&app, &person, None, None, None)),
            9..11 => ("unassigns", org.unassign_user(&app, &person)),
            _ => ("redirects", org.app_mut(&app).map(redirect)),
        };
        drop(org);
        self.watch.disturb(&url);
        self.watch.accept_foreign();
        self.stage.count(format!("meddling: {act}"));
        self.stage.note(format_args!("an admin {act} {app} ({url}) {person}: {}", done.is_ok()));
    }

    /// The app of a tile, unless a worker is just about to write to it: then nobody could say who was first.
    fn victim(&mut self) -> Option<(String, String)> {
        let org = self.sim.org();
        let is_recorded = |id: &String| self.rows.iter().any(|row| row.app.as_ref() == Some(id));
        let ours = org.apps.values();
        let ours = ours.filter(|app| is_recorded(&app.id) && !self.watch.is_busy(&app.id));
        let ours: Vec<(String, String)> =
            ours.filter_map(|app| Some((app.id.clone(), launch_url(app)?.to_owned()))).collect();
        drop(org);
        ours.choose(&mut self.rng).cloned()
    }
}

/// The app leads somewhere else from now on: it is not ours any more.
fn redirect(app: &mut okta_sim::org::App) {
    if let okta_sim::org::AppKind::Bookmark { url, .. } = &mut app.kind {
        *url = url.replace(LAUNCHES, "https://elsewhere.example/");
    }
}
