//! Apps with our address that nobody of us made, as a backup that is restored or a second installation leaves them
//! (security.md 3.3, 8): they are told of, hidden after a day and deleted after a week, and not before.

use jiff::{SignedDuration, Timestamp};

use crate::watch::launch_url;
use crate::world::World;

/// Not sooner than this after it was there, but on an admin's word.
const HIDDEN_AFTER: SignedDuration = SignedDuration::from_hours(23);

/// Not later than this once audits can be: a week, and the audits around it.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_hours(9 * 24);

/// One that was put there.
#[derive(Debug, Clone)]
pub struct Planted {
    pub url: String,
    pub at: Timestamp,
    /// No tile has ever had its address.
    pub is_orphan: bool,
    /// What an admin said about it: whether it goes.
    pub decided: Option<bool>,
    /// An admin has said at some time that it goes, and may have thought better of it since.
    pub was_to_go: bool,
    pub is_gone: bool,
}

impl Planted {
    /// Nobody has said anything about it yet.
    pub fn now(url: String, at: Timestamp, is_orphan: bool) -> Self {
        Self { url, at, is_orphan, decided: None, was_to_go: false, is_gone: false }
    }
}

impl World {
    /// A tile may have taken one for its own, and others are gone.
    pub fn follow_planted(&mut self) {
        if self.planted.is_empty() {
            return;
        }
        let (org, now) = (self.sim.org(), self.stage.now());
        let rows = &self.rows;
        let mut adopted = Vec::new();
        self.planted.retain(|id, planted| {
            let is_adopted = rows.iter().any(|row| row.app.as_ref() == Some(id) && !row.is_gone);
            let app = org.apps.get(id).filter(|_| !is_adopted);
            if is_adopted {
                adopted.push(planted.url.clone());
            }
            if std::mem::replace(&mut planted.is_gone, app.is_none()) {
                return !is_adopted;
            }
            let is_early = now < planted.at + HIDDEN_AFTER && !planted.was_to_go;
            let is_touched = app.is_none_or(|app| !app.is_active());
            if planted.is_orphan && is_early && is_touched {
                let what = format!("the app {id} was taken away at once, and nobody asked for it");
                self.stage.violate("L4", what);
            }
            if app.is_none() {
                self.stage.count(if is_adopted { "stray: adopted" } else { "stray: deleted" });
            }
            !is_adopted
        });
        // What the tile's own create had made, if it had, is now the one that nobody knows of.
        let is_own = |id: &String| rows.iter().any(|row| row.app.as_ref() == Some(id));
        for (id, app) in org.apps.iter().filter(|(id, _)| !is_own(id)) {
            if let Some(url) = launch_url(app).filter(|url| adopted.iter().any(|it| it == url)) {
                let url = url.to_owned();
                self.planted.entry(id.clone()).or_insert_with(|| Planted::now(url, now, false));
            }
        }
    }

    /// Whether one is there that will not stay.
    pub fn has_planted(&self) -> bool {
        self.planted.values().any(|planted| !planted.is_gone && planted.decided != Some(false))
    }

    /// Nothing is left of them but what waits for an admin, or was decided to stay.
    pub fn judge_planted(&self) {
        for (id, planted) in self.planted.iter().filter(|(_, planted)| !planted.is_gone) {
            let row = self.rows.iter().find(|row| row.url == planted.url);
            // A tile that waits for a person takes it up again when they decide.
            let is_claimed = row.is_some_and(|row| row.phase == "paused");
            let stays = planted.decided == Some(false) || self.stops.held.apps.contains(id);
            if !stays && !is_claimed {
                let tile = row.map_or("no tile's", |row| row.phase.as_str());
                let what = format!("the app {id} ({}, {tile}) is still there", planted.url);
                self.stage.violate("L3", what);
            }
        }
    }
}
