//! The safety stop at work (T3, C15): before something is taken away, why it would be, and how much goes with it. What is
//! too much waits for an admin, and everything else goes on.

mod losses;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{AccountId, TileId, Timestamp, WorkspaceId};
use portal::{Principal, Step};

use super::audience::LOOKS_AGAIN;
use super::look::Seen;
use super::news::News;
use super::store::{People, prove};
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::sync::audit;
use crate::sync::safety::store::{self, Held};
use crate::sync::safety::why::{Why, why};
use crate::sync::safety::{Exposure, Removal, What, bound, window_since};

/// What every tile that is not settled is about to lose, as far as nothing has changed since.
#[derive(Default)]
pub(super) struct Pending {
    tiles: HashMap<TileId, Known>,
    /// The marks of all tiles when an open question was last compared with what waits.
    reviewed: Option<i64>,
}

struct Known {
    marked: i64,
    label: String,
    removals: Vec<(Removal, Why)>,
}

/// What may be done about one removal.
pub(super) enum Verdict {
    /// It is no removal, or one that needs no counting.
    Go,
    /// It may go, and counts.
    Counted(Vec<Removal>),
    /// These wait, with all that is like them.
    Hold(Why, Vec<Removal>),
}

impl<P: portal::Portal> Worker<P> {
    /// Whether this step may be taken now.
    pub(super) async fn judge(
        &self,
        seen: &Seen,
        step: &Step,
    ) -> std::result::Result<Verdict, Stop> {
        let mut removals = seen.removal(step);
        removals.retain(|removal| !seen.waits.allowed.contains(removal));
        if removals.is_empty() {
            return Ok(Verdict::Go);
        }
        let mut tx = self.app.db.read().await?;
        let mut causes = Vec::new();
        for removal in removals {
            let why = cause(&mut tx, seen, &removal).await?;
            causes.push((removal, why));
        }
        Ok(self.weigh(&mut tx, causes).await?)
    }

    /// What the reasons of a step's removals come to.
    pub(super) async fn weigh(&self, tx: &mut Tx, causes: Vec<(Removal, Why)>) -> Result<Verdict> {
        if causes.iter().any(|(_, why)| *why == Why::Left) && !self.few_leave(tx).await? {
            let unasked = causes.into_iter().filter(|(_, why)| *why != Why::Asked);
            return Ok(Verdict::Hold(Why::Left, unasked.map(|(removal, _)| removal).collect()));
        }
        let counted = causes.into_iter().filter(|(_, why)| *why == Why::Background);
        let counted: Vec<Removal> = counted.map(|(removal, _)| removal).collect();
        if counted.is_empty() {
            return Ok(Verdict::Go);
        }
        if !self.is_little(tx, &counted).await? {
            return Ok(Verdict::Hold(Why::Background, counted));
        }
        Ok(Verdict::Counted(counted))
    }

    /// One leaver is never held up; a fifth of the people at once is a mistake somewhere.
    async fn few_leave(&self, tx: &mut Tx) -> Result<bool> {
        let decided_at = store::last_decided_at(tx, self.row.id).await?;
        let since = window_since(self.app.now(), None).max(decided_at.unwrap_or(Timestamp::MIN));
        let leavers = store::count_leavers(tx, self.row.workspace, since).await?;
        if leavers <= bound(0) {
            return Ok(true);
        }
        let people = store::count_people(tx, self.row.workspace).await?;
        Ok(leavers <= bound(people + leavers))
    }

    /// Whether all that waits may go, with what has gone.
    pub(super) async fn is_little(&self, tx: &mut Tx, own: &[Removal]) -> Result<bool> {
        let opened_at = store::open(tx, self.row.id).await?.map(|open| open.opened_at);
        let since = window_since(self.app.now(), opened_at);
        let gone = store::gone(tx, self.row.id, since).await?;
        let mut waiting = self.waiting(tx, &[Why::Background]).await?;
        let mut all: BTreeSet<Removal> = waiting.drain(..).map(|held| held.removal).collect();
        all.extend(own.iter().cloned());
        let exposure = Exposure::of(&gone, &all);
        if exposure.is_small() {
            return Ok(true);
        }
        let went =
            gone.iter().filter(|removal| matches!(removal.what, What::Assignment(_))).count();
        Ok(exposure.is_within(store::count_assignments(tx, self.row.id).await? + went))
    }

    /// All that waits for one of these reasons and is not decided.
    async fn waiting(&self, tx: &mut Tx, reasons: &[Why]) -> Result<Vec<Held>> {
        let (_, decided) = store::all_waits(tx, self.row.id).await?;
        let tiles = store::unsettled(tx, self.row.id).await?;
        let present: BTreeMap<TileId, i64> = tiles.into_iter().collect();
        let stale: Vec<TileId> = {
            let mut memory = self.memory();
            let known = &mut memory.pending.tiles;
            known.retain(|id, _| present.contains_key(id));
            let is_stale = |id: &TileId, marked| known.get(id).is_none_or(|k| k.marked != marked);
            present.iter().filter(|(id, m)| is_stale(id, **m)).map(|(id, _)| *id).collect()
        };
        for id in stale {
            let known = self.look_ahead(tx, id, present[&id]).await?;
            self.memory().pending.tiles.insert(id, known);
        }
        let mut waiting = Vec::new();
        for (tile, known) in &self.memory().pending.tiles {
            for (removal, why) in &known.removals {
                if reasons.contains(why) && !decided.contains(removal) {
                    let (tile, label) = (Some(*tile), known.label.clone());
                    waiting.push(Held { removal: removal.clone(), tile, label });
                }
            }
        }
        if reasons.contains(&Why::Background) {
            for stray in audit::store::due_strays(tx, self.row.id, self.app.now()).await? {
                let removal = Removal::of_app(&stray.app_id);
                if !stray.is_asked_for && !decided.contains(&removal) {
                    waiting.push(Held { removal, tile: None, label: stray.label });
                }
            }
        }
        Ok(waiting)
    }

    async fn look_ahead(&self, tx: &mut Tx, id: TileId, marked: i64) -> Result<Known> {
        let Some(seen) = Seen::load(tx, &self.app, id).await? else {
            return Ok(Known { marked, label: String::new(), removals: Vec::new() });
        };
        let mut removals = Vec::new();
        for removal in seen.removals() {
            let why = cause(tx, &seen, &removal).await?;
            removals.push((removal, why));
        }
        Ok(Known { marked, label: seen.tile.label, removals })
    }

    /// Whether the tile loses this, whatever else shows it: a group that it is leaving may not be the last one.
    pub(super) async fn loses(&self, tx: &mut Tx, id: TileId, removal: &Removal) -> Result<bool> {
        let seen = Seen::load(tx, &self.app, id).await?;
        Ok(seen.is_some_and(|seen| seen.removals().contains(removal)))
    }

    /// Asks the admins about everything that is like this.
    pub(super) async fn hold(&self, own: Vec<Held>, why: Why) -> std::result::Result<(), Stop> {
        {
            // They were judged anew just now: what was foreseen about their tiles before may have had another reason.
            let known = &mut self.memory().pending.tiles;
            for tile in own.iter().filter_map(|held| held.tile) {
                known.remove(&tile);
            }
        }
        let mut tx = self.app.db.read().await?;
        // While many leave, their tiles and what a background pass takes away are one question.
        let reasons: &[Why] = match why {
            Why::Left => &[Why::Left],
            Why::Asked | Why::Background => &[Why::Background],
        };
        let mut held = self.waiting(&mut tx, reasons).await?;
        let all = store::count_assignments(&mut tx, self.row.id).await?;
        drop(tx);
        for item in own {
            if !held.iter().any(|other| other.removal == item.removal) {
                held.push(item);
            }
        }
        let count = held.len();
        self.memory().pending.reviewed = None;
        let (workspace, portal) = (self.row.workspace, self.row.id);
        let (fence, mut by) = (self.fence(), By::process(&self.app, workspace, "system"));
        let opened = self
            .app
            .db
            .write::<_, Stop, _>(workspace, move |tx| {
                Box::pin(async move {
                    prove(tx, fence).await?;
                    let opened = store::hold(tx, &mut by, portal, bound(all), held).await?;
                    if opened.is_some() {
                        News::of_stop(count).tell(tx, &mut by, true).await?;
                    }
                    tx.signal(workspace);
                    Ok(opened)
                })
            })
            .await?;
        if let Some(id) = opened {
            tracing::warn!(stop.id = %id, count, "a pass would take away {count} at once: an admin is asked");
        }
        Ok(())
    }

    /// What is not to be taken away any more needs no decision, and the next time is another matter.
    pub(super) async fn forget_decided(&self, seen: &mut Seen) -> std::result::Result<(), Stop> {
        let waits = &seen.waits;
        let is_known = seen.observed().is_some() && !seen.tile.refresh;
        if !is_known || (waits.held.is_empty() && waits.allowed.is_empty()) {
            return Ok(());
        }
        let wanted = seen.removals();
        let all = waits.held.union(&waits.allowed);
        let over: Vec<Removal> = all.filter(|removal| !wanted.contains(removal)).cloned().collect();
        if over.is_empty() {
            return Ok(());
        }
        for removal in &over {
            seen.waits.held.remove(removal);
            seen.waits.allowed.remove(removal);
        }
        let (workspace, now, fence) = (self.row.workspace, self.app.now(), self.fence());
        let change = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                for removal in &over {
                    store::end_item(tx, removal, now).await?;
                }
                Ok(())
            })
        });
        change.await
    }

    /// Everything else of the tile is done.
    pub(super) async fn rest_held(&self, mut seen: Seen) -> std::result::Result<Outcome, Stop> {
        let sentence = "Something is to be taken away here, and it waits until an admin has looked at it (safety stop). \
                        Nobody can log in with it who may not.";
        let is_news = seen.tile.problem.as_deref() != Some("safety_stop");
        seen.tile.problem = Some("safety_stop".into());
        seen.tile.problem_detail = Some(sentence.into());
        seen.tile.problem_request_id = None;
        // Whoever is to see it besides gets it without the admin: the group wakes only those who are to be looked at again.
        seen.tile.due_at = seen.awaits_group().then(|| self.app.now() + LOOKS_AGAIN);
        seen.tile.failures = 0;
        (seen.tile.steps_done, seen.tile.steps_total) = (0, 0);
        let news = is_news.then(|| News::of_problem(&seen, None, sentence));
        seen.tile.notify = None;
        self.commit(seen.record().with_news(news)).await?;
        Ok(Outcome::Did)
    }

    /// While a question is open: what is not wanted any more leaves it, and it ends where the rest is little.
    pub(super) async fn review(&self) -> std::result::Result<(), Stop> {
        let mut tx = self.app.db.read().await?;
        let Some(open) = store::open(&mut tx, self.row.id).await? else { return Ok(()) };
        let marks = super::store::marks(&mut tx, self.row.id).await?;
        if self.memory().pending.reviewed == Some(marks) {
            return Ok(());
        }
        let waiting = self.waiting(&mut tx, &[Why::Background, Why::Left]).await?;
        let waiting: BTreeSet<Removal> = waiting.into_iter().map(|held| held.removal).collect();
        let (undecided, _) = store::all_waits(&mut tx, open.portal).await?;
        let over: Vec<Removal> = undecided.difference(&waiting).cloned().collect();
        let is_over = over.len() == undecided.len()
            || (!over.is_empty()
                && self.is_little(&mut tx, &[]).await?
                && self.few_leave(&mut tx).await?);
        drop(tx);
        self.memory().pending.reviewed = Some(marks);
        if over.is_empty() && !undecided.is_empty() {
            return Ok(());
        }
        let (workspace, now, fence) = (self.row.workspace, self.app.now(), self.fence());
        let change = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                // An admin may have answered since it was read: the answer stands.
                if store::open(tx, open.portal).await?.is_none_or(|now| now.id != open.id) {
                    return Ok(());
                }
                // What leaves the question may have something else to do now, such as to go because a person asked for it.
                for removal in &over {
                    store::end_item(tx, removal, now).await?;
                    store::wake_tile(tx, &removal.subject, now).await?;
                }
                if is_over {
                    store::withdraw(tx, open.id, now).await?;
                    tx.signal(workspace);
                }
                Ok(())
            })
        });
        change.await
    }

    /// Who is in a group is another matter than we knew, and so is what its tiles are about to lose.
    pub(super) fn forget_all_pending(&self) {
        self.memory().pending = Pending::default();
    }

    /// What a tile is about to lose has changed with our mirror of it.
    pub(super) fn forget_pending(&self, tile: TileId, people: &People) {
        let mut memory = self.memory();
        let tiles = &mut memory.pending.tiles;
        match people {
            People::Same | People::Add(Principal::Person(_)) => {}
            People::Remove(principal) => {
                let Some(known) = tiles.get_mut(&tile) else { return };
                if matches!(principal, Principal::Group(_)) {
                    tiles.remove(&tile);
                    return;
                }
                let over = Removal::assignment(tile, principal);
                known.removals.retain(|(removal, _)| *removal != over);
            }
            // The people of a group see the tile now, also those who should not.
            People::Replace | People::Add(Principal::Group(_)) => drop(tiles.remove(&tile)),
        }
    }
}

/// Why this would go.
async fn cause(tx: &mut Tx, seen: &Seen, removal: &Removal) -> Result<Why> {
    let tile = &seen.tile;
    match &removal.what {
        What::App => {
            let is_asked = store::is_end_asked_for(tx, tile.id).await?;
            Ok(if is_asked { Why::Asked } else { Why::Background })
        }
        What::Assignment(Principal::Group(_)) => Ok(Why::Background),
        What::Assignment(Principal::Person(id)) => {
            cause_of_person(tx, tile.workspace, tile.account, id).await
        }
    }
}

/// Why this person would lose the tile of this account.
pub(super) async fn cause_of_person(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    external_id: &str,
) -> Result<Why> {
    let Some((member, subject)) = store::subject(tx, workspace, external_id).await? else {
        return Ok(why(None, &[]));
    };
    Ok(why(Some(subject), &store::ways(tx, account, member).await?))
}
