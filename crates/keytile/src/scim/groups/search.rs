//! Which groups a query finds: by an index where one can tell, else by going through all of them.

use scim::{Projection, Query, filter};
use serde_json::Value;
use uuid::Uuid;

use super::store::{self, Group};
use super::{EVERYBODY, to_json};
use crate::app::App;
use crate::db::{self, Tx};
use crate::scim::listing::{self, Found, Shelf};
use crate::scim::{Client, Result, answer, cursors};

/// The groups that a query asks for.
pub async fn list(app: &App, client: &Client, query: &Query) -> Result<Value> {
    let from = cursors::place(client, "Groups", query, app.now())?;
    let found = find(&mut app.db.read().await?, client, query, from).await?;
    Ok(answer(app, client, "Groups", query, found))
}

/// The groups of a page, whole. `from` is the place that a cursor tells.
pub async fn find(
    tx: &mut Tx,
    client: &Client,
    query: &Query,
    from: Option<u128>,
) -> Result<Found> {
    let wants_members = query.projection.wants("members");
    let shown = Groups { client, wants_members };
    if let Some(candidates) = look_up(tx, client, query).await? {
        let wants_members = wants_members || looks_at_members(query);
        let candidates = Groups { client, wants_members }.shown(tx, &candidates).await?;
        return Ok(listing::pick(candidates, query, from));
    }
    if query.filter.is_some() || query.sort.is_some() {
        let searched = Groups { client, wants_members: looks_at_members(query) };
        let mut found = listing::search(tx, &searched, query, from).await?;
        if wants_members && !searched.wants_members {
            shown.complete(tx, &mut found.resources).await?;
        }
        return Ok(found);
    }
    let total = Some(store::count(tx, client).await?);
    let Some(from) = from else {
        let page = store::page(tx, client, query.page).await?;
        return Ok(Found { total, next: None, resources: shown.shown(tx, &page).await? });
    };
    let count = query.page.count;
    let mut page = store::after(tx, client, Uuid::from_u128(from), count + 1).await?;
    let goes_on = page.len() as u64 > count;
    page.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    let next = page.last().filter(|_| goes_on).map(place);
    Ok(Found { total, next, resources: shown.shown(tx, &page).await? })
}

/// One group, with its members where they are asked for.
pub async fn resource(
    tx: &mut Tx,
    client: &Client,
    group: &Group,
    shows: &Projection,
) -> Result<Value> {
    let groups = Groups { client, wants_members: shows.wants("members") };
    groups.one(tx, group).await
}

/// The groups of a directory.
struct Groups<'a> {
    client: &'a Client,
    wants_members: bool,
}

impl Groups<'_> {
    async fn one(&self, tx: &mut Tx, group: &Group) -> Result<Value> {
        let members = if self.wants_members {
            store::members(tx, self.client, group.id, EVERYBODY).await?
        } else {
            Vec::new()
        };
        Ok(to_json(self.client, group, members))
    }

    async fn shown(&self, tx: &mut Tx, groups: &[Group]) -> Result<Vec<Value>> {
        let mut shown = Vec::with_capacity(groups.len());
        for group in groups {
            shown.push(self.one(tx, group).await?);
        }
        Ok(shown)
    }

    /// Adds the members of the few that are shown.
    async fn complete(&self, tx: &mut Tx, resources: &mut [Value]) -> Result<()> {
        for resource in resources {
            let id = resource["id"].as_str().and_then(|id| id.parse().ok());
            let Some(id) = id else { continue };
            if let Some(group) = store::find(tx, self.client, id).await? {
                *resource = self.one(tx, &group).await?;
            }
        }
        Ok(())
    }
}

impl Shelf for Groups<'_> {
    async fn after(&self, tx: &mut Tx, from: u128, most: u64) -> Result<Vec<(u128, Value)>> {
        let groups = store::after(tx, self.client, Uuid::from_u128(from), most).await?;
        let shown = self.shown(tx, &groups).await?;
        Ok(groups.iter().map(place).zip(shown).collect())
    }
}

/// A group's place in the list is its id: ids grow with time.
fn place(group: &Group) -> u128 {
    group.id.uuid().as_u128()
}

fn looks_at_members(query: &Query) -> bool {
    query.filter.as_ref().is_some_and(|wanted| filter::mentions(wanted, "members"))
        || query.sort.as_ref().is_some_and(|sort| sort.by.name == "members")
}

/// Every group that may fulfil the filter, where an index can tell: whatever else there is does not.
async fn look_up(tx: &mut Tx, client: &Client, query: &Query) -> db::Result<Option<Vec<Group>>> {
    let Some(wanted) = &query.filter else { return Ok(None) };
    for (attribute, value) in filter::implied_equalities(wanted) {
        let found = match attribute.as_str() {
            "displayName" => Vec::from_iter(store::find_by_name(tx, client, &value).await?),
            "id" => match value.parse() {
                Ok(id) => Vec::from_iter(store::find(tx, client, id).await?),
                Err(_) => Vec::new(),
            },
            "members.value" => match value.parse() {
                Ok(id) => store::with_member(tx, client, id).await?,
                Err(_) => Vec::new(),
            },
            _ => continue,
        };
        return Ok(Some(found));
    }
    Ok(None)
}
