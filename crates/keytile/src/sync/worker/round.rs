//! One look at everybody who is due, the most urgent first, until somebody has had a turn. Where nobody has room, and all
//! that is left to do fits into what is kept for people, it goes at once: nothing comes after it that people could have
//! to wait for longer than for the end of the minute.

use std::collections::HashMap;

use jiff::SignedDuration;
use model::{TileId, Timestamp};
use portal::Priority;
use uuid::Uuid;

use super::store::{self, Candidate, Candidates};
use super::{Outcome, Stop, Subject, Worker, earlier};

/// Which part of the portal's limits a step may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// What its urgency gives it.
    Usual,
    /// The share that is kept for people, too.
    Kept,
}

impl Room {
    /// As whose step it finds room.
    pub(super) fn priority(self, own: Priority) -> Priority {
        match self {
            Self::Usual => own,
            Self::Kept => own.min(Priority::Person),
        }
    }
}

/// What became of all candidates.
pub(super) enum Round {
    /// This one had its turn.
    Did(Subject),
    /// Nobody can go on before this instant.
    Wait(Option<Timestamp>),
    /// Nobody can go on: the connection must be put right.
    Halted,
}

/// When whoever is at a tile knows how much is left of it.
const KNOWN_IN: SignedDuration = SignedDuration::from_secs(1);

/// There was no room for its next step, and there is none before this instant: until then, or until it is marked again,
/// nobody need look at it once more.
#[derive(Clone, Copy)]
pub(super) struct Full {
    rank: i64,
    marked: i64,
    until: Timestamp,
}

/// What rounds found out about those whose turn it is, or is soon.
#[derive(Default)]
pub(super) struct Known {
    /// For whose next step there was no room.
    full: HashMap<Uuid, Full>,
    /// Who needs no other group, as of that mark.
    in_place: HashMap<Uuid, i64>,
}

/// What the candidates wait for.
#[derive(Default)]
struct Waiting {
    until: Option<Timestamp>,
    /// Tiles for whose next step there was no room.
    tiles: Vec<TileId>,
    /// Steps that are left of these, and of what others are at.
    steps: usize,
    /// How much others leave is not known.
    is_unsure: bool,
}

impl Waiting {
    /// There is no room for it.
    fn for_room(&mut self, subject: Subject, until: Timestamp, left: Option<usize>) {
        self.until = earlier(self.until, Some(until));
        if let Subject::Tile(tile) = subject {
            self.tiles.push(tile);
        }
        self.count(subject, left);
    }

    fn count(&mut self, subject: Subject, left: Option<usize>) {
        // Groups have a limit of their own.
        if matches!(subject, Subject::Tile(_)) {
            self.is_unsure |= left.is_none();
            self.steps += left.unwrap_or(0);
        }
    }
}

impl<P: portal::Portal> Worker<P> {
    /// Gives the most urgent one that can go on its turn.
    pub(super) async fn round(&self, candidates: &Candidates) -> Result<Round, Stop> {
        let mut waiting = Waiting::default();
        for candidate in &candidates.all {
            let subject = candidate.subject;
            if let Some(full) = self.is_full(candidate) {
                waiting.for_room(subject, full.until, self.claims.left(subject));
                continue;
            }
            let Some(claim) = self.claims.take(subject) else {
                // Somebody else is at it.
                waiting.count(subject, self.claims.left(subject));
                continue;
            };
            let outcome = match subject {
                Subject::Tile(_) => self.attend(&claim, Room::Usual).await?,
                Subject::Audience(id) => self.attend_audience(id).await?,
            };
            match outcome {
                Outcome::Did => return Ok(Round::Did(subject)),
                Outcome::Halted => return Ok(Round::Halted),
                Outcome::Blocked(until) => waiting.until = earlier(waiting.until, until),
                Outcome::Full { until, left } => {
                    claim.leaves(left);
                    self.note_full(candidate, until);
                    waiting.for_room(subject, until, Some(left));
                }
            }
        }
        self.forget_others(candidates);
        let may_be_last = candidates.has_all_tiles && !waiting.tiles.is_empty();
        if !may_be_last || !self.has_room_for(waiting.steps) {
            return Ok(match self.prepare_next().await? {
                Some(subject) => Round::Did(subject),
                None => Round::Wait(waiting.until),
            });
        }
        if waiting.is_unsure {
            return Ok(Round::Wait(earlier(waiting.until, Some(self.app.now() + KNOWN_IN))));
        }
        self.last_round(waiting).await
    }

    /// While nobody can go on, tells which group one of the next tiles will need: groups have a limit of their own, and this one is
    /// ready when the tile's turn comes.
    async fn prepare_next(&self) -> Result<Option<Subject>, Stop> {
        let now = self.app.now();
        let next = store::without_group(&mut self.app.db.read().await?, self.row.id, now).await?;
        let is_next = |id: &Uuid| next.iter().any(|one| Uuid::from(one.subject) == *id);
        self.memory().rounds.in_place.retain(|id, _| is_next(id));
        for Candidate { subject, marked, .. } in next {
            if self.memory().rounds.in_place.get(&subject.into()) == Some(&marked) {
                continue;
            }
            let Some(claim) = self.claims.take(subject) else { continue };
            if self.put_in_place(&claim).await? {
                return Ok(Some(subject));
            }
            self.memory().rounds.in_place.insert(subject.into(), marked);
        }
        Ok(None)
    }

    async fn last_round(&self, waiting: Waiting) -> Result<Round, Stop> {
        let mut wait = waiting.until;
        for tile in waiting.tiles {
            let Some(claim) = self.claims.take(tile) else { continue };
            match self.attend(&claim, Room::Kept).await? {
                Outcome::Did => return Ok(Round::Did(Subject::Tile(tile))),
                Outcome::Halted => return Ok(Round::Halted),
                Outcome::Blocked(until) => wait = earlier(wait, until),
                Outcome::Full { until, .. } => wait = earlier(wait, Some(until)),
            }
        }
        Ok(Round::Wait(wait))
    }
}

impl<P> Worker<P> {
    fn is_full(&self, candidate: &Candidate) -> Option<Full> {
        let full = self.memory().rounds.full.get(&Uuid::from(candidate.subject)).copied()?;
        let is_same = full.marked == candidate.marked && full.rank == candidate.rank;
        (is_same && full.until > self.app.now()).then_some(full)
    }

    fn note_full(&self, candidate: &Candidate, until: Timestamp) {
        let Candidate { subject, rank, marked } = *candidate;
        self.memory().rounds.full.insert(subject.into(), Full { rank, marked, until });
    }

    /// Remembers only what it knows of those who are still among the first.
    fn forget_others(&self, candidates: &Candidates) {
        let is_candidate =
            |id: &Uuid| candidates.all.iter().any(|one| Uuid::from(one.subject) == *id);
        self.memory().rounds.full.retain(|id, _| is_candidate(id));
        self.claims.keep(is_candidate);
    }
}
