//! How a launch began that a sign-in came between, for when the browser is back: by then its headers tell of the way
//! through the identity provider or our own pages, where it was last, and not of who opened the page. Kept with the attempt
//! and then, for as long as the way there takes and once, behind a cookie.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use model::WorkspaceId;

use super::Visit;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::http::router;
use crate::signin::attempt::{self, Begun, Browser};

/// A redirect takes no longer.
pub(super) const REDIRECT: SignedDuration = SignedDuration::from_mins(1);

/// A person who has to do something first may take as long as for any attempt to sign in.
pub(crate) const PERSON: SignedDuration = SignedDuration::from_mins(10);

/// Whether a launch begins at once, as it was decided before its person was sent to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Returned {
    path: String,
    begins: bool,
}

impl Returned {
    /// What was decided for this page. A yes is for that page alone; a no is for whichever comes first, so that no other
    /// spelling of its address gets round it.
    pub(crate) fn at(&self, here: &str) -> Option<bool> {
        let path = self.path.split('?').next();
        if self.begins { (path == Some(here)).then_some(true) } else { Some(false) }
    }
}

/// The cookies that carry it to this launch for so long; none where nothing was decided.
pub(crate) async fn carry(
    app: &App,
    workspace: WorkspaceId,
    visit: &Visit,
    (path, begins): (&str, Option<bool>),
    lasts: SignedDuration,
) -> Result<CookieJar> {
    let Some(begins) = begins else { return Ok(CookieJar::new()) };
    let browser = Browser::of(app, visit.jar.clone());
    let begun = Begun::Launch { path: path.to_owned(), begins };
    let state = attempt::begin_for(app, workspace, &browser, begun, lasts).await?;
    Ok(browser.jar.add(cookie(&app.config, state)))
}

/// Whether the launch begins at once to which somebody goes who signs in, or proves that it is them: as was decided before
/// they were sent to do so, and else not, for a page elsewhere may have sent them. `None` where they go anywhere else.
pub(super) async fn decided(app: &App, visit: &Visit, path: &str) -> Result<Option<bool>> {
    if !router::is_launch(path) {
        return Ok(None);
    }
    let here = path.split('?').next().unwrap_or(path);
    let known = take(app, visit).await?.and_then(|returned| returned.at(here));
    Ok(Some(known.unwrap_or(false)))
}

/// Takes what this browser carries, once.
pub(crate) async fn take(app: &App, visit: &Visit) -> Result<Option<Returned>> {
    let Some(cookie) = visit.jar.get(name(&app.config)) else { return Ok(None) };
    let browser = Browser::of(app, visit.jar.clone());
    Ok(match attempt::take(app, cookie.value(), &browser).await? {
        Some((_, Begun::Launch { path, begins })) => Some(Returned { path, begins }),
        Some(_) | None => None,
    })
}

fn cookie(config: &Config, state: String) -> Cookie<'static> {
    Cookie::build((name(config), state))
        .path("/")
        .http_only(true)
        .secure(config.is_https())
        // The way back comes from another site.
        .same_site(SameSite::Lax)
        .build()
}

/// Ends the cookie, where this browser has it: what it stood for is used up.
pub(crate) fn forget(app: &App, visit: &Visit) -> CookieJar {
    let name = name(&app.config);
    let jar = CookieJar::new();
    if visit.jar.get(name).is_none() {
        return jar;
    }
    let mut cookie = cookie(&app.config, String::new());
    cookie.make_removal();
    jar.add(cookie)
}

fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile-return" } else { "keytile-return" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_for_one_page_and_a_no_for_any() {
        let returned = |begins| Returned { path: "/launch/1".into(), begins };
        assert_eq!(returned(true).at("/launch/1"), Some(true));
        assert_eq!(returned(true).at("/launch/2"), None);
        assert_eq!(returned(false).at("/launch/1"), Some(false));
        assert_eq!(returned(false).at("/launch/%31"), Some(false));
    }
}
