//! The audit (C12, C16): what the portal shows, beside what we last confirmed. It compares a whole list, marks tiles to
//! be looked at, and takes notes; it never changes the portal itself. What it finds is a report, and admins decide here
//! about what only a person can judge.

pub mod api;
pub mod compare;
mod differ;
pub mod heard;
pub mod pages;
pub(in crate::sync) mod store;

use jiff::SignedDuration;
use model::access::{Action, Actor, On, Permit, Target, permit};
use model::{TileId, Timestamp};
use serde_json::json;

use super::{PortalStatus, turned_on};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};

pub use differ::{Difference, Kind, Ours, differences};
pub use store::{Behind, DELETED_AFTER, Filter, Found, HIDDEN_AFTER, State, StrayRow};

/// A whole pass comes so often (C12), give or take a tenth.
pub const EVERY: SignedDuration = SignedDuration::from_hours(6);
/// A difference of this age is no work under way any more: people see it, and so does monitoring (L6).
pub const LATE: SignedDuration = SignedDuration::from_mins(15);

/// What is shown of tiles that are behind.
const SHOWN: i64 = 50;

/// How things stand, for the admins' page and for monitoring.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Whether extending is on.
    pub is_on: bool,
    /// The audits.
    pub state: State,
    /// How many tiles have differed for longer than [`LATE`] (L6).
    pub late: i64,
    /// Those, and the tiles about which a person has to decide.
    pub behind: Vec<Behind>,
    /// How many differences are not over.
    pub open: i64,
    /// Apps that no tile explains.
    pub strays: Vec<StrayRow>,
}

/// How things stand.
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview> {
    let workspace = may(actor, Action::ViewSync)?.workspace();
    let since = app.now() - LATE;
    let mut tx = app.db.read().await?;
    let portal = super::store::portal(&mut tx, workspace).await?;
    Ok(Overview {
        is_on: portal.is_some_and(|portal| portal.status != PortalStatus::Off),
        state: store::state(&mut tx, workspace).await?.unwrap_or_default(),
        late: store::count_behind(&mut tx, workspace, since).await?,
        behind: store::behind(&mut tx, workspace, since, SHOWN).await?,
        open: store::count_drift(&mut tx, workspace).await?,
        strays: store::strays(&mut tx, workspace).await?,
    })
}

/// How many tiles of a workspace have differed for longer than [`LATE`] (L6): the number to watch.
pub async fn late(app: &App, workspace: model::WorkspaceId) -> Result<i64> {
    let since = app.now() - LATE;
    Ok(store::count_behind(&mut app.db.read().await?, workspace, since).await?)
}

/// The newest differences.
pub async fn found(app: &App, actor: &Actor, filter: &Filter, limit: i64) -> Result<Vec<Found>> {
    let workspace = may(actor, Action::ViewSync)?.workspace();
    Ok(store::drift(&mut app.db.read().await?, workspace, filter, limit).await?)
}

/// An admin wants an audit now. One that has begun is followed by another, since it may have read what they mean already; a wish
/// that is still open is on record already.
pub async fn check_now(app: &App, actor: &Actor) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    let workspace = may(&actor, Action::DecideSync)?.workspace();
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                turned_on(tx, &actor).await?;
                let state = store::state(tx, workspace).await?.unwrap_or_default();
                store::ask(tx, &by).await?;
                tx.signal(workspace);
                if state.asked_at.is_none() {
                    activity::record(tx, &mut by, Event::new("audit.requested")).await?;
                }
                Ok(())
            })
        })
        .await
}

/// What an admin decides about a tile that was changed in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Make it again, or show it again.
    Restore,
    /// Do not extend the account any longer.
    StopExtending,
}

/// An admin decides about a paused tile, as its Owners can (C11). They need not see the account.
pub async fn choose(app: &App, actor: &Actor, tile: TileId, choice: Choice) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    let workspace = may(&actor, Action::DecideSync)?.workspace();
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let tile =
                    super::store::find_tile(tx, workspace, tile).await?.ok_or(Error::NotFound)?;
                turned_on(tx, &actor).await?;
                if tile.phase != super::store::Phase::Paused || tile.ended_at.is_some() {
                    return Err(Error::Conflict("This has been decided already.".into()));
                }
                let event = match choice {
                    Choice::Restore => {
                        super::store::restart(tx, &by, tile.id, actor.member).await?;
                        if let Some(audience) = tile.audience {
                            super::store::restart_audience(tx, &by, audience).await?;
                        }
                        "tile.resumed"
                    }
                    Choice::StopExtending => {
                        super::store::end(tx, &by, tile.id, portal::Priority::Person).await?;
                        "tile.removed"
                    }
                };
                decided(tx, &by, tile.id, choice).await?;
                tx.signal(workspace);
                let event =
                    Event::new(event).account(tile.account).detail(json!({ "label": tile.label }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Notes in the report what was decided about a tile.
pub(in crate::sync) async fn decided(
    tx: &mut crate::db::Tx,
    by: &By,
    tile: TileId,
    choice: Choice,
) -> crate::db::Result<()> {
    let how = match choice {
        Choice::Restore => "restored",
        Choice::StopExtending => "removed",
    };
    store::decide_drift(tx, by, tile, how).await
}

/// An admin decides about an app that no tile explains: it goes now, or stays as it is.
pub async fn decide_stray(app: &App, actor: &Actor, stray: String, is_removed: bool) -> Result<()> {
    let mut by = By::member(app, actor);
    let workspace = may(actor, Action::DecideSync)?.workspace();
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                if !store::decide_stray(tx, &by, &stray, is_removed).await? {
                    return Err(Error::NotFound);
                }
                tx.signal(workspace);
                let event = if is_removed { "stray.removal_requested" } else { "stray.kept" };
                let detail = json!({ "app": stray });
                Ok(activity::record(tx, &mut by, Event::new(event).detail(detail)).await?)
            })
        })
        .await
}

/// When the next pass is due: each portal at its own time, so that not all ask at once.
pub(in crate::sync) fn next_at(now: Timestamp, chance: u32) -> Timestamp {
    let tenth = EVERY.as_secs() / 10;
    let spread = i64::from(chance) % (2 * tenth + 1) - tenth;
    now + EVERY + SignedDuration::from_secs(spread)
}

fn may(actor: &Actor, action: Action) -> Result<Permit> {
    Ok(permit(actor, action, On { workspace: actor.workspace, target: Target::Workspace })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C12.
    #[test]
    fn passes_are_six_hours_apart_give_or_take_a_tenth() {
        let now = Timestamp::UNIX_EPOCH;
        for chance in [0, 1, 4_319, 4_320, 70_000, u32::MAX] {
            let minutes = next_at(now, chance).duration_since(now).as_secs() / 60;
            assert!((324..=396).contains(&minutes), "{minutes} minutes");
        }
        assert_ne!(next_at(now, 1), next_at(now, 2));
    }
}
