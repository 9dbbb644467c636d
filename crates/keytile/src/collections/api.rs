//! Collections as JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Level;
use model::{AccountId, CollectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Collection;
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::paging::{Cursor, Part};

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub struct CollectionView {
    #[schema(value_type = String)]
    id: CollectionId,
    name: String,
    /// The collection that it is in; missing at the top.
    #[schema(value_type = Option<String>)]
    parent_id: Option<CollectionId>,
    /// What the caller is on it: `owner` or `collaborator`.
    role: &'static str,
    /// How many accounts are directly in it.
    account_count: i64,
}

impl From<Collection> for CollectionView {
    fn from(collection: Collection) -> Self {
        Self {
            id: collection.id,
            name: collection.name,
            parent_id: collection.parent,
            role: if collection.level == Level::Own { "owner" } else { "collaborator" },
            account_count: collection.accounts,
        }
    }
}

/// The fields of a new collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCollection {
    name: String,
    #[schema(value_type = Option<String>)]
    parent_id: Option<CollectionId>,
}

/// What to change about a collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionChange {
    name: Option<String>,
    /// Where to move it: `{"to": "col_…"}`, or `{"to": null}` for the top.
    parent: Option<Move>,
}

/// Where to move a collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Move {
    #[schema(value_type = Option<String>)]
    to: Option<CollectionId>,
}

/// The collections that you hold, parents before children.
#[utoipa::path(get, path = "/api/v1/collections", tag = "collections", params(Turn),
    responses((status = 200, body = Page<CollectionView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<CollectionView>>, Failure> {
    let collections = super::list(&app, &caller.0).await?;
    let end = |collection: &Collection| Cursor {
        key: format!("{:03}{}", collection.depth, collection.name.to_lowercase()),
        id: collection.id,
    };
    Ok(Json(Page::of(Part::of_whole(collections, &turn.wanted("")?, end), CollectionView::from)))
}

/// Make a collection; you are its Owner.
#[utoipa::path(post, path = "/api/v1/collections", tag = "collections", request_body = NewCollection,
    responses((status = 201, body = CollectionView), (status = 404, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewCollection>,
) -> Result<(StatusCode, Json<CollectionView>), Failure> {
    let id = super::create(&app, &caller.0, &new.name, new.parent_id).await?;
    let (collection, _) = super::find(&app, &caller.0, id).await?;
    Ok((StatusCode::CREATED, Json(collection.into())))
}

/// One collection.
#[utoipa::path(get, path = "/api/v1/collections/{collection_id}", tag = "collections", params(("collection_id" = String, Path)),
    responses((status = 200, body = CollectionView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CollectionId>,
) -> Result<Json<CollectionView>, Failure> {
    Ok(Json(super::find(&app, &caller.0, id).await?.0.into()))
}

/// Rename or move a collection. Who reaches its accounts follows.
#[utoipa::path(patch, path = "/api/v1/collections/{collection_id}", tag = "collections", request_body = CollectionChange,
    params(("collection_id" = String, Path)),
    responses((status = 200, body = CollectionView)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CollectionId>,
    Body(change): Body<CollectionChange>,
) -> Result<Json<CollectionView>, Failure> {
    if let Some(name) = change.name {
        super::rename(&app, &caller.0, id, &name).await?;
    }
    if let Some(parent) = change.parent {
        super::move_to(&app, &caller.0, id, parent.to).await?;
    }
    read(State(app), caller, Path(id)).await
}

/// Delete a collection; its accounts stay, what it shared ends.
#[utoipa::path(delete, path = "/api/v1/collections/{collection_id}", tag = "collections", params(("collection_id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CollectionId>,
) -> Result<StatusCode, Failure> {
    super::delete(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put an account that you own into a collection that you own.
#[utoipa::path(put, path = "/api/v1/collections/{collection_id}/accounts/{account_id}", tag = "collections",
    params(("collection_id" = String, Path), ("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn add_account(
    State(app): State<App>,
    caller: Caller,
    Path((collection, account)): Path<(CollectionId, AccountId)>,
) -> Result<StatusCode, Failure> {
    super::add_account(&app, &caller.0, collection, account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an account out of a collection.
#[utoipa::path(delete, path = "/api/v1/collections/{collection_id}/accounts/{account_id}", tag = "collections",
    params(("collection_id" = String, Path), ("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove_account(
    State(app): State<App>,
    caller: Caller,
    Path((collection, account)): Path<(CollectionId, AccountId)>,
) -> Result<StatusCode, Failure> {
    super::remove_account(&app, &caller.0, collection, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
