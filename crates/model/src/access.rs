//! Who may see and do what: the only file that decides. It leaves loading the facts to the
//! stores, and the words around a refusal to the pages.
//!
//! The whole policy is printed to `access-matrix.txt` beside this crate's manifest: read that
//! rather than this to learn what a role may do.

use crate::id::{AccountId, CollectionId, MemberId, TeamId, WorkspaceId};
use crate::share::ItemRole;
use crate::team::{TeamOrigin, TeamRole};
use crate::workspace::{MemberStatus, WorkspaceRole};

mod action;
mod grants;
mod permit;

pub use action::{Action, Noun};
pub use grants::{Level, Path, level};
pub use permit::{Denied, Permit};

/// Who is asking: a member, as the database knows them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub workspace: WorkspaceId,
    pub member: MemberId,
    pub role: WorkspaceRole,
    pub status: MemberStatus,
}

/// What the question is about, and in which workspace it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    pub workspace: WorkspaceId,
    pub target: Target,
}

/// The thing itself, with what the actor holds on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The workspace as a whole: settings, lists, and things yet to be made.
    Workspace,
    /// An account, and the actor's [`level`] on it.
    Account { id: AccountId, level: Level },
    /// A collection, and the actor's [`level`] on it.
    Collection { id: CollectionId, level: Level },
    /// A team, and what the actor is in it; `None` for somebody who is not in it.
    Team { id: TeamId, origin: TeamOrigin, role: Option<TeamRole> },
    /// A member, and that member's own role.
    Member { id: MemberId, role: WorkspaceRole },
}

/// Decides, and gives the proof that a write asks for.
///
/// An action that is not about this kind of target is `Hidden`: nothing is there to act on.
pub fn permit(actor: &Actor, action: Action, on: On) -> Result<Permit, Denied> {
    // Another workspace's things do not exist here, and for one who is gone nothing does.
    if actor.workspace != on.workspace || actor.status != MemberStatus::Active {
        return Err(Denied::Hidden);
    }
    if !action.noun().covers(&on.target) {
        return Err(Denied::Hidden);
    }
    match on.target {
        Target::Workspace => on_workspace(actor, action),
        Target::Account { level, .. } | Target::Collection { level, .. } => {
            on_item(actor, action, level)
        }
        Target::Team { origin, role, .. } => on_team(actor, action, origin, role),
        Target::Member { id, role } => on_member(actor, action, id, role),
    }?;
    Ok(Permit::new(actor, action, on.target))
}

/// Whether a member may be given this role on an item: Guests and Login-only members are
/// Collaborators only (product.md, 2.4: "Receive items as Owner/Collaborator").
pub fn may_receive(role: WorkspaceRole, item: ItemRole) -> Result<(), Denied> {
    match item {
        ItemRole::Owner if role < WorkspaceRole::User => Err(Denied::Forbidden(
            "Guests and Login-only members can only be Collaborators. Choose that role.",
        )),
        ItemRole::Collaborator | ItemRole::Owner => Ok(()),
    }
}

/// Whether a member gets tiles for what they hold: Login-only members never do (S15), and Guests
/// never go to a portal (C37).
pub fn sees_tile(role: WorkspaceRole, status: MemberStatus) -> bool {
    status == MemberStatus::Active && role >= WorkspaceRole::User
}

const ADMINS: &str = "Only workspace admins can do this. Ask one of them.";
const SUPER_ADMINS: &str =
    "Only a Super Admin or the workspace Owner can do this. Ask one of them.";
const MEMBERS: &str = "Your role in this workspace does not include this. Ask an admin.";
const OWNER: &str = "Only the workspace Owner can do this. Ask them.";
const ITEM_OWNERS: &str = "Only an Owner of this item can do this. Ask one of them.";

/// Settings, lists, and making things: the workspace role alone decides.
fn on_workspace(actor: &Actor, action: Action) -> Result<(), Denied> {
    match action {
        // Guests open the list to see their own teams; Login-only members have no such page.
        Action::ViewTeams | Action::ViewActivityPeople
            if actor.role == WorkspaceRole::LoginOnly =>
        {
            Err(Denied::Forbidden(MEMBERS))
        }
        Action::ViewActivity | Action::ViewTeams | Action::ViewActivityPeople => Ok(()),
        Action::ViewMembers
        | Action::ViewGuests
        | Action::CreateAccount
        | Action::ImportAccounts
        | Action::CreateTeam
        | Action::CreateCollection
        | Action::ViewRotations
        | Action::ManageApiKeys => at_least(actor, WorkspaceRole::User, MEMBERS),
        Action::ConfigurePortal
        | Action::ViewSync
        | Action::DecideSync
        | Action::ViewSignIn
        | Action::ViewDirectory
        | Action::ViewAllActivity
        | Action::ViewAllMembers
        | Action::ViewDepartures
        | Action::ConfigureDepartures
        | Action::ViewAllRotations
        | Action::ViewOwnerless
        | Action::ViewAllTeams
        | Action::ManageDevices => at_least(actor, WorkspaceRole::Admin, ADMINS),
        // To reassign Owners is to reach any account (product.md, 2.4): one rank above the list of them.
        Action::AssignOwner => at_least(actor, WorkspaceRole::SuperAdmin, SUPER_ADMINS),
        Action::InviteMember { role } => invite(actor, role),
        Action::ConfigureSignIn | Action::ConfigureDirectory => {
            at_least(actor, WorkspaceRole::Owner, OWNER)
        }
        _ => Err(Denied::Hidden),
    }
}

/// Accounts and collections: what the actor holds decides, and for some things the role as well.
fn on_item(actor: &Actor, action: Action, claimed: Level) -> Result<(), Denied> {
    // Admins look after the list of what is to be rotated, and need not reach what is on it.
    if action == Action::MarkRotated && actor.role >= WorkspaceRole::Admin {
        return Ok(());
    }
    // The level was loaded by somebody else; the ceiling of the role holds whatever it says.
    let level = claimed.min(grants::ceiling(actor.role, actor.status));
    if level == Level::None {
        return Err(Denied::Hidden);
    }
    match action {
        Action::LaunchAccount | Action::ViewAccount | Action::ViewCollection => Ok(()),
        Action::RevealPassword
        | Action::EditAccount
        | Action::ViewShares
        | Action::ViewAccountActivity
        | Action::MarkRotated
        | Action::DeleteAccount
        | Action::RestoreAccount
        | Action::EditCollection
        | Action::AddToCollection
        | Action::DeleteCollection => owns(level),
        // Here the role counts too, and is told first: owning the item would not be enough.
        Action::ShareAccount
        | Action::ShareCollection
        | Action::ExtendAccount
        | Action::ViewTile => {
            at_least(actor, WorkspaceRole::User, MEMBERS)?;
            owns(level)
        }
        _ => Err(Denied::Hidden),
    }
}

/// Teams: those in it see it; its Team Admins and the workspace's admins change it, unless a
/// directory keeps it.
fn on_team(
    actor: &Actor,
    action: Action,
    origin: TeamOrigin,
    role: Option<TeamRole>,
) -> Result<(), Denied> {
    let admin = actor.role >= WorkspaceRole::Admin;
    if role.is_none() && !admin {
        return Err(Denied::Hidden);
    }
    match action {
        Action::ViewTeam => Ok(()),
        Action::EditTeam | Action::ManageTeamMembers | Action::DeleteTeam => {
            let leads = role == Some(TeamRole::Admin) && actor.role >= WorkspaceRole::User;
            match origin {
                _ if !admin && !leads => Err(Denied::Forbidden(
                    "Only a Team Admin or a workspace admin can change this team. Ask one of them.",
                )),
                TeamOrigin::Directory => {
                    Err(Denied::Forbidden("This team is kept by your directory. Change it there."))
                }
                TeamOrigin::SelfManaged => Ok(()),
            }
        }
        _ => Err(Denied::Hidden),
    }
}

/// Members: admins act on those who are not above them, never on the Owner and not on themselves.
fn on_member(
    actor: &Actor,
    action: Action,
    id: MemberId,
    role: WorkspaceRole,
) -> Result<(), Denied> {
    let oneself = actor.member == id;
    if !oneself && !sees_member(actor, role) {
        return Err(Denied::Hidden);
    }
    match action {
        Action::ViewMember => Ok(()),
        Action::SignOutMember if oneself => Ok(()),
        Action::SignOutMember => outranks(actor, role),
        Action::RemoveMember
        | Action::SuspendMember
        | Action::ApprovePasskeys
        | Action::RestoreAccess => acts_on_other(actor, oneself, role),
        Action::ChangeMemberRole { to } => {
            acts_on_other(actor, oneself, role)?;
            gives(actor, to)
        }
        _ => Err(Denied::Hidden),
    }
}

/// Admins see everyone; a User sees colleagues and Guests, but not Login-only members.
fn sees_member(actor: &Actor, role: WorkspaceRole) -> bool {
    actor.role >= WorkspaceRole::Admin
        || (actor.role == WorkspaceRole::User && role != WorkspaceRole::LoginOnly)
}

fn acts_on_other(actor: &Actor, oneself: bool, role: WorkspaceRole) -> Result<(), Denied> {
    outranks(actor, role)?;
    if oneself {
        return Err(Denied::Forbidden("You can't do this to yourself. Ask another admin."));
    }
    Ok(())
}

/// An admin acts on equals and below. The Owner is nobody's equal: there is exactly one.
fn outranks(actor: &Actor, role: WorkspaceRole) -> Result<(), Denied> {
    at_least(actor, WorkspaceRole::Admin, ADMINS)?;
    if role == WorkspaceRole::Owner {
        return Err(Denied::Forbidden(
            "Nobody can change the workspace Owner. Choose another member.",
        ));
    }
    at_least(actor, role, "This member's role is above yours. Ask someone in that role.")
}

fn invite(actor: &Actor, role: WorkspaceRole) -> Result<(), Denied> {
    if role == WorkspaceRole::Guest {
        return at_least(actor, WorkspaceRole::User, MEMBERS);
    }
    at_least(actor, WorkspaceRole::Admin, ADMINS)?;
    gives(actor, role)
}

fn gives(actor: &Actor, role: WorkspaceRole) -> Result<(), Denied> {
    if role == WorkspaceRole::Owner {
        return Err(Denied::Forbidden("A workspace has exactly one Owner. Choose another role."));
    }
    at_least(actor, role, "You can't give a role above your own. Ask someone in that role.")
}

fn at_least(actor: &Actor, least: WorkspaceRole, reason: &'static str) -> Result<(), Denied> {
    if actor.role < least { Err(Denied::Forbidden(reason)) } else { Ok(()) }
}

fn owns(level: Level) -> Result<(), Denied> {
    if level < Level::Own { Err(Denied::Forbidden(ITEM_OWNERS)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
