//! What proves to Okta who asks: an API token, or a service app with a key of its own (C4).

mod key;
mod proof;
mod service;

pub use key::{AppKey, NewKey};
pub use service::{Chance, Scope, ServiceApp};

#[cfg(test)]
pub(super) use service::Granted;
pub(super) use service::{NotGranted, Session, TOKEN_PATH};

use http::HeaderValue;
use std::fmt;
use zeroize::Zeroizing;

/// A way to be let in by an org. It does not print itself.
pub enum Credential {
    /// An API token (SSWS): it has the rights of the person who made it.
    Token(Zeroizing<String>),
    /// An OAuth 2.0 service app: it belongs to nobody, and can do what it was granted.
    ServiceApp(ServiceApp),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(…)"),
            Self::ServiceApp(app) => write!(f, "ServiceApp({})", app.client_id),
        }
    }
}

/// A header that nobody logs.
pub(super) fn secret_header(text: &str) -> HeaderValue {
    // A token that is no header value is refused by Okta like any other wrong token.
    let mut value = HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("?"));
    value.set_sensitive(true);
    value
}
