//! Jobs as JSON: one thing for many accounts, written down first, begun when it is asked to.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State as Given;
use axum::http::StatusCode;
use model::access::Actor;
use model::{AccountId, JobId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Chosen, Counts, Item, Job, Kind, State};
use crate::api::{Body, Caller, Failure, Page, Path, Problem, Query, Turn};
use crate::app::App;
use crate::error::{self, Error};
use crate::paging::{Part, one_more};

/// One thing that is asked for many accounts. Only whoever made it sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    #[schema(value_type = String)]
    id: JobId,
    /// `extend`, `sync` or `remove`.
    kind: &'static str,
    /// How many accounts it has.
    total: i64,
    /// How many of them still have to be asked for.
    waiting: i64,
    /// How many were asked for, so that Okta follows.
    asked: i64,
    done: i64,
    /// How many were refused, or are stuck: `accounts?state=failed` says why.
    failed: i64,
    /// How many people lose a tile by it.
    losers: usize,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Missing while it can only be looked at; one that is not begun within a day goes.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Timestamp>,
}

/// What became of one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobAccount)]
pub struct ItemView {
    #[schema(value_type = String)]
    account_id: AccountId,
    name: String,
    /// `waiting`, `asked`, `done` or `failed`.
    state: &'static str,
    /// Why it failed.
    problem: Option<String>,
}

/// What to do for which accounts: name them, or search for them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJob {
    kind: Wanted,
    /// The accounts by their ids, at most 5,000.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    accounts: Option<BTreeSet<AccountId>>,
    /// Or all that you own and that this search finds.
    search: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobKind)]
pub(crate) enum Wanted {
    Extend,
    Sync,
    Remove,
}

/// Which of its accounts.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// `waiting`, `asked`, `done` or `failed`; all without it.
    state: Option<String>,
}

impl From<Wanted> for Kind {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Extend => Self::Extend,
            Wanted::Sync => Self::Sync,
            Wanted::Remove => Self::Remove,
        }
    }
}

impl JobView {
    async fn load(app: &App, actor: &Actor, job: Job) -> error::Result<Self> {
        let Counts { waiting, asked, done, failed } = super::counts(app, actor, job.id).await?;
        Ok(Self {
            losers: super::losers(app, &job).await?,
            id: job.id,
            kind: job.kind.code(),
            total: job.total,
            waiting,
            asked,
            done,
            failed,
            created_at: job.created_at,
            started_at: job.started_at,
            done_at: job.done_at,
        })
    }
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        Self {
            account_id: item.account,
            name: item.name,
            state: item.state.code(),
            problem: item.problem,
        }
    }
}

/// Your newest jobs that are under way, at most five.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses((status = 200, body = Page<JobView>)))]
pub(crate) async fn list(
    Given(app): Given<App>,
    caller: Caller,
) -> Result<Json<Page<JobView>>, Failure> {
    let mut jobs = Vec::new();
    for job in super::under_way(&app, &caller.0).await? {
        jobs.push(JobView::load(&app, &caller.0, job).await?);
    }
    Ok(Json(Page::of(Part::all(jobs), |job| job)))
}

/// Write a job down. Nothing is done before it is started.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = NewJob,
    responses((status = 201, body = JobView), (status = 404, body = Problem)))]
pub(crate) async fn create(
    Given(app): Given<App>,
    caller: Caller,
    Body(new): Body<NewJob>,
) -> Result<(StatusCode, Json<JobView>), Failure> {
    let chosen = match (new.accounts, new.search) {
        (Some(accounts), None) => Chosen::These(accounts),
        (None, Some(search)) => Chosen::Matching(search),
        _ => return Err(Error::invalid("accounts", "Pass either `accounts` or `search`.").into()),
    };
    let id = super::prepare(&app, &caller.0, new.kind.into(), chosen).await?;
    let job = super::find(&app, &caller.0, id).await?;
    Ok((StatusCode::CREATED, Json(JobView::load(&app, &caller.0, job).await?)))
}

/// How far a job is.
#[utoipa::path(get, path = "/api/v1/jobs/{job_id}", tag = "jobs", params(("job_id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(crate) async fn read(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<Json<JobView>, Failure> {
    let job = super::find(&app, &caller.0, id).await?;
    Ok(Json(JobView::load(&app, &caller.0, job).await?))
}

/// Let go of a job that has not been started.
#[utoipa::path(delete, path = "/api/v1/jobs/{job_id}", tag = "jobs", params(("job_id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(crate) async fn discard(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Failure> {
    super::discard(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin a job. A second time changes nothing.
#[utoipa::path(post, path = "/api/v1/jobs/{job_id}/start", tag = "jobs", params(("job_id" = String, Path)),
    responses((status = 202)))]
pub(crate) async fn start(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Failure> {
    super::start(&app, &caller.0, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Have what failed tried again.
#[utoipa::path(post, path = "/api/v1/jobs/{job_id}/retry", tag = "jobs", params(("job_id" = String, Path)),
    responses((status = 202)))]
pub(crate) async fn retry(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Failure> {
    super::retry(&app, &caller.0, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// What became of a job's accounts, in the order of their ids.
#[utoipa::path(get, path = "/api/v1/jobs/{job_id}/accounts", tag = "jobs",
    params(("job_id" = String, Path), Asked, Turn), responses((status = 200, body = Page<ItemView>)))]
pub(crate) async fn list_accounts(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
    Query(asked): Query<Asked>,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<ItemView>>, Failure> {
    let words = "Ask for `waiting`, `asked`, `done` or `failed`.";
    let unknown = || Error::invalid("state", words);
    let state = asked.state.as_deref().map(|code| State::from_code(code).ok_or_else(unknown));
    let (state, after) = (state.transpose()?, turn.after_id()?);
    let most = one_more(turn.limit());
    let items = super::items(&app, &caller.0, id, state, after, most).await?;
    let part = Part::cut_after(items, turn.limit(), |last| last.account.to_string());
    Ok(Json(Page::of(part, ItemView::from)))
}
