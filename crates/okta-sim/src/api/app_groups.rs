//! `/api/v1/apps/{id}/groups`: which groups have an app.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::app_view;
use super::caller::Acting;
use super::params::{PageSize, Params};
use super::reply::{Listing, OptionalBody};
use crate::Sim;
use crate::org::ApiResult;

const PAGE: PageSize = PageSize { default: 20, max: 200 };

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AppGroupBody {
    priority: Option<i64>,
    profile: Option<Map<String, Value>>,
}

pub(super) async fn list(
    State(sim): State<Sim>,
    Path(app): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let org = sim.org();
    let prefix = params.get("q").unwrap_or_default();
    let mut rows: Vec<_> = org.app(&app)?.groups.values().collect();
    rows.retain(|row| org.group(&row.group_id).is_ok_and(|group| group.name.starts_with(prefix)));
    // By priority, as recording 18 shows; the cursor carries it before the id.
    rows.sort_by_key(|row| (row.priority, row.group_id.clone()));
    let cursor = |row: &&crate::org::AppGroup| {
        format!("{:010}{}", row.priority.clamp(0, 9_999_999_999), row.group_id)
    };
    params.page(&org, PAGE, rows.into_iter(), cursor, |row| app_view::app_group(&org, &app, row))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path((app, group)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(app_view::app_group(&org, &app, org.app_group(&app, &group)?)))
}

pub(super) async fn assign(
    acting: Acting,
    Path((app, group)): Path<(String, String)>,
    OptionalBody(body): OptionalBody<AppGroupBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    org.assign_group(&app, &group, body.priority, body.profile)?;
    Ok(Json(app_view::app_group(&org, &app, org.app_group(&app, &group)?)))
}

pub(super) async fn unassign(
    acting: Acting,
    Path((app, group)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    acting.org().unassign_group(&app, &group)?;
    Ok(StatusCode::NO_CONTENT)
}
