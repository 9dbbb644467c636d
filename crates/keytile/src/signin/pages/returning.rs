//! How a launch began that a sign-in came between, for when the browser is back: by then its headers tell of the way
//! through the identity provider, where it was last, and not of who opened the page. Kept with the attempt and then, for
//! a minute and once, behind a cookie.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use model::WorkspaceId;

use super::Visit;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::signin::attempt::{self, Begun, Browser};

/// A redirect takes no longer.
const LASTS: SignedDuration = SignedDuration::from_mins(1);

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

/// The cookie that carries it to the next page.
pub(super) async fn carry(
    app: &App,
    workspace: WorkspaceId,
    browser: &Browser,
    path: &str,
    begins: bool,
) -> Result<Cookie<'static>> {
    let begun = Begun::Launch { path: path.to_owned(), begins };
    let state = attempt::begin_for(app, workspace, browser, begun, LASTS).await?;
    Ok(cookie(&app.config, state))
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
