//! `/api/v1/groups`: groups, their members and their apps.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Acting;
use super::filter::{Case, Expression};
use super::params::{PageSize, Params};
use super::reply::{JsonBody, Listing};
use super::{app_view, role_view, user_view};
use crate::Sim;
use crate::org::{ApiResult, Group, GroupType, Org, okta_time};

const PAGE: PageSize = PageSize { default: 10_000, max: 10_000 };
/// With `q`, Okta returns one page of at most 300.
const SEARCH_PAGE: PageSize = PageSize { default: 300, max: 300 };
const MEMBERS_PAGE: PageSize = PageSize { default: 1000, max: 1000 };
const APPS_PAGE: PageSize = PageSize { default: 20, max: 200 };

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GroupBody {
    profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: Option<String>,
    description: Option<String>,
}

pub(super) async fn list(State(sim): State<Sim>, params: Params) -> ApiResult<Listing> {
    let filter = params.get("filter").map(Expression::parse).transpose()?;
    let search = params.get("search").map(Expression::parse).transpose()?;
    let prefix = params.get("q").map(str::to_lowercase);
    let fits = |group: &Group, expression: Option<&Expression>, case| {
        expression.is_none_or(|wanted| wanted.fits(case, &|name| attribute_of(group, name)))
    };
    let org = sim.org();
    let groups = org.groups.values().filter(|group| {
        org.is_listed(&group.id)
            && prefix.as_ref().is_none_or(|prefix| group.name.to_lowercase().starts_with(prefix))
            && fits(group, filter.as_ref(), Case::Matters)
            && fits(group, search.as_ref(), Case::Ignored)
    });
    let size = if prefix.is_some() { SEARCH_PAGE } else { PAGE };
    let mut listing =
        params.page(&org, size, groups, |group| group.id.clone(), |group| view(&org, group))?;
    if prefix.is_some() {
        listing.links.truncate(1);
    }
    Ok(listing)
}

fn attribute_of(group: &Group, name: &str) -> Option<String> {
    match name {
        "id" => Some(group.id.clone()),
        "type" => Some(group.group_type.as_str().to_owned()),
        "profile.name" => Some(group.name.clone()),
        "profile.description" => group.description.clone(),
        "created" => Some(okta_time(group.created)),
        "lastUpdated" => Some(okta_time(group.last_updated)),
        "lastMembershipUpdated" => Some(okta_time(group.last_membership_updated)),
        _ => None,
    }
}

/// A group as Okta prints it.
pub(super) fn view(org: &Org, group: &Group) -> Value {
    let own = format!("{}/api/v1/groups/{}", org.base_url, group.id);
    let logo = |size: &str| {
        let href = format!("{}/assets/img/logos/groups/okta-{size}.png", org.base_url);
        json!({ "name": size, "href": href, "type": "image/png" })
    };
    let object_class = match group.group_type {
        GroupType::Okta | GroupType::BuiltIn => "okta:user_group",
        GroupType::App => "okta:windows_security_principal",
    };
    json!({
        "id": group.id,
        "created": okta_time(group.created),
        "lastUpdated": okta_time(group.last_updated),
        "lastMembershipUpdated": okta_time(group.last_membership_updated),
        "objectClass": [object_class],
        "type": group.group_type.as_str(),
        "profile": { "name": group.name, "description": group.description },
        "_links": {
            "logo": [logo("medium"), logo("large")],
            "users": { "href": format!("{own}/users") },
            "apps": { "href": format!("{own}/apps") },
        },
    })
}

pub(super) async fn create(
    acting: Acting,
    JsonBody(body): JsonBody<GroupBody>,
) -> ApiResult<Json<Value>> {
    let Profile { name, description } = body.profile;
    let mut org = acting.org();
    let name = name.unwrap_or_default();
    let id = org.create_group(GroupType::Okta, &name, description.as_deref())?;
    acting.delay_list(&mut org, &id, "/api/v1/groups");
    Ok(Json(view(&org, org.group(&id)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path(group): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(view(&org, org.group(&group)?)))
}

pub(super) async fn replace(
    acting: Acting,
    Path(group): Path<String>,
    JsonBody(body): JsonBody<GroupBody>,
) -> ApiResult<Json<Value>> {
    let Profile { name, description } = body.profile;
    let mut org = acting.org();
    org.update_group(&group, &name.unwrap_or_default(), description.as_deref())?;
    Ok(Json(view(&org, org.group(&group)?)))
}

pub(super) async fn remove(acting: Acting, Path(group): Path<String>) -> ApiResult<StatusCode> {
    acting.org().delete_group(&group)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn members(
    State(sim): State<Sim>,
    Path(group): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let org = sim.org();
    let members = org.group(&group)?.members.iter().filter_map(|id| org.user(id).ok());
    params.page(
        &org,
        MEMBERS_PAGE,
        members,
        |user| user.id.clone(),
        |user| user_view::brief(&org, user),
    )
}

pub(super) async fn apps(
    State(sim): State<Sim>,
    Path(group): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let org = sim.org();
    org.group(&group)?;
    let apps = org.apps_of_group(&group);
    params.page(&org, APPS_PAGE, apps, |app| app.id.clone(), |app| app_view::app(&org, app))
}

/// The admin roles that members have by this group: usually none.
pub(super) async fn roles(
    State(sim): State<Sim>,
    Path(group): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    let group = org.group(&group)?;
    Ok(Json(role_view::list(&org, &role_view::Assignee::Group(group), &group.roles).into()))
}

pub(super) async fn add_member(
    acting: Acting,
    Path((group, user)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    acting.org().add_member(&group, &user)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_member(
    acting: Acting,
    Path((group, user)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    acting.org().remove_member(&group, &user)?;
    Ok(StatusCode::NO_CONTENT)
}
