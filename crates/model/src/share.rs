//! What a share says: this item, for this grantee, in this role. What a role lets people do is
//! decided in `access`; when a share began and ended is the store's.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CollectionId, MemberId, TeamId};

/// What a grantee is on an item, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemRole {
    /// May log in with it and see its details, and never its password.
    Collaborator,
    /// May do everything with it.
    Owner,
}

impl ItemRole {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 2] = [Self::Collaborator, Self::Owner];

    /// The role as the database, the API and forms write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Collaborator => "collaborator",
            Self::Owner => "owner",
        }
    }

    /// The role with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The role as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Collaborator => "Collaborator",
            Self::Owner => "Owner",
        }
    }
}

/// What is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareItem {
    /// One account.
    Account(AccountId),
    /// A collection, with everything in it and beneath it.
    Collection(CollectionId),
}

/// Whom it is shared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// One member.
    Member(MemberId),
    /// Whoever is in the team at the time.
    Team(TeamId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_serde_agrees;

    #[test]
    fn an_item_role_is_read_back_from_its_code_and_ranks_in_order() {
        for role in ItemRole::ALL {
            assert_eq!(ItemRole::from_code(role.code()), Some(role));
            assert_serde_agrees(role, role.code());
        }
        assert!(ItemRole::Collaborator < ItemRole::Owner);
    }
}
