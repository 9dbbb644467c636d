//! Is this the app that we made? Asked before everything that could harm somebody else's (T2).

use super::wire::WireApp;
use crate::plan::is_same_launch;
use crate::{AppId, Error};

/// Refuses an app that is not a bookmark with our launch URL in the connected org.
///
/// The URL may carry additions of an admin; origin and launch id decide.
pub(crate) fn check(
    id: &AppId,
    app: &WireApp,
    url: &str,
    org_id: Option<&str>,
) -> Result<(), Error> {
    let why = if app.id != id.0 {
        format!("Okta answered with another app, {}", app.id)
    } else if !app.is_bookmark() {
        format!("it is a {} app and not a bookmark", or_unnamed(&app.name))
    } else if !is_same_launch(url, app.url()) {
        "its URL is not the launch URL of this account".to_owned()
    } else if let (Some(expected), Some(found)) = (org_id, app.org_id())
        && expected != found
    {
        format!("it belongs to the Okta org {found} and not to {expected}")
    } else {
        return Ok(());
    };
    Err(Error::Foreign { app: id.clone(), why })
}

fn or_unnamed(name: &str) -> &str {
    if name.is_empty() { "nameless" } else { name }
}
