//! Shares as JSON: one resource for accounts and collections, members and teams.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Path as AccessPath;
use model::share::{Grantee, ItemRole, ShareItem};
use model::workspace::WorkspaceRole;
use model::{AccountId, CollectionId, MemberId, ShareId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{PersonPath, Share};
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::error::Error;
use crate::paging::{Cursor, Part};

/// A share: one item, one grantee, one role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareView {
    #[schema(value_type = String)]
    id: ShareId,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_id: Option<CollectionId>,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    member_id: Option<MemberId>,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
    /// The member's or team's name.
    name: String,
    /// `owner` or `collaborator`.
    #[schema(value_type = String)]
    role: ItemRole,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        let (account_id, collection_id) = match share.item {
            ShareItem::Account(id) => (Some(id), None),
            ShareItem::Collection(id) => (None, Some(id)),
        };
        let (member_id, team_id) = match share.grantee {
            Grantee::Member(id) => (Some(id), None),
            Grantee::Team(id) => (None, Some(id)),
        };
        let (name, role, since) = (share.grantee_name, share.role, share.started_at);
        Self { id: share.id, account_id, collection_id, member_id, team_id, name, role, since }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ItemQuery {
    /// The account whose shares to list.
    #[param(value_type = Option<String>)]
    account_id: Option<AccountId>,
    /// Or the collection whose shares to list.
    #[param(value_type = Option<String>)]
    collection_id: Option<CollectionId>,
}

/// A new share: exactly one of `account_id` and `collection_id`, and one of `member_id` and `team_id`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewShare {
    #[schema(value_type = Option<String>)]
    account_id: Option<AccountId>,
    #[schema(value_type = Option<String>)]
    collection_id: Option<CollectionId>,
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
    /// `owner` or `collaborator`.
    #[schema(value_type = String)]
    role: ItemRole,
}

/// What to change about a share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareChange {
    /// `owner` or `collaborator`.
    #[schema(value_type = String)]
    role: ItemRole,
}

/// One way by which somebody reaches an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonPath)]
pub struct PersonPathView {
    #[schema(value_type = String)]
    member_id: MemberId,
    name: String,
    email: String,
    #[schema(value_type = String)]
    workspace_role: WorkspaceRole,
    /// `owner` or `collaborator`.
    #[schema(value_type = String)]
    role: ItemRole,
    /// `direct`, `team`, `collection` or `team_collection`.
    path: &'static str,
    /// The team or collection on that path.
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<String>,
    #[schema(value_type = String)]
    share_id: ShareId,
}

impl From<PersonPath> for PersonPathView {
    fn from(person: PersonPath) -> Self {
        let (path, share_id) = match person.path {
            AccessPath::Direct { share } => ("direct", share),
            AccessPath::Team { share, .. } => ("team", share),
            AccessPath::Collection { share, .. } => ("collection", share),
            AccessPath::TeamCollection { share, .. } => ("team_collection", share),
        };
        Self {
            member_id: person.member,
            name: person.name,
            email: person.email,
            workspace_role: person.workspace_role,
            role: person.role,
            path,
            through: (!person.through.is_empty()).then_some(person.through),
            share_id,
        }
    }
}

/// Everyone who reaches the account, with every path.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/people", tag = "shares", params(("account_id" = String, Path), Turn),
    responses((status = 200, body = Page<PersonPathView>)))]
pub(crate) async fn list_people(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<PersonPathView>>, Failure> {
    let people = super::people_of(&app, &caller.0, id).await?;
    // By name; behind it stands what tells two paths of one person, and two people of one name, apart.
    let end = |view: &PersonPathView| Cursor {
        key: format!(
            "{}\n{}\n{}\n{}",
            view.name.to_lowercase(),
            view.member_id,
            view.path,
            view.through.as_deref().unwrap_or_default()
        ),
        id: view.share_id,
    };
    let people = people.into_iter().map(PersonPathView::from).collect();
    Ok(Json(Page::of(Part::of_whole(people, &turn.wanted("")?, end), |view| view)))
}

/// The shares of an account or a collection that you own.
#[utoipa::path(get, path = "/api/v1/shares", tag = "shares", params(ItemQuery, Turn),
    responses((status = 200, body = Page<ShareView>), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ItemQuery>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<ShareView>>, Failure> {
    let item = item(query.account_id, query.collection_id)?;
    let shares = super::list(&app, &caller.0, item).await?;
    let end = |share: &Share| Cursor { key: String::new(), id: share.id };
    Ok(Json(Page::of(Part::of_whole(shares, &turn.wanted("")?, end), ShareView::from)))
}

/// Share an account or a collection with a member or a team. Their tiles follow by themselves.
#[utoipa::path(post, path = "/api/v1/shares", tag = "shares", request_body = NewShare,
    responses((status = 201, body = ShareView), (status = 404, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewShare>,
) -> Result<(StatusCode, Json<ShareView>), Failure> {
    let item = item(new.account_id, new.collection_id)?;
    let grantee = match (new.member_id, new.team_id) {
        (Some(id), None) => Grantee::Member(id),
        (None, Some(id)) => Grantee::Team(id),
        _ => {
            return Err(Error::invalid("member_id", "Give either `member_id` or `team_id`.").into());
        }
    };
    let id = super::share(&app, &caller.0, item, grantee, new.role).await?;
    Ok((StatusCode::CREATED, Json(super::find(&app, &caller.0, id).await?.into())))
}

/// One share.
#[utoipa::path(get, path = "/api/v1/shares/{share_id}", tag = "shares", params(("share_id" = String, Path)),
    responses((status = 200, body = ShareView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ShareId>,
) -> Result<Json<ShareView>, Failure> {
    Ok(Json(super::find(&app, &caller.0, id).await?.into()))
}

/// Change the role of a share. The old one is closed, so the answer has another id.
#[utoipa::path(patch, path = "/api/v1/shares/{share_id}", tag = "shares", request_body = ShareChange, params(("share_id" = String, Path)),
    responses((status = 200, body = ShareView)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ShareId>,
    Body(change): Body<ShareChange>,
) -> Result<Json<ShareView>, Failure> {
    let actor = caller.0;
    let id = super::change_role(&app, &actor, id, change.role).await?;
    Ok(Json(super::find(&app, &actor, id).await?.into()))
}

/// End a share. Other paths of the same person stay.
#[utoipa::path(delete, path = "/api/v1/shares/{share_id}", tag = "shares", params(("share_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ShareId>,
) -> Result<StatusCode, Failure> {
    super::unshare(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn item(account: Option<AccountId>, collection: Option<CollectionId>) -> Result<ShareItem, Error> {
    match (account, collection) {
        (Some(id), None) => Ok(ShareItem::Account(id)),
        (None, Some(id)) => Ok(ShareItem::Collection(id)),
        _ => Err(Error::invalid("account_id", "Give either `account_id` or `collection_id`.")),
    }
}
