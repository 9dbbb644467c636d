//! How a browser came to a page that begins a login, told by what it says of itself and no page can forge
//! (<https://www.w3.org/TR/fetch-metadata/>): whether the login begins at once, after a click, or not at all.
//!
//! A page elsewhere could open a tile's address and so begin a login that nobody asked for. Nothing would leak by it, for
//! it goes to the account's own site and no secret to whoever opened it, but it is not theirs to begin. From the portal
//! and from nowhere in particular (typed, a bookmark, the extension) it goes on at once.
//!
//! Where another site hides its address we cannot tell it from a portal that does: a login then begins at once only after a
//! click there (`Sec-Fetch-User`), and by a launch id, 128 random bits that the portal and those with access know; an
//! account's address, which others may know, asks. Where a sign-in came between, what was decided before it stands.

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
    /// From another site.
    Other {
        /// Its origin, where it says so.
        origin: Option<String>,
        /// Whether the person has clicked or typed there to come here.
        by_click: bool,
    },
    /// Not as a page of its own that somebody looks at: in a frame, by a script, ahead of time, or from a browser that does
    /// not say.
    Inside,
}

impl Arrival {
    fn of(headers: &HeaderMap) -> Self {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_page = said("sec-fetch-dest") == Some("document")
            && said("sec-fetch-mode") == Some("navigate")
            && !said("sec-purpose").is_some_and(is_ahead_of_time);
        match said("sec-fetch-site") {
            Some("none" | "same-origin") if is_page => Self::Own,
            Some("same-site" | "cross-site") if is_page => {
                let from = said(REFERER.as_str()).and_then(|text| Url::parse(text).ok());
                Self::Other {
                    origin: from.map(|url| url.origin().ascii_serialization()),
                    by_click: said("sec-fetch-user") == Some("?1"),
                }
            }
            _ => Self::Inside,
        }
    }
}

/// A page that a browser loads before anybody wants to see it (<https://wicg.github.io/nav-speculation/prefetch.html>).
fn is_ahead_of_time(purpose: &str) -> bool {
    let purpose = purpose.to_ascii_lowercase();
    purpose.contains("prefetch") || purpose.contains("prerender")
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
    /// is known to nobody else. `decided`: whether it begins at once, where that was decided before the person was sent to
    /// sign in: on the way back the headers tell only of that way.
    pub fn start(&self, trusted: &[String], unguessable: bool, decided: Option<bool>) -> Start {
        match (self, decided) {
            (Self::Inside, _) => Start::Never,
            (_, Some(true)) | (Self::Own, None) => Start::AtOnce,
            (Self::Other { origin: Some(origin), .. }, None) if trusted.contains(origin) => {
                Start::AtOnce
            }
            (Self::Other { origin: None, by_click: true }, None) if unguessable => Start::AtOnce,
            (_, Some(false)) | (Self::Other { .. }, None) => Start::Asked,
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
            arrival("document", "navigate", site, referrer).start(&trusted, unguessable, None)
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
        assert_eq!(start("cross-site", "", true), Start::Asked, "a page that hides where it is");
        assert_eq!(start("cross-site", "", false), Start::Asked);
    }

    /// The portal may hide where it is; a click on it is told apart from a page that moves by itself.
    #[test]
    fn a_click_on_a_page_that_hides_its_address_begins_a_tile() {
        let hidden = |by_click| Arrival::Other { origin: None, by_click };
        assert_eq!(hidden(true).start(&[], true, None), Start::AtOnce);
        assert_eq!(hidden(true).start(&[], false, None), Start::Asked);
        assert_eq!(hidden(false).start(&[], true, None), Start::Asked);
        let evil = Arrival::Other { origin: Some("https://evil.example".into()), by_click: true };
        assert_eq!(evil.start(&[], true, None), Start::Asked);
    }

    #[test]
    fn what_was_decided_before_a_sign_in_stands_after_it() {
        let trusted = ["https://acme.okta.com".to_owned()];
        let portal =
            Arrival::Other { origin: Some("https://acme.okta.com".into()), by_click: true };
        let hidden = Arrival::Other { origin: None, by_click: false };
        for unguessable in [true, false] {
            assert_eq!(hidden.start(&trusted, unguessable, Some(true)), Start::AtOnce);
            assert_eq!(portal.start(&trusted, unguessable, Some(false)), Start::Asked);
            assert_eq!(Arrival::Inside.start(&trusted, unguessable, Some(true)), Start::Never);
            assert_eq!(Arrival::Own.start(&trusted, unguessable, Some(false)), Start::Asked);
        }
    }

    #[test]
    fn a_page_that_is_loaded_ahead_of_time_begins_nothing() {
        for purpose in
            ["prefetch", "prefetch;prerender", "Prefetch;anonymous-client-ip", "prerender"]
        {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("sec-fetch-dest", "document"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-site", "same-origin"),
                ("sec-purpose", purpose),
            ] {
                headers.insert(name, value.parse().unwrap());
            }
            assert_eq!(Arrival::of(&headers), Arrival::Inside, "{purpose}");
        }
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
            assert_eq!(arrival.start(&[], true, None), Start::Never, "{dest} {mode} {site}");
        }
    }
}
