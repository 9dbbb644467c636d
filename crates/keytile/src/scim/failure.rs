//! Why a SCIM request was refused, on its way to becoming a SCIM error (RFC 7644 section 3.12).

use scim::ScimType;

use crate::db;
use crate::error::Error;

/// A refusal: the protocol's, or the product's.
#[derive(Debug)]
pub enum Failure {
    /// The protocol says so.
    Protocol(scim::Error),
    /// A use-case says so.
    Product(Error),
}

impl Failure {
    /// Nothing has this id, or another client's does: the same answer for both.
    pub(super) fn not_found() -> Self {
        Error::NotFound.into()
    }

    /// Another resource has this value already.
    pub(super) fn taken(detail: impl Into<String>) -> Self {
        scim::Error::new(ScimType::Uniqueness, detail).into()
    }

    /// What the client is told. A failure of ours is logged here, and told without its cause.
    pub(super) fn into_answer(self) -> scim::Error {
        let error = match self {
            Self::Protocol(error) => return error,
            Self::Product(error) => error,
        };
        let status = match &error {
            Error::NotFound => {
                return scim::Error::plain(404, "There is no such resource. It may be deleted.");
            }
            Error::Invalid { message, .. } => {
                return scim::Error::new(ScimType::InvalidValue, message);
            }
            Error::Conflict(_) | Error::FeatureOff => 409,
            Error::Forbidden(_) | Error::ConfirmIdentity => 403,
            Error::Portal(_) => 502,
            Error::Seal(_) | Error::Database(_) => {
                let cause = &error as &dyn std::error::Error;
                tracing::error!(error = cause, "SCIM could not answer");
                500
            }
        };
        scim::Error::plain(status, error.to_string())
    }
}

impl From<scim::Error> for Failure {
    fn from(error: scim::Error) -> Self {
        Self::Protocol(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Product(error)
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::Product(error.into())
    }
}
