//! What a use-case answers when it cannot do what was asked: each case is one decision of its caller's.

use model::access::Denied;

use crate::db;

/// Why a use-case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the caller may not know that it does: 404.
    #[error("There is nothing here, or you have no access to it.")]
    NotFound,
    /// The caller may see it, but not do this: 403, with the reason.
    #[error("{0}")]
    Forbidden(String),
    /// A field is not acceptable: 422. The message says what to write instead.
    #[error("{message}")]
    Invalid {
        /// The field as the form and the API name it.
        field: &'static str,
        /// A sentence for the person.
        message: String,
    },
    /// It clashes with what is there: 409.
    #[error("{0}")]
    Conflict(String),
    /// Extended account access is off in this workspace: 409 `feature_off` (S5).
    #[error(
        "Extending accounts to Okta is turned off in this workspace. Ask an admin to turn it on under Settings."
    )]
    FeatureOff,
    /// The session must be confirmed by a fresh sign-in first (C41).
    #[error("Please confirm that it is you, then try again.")]
    ConfirmIdentity,
    /// The portal answered, or could not be reached; the sentence says what to do.
    #[error("{0}")]
    Portal(String),
    /// A stored secret could not be opened: tampering, or a missing root key.
    #[error(
        "A stored secret could not be opened. Run `keytile check` on the server; nothing was changed."
    )]
    Seal(#[from] seal::Error),
    /// The database failed.
    #[error(
        "The database did not answer as it should. Try again; if it persists, an operator should look at the server's log."
    )]
    Database(#[from] db::Error),
}

/// What use-cases return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A field that is not acceptable.
    pub fn invalid(field: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Invalid { field, message: message.to_string() }
    }

    /// A stable word for the API and for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Invalid { .. } => "invalid",
            Self::Conflict(_) => "conflict",
            Self::FeatureOff => "feature_off",
            Self::ConfirmIdentity => "confirm_identity",
            Self::Portal(_) => "portal",
            Self::Seal(_) => "sealed",
            Self::Database(_) => "database",
        }
    }
}

/// The one place where a refusal becomes an answer: what is hidden does not exist.
impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden => Self::NotFound,
            Denied::Forbidden(reason) => Self::Forbidden(reason.to_string()),
        }
    }
}
