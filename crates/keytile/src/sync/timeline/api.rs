//! Timelines as JSON.

use axum::Json;
use axum::extract::State;
use model::access::Actor;
use model::{AccountId, ActivityId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Event, What};
use crate::activity;
use crate::api::{Caller, Failure, Page, Path, Query, Turn};
use crate::app::App;

/// Something in the history of an account's tile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEvent)]
pub struct EventView {
    #[schema(value_type = String)]
    id: ActivityId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `cause` (somebody changed something), `tile` or `group` (a step in Okta).
    kind: &'static str,
    /// The stable name of what somebody changed, such as `share.added`.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    /// What happened, or what was done.
    text: String,
    /// What came of a step, such as `done`, `refused` or `unavailable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    /// Okta's id of the request, to quote to its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What Okta said.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl EventView {
    fn new(actor: &Actor, event: Event) -> Self {
        let Event { id, at, what } = event;
        match what {
            What::Cause(entry) => Self {
                id,
                at,
                kind: "cause",
                text: activity::pages::sentence(actor, &entry),
                event: Some(entry.event),
                result: None,
                request_id: None,
                detail: None,
            },
            What::Step(step) => Self {
                id,
                at,
                kind: if step.is_of_group { "group" } else { "tile" },
                event: None,
                text: step.step,
                result: Some(step.result),
                request_id: step.request_id,
                detail: step.detail,
            },
        }
    }
}

/// What was done in Okta for an account, newest first, and what caused it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tile/timeline", tag = "tiles",
    params(("account_id" = String, Path), Turn),
    responses((status = 200, body = Page<EventView>)))]
pub(crate) async fn read_timeline(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<EventView>>, Failure> {
    let (events, next) = super::list(&app, &caller.0, id, turn.after_id()?, turn.limit()).await?;
    let items = events.into_iter().map(|event| EventView::new(&caller.0, event)).collect();
    Ok(Json(Page { items, next: next.map(|id| id.to_string()) }))
}
