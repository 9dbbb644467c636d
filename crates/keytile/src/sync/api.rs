//! Tiles as JSON: extend, sync, remove, and where each stands.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AccountId, MemberId, TileId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Progress, Status, Viewer, launch_url};
use crate::api::{Caller, Failure, Path, Problem};
use crate::app::App;
use crate::error::Error;

/// A tile: the account as it appears in Okta.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tile)]
pub struct TileView {
    #[schema(value_type = String)]
    id: TileId,
    /// What Okta shows under it.
    label: String,
    /// Where a click leads.
    launch_url: String,
    /// Okta's id of the app, once Okta has told it.
    app_id: Option<String>,
    /// `syncing`, `synced`, `failed`, `paused` or `removing`.
    state: &'static str,
    /// Steps done in this run, while it is syncing.
    steps_done: Option<i64>,
    /// Steps of this run, while it is syncing.
    steps_total: Option<i64>,
    /// What stands in the way.
    problem: Option<ProblemView>,
    #[schema(value_type = String, format = DateTime)]
    extended_at: Timestamp,
    /// Who extended the account.
    extended_by: String,
    /// When everything was last as it should be.
    #[schema(value_type = Option<String>, format = DateTime)]
    synced_at: Option<Timestamp>,
}

/// What stands in the way of a tile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TileProblem)]
pub struct ProblemView {
    code: String,
    message: String,
    /// Okta's id of the request, to quote to its support.
    request_id: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
}

/// The tile that Okta is to follow from now on, or does already.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StartedTile)]
pub(crate) struct Started {
    /// The tile's id: ask for its state at `/api/v1/accounts/{account_id}/tile`.
    #[schema(value_type = String)]
    id: TileId,
}

/// Who sees the tile of an account and who does not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceView {
    sees: Vec<ViewerView>,
    hidden: Vec<ViewerView>,
}

/// Somebody who reaches the account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Viewer)]
pub struct ViewerView {
    #[schema(value_type = String)]
    member_id: MemberId,
    name: String,
    email: String,
    /// Why they do not see the tile.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl ViewerView {
    fn new(viewer: Viewer, reason: Option<&'static str>) -> Self {
        Self { member_id: viewer.member, name: viewer.name, email: viewer.email, reason }
    }
}

impl TileView {
    fn new(app: &App, status: Status) -> Self {
        let Status { tile, extended_by, progress, waits_for } = status;
        let (state, steps, problem) = match progress {
            Progress::Syncing { done, total } => ("syncing", Some((done, total)), waits_for),
            Progress::Synced => ("synced", None, None),
            Progress::Failed(problem) => ("failed", None, Some(problem)),
            Progress::Paused(problem) => ("paused", None, Some(problem)),
            Progress::Removing => ("removing", None, None),
        };
        let (steps_done, steps_total) = steps.unzip();
        let problem = problem.map(|p| ProblemView {
            code: p.code,
            message: p.message,
            request_id: p.request_id,
            retry_at: p.retry_at,
        });
        Self {
            id: tile.id,
            launch_url: launch_url(app, tile.launch),
            label: tile.label,
            app_id: tile.app_id,
            state,
            steps_done,
            steps_total,
            problem,
            extended_at: tile.extended_at,
            extended_by,
            synced_at: tile.synced_at,
        }
    }
}

/// Where the tile of an account stands.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tile", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 200, body = TileView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<TileView>, Failure> {
    let status = super::status(&app, &caller.0, id).await?.ok_or(Error::NotFound)?;
    Ok(Json(TileView::new(&app, status)))
}

/// Extend an account to Okta. A second call answers the same tile.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tile", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 202, body = Started), (status = 409, body = Problem)))]
pub(crate) async fn extend(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<(StatusCode, Json<Started>), Failure> {
    let id = super::extend(&app, &caller.0, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}

/// Look at Okta itself and put right what differs.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tile/sync", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 202, body = Started), (status = 409, body = Problem)))]
pub(crate) async fn sync(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<(StatusCode, Json<Started>), Failure> {
    let id = super::sync_now(&app, &caller.0, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}

/// After a pause: make the tile again in Okta, or activate it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tile/resume", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 202, body = Started), (status = 409, body = Problem)))]
pub(crate) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<(StatusCode, Json<Started>), Failure> {
    let id = super::resume(&app, &caller.0, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}

/// Take the tile out of Okta; the account and its shares stay.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/tile", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    super::remove(&app, &caller.0, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Who sees the tile, or would, and who does not, and why.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/audience", tag = "tiles", params(("account_id" = String, Path)),
    responses((status = 200, body = AudienceView)))]
pub(crate) async fn read_audience(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<AudienceView>, Failure> {
    let audience = super::audience(&app, &caller.0, id).await?;
    Ok(Json(AudienceView {
        sees: audience.sees.into_iter().map(|viewer| ViewerView::new(viewer, None)).collect(),
        hidden: audience
            .hidden
            .into_iter()
            .map(|(viewer, why)| ViewerView::new(viewer, Some(why.reason())))
            .collect(),
    }))
}
