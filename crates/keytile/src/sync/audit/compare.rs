//! The audit's decision: what the list of all apps says, beside what we last confirmed, about which tiles have to be
//! looked at. It decides on whole lists only; that a list is whole is the portal's promise (R19).

use std::collections::{BTreeMap, BTreeSet};

use model::{LaunchId, TileId, Timestamp};
use portal::plan::launch_key;
use portal::{App, AppStatus};

use super::Kind;
use super::heard::Heard;

/// Each tile is looked at once in so many passes, whatever the list says.
pub const SAMPLE: u128 = 24;

/// A tile as its row tells.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five facts about a row that do not exclude each other"
)]
pub struct Row {
    /// Its id.
    pub tile: TileId,
    /// Its launch URL.
    pub url: String,
    /// The portal's id of its app.
    pub app_id: Option<String>,
    /// What the portal last confirmed: label, URL, and whether the app is shown.
    pub mirror: Option<(String, String, AppStatus)>,
    /// People could add it themselves.
    pub self_service: bool,
    /// The portal's own "last updated", where we know it.
    pub updated_at: Option<Timestamp>,
    /// The portal has confirmed that it is gone.
    pub is_gone: bool,
    /// A person has to decide about it.
    pub is_paused: bool,
    /// A group of ours shows it to its people.
    pub is_in_group: bool,
    /// It has no app, and none was asked for whose making is uncertain.
    pub is_without: bool,
}

/// How a tile is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Everything.
    Whole,
    /// The people: the list told the rest.
    People,
}

/// An app with our address that no tile explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The app.
    pub app: App,
    /// An orphan, a ghost or a double.
    pub kind: Kind,
    /// The tile that it looks like.
    pub tile: Option<TileId>,
}

/// What a list came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Tiles to look at.
    pub looks: Vec<(TileId, Look)>,
    /// What the portal's "last updated" of a tile is, where we did not know.
    pub learned: Vec<(TileId, Timestamp)>,
    /// Apps that no tile explains.
    pub strays: Vec<Stray>,
}

/// Compares the whole list with all tiles, and with what the portal's log told.
pub fn compare(apps: &[App], rows: &[Row], pass: u64, heard: &Heard) -> Compared {
    let listed: BTreeMap<&str, &App> = apps.iter().map(|app| (app.id.0.as_str(), app)).collect();
    let mut compared = Compared::default();
    let mut explained = BTreeSet::new();
    let mut by_url: BTreeMap<String, &Row> = BTreeMap::new();
    for row in rows {
        if let Some(key) = launch_key(&row.url) {
            by_url.insert(key, row);
        }
        let Some(id) = row.app_id.as_deref().filter(|_| !row.is_gone) else { continue };
        explained.insert(id);
        let app = listed.get(id).copied();
        if let Some(look) = look(row, app, pass, heard) {
            compared.looks.push((row.tile, look));
        } else if let (None, Some(at)) = (row.updated_at, app.and_then(|app| app.updated)) {
            compared.learned.push((row.tile, at));
        }
    }
    let unexplained = apps.iter().filter(|app| !explained.contains(app.id.0.as_str()));
    compared.strays.extend(unexplained.filter_map(|app| stray(app, &by_url)));
    compared
}

/// Whether a tile has to be looked at; `app` is what the list says of it.
fn look(row: &Row, app: Option<&App>, pass: u64, heard: &Heard) -> Option<Look> {
    let Some(app) = app else {
        // It is gone, or its address leads elsewhere. The look decides, for the list may be older than the app.
        return (!row.is_paused).then_some(Look::Whole);
    };
    let Some((label, url, status)) = &row.mirror else { return None };
    let differs = *label != app.label || *url != app.url || *status != app.status;
    let was_changed = row.updated_at.is_some_and(|at| app.updated.is_some_and(|now| now != at));
    if differs || row.self_service != app.self_service || (was_changed && !row.is_paused) {
        return Some(Look::Whole);
    }
    if row.is_paused {
        return None;
    }
    if heard.apps.contains(&app.id.0) {
        return Some(Look::Whole);
    }
    let is_due = row.tile.uuid().as_u128() % SAMPLE == u128::from(pass) % SAMPLE;
    if !row.is_in_group {
        return is_due.then_some(Look::People);
    }
    // Who sees it is in its group, which is looked at in its own turn. That somebody assigned others beside the group is told
    // by the log, and where that is closed to us by nothing but the whole app.
    (is_due && !heard.is_whole).then_some(Look::Whole)
}

fn stray(app: &App, by_url: &BTreeMap<String, &Row>) -> Option<Stray> {
    let key = launch_key(&app.url)?;
    // A bookmark of somebody's own to a page of ours is none of our business.
    let (_, id) = key.rsplit_once("/launch/")?;
    id.parse::<LaunchId>().ok()?;
    let (kind, tile) = match by_url.get(&key) {
        None => (Kind::Orphan, None),
        Some(row) if row.is_gone => (Kind::Ghost, Some(row.tile)),
        // Its create has an unknown outcome, or it is paused: the tile itself is not done with the app.
        Some(row) if row.app_id.is_none() && !row.is_without => return None,
        Some(row) => (Kind::Double, Some(row.tile)),
    };
    Some(Stray { app: app.clone(), kind, tile })
}

#[cfg(test)]
mod tests;
