//! One act of mischief, as it is drawn and as it is told afterwards.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What strikes a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "trick", deny_unknown_fields)]
pub enum Trick {
    Latency {
        wait: SignedDuration,
        after_the_work: bool,
    },
    SlowDrip {
        wait: SignedDuration,
    },
    LostAfterCommit,
    DroppedBefore,
    Limited {
        reset: Reset,
    },
    /// An error status. `committed` says whether the work is done all the same.
    Error {
        status: u16,
        committed: bool,
    },
    Reconciling,
    CutOff,
    TruncatedJson,
    InvalidJson,
    Html,
    EmptyBody,
    NoContent,
    PageRepeated,
    PageSkipped,
    ListEndsEarly,
    /// Missing from lists until then.
    ListLag {
        id: String,
        until: Timestamp,
    },
    /// Unknown to one of two replicas until then.
    StaleReplica {
        id: String,
        until: Timestamp,
    },
    /// This call met the replica that does not know the app.
    NotFoundByReplica {
        id: String,
    },
    /// Not in the System Log until then.
    LateEvent {
        event_type: String,
        until: Timestamp,
    },
    /// Deleted, and there again in between.
    Reappearance {
        id: String,
        from: Timestamp,
        until: Timestamp,
    },
}

/// What a 429 says about when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    Right { after: SignedDuration },
    HoursAway { after: SignedDuration },
    Missing,
    Past,
    Concurrency,
}

/// A trick that struck, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strike {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    #[serde(flatten)]
    pub trick: Trick,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {:?}", self.at, self.method, self.path, self.trick)
    }
}
