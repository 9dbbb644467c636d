//! Jobs: one thing that a person asks for many accounts (U4). A job is written down with all of its accounts before it
//! begins, so that it can be looked at first, survives everything, and tells what became of each.

pub mod api;
mod item;
pub mod pages;
mod run;
pub mod store;

use std::collections::BTreeSet;

use model::access::{Action, Actor, permit};
use model::{AccountId, JobId, MemberId, Timestamp, WorkspaceId};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::accounts;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};
use crate::paging::one_more;
use crate::sharing::on_account;
use crate::sync::desired;

pub use run::{run, turn};
pub use store::{Counts, Item, State};

/// The most accounts of one job.
pub const LARGEST: usize = 5_000;

/// What is asked for each account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobKind)]
pub enum Kind {
    /// Extend it.
    Extend,
    /// Look at the portal and put right what differs.
    Sync,
    /// Take its tile out of the portal.
    Remove,
}

impl Kind {
    /// The kind as it is stored and as forms send it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Extend => "extend",
            Self::Sync => "sync",
            Self::Remove => "remove",
        }
    }

    /// The kind that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Extend, Self::Sync, Self::Remove].into_iter().find(|kind| kind.code() == code)
    }
}

/// A job as its row tells.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Who asked for it, and alone may see it.
    pub member: MemberId,
    /// What was asked for.
    pub kind: Kind,
    /// How many accounts it has.
    pub total: i64,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was begun: none while it can only be looked at.
    pub started_at: Option<Timestamp>,
    /// When the last of it was done.
    pub done_at: Option<Timestamp>,
}

/// Which accounts are chosen.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These.
    These(BTreeSet<AccountId>),
    /// All that the person reaches and that match a search.
    Matching(String),
}

/// Writes a job down; nothing is done before [`start`].
pub async fn prepare(app: &App, actor: &Actor, kind: Kind, chosen: Chosen) -> Result<JobId> {
    let accounts = match chosen {
        Chosen::These(accounts) => accounts,
        Chosen::Matching(search) => matching(app, actor, &search).await?,
    };
    if accounts.is_empty() {
        return Err(Error::invalid("accounts", "Choose at least one account."));
    }
    if accounts.len() > LARGEST {
        return Err(too_many());
    }
    let mut reached = BTreeSet::new();
    let mut tx = app.db.read().await?;
    for account in accounts {
        // What the person may not know of is no part of the job, and the answer does not say so.
        match on_account(&mut tx, actor, account).await {
            Ok(on) if permit(actor, Action::ViewAccount, on).is_ok() => {
                reached.insert(account);
            }
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    drop(tx);
    if reached.is_empty() {
        return Err(Error::NotFound);
    }
    let mut by = By::member(app, actor);
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { Ok(store::insert(tx, &mut by, kind, &reached).await?) })
        })
        .await
}

fn too_many() -> Error {
    let most =
        format!("At most {LARGEST} accounts can be changed at once. Search for fewer of them.");
    Error::invalid("accounts", most)
}

/// The accounts that a search finds, as the list shows it, and that the person owns.
async fn matching(app: &App, actor: &Actor, search: &str) -> Result<BTreeSet<AccountId>> {
    let found = accounts::list(app, actor, search, None, one_more(LARGEST)).await?;
    if found.len() > LARGEST {
        // What is owned may stand behind what was read.
        return Err(too_many());
    }
    let owned = found.into_iter().filter(|account| account.level == model::access::Level::Own);
    Ok(owned.map(|account| account.id).collect())
}

/// A job of the actor's own.
pub async fn find(app: &App, actor: &Actor, id: JobId) -> Result<Job> {
    let mut tx = app.db.read().await?;
    store::find(&mut tx, actor.workspace, actor.member, id).await?.ok_or(Error::NotFound)
}

/// The actor's jobs, the newest first, made before `before`.
pub async fn list(app: &App, actor: &Actor, before: Option<JobId>, limit: i64) -> Result<Vec<Job>> {
    Ok(store::list(&mut app.db.read().await?, actor, before, limit).await?)
}

/// The jobs of the actor that are under way.
pub async fn under_way(app: &App, actor: &Actor) -> Result<Vec<Job>> {
    Ok(store::under_way(&mut app.db.read().await?, actor).await?)
}

/// How many of a job's accounts are how far.
pub async fn counts(app: &App, actor: &Actor, id: JobId) -> Result<Counts> {
    let job = find(app, actor, id).await?;
    Ok(store::counts(&mut app.db.read().await?, job.id).await?)
}

/// A job's accounts in a state, in the order of their ids.
pub async fn items(
    app: &App,
    actor: &Actor,
    id: JobId,
    state: Option<State>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Item>> {
    let job = find(app, actor, id).await?;
    Ok(store::items(&mut app.db.read().await?, job.id, state, after, limit).await?)
}

/// How many people lose a tile when the job is done; none is lost by one that removes nothing (U6).
pub async fn losers(app: &App, job: &Job) -> Result<usize> {
    if job.kind != Kind::Remove {
        return Ok(0);
    }
    let mut tx = app.db.read().await?;
    let mut people = BTreeSet::new();
    for account in store::extended(&mut tx, job.id).await? {
        let audience = desired::audience(&mut tx, job.workspace, account).await?;
        people.extend(audience.sees.into_iter().map(|viewer| viewer.member));
    }
    Ok(people.len())
}

/// Begins a job where as many people lose a tile by it as its maker was told: `people` (U6). A second time changes nothing.
pub async fn start_as_told(app: &App, actor: &Actor, id: JobId, people: usize) -> Result<()> {
    let job = find(app, actor, id).await?;
    if job.started_at.is_none() && losers(app, &job).await? != people {
        return Err(Error::Conflict(
            "By now another number of people would lose a tile, so nothing was begun. Look at the job again.".into(),
        ));
    }
    start(app, actor, id).await
}

/// Begins a job. A second time changes nothing.
pub async fn start(app: &App, actor: &Actor, id: JobId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let job = store::find(tx, actor.workspace, actor.member, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                if job.started_at.is_some() {
                    return Ok(());
                }
                store::start(tx, job.id, by.now).await?;
                tx.signal(job.id);
                let detail = json!({ "kind": job.kind.code(), "accounts": job.total });
                Ok(activity::record(tx, &mut by, Event::new("job.started").detail(detail)).await?)
            })
        })
        .await
}

/// Has what failed tried again.
pub async fn retry(app: &App, actor: &Actor, id: JobId) -> Result<u64> {
    let actor = *actor;
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let job = store::find(tx, actor.workspace, actor.member, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let again = store::retry(tx, job.id).await?;
                if again > 0 {
                    tx.signal(job.id);
                }
                Ok(again)
            })
        })
        .await
}

/// Lets go of a job that has not begun.
pub async fn discard(app: &App, actor: &Actor, id: JobId) -> Result<()> {
    let actor = *actor;
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let job = store::find(tx, actor.workspace, actor.member, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                if job.started_at.is_some() {
                    return Err(Error::Conflict("This has already begun.".into()));
                }
                Ok(store::delete(tx, job.id).await?)
            })
        })
        .await
}
