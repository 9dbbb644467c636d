//! How the portal stands, and what was changed there, as JSON for admins.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AccountId, DriftId, MemberId, TileId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Behind, Choice, Filter, Found, Kind, Overview, StrayRow};
use crate::api::{Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::error::Error;
use crate::paging::{Part, one_more};

/// How the portal stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sync)]
pub struct SyncView {
    /// Whether extending is on.
    is_on: bool,
    audit: AuditView,
    /// How many tiles have differed from Okta for longer than 15 minutes.
    late: i64,
    /// Those, and the tiles about which an admin has to decide; at most 50.
    behind: Vec<BehindView>,
    /// How many differences are not over.
    open_differences: i64,
    /// Apps with our address that no tile explains, at most 200.
    strays: Vec<StrayView>,
}

/// The comparisons with Okta.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audit)]
pub struct AuditView {
    /// When the last whole one ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// When somebody asked for one that has not been done.
    #[schema(value_type = Option<String>, format = DateTime)]
    asked_at: Option<Timestamp>,
    /// How many apps the last one listed.
    apps: i64,
    /// How many tiles it had looked at.
    looks: i64,
    /// Why the last attempt came to nothing.
    problem: Option<String>,
}

/// A tile that is not as it should be, and has not been for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BehindTile)]
pub struct BehindView {
    #[schema(value_type = String)]
    tile_id: TileId,
    #[schema(value_type = String)]
    account_id: AccountId,
    label: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// What stands in the way, where something does.
    problem: Option<String>,
    /// It waits for an admin: restore it, or stop extending the account.
    is_paused: bool,
}

/// An app that no tile explains.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StrayApp)]
pub struct StrayView {
    /// Okta's id of the app.
    app_id: String,
    /// `orphan` (no account has its address), `ghost` (its tile was removed) or `double`.
    kind: &'static str,
    label: String,
    url: String,
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    hidden_at: Option<Timestamp>,
    /// When it is hidden, or deleted where it is hidden already; missing where it stays.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// Somebody asked to remove it.
    is_being_removed: bool,
    /// Why that came to nothing.
    problem: Option<String>,
}

/// Something that was changed in Okta.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct DifferenceView {
    #[schema(value_type = String)]
    id: DriftId,
    /// `assigned`, `unassigned`, `label`, `address`, `foreign_address`, `self_service`, `hidden`, `shown`, `deleted`,
    /// `orphan`, `ghost` or `double`.
    kind: &'static str,
    label: String,
    #[schema(value_type = Option<String>)]
    account_id: Option<AccountId>,
    /// Okta's id of the person or group that it is about.
    external_id: Option<String>,
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    member_name: Option<String>,
    /// What Keytile had.
    ours: Option<String>,
    /// What Okta had; the group's name, where `external_id` is a group's.
    theirs: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    /// Who did it in Okta, where its log told.
    done_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// `repaired`; `restored` or `removed` by an admin; for an app that no tile explains `deleted`, `adopted` (it is a
    /// tile's after all) or `gone`.
    ended_how: Option<String>,
    /// Who decided that.
    ended_by: Option<String>,
}

/// Which differences.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// Only of this kind.
    kind: Option<String>,
    /// `open` or `over`; both without it.
    state: Option<String>,
    /// Only of this account's tiles.
    account_id: Option<String>,
}

impl Asked {
    fn filter(&self, before: Option<DriftId>) -> Result<Filter, Failure> {
        let unknown = || Error::invalid("kind", "Ask for a kind that the report has.");
        let kind = self.kind.as_deref().map(|code| Kind::from_code(code).ok_or_else(unknown));
        let is_open = match self.state.as_deref() {
            None => None,
            Some("open") => Some(true),
            Some("over") => Some(false),
            Some(_) => return Err(Error::invalid("state", "Ask for `open` or `over`.").into()),
        };
        let account = self.account_id.as_deref().map(str::parse).transpose();
        Ok(Filter {
            kind: kind.transpose()?,
            is_open,
            account: account.map_err(|why| Error::invalid("account_id", why))?,
            before,
        })
    }
}

impl From<Overview> for SyncView {
    fn from(overview: Overview) -> Self {
        let state = overview.state;
        Self {
            is_on: overview.is_on,
            audit: AuditView {
                last_at: state.last_at,
                next_at: state.due_at,
                asked_at: state.asked_at,
                apps: state.apps,
                looks: state.looks,
                problem: state.problem,
            },
            late: overview.late,
            behind: overview.behind.into_iter().map(BehindView::from).collect(),
            open_differences: overview.open,
            strays: overview.strays.into_iter().map(StrayView::from).collect(),
        }
    }
}

impl From<Behind> for BehindView {
    fn from(tile: Behind) -> Self {
        Self {
            tile_id: tile.tile,
            account_id: tile.account,
            label: tile.label,
            since: tile.since,
            problem: tile.problem,
            is_paused: tile.is_paused,
        }
    }
}

impl From<StrayRow> for StrayView {
    fn from(stray: StrayRow) -> Self {
        Self {
            app_id: stray.app_id,
            kind: stray.kind.code(),
            label: stray.label,
            url: stray.url,
            found_at: stray.found_at,
            hidden_at: stray.hidden_at,
            due_at: stray.due_at,
            is_being_removed: stray.is_asked_for,
            problem: stray.problem,
        }
    }
}

impl From<Found> for DifferenceView {
    fn from(found: Found) -> Self {
        let (member_id, member_name) = found.member.unzip();
        Self {
            id: found.id,
            kind: found.kind.code(),
            label: found.label,
            account_id: found.account,
            external_id: found.external_id,
            member_id,
            member_name,
            ours: found.ours,
            theirs: found.theirs,
            found_at: found.found_at,
            done_by: found.done_by,
            ended_at: found.ended_at,
            ended_how: found.ended_how,
            ended_by: found.ended_by,
        }
    }
}

/// How the portal stands: the last comparison with Okta, what is late, paused tiles, and apps that no tile explains. Safety
/// stops and requests have lists of their own.
#[utoipa::path(get, path = "/api/v1/sync", tag = "sync", responses((status = 200, body = SyncView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<SyncView>, Failure> {
    Ok(Json(super::overview(&app, &caller.0).await?.into()))
}

/// Compare Keytile with Okta now.
#[utoipa::path(post, path = "/api/v1/sync/check", tag = "sync",
    responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn check(State(app): State<App>, caller: Caller) -> Result<StatusCode, Failure> {
    super::check_now(&app, &caller.0).await?;
    Ok(StatusCode::ACCEPTED)
}

/// What was changed in Okta and what became of it, newest first.
#[utoipa::path(get, path = "/api/v1/sync/drift", tag = "sync", params(Asked, Turn),
    responses((status = 200, body = Page<DifferenceView>)))]
pub(crate) async fn list_drift(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<DifferenceView>>, Failure> {
    let filter = asked.filter(turn.after_id()?)?;
    let found = super::found(&app, &caller.0, &filter, one_more(turn.limit())).await?;
    let part = Part::cut_after(found, turn.limit(), |last| last.id.to_string());
    Ok(Json(Page::of(part, DifferenceView::from)))
}

/// Put a paused tile back in Okta.
#[utoipa::path(post, path = "/api/v1/sync/tiles/{tile_id}/restore", tag = "sync", params(("tile_id" = String, Path)),
    responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn restore_tile(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TileId>,
) -> Result<StatusCode, Failure> {
    super::choose(&app, &caller.0, id, Choice::Restore).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Give a paused tile up: its account is no longer extended.
#[utoipa::path(post, path = "/api/v1/sync/tiles/{tile_id}/stop", tag = "sync", params(("tile_id" = String, Path)),
    responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn stop_tile(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TileId>,
) -> Result<StatusCode, Failure> {
    super::choose(&app, &caller.0, id, Choice::StopExtending).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Remove an app that no tile explains, by Okta's id of it.
#[utoipa::path(post, path = "/api/v1/sync/strays/{app_id}/remove", tag = "sync", params(("app_id" = String, Path)),
    responses((status = 202)))]
pub(crate) async fn remove_stray(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    super::decide_stray(&app, &caller.0, id, true).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Keep an app that no tile explains, by Okta's id of it.
#[utoipa::path(post, path = "/api/v1/sync/strays/{app_id}/keep", tag = "sync", params(("app_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn keep_stray(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    super::decide_stray(&app, &caller.0, id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
