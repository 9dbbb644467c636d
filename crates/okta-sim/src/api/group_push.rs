//! `/api/v1/apps/{id}/group-push/mappings`: which groups are pushed to an app (recording 43).

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Acting;
use super::params::{PageSize, Params};
use super::reply::{JsonBody, Listing};
use crate::Sim;
use crate::org::{ApiError, ApiResult, GroupPush, Org};

const PAGE: PageSize = PageSize { default: 100, max: 1000 };

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MappingBody {
    source_group_id: String,
    target_group_id: Option<String>,
    target_group_name: Option<String>,
    status: Option<String>,
}

pub(super) async fn list(
    State(sim): State<Sim>,
    Path(app): Path<String>,
    params: Params,
) -> ApiResult<Listing> {
    let since = params.get("lastUpdated").map(instant).transpose()?;
    let org = sim.org();
    let fits = |push: &&GroupPush| {
        since.is_none_or(|since| push.last_updated >= since)
            && params.get("sourceGroupId").is_none_or(|group| push.group == group)
            && params.get("status").is_none_or(|status| push.status() == status)
    };
    let pushes = org.app(&app)?.scim.iter().flat_map(|scim| &scim.pushes).filter(fits);
    params.page(&org, PAGE, pushes, |push| push.id.clone(), |push| view(&org, &app, push))
}

// 200, where Okta's description says 201 (recording 43).
pub(super) async fn create(
    acting: Acting,
    Path(app): Path<String>,
    JsonBody(body): JsonBody<MappingBody>,
) -> ApiResult<Json<Value>> {
    if body.target_group_id.is_some() == body.target_group_name.is_some() {
        let cause = "Either targetGroupId or targetGroupName must be provided, but not both";
        return Err(ApiError::validation("targetGroup", cause));
    }
    let is_active = active(body.status.as_deref())?;
    let mut org = acting.org();
    // The name of a group that the service has links to that group.
    let id = org.create_group_push(&app, &body.source_group_id, true, is_active)?;
    Ok(Json(view(&org, &app, org.group_push(&app, &id)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path((app, mapping)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(view(&org, &app, org.group_push(&app, &mapping)?)))
}

pub(super) async fn update(
    acting: Acting,
    Path((app, mapping)): Path<(String, String)>,
    JsonBody(body): JsonBody<MappingBody>,
) -> ApiResult<Json<Value>> {
    let is_active = active(body.status.as_deref())?;
    let mut org = acting.org();
    org.set_group_push_active(&app, &mapping, is_active)?;
    Ok(Json(view(&org, &app, org.group_push(&app, &mapping)?)))
}

// 200 with an empty body, where Okta's description says 204 (recording 43).
pub(super) async fn remove(
    acting: Acting,
    Path((app, mapping)): Path<(String, String)>,
    params: Params,
) -> ApiResult<()> {
    acting.org().delete_group_push(&app, &mapping, params.flag("deleteTargetGroup", false))
}

fn active(status: Option<&str>) -> ApiResult<bool> {
    match status {
        None | Some("ACTIVE") => Ok(true),
        Some("INACTIVE") => Ok(false),
        Some(_) => Err(ApiError::malformed_body()),
    }
}

fn instant(text: &str) -> ApiResult<Timestamp> {
    let cause = "lastUpdated: The value must be an ISO 8601 timestamp";
    text.parse().map_err(|_| ApiError::validation("lastUpdated", cause))
}

fn view(org: &Org, app: &str, push: &GroupPush) -> Value {
    // To the second, unlike everything else that Okta prints.
    let time = |at: Timestamp| format!("{at:.0}");
    let below = |path: String| json!({ "href": format!("{}/api/v1/{path}", org.base_url) });
    let mut view = json!({
        "id": push.id,
        "created": time(push.created),
        "lastUpdated": time(push.last_updated),
        "sourceGroupId": push.group,
        "status": push.status(),
        "targetGroupId": push.target,
        "_links": {
            "app": below(format!("apps/{app}")),
            "sourceGroup": below(format!("groups/{}", push.group)),
            "targetGroup": below(format!("groups/{}", push.target)),
        },
    });
    if let Some(at) = push.last_push {
        view["lastPush"] = time(at).into();
    }
    if let Some(error) = &push.error {
        view["errorSummary"] = error.as_str().into();
    }
    view
}
