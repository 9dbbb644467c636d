//! What a member holds on an item, and by which paths: grants add up.

use serde::{Deserialize, Serialize};

use crate::id::{CollectionId, ShareId, TeamId};
use crate::share::ItemRole;
use crate::workspace::{MemberStatus, WorkspaceRole};

/// The level at which an actor holds an item. Two item roles exist, so no more levels do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The item does not exist for them.
    None,
    /// They may log in with it and see its details.
    Launch,
    /// They may do everything with it.
    Own,
}

impl Level {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 3] = [Self::None, Self::Launch, Self::Own];
}

impl From<ItemRole> for Level {
    fn from(role: ItemRole) -> Self {
        match role {
            ItemRole::Collaborator => Self::Launch,
            ItemRole::Owner => Self::Own,
        }
    }
}

/// Where a grant comes from, so that "why does she have access?" has an answer (C44).
/// A collection here is the one that was shared: the item may lie in it or beneath it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// The item was shared with the member.
    Direct { share: ShareId },
    /// The item was shared with a team of theirs.
    Team { share: ShareId, team: TeamId },
    /// A collection that holds the item was shared with the member.
    Collection { share: ShareId, collection: CollectionId },
    /// A collection that holds the item was shared with a team of theirs.
    TeamCollection { share: ShareId, team: TeamId, collection: CollectionId },
}

impl Path {
    /// The share to end, where this grant is to go.
    pub fn share(self) -> ShareId {
        match self {
            Self::Direct { share }
            | Self::Team { share, .. }
            | Self::Collection { share, .. }
            | Self::TeamCollection { share, .. } => share,
        }
    }

    /// The team that the grant came through.
    pub fn team(self) -> Option<TeamId> {
        match self {
            Self::Team { team, .. } | Self::TeamCollection { team, .. } => Some(team),
            Self::Direct { .. } | Self::Collection { .. } => None,
        }
    }

    /// The collection that the grant came through.
    pub fn collection(self) -> Option<CollectionId> {
        match self {
            Self::Collection { collection, .. } | Self::TeamCollection { collection, .. } => {
                Some(collection)
            }
            Self::Direct { .. } | Self::Team { .. } => None,
        }
    }
}

/// Grants add up: a member's level is the highest of their own, their teams' and their
/// collections' shares, under the ceiling of their role and status.
pub fn level(
    role: WorkspaceRole,
    status: MemberStatus,
    grants: impl Iterator<Item = ItemRole>,
) -> Level {
    let held = grants.map(Level::from).max().unwrap_or(Level::None);
    held.min(ceiling(role, status))
}

/// The most that anyone in this role and status can hold. A team may own an item while a Guest
/// or a Login-only member is in it: they still only log in.
pub(super) fn ceiling(role: WorkspaceRole, status: MemberStatus) -> Level {
    match (status, role) {
        (MemberStatus::Suspended | MemberStatus::Removed, _) => Level::None,
        (MemberStatus::Active, WorkspaceRole::Guest | WorkspaceRole::LoginOnly) => Level::Launch,
        (
            MemberStatus::Active,
            WorkspaceRole::User
            | WorkspaceRole::Admin
            | WorkspaceRole::SuperAdmin
            | WorkspaceRole::Owner,
        ) => Level::Own,
    }
}
