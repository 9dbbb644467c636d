//! `/api/v1/users`: people, their lifecycle, and what they have.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Acting, Caller};
use super::filter::{Case, Expression};
use super::params::{PageSize, Params};
use super::reply::{JsonBody, Listing, done};
use super::{groups as group_view, role_view, user_view};
use crate::Sim;
use crate::org::{ApiError, ApiResult, NewUser, Org, Profile, User, UserStatus, okta_time};

const PAGE: PageSize = PageSize { default: 200, max: 200 };
/// With `q`, for people pickers.
const QUERY_PAGE: PageSize = PageSize { default: 10, max: 200 };

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UserBody {
    profile: Profile,
    credentials: Credentials,
    group_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Credentials {
    password: Option<Password>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Password {
    value: Option<String>,
}

impl UserBody {
    fn password(&mut self) -> Option<String> {
        self.credentials.password.take().and_then(|password| password.value)
    }
}

pub(super) async fn list(State(sim): State<Sim>, params: Params) -> ApiResult<Listing> {
    let filter = params.get("filter").map(Expression::parse).transpose()?;
    let search = params.get("search").map(Expression::parse).transpose()?;
    // Deprovisioned people are only listed to those who use an expression.
    let all = filter.is_some() || search.is_some();
    let prefix = params.get("q").map(str::to_lowercase);
    let fits = |user: &User, expression: Option<&Expression>, case| {
        expression.is_none_or(|wanted| wanted.fits(case, &|name| attribute_of(user, name)))
    };
    let org = sim.org();
    let users = org.users.values().filter(|user| {
        (all || user.status != UserStatus::Deprovisioned)
            && prefix.as_ref().is_none_or(|prefix| starts_with(user, prefix))
            && fits(user, filter.as_ref(), Case::Matters)
            && fits(user, search.as_ref(), Case::Ignored)
    });
    let size = if prefix.is_some() { QUERY_PAGE } else { PAGE };
    // Cursors of this list are an id behind a digit: not something to look up.
    let cursor = |user: &&User| format!("2{}", user.id);
    params.page(&org, size, users, cursor, |user| user_view::brief(&org, user))
}

fn starts_with(user: &User, prefix: &str) -> bool {
    let fields = ["firstName", "lastName", "email"].map(|name| user.attribute(name));
    fields.into_iter().flatten().any(|field| field.to_lowercase().starts_with(prefix))
}

fn attribute_of(user: &User, name: &str) -> Option<String> {
    match name {
        "id" => Some(user.id.clone()),
        "status" => Some(user.status.as_str().to_owned()),
        "created" => Some(okta_time(user.created)),
        "activated" => user.activated.map(okta_time),
        "statusChanged" => user.status_changed.map(okta_time),
        "lastUpdated" => Some(okta_time(user.last_updated)),
        _ => user.attribute(name.strip_prefix("profile.")?).map(ToOwned::to_owned),
    }
}

pub(super) async fn create(
    acting: Acting,
    params: Params,
    JsonBody(mut body): JsonBody<UserBody>,
) -> ApiResult<Json<Value>> {
    let new = NewUser {
        password: body.password(),
        profile: body.profile,
        activate: params.flag("activate", true),
        group_ids: body.group_ids,
    };
    let mut org = acting.org();
    let id = org.create_user(new)?;
    Ok(Json(user_view::full(&org, org.user(&id)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    caller: Caller,
    Path(user): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(user_view::full(&org, find(&org, &caller, &user)?)))
}

pub(super) async fn update(
    acting: Acting,
    Path(user): Path<String>,
    JsonBody(body): JsonBody<UserBody>,
) -> ApiResult<Json<Value>> {
    change(&acting, &user, body, false)
}

pub(super) async fn replace(
    acting: Acting,
    Path(user): Path<String>,
    JsonBody(body): JsonBody<UserBody>,
) -> ApiResult<Json<Value>> {
    change(&acting, &user, body, true)
}

fn change(
    acting: &Acting,
    user: &str,
    mut body: UserBody,
    replace: bool,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    let id = find(&org, &acting.caller, user)?.id.clone();
    let password = body.password();
    org.update_user(&id, body.profile, password, replace)?;
    Ok(Json(user_view::full(&org, org.user(&id)?)))
}

pub(super) async fn remove(acting: Acting, Path(user): Path<String>) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    let id = find(&org, &acting.caller, &user)?.id.clone();
    org.delete_user(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn lifecycle(
    acting: Acting,
    Path((user, step)): Path<(String, String)>,
    params: Params,
) -> ApiResult<Response> {
    let mut org = acting.org();
    let id = find(&org, &acting.caller, &user)?.id.clone();
    match step.as_str() {
        "activate" => {
            org.activate_user(&id)?;
            return Ok(activation(&org, &id, &params).into_response());
        }
        "reactivate" => {
            org.reactivate_user(&id)?;
            return Ok(activation(&org, &id, &params).into_response());
        }
        "deactivate" => org.deactivate_user(&id).map(|_| ())?,
        "suspend" => org.suspend_user(&id)?,
        "unsuspend" => org.unsuspend_user(&id)?,
        "unlock" => org.unlock_user(&id)?,
        "expire_password" => {
            org.expire_password(&id)?;
            return Ok(Json(user_view::full(&org, org.user(&id)?)).into_response());
        }
        "reset_password" => {
            org.reset_password(&id)?;
            if params.flag("revokeSessions", false) {
                org.clear_sessions(&id, false)?;
            }
            let link = format!("{}/reset_password/{id}", org.base_url);
            let with_mail = params.flag("sendEmail", true);
            let answer = if with_mail { json!({}) } else { json!({ "resetPasswordUrl": link }) };
            return Ok(Json(answer).into_response());
        }
        _ => return Err(ApiError::unsupported_method()),
    }
    Ok(done().into_response())
}

/// "Revoke all user sessions": those of the org, not those that apps keep.
pub(super) async fn clear_sessions(
    acting: Acting,
    Path(user): Path<String>,
    params: Params,
) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    let id = find(&org, &acting.caller, &user)?.id.clone();
    org.clear_sessions(&id, params.flag("oauthTokens", false))?;
    Ok(StatusCode::NO_CONTENT)
}

// With sendEmail=false Okta hands out the link that the mail would have carried.
fn activation(org: &Org, user: &str, params: &Params) -> Json<Value> {
    if params.flag("sendEmail", true) {
        return done();
    }
    let link = format!("{}/welcome/{user}", org.base_url);
    Json(json!({ "activationUrl": link, "activationToken": user }))
}

pub(super) async fn app_links(
    State(sim): State<Sim>,
    caller: Caller,
    Path(user): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    let links = org.links_of_user(&find(&org, &caller, &user)?.id)?;
    let views = links.iter().map(|link| {
        json!({
            "id": link.user_id,
            "label": link.label,
            "linkUrl": link.link_url,
            "logoUrl": link.logo_url,
            "appName": link.app_name,
            "appInstanceId": link.app_id,
            "appAssignmentId": link.user_id,
            "credentialsSetup": false,
            "hidden": link.hidden,
            "sortOrder": link.sort_order,
        })
    });
    Ok(Json(views.collect()))
}

pub(super) async fn groups(
    State(sim): State<Sim>,
    caller: Caller,
    Path(user): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let org = sim.org();
    let id = find(&org, &caller, &user)?.id.clone();
    let groups = org.groups_of_user(&id);
    params.page(&org, PAGE, groups, |group| group.id.clone(), |group| group_view::view(&org, group))
}

/// The admin roles of a user: those of the tokens that they own, and those of their groups.
pub(super) async fn roles(
    State(sim): State<Sim>,
    caller: Caller,
    Path(user): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    let user = find(&org, &caller, &user)?;
    let tokens = org.tokens.values().filter(|token| token.user_id == user.id && !token.revoked);
    let assignee = role_view::Assignee::User(user);
    let direct = role_view::list(&org, &assignee, tokens.flat_map(|token| &token.roles));
    let by_group = org
        .groups_of_user(&user.id)
        .flat_map(|group| role_view::list(&org, &role_view::Assignee::Group(group), &group.roles));
    Ok(Json(direct.into_iter().chain(by_group).collect()))
}

/// A user by id, login, short login, or `me` for the token's owner.
fn find<'a>(org: &'a Org, caller: &Caller, key: &str) -> ApiResult<&'a User> {
    if key == "me" { org.user(&caller.user_id) } else { org.find_user(key) }
}
