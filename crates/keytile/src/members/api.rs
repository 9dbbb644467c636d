//! Members as JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Actor;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Member, sees_external_ids};
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::signin;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    #[schema(value_type = String)]
    id: MemberId,
    email: String,
    name: String,
    /// `guest`, `login_only`, `user`, `admin`, `super_admin` or `owner`.
    #[schema(value_type = String)]
    role: WorkspaceRole,
    /// `active`, `suspended` or `removed`.
    #[schema(value_type = String)]
    status: MemberStatus,
    /// Their id in Okta, where SCIM has told it; for Owner, Super Admin and Admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Since when an admin allows them to use passkeys beside the directory's sign-in; for Owner, Super Admin, Admin and
    /// themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    passkey_approved_at: Option<Timestamp>,
}

impl MemberView {
    fn new(actor: &Actor, member: Member) -> Self {
        let tells = sees_external_ids(actor) || actor.member == member.id;
        Self {
            id: member.id,
            email: member.email,
            name: member.name,
            role: member.role,
            status: member.status,
            external_id: member.external_id.filter(|_| sees_external_ids(actor)),
            created_at: member.created_at,
            passkey_approved_at: member.passkeys.filter(|_| tells).map(|approval| approval.at),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// A part of the name or the address.
    #[serde(default)]
    search: String,
}

/// What to change about a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    #[schema(value_type = String)]
    role: WorkspaceRole,
}

/// Whose key this is.
#[utoipa::path(get, path = "/api/v1/me", tag = "members", responses((status = 200, body = MemberView)))]
pub(crate) async fn read_me(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<MemberView>, Failure> {
    let member = super::find(&app, &caller.0, caller.0.member).await?;
    Ok(Json(MemberView::new(&caller.0, member)))
}

/// The members whom you may see, by name.
#[utoipa::path(get, path = "/api/v1/members", tag = "members", params(ListQuery, Turn),
    responses((status = 200, body = Page<MemberView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<MemberView>>, Failure> {
    let members = super::list(&app, &caller.0, &turn.wanted(&query.search)?).await?;
    Ok(Json(Page::of(members, |member| MemberView::new(&caller.0, member))))
}

/// One member.
#[utoipa::path(get, path = "/api/v1/members/{member_id}", tag = "members", params(("member_id" = String, Path)),
    responses((status = 200, body = MemberView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<Json<MemberView>, Failure> {
    let member = super::find(&app, &caller.0, id).await?;
    Ok(Json(MemberView::new(&caller.0, member)))
}

/// Change a member's workspace role.
#[utoipa::path(patch, path = "/api/v1/members/{member_id}", tag = "members", request_body = MemberChange,
    params(("member_id" = String, Path)),
    responses((status = 200, body = MemberView), (status = 409, body = Problem)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Body(change): Body<MemberChange>,
) -> Result<Json<MemberView>, Failure> {
    super::change_role(&app, &caller.0, id, change.role).await?;
    let member = super::find(&app, &caller.0, id).await?;
    Ok(Json(MemberView::new(&caller.0, member)))
}

/// Remove a member: sessions, keys and shares end in the same instant.
#[utoipa::path(delete, path = "/api/v1/members/{member_id}", tag = "members", params(("member_id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<StatusCode, Failure> {
    super::remove(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suspend a member: sessions and launches stop, shares stay.
#[utoipa::path(post, path = "/api/v1/members/{member_id}/suspend", tag = "members", params(("member_id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn suspend(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<StatusCode, Failure> {
    super::suspend(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedView {
    ended: u64,
}

/// End every session of a member, and the API key of anybody but yourself. What is shared with them stays.
#[utoipa::path(post, path = "/api/v1/members/{member_id}/end-sessions", tag = "members", params(("member_id" = String, Path)),
    responses((status = 200, body = EndedView)))]
pub(crate) async fn end_sessions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<Json<EndedView>, Failure> {
    let ended = signin::sign_out_member(&app, &caller.0, id).await?;
    Ok(Json(EndedView { ended }))
}

/// End a suspension.
#[utoipa::path(post, path = "/api/v1/members/{member_id}/resume", tag = "members", params(("member_id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<StatusCode, Failure> {
    super::resume(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Allow a member whom the directory signs in to use passkeys too, as for when Okta is down. Never for yourself.
#[utoipa::path(put, path = "/api/v1/members/{member_id}/passkey-approval", tag = "members",
    params(("member_id" = String, Path)), responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn approve_passkeys(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<StatusCode, Failure> {
    super::approve_passkeys(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take that back: the member's passkeys are refused, and their sessions end.
#[utoipa::path(delete, path = "/api/v1/members/{member_id}/passkey-approval", tag = "members",
    params(("member_id" = String, Path)), responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn withdraw_passkeys(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<StatusCode, Failure> {
    super::withdraw_passkeys(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
