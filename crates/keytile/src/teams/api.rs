//! Teams as JSON.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::team::{TeamOrigin, TeamRole};
use model::{MemberId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Team, TeamMember};
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamView {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    /// `self_managed`, or `directory`: then it is read-only here.
    #[schema(value_type = String)]
    origin: TeamOrigin,
    /// How many are in it: read them at `/api/v1/teams/{team_id}/members`.
    member_count: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Somebody in a team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMember)]
pub struct TeamMemberView {
    #[schema(value_type = String)]
    id: MemberId,
    name: String,
    email: String,
    /// `member` or `admin`.
    #[schema(value_type = String)]
    role: TeamRole,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        Self {
            id: team.id,
            name: team.name,
            origin: team.origin,
            member_count: team.members,
            created_at: team.created_at,
        }
    }
}

impl From<TeamMember> for TeamMemberView {
    fn from(person: TeamMember) -> Self {
        Self { id: person.member, name: person.name, email: person.email, role: person.role }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// A part of the name.
    #[serde(default)]
    search: String,
}

/// The name of a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamName {
    name: String,
}

/// What somebody is in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamMembership {
    /// `member` or `admin`.
    #[schema(value_type = String)]
    role: TeamRole,
}

/// The teams that you may see, by name.
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", params(ListQuery, Turn),
    responses((status = 200, body = Page<TeamView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<TeamView>>, Failure> {
    let teams = super::page(&app, &caller.0, &turn.wanted(&query.search)?).await?;
    Ok(Json(Page::of(teams, TeamView::from)))
}

/// Make a team; you are its Team Admin.
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", request_body = TeamName,
    responses((status = 201, body = TeamView), (status = 409, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<TeamName>,
) -> Result<(StatusCode, Json<TeamView>), Failure> {
    let id = super::create(&app, &caller.0, &new.name).await?;
    let (team, _) = super::find(&app, &caller.0, id).await?;
    Ok((StatusCode::CREATED, Json(team.into())))
}

/// One team.
#[utoipa::path(get, path = "/api/v1/teams/{team_id}", tag = "teams", params(("team_id" = String, Path)),
    responses((status = 200, body = TeamView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TeamId>,
) -> Result<Json<TeamView>, Failure> {
    let (team, _) = super::find(&app, &caller.0, id).await?;
    Ok(Json(team.into()))
}

/// Who is in a team, by name.
#[utoipa::path(get, path = "/api/v1/teams/{team_id}/members", tag = "teams", params(("team_id" = String, Path), ListQuery, Turn),
    responses((status = 200, body = Page<TeamMemberView>)))]
pub(crate) async fn list_members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TeamId>,
    Query(query): Query<ListQuery>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<TeamMemberView>>, Failure> {
    let people = super::people(&app, &caller.0, id, &turn.wanted(&query.search)?).await?;
    Ok(Json(Page::of(people, TeamMemberView::from)))
}

/// Rename a team.
#[utoipa::path(patch, path = "/api/v1/teams/{team_id}", tag = "teams", request_body = TeamName, params(("team_id" = String, Path)),
    responses((status = 200, body = TeamView), (status = 409, body = Problem)))]
pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TeamId>,
    Body(new): Body<TeamName>,
) -> Result<Json<TeamView>, Failure> {
    super::rename(&app, &caller.0, id, &new.name).await?;
    read(State(app), caller, Path(id)).await
}

/// Delete a team; what was shared with it ends.
#[utoipa::path(delete, path = "/api/v1/teams/{team_id}", tag = "teams", params(("team_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TeamId>,
) -> Result<StatusCode, Failure> {
    super::delete(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add a member to a team, or change what they are in it.
#[utoipa::path(put, path = "/api/v1/teams/{team_id}/members/{member_id}", tag = "teams", request_body = TeamMembership,
    params(("team_id" = String, Path), ("member_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn add_member(
    State(app): State<App>,
    caller: Caller,
    Path((team, member)): Path<(TeamId, MemberId)>,
    Body(membership): Body<TeamMembership>,
) -> Result<StatusCode, Failure> {
    super::add_member(&app, &caller.0, team, member, membership.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a member out of a team.
#[utoipa::path(delete, path = "/api/v1/teams/{team_id}/members/{member_id}", tag = "teams",
    params(("team_id" = String, Path), ("member_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    Path((team, member)): Path<(TeamId, MemberId)>,
) -> Result<StatusCode, Failure> {
    super::remove_member(&app, &caller.0, team, member).await?;
    Ok(StatusCode::NO_CONTENT)
}
