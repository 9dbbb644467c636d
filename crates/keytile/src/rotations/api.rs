//! Rotations as JSON.

use axum::extract::State;
use axum::http::StatusCode;
use model::share::ItemRole;
use model::{AccountId, DepartureId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Filter, Mark, Rotation};
use crate::api::{Caller, Failure, Page, Path, Query, Turn};
use crate::app::App;
use crate::error::Error;

/// One account whose password is to be changed because somebody left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rotation)]
pub struct RotationView {
    #[schema(value_type = String)]
    departure_id: DepartureId,
    #[schema(value_type = String)]
    account_id: AccountId,
    account_name: String,
    #[schema(value_type = String)]
    member_id: MemberId,
    member_name: String,
    /// `collaborator` or `owner`: what they held.
    #[schema(value_type = String)]
    role: ItemRole,
    /// By which paths, in words.
    reached_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    launched_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    password_seen_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    left_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    sessions_ended_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Timestamp>,
    /// `marked`, `changed` with the password, or `returned` with the access.
    done_how: Option<&'static str>,
}

impl From<Rotation> for RotationView {
    fn from(rotation: Rotation) -> Self {
        Self {
            departure_id: rotation.departure,
            account_id: rotation.account,
            account_name: rotation.name,
            member_id: rotation.member,
            member_name: rotation.member_name,
            role: rotation.role,
            reached_by: rotation.via,
            launched_at: rotation.launched_at,
            password_seen_at: rotation.revealed_at,
            left_at: rotation.opened_at,
            due_at: rotation.due_at,
            sessions_ended_at: rotation.sessions_ended_at,
            done_at: rotation.done.as_ref().map(|done| done.at),
            done_how: rotation.done.map(|done| done.how.code()),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// `open` or `done`.
    #[serde(default)]
    state: String,
    /// Only of this account.
    account_id: Option<String>,
    /// Only of this leaver.
    member_id: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<Filter, Failure> {
        let is_done = match self.state.as_str() {
            "" | "open" => false,
            "done" => true,
            _ => return Err(Error::invalid("state", "Ask for `open` or `done`.").into()),
        };
        let account = self.account_id.as_deref().map(str::parse).transpose();
        let member = self.member_id.as_deref().map(str::parse).transpose();
        Ok(Filter {
            is_done,
            account: account.map_err(|why| Error::invalid("account_id", why))?,
            member: member.map_err(|why| Error::invalid("member_id", why))?,
        })
    }
}

/// What is to be rotated, in the order in which it should be done: of all accounts for admins, of those that you own.
#[utoipa::path(get, path = "/api/v1/rotations", tag = "rotations", params(ListQuery, Turn),
    responses((status = 200, body = Page<RotationView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(turn): Query<Turn>,
) -> Result<axum::Json<Page<RotationView>>, Failure> {
    let found = super::list(&app, &caller.0, query.filter()?, &turn.wanted("")?).await?;
    Ok(axum::Json(Page::of(found, RotationView::from)))
}

/// Say that the password was changed at the site.
#[utoipa::path(post, path = "/api/v1/rotations/{departure_id}/{account_id}/rotated", tag = "rotations",
    params(("departure_id" = String, Path), ("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn mark_rotated(
    State(app): State<App>,
    caller: Caller,
    Path((departure, account)): Path<(DepartureId, AccountId)>,
) -> Result<StatusCode, Failure> {
    super::note(&app, &caller.0, departure, account, Mark::Rotated).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that the sessions at the site are ended.
#[utoipa::path(post, path = "/api/v1/rotations/{departure_id}/{account_id}/sessions-ended", tag = "rotations",
    params(("departure_id" = String, Path), ("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn mark_sessions_ended(
    State(app): State<App>,
    caller: Caller,
    Path((departure, account)): Path<(DepartureId, AccountId)>,
) -> Result<StatusCode, Failure> {
    super::note(&app, &caller.0, departure, account, Mark::SessionsEnded).await?;
    Ok(StatusCode::NO_CONTENT)
}
