//! What people want extended, as JSON: what waits, the two answers, and the rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AccountId, MemberId, TileRequestId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Request, Rules};
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::paging::{Part, one_more};

/// A wish that waits for an admin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TileRequest)]
pub struct RequestView {
    #[schema(value_type = String)]
    id: TileRequestId,
    #[schema(value_type = String)]
    account_id: AccountId,
    account_name: String,
    #[schema(value_type = String)]
    member_id: MemberId,
    member_name: String,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// How many tiles they have.
    tiles: i64,
}

/// What the workspace wants.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TileRequestRules)]
pub(crate) struct RulesView {
    /// An admin is asked before a person's account becomes a tile.
    asks: bool,
    /// How many tiles a person may have extended; any number where it is null.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    quota: Option<i64>,
}

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeclineTileRequest)]
pub(crate) struct Declined {
    /// Said to whoever asked, so that they know what to do instead.
    reason: String,
}

impl From<Request> for RequestView {
    fn from(request: Request) -> Self {
        Self {
            id: request.id,
            account_id: request.account,
            account_name: request.name,
            member_id: request.member,
            member_name: request.by,
            asked_at: request.asked_at,
            tiles: request.tiles,
        }
    }
}

/// What waits for an admin, the oldest first.
#[utoipa::path(get, path = "/api/v1/sync/requests", tag = "sync", params(Turn),
    responses((status = 200, body = Page<RequestView>)))]
pub(crate) async fn list_requests(
    State(app): State<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<RequestView>>, Failure> {
    let most = one_more(turn.limit());
    let requests = super::open(&app, &caller.0, turn.after_id()?, most).await?;
    let part = Part::cut_after(requests, turn.limit(), |last| last.id.to_string());
    Ok(Json(Page::of(part, RequestView::from)))
}

/// Let the account become a tile, in the name of whoever asked.
#[utoipa::path(post, path = "/api/v1/sync/requests/{request_id}/approve", tag = "sync",
    params(("request_id" = String, Path)), responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn approve_request(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TileRequestId>,
) -> Result<StatusCode, Failure> {
    super::approve(&app, &caller.0, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Say no, and why.
#[utoipa::path(post, path = "/api/v1/sync/requests/{request_id}/decline", tag = "sync",
    params(("request_id" = String, Path)), request_body = Declined, responses((status = 204)))]
pub(crate) async fn decline_request(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TileRequestId>,
    Body(declined): Body<Declined>,
) -> Result<StatusCode, Failure> {
    super::decline(&app, &caller.0, id, &declined.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is asked before an account becomes a tile, and how many tiles a person may have.
#[utoipa::path(get, path = "/api/v1/sync/requests/rules", tag = "sync",
    responses((status = 200, body = RulesView)))]
pub(crate) async fn read_request_rules(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<RulesView>, Failure> {
    let Rules { asks, quota } = super::rules(&app, &caller.0).await?;
    Ok(Json(RulesView { asks, quota }))
}

/// Set both. What waits goes on waiting.
#[utoipa::path(put, path = "/api/v1/sync/requests/rules", tag = "sync", request_body = RulesView,
    responses((status = 200, body = RulesView), (status = 409, body = Problem)))]
pub(crate) async fn set_request_rules(
    State(app): State<App>,
    caller: Caller,
    Body(rules): Body<RulesView>,
) -> Result<Json<RulesView>, Failure> {
    let quota = rules.quota.map(|quota| quota.to_string()).unwrap_or_default();
    super::set_rules(&app, &caller.0, rules.asks, &quota).await?;
    Ok(Json(rules))
}
