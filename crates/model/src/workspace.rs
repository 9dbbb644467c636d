//! A workspace's people: their roles and whether they are here. What a role may do is decided in
//! `access`.

use serde::{Deserialize, Serialize};

/// What a member is in the workspace, from the least to the most.
///
/// Exactly one member of a workspace is its `Owner` (product.md, 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceRole {
    /// Somebody from outside, who was invited to a few items.
    Guest,
    /// Logs in to what is shared with them, through the extension only; gets no tiles (S15).
    LoginOnly,
    /// An ordinary member.
    User,
    /// Manages people and settings.
    Admin,
    /// As an admin, and may turn on all-access mode.
    SuperAdmin,
    /// The one owner of the workspace.
    Owner,
}

impl WorkspaceRole {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 6] =
        [Self::Guest, Self::LoginOnly, Self::User, Self::Admin, Self::SuperAdmin, Self::Owner];

    /// The role as the database, the API and forms write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::LoginOnly => "login_only",
            Self::User => "user",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
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
            Self::Guest => "Guest",
            Self::LoginOnly => "Login-only",
            Self::User => "User",
            Self::Admin => "Admin",
            Self::SuperAdmin => "Super Admin",
            Self::Owner => "Owner",
        }
    }
}

/// Whether a member is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// May sign in and use what they hold.
    Active,
    /// Sessions and launches stop; shares stay.
    Suspended,
    /// Gone: shares are closed, the name stays in the records (S44).
    Removed,
}

impl MemberStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Removed];

    /// The status as the database, the API and forms write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// The status with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The status as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Removed => "Removed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_serde_agrees;

    #[test]
    fn a_role_is_read_back_from_its_code_and_ranks_in_order() {
        for role in WorkspaceRole::ALL {
            assert_eq!(WorkspaceRole::from_code(role.code()), Some(role));
            assert_serde_agrees(role, role.code());
        }
        assert!(WorkspaceRole::ALL.is_sorted());
        assert_eq!(WorkspaceRole::from_code("Owner"), None);
    }

    #[test]
    fn a_status_is_read_back_from_its_code() {
        for status in MemberStatus::ALL {
            assert_eq!(MemberStatus::from_code(status.code()), Some(status));
            assert_serde_agrees(status, status.code());
        }
    }
}
