//! Returns: what a departure closed can come back, by the word of an admin for all of it, or of the Owners for what
//! they own. Nothing comes back by itself, and nothing that somebody has decided anew since.

use model::access::{Action, Actor, On, Target, permit};
use model::share::{ItemRole, ShareItem};
use model::team::TeamRole;
use model::workspace::MemberStatus;
use model::{DepartureId, MemberId, ShareId, TeamId, WorkspaceId};
use portal::Priority;
use serde_json::json;
use uuid::Uuid;

use super::{Departure, TOLD, days, may, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::members::{self, Member};
use crate::sync::{Touched, mark};
use crate::{notifications, rotations, sharing, teams};

/// Something that a departure closed, and that can come back.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The share or the membership that was closed.
    pub id: Uuid,
    /// What it was.
    pub kind: Kind,
    /// The name of the account, collection or team.
    pub name: String,
    /// Whether the one who looks is an Owner of it.
    pub is_own: bool,
}

/// What was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A share with the person themselves.
    Share(ShareItem, ItemRole),
    /// A place in a team that is kept here.
    Membership(TeamId, TeamRole),
}

/// A return that waits for somebody's word.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The departure.
    pub departure: Departure,
    /// What can come back, as far as the one who looks may know.
    pub closed: Vec<Closed>,
    /// True for an admin, who may decide about all of it.
    pub may_decide: bool,
}

/// Somebody is back: where the workspace wants that, those are asked whose word brings back what they had.
pub async fn returned(tx: &mut Tx, by: &mut By, member: &Member) -> Result<()> {
    let Some(departure) = store::last_of(tx, by.workspace, member.id).await? else { return Ok(()) };
    let Some(within) = store::rules(tx, by.workspace).await?.restore_days else { return Ok(()) };
    let is_late = by.now.duration_since(departure.at) > days(within);
    if is_late || departure.decided_at.is_some() || !departure.is_of(member) {
        return Ok(());
    }
    if store::restorable(tx, by.workspace, departure.id, member.id).await?.is_empty() {
        return Ok(());
    }
    store::ask(tx, by, departure.id).await?;
    if departure.wave.is_some() {
        // The admins know of the wave, and restore it in one step.
        return Ok(());
    }
    let text = format!("{} is back. Decide whether they get back what they had.", member.name);
    notifications::tell_admins(tx, by, "info", &text, router::RESTORATIONS).await?;
    for owner in store::owners_of_closed(tx, by.workspace, departure.id, TOLD).await? {
        notifications::tell(tx, by, owner, "info", &text, router::RESTORATIONS).await?;
    }
    Ok(())
}

/// The returns that wait, as far as the actor may decide about something of them.
pub async fn waiting(app: &App, actor: &Actor) -> Result<Vec<Waiting>> {
    let workspace = may(actor, Action::ViewRotations)?;
    let sees_all = may(actor, Action::ViewDepartures).is_ok();
    let mut tx = app.db.read().await?;
    let asked = if sees_all {
        store::asked(&mut tx, workspace).await?
    } else {
        store::asked_of_owner(&mut tx, workspace, actor.member).await?
    };
    let mut waiting = Vec::new();
    for departure in asked {
        let mut closed = store::restorable(&mut tx, workspace, departure.id, actor.member).await?;
        closed.retain(|closed| sees_all || closed.is_own);
        if !closed.is_empty() {
            waiting.push(Waiting { departure, closed, may_decide: sees_all });
        }
    }
    Ok(waiting)
}

/// How many returns wait, as [`waiting`] lists them to an admin.
pub async fn count_waiting(app: &App, actor: &Actor) -> Result<usize> {
    let workspace = may(actor, Action::ViewDepartures)?;
    Ok(store::asked(&mut app.db.read().await?, workspace).await?.len())
}

/// Whether the return of this member waits for somebody's word. One statement.
pub async fn is_waiting(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<bool> {
    Ok(store::is_asked(tx, workspace, member).await?)
}

/// An admin gives somebody who is back all that their departure closed.
pub async fn restore(app: &App, actor: &Actor, id: DepartureId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                restore_all(tx, &mut by, &actor, id).await
            })
        })
        .await
}

/// The inner part of [`restore`], for waves.
pub(super) async fn restore_all(
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    id: DepartureId,
) -> Result<()> {
    let (departure, member) = undecided(tx, by, id).await?;
    let _ranked = permit(actor, Action::RestoreAccess, on(actor, &member))?;
    if departure.asked_at.is_none() && departure.wave.is_none() {
        return Err(Error::NotFound);
    }
    let closed = store::restorable(tx, by.workspace, id, actor.member).await?;
    let (mut shares, mut places) = (0, 0);
    for one in &closed {
        match one.kind {
            Kind::Share(item, role) => {
                sharing::restore(tx, by, item, member.id, role).await?;
                shares += 1;
            }
            Kind::Membership(team, role) => {
                teams::restore(tx, by, team, member.id, role).await?;
                places += 1;
            }
        }
        store::decide_one(tx, by, id, one.id, "restored").await?;
    }
    let to = departure.role;
    if departure.lowered(&member)
        && permit(actor, Action::ChangeMemberRole { to }, on(actor, &member)).is_ok()
    {
        members::set_role(tx, by, &member, to).await?;
    }
    mark(tx, by, Touched::Member(member.id), Priority::Person).await?;
    rotations::returned(tx, by, id, member.id).await?;
    store::decide(tx, by, id, "restored").await?;
    let detail = json!({ "shares": shares, "teams": places });
    let event = Event::new("member.access_restored").member(member.id).detail(detail);
    Ok(activity::record(tx, by, event).await?)
}

/// An admin says that nothing comes back.
pub async fn decline(app: &App, actor: &Actor, id: DepartureId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let (_, member) = undecided(tx, &by, id).await?;
                let _ranked = permit(&actor, Action::RestoreAccess, on(&actor, &member))?;
                store::decide(tx, &by, id, "declined").await?;
                let event = Event::new("member.restoration_declined").member(member.id);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// An Owner gives somebody who is back one share again.
pub async fn approve_share(
    app: &App,
    actor: &Actor,
    id: DepartureId,
    share: ShareId,
) -> Result<()> {
    decide_share(app, actor, id, share, true).await
}

/// An Owner says that one share does not come back.
pub async fn decline_share(
    app: &App,
    actor: &Actor,
    id: DepartureId,
    share: ShareId,
) -> Result<()> {
    decide_share(app, actor, id, share, false).await
}

async fn decide_share(
    app: &App,
    actor: &Actor,
    id: DepartureId,
    share: ShareId,
    gives: bool,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let (departure, member) = undecided(tx, &by, id).await?;
                if departure.asked_at.is_none() {
                    return Err(Error::NotFound);
                }
                let closed = store::restorable(tx, by.workspace, id, actor.member).await?;
                let Some((item, role)) = closed.iter().find_map(|one| match one.kind {
                    Kind::Share(item, role) if one.id == share.uuid() => Some((item, role)),
                    Kind::Share(..) | Kind::Membership(..) => None,
                }) else {
                    return Err(Error::NotFound);
                };
                sharing::permit_share(tx, &actor, item).await?;
                let decision = if gives { "restored" } else { "declined" };
                store::decide_one(tx, &by, id, share.uuid(), decision).await?;
                if gives {
                    let grantee = model::share::Grantee::Member(member.id);
                    sharing::put(tx, &mut by, item, grantee, role).await?;
                    rotations::returned(tx, &by, id, member.id).await?;
                }
                if closed.len() == 1 {
                    store::decide(tx, &by, id, "decided one by one").await?;
                }
                Ok(())
            })
        })
        .await
}

/// The departure, where nothing has been decided about it, and whoever is back from it.
async fn undecided(tx: &mut Tx, by: &By, id: DepartureId) -> Result<(Departure, Member)> {
    let departure = store::find(tx, by.workspace, id).await?.ok_or(Error::NotFound)?;
    let member = members::store::find(tx, by.workspace, departure.member).await?;
    let member = member.ok_or(Error::NotFound)?;
    if departure.decided_at.is_some() {
        return Err(Error::Conflict("This has been decided already.".into()));
    }
    if member.status == MemberStatus::Removed {
        return Err(Error::Conflict(format!("{} is not back.", member.name)));
    }
    if !departure.is_of(&member) {
        return Err(Error::Conflict(format!(
            "{} is known to the directory by another id than the one who left. Share anew what they need.",
            member.name
        )));
    }
    Ok((departure, member))
}

fn on(actor: &Actor, member: &Member) -> On {
    On { workspace: actor.workspace, target: Target::Member { id: member.id, role: member.role } }
}
