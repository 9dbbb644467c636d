//! How a browser came to a page that begins a login, told by what it says of itself and no page can forge
//! (<https://www.w3.org/TR/fetch-metadata/>): whether the login begins at once, after a click, or not at all.
//!
//! A page elsewhere could open a tile's address and so begin a login that nobody asked for. Nothing would leak by it, for
//! it goes to the account's own site and no secret to whoever opened it, but it is not theirs to begin. From the portal
//! and from nowhere in particular (typed, a bookmark, the extension) it goes on at once.
//!
//! Where another site hides its address we cannot tell it from a portal that does: a login then begins at once only by a
//! launch id, 128 random bits that the portal and those with access know; an account's address, which others may know, asks.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::REFERER;
use http::request::Parts;
use url::Url;

/// How a browser came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// By itself, or from a page of ours.
    Own,
    /// From another site, with its origin where it says so.
    Other(Option<String>),
    /// Not as a page of its own: in a frame, by a script, or from a browser that does not say.
    Inside,
}

impl Arrival {
    fn of(headers: &HeaderMap) -> Self {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_page = said("sec-fetch-dest") == Some("document")
            && said("sec-fetch-mode") == Some("navigate");
        match said("sec-fetch-site") {
            Some("none" | "same-origin") if is_page => Self::Own,
            Some("same-site" | "cross-site") if is_page => {
                let from = said(REFERER.as_str()).and_then(|text| Url::parse(text).ok());
                Self::Other(from.map(|url| url.origin().ascii_serialization()))
            }
            _ => Self::Inside,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Arrival {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The login begins.
    AtOnce,
    /// It begins once the person clicks.
    Asked,
    /// It does not begin here.
    Never,
}

impl Arrival {
    /// Decides. `trusted`: the origins of the portal and of who signs people in. `unguessable`: whether the address itself
    /// is known to nobody else.
    pub fn start(&self, trusted: &[String], unguessable: bool) -> Start {
        match self {
            Self::Own => Start::AtOnce,
            Self::Other(Some(origin)) if trusted.contains(origin) => Start::AtOnce,
            Self::Other(None) if unguessable => Start::AtOnce,
            Self::Other(_) => Start::Asked,
            Self::Inside => Start::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(dest: &str, mode: &str, site: &str, referrer: &str) -> Arrival {
        let mut headers = HeaderMap::new();
        let all = [
            ("sec-fetch-dest", dest),
            ("sec-fetch-mode", mode),
            ("sec-fetch-site", site),
            ("referer", referrer),
        ];
        for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
            headers.insert(name, value.parse().unwrap());
        }
        Arrival::of(&headers)
    }

    /// T12: a login that somebody else's page begins.
    #[test]
    fn another_site_begins_no_login_without_a_click() {
        let trusted = ["https://acme.okta.com".to_owned()];
        let start = |site: &str, referrer: &str, unguessable| {
            arrival("document", "navigate", site, referrer).start(&trusted, unguessable)
        };
        for unguessable in [true, false] {
            assert_eq!(start("none", "", unguessable), Start::AtOnce);
            assert_eq!(
                start("same-origin", "https://keytile.example/", unguessable),
                Start::AtOnce
            );
            assert_eq!(
                start("cross-site", "https://acme.okta.com/app/x", unguessable),
                Start::AtOnce
            );
            assert_eq!(start("cross-site", "https://evil.example/", unguessable), Start::Asked);
            assert_eq!(
                start("same-site", "https://forum.keytile.example/", unguessable),
                Start::Asked
            );
            assert_eq!(
                start("cross-site", "https://acme.okta.com.evil.example/", unguessable),
                Start::Asked
            );
        }
        assert_eq!(start("cross-site", "", true), Start::AtOnce, "the portal may hide where it is");
        assert_eq!(start("cross-site", "", false), Start::Asked);
    }

    #[test]
    fn what_is_no_page_of_its_own_begins_nothing() {
        for (dest, mode, site) in [
            ("iframe", "navigate", "same-origin"),
            ("iframe", "navigate", "cross-site"),
            ("empty", "cors", "same-origin"),
            ("document", "no-cors", "none"),
            ("document", "navigate", ""),
            ("", "", ""),
        ] {
            let arrival = arrival(dest, mode, site, "");
            assert_eq!(arrival.start(&[], true), Start::Never, "{dest} {mode} {site}");
        }
    }
}
