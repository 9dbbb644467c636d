//! The pages of a job: what it would do, before it begins; how far it is, live; and what became of each account.

mod view;

use std::collections::BTreeSet;
use std::convert::Infallible;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Redirect, Response};
use futures_util::Stream;
use model::access::Actor;
use model::{AccountId, JobId};
use serde::Deserialize;
use url::form_urlencoded;

use super::{Chosen, Job, Kind, State as Standing};
use crate::app::App;
use crate::error::Error;
use crate::http::page::{Failure, Page, check_number, html, render};
use crate::http::session::Signed;
use crate::http::{Path, flash, router};
use crate::paging::{Part, one_more};
use crate::sync::live::{self, Sight};
use crate::sync::preview::Intent;
use crate::sync::preview::pages::{ACCOUNTS, PlanView};
use crate::sync::worker;
use crate::ui::Shell;

pub use view::{ItemRow, JobView, Words};

/// Accounts on one page of a list.
const ITEMS: usize = 50;
/// Failures that the live part names.
const FAILURES: usize = 10;

/// A job that has not begun: what it would do.
#[derive(Template)]
#[template(path = "sync/jobs/ask.html")]
pub struct AskPage {
    shell: Shell,
    id: String,
    words: Words,
    total: i64,
    losers: usize,
    plan: PlanView,
    next: Option<String>,
    error: Option<String>,
}

/// A job that has begun.
#[derive(Template)]
#[template(path = "sync/jobs/show.html")]
pub struct JobPage {
    shell: Shell,
    job: JobView,
}

/// The live part of it.
#[derive(Template)]
#[template(path = "sync/jobs/live.html")]
pub struct JobFragment {
    job: JobView,
}

/// What became of its accounts.
#[derive(Template)]
#[template(path = "sync/jobs/items.html")]
pub struct ItemsPage {
    shell: Shell,
    id: String,
    title: &'static str,
    items: Vec<ItemRow>,
    next: Option<String>,
}

/// Writes down what was chosen on the list, and shows what it would do.
pub(crate) async fn prepare(
    State(app): State<App>,
    signed: Signed,
    body: String,
) -> Result<Response, Failure> {
    let (mut these, mut kind, mut search, mut is_all) =
        (BTreeSet::new(), None, String::new(), false);
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match &*name {
            "do" => kind = Kind::from_code(&value),
            "q" => search = value.into_owned(),
            "all" => is_all = true,
            "chosen" => {
                let id = value.parse::<AccountId>().map_err(|_| Failure::not_found())?;
                these.insert(id);
            }
            _ => {}
        }
    }
    let kind = kind.ok_or_else(|| Error::invalid("do", "Choose what to do with the accounts."))?;
    let chosen = if is_all { Chosen::Matching(search) } else { Chosen::These(these) };
    match super::prepare(&app, &signed.actor, kind, chosen).await {
        Ok(id) => Ok(Redirect::to(&router::job(id)).into_response()),
        Err(Error::Invalid { message, .. }) => {
            Ok(flash::redirect(&app.config, router::ACCOUNTS, &flash::bad(message)))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    after: Option<AccountId>,
    show: Option<String>,
}

/// The job: what it would do, or how far it is.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
    Query(asked): Query<Asked>,
) -> Page {
    let job = super::find(&app, &signed.actor, id).await?;
    if job.started_at.is_none() {
        return html(&AskPage::load(&app, &signed, &job, asked.after, None).await?);
    }
    let job = JobView::load(&app, &signed.actor, id).await?;
    html(&JobPage { job, shell: signed.shell(&app, "accounts").await? })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    confirm: String,
}

/// Begins it; taking tiles from more than ten people is confirmed by their number (U6).
pub(crate) async fn start(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
    axum::Form(confirmed): axum::Form<Confirmed>,
) -> Result<Response, Failure> {
    let job = super::find(&app, &signed.actor, id).await?;
    if let Err(error) = check_number(super::losers(&app, &job).await?, &confirmed.confirm) {
        let page = AskPage::load(&app, &signed, &job, None, Some(error.to_string())).await?;
        return crate::http::page::again(&page);
    }
    super::start(&app, &signed.actor, id).await?;
    Ok(Redirect::to(&router::job(id)).into_response())
}

/// Has what failed tried again.
pub(crate) async fn retry(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
) -> Result<Response, Failure> {
    super::retry(&app, &signed.actor, id).await?;
    Ok(Redirect::to(&router::job(id)).into_response())
}

/// Lets go of a job that has not begun.
pub(crate) async fn discard(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
) -> Result<Response, Failure> {
    super::discard(&app, &signed.actor, id).await?;
    Ok(Redirect::to(router::ACCOUNTS).into_response())
}

/// Its live progress.
pub(crate) async fn events(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    super::find(&app, &signed.actor, id).await?;
    let look: live::Look = Box::new(move |app, actor| {
        Box::pin(async move {
            let job = JobView::load(app, actor, id).await.ok()?;
            let moves = !job.is_over;
            Some(Sight { html: render(&JobFragment { job }).ok()?, moves })
        })
    });
    Ok(live::follow(app, &signed, look))
}

/// What became of its accounts, a page at a time.
pub(crate) async fn items(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<JobId>,
    Query(asked): Query<Asked>,
) -> Page {
    let state = asked.show.as_deref().and_then(Standing::from_code);
    let (items, next) = rows(&app, &signed.actor, id, state, asked.after, ITEMS).await?;
    let show = state.map(|state| format!("&show={}", state.code())).unwrap_or_default();
    html(&ItemsPage {
        id: id.to_string(),
        title: if state == Some(Standing::Failed) {
            "Accounts that need a look"
        } else {
            "Accounts of this job"
        },
        items,
        next: next.map(|after| format!("{}/accounts?after={after}{show}", router::job(id))),
        shell: signed.shell(&app, "accounts").await?,
    })
}

async fn rows(
    app: &App,
    actor: &Actor,
    id: JobId,
    state: Option<Standing>,
    after: Option<AccountId>,
    size: usize,
) -> Result<(Vec<ItemRow>, Option<String>), Failure> {
    let items = super::items(app, actor, id, state, after, one_more(size)).await?;
    let Part { items, next } = Part::cut_after(items, size, |last| last.account.to_string());
    Ok((items.into_iter().map(ItemRow::new).collect(), next))
}

impl AskPage {
    async fn load(
        app: &App,
        signed: &Signed,
        job: &Job,
        after: Option<AccountId>,
        error: Option<String>,
    ) -> Result<Self, Failure> {
        let items =
            super::items(app, &signed.actor, job.id, None, after, one_more(ACCOUNTS)).await?;
        let Part { items, next } =
            Part::cut_after(items, ACCOUNTS, |last| last.account.to_string());
        let intent = match job.kind {
            Kind::Extend => Intent::Extend,
            Kind::Sync => Intent::Sync,
            Kind::Remove => Intent::Remove,
        };
        let accounts = items.into_iter().map(|item| item.account);
        let plan = PlanView::load(app, &signed.actor, accounts, intent).await?;
        let is_part = next.is_some() || after.is_some();
        Ok(Self {
            id: job.id.to_string(),
            words: Words::of(job.kind),
            total: job.total,
            losers: super::losers(app, job).await?,
            plan: PlanView { is_part, ..plan },
            next: next.map(|after| format!("{}?after={after}", router::job(job.id))),
            error,
            shell: signed.shell(app, "accounts").await?,
        })
    }
}

impl JobView {
    async fn load(app: &App, actor: &Actor, id: JobId) -> Result<Self, Failure> {
        let job = super::find(app, actor, id).await?;
        let counts = super::counts(app, actor, id).await?;
        let (failures, _) = rows(app, actor, id, Some(Standing::Failed), None, FAILURES).await?;
        let done_at = if counts.asked > 0 {
            worker::forecast(app, actor.workspace).await?.done_at
        } else {
            None
        };
        Ok(Self {
            id: id.to_string(),
            words: Words::of(job.kind),
            total: job.total,
            counts,
            done_at: done_at
                .filter(|at| *at > app.now())
                .map(|at| at.strftime("%H:%M UTC").to_string()),
            is_over: job.done_at.is_some(),
            failures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::jobs::Counts;
    use crate::sync::preview::pages::samples;

    fn row() -> ItemRow {
        ItemRow {
            href: "/accounts/acc_01".into(),
            name: "Contentzilla".into(),
            badge: ("Needs a look", "bad"),
            problem: Some("Only Owners may.".into()),
        }
    }

    fn job(is_over: bool) -> JobView {
        JobView {
            id: "job_01".into(),
            words: Words::of(Kind::Extend),
            total: 5_000,
            counts: Counts { waiting: 10, asked: 2_000, done: 2_989, failed: 1 },
            done_at: Some("14:05 UTC".into()),
            is_over,
            failures: vec![row()],
        }
    }

    #[test]
    fn the_pages_render_before_during_and_after() {
        let ask = |kind, losers| AskPage {
            shell: Shell::sample("accounts"),
            id: "job_01".into(),
            words: Words::of(kind),
            total: 2,
            losers,
            plan: samples::plan(),
            next: None,
            error: None,
        };
        assert!(ask(Kind::Remove, 11).render().unwrap().contains("Type 11 to confirm"));
        assert!(!ask(Kind::Remove, 10).render().unwrap().contains("to confirm"));
        let during =
            JobPage { shell: Shell::sample("accounts"), job: job(false) }.render().unwrap();
        assert!(during.contains("data-live") && during.contains("done at about 14:05 UTC"));
        let after = JobFragment { job: job(true) }.render().unwrap();
        assert!(!after.contains("data-live") && after.contains("Try these again"));
        let items = ItemsPage {
            shell: Shell::sample("accounts"),
            id: "job_01".into(),
            title: "Accounts of this job",
            items: vec![row()],
            next: Some("/next".into()),
        };
        assert!(items.render().unwrap().contains("Only Owners may."));
    }
}
