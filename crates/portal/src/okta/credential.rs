//! What proves to Okta who asks.

use std::fmt;
use zeroize::Zeroizing;

/// A way to be let in by an org. It does not print itself.
pub enum Credential {
    /// An API token (SSWS): it has the rights of the person who made it.
    Token(Zeroizing<String>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(…)"),
        }
    }
}
