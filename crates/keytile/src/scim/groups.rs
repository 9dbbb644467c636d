//! Groups: each is a team of the directory, which people cannot change here. Its members are people of the same
//! directory and nobody else, whatever ids a client sends (T5).

use std::collections::BTreeSet;

use model::team::TeamRole;
use model::{TeamId, TeamName};
use scim::{
    Change, Filter, Group as Resource, Member, Meta, PatchOp, Projection, Query, ScimType, filter,
    group_changes, list_response,
};
use serde_json::Value;
use uuid::Uuid;

use super::store::groups::{self as store, Group};
use super::{Client, Failure, IdentityId, Result, window};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::{db, teams};

/// A patch of a larger group is answered without the group, which would cost more than the change.
const LARGEST_ANSWER: i64 = 1_000;
const EVERYBODY: i64 = i64::MAX;

/// The groups that a query asks for.
pub async fn list(app: &App, client: &Client, query: &Query) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let (total, groups) = match &query.filter {
        None => {
            (store::count(&mut tx, client).await?, store::page(&mut tx, client, query.page).await?)
        }
        Some(filter) => match look_up(&mut tx, client, filter).await? {
            Some(found) => (u64::from(found.is_some()), window(Vec::from_iter(found), query.page)),
            None => search(&mut tx, client, filter, query.page).await?,
        },
    };
    let mut resources = Vec::with_capacity(groups.len());
    for group in &groups {
        let mut resource = shown(&mut tx, client, group, &query.projection).await?;
        query.projection.apply(&mut resource);
        resources.push(resource);
    }
    Ok(list_response(total, query.page, resources))
}

/// One group.
pub async fn read(app: &App, client: &Client, id: &str, shows: &Projection) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let group = find(&mut tx, client, parse(id)?).await?;
    shown(&mut tx, client, &group, shows).await
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
                let ids = wanted.members.into_iter().map(|member| member.value);
                add_members(tx, &mut by, &client, id, ids).await?;
                let group = find(tx, &client, id).await?;
                shown(tx, &client, &group, &shows).await
            })
        })
        .await
}

/// A PUT: the name and the whole list of members.
pub async fn replace(
    app: &App,
    client: &Client,
    id: &str,
    body: &Value,
    shows: &Projection,
) -> Result<Value> {
    let id = parse(id)?;
    let wanted = Resource::parse(body)?;
    let name = parse_name(&wanted.display_name)?;
    let (client, mut by, shows) = (client.clone(), client.by(app), shows.clone());
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                rename(tx, &mut by, &client, &present, &name).await?;
                if wanted.external_id.is_some() && wanted.external_id != present.external_id {
                    store::set_external_id(tx, &by, id, wanted.external_id).await?;
                }
                let ids = wanted.members.into_iter().map(|member| member.value);
                replace_members(tx, &mut by, &client, id, ids).await?;
                let group = find(tx, &client, id).await?;
                shown(tx, &client, &group, &shows).await
            })
        })
        .await
}

/// A PATCH. Its cost is that of the change, however large the group is; `None` is an answer without the group.
pub async fn update(
    app: &App,
    client: &Client,
    id: &str,
    body: &Value,
    shows: &Projection,
) -> Result<Option<Value>> {
    let id = parse(id)?;
    let changes = group_changes(&PatchOp::parse(body)?)?;
    let name = changes.display_name.as_deref().map(parse_name).transpose()?;
    let (client, mut by, shows) = (client.clone(), client.by(app), shows.clone());
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
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
                if let Some(ids) = changes.replace_members {
                    replace_members(tx, &mut by, &client, id, ids).await?;
                }
                remove_members(tx, &mut by, &client, id, changes.remove).await?;
                add_members(tx, &mut by, &client, id, changes.add).await?;
                let group = find(tx, &client, id).await?;
                answer(tx, &client, &group, &shows).await
            })
        })
        .await
}

/// A DELETE: the team ends, and with it what was shared with it (C34).
pub async fn delete(app: &App, client: &Client, id: &str) -> Result<()> {
    let id = parse(id)?;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let group = find(tx, &client, id).await?;
                Ok(teams::end(tx, &mut by, group.id).await?)
            })
        })
        .await
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

/// Adds those whom this directory knows. One unknown id must not lose the whole push: Okta does not repeat it.
async fn add_members(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: impl IntoIterator<Item = String>,
) -> Result<()> {
    let mut unknown = Vec::new();
    for id in ids {
        match member_of(tx, client, &id).await? {
            Some(member) => teams::join(tx, by, team, member, TeamRole::Member).await?,
            None => unknown.push(id),
        }
    }
    if let Some(first) = unknown.first() {
        let count = unknown.len();
        tracing::warn!(
            team.id = %team, first = %first.escape_debug(), count,
            "SCIM named members of a group who are not active people of its directory; they were passed over"
        );
    }
    Ok(())
}

async fn remove_members(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: impl IntoIterator<Item = String>,
) -> Result<()> {
    for id in ids {
        if let Some(member) = member_of(tx, client, &id).await? {
            teams::leave(tx, by, team, member).await?;
        }
    }
    Ok(())
}

/// Writes the difference only.
async fn replace_members(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: impl IntoIterator<Item = String>,
) -> Result<()> {
    let present = store::members(tx, client, team, EVERYBODY).await?;
    let mut wanted: BTreeSet<String> = ids.into_iter().collect();
    for member in present {
        if !wanted.remove(&member.id.to_string()) {
            teams::leave(tx, by, team, member.member).await?;
        }
    }
    add_members(tx, by, client, team, wanted).await
}

async fn member_of(tx: &mut Tx, client: &Client, id: &str) -> Result<Option<model::MemberId>> {
    let Ok(id) = id.parse::<IdentityId>() else { return Ok(None) };
    Ok(store::live_member(tx, client, id).await?)
}

/// What an index answers: `Some` where it can tell all that the filter selects.
async fn look_up(
    tx: &mut Tx,
    client: &Client,
    filter: &Filter,
) -> db::Result<Option<Option<Group>>> {
    let Some((attribute, value)) = filter::as_equality(filter) else { return Ok(None) };
    Ok(match attribute.as_str() {
        "displayName" => Some(store::find_by_name(tx, client, &value).await?),
        "id" => Some(match parse(&value) {
            Ok(id) => store::find(tx, client, id).await?,
            Err(_) => None,
        }),
        _ => None,
    })
}

/// Goes through all groups, a batch at a time.
async fn search(
    tx: &mut Tx,
    client: &Client,
    filter: &Filter,
    page: scim::Page,
) -> Result<(u64, Vec<Group>)> {
    let (mut total, mut found, mut last) = (0, Vec::new(), Uuid::nil());
    loop {
        let batch = store::after(tx, client, last).await?;
        let Some(end) = batch.last() else { return Ok((total, found)) };
        last = end.id.uuid();
        for group in batch {
            let resource = shown(tx, client, &group, &Projection::Default).await?;
            if !filter::matches(filter, &resource) {
                continue;
            }
            if total >= page.offset() && total - page.offset() < page.count {
                found.push(group);
            }
            total += 1;
        }
    }
}

/// The group with its members, where they are asked for.
async fn shown(tx: &mut Tx, client: &Client, group: &Group, shows: &Projection) -> Result<Value> {
    let members = if shows.wants("members") {
        store::members(tx, client, group.id, EVERYBODY).await?
    } else {
        Vec::new()
    };
    Ok(to_json(client, group, members))
}

/// The group after a patch, unless it is a large one that nobody asked for.
async fn answer(
    tx: &mut Tx,
    client: &Client,
    group: &Group,
    shows: &Projection,
) -> Result<Option<Value>> {
    if shows.is_asked_for() || !shows.wants("members") {
        return shown(tx, client, group, shows).await.map(Some);
    }
    let members = store::members(tx, client, group.id, LARGEST_ANSWER + 1).await?;
    let is_large = members.len() > usize::try_from(LARGEST_ANSWER).unwrap_or(usize::MAX);
    Ok((!is_large).then(|| to_json(client, group, members)))
}

fn to_json(client: &Client, group: &Group, members: Vec<store::GroupMember>) -> Value {
    let id = group.id.to_string();
    let meta = Meta {
        resource_type: "Group",
        created: group.created_at.to_string(),
        last_modified: group.updated_at.to_string(),
        location: format!("{}/Groups/{id}", client.base),
        version: None,
    };
    let member = |member: store::GroupMember| Member {
        value: member.id.to_string(),
        reference: Some(format!("{}/Users/{}", client.base, member.id)),
        display: Some(member.name),
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
