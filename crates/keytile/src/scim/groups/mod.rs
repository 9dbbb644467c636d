//! Groups: each is a team of the directory, which people cannot change here. Its members are people of the same
//! directory and nobody else, whatever ids a client sends (T5).

mod members;
mod search;

use std::collections::BTreeMap;

use model::{TeamId, TeamName};
use scim::{
    Change, Group as Resource, Member, Meta, PatchOp, Preconditions, Projection, ScimType,
    group_changes,
};
use serde_json::Value;

use super::store::groups::{self as store, Group};
use super::{Client, Failure, Result};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::teams;

pub use search::{find as find_all, list};

/// A patch of a larger group is answered without the group, which would cost more than the change.
const LARGEST_ANSWER: i64 = 1_000;
const EVERYBODY: i64 = i64::MAX;

/// One group.
pub async fn read(app: &App, client: &Client, id: &str, shows: &Projection) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let group = find(&mut tx, client, parse(id)?).await?;
    search::resource(&mut tx, client, &group, shows).await
}

/// A POST: a new team.
pub async fn create(app: &App, client: &Client, body: &Value, shows: &Projection) -> Result<Value> {
    let wanted = Resource::parse(body)?;
    let name = parse_name(&wanted.display_name)?;
    let (client, mut by, shows) = (client.clone(), client.by(app), shows.clone());
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                free_name(tx, &client, &name, None).await?;
                let origin = Some((client.directory, wanted.external_id));
                let id = teams::insert(tx, &mut by, &name, origin).await?;
                let (ids, displays) = told(wanted.members);
                members::add(tx, &mut by, &client, id, ids, displays).await?;
                let group = find(tx, &client, id).await?;
                search::resource(tx, &client, &group, &shows).await
            })
        })
        .await
}

/// A PUT: the name and the whole list of members.
pub async fn replace(
    app: &App,
    client: &Client,
    id: &str,
    only_if: &Preconditions,
    body: &Value,
    shows: &Projection,
) -> Result<Value> {
    let id = parse(id)?;
    let wanted = Resource::parse(body)?;
    let name = parse_name(&wanted.display_name)?;
    let (only_if, shows) = (only_if.clone(), shows.clone());
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                only_if.check(&present.tag())?;
                rename(tx, &mut by, &client, &present, &name).await?;
                if wanted.external_id.is_some() && wanted.external_id != present.external_id {
                    store::set_external_id(tx, &by, id, wanted.external_id).await?;
                }
                let (ids, displays) = told(wanted.members);
                members::replace(tx, &mut by, &client, id, ids, displays).await?;
                let group = find(tx, &client, id).await?;
                search::resource(tx, &client, &group, &shows).await
            })
        })
        .await
}

/// A PATCH. Its cost is that of the change, however large the group is; `None` is an answer without the group.
pub async fn update(
    app: &App,
    client: &Client,
    id: &str,
    only_if: &Preconditions,
    body: &Value,
    shows: &Projection,
) -> Result<Option<Value>> {
    let id = parse(id)?;
    let changes = group_changes(&PatchOp::parse(body)?)?;
    let name = changes.display_name.as_deref().map(parse_name).transpose()?;
    let (only_if, shows) = (only_if.clone(), shows.clone());
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                only_if.check(&present.tag())?;
                if let Some(name) = name {
                    rename(tx, &mut by, &client, &present, &name).await?;
                }
                let external_id = match changes.external_id {
                    Change::Keep => present.external_id.clone(),
                    Change::Clear => None,
                    Change::Set(external_id) => Some(external_id),
                };
                if external_id != present.external_id {
                    store::set_external_id(tx, &by, id, external_id).await?;
                }
                let displays = changes.displays;
                if let Some(ids) = changes.replace_members {
                    members::replace(tx, &mut by, &client, id, ids, displays).await?;
                } else {
                    members::remove(tx, &mut by, &client, id, changes.remove).await?;
                    members::add(tx, &mut by, &client, id, changes.add, displays).await?;
                }
                answer(tx, &client, id, &shows).await
            })
        })
        .await
}

/// A DELETE: the team ends, and with it what was shared with it (C34).
pub async fn delete(app: &App, client: &Client, id: &str, only_if: &Preconditions) -> Result<()> {
    let id = parse(id)?;
    let (client, only_if, mut by) = (client.clone(), only_if.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let group = find(tx, &client, id).await?;
                only_if.check(&group.tag())?;
                Ok(teams::end(tx, &mut by, group.id).await?)
            })
        })
        .await
}

/// The ids of members, and what the client calls them.
fn told(members: Vec<Member>) -> (Vec<String>, BTreeMap<String, String>) {
    let name = |member: &Member| Some((member.value.clone(), member.display.clone()?));
    let displays = members.iter().filter_map(name).collect();
    (members.into_iter().map(|member| member.value).collect(), displays)
}

async fn rename(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    present: &Group,
    name: &str,
) -> Result<()> {
    // Okta sends the name along with every change of the members.
    if present.name == name {
        return Ok(());
    }
    free_name(tx, client, name, Some(present.id)).await?;
    Ok(teams::set_name(tx, by, present.id, name).await?)
}

async fn free_name(tx: &mut Tx, client: &Client, name: &str, own: Option<TeamId>) -> Result<()> {
    match store::find_by_name(tx, client, name).await? {
        Some(other) if Some(other.id) != own => {
            let detail = format!("displayName {} is taken: look the group up", other.name);
            Err(Failure::taken(detail))
        }
        _ => Ok(()),
    }
}

/// The group after a patch, unless it is a large one that nobody asked for.
async fn answer(
    tx: &mut Tx,
    client: &Client,
    id: TeamId,
    shows: &Projection,
) -> Result<Option<Value>> {
    if !shows.is_asked_for() {
        if client.dialect.patches_in_silence() {
            return Ok(None);
        }
        if shows.wants("members") && store::is_larger(tx, client, id, LARGEST_ANSWER).await? {
            return Ok(None);
        }
    }
    let group = find(tx, client, id).await?;
    search::resource(tx, client, &group, shows).await.map(Some)
}

impl Group {
    /// A weak entity tag.
    fn tag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }
}

fn to_json(client: &Client, group: &Group, members: Vec<store::GroupMember>) -> Value {
    let id = group.id.to_string();
    let meta = Meta {
        resource_type: "Group",
        created: group.created_at.to_string(),
        last_modified: group.updated_at.to_string(),
        location: format!("{}/Groups/{id}", client.base),
        version: Some(group.tag()),
    };
    let member = |member: store::GroupMember| Member {
        value: member.id.to_string(),
        reference: Some(format!("{}/Users/{}", client.base, member.id)),
        display: member.display,
    };
    let resource = Resource {
        display_name: group.name.clone(),
        external_id: group.external_id.clone(),
        members: members.into_iter().map(member).collect(),
    };
    resource.to_json(&id, &meta)
}

async fn find(tx: &mut Tx, client: &Client, id: TeamId) -> Result<Group> {
    store::find(tx, client, id).await?.ok_or_else(Failure::not_found)
}

fn parse(id: &str) -> Result<TeamId> {
    id.parse().map_err(|_| Failure::not_found())
}

fn parse_name(name: &str) -> Result<String> {
    let name = TeamName::parse(name)
        .map_err(|error| scim::Error::new(ScimType::InvalidValue, error.to_string()))?;
    Ok(name.into())
}
