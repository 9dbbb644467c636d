//! The safety stop as JSON: what would go, and the two answers (C15).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AccountId, MemberId, StopId, TileId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Decision, Item, StopRow};
use crate::api::{Body, Caller, Failure, Page, Path, Problem};
use crate::app::App;

/// A question to the admins: so much would go from Okta at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SafetyStop)]
pub struct StopView {
    #[schema(value_type = String)]
    id: StopId,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// How many assignments might have gone without a question.
    bound: i64,
    /// How many removals still wait, are kept, or are going.
    waiting: i64,
    /// `approved`, `dismissed`, or `withdrawn` where people got their access back before anybody decided.
    decision: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    decided_by: Option<String>,
}

/// A question with all that still waits, is kept, or is going.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SafetyStopDetail)]
pub struct QuestionView {
    stop: StopView,
    /// How many people would lose something.
    people: usize,
    /// Tells this list from every other one: an answer names the list that it is about.
    fingerprint: String,
    removals: Vec<RemovalView>,
}

/// Something that would go from Okta.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removal)]
pub struct RemovalView {
    /// `person`, `group` or `app`: an assignment, or the whole app.
    kind: String,
    /// Okta's id of the person or group.
    external_id: Option<String>,
    /// What the tile or app is called.
    label: String,
    /// The tile, where it is about one.
    #[schema(value_type = Option<String>)]
    tile_id: Option<TileId>,
    /// Okta's id of the app, where no tile explains it.
    app_id: Option<String>,
    #[schema(value_type = Option<String>)]
    account_id: Option<AccountId>,
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    member_name: Option<String>,
    /// The person has left.
    has_left: bool,
    /// The person is suspended.
    is_suspended: bool,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SafetyStopAnswer)]
pub(crate) struct Answer {
    /// The fingerprint of the list that you were shown. Where it is another list by now, nothing is decided.
    fingerprint: String,
}

impl From<StopRow> for StopView {
    fn from(stop: StopRow) -> Self {
        Self {
            id: stop.id,
            opened_at: stop.opened_at,
            bound: stop.bound,
            waiting: stop.waiting,
            decision: stop.decision,
            decided_at: stop.decided_at,
            decided_by: stop.decided_by,
        }
    }
}

impl From<Item> for RemovalView {
    fn from(item: Item) -> Self {
        let (member_id, member_name) = item.member.unzip();
        let tile_id = item.subject.parse().ok();
        Self {
            app_id: Some(item.subject).filter(|_| tile_id.is_none()),
            tile_id,
            external_id: Some(item.external_id).filter(|id| !id.is_empty()),
            kind: item.kind,
            label: item.label,
            account_id: item.account,
            member_id,
            member_name,
            has_left: item.has_left,
            is_suspended: item.is_suspended,
        }
    }
}

/// The newest safety stops, open ones first: at most 20.
#[utoipa::path(get, path = "/api/v1/sync/stops", tag = "sync", responses((status = 200, body = Page<StopView>)))]
pub(crate) async fn list_stops(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<StopView>>, Failure> {
    let stops = super::list(&app, &caller.0).await?;
    Ok(Json(Page { items: stops.into_iter().map(StopView::from).collect(), next: None }))
}

/// What exactly would go.
#[utoipa::path(get, path = "/api/v1/sync/stops/{stop_id}", tag = "sync", params(("stop_id" = String, Path)),
    responses((status = 200, body = QuestionView)))]
pub(crate) async fn read_stop(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StopId>,
) -> Result<Json<QuestionView>, Failure> {
    let question = super::find(&app, &caller.0, id).await?;
    Ok(Json(QuestionView {
        people: question.people(),
        fingerprint: question.fingerprint(),
        stop: question.stop.into(),
        removals: question.items.into_iter().map(RemovalView::from).collect(),
    }))
}

/// Let it go from Okta.
#[utoipa::path(post, path = "/api/v1/sync/stops/{stop_id}/approve", tag = "sync", params(("stop_id" = String, Path)),
    request_body = Answer, responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn approve_stop(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StopId>,
    Body(answer): Body<Answer>,
) -> Result<StatusCode, Failure> {
    super::decide(&app, &caller.0, id, Decision::Approve, answer.fingerprint).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Leave it in Okta.
#[utoipa::path(post, path = "/api/v1/sync/stops/{stop_id}/dismiss", tag = "sync", params(("stop_id" = String, Path)),
    request_body = Answer, responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn dismiss_stop(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StopId>,
    Body(answer): Body<Answer>,
) -> Result<StatusCode, Failure> {
    super::decide(&app, &caller.0, id, Decision::Dismiss, answer.fingerprint).await?;
    Ok(StatusCode::NO_CONTENT)
}
