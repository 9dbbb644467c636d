//! What one turn of a worker was for, and what it came to.

use model::{AudienceId, TileId, Timestamp};
use uuid::Uuid;

/// What a turn came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Something was done for this one; there may be more.
    Did(Subject),
    /// Something was done that no tile waits for: an audit, an app that nobody knows, or a picture.
    Audited,
    /// Nothing can be done before this instant, or (with none) before somebody changes something.
    Wait(Option<Timestamp>),
    /// Everything is as it should be.
    Idle,
    /// The connection has changed: build the portal anew.
    Outdated,
    /// Another worker has taken over: this one must stop (R8).
    Lost,
}

/// What a turn was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A tile.
    Tile(TileId),
    /// The group that shows tiles to their people.
    Audience(AudienceId),
}

impl From<Subject> for Uuid {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Tile(id) => id.uuid(),
            Subject::Audience(id) => id.uuid(),
        }
    }
}
