//! Teams: people who get the same shares. A self-managed team is kept here; one from the directory is read-only.

pub mod api;
pub mod pages;
pub mod store;

use std::collections::BTreeSet;

use model::access::{Action, Actor, On, Target, permit};
use model::team::{TeamOrigin, TeamRole};
use model::{DepartureId, DirectoryId, MemberId, TeamId, Timestamp};
use portal::Priority;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::paging::{Part, Wanted};
use crate::sync::{Touched, mark};
use crate::{members, sharing};

/// So many people who join or leave at once are named in the records of activity.
const NAMED: usize = 100;

/// A team as it is shown.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Where its list of members is kept.
    pub origin: TeamOrigin,
    /// Its id at the client that pushes it, where that told one.
    pub external_id: Option<String>,
    /// How many people are in it.
    pub members: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When its name or members last changed.
    pub updated_at: Timestamp,
}

/// Somebody in a team.
#[derive(Debug, Clone)]
pub struct TeamMember {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they are in the team.
    pub role: TeamRole,
    /// Since when.
    pub since: Timestamp,
}

/// Makes a self-managed team, of which the maker is an admin.
pub async fn create(app: &App, actor: &Actor, name: &str) -> Result<TeamId> {
    let workspace = permit(
        actor,
        Action::CreateTeam,
        On { workspace: actor.workspace, target: Target::Workspace },
    )?
    .workspace();
    let name = parse_name(name)?;
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let id = insert(tx, &mut by, &name, None).await?;
                store::join(tx, &mut by, id, actor.member, TeamRole::Admin).await?;
                Ok(id)
            })
        })
        .await
}

/// Makes a team inside a change: for SCIM, with its directory. A directory's name is never refused for that of a team
/// kept here, whose name must be free of both.
pub async fn insert(
    tx: &mut Tx,
    by: &mut By,
    name: &str,
    directory: Option<(model::DirectoryId, Option<String>)>,
) -> Result<TeamId> {
    if directory.is_none() {
        check_free(tx, by, name).await?;
    }
    let id = store::insert(tx, by, name, directory).await.map_err(|e| taken(e, name))?;
    activity::record(tx, by, Event::new("team.created").team(id).detail(json!({ "name": name })))
        .await?;
    Ok(id)
}

/// Renames a self-managed team.
pub async fn rename(app: &App, actor: &Actor, id: TeamId, name: &str) -> Result<()> {
    let name = parse_name(name)?;
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let id = permit(&actor, Action::EditTeam, on(tx, &actor, id).await?)?.team();
                check_free(tx, &by, &name).await?;
                set_name(tx, &mut by, id, &name).await
            })
        })
        .await
}

/// Renames a team inside a change.
pub async fn set_name(tx: &mut Tx, by: &mut By, id: TeamId, name: &str) -> Result<()> {
    store::set_name(tx, by, id, name).await.map_err(|e| taken(e, name))?;
    Ok(activity::record(
        tx,
        by,
        Event::new("team.renamed").team(id).detail(json!({ "name": name })),
    )
    .await?)
}

/// Adds a member to a self-managed team, or changes what they are in it.
pub async fn add_member(
    app: &App,
    actor: &Actor,
    id: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let id =
                    permit(&actor, Action::ManageTeamMembers, on(tx, &actor, id).await?)?.team();
                join(tx, &mut by, id, member, role).await
            })
        })
        .await
}

/// Takes a member out of a self-managed team. What the team gave them ends at once.
pub async fn remove_member(app: &App, actor: &Actor, id: TeamId, member: MemberId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let id =
                    permit(&actor, Action::ManageTeamMembers, on(tx, &actor, id).await?)?.team();
                leave(tx, &mut by, id, member).await
            })
        })
        .await
}

/// Adds a member inside a change that has been permitted.
pub async fn join(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<()> {
    members::store::find(tx, by.workspace, member)
        .await?
        .filter(|m| m.removed_at.is_none())
        .ok_or_else(|| Error::invalid("member", "This person is not a member of the workspace."))?;
    let event = match store::join(tx, by, id, member, role).await? {
        store::Joined::Already => return Ok(()),
        // Nobody's access changes by it.
        store::Joined::ChangedRole => Event::new("team.role_changed"),
        store::Joined::New => {
            mark(tx, by, Touched::Team(id), Priority::Change).await?;
            Event::new("team.member_added")
        }
    };
    let event = event.team(id).member(member).detail(json!({ "role": role.code() }));
    Ok(activity::record(tx, by, event).await?)
}

/// Takes a member out inside a change that has been permitted.
pub async fn leave(tx: &mut Tx, by: &mut By, id: TeamId, member: MemberId) -> Result<()> {
    if !store::leave(tx, by, id, member).await? {
        return Ok(());
    }
    mark(tx, by, Touched::Team(id), Priority::Leaver).await?;
    Ok(activity::record(tx, by, Event::new("team.member_removed").team(id).member(member)).await?)
}

/// Lets people of a directory into one of its teams, all at once, in whatever state they are, each with
/// what it calls them there.
pub async fn join_all(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    members: &[(MemberId, Option<String>)],
) -> Result<()> {
    let joined = store::many::join(tx, by, id, members).await?;
    if joined.is_empty() {
        return Ok(());
    }
    mark(tx, by, Touched::Team(id), Priority::Change).await?;
    record_all(tx, by, id, &joined, ["team.member_added", "team.members_added"]).await
}

/// Takes people out of a team of their directory, all at once.
pub async fn leave_all(tx: &mut Tx, by: &mut By, id: TeamId, members: &[MemberId]) -> Result<()> {
    let left = store::many::leave(tx, by, id, members).await?;
    if left.is_empty() {
        return Ok(());
    }
    mark(tx, by, Touched::Team(id), Priority::Leaver).await?;
    record_all(tx, by, id, &left, ["team.member_removed", "team.members_removed"]).await
}

/// A few are named one by one. Of more the number is told: who they are, and since when, the memberships say.
async fn record_all(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    members: &[MemberId],
    [of_one, of_many]: [&'static str; 2],
) -> Result<()> {
    if members.len() > NAMED {
        let event = Event::new(of_many).team(id).detail(json!({ "people": members.len() }));
        return Ok(activity::record(tx, by, event).await?);
    }
    for member in members {
        activity::record(tx, by, Event::new(of_one).team(id).member(*member)).await?;
    }
    Ok(())
}

/// Deletes a self-managed team; what was shared with it ends.
pub async fn delete(app: &App, actor: &Actor, id: TeamId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let id = permit(&actor, Action::DeleteTeam, on(tx, &actor, id).await?)?.team();
                end(tx, &mut by, id).await
            })
        })
        .await
}

/// Ends a team inside a change that has been permitted.
pub async fn end(tx: &mut Tx, by: &mut By, id: TeamId) -> Result<()> {
    mark(tx, by, Touched::TeamShares(id), Priority::Leaver).await?;
    sharing::end_all_of_team(tx, by, id).await?;
    store::leave_all(tx, by, id).await?;
    store::delete(tx, by, id).await?;
    Ok(activity::record(tx, by, Event::new("team.deleted").team(id)).await?)
}

/// Takes a leaver out of every team, and answers out of how many. What it closed remembers by which departure.
pub async fn end_all_of_member(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    departure: DepartureId,
) -> Result<u64> {
    Ok(store::leave_all_of_member(tx, by, member, departure).await?)
}

/// Takes somebody who has left out of a directory's teams once it does not know them any more: its groups may have named them
/// since they left, and an admin may bring them back. They see no tile meanwhile, so none is marked.
pub async fn end_all_in_directory(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    directory: DirectoryId,
) -> Result<()> {
    Ok(store::leave_all_of_directory(tx, by, member, directory).await?)
}

/// Puts somebody back into a team that a departure had taken them out of, inside a change that has been permitted.
/// Whoever calls it marks the tiles and records it.
pub async fn restore(
    tx: &mut Tx,
    by: &mut By,
    id: TeamId,
    member: MemberId,
    role: TeamRole,
) -> Result<()> {
    store::join(tx, by, id, member, role).await?;
    Ok(())
}

/// The teams that the actor may see: all for admins, else their own.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Team>> {
    let of = if may_see_all(actor) { None } else { Some(actor.member) };
    Ok(store::list(&mut app.db.read().await?, actor.workspace, of).await?)
}

/// A page of the teams that the actor may see.
pub async fn page(app: &App, actor: &Actor, wanted: &Wanted<TeamId>) -> Result<Part<Team>> {
    let of = if may_see_all(actor) { None } else { Some(actor.member) };
    let one_more = Wanted { limit: wanted.limit + 1, ..wanted.clone() };
    let found = store::page(&mut app.db.read().await?, actor.workspace, of, &one_more).await?;
    Ok(Part::cut(found, wanted.limit, store::cursor))
}

/// The teams that somebody who shares may choose from, but those that `leave_out` names.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    wanted: &Wanted<TeamId>,
    leave_out: &BTreeSet<TeamId>,
) -> Result<Part<Team>> {
    let enough = Wanted { limit: wanted.limit + leave_out.len() + 1, ..wanted.clone() };
    let mut found = store::page(&mut app.db.read().await?, actor.workspace, None, &enough).await?;
    found.retain(|team| !leave_out.contains(&team.id));
    Ok(Part::cut(found, wanted.limit, store::cursor))
}

/// One team, and whether the actor may change who is in it.
pub async fn find(app: &App, actor: &Actor, id: TeamId) -> Result<(Team, bool)> {
    let mut tx = app.db.read().await?;
    let on = on(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ViewTeam, on)?.team();
    let team = store::find(&mut tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
    Ok((team, permit(actor, Action::ManageTeamMembers, on).is_ok()))
}

/// A page of who is in a team that the actor may see.
pub async fn people(
    app: &App,
    actor: &Actor,
    id: TeamId,
    wanted: &Wanted<MemberId>,
) -> Result<Part<TeamMember>> {
    let mut tx = app.db.read().await?;
    let on = on(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ViewTeam, on)?.team();
    let one_more = Wanted { limit: wanted.limit + 1, ..wanted.clone() };
    let found = store::people(&mut tx, actor.workspace, id, &one_more).await?;
    Ok(Part::cut(found, wanted.limit, store::end))
}

/// Who could come into a team that the actor may change.
pub async fn newcomers(
    app: &App,
    actor: &Actor,
    id: TeamId,
    wanted: &Wanted<MemberId>,
) -> Result<Part<members::Member>> {
    let mut tx = app.db.read().await?;
    let on = on(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ManageTeamMembers, on)?.team();
    let inside = store::inside(&mut tx, actor.workspace, id).await?;
    drop(tx);
    members::candidates(app, actor, wanted, &inside).await
}

fn may_see_all(actor: &Actor) -> bool {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    permit(actor, Action::ViewAllTeams, everywhere).is_ok()
}

async fn on(tx: &mut Tx, actor: &Actor, id: TeamId) -> Result<On> {
    let team = store::find(tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
    let role = store::role_in(tx, actor.workspace, id, actor.member).await?;
    Ok(On { workspace: actor.workspace, target: Target::Team { id, origin: team.origin, role } })
}

fn parse_name(name: &str) -> Result<String> {
    let name = model::TeamName::parse(name).map_err(|e| Error::invalid("name", e))?;
    Ok(name.to_string())
}

/// A team kept here is not called like one of a directory: whoever shares could not tell which is which.
async fn check_free(tx: &mut Tx, by: &By, name: &str) -> Result<()> {
    if store::is_of_directory(tx, by.workspace, name).await? { Err(is_taken(name)) } else { Ok(()) }
}

fn taken(error: crate::db::Error, name: &str) -> Error {
    if error.is_conflict() { is_taken(name) } else { error.into() }
}

fn is_taken(name: &str) -> Error {
    Error::Conflict(format!("There is a team named {name} already. Choose another name."))
}
