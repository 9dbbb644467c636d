//! Tiles: an account is extended, follows every change by itself, is synced by hand, and is removed.
//! The use-cases write rows and dirty marks; `worker` makes the portal follow.

pub mod api;
pub mod audience;
pub mod audit;
pub mod desired;
pub mod jobs;
pub mod late;
pub(crate) mod live;
mod mark;
mod naming;
pub mod pages;
pub mod preview;
pub mod queue;
mod refused;
pub mod requests;
pub mod safety;
pub mod store;
pub mod timeline;
pub mod worker;

use model::access::{Action, Actor, permit};
use model::label;
use model::{AccountId, LaunchId, MemberId, TileId, Timestamp};
use portal::Priority;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::notifications;
use crate::sharing::on_account;
use naming::choose_label;

pub use desired::{Audience, Hidden, Viewer};
pub use mark::{Touched, from_rank, mark, mark_confirmed_for, mark_returned, rank};
pub use naming::{Chosen, Named};
pub use store::{Portal, PortalStatus, Tile};

/// Where a tile stands, as people read it (S33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Steps are under way or wait for their turn.
    Syncing {
        /// Steps done in this run.
        done: i64,
        /// Steps of this run, where they are known yet.
        total: i64,
    },
    /// What we want and what the portal confirmed are the same.
    Synced,
    /// Something stands in the way; the next try comes by itself.
    Failed(Problem),
    /// A person has to decide first.
    Paused(Problem),
    /// It is being taken out of the portal.
    Removing,
}

/// What stands in the way of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable word.
    pub code: String,
    /// What happened and what to do, for people.
    pub message: String,
    /// The portal's id of the request, to quote to its support.
    pub request_id: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// A tile as the account's Owners see it (S32).
#[derive(Debug, Clone)]
pub struct Status {
    /// The tile.
    pub tile: Tile,
    /// Who extended the account.
    pub extended_by: String,
    /// Where it stands.
    pub progress: Progress,
    /// What its steps wait for, where the portal refuses the whole connection.
    pub waits_for: Option<Problem>,
}

/// Extends an account: it becomes exactly one tile in the portal. A second click, or a second Owner, gets the tile that
/// is there (S30).
pub async fn extend(app: &App, actor: &Actor, account: AccountId) -> Result<TileId> {
    extend_as(app, actor, account, Priority::Person).await
}

/// As [`extend`], with a lower priority where nobody waits for it.
pub async fn extend_as(
    app: &App,
    actor: &Actor,
    account: AccountId,
    priority: Priority,
) -> Result<TileId> {
    match extend_or_ask(app, actor, account, priority).await? {
        Extended::Tile(tile) => Ok(tile),
        Extended::Asked => Err(Error::Conflict(requests::ASKED.into())),
    }
}

/// What became of the wish to extend an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// It has a tile.
    Tile(TileId),
    /// An admin has been asked.
    Asked,
}

/// As [`extend_as`], where asking an admin is no failure.
pub async fn extend_or_ask(
    app: &App,
    actor: &Actor,
    account: AccountId,
    priority: Priority,
) -> Result<Extended> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { extend_in(tx, &mut by, &actor, account, priority).await })
        })
        .await
}

/// As [`extend_or_ask`], within a change.
async fn extend_in(
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    account: AccountId,
    priority: Priority,
) -> Result<Extended> {
    let account =
        permit(actor, Action::ExtendAccount, on_account(tx, actor, account).await?)?.account();
    let portal = turned_on(tx, actor).await?;
    if let Some(tile) = store::find_live(tx, actor.workspace, account).await? {
        return Ok(Extended::Tile(tile.id));
    }
    match requests::ask(tx, by, actor, &portal, account).await? {
        requests::Answer::Yes => {
            Ok(Extended::Tile(put_tile(tx, by, actor, account, priority).await?))
        }
        requests::Answer::Asked => Ok(Extended::Asked),
    }
}

/// Makes the tile, whatever the rules for asking say.
async fn put_tile(
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    account: AccountId,
    priority: Priority,
) -> Result<TileId> {
    let account =
        permit(actor, Action::ExtendAccount, on_account(tx, actor, account).await?)?.account();
    let portal = turned_on(tx, actor).await?;
    if let Some(tile) = store::find_live(tx, actor.workspace, account).await? {
        return Ok(tile.id);
    }
    let named = store::account_names(tx, actor.workspace, account).await?.ok_or(Error::NotFound)?;
    let label = choose_label(tx, &portal, &named, None).await?;
    let launch = LaunchId::new(&mut by.rng);
    let id = store::insert(tx, by, &portal, account, launch, &label, priority).await?;
    tx.signal(by.workspace);
    let event = Event::new("tile.extended").account(account).detail(json!({ "label": label.text }));
    activity::record(tx, by, event).await?;
    Ok(id)
}

/// Looks at the portal itself and puts right what differs.
pub async fn sync_now(app: &App, actor: &Actor, account: AccountId) -> Result<TileId> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { sync_in(tx, &mut by, &actor, account).await })
        })
        .await
}

/// As [`sync_now`], within a change.
async fn sync_in(tx: &mut Tx, by: &mut By, actor: &Actor, account: AccountId) -> Result<TileId> {
    let account =
        permit(actor, Action::ExtendAccount, on_account(tx, actor, account).await?)?.account();
    turned_on(tx, actor).await?;
    let tile = live(tx, actor, account).await?;
    store::refresh(tx, by, tile.id, actor.member).await?;
    tx.signal(by.workspace);
    activity::record(tx, by, Event::new("tile.sync_requested").account(account)).await?;
    Ok(tile.id)
}

/// Syncs every extended account that the actor owns (S37), and answers how many.
pub async fn sync_all(app: &App, actor: &Actor) -> Result<usize> {
    let accounts = store::owned_accounts(&mut app.db.read().await?, actor).await?;
    for account in &accounts {
        sync_now(app, actor, *account).await?;
    }
    Ok(accounts.len())
}

/// After a pause: makes the tile again in the portal, as its Owner decided.
pub async fn resume(app: &App, actor: &Actor, account: AccountId) -> Result<TileId> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let account =
                    permit(&actor, Action::ExtendAccount, on_account(tx, &actor, account).await?)?
                        .account();
                turned_on(tx, &actor).await?;
                let tile = live(tx, &actor, account).await?;
                store::restart(tx, &by, tile.id, actor.member).await?;
                audit::decided(tx, &by, tile.id, audit::Choice::Restore).await?;
                if let Some(audience) = tile.audience {
                    store::restart_audience(tx, &by, audience).await?;
                }
                tx.signal(by.workspace);
                activity::record(tx, &mut by, Event::new("tile.resumed").account(account)).await?;
                Ok(tile.id)
            })
        })
        .await
}

/// Takes the tile out of the portal; the account and its shares stay (S38).
pub async fn remove(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { remove_in(tx, &mut by, &actor, account, Priority::Person).await })
        })
        .await
}

/// As [`remove`], within a change.
async fn remove_in(
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    account: AccountId,
    priority: Priority,
) -> Result<()> {
    let account =
        permit(actor, Action::ExtendAccount, on_account(tx, actor, account).await?)?.account();
    turned_on(tx, actor).await?;
    let tile = live(tx, actor, account).await?;
    store::end(tx, by, tile.id, priority).await?;
    audit::decided(tx, by, tile.id, audit::Choice::StopExtending).await?;
    tx.signal(by.workspace);
    let event = Event::new("tile.removed").account(account).detail(json!({ "label": tile.label }));
    Ok(activity::record(tx, by, event).await?)
}

/// The account goes, and its tile with it (S20).
pub async fn end_of_account(tx: &mut Tx, by: &By, account: AccountId) -> Result<()> {
    if let Some(tile) = store::find_live(tx, by.workspace, account).await? {
        store::end(tx, by, tile.id, Priority::Person).await?;
        tx.signal(by.workspace);
    }
    Ok(())
}

/// The account or its app has another name: the label follows, and its number is looked at again for this account
/// alone (S21). Numbers of others never change (S9).
pub async fn relabel(tx: &mut Tx, by: &By, account: AccountId) -> Result<()> {
    let Some(tile) = store::find_live(tx, by.workspace, account).await? else { return Ok(()) };
    let Some(named) = store::account_names(tx, by.workspace, account).await? else { return Ok(()) };
    let Some(portal) = store::portal(tx, by.workspace).await? else { return Ok(()) };
    let current = (tile.label.as_str(), u32::try_from(tile.label_number).unwrap_or(0));
    if label::is_kept(&named.account, named.app.as_deref(), named.domain.as_deref(), current) {
        return Ok(());
    }
    let label = choose_label(tx, &portal, &named, Some(tile.id)).await?;
    store::set_label(tx, by, tile.id, &label).await?;
    mark(tx, by, Touched::Account(account), Priority::Person).await?;
    Ok(())
}

/// The tile of an account, for those who may see it (S39).
pub async fn status(app: &App, actor: &Actor, account: AccountId) -> Result<Option<Status>> {
    let mut tx = app.db.read().await?;
    let account =
        permit(actor, Action::ViewTile, on_account(&mut tx, actor, account).await?)?.account();
    let Some(tile) = store::newest(&mut tx, actor.workspace, account).await? else {
        return Ok(None);
    };
    let extended_by = store::member_name(&mut tx, actor.workspace, tile.extended_by).await?;
    let audience = match tile.audience {
        Some(id) => store::audience_standing(&mut tx, actor.workspace, id).await?,
        None => None,
    };
    let progress = with_audience(progress(&tile), audience.as_ref());
    // Both have to be as they should be (S34): what came last counts.
    let tile = Tile { synced_at: tile.synced_at.max(audience.and_then(|a| a.synced_at)), ..tile };
    let portal = store::portal(&mut tx, actor.workspace).await?.map(|portal| portal.status);
    let waits_for = refused::problem(portal, &progress);
    Ok(Some(Status { tile, extended_by, progress, waits_for }))
}

/// Who would see the tile of an account and who would not, and why: what the dialog names beforehand.
pub async fn audience(app: &App, actor: &Actor, account: AccountId) -> Result<Audience> {
    let mut tx = app.db.read().await?;
    let account =
        permit(actor, Action::ViewTile, on_account(&mut tx, actor, account).await?)?.account();
    Ok(desired::audience(&mut tx, actor.workspace, account).await?)
}

/// The label that the account would get if it were extended now.
pub async fn preview_label(app: &App, actor: &Actor, account: AccountId) -> Result<String> {
    let mut tx = app.db.read().await?;
    let account =
        permit(actor, Action::ViewTile, on_account(&mut tx, actor, account).await?)?.account();
    let portal = turned_on(&mut tx, actor).await?;
    let named =
        store::account_names(&mut tx, actor.workspace, account).await?.ok_or(Error::NotFound)?;
    Ok(choose_label(&mut tx, &portal, &named, None).await?.text)
}

/// The portal of the actor's workspace, where one was ever connected.
pub async fn portal(app: &App, actor: &Actor) -> Result<Option<Portal>> {
    Ok(store::portal(&mut app.db.read().await?, actor.workspace).await?)
}

/// Where a tile's clicks lead.
pub fn launch_url(app: &App, launch: LaunchId) -> String {
    format!("{}/launch/{launch}", app.config.origin())
}

fn progress(tile: &Tile) -> Progress {
    let problem = || {
        Some(Problem {
            code: tile.problem.clone()?,
            message: tile.problem_detail.clone().unwrap_or_default(),
            request_id: tile.problem_request_id.clone(),
            retry_at: tile.due_at,
        })
    };
    match (problem(), tile.phase) {
        (Some(problem), store::Phase::Paused) => Progress::Paused(problem),
        (Some(problem), _) => Progress::Failed(problem),
        (None, _) if tile.ended_at.is_some() => Progress::Removing,
        (None, _) if tile.settled >= tile.marked => Progress::Synced,
        (None, _) => Progress::Syncing { done: tile.steps_done, total: tile.steps_total },
    }
}

/// A tile is as far as the group that shows it.
fn with_audience(progress: Progress, audience: Option<&store::AudienceStanding>) -> Progress {
    let Some(audience) = audience else { return progress };
    match (progress, audience.problem.clone()) {
        (Progress::Synced | Progress::Syncing { .. }, Some(problem)) if audience.is_paused => {
            Progress::Paused(problem)
        }
        (Progress::Synced | Progress::Syncing { .. }, Some(problem)) => Progress::Failed(problem),
        (Progress::Synced, None) if !audience.is_settled => Progress::Syncing { done: 0, total: 0 },
        (progress, _) => progress,
    }
}

async fn turned_on(tx: &mut Tx, actor: &Actor) -> Result<Portal> {
    let portal = store::portal(tx, actor.workspace).await?;
    portal.filter(|p| p.status != PortalStatus::Off).ok_or(Error::FeatureOff)
}

async fn live(tx: &mut Tx, actor: &Actor, account: AccountId) -> Result<Tile> {
    store::find_live(tx, actor.workspace, account)
        .await?
        .ok_or_else(|| Error::Conflict("This account is not extended to Okta.".into()))
}

/// Tells a member of a success or a failure, also when they have gone elsewhere in the meantime (S31).
pub async fn notify(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    kind: &'static str,
    message: &str,
    link: &str,
) -> Result<()> {
    notifications::tell(tx, by, member, kind, message, link).await
}
