//! Which users a query finds: by an index where one can tell, else by going through all of them.

use scim::{Query, filter};
use serde_json::Value;

use crate::app::App;
use crate::db::{self, Tx};
use crate::scim::listing::{self, Found, Shelf, window};
use crate::scim::store::people::{self as store, Identity};
use crate::scim::{Client, Result, answer, cursors};

/// The users that a query asks for.
pub async fn list(app: &App, client: &Client, query: &Query) -> Result<Value> {
    let from = cursors::place(client, "Users", query, app.now())?;
    let found = find(&mut app.db.read().await?, client, query, from).await?;
    Ok(answer(app, client, "Users", query, found))
}

/// The users of a page, whole. `from` is the place that a cursor tells.
pub async fn find(
    tx: &mut Tx,
    client: &Client,
    query: &Query,
    from: Option<u128>,
) -> Result<Found> {
    let wants_groups = query.projection.wants("groups")
        || query.filter.as_ref().is_some_and(|wanted| filter::mentions(wanted, "groups"))
        || query.sort.as_ref().is_some_and(|sort| sort.by.name == "groups");
    let people = People { client, wants_groups };
    if let Some(candidates) = look_up(tx, client, query).await? {
        let mut users = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            users.extend(people.shown(tx, &[candidate]).await?);
        }
        return Ok(listing::pick(users, query, from));
    }
    match (&query.filter, &query.sort) {
        (None, None) => people.page(tx, query, from).await,
        (None, Some(sort)) if sort.by.schema.is_none() && sort.by.name == "userName" => {
            let total = store::count(tx, client).await?;
            let (start, end, next) = window(total, query, from);
            let (start, count) = (start as u64, (end - start) as u64);
            let found = store::page_by_user_name(tx, client, sort.descending, start, count).await?;
            let mut resources = Vec::with_capacity(found.len());
            for identity in found {
                resources.extend(people.shown(tx, &[identity]).await?);
            }
            Ok(Found { total: Some(total), next, resources })
        }
        _ => listing::search(tx, &people, query, from).await,
    }
}

/// One user, with their groups.
pub async fn resource(tx: &mut Tx, client: &Client, identity: Identity) -> Result<Value> {
    let people = People { client, wants_groups: true };
    Ok(people.shown(tx, &[identity]).await?.pop().unwrap_or_default())
}

/// The users of a directory.
struct People<'a> {
    client: &'a Client,
    wants_groups: bool,
}

impl People<'_> {
    /// A page of all of them.
    async fn page(&self, tx: &mut Tx, query: &Query, from: Option<u128>) -> Result<Found> {
        let Some(from) = from else {
            let (total, found) = store::page(tx, self.client, query.page).await?;
            let resources = self.shown(tx, &found).await?;
            return Ok(Found { total: Some(total), next: None, resources });
        };
        let total = store::count(tx, self.client).await?;
        let count = query.page.count;
        let mut found = store::after(tx, self.client, number(from), count + 1).await?;
        let goes_on = found.len() as u64 > count;
        found.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let last = found.last().filter(|_| goes_on).map(place);
        let resources = self.shown(tx, &found).await?;
        Ok(Found { total: Some(total), next: last, resources })
    }

    /// People who follow one another in the list, as resources.
    async fn shown(&self, tx: &mut Tx, people: &[Identity]) -> Result<Vec<Value>> {
        let ends = people.first().zip(people.last()).filter(|_| self.wants_groups);
        let groups = match ends {
            Some((first, last)) => {
                store::groups_of(tx, self.client, first.number, last.number).await?
            }
            None => Vec::new(),
        };
        let mut rest = groups.as_slice();
        let mut shown = Vec::with_capacity(people.len());
        for identity in people {
            // Both are in the same order, so each person's groups are next.
            let until = rest.iter().position(|group| group.member != identity.member);
            let (own, others) = rest.split_at(until.unwrap_or(rest.len()));
            rest = others;
            shown.push(identity.to_json(self.client, own));
        }
        Ok(shown)
    }
}

impl Shelf for People<'_> {
    async fn after(&self, tx: &mut Tx, from: u128, most: u64) -> Result<Vec<(u128, Value)>> {
        let found = store::after(tx, self.client, number(from), most).await?;
        let shown = self.shown(tx, &found).await?;
        Ok(found.iter().map(place).zip(shown).collect())
    }
}

/// Somebody's place in the list is their number.
fn place(identity: &Identity) -> u128 {
    u128::from(identity.number.unsigned_abs())
}

fn number(place: u128) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Everybody who may fulfil the filter, where an index can tell: whoever else there is does not.
async fn look_up(tx: &mut Tx, client: &Client, query: &Query) -> db::Result<Option<Vec<Identity>>> {
    let Some(wanted) = &query.filter else { return Ok(None) };
    for (attribute, value) in filter::implied_equalities(wanted) {
        let found = match attribute.as_str() {
            "id" => match value.parse() {
                Ok(id) => Vec::from_iter(store::find(tx, client, id).await?),
                Err(_) => Vec::new(),
            },
            "userName" => Vec::from_iter(store::find_by_user_name(tx, client, &value).await?),
            "externalId" => store::told(tx, client, &value).await?,
            "emails.value" => store::with_address(tx, client, &value).await?,
            _ => continue,
        };
        return Ok(Some(found));
    }
    Ok(None)
}
