//! Where an account's login may be filled in: exact origins, of which the login page's own is the default (T22).

use model::LoginUrl;

use super::Account;
use crate::app::App;
use crate::error::{Error, Result};

/// The most origins of one account.
const MOST: usize = 20;

/// The origins that somebody has listed: exact, sorted, each once; none for the default.
pub(super) fn parse(app: &App, listed: &[String]) -> Result<Option<Vec<String>>> {
    parse_at(allows_local(app), listed)
}

/// Where this account's login may be filled in: what was listed, else the origin of the login page; sorted. Checked again,
/// for what is stored may be older than a rule.
pub fn of(app: &App, account: &Account) -> Vec<String> {
    of_at(allows_local(app), account.origins.as_deref(), account.login_url.as_deref())
}

/// The address of a login page, where a login may be filled in at such an address.
pub fn address(app: &App, login_url: Option<&str>) -> Option<String> {
    let url = LoginUrl::parse(login_url?, allows_local(app)).ok()?;
    Some(url.as_str().to_owned())
}

/// Whether plain http to this very machine is an origin: only where the server itself is on it.
fn allows_local(app: &App) -> bool {
    app.config.is_local()
}

fn parse_at(local: bool, listed: &[String]) -> Result<Option<Vec<String>>> {
    let listed = listed.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut origins = Vec::new();
    for text in listed {
        let url = LoginUrl::parse(text, local)
            .map_err(|e| Error::invalid("origins", format!("{text}: {e}")))?;
        if !is_exact(&url) {
            let text = "List each address by itself: a * does not stand for others.";
            return Err(Error::invalid("origins", text));
        }
        origins.push(url.origin());
    }
    origins.sort();
    origins.dedup();
    if origins.len() > MOST {
        return Err(Error::invalid("origins", format!("At most {MOST} addresses can be listed.")));
    }
    Ok((!origins.is_empty()).then_some(origins))
}

fn of_at(local: bool, listed: Option<&[String]>, login_url: Option<&str>) -> Vec<String> {
    let default = login_url.filter(|_| listed.is_none());
    let mut origins: Vec<String> = listed
        .unwrap_or_default()
        .iter()
        .map(String::as_str)
        .chain(default)
        .filter_map(|text| LoginUrl::parse(text, local).ok())
        .filter(is_exact)
        .map(|url| url.origin())
        .collect();
    origins.sort();
    origins.dedup();
    origins
}

/// A host with a * in it is one to a parser of URLs, and something else to whoever wrote it.
fn is_exact(url: &LoginUrl) -> bool {
    !url.host().contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn origins_are_exact_and_each_is_there_once() {
        let listed = texts(&[
            " https://www.Example.com/login?x=1 ",
            "https://login.example.com:443",
            "https://login.example.com:8443",
            "https://www.example.com",
            "",
        ]);
        let origins = parse_at(false, &listed).unwrap();
        let expected = texts(&[
            "https://login.example.com",
            "https://login.example.com:8443",
            "https://www.example.com",
        ]);
        assert_eq!(origins.as_deref(), Some(expected.as_slice()));
        assert_eq!(of_at(false, origins.as_deref(), Some("https://other.example/")), expected);
        assert_eq!(parse_at(false, &texts(&["", " "])).unwrap(), None);
        let many: Vec<String> = (0..21).map(|n| format!("https://a{n}.example")).collect();
        assert!(parse_at(false, &many).is_err());
    }

    /// T22: nothing that merely looks alike, and nothing without TLS but this very machine, where the server is on it.
    #[test]
    fn what_is_no_place_for_a_password_is_no_origin() {
        for text in [
            "http://www.example.com",
            "https://www.example.com@evil.example",
            "javascript:alert(1)",
            "www.example.com",
            "*.example.com",
            "https://*.example.com",
            "data:text/html,x",
            "file:///etc/passwd",
            "null",
            "http://localhost:8080",
            "http://127.0.0.1",
        ] {
            assert!(parse_at(false, &texts(&[text])).is_err(), "{text}");
            assert!(of_at(false, None, Some(text)).is_empty(), "{text}");
            assert!(
                of_at(false, Some(&texts(&[text])), None).is_empty(),
                "{text}, stored long ago"
            );
        }
        for text in ["http://localhost:8080", "http://127.0.0.1:8080"] {
            assert_eq!(of_at(true, None, Some(&format!("{text}/login"))), [text]);
        }
        assert!(parse_at(true, &texts(&["http://192.168.0.1"])).is_err());
    }
}
