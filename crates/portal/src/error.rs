//! What went wrong, told so that the caller need not guess what to do next.
//!
//! `Display` is a sentence for people with a way forward; [`Error::detail`] is for operators.

pub use crate::okta::misconfigured::Misconfigured;

use crate::{AppId, GroupId};
use jiff::Timestamp;

/// A failure that carries its decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The limit is used up. Nothing was done, and this is no attempt.
    #[error("The portal asks us to slow down. We go on by ourselves at {until}.")]
    Throttled {
        /// When to ask again.
        until: Timestamp,
    },
    /// No usable answer: look again on the next run.
    #[error("The portal did not give a usable answer. Nothing is lost: we try again by ourselves.")]
    Unavailable {
        /// What happened, with its causes, for operators.
        detail: String,
        /// The step may have been done. After a create: search before creating again.
        unknown_outcome: bool,
    },
    /// The portal understood and said no: repeating the same step will not help.
    #[error("The portal refused this step: {reason} Change what it names, then sync again.")]
    Refused {
        /// The portal's own code.
        code: String,
        /// A sentence that says why.
        reason: String,
        /// The portal's id of the request, to quote to its support.
        request_id: Option<String>,
    },
    /// The connection itself has to be put right by an admin: stop everything that uses it.
    #[error("{what}")]
    Misconfigured {
        /// What to put right.
        what: Misconfigured,
        /// The portal's id of the request, where there was one.
        request_id: Option<String>,
    },
    /// The app is not the one that we made (T2). Nothing was written.
    #[error(
        "The app {app} in the portal is not the one that belongs to this account: {why}. \
         We left it alone. Check it in the portal, then extend the account again."
    )]
    Foreign {
        /// The app that we were about to change.
        app: AppId,
        /// How it differs from ours.
        why: String,
    },
    /// The group is not one that we may write to (T2). Nothing was written.
    #[error(
        "The group {group} in the portal is not one that Keytile may change: {why}. We left it \
         alone. Check it in the portal, then sync again."
    )]
    ForeignGroup {
        /// The group that we were about to change.
        group: GroupId,
        /// How it differs from ours.
        why: String,
    },
    /// The portal has no such app or group.
    #[error("It is not in the portal. Sync again, or extend the account again.")]
    NotThere,
    /// The portal's plan allows no more apps.
    #[error(
        "The portal holds as many apps as its plan allows. Remove apps there or ask its support \
         for more, then sync again."
    )]
    InstanceCap,
}

impl Error {
    /// What operators should read beside the sentence for people.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Unavailable { detail, .. } => Some(detail),
            Self::Refused { code, .. } => Some(code),
            Self::Foreign { why, .. } | Self::ForeignGroup { why, .. } => Some(why),
            Self::Throttled { .. }
            | Self::Misconfigured { .. }
            | Self::NotThere
            | Self::InstanceCap => None,
        }
    }

    /// The portal's id of the failed request, to quote to its support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused { request_id, .. } | Self::Misconfigured { request_id, .. } => {
                request_id.as_deref()
            }
            Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Foreign { .. }
            | Self::ForeignGroup { .. }
            | Self::NotThere
            | Self::InstanceCap => None,
        }
    }

    /// Whether the step may have been done although it failed.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Unavailable { unknown_outcome: true, .. })
    }

    pub(crate) fn misconfigured(what: Misconfigured) -> Self {
        Self::Misconfigured { what, request_id: None }
    }
}
