//! How a launch began that a sign-in came between, for when the browser is back: by then its headers tell of the way
//! through the identity provider or our own pages, where it was last, and not of who opened the page.
//!
//! That a launch begins at once is kept with an attempt, behind a cookie: for that launch, once, and for as long as a sign-in
//! may take. All others go back to the page that asks, by its address: that needs no secret, and nothing uses it up.

use axum_extra::extract::cookie::{Cookie, SameSite};
use model::WorkspaceId;

use super::Visit;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::http::router;
use crate::signin::attempt::{self, Begun, Browser};

/// Has the browser carry that this launch begins at once when it is back.
pub(crate) async fn carry(
    app: &App,
    workspace: WorkspaceId,
    visit: &mut Visit,
    path: &str,
) -> Result<()> {
    let browser = Browser::of(app, visit.jar.clone());
    let begun = Begun::Launch { path: without_query(path).to_owned() };
    let state = attempt::begin(app, workspace, &browser, begun).await?;
    visit.jar = browser.jar.add(cookie(&app.config, state));
    Ok(())
}

/// The way back for somebody who signs in, or proves that it is them: to a launch that was begun before they were sent to do so
/// as it is, and to any other as a page that asks, for a page elsewhere may have sent them.
pub(super) async fn way(app: &App, visit: &Visit, path: &str) -> Result<String> {
    let is_settled = !router::is_launch(path) || is_begun(app, visit, without_query(path)).await?;
    Ok(if is_settled { path.to_owned() } else { router::launch_asked(path) })
}

/// Whether the browser carries that this launch begins at once. A yes is used up by that.
pub(crate) async fn take(app: &App, visit: &Visit, here: &str) -> Result<bool> {
    let Some(cookie) = visit.jar.get(name(&app.config)) else { return Ok(false) };
    if !is_begun(app, visit, here).await? {
        return Ok(false);
    }
    let browser = Browser::of(app, visit.jar.clone());
    Ok(attempt::take(app, cookie.value(), &browser).await?.is_some())
}

async fn is_begun(app: &App, visit: &Visit, here: &str) -> Result<bool> {
    let Some(cookie) = visit.jar.get(name(&app.config)) else { return Ok(false) };
    let browser = Browser::of(app, visit.jar.clone());
    let begun = attempt::find(app, cookie.value(), &browser).await?;
    Ok(matches!(begun, Some(Begun::Launch { path }) if path == here))
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
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

fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile-return" } else { "keytile-return" }
}
