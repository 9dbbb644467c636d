//! The chiclets of one person: which apps show, in which order, and why there may be none.

use askama::Template;
use sha2::{Digest as _, Sha256};

use crate::org::{App, AppKind, AppLink, Org};

/// One chiclet.
#[derive(PartialEq, Eq)]
pub struct Tile {
    pub id: String,
    pub label: String,
    pub href: String,
    /// Where the app's own picture is; without one the letter shows.
    pub picture: Option<String>,
    pub letter: char,
    /// Which of the eight colours the letter stands on; the same app always has the same.
    pub hue: u8,
}

/// The chiclets that show, and what else the person has.
#[derive(Template)]
#[template(path = "people/dashboard/apps.html")]
pub struct Apps {
    pub shown: Vec<Tile>,
    pub query: String,
    inactive: usize,
    hidden: usize,
}

impl Apps {
    /// What a person sees who looks for `query`; with an empty one, everything.
    pub fn of(org: &Org, user: &str, query: &str) -> Self {
        let query = query.trim();
        let mut links = org.links_of_user(user).unwrap_or_default();
        links.retain(|link| org.app(&link.app_id).is_ok_and(opens_something));
        let hidden = links.iter().filter(|link| link.hidden).count();
        let inactive =
            org.apps.values().filter(|app| !app.is_active() && app.users.contains_key(user));
        let wanted = query.to_lowercase();
        let shown = links
            .into_iter()
            .filter(|link| !link.hidden && link.label.to_lowercase().contains(&wanted));
        let shown = shown.map(|link| Tile {
            picture: picture(org, &link),
            // Relative, so that the page also works where the org is reached by another name.
            href: link.link_url.strip_prefix(&org.base_url).unwrap_or(&link.link_url).to_owned(),
            letter: letter(&link.label),
            hue: Sha256::digest(&link.app_id)[0] % 8,
            id: link.app_id,
            label: link.label,
        });
        let shown = shown.collect();
        Self { shown, query: query.to_owned(), inactive: inactive.count(), hidden }
    }
}

/// The address changes with the app, so that a new picture does not hide behind a cached one.
fn picture(org: &Org, link: &AppLink) -> Option<String> {
    let app = org.app(&link.app_id).ok().filter(|app| app.logo.is_some())?;
    let path = link.logo_url.strip_prefix(&org.base_url)?;
    Some(format!("{path}?v={}", app.last_updated.as_second()))
}

/// Apps that only sign people in, or only provision them, have nothing to click on.
fn opens_something(app: &App) -> bool {
    match &app.kind {
        AppKind::Bookmark { .. } => true,
        AppKind::Oidc(client) => client.initiate_login_uri.is_some(),
        AppKind::Other { .. } => false,
    }
}

/// The first letter or digit of what names the app: `Contentzilla - Instagram` shows a C.
fn letter(label: &str) -> char {
    let first = label.chars().find(|c| c.is_alphanumeric()).unwrap_or('•');
    first.to_uppercase().next().unwrap_or(first)
}
