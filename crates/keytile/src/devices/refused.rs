//! Why a device does not get what it asked for, each case with the word that the extension knows
//! (docs/automated-login.md).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use model::Timestamp;
use serde_json::json;

use crate::db;
use crate::error::Error;

/// A refusal. It travels in the answer's extensions: the layer in `http/request` writes the body, which tells the time.
#[derive(Debug, Clone)]
pub enum Refused {
    /// Not what the protocol describes.
    Malformed(String),
    /// No such device, ended, or a signature that does not fit.
    UnknownDevice,
    /// Its clock is too far from ours.
    ClockOff,
    /// The session in which it acts is over.
    SessionOver,
    /// An admin has to approve it first.
    NeedsApproval,
    /// Its person may not use the account, or no longer.
    NoAccess,
    /// Its person may use the account, but not this.
    NotAllowed(String),
    /// Nothing is there.
    NotFound,
    /// The account has no password.
    NoPassword,
    /// The account has no seed for codes.
    NoCode,
    /// The account has no address to log in at.
    NoAddress,
    /// The ticket was used, is too old, or was never issued.
    TicketOver,
    /// The grant is used up, too old, or ended.
    GrantOver,
    /// Its person has as many devices as one may have.
    TooManyDevices,
    /// This version of the extension is not accepted; the sentence says what to do.
    VersionRefused(String),
    /// Too much; seconds until there is room again.
    TooMany(u64),
    /// Something of ours is broken; the cause is in the log.
    Broken,
}

/// What a device is answered.
pub type Answer<T> = std::result::Result<T, Refused>;

impl Refused {
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::UnknownDevice => (StatusCode::UNAUTHORIZED, "unknown_device"),
            Self::ClockOff => (StatusCode::UNAUTHORIZED, "clock_off"),
            Self::SessionOver => (StatusCode::UNAUTHORIZED, "session_over"),
            Self::NeedsApproval => (StatusCode::FORBIDDEN, "needs_approval"),
            Self::NoAccess => (StatusCode::FORBIDDEN, "no_access"),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, "not_allowed"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::NoPassword => (StatusCode::CONFLICT, "no_password"),
            Self::NoCode => (StatusCode::CONFLICT, "no_code"),
            Self::NoAddress => (StatusCode::CONFLICT, "no_address"),
            Self::TicketOver => (StatusCode::GONE, "ticket_over"),
            Self::GrantOver => (StatusCode::GONE, "grant_over"),
            Self::VersionRefused(_) => (StatusCode::UPGRADE_REQUIRED, "version_refused"),
            Self::TooManyDevices => (StatusCode::CONFLICT, "too_many_devices"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> String {
        match self {
            Self::Malformed(text) | Self::NotAllowed(text) | Self::VersionRefused(text) => {
                return text.clone();
            }
            Self::UnknownDevice => {
                "This browser is not known here, or no longer. It has to be added again."
            }
            Self::ClockOff => "The clock of this computer differs too much from the server's.",
            Self::SessionOver => "You are signed out. Sign in to Keytile, then try again.",
            Self::NeedsApproval => "An admin has to approve this browser first.",
            Self::NoAccess => "You do not have access to this account, or no longer.",
            Self::NotFound => "There is nothing here.",
            Self::NoPassword => "This account has no password stored.",
            Self::NoCode => "This account has no verification codes stored.",
            Self::NoAddress => "This account has no address to log in at.",
            Self::TicketOver => "The page is too old. Load it again.",
            Self::GrantOver => "The permission to log in ran out. Start again from the tile.",
            Self::TooManyDevices => {
                "You have added as many browsers as one person may have. Remove one that you no longer use under My \
                 browsers in Keytile, then try again."
            }
            Self::TooMany(wait) => {
                return format!("That was too often. Wait {wait} seconds, then try again.");
            }
            Self::Broken => {
                "Something went wrong on the server. Try again; if it stays, tell whoever runs it."
            }
        }
        .into()
    }

    /// The answer, with the server's time.
    pub fn explain(&self, now: Timestamp) -> Response {
        let (status, code) = self.code();
        let body =
            json!({ "code": code, "message": self.message(), "server_time": now.as_millisecond() });
        let mut response = (status, Json(body)).into_response();
        if let Self::TooMany(wait) = self {
            response.headers_mut().insert(RETRY_AFTER, (*wait).into());
        }
        response
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.code().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Forbidden(text) => Self::NotAllowed(text),
            Error::Invalid { message, .. } => Self::Malformed(message),
            Error::Conflict(_)
            | Error::FeatureOff
            | Error::ConfirmIdentity
            | Error::Portal(_)
            | Error::Seal(_)
            | Error::Database(_) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "could not answer a device"
                );
                Self::Broken
            }
        }
    }
}

impl From<db::Error> for Refused {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<seal::Error> for Refused {
    fn from(error: seal::Error) -> Self {
        Error::from(error).into()
    }
}
