//! The error that every refused SCIM request is answered with. Which HTTP framework sends it is
//! left to the server.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::urn;

/// A refused request: RFC 7644 section 3.12.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}{}: {detail}", scim_type.map(|kind| format!(" {kind}")).unwrap_or_default())]
pub struct Error {
    /// The HTTP status of the answer.
    pub status: u16,
    /// The kind of a 400 or 409, where RFC 7644 has a word for it.
    pub scim_type: Option<ScimType>,
    /// What happened and what to do, for the person who reads the identity provider's log.
    pub detail: String,
}

/// What was wrong with a request: RFC 7644, table 9, and RFC 9865 section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read, or compares what cannot be compared.
    InvalidFilter,
    /// The filter has more results than the server will work through.
    TooMany,
    /// Another resource has this value already.
    Uniqueness,
    /// The attribute cannot be changed, or not to this.
    Mutability,
    /// The body is not what this request takes.
    InvalidSyntax,
    /// The path of a patch cannot be read.
    InvalidPath,
    /// The path of a patch leads to nothing that could be changed.
    NoTarget,
    /// A value is missing or of the wrong type.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The request would put personal data into a URL.
    Sensitive,
    /// The cursor is none of this search's (RFC 9865).
    InvalidCursor,
    /// The cursor is too old (RFC 9865).
    ExpiredCursor,
    /// The length of a page that is asked for by cursor is no number (RFC 9865).
    InvalidCount,
}

impl Error {
    /// A refusal with the status that belongs to its kind.
    pub fn new(kind: ScimType, detail: impl Into<String>) -> Self {
        Self { status: kind.status(), scim_type: Some(kind), detail: detail.into() }
    }

    /// A refusal that has no kind of its own, such as 401, 404 or 413.
    pub fn plain(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// The body of the answer. `status` is a string there (RFC 7644 section 3.12), and Okta's
    /// conformance test insists on it.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("schemas".into(), json!([urn::ERROR]));
        if let Some(kind) = self.scim_type {
            body.insert("scimType".into(), kind.as_str().into());
        }
        body.insert("detail".into(), self.detail.as_str().into());
        body.insert("status".into(), self.status.to_string().into());
        Value::Object(body)
    }
}

impl ScimType {
    /// The word used in the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    const fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::Sensitive => 403,
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVers
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount => 400,
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_status_as_a_string() {
        let refused = Error::new(ScimType::Uniqueness, "another user has this userName");
        assert_eq!(
            refused.to_json(),
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "scimType": "uniqueness",
                "detail": "another user has this userName",
                "status": "409",
            })
        );
    }

    #[test]
    fn an_error_without_a_kind_leaves_scim_type_out() {
        let refused = Error::plain(401, "the token is not valid: create a new one");
        assert_eq!(refused.to_json().get("scimType"), None);
        assert_eq!(refused.to_json()["status"], "401");
        assert_eq!(refused.to_string(), "401: the token is not valid: create a new one");
    }
}
