//! Members: the people of a workspace and their roles. How they leave, rest and return is in `leave`.

pub mod api;
mod leave;
pub mod pages;
mod passkeys;
pub mod store;

use std::collections::{BTreeSet, HashMap};

use model::access::{Action, Actor, On, Target, permit};
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, Timestamp, WorkspaceId};
use portal::Priority;
use serde_json::json;
use uuid::Uuid;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::apikeys;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::paging::{Part, Wanted};
use crate::sync::{Touched, mark};
use crate::ui::Choice;

pub use leave::{
    SuspendedBy, bring_back, deactivate, lift_suspension, put_suspension, reactivate, remove,
    resume, stage, suspend,
};
pub use passkeys::{approve_passkeys, withdraw_passkeys};

/// A member as they are shown.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role in the workspace.
    pub role: WorkspaceRole,
    /// Since when they have that role.
    pub role_since: Timestamp,
    /// Active, suspended or removed.
    pub status: MemberStatus,
    /// Their id in the directory, where SCIM has told it (C5).
    pub external_id: Option<String>,
    /// True where a directory manages them.
    pub from_directory: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// When they were removed.
    pub removed_at: Option<Timestamp>,
    /// Who removed them: nobody where a directory or a process did.
    pub removed_by: Option<MemberId>,
    /// Who says that they are suspended, while they are; and of somebody removed, that they return suspended.
    pub suspended_by: Option<SuspendedBy>,
    /// When they were last here.
    pub last_seen_at: Option<Timestamp>,
    /// That they may use passkeys although a directory signs them in, while that stands.
    pub passkeys: Option<Approval>,
}

/// An admin's word that somebody may use passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// Since when.
    pub at: Timestamp,
    /// By whom: nobody where a process did it.
    pub by: Option<MemberId>,
}

impl Member {
    /// The member as a choice of a picker.
    pub(crate) fn choice(&self) -> Choice {
        let label = match self.email.as_str() {
            "" => self.name.clone(),
            email => format!("{} ({email})", self.name),
        };
        Choice { value: self.id.to_string(), label }
    }
}

/// Which members a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Everybody; removed people come last.
    #[default]
    All,
    /// Those who are here, suspended ones included.
    Here,
    /// Those who are suspended.
    Suspended,
    /// Those who are gone.
    Removed,
}

/// How much a member reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Accounts that they can use, by whatever path.
    pub accounts: i64,
    /// Teams that they are in.
    pub teams: i64,
    /// They have never been here, and nothing with which they could sign in is set up.
    pub is_pending: bool,
}

/// Something that a member holds, or has held.
#[derive(Debug, Clone)]
pub struct Held {
    /// The share, membership or role.
    pub id: Uuid,
    /// What it is.
    pub kind: HeldKind,
    /// The name of the account, collection or team.
    pub name: String,
    /// The code of the role in it.
    pub role: String,
    /// Since when.
    pub from: Timestamp,
    /// By whom, where it was a person.
    pub from_by: Option<String>,
    /// Until when; none while it lasts.
    pub until: Option<Timestamp>,
    /// Who ended it, where it was a person.
    pub until_by: Option<String>,
    /// True where it ended because they left.
    pub by_departure: bool,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldKind {
    /// A share of an account with them.
    Account,
    /// A share of a collection with them.
    Collection,
    /// A place in a team.
    Team,
    /// A role in the workspace.
    Role,
}

/// What a new member is made from. Whoever makes one has decided that they may.
pub struct NewMember {
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: WorkspaceRole,
    /// The directory that manages them.
    pub directory: Option<model::DirectoryId>,
}

/// Adds a member inside a change: SCIM, `keytile init`, the demo.
pub async fn add(tx: &mut Tx, by: &mut By, new: NewMember) -> Result<MemberId> {
    let email = new.email.trim();
    let is_address =
        email.contains('@') && email.len() <= 255 && !email.chars().any(char::is_control);
    // A directory knows its people by other names, and may have told no address.
    let is_missing = email.is_empty() && new.directory.is_some();
    if !is_address && !is_missing {
        return Err(Error::invalid("email", "Give an e-mail address such as ada@example.com."));
    }
    if is_taken(tx, by.workspace, email, new.directory.is_some()).await? {
        return Err(Error::Conflict(format!("{email} is a member of this workspace already.")));
    }
    let id = store::insert(tx, by, email, new.name.trim(), new.directory).await?;
    store::open_role(tx, by, id, new.role).await?;
    let event = Event::new("member.added").member(id).detail(json!({ "role": new.role.code() }));
    activity::record(tx, by, event).await?;
    Ok(id)
}

/// Changes a member's workspace role. The tiles that they see follow (S15).
pub async fn change_role(
    app: &App,
    actor: &Actor,
    id: MemberId,
    role: WorkspaceRole,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = present(tx, &actor).await?;
                let action = Action::ChangeMemberRole { to: role };
                let member = find_live(tx, &actor, action, id).await?;
                set_role(tx, &mut by, &member, role).await
            })
        })
        .await
}

/// Gives a member another role inside a change that has been permitted.
pub async fn set_role(
    tx: &mut Tx,
    by: &mut By,
    member: &Member,
    role: WorkspaceRole,
) -> Result<()> {
    if member.role == role {
        return Ok(());
    }
    store::close_role(tx, by, member.id).await?;
    store::open_role(tx, by, member.id, role).await?;
    apikeys::follow_role(tx, by, member.id, role).await?;
    mark(tx, by, Touched::Member(member.id), Priority::Person).await?;
    let event = Event::new("member.role_changed")
        .member(member.id)
        .detail(json!({ "from": member.role.code(), "to": role.code() }));
    Ok(activity::record(tx, by, event).await?)
}

/// Whether somebody else stands in the way of this address. People of a directory are told apart by their userNames,
/// so that two of them may have one address; nobody shares that of somebody who was invited by it.
async fn is_taken(
    tx: &mut Tx,
    workspace: WorkspaceId,
    email: &str,
    from_directory: bool,
) -> Result<bool> {
    let holder = if from_directory {
        store::find_invited(tx, workspace, email).await?
    } else {
        store::find_by_email(tx, workspace, email).await?
    };
    Ok(holder.is_some())
}

/// The members whom the actor may see, by name: a page of those whose name or address holds what is searched.
pub async fn list(app: &App, actor: &Actor, wanted: &Wanted<MemberId>) -> Result<Part<Member>> {
    list_of(app, actor, wanted, Show::All).await
}

/// As [`list`], of those whom `show` says.
pub async fn list_of(
    app: &App,
    actor: &Actor,
    wanted: &Wanted<MemberId>,
    show: Show,
) -> Result<Part<Member>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let _seen = permit(actor, Action::ViewMembers, everywhere)?;
    let all = permit(actor, Action::ViewAllMembers, everywhere).is_ok();
    let may_see = |m: &Member| {
        let seen = permit(actor, Action::ViewMember, on(actor, m)).is_ok();
        all || (seen && m.status == MemberStatus::Active)
    };
    // Who sees nobody that is gone need not read on through all of them.
    let show = if all { show } else { Show::Here };
    gather(&mut app.db.read().await?, actor, wanted, show, may_see).await
}

/// How much each of these members reaches, for admins; nothing for others.
pub async fn figures(
    app: &App,
    actor: &Actor,
    search: &str,
    shown: &[Member],
) -> Result<HashMap<MemberId, Figures>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    if permit(actor, Action::ViewAllMembers, everywhere).is_err() {
        return Ok(HashMap::new());
    }
    let mut tx = app.db.read().await?;
    Ok(store::figures(&mut tx, actor.workspace, search.trim(), shown).await?)
}

/// What a member has held, what has ended included, the latest first; for admins.
pub async fn history(
    app: &App,
    actor: &Actor,
    id: MemberId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Held>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let workspace = permit(actor, Action::ViewAllMembers, everywhere)?.workspace();
    Ok(store::history(&mut app.db.read().await?, workspace, id, before, limit).await?)
}

/// With whom somebody may share, whatever the actor may open: active members, but those whom `leave_out` names.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    wanted: &Wanted<MemberId>,
    leave_out: &BTreeSet<MemberId>,
) -> Result<Part<Member>> {
    let fits = |m: &Member| m.status == MemberStatus::Active && !leave_out.contains(&m.id);
    gather(&mut app.db.read().await?, actor, wanted, Show::Here, fits).await
}

/// Reads on until there are enough of those who fit, and one more.
async fn gather(
    tx: &mut Tx,
    actor: &Actor,
    wanted: &Wanted<MemberId>,
    show: Show,
    fits: impl Fn(&Member) -> bool,
) -> Result<Part<Member>> {
    let (mut found, mut rest) = (Vec::new(), wanted.clone());
    rest.limit = wanted.limit + 1;
    loop {
        let read = store::list(tx, actor.workspace, &rest, show).await?;
        let is_last = read.len() < rest.limit;
        rest.after = read.last().map(store::cursor);
        found.extend(read.into_iter().filter(&fits));
        if is_last || found.len() > wanted.limit {
            return Ok(Part::cut(found, wanted.limit, store::cursor));
        }
    }
}

/// One member.
pub async fn find(app: &App, actor: &Actor, id: MemberId) -> Result<Member> {
    if id != actor.member {
        let _seen = permit(
            actor,
            Action::ViewMembers,
            On { workspace: actor.workspace, target: Target::Workspace },
        )?;
    }
    let found = store::find(&mut app.db.read().await?, actor.workspace, id).await?;
    let member = found.ok_or(Error::NotFound)?;
    let _seen = permit(actor, Action::ViewMember, on(actor, &member))?;
    Ok(member)
}

/// Whether the actor sees what members are called in the directory (C5).
pub fn sees_external_ids(actor: &Actor) -> bool {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    permit(actor, Action::ViewAllMembers, everywhere).is_ok()
}

/// The actor as they are within this change: they may have been demoted or suspended since the request was read (T28).
pub async fn present(tx: &mut Tx, actor: &Actor) -> Result<Actor> {
    let member = store::find(tx, actor.workspace, actor.member).await?.ok_or(Error::NotFound)?;
    Ok(Actor { role: member.role, status: member.status, ..*actor })
}

/// Whether they are a member, neither suspended nor removed.
pub async fn is_active(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<bool> {
    let member = store::find(tx, workspace, id).await?;
    Ok(member.is_some_and(|member| member.status == MemberStatus::Active))
}

/// The member on whom the actor may do this. What has become of them hears only who may.
async fn find_live(tx: &mut Tx, actor: &Actor, action: Action, id: MemberId) -> Result<Member> {
    let member = store::find(tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
    let _permitted = permit(actor, action, on(actor, &member))?;
    if member.status == MemberStatus::Removed {
        return Err(Error::Conflict(format!(
            "{} has been removed from the workspace.",
            member.name
        )));
    }
    Ok(member)
}

fn on(actor: &Actor, member: &Member) -> On {
    On { workspace: actor.workspace, target: Target::Member { id: member.id, role: member.role } }
}
