//! `/api/v1/apps/{id}/users`: who has an app.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::app_view;
use super::caller::Acting;
use super::params::{PageSize, Params};
use super::reply::{JsonBody, Listing};
use crate::Sim;
use crate::org::{ApiError, ApiResult, AppUser, Scope};

const PAGE: PageSize = PageSize { default: 50, max: 500 };

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AppUserBody {
    id: Option<String>,
    scope: Option<String>,
    credentials: Option<Credentials>,
    profile: Option<Map<String, Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Credentials {
    user_name: Option<String>,
}

impl AppUserBody {
    fn scope(&self) -> ApiResult<Option<Scope>> {
        match self.scope.as_deref() {
            None => Ok(None),
            Some("USER") => Ok(Some(Scope::User)),
            Some("GROUP") => Ok(Some(Scope::Group)),
            Some(_) => Err(ApiError::malformed_body()),
        }
    }

    fn user_name(&self) -> Option<&str> {
        self.credentials.as_ref().and_then(|credentials| credentials.user_name.as_deref())
    }
}

pub(super) async fn list(
    State(sim): State<Sim>,
    Path(app): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let org = sim.org();
    let prefix = params.get("q").unwrap_or_default().to_lowercase();
    let matches = |row: &&AppUser| {
        prefix.is_empty()
            || row.user_name.to_lowercase().starts_with(&prefix)
            || org.user(&row.user_id).is_ok_and(|user| {
                let parts = ["firstName", "lastName", "email"].map(|name| user.attribute(name));
                parts.into_iter().flatten().any(|part| part.to_lowercase().starts_with(&prefix))
            })
    };
    let is_listed = |row: &&AppUser| org.is_assignment_listed(&app, &row.user_id);
    let rows = org.app(&app)?.users.values().filter(is_listed).filter(matches);
    params.page(
        &org,
        PAGE,
        rows,
        |row| row.user_id.clone(),
        |row| app_view::app_user(&org, &app, row),
    )
}

pub(super) async fn assign(
    acting: Acting,
    Path(app): Path<String>,
    JsonBody(body): JsonBody<AppUserBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    org.app(&app)?;
    let Some(user) = body.id.as_deref() else {
        return Err(ApiError::validation("id", "id: The field cannot be left blank"));
    };
    let (scope, user_name) = (body.scope()?, body.user_name());
    org.assign_user(&app, user, scope, user_name, body.profile.clone())?;
    Ok(Json(app_view::app_user(&org, &app, org.app_user(&app, user)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path((app, user)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(app_view::app_user(&org, &app, org.app_user(&app, &user)?)))
}

pub(super) async fn update(
    acting: Acting,
    Path((app, user)): Path<(String, String)>,
    JsonBody(body): JsonBody<AppUserBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    let (scope, user_name) = (body.scope()?, body.user_name());
    org.update_app_user(&app, &user, scope, user_name, body.profile.clone())?;
    Ok(Json(app_view::app_user(&org, &app, org.app_user(&app, &user)?)))
}

pub(super) async fn unassign(
    acting: Acting,
    Path((app, user)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    acting.org().unassign_user(&app, &user)?;
    Ok(StatusCode::NO_CONTENT)
}
