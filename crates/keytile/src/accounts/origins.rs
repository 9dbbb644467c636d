//! Where an account's login may be filled in: exact origins, of which the login page's own is the default (T22).

use model::LoginUrl;

use super::Account;
use crate::app::App;
use crate::error::{Error, Result};

/// The most origins of one account.
const MOST: usize = 20;

/// Whether plain http to this very machine is an origin: only where the server itself is on it.
fn allows_local(app: &App) -> bool {
    app.config.is_local()
}

/// The origins that somebody has listed: exact, sorted, each once; none for the default.
pub(super) fn parse(app: &App, listed: &[String]) -> Result<Option<Vec<String>>> {
    let listed = listed.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut origins = Vec::new();
    for text in listed {
        let url =
            LoginUrl::parse(text, allows_local(app)).map_err(|e| Error::invalid("origins", e))?;
        origins.push(url.origin());
    }
    origins.sort();
    origins.dedup();
    if origins.len() > MOST {
        return Err(Error::invalid("origins", format!("At most {MOST} addresses can be listed.")));
    }
    Ok((!origins.is_empty()).then_some(origins))
}

/// Where this account's login may be filled in: what was listed, else the origin of the login page; sorted. Checked again,
/// for what is stored may be older than a rule.
pub fn of(app: &App, account: &Account) -> Vec<String> {
    let listed = account.origins.iter().flatten().map(String::as_str);
    let default = account.login_url.as_deref().filter(|_| account.origins.is_none());
    let mut origins: Vec<String> = listed
        .chain(default)
        .filter_map(|text| LoginUrl::parse(text, allows_local(app)).ok())
        .map(|url| url.origin())
        .collect();
    origins.sort();
    origins.dedup();
    origins
}

/// The address of a login page, where a login may be filled in at such an address.
pub fn address(app: &App, login_url: Option<&str>) -> Option<String> {
    let url = LoginUrl::parse(login_url?, allows_local(app)).ok()?;
    Some(url.as_str().to_owned())
}
