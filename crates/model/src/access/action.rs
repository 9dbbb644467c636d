//! Everything that somebody may ask to do, by the thing that it is about.

use super::Target;
use crate::workspace::WorkspaceRole;

/// One thing to see or do (product.md, 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    // The workspace.
    /// Connect a portal, change its settings, turn extending on or off (C1).
    ConfigurePortal,
    /// See how the portal stands: the audit, what it found, and what waits for a decision (C16).
    ViewSync,
    /// Ask for an audit, and decide what waits: removals that were stopped, apps that nobody
    /// knows, tiles that were changed in the portal (C15).
    DecideSync,
    /// See how people sign in.
    ViewSignIn,
    /// Change how people sign in.
    ConfigureSignIn,
    /// See the directory connection, never its token.
    ViewDirectory,
    /// Connect a directory, and make and revoke its SCIM tokens (C36).
    ConfigureDirectory,
    /// Open the activity page: events of one's own items.
    ViewActivity,
    /// Read who did it in those events; to others every person is "Unknown".
    ViewActivityPeople,
    /// See all events of all people.
    ViewAllActivity,
    /// Open the members page, and pick people to share with.
    ViewMembers,
    /// See Guests on it.
    ViewGuests,
    /// See everyone, Guests and Login-only members included, and export them.
    ViewAllMembers,
    /// See who left, in which wave, and which returns wait for a decision (C33).
    ViewDepartures,
    /// Set when passwords are due after a departure, and what a return brings back.
    ConfigureDepartures,
    /// See what is to be rotated of the accounts that one owns (C51).
    ViewRotations,
    /// See what is to be rotated of all accounts.
    ViewAllRotations,
    /// See which accounts have no active Owner (C49).
    ViewOwnerless,
    /// Make somebody the Owner of accounts that have none.
    AssignOwner,
    /// Invite somebody in this role.
    InviteMember { role: WorkspaceRole },
    /// Add an account; its creator becomes its Owner (C42).
    CreateAccount,
    /// Import accounts from a file (C62).
    ImportAccounts,
    /// Make a self-managed team.
    CreateTeam,
    /// Make a collection at the top; beneath another, `AddToCollection` is asked for as well.
    CreateCollection,
    /// Open the teams page: one's own teams.
    ViewTeams,
    /// See every team and who is in it.
    ViewAllTeams,
    /// Make and revoke API keys of one's own.
    ManageApiKeys,
    /// See every member's devices, approve them, and set what they must be.
    ManageDevices,

    // A member.
    /// See a member's page.
    ViewMember,
    /// Give a member this role.
    ChangeMemberRole { to: WorkspaceRole },
    /// Take a member out of the workspace, or bring one back.
    RemoveMember,
    /// Suspend a member, or end the suspension.
    SuspendMember,
    /// Allow a member whom a directory signs in to use passkeys too, or take that back (C24).
    ApprovePasskeys,
    /// End all sessions of a member (C40).
    SignOutMember,
    /// Give a member who has returned what their departure closed (C33).
    RestoreAccess,

    // An account.
    /// Log in with it.
    LaunchAccount,
    /// See its details: everything but the password.
    ViewAccount,
    /// See or copy its password.
    RevealPassword,
    /// Change its details, password and codes included.
    EditAccount,
    /// See who holds it.
    ViewShares,
    /// Share it, change a role on it, and end a share.
    ShareAccount,
    /// Delete it (C45).
    DeleteAccount,
    /// Bring it back after deletion.
    RestoreAccount,
    /// Extend it to a portal, sync it, and remove it from there (S1-S4, S39).
    ExtendAccount,
    /// See its tile: state, who extended it, when it was last synced (S39).
    ViewTile,
    /// See the events of this account.
    ViewAccountActivity,
    /// Say that its password was rotated after somebody left (C51).
    MarkRotated,

    // A collection.
    /// See the items in it.
    ViewCollection,
    /// Rename or move it.
    EditCollection,
    /// Share it, change a role on it, and end a share.
    ShareCollection,
    /// Put something into it or take something out. To put an account in is to share it with
    /// everyone here, so `ShareAccount` is asked for as well (C46).
    AddToCollection,
    /// Delete it; the items stay.
    DeleteCollection,

    // A team.
    /// See a team and who is in it.
    ViewTeam,
    /// Rename it.
    EditTeam,
    /// Add and remove members, and name Team Admins.
    ManageTeamMembers,
    /// Delete it, with what was shared with it.
    DeleteTeam,
}

/// The kind of thing that an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Noun {
    Workspace,
    Member,
    Account,
    Collection,
    Team,
}

impl Noun {
    /// Whether this target is a thing of this kind.
    pub fn covers(self, target: &Target) -> bool {
        match target {
            Target::Workspace => self == Self::Workspace,
            Target::Account { .. } => self == Self::Account,
            Target::Collection { .. } => self == Self::Collection,
            Target::Team { .. } => self == Self::Team,
            Target::Member { .. } => self == Self::Member,
        }
    }
}

impl Action {
    /// What the action is about. A new action must say so here to compile.
    pub fn noun(self) -> Noun {
        match self {
            Self::ConfigurePortal
            | Self::ViewSync
            | Self::DecideSync
            | Self::ViewSignIn
            | Self::ConfigureSignIn
            | Self::ViewDirectory
            | Self::ConfigureDirectory
            | Self::ViewActivity
            | Self::ViewActivityPeople
            | Self::ViewAllActivity
            | Self::ViewMembers
            | Self::ViewGuests
            | Self::ViewAllMembers
            | Self::ViewDepartures
            | Self::ConfigureDepartures
            | Self::ViewRotations
            | Self::ViewAllRotations
            | Self::ViewOwnerless
            | Self::AssignOwner
            | Self::InviteMember { .. }
            | Self::CreateAccount
            | Self::ImportAccounts
            | Self::CreateTeam
            | Self::CreateCollection
            | Self::ViewTeams
            | Self::ViewAllTeams
            | Self::ManageApiKeys
            | Self::ManageDevices => Noun::Workspace,
            Self::ViewMember
            | Self::ChangeMemberRole { .. }
            | Self::RemoveMember
            | Self::SuspendMember
            | Self::ApprovePasskeys
            | Self::SignOutMember
            | Self::RestoreAccess => Noun::Member,
            Self::LaunchAccount
            | Self::ViewAccount
            | Self::RevealPassword
            | Self::EditAccount
            | Self::ViewShares
            | Self::ShareAccount
            | Self::DeleteAccount
            | Self::RestoreAccount
            | Self::ExtendAccount
            | Self::ViewTile
            | Self::ViewAccountActivity
            | Self::MarkRotated => Noun::Account,
            Self::ViewCollection
            | Self::EditCollection
            | Self::ShareCollection
            | Self::AddToCollection
            | Self::DeleteCollection => Noun::Collection,
            Self::ViewTeam | Self::EditTeam | Self::ManageTeamMembers | Self::DeleteTeam => {
                Noun::Team
            }
        }
    }
}
