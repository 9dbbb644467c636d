//! A search of all resources, whatever their type (RFC 7644 section 3.4.3): users first, then groups.

use scim::{Page, Query, ScimType, list_response};
use serde_json::Value;

use super::{Client, Result, groups, users};
use crate::app::App;

/// The resources that a query asks for.
pub async fn list(app: &App, client: &Client, query: &Query) -> Result<Value> {
    if query.cursor.is_some() || query.sort.is_some() {
        let detail =
            "users and groups together have no cursor and no order: search /Users or /Groups";
        return Err(scim::Error::new(ScimType::InvalidValue, detail).into());
    }
    let mut tx = app.db.read().await?;
    let users = users::find_all(&mut tx, client, query, None).await?;
    let (before, shown) = (users.total.unwrap_or_default(), users.resources.len() as u64);
    let page = Page {
        start_index: query.page.start_index.saturating_sub(before).max(1),
        count: query.page.count - shown,
    };
    let rest = Query { page, ..query.clone() };
    let groups = groups::find_all(&mut tx, client, &rest, None).await?;
    let mut resources = users.resources;
    resources.extend(groups.resources);
    for resource in &mut resources {
        query.projection.apply(resource);
    }
    Ok(list_response(before + groups.total.unwrap_or_default(), query.page, resources))
}
