//! Leaving, resting and returning: the one routine for a leaver, suspension, and what becomes of both.

use model::MemberId;
use model::access::{Action, Actor, permit};
use model::workspace::{MemberStatus, WorkspaceRole};
use portal::Priority;
use serde_json::json;

use super::{Member, find_live, is_taken, on, present, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sync::{Touched, mark, mark_confirmed_for};
use crate::{apikeys, departures, devices, grants, sharing, signin, teams};

/// Who says that somebody is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendedBy {
    /// An admin, here.
    Admin,
    /// The directory, where they are suspended.
    Directory,
}

impl SuspendedBy {
    /// As the database and the activity write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Directory => "directory",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Admin, Self::Directory].into_iter().find(|by| by.code() == code)
    }
}

/// An admin removes a member: the routine for a leaver.
pub async fn remove(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = present(tx, &actor).await?;
                let member = find_live(tx, &actor, Action::RemoveMember, id).await?;
                deactivate(tx, &mut by, member.id).await
            })
        })
        .await
}

/// The one routine for a leaver, whoever reports it. In one transaction it ends all that they could act with, closes
/// what was shared with them and their places in teams, lists what they could use for rotation, and marks the tiles. A
/// launch is refused from its commit on. Doing it twice does nothing. Its cost in statements is the same whatever
/// they could use.
pub async fn deactivate(tx: &mut Tx, by: &mut By, id: MemberId) -> Result<()> {
    let Some(member) = leaver(tx, by, id).await? else { return Ok(()) };
    mark(tx, by, Touched::Member(id), Priority::Leaver).await?;
    // While all paths are still open: it lists what they lead to.
    let departure = departures::open(tx, by, &member).await?;
    store::set_removed(tx, by, id).await?;
    end_access(tx, by, id).await?;
    let shares = sharing::end_all_of_member(tx, by, id, departure).await?;
    let teams = teams::end_all_of_member(tx, by, id, departure).await?;
    lower_role(tx, by, &member).await?;
    departures::tell(tx, by, departure, &member).await?;
    let detail = json!({ "shares_ended": shares, "teams_left": teams, "role": member.role.code() });
    Ok(activity::record(tx, by, Event::new("member.removed").member(id).detail(detail)).await?)
}

/// A directory announces somebody who has not begun yet: a member who is not here. Nobody has left, so nothing counts
/// as a departure.
pub async fn stage(tx: &mut Tx, by: &mut By, id: MemberId) -> Result<()> {
    if leaver(tx, by, id).await?.is_none() {
        return Ok(());
    }
    store::set_removed(tx, by, id).await?;
    let detail = json!({ "staged": true });
    Ok(activity::record(tx, by, Event::new("member.removed").member(id).detail(detail)).await?)
}

/// Whoever is about to go: nobody who is gone already, and never the Owner.
async fn leaver(tx: &mut Tx, by: &By, id: MemberId) -> Result<Option<Member>> {
    let member = store::find(tx, by.workspace, id).await?.ok_or(Error::NotFound)?;
    if member.status == MemberStatus::Removed {
        return Ok(None);
    }
    if member.role == WorkspaceRole::Owner {
        return Err(Error::Conflict("The workspace's Owner cannot be removed.".into()));
    }
    Ok(Some(member))
}

/// Ends everything with which a leaver could act. A new kind of credential ends here.
async fn end_access(tx: &mut Tx, by: &By, id: MemberId) -> Result<()> {
    signin::end_access(tx, by, id).await?;
    devices::end_all(tx, by, id).await?;
    grants::end_all(tx, by, id).await?;
    apikeys::end_all(tx, by, id).await
}

/// More than a User is a trust that ends with the departure: whoever returns is a User, until an admin says otherwise.
/// Else a directory that brings somebody back would make an admin (T5).
async fn lower_role(tx: &mut Tx, by: &mut By, member: &Member) -> Result<()> {
    if member.role > WorkspaceRole::User {
        store::close_role(tx, by, member.id).await?;
        store::open_role(tx, by, member.id, WorkspaceRole::User).await?;
    }
    Ok(())
}

/// An admin brings somebody back whom an admin has removed. A suspension from before is theirs to end as well, by a word of
/// its own.
pub async fn bring_back(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = present(tx, &actor).await?;
                let member = store::find(tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
                let id = permit(&actor, Action::RemoveMember, on(&actor, &member))?.member();
                if member.from_directory && member.removed_by.is_none() {
                    return Err(Error::Conflict(format!(
                        "The directory has removed {}. Activate them there, and they return here.",
                        member.name
                    )));
                }
                reactivate(tx, &mut by, id).await
            })
        })
        .await
}

/// A removed person returns, without what was shared with them before (C33), and suspended where an admin had suspended
/// them before they left: a directory, which says who is here, does not lift that. Nobody else is changed.
pub async fn reactivate(tx: &mut Tx, by: &mut By, id: MemberId) -> Result<()> {
    let Some(member) = store::find(tx, by.workspace, id).await? else {
        return Err(Error::NotFound);
    };
    if member.status != MemberStatus::Removed {
        return Ok(());
    }
    if is_taken(tx, by.workspace, &member.email, member.from_directory).await? {
        let taken = format!("{} belongs to another member now.", member.email);
        return Err(Error::Conflict(taken));
    }
    store::set_returned(tx, by, id).await?;
    reactivated(tx, by, &member).await?;
    departures::returned(tx, by, &member).await
}

/// Somebody is back, from a departure or a suspension: their tiles follow.
async fn reactivated(tx: &mut Tx, by: &mut By, member: &Member) -> Result<()> {
    mark(tx, by, Touched::Member(member.id), Priority::Change).await?;
    if let Some(external) = &member.external_id {
        mark_confirmed_for(tx, by, external).await?;
    }
    Ok(activity::record(tx, by, Event::new("member.reactivated").member(member.id)).await?)
}

/// An admin suspends a member: sessions and launches stop, shares stay.
pub async fn suspend(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    set_suspended(app, actor, id, true).await
}

/// An admin ends a suspension, whoever reported it.
pub async fn resume(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    set_suspended(app, actor, id, false).await
}

async fn set_suspended(app: &App, actor: &Actor, id: MemberId, suspended: bool) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = present(tx, &actor).await?;
                let id = find_live(tx, &actor, Action::SuspendMember, id).await?.id;
                if suspended {
                    put_suspension(tx, &mut by, id, SuspendedBy::Admin).await?;
                } else {
                    lift_suspension(tx, &mut by, id, SuspendedBy::Admin).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Suspends a member inside a change: their sessions and what their devices were given end, their key and passkeys wait, their tiles go, and all that is
/// shared with them stays. True where that changed anything. An admin's suspension outlives what a directory says, and a departure.
pub async fn put_suspension(
    tx: &mut Tx,
    by: &mut By,
    id: MemberId,
    source: SuspendedBy,
) -> Result<bool> {
    let Some(member) = leaver(tx, by, id).await? else { return Ok(false) };
    if member.status == MemberStatus::Suspended && source == SuspendedBy::Directory {
        return Ok(false);
    }
    store::set_suspended(tx, by, id, source).await?;
    signin::end_sessions(tx, by, id).await?;
    grants::end_all(tx, by, id).await?;
    mark(tx, by, Touched::Member(id), Priority::Leaver).await?;
    let detail = json!({ "source": source.code() });
    let event = Event::new("member.suspended").member(id).detail(detail);
    activity::record(tx, by, event).await?;
    Ok(true)
}

/// Ends a suspension inside a change. A directory ends only what a directory has reported. True where that changed
/// anything.
pub async fn lift_suspension(
    tx: &mut Tx,
    by: &mut By,
    id: MemberId,
    source: SuspendedBy,
) -> Result<bool> {
    let member = store::find(tx, by.workspace, id).await?.ok_or(Error::NotFound)?;
    let is_theirs =
        source == SuspendedBy::Admin || member.suspended_by == Some(SuspendedBy::Directory);
    if member.status != MemberStatus::Suspended || !is_theirs {
        return Ok(false);
    }
    store::end_suspension(tx, by, id).await?;
    reactivated(tx, by, &member).await?;
    Ok(true)
}
