//! Deleted accounts as JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AccountId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Deleted;
use crate::api::{Caller, Failure, Page, Path, Query, Turn};
use crate::app::App;

/// A deleted account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeletedAccount)]
pub(crate) struct DeletedView {
    #[schema(value_type = String)]
    id: AccountId,
    name: String,
    /// The app's name, or the domain of its login page.
    app: Option<String>,
    username: String,
    #[schema(value_type = String, format = DateTime)]
    deleted_at: Timestamp,
    /// The name of who deleted it.
    deleted_by: Option<String>,
}

impl From<Deleted> for DeletedView {
    fn from(account: Deleted) -> Self {
        Self {
            id: account.id,
            name: account.name,
            app: account.app,
            username: account.username,
            deleted_at: account.at,
            deleted_by: account.by,
        }
    }
}

/// The deleted accounts that you may restore, the last one first.
#[utoipa::path(get, path = "/api/v1/accounts/deleted", tag = "accounts", params(Turn),
    responses((status = 200, body = Page<DeletedView>)))]
pub(crate) async fn list_deleted(
    State(app): State<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<DeletedView>>, Failure> {
    let deleted = super::list(&app, &caller.0, &turn.wanted("")?).await?;
    Ok(Json(Page::of(deleted, DeletedView::from)))
}

/// Restore a deleted account with its shares; it is not extended again by itself.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/restore", tag = "accounts",
    params(("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    super::restore(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
