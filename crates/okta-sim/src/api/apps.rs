//! `/api/v1/apps`: list, create, read, replace, activate, deactivate, delete.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::Value;

use super::app_body::AppBody;
use super::app_view;
use super::caller::Acting;
use super::filter::{Case, Expression};
use super::params::{PageSize, Params};
use super::reply::{JsonBody, Listing, done};
use crate::Sim;
use crate::org::{ApiError, ApiResult, App, AppStatus, Org};

const PAGE: PageSize = PageSize { default: 20, max: 200 };

/// The properties that `filter` knows ("List all applications").
const FILTERABLE: [&str; 5] =
    ["id", "status", "name", "credentials.signing.kid", "settings.slo.enabled"];

pub(super) async fn list(State(sim): State<Sim>, params: Params) -> ApiResult<Listing> {
    check_expand(&params)?;
    let filter = params.get("filter").map(Expression::parse).transpose()?;
    let named = filter.iter().flat_map(Expression::attributes).collect::<Vec<_>>();
    if let Some(unknown) = named.iter().find(|name| !FILTERABLE.contains(name)) {
        return Err(ApiError::invalid_search(format!(
            "The attribute '{unknown}' is not supported"
        )));
    }
    // Without this switch, or a filter that asks for a status, inactive apps stay away.
    let inactive_too = params.flag("includeNonDeleted", false) || named.contains(&"status");
    let prefix = params.get("q").unwrap_or_default().to_lowercase();
    let org = sim.org();
    let wanted = |app: &&App| {
        (inactive_too || app.status == AppStatus::Active)
            && (app.label.to_lowercase().starts_with(&prefix)
                || app.kind.name().starts_with(&prefix))
            && filter.as_ref().is_none_or(|filter| {
                filter.fits(Case::Matters, &|attribute| attribute_of(app, attribute))
            })
    };
    let expand = params.get("expand").and_then(|text| text.strip_prefix("user/"));
    params.page(
        &org,
        PAGE,
        org.listed_apps().into_iter().filter(wanted),
        |app| app.id.clone(),
        |app| view(&org, app, expand),
    )
}

fn attribute_of(app: &App, attribute: &str) -> Option<String> {
    match attribute {
        "id" => Some(app.id.clone()),
        "status" => Some(app.status.as_str().to_owned()),
        "name" => Some(app.kind.name().to_owned()),
        _ => None,
    }
}

/// `expand=user/{id}` puts that person's row into `_embedded.user`.
fn view(org: &Org, app: &App, expand: Option<&str>) -> Value {
    let mut view = app_view::app(org, app);
    if let Some(row) = expand.and_then(|user| app.users.get(user)) {
        view["_embedded"] = serde_json::json!({ "user": app_view::app_user(org, &app.id, row) });
    }
    view
}

fn check_expand(params: &Params) -> ApiResult<()> {
    match params.get("expand") {
        None => Ok(()),
        Some(text) if text.strip_prefix("user/").is_some_and(|id| !id.is_empty()) => Ok(()),
        Some(_) => {
            let cause = "Invalid expand parameter. Must be in the form of user/{userId}.";
            Err(ApiError::validation("RequestParams", cause))
        }
    }
}

// 200, not 201: recordings 01 and 02.
pub(super) async fn create(
    acting: Acting,
    params: Params,
    JsonBody(body): JsonBody<AppBody>,
) -> ApiResult<Json<Value>> {
    let activate = params.flag("activate", true);
    let mut org = acting.org();
    let id = org.create_app(body.into_new_app()?, activate)?;
    acting.delay_list(&mut org, &id, "/api/v1/apps");
    acting.delay_replica(&mut org, &id);
    Ok(Json(app_view::app(&org, org.app(&id)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path(app): Path<String>,
    params: Params,
) -> ApiResult<Json<Value>> {
    check_expand(&params)?;
    let org = sim.org();
    let expand = params.get("expand").and_then(|text| text.strip_prefix("user/"));
    Ok(Json(view(&org, org.readable_app(&app)?, expand)))
}

pub(super) async fn replace(
    acting: Acting,
    Path(app): Path<String>,
    JsonBody(body): JsonBody<AppBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    org.app(&app)?;
    org.replace_app(&app, body.into_new_app()?)?;
    Ok(Json(app_view::app(&org, org.app(&app)?)))
}

pub(super) async fn remove(acting: Acting, Path(app): Path<String>) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    let body = org.app(&app)?.clone();
    org.delete_app(&app)?;
    acting.leave_ghost(&mut org, body);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn activate(acting: Acting, Path(app): Path<String>) -> ApiResult<Json<Value>> {
    acting.org().activate_app(&app)?;
    Ok(done())
}

pub(super) async fn deactivate(acting: Acting, Path(app): Path<String>) -> ApiResult<Json<Value>> {
    acting.org().deactivate_app(&app)?;
    Ok(done())
}

/// Policies are not simulated; Okta's terraform provider assigns one after each create.
pub(super) async fn assign_policy(
    State(sim): State<Sim>,
    Path((app, _policy)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    sim.org().app(&app)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Only apps with provisioning have features; none is readable here.
pub(super) async fn features(
    State(sim): State<Sim>,
    Path(app): Path<String>,
) -> ApiResult<Json<Value>> {
    sim.org().app(&app)?;
    Err(ApiError::validation("feature", "Provisioning is not supported."))
}

pub(super) async fn features_of(
    state: State<Sim>,
    Path((app, _feature)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    features(state, Path(app)).await
}
