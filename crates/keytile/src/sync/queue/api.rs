//! The queue as JSON: what waits, until about when, within which limits, and what does not go on by itself.

use axum::Json;
use axum::extract::State;
use model::{AccountId, TileId, Timestamp};
use portal::Priority;
use serde::Serialize;
use utoipa::ToSchema;

use super::{InLine, Place, Queue, Troubled, Waiting};
use crate::api::{Caller, Failure, Page, Problem, Query, Turn, not_a_next};
use crate::app::App;
use crate::error::Error;
use crate::paging::{Part, one_more};
use crate::sync::worker::Bucket;
use crate::sync::{PortalStatus, from_rank};

/// What waits for Okta.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    /// `off`, `on`, or `update` where Okta refuses the connection, so that an admin must act first.
    status: &'static str,
    /// Why Okta refuses it.
    problem: Option<String>,
    /// How many tiles wait.
    tiles: i64,
    /// How many managed groups wait.
    groups: i64,
    /// Calls that are known to be left.
    calls: i64,
    /// When they will be done, as far as Okta's limits tell.
    #[schema(value_type = Option<String>, format = DateTime)]
    expected_at: Option<Timestamp>,
    waiting: Vec<WaitingView>,
    /// Tiles that wait for a person.
    paused: i64,
    /// Tiles that failed, and are tried again.
    failing: i64,
    limits: Vec<LimitView>,
    /// When the limits were last told.
    #[schema(value_type = Option<String>, format = DateTime)]
    limits_at: Option<Timestamp>,
    /// Okta does not answer: nothing before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    rest_until: Option<Timestamp>,
    /// Okta takes no more apps: no new tiles before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    creates_rest_until: Option<Timestamp>,
}

/// Tiles of one urgency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingTiles)]
pub struct WaitingView {
    /// `leaver`, `person`, `change`, `first_sync` or `audit`.
    priority: &'static str,
    /// How many may have their turn now.
    due: i64,
    /// How many wait for an instant, such as that of their next try.
    later: i64,
}

/// Calls that share a limit of Okta's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limit)]
pub struct LimitView {
    /// Which calls, such as `apps`.
    bucket: String,
    /// Calls in a minute, once Okta has told.
    limit: Option<u32>,
    /// Calls that are left, once Okta has told the limit.
    left: Option<u32>,
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// A tile that waits for its turn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedTile)]
pub struct InLineView {
    #[schema(value_type = String)]
    tile_id: TileId,
    #[schema(value_type = String)]
    account_id: AccountId,
    label: String,
    /// `leaver`, `person`, `change`, `first_sync` or `audit`.
    priority: &'static str,
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// It goes from Okta.
    is_removal: bool,
    steps_done: i64,
    /// Steps of this run; 0 where they are not known yet.
    steps_total: i64,
    /// What stood in the way of the last try.
    problem: Option<String>,
}

/// A tile that needs a look.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TroubledTile)]
pub struct TroubledView {
    #[schema(value_type = String)]
    tile_id: TileId,
    #[schema(value_type = String)]
    account_id: AccountId,
    label: String,
    problem: String,
    /// Okta's id of the request, to quote to its support.
    request_id: Option<String>,
    /// It waits for a person, not for a time.
    is_paused: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
}

fn code(priority: Priority) -> &'static str {
    match priority {
        Priority::Leaver => "leaver",
        Priority::Person => "person",
        Priority::Change => "change",
        Priority::FirstSync => "first_sync",
        Priority::Audit => "audit",
    }
}

impl QueueView {
    fn new(queue: Queue, now: Timestamp) -> Self {
        let ahead = |at: &Timestamp| *at > now;
        Self {
            tiles: queue.tiles(),
            groups: queue.groups,
            calls: queue.progress.calls,
            status: queue.portal.status.code(),
            problem: queue
                .portal
                .status_detail
                .filter(|_| queue.portal.status == PortalStatus::Update),
            expected_at: queue.progress.done_at.filter(ahead),
            waiting: queue.waiting.into_iter().map(WaitingView::from).collect(),
            paused: queue.paused,
            failing: queue.failing,
            rest_until: queue.limits.rest_until.filter(ahead),
            creates_rest_until: queue.limits.creates_rest_until.filter(ahead),
            limits_at: queue.limits.at,
            limits: queue.limits.current(now).map(LimitView::from).collect(),
        }
    }
}

impl From<Waiting> for WaitingView {
    fn from(waiting: Waiting) -> Self {
        Self { priority: code(waiting.priority), due: waiting.due, later: waiting.later }
    }
}

impl From<Bucket> for LimitView {
    fn from(bucket: Bucket) -> Self {
        Self {
            bucket: bucket.name,
            limit: bucket.limit,
            left: bucket.limit.map(|_| bucket.left),
            until: bucket.until,
        }
    }
}

impl From<InLine> for InLineView {
    fn from(tile: InLine) -> Self {
        Self {
            tile_id: tile.place.tile,
            account_id: tile.account,
            label: tile.label,
            priority: code(from_rank(tile.place.rank)),
            due_at: tile.place.due_at,
            is_removal: tile.is_removal,
            steps_done: tile.steps_done,
            steps_total: tile.steps_total,
            problem: tile.problem,
        }
    }
}

impl From<Troubled> for TroubledView {
    fn from(tile: Troubled) -> Self {
        Self {
            is_paused: tile.is_paused(),
            tile_id: tile.tile,
            account_id: tile.account,
            label: tile.label,
            problem: tile.problem,
            request_id: tile.request_id,
            retry_at: tile.retry_at,
        }
    }
}

/// What waits for Okta, until about when, and within which limits.
#[utoipa::path(get, path = "/api/v1/sync/queue", tag = "sync",
    responses((status = 200, body = QueueView), (status = 409, body = Problem)))]
pub(crate) async fn read_queue(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<QueueView>, Failure> {
    let queue = super::look(&app, &caller.0).await?.ok_or(Error::FeatureOff)?;
    Ok(Json(QueueView::new(queue, app.now())))
}

/// The tiles that wait, in the order of their turns.
#[utoipa::path(get, path = "/api/v1/sync/queue/waiting", tag = "sync", params(Turn),
    responses((status = 200, body = Page<InLineView>), (status = 409, body = Problem)))]
pub(crate) async fn list_queue_waiting(
    State(app): State<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<InLineView>>, Failure> {
    let after = turn.after().map(|text| Place::parse(text).ok_or_else(not_a_next)).transpose()?;
    let tiles = super::in_line(&app, &caller.0, after, one_more(turn.limit())).await?;
    let part = Part::cut_after(tiles, turn.limit(), |last| last.place.cursor());
    Ok(Json(Page::of(part, InLineView::from)))
}

/// The tiles that failed, or do not go on by themselves, in the order of their ids.
#[utoipa::path(get, path = "/api/v1/sync/queue/trouble", tag = "sync", params(Turn),
    responses((status = 200, body = Page<TroubledView>), (status = 409, body = Problem)))]
pub(crate) async fn list_queue_trouble(
    State(app): State<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<TroubledView>>, Failure> {
    let tiles = super::troubled(&app, &caller.0, turn.after_id()?, one_more(turn.limit())).await?;
    let part = Part::cut_after(tiles, turn.limit(), |last| last.tile.to_string());
    Ok(Json(Page::of(part, TroubledView::from)))
}
