//! Waves: many people leave within an hour. Each is blocked at once all the same; the admins hear of it, and one step
//! restores all who are active again.

use jiff::SignedDuration;
use model::access::{Action, Actor};
use model::workspace::MemberStatus;
use model::{DepartureId, Timestamp, WaveId};
use serde_json::json;

use super::restore::restore_all;
use super::{Departure, may, store};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::members;

/// Departures this close together are one wave.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// More people than this are a wave, in whatever workspace.
const MANY: i64 = 10;
/// So are more than this share of them, in percent, …
const PERCENT: i64 = 5;
/// … where it is at least this many: of five people, one is a fifth.
const LEAST: i64 = 3;
/// How many people have to be counted: of more than these, `PERCENT` is more than `MANY`.
const COUNTED: i64 = MANY * 100 / PERCENT + MANY;

/// Many departures that came close together.
#[derive(Debug, Clone)]
pub struct Wave {
    /// Its id.
    pub id: WaveId,
    /// When its first person left.
    pub began_at: Timestamp,
    /// When its last person left.
    pub last_at: Timestamp,
    /// How many people left.
    pub people: i64,
    /// How many of them are active again, and have not got back what they had.
    pub waiting: i64,
}

/// Somebody of a wave.
#[derive(Debug, Clone)]
pub struct Gone {
    /// Their departure.
    pub departure: Departure,
    /// What they are now.
    pub status: MemberStatus,
    /// How much of what it closed can come back.
    pub restorable: i64,
    /// What was decided about it.
    pub decision: Option<String>,
}

/// Puts a departure into the wave that is under way, or begins one with those of the last hour. True where there is one.
pub(super) async fn join(tx: &mut Tx, by: &mut By, departure: DepartureId) -> Result<bool> {
    let since = by.now - WINDOW;
    if let Some(wave) = store::wave_under_way(tx, by.workspace, since).await? {
        store::join_wave(tx, by, wave, departure).await?;
        return Ok(true);
    }
    let recent = store::recent(tx, by.workspace, since, MANY + 1).await?;
    if recent < LEAST {
        return Ok(false);
    }
    let left = store::people_here(tx, by.workspace, COUNTED).await?;
    if !is_wave(recent, left) {
        return Ok(false);
    }
    store::begin_wave(tx, by, since).await?;
    let alert = Alert {
        kind: "members.mass_departure",
        tone: "bad",
        message: format!(
            "{recent} people have left within an hour, and each is blocked. If that was a mistake, activate them again \
             where they are managed, then restore what they had in one step."
        ),
        link: router::DEPARTURES,
        detail: json!({ "people": recent }),
    };
    alerts::raise(tx, by, alert).await?;
    Ok(true)
}

/// Whether `recent` departures are a wave where `left` people are still here.
fn is_wave(recent: i64, left: i64) -> bool {
    recent > MANY || (recent >= LEAST && recent * 100 > (recent + left) * PERCENT)
}

/// The waves of the workspace, the newest first.
pub async fn waves(app: &App, actor: &Actor) -> Result<Vec<Wave>> {
    let workspace = may(actor, Action::ViewDepartures)?;
    Ok(store::waves(&mut app.db.read().await?, workspace).await?)
}

/// One wave, and who left in it.
pub async fn wave(app: &App, actor: &Actor, id: WaveId) -> Result<(Wave, Vec<Gone>)> {
    let workspace = may(actor, Action::ViewDepartures)?;
    let mut tx = app.db.read().await?;
    let wave = store::find_wave(&mut tx, workspace, id).await?.ok_or(Error::NotFound)?;
    Ok((wave, store::gone(&mut tx, workspace, id).await?))
}

/// Gives back to everybody of the wave who is active again what their departure closed; a change for each, so that
/// nobody waits for all of them. Answers how many got something back.
pub async fn restore_wave(app: &App, actor: &Actor, id: WaveId) -> Result<u64> {
    let workspace = may(actor, Action::ViewDepartures)?;
    let mut tx = app.db.read().await?;
    store::find_wave(&mut tx, workspace, id).await?.ok_or(Error::NotFound)?;
    let gone = store::gone(&mut tx, workspace, id).await?;
    drop(tx);
    let mut restored = 0;
    for departure in gone.into_iter().filter(Gone::is_back).map(|gone| gone.departure.id) {
        let (actor, mut by) = (*actor, By::member(app, actor));
        let done = app.db.write(workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                restore_all(tx, &mut by, &actor, departure).await
            })
        });
        match done.await {
            Ok(()) => restored += 1,
            // Above the admin, or decided meanwhile: that one stays as it is.
            Err(Error::Forbidden(_) | Error::NotFound | Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(restored)
}

impl Gone {
    /// They are active again, and have not got back what they had.
    pub fn is_back(&self) -> bool {
        self.status == MemberStatus::Active && self.departure.decided_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_ten_or_more_than_a_twentieth_are_a_wave_and_two_never_are() {
        assert!(is_wave(11, 100_000) && !is_wave(10, 100_000));
        assert!(is_wave(3, 50) && !is_wave(3, 57), "3 of 60 are 5 %");
        assert!(!is_wave(2, 0));
        // Where counting stops, the share asks for more than the number does.
        assert!(!is_wave(MANY, COUNTED));
    }
}
