//! Teams: where one comes from, and what a member is in it. Who may change one is decided in
//! `access`.

use serde::{Deserialize, Serialize};

/// Who keeps a team's list of members. The two kinds can't be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamOrigin {
    /// People here.
    SelfManaged,
    /// A directory, by SCIM: read-only here.
    Directory,
}

impl TeamOrigin {
    /// Every origin.
    pub const ALL: [Self; 2] = [Self::SelfManaged, Self::Directory];

    /// The origin as the database and the API write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::SelfManaged => "self_managed",
            Self::Directory => "directory",
        }
    }

    /// The origin with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.code() == code)
    }

    /// The origin as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SelfManaged => "Self-managed",
            Self::Directory => "From the directory",
        }
    }
}

/// What a member is in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Gets what is shared with the team.
    Member,
    /// Also manages a self-managed team.
    Admin,
}

impl TeamRole {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 2] = [Self::Member, Self::Admin];

    /// The role as the database, the API and forms write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// The role with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The role as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Admin => "Team Admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_serde_agrees;

    #[test]
    fn origins_and_roles_are_read_back_from_their_codes() {
        for origin in TeamOrigin::ALL {
            assert_eq!(TeamOrigin::from_code(origin.code()), Some(origin));
            assert_serde_agrees(origin, origin.code());
        }
        for role in TeamRole::ALL {
            assert_eq!(TeamRole::from_code(role.code()), Some(role));
            assert_serde_agrees(role, role.code());
        }
    }
}
