//! How far a tile or an audience is, as its row says.

/// How far a tile or an audience is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was sent yet.
    New,
    /// A create was sent, or is about to be: its outcome is unknown until recorded.
    Creating,
    /// The portal has the app, or the group.
    Live,
    /// A person has to decide.
    Paused,
    /// The portal has let go of it.
    Gone,
}

impl Phase {
    const ALL: [Self; 5] = [Self::New, Self::Creating, Self::Live, Self::Paused, Self::Gone];

    /// The phase as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Creating => "creating",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }

    /// The phase that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.code() == code)
    }
}
