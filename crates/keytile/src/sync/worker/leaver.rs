//! Somebody of whom the directory says that they left. A directory says the same of whoever the portal has ended and of
//! whoever was only taken out of provisioning, so one look at them tells which it is. From the first the portal itself has
//! taken everything, and no call is needed: what our mirror has of them is passed over, and read again when they return.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::Timestamp;
use portal::{Error, PersonState, Priority};

use super::failure::is_fatal;
use super::store::prove;
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::sync::mark_confirmed_for;
use crate::sync::store::away;

/// For so long somebody who was there is taken to be there: long enough for all that they have.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

/// How long a look takes, about.
const ANSWERED_IN: SignedDuration = SignedDuration::from_secs(1);

/// With each audit so many of those who are away are looked at, in their turn: they may have returned without a word.
const IN_TURN: i64 = 20;

/// What to do instead of taking something from somebody: nothing where it is to be taken.
pub(super) type Instead = Option<Result<Outcome, Error>>;

impl<P: portal::Portal> Worker<P> {
    /// Whether the portal has taken from this person what we are about to take, or may have.
    pub(super) async fn left_with(
        &self,
        person: &str,
        priority: Priority,
    ) -> Result<Instead, Stop> {
        let now = self.app.now();
        let workspace = self.row.workspace;
        let is_here = |at: &Timestamp| *at <= now && now < *at + GOOD_FOR;
        if self.memory().here.get(person).is_some_and(is_here)
            || !away::has_left(&mut self.app.db.read().await?, workspace, person, now).await?
        {
            return Ok(None);
        }
        let Ok(_look) = self.leaver.try_lock() else {
            // Another lane asks, perhaps about the same person.
            return Ok(Some(Ok(Outcome::Blocked(Some(now + ANSWERED_IN)))));
        };
        if away::since(&mut self.app.db.read().await?, workspace, person).await?.is_some() {
            return Ok(Some(Ok(Outcome::Did)));
        }
        match self.portal.person(person, priority, &|| self.app.now()).await {
            Ok(PersonState::Away) => {
                self.note_away(person, now).await?;
                Ok(Some(Ok(Outcome::Did)))
            }
            Ok(PersonState::Here) => {
                self.note_here(person, now);
                Ok(None)
            }
            Err(error) if is_fatal(&error) => Ok(Some(Err(error))),
            Err(error) => {
                // Nothing waits for this: what cannot be told is done as if they were there.
                tracing::info!(%error, "could not look at somebody who left");
                self.note_here(person, now);
                Ok(None)
            }
        }
    }

    async fn note_away(&self, person: &str, asked_at: Timestamp) -> Result<(), Stop> {
        let (workspace, fence) = (self.row.workspace, self.fence());
        let whom = person.to_owned();
        let change = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                Ok(away::note(tx, workspace, &whom, asked_at).await?)
            })
        });
        change.await?;
        tracing::info!(person, "the portal has ended a person, and with them what they had");
        // Nothing of what they had is about to go any more.
        self.forget_all_pending();
        Ok(())
    }

    /// Has some of those who are away and in a group looked at again. A log that is closed to us tells nobody's return.
    pub(super) async fn look_at_the_away(&self) -> Result<(), Stop> {
        let (workspace, fence) = (self.row.workspace, self.fence());
        let mut tx = self.app.db.read().await?;
        let people = away::in_groups(&mut tx, workspace, IN_TURN).await?;
        drop(tx);
        for person in people {
            let now_fn = || self.app.now();
            let state = match self.portal.person(&person, Priority::Audit, &now_fn).await {
                Ok(state) => state,
                Err(error) if self.ends_connection(&error) => return Err(Stop::Refused(error)),
                Err(error) => {
                    tracing::info!(%error, "an audit could not look at somebody who left");
                    break;
                }
            };
            let by = By::process(&self.app, workspace, "system");
            let change = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
                Box::pin(async move {
                    prove(tx, fence).await?;
                    match state {
                        PersonState::Away => {
                            away::looked_at(tx, workspace, &person, by.now).await?;
                        }
                        PersonState::Here => mark_confirmed_for(tx, &by, &person).await?,
                    }
                    Ok(())
                })
            });
            change.await?;
        }
        Ok(())
    }
}

impl<P> Worker<P> {
    /// Everybody whom the portal has ended, as far as we know.
    pub(super) async fn away(&self) -> Result<BTreeSet<String>, Stop> {
        Ok(away::all(&mut self.app.db.read().await?, self.row.workspace).await?)
    }

    fn note_here(&self, person: &str, now: Timestamp) {
        let here = &mut self.memory().here;
        here.retain(|_, at| now < *at + GOOD_FOR);
        here.insert(person.to_owned(), now);
    }
}
