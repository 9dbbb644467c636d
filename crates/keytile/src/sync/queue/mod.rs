//! What waits for the portal, for its admins: how much of which urgency, until when, within which limits, and what does
//! not go on by itself. Counts and pages; nobody's whole list is ever loaded.

pub mod api;
pub mod pages;
mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::{AccountId, TileId, Timestamp};
use portal::Priority;

use super::store::{Phase, Portal};
use super::worker::{self, Limits, Progress};
use crate::app::App;
use crate::error::{Error, Result};
use crate::paging::{decode_cursor, encode_cursor};

pub use store::{InLine, Troubled};

/// How the queue of a portal stands.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The portal.
    pub portal: Portal,
    /// Tiles that wait, by urgency.
    pub waiting: Vec<Waiting>,
    /// Groups that wait.
    pub groups: i64,
    /// Steps that are known to be left, and when they will be done.
    pub progress: Progress,
    /// The portal's limits, as its worker last told.
    pub limits: Limits,
    /// Tiles that wait for a person.
    pub paused: i64,
    /// Tiles that failed, and are tried again.
    pub failing: i64,
}

/// Tiles of one urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub priority: Priority,
    /// How many may have their turn now.
    pub due: i64,
    /// How many wait for an instant, such as that of their next try.
    pub later: i64,
}

/// Which part of a list of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The urgency of the last tile.
    pub rank: i64,
    /// When it is due.
    pub due_at: Timestamp,
    /// The tile.
    pub tile: TileId,
}

/// The queue of the actor's workspace; none where no portal was ever connected.
pub async fn look(app: &App, actor: &Actor) -> Result<Option<Queue>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let Some(portal) = super::store::portal(&mut tx, workspace).await? else { return Ok(None) };
    let waiting = store::waiting(&mut tx, portal.id, app.now()).await?;
    let groups = store::groups(&mut tx, portal.id).await?;
    let (paused, failing) = store::troubles(&mut tx, portal.id).await?;
    let limits = worker::limits(&mut tx, &portal).await?;
    drop(tx);
    let progress = worker::forecast(app, workspace).await?;
    Ok(Some(Queue { portal, waiting, groups, progress, limits, paused, failing }))
}

/// How many tiles wait for their turn, how many for a person, and how many failed and are tried again: for the operator.
pub async fn standing(app: &App, portal: &Portal) -> Result<(i64, i64, i64)> {
    let mut tx = app.db.read().await?;
    let waiting = store::waiting(&mut tx, portal.id, app.now()).await?;
    let (paused, failing) = store::troubles(&mut tx, portal.id).await?;
    Ok((waiting.iter().map(|waiting| waiting.due + waiting.later).sum(), paused, failing))
}

/// Tiles in the order of their turns, after `after`.
pub async fn in_line(
    app: &App,
    actor: &Actor,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<InLine>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let portal = super::store::portal(&mut tx, workspace).await?.ok_or(Error::FeatureOff)?;
    Ok(store::in_line(&mut tx, portal.id, after, limit).await?)
}

/// Tiles that do not go on by themselves, or failed, in the order of their ids.
pub async fn troubled(
    app: &App,
    actor: &Actor,
    after: Option<TileId>,
    limit: i64,
) -> Result<Vec<Troubled>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let portal = super::store::portal(&mut tx, workspace).await?.ok_or(Error::FeatureOff)?;
    Ok(store::troubled(&mut tx, portal.id, after, limit).await?)
}

/// Whether the actor may open the account: others are named without a link.
async fn opens(app: &App, actor: &Actor, account: AccountId) -> Result<bool> {
    let mut tx = app.db.read().await?;
    match crate::sharing::on_account(&mut tx, actor, account).await {
        Ok(on) => Ok(permit(actor, Action::ViewAccount, on).is_ok()),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn everywhere(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}

impl Place {
    /// As a page passes it on.
    pub fn cursor(self) -> String {
        encode_cursor(&format!("{} {}", self.rank, self.due_at.as_millisecond()), self.tile)
    }

    /// The place that a [`cursor`](Self::cursor) tells.
    pub fn parse(cursor: &str) -> Option<Self> {
        let (key, tile): (String, TileId) = decode_cursor(cursor)?;
        let (rank, due_at) = key.split_once(' ')?;
        let due_at = Timestamp::from_millisecond(due_at.parse().ok()?).ok()?;
        Some(Self { rank: rank.parse().ok()?, due_at, tile })
    }
}

impl Queue {
    /// How many tiles wait in all.
    pub fn tiles(&self) -> i64 {
        self.waiting.iter().map(|waiting| waiting.due + waiting.later).sum()
    }
}

impl Troubled {
    /// It waits for a person, not for a time.
    pub fn is_paused(&self) -> bool {
        self.phase == Phase::Paused
    }
}
