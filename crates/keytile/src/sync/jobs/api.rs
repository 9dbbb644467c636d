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
use crate::sync::worker;

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
    /// How many people lose a tile by it; missing once it has begun.
    people: Option<usize>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Missing while it can only be looked at; one that is not begun within a day goes.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Timestamp>,
    /// When it will be done, as far as Okta's limits tell.
    #[schema(value_type = Option<String>, format = DateTime)]
    expected_at: Option<Timestamp>,
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
    kind: Kind,
    /// The accounts by their ids, at most 5,000. Those to which you have no access are left out: `total` tells.
    #[schema(value_type = Option<Vec<String>>)]
    accounts: Option<BTreeSet<AccountId>>,
    /// Or all that you own and that this search finds, where it finds at most 5,000.
    search: Option<String>,
}

/// What you were told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StartJob)]
pub(crate) struct Told {
    /// How many people lose a tile, as the job told. Where it is another number by now, nothing is begun.
    people: usize,
}

/// Which of its accounts.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// `waiting`, `asked`, `done` or `failed`; all without it.
    state: Option<String>,
}

impl JobView {
    async fn load(app: &App, actor: &Actor, job: Job) -> error::Result<Self> {
        let Counts { waiting, asked, done, failed } = super::counts(app, actor, job.id).await?;
        let people = match job.started_at {
            None => Some(super::losers(app, &job).await?),
            Some(_) => None,
        };
        let expected_at = match asked {
            0 => None,
            _ => worker::forecast(app, actor.workspace).await?.done_at,
        };
        Ok(Self {
            people,
            expected_at: expected_at.filter(|at| *at > app.now()),
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

/// Your jobs, the newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(Turn), responses((status = 200, body = Page<JobView>)))]
pub(crate) async fn list(
    Given(app): Given<App>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<JobView>>, Failure> {
    let found = super::list(&app, &caller.0, turn.after_id()?, one_more(turn.limit())).await?;
    let Part { items, next } = Part::cut_after(found, turn.limit(), |last| last.id.to_string());
    let mut jobs = Vec::new();
    for job in items {
        jobs.push(JobView::load(&app, &caller.0, job).await?);
    }
    Ok(Json(Page { items: jobs, next }))
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
    let id = super::prepare(&app, &caller.0, new.kind, chosen).await?;
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
    request_body = Told, responses((status = 202), (status = 409, body = Problem)))]
pub(crate) async fn start(
    Given(app): Given<App>,
    caller: Caller,
    Path(id): Path<JobId>,
    Body(told): Body<Told>,
) -> Result<StatusCode, Failure> {
    super::start_as_told(&app, &caller.0, id, told.people).await?;
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
