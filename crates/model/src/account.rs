//! What an account may hold: its names, where it logs in, and how long its fields are.
//! Sealing what is secret, and storing any of it, is left to others.

use std::fmt;

use serde::{Serialize, Serializer};
use url::{Host, Url};

pub use crate::name::{AccountName, AppName};
use crate::text;

/// The longest login URL, in bytes: what every browser takes.
pub const LOGIN_URL_MAX: usize = 2_048;

/// Where an account logs in. The extension fills nowhere else, so this is checked on every write
/// and again on every read (security.md, T15).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoginUrl(Url);

/// Why a text is not a login URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginUrlError {
    /// Not an absolute URL.
    #[error("This is not a web address. Copy it from the login page; it begins with https://.")]
    Malformed,
    /// `http`, `javascript`, `data`, `file`, or any other scheme.
    #[error("The login page must begin with https://. A password must not travel unencrypted.")]
    Scheme,
    /// `https://user:password@host/`, which hides where it leads.
    #[error("Remove the part before @. The user name and the password have fields of their own.")]
    UserInfo,
    /// Control or bidi characters, which would be dropped silently or shown wrongly.
    #[error("The address holds hidden characters. Copy it again from the address bar.")]
    Hidden,
    /// Longer than [`LOGIN_URL_MAX`].
    #[error("The address is longer than {LOGIN_URL_MAX} characters. Remove what follows the ?.")]
    TooLong,
}

impl LoginUrl {
    /// Parses what a person typed or what was stored. `https` only; with `allow_http_localhost`
    /// (a switch of the server, C27) also `http` to this very machine.
    pub fn parse(text: &str, allow_http_localhost: bool) -> Result<Self, LoginUrlError> {
        let text = text.trim();
        if text.len() > LOGIN_URL_MAX {
            return Err(LoginUrlError::TooLong);
        }
        // The URL standard strips tabs and line breaks inside; we would rather not guess.
        if text.chars().any(|c| text::is_control(c) || text::is_bidi_control(c)) {
            return Err(LoginUrlError::Hidden);
        }
        let url = Url::parse(text).map_err(|_| LoginUrlError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if allow_http_localhost && is_this_machine(&url) => {}
            _ => return Err(LoginUrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(LoginUrlError::UserInfo);
        }
        // Percent-encoding may have made it longer than what was typed.
        if url.as_str().len() > LOGIN_URL_MAX {
            return Err(LoginUrlError::TooLong);
        }
        Ok(Self(url))
    }

    /// The address, normalized: lower-case host, punycode, no default port.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address in parts.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The host, in lower case and punycode.
    pub fn host(&self) -> &str {
        self.0.host_str().expect("https and http URLs always have a host")
    }

    /// Scheme, host and port, as a browser writes the origin of the page.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() && address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(_)) | None => false,
    }
}

impl fmt::Display for LoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Written only: to read one, say whether `http` to this machine is allowed.
impl Serialize for LoginUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The name that its owner registered: `example.co.uk` of `login.example.co.uk`, by the public
/// suffix list. `None` for an address of numbers, for `localhost`, and for a suffix itself.
pub fn registrable_domain(url: &LoginUrl) -> Option<&str> {
    match url.0.host()? {
        // A final dot names the same site.
        Host::Domain(_) => psl::domain_str(url.host().trim_end_matches('.')),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

#[cfg(test)]
mod tests;
