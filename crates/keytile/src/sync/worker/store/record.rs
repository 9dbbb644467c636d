//! One committed write about one tile: its row, whom the portal has confirmed, its timeline, and the news.

use std::collections::BTreeSet;

use model::{ActivityId, TileId};
use portal::{Principal, Step};

use super::Fence;
use super::people;
use super::standing::release_audiences;
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::settings::refusal::{self, Refusal};
use crate::sync::audit::{Difference, store as audit};
use crate::sync::mark_returned;
use crate::sync::safety::{Removal, store as safety};
use crate::sync::worker::Stop;
use crate::sync::worker::look::Seen;
use crate::sync::worker::news::News;
use crate::values;

/// What is stored together.
pub(in crate::sync::worker) struct Record {
    seen: Seen,
    people: People,
    entry: Option<Entry>,
    news: Option<News>,
    trouble: Option<Refusal>,
    drift: Vec<Difference>,
    is_strict: bool,
}

/// How the confirmed principals change.
pub(in crate::sync::worker) enum People {
    Same,
    Add(Principal),
    Remove(Principal),
    Replace,
}

/// A line of the tile's timeline (C17).
pub(in crate::sync::worker) struct Entry {
    pub(in crate::sync::worker) step: String,
    pub(in crate::sync::worker) result: &'static str,
    pub(in crate::sync::worker) request_id: Option<String>,
    pub(in crate::sync::worker) detail: Option<String>,
}

impl Record {
    pub(in crate::sync::worker) fn new(seen: Seen) -> Self {
        Self {
            seen,
            people: People::Same,
            entry: None,
            news: None,
            trouble: None,
            drift: Vec::new(),
            is_strict: false,
        }
    }

    pub(in crate::sync::worker) fn with_people(self, people: People) -> Self {
        Self { people, ..self }
    }

    pub(in crate::sync::worker) fn with_entry(self, entry: Entry) -> Self {
        Self { entry: Some(entry), ..self }
    }

    pub(in crate::sync::worker) fn with_news(self, news: Option<News>) -> Self {
        Self { news, ..self }
    }

    /// The connection must be put right by an admin (C6).
    pub(in crate::sync::worker) fn with_trouble(self, trouble: Option<Refusal>) -> Self {
        Self { trouble, ..self }
    }

    /// What somebody has changed in the portal (C16).
    pub(in crate::sync::worker) fn with_drift(self, drift: Vec<Difference>) -> Self {
        Self { drift, ..self }
    }

    /// The tile, and how whom it is shown to changes. Whoever a group of ours still shows it has lost nothing with what was
    /// their own, and should lose it as before.
    pub(in crate::sync::worker) fn people(&self) -> (TileId, &People) {
        let people = match &self.people {
            People::Remove(own @ Principal::Person(id)) if self.seen.has_besides(own, id) => {
                &People::Same
            }
            people => people,
        };
        (self.seen.tile.id, people)
    }

    /// To be stored only while the tile has not been marked again: it was decided on what may have changed.
    pub(in crate::sync::worker) fn strictly(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// The tile, where the record says that everything is as it should be.
    pub(in crate::sync::worker) fn settled(&self) -> Option<TileId> {
        let tile = &self.seen.tile;
        (tile.settled == tile.marked).then_some(tile.id)
    }

    /// Stores it, and tells whether it was. Fails with [`Stop::Lost`] where another worker has taken over.
    pub(in crate::sync::worker) async fn save(
        self,
        tx: &mut Tx,
        by: &mut By,
        fence: Fence,
    ) -> std::result::Result<bool, Stop> {
        let Some(is_current) = self.save_tile(tx, fence).await? else {
            let alive = tx
                .optional(
                    "SELECT 1 AS ours FROM portal WHERE id = $1 AND fence = $2",
                    values![fence.portal, fence.number],
                )
                .await?;
            return if alive.is_some() { Ok(false) } else { Err(Stop::Lost) };
        };
        self.save_known(tx, by).await?;
        let let_go = self.save_people(tx, by).await?;
        self.save_removals(tx, by, fence).await?;
        release_audiences(tx, &self.seen.tile, &let_go, by.now).await?;
        if let Some(entry) = &self.entry {
            self.save_entry(tx, by, entry).await?;
        }
        let tile = &self.seen.tile;
        if let Some(trouble) = &self.trouble {
            refusal::refused(tx, by, fence.portal, fence.token_version, trouble).await?;
        }
        tx.signal(tile.id);
        if let Some(news) = self.news {
            news.tell(tx, by, is_current).await?;
        }
        Ok(true)
    }

    /// Answers whether the tile has not been marked since it was looked at; `None` where nothing was stored.
    ///
    /// What people and use-cases write too is left to them where they were faster.
    async fn save_tile(&self, tx: &mut Tx, fence: Fence) -> Result<Option<bool>> {
        let (tile, in_flight) = (&self.seen.tile, self.seen.in_flight.as_ref().map(code));
        let row = tx
            .optional(
                "UPDATE tile SET
                     phase = $4, confirmed = $5, app_id = $6, attempt = $7, sent_at = $8, scanned_at = $9,
                     mirror_label = $10, mirror_url = $11, mirror_status = $12, in_flight = $13, settled = $14,
                     synced_at = $15, gone_at = $16, steps_done = $17, steps_total = $18,
                     ended_at = CASE WHEN $16 IS NULL THEN ended_at ELSE COALESCE(ended_at, $16) END,
                     due_at = CASE WHEN marked = $3 THEN $19 ELSE due_at END,
                     priority = CASE WHEN marked = $3 AND priority > $28 THEN $28 ELSE priority END,
                     refresh = CASE WHEN marked = $3 THEN $20 ELSE refresh END,
                     failures = CASE WHEN marked = $3 THEN $21 ELSE failures END,
                     problem = CASE WHEN marked = $3 THEN $22 ELSE problem END,
                     problem_detail = CASE WHEN marked = $3 THEN $23 ELSE problem_detail END,
                     problem_request_id = CASE WHEN marked = $3 THEN $24 ELSE problem_request_id END,
                     notify_member_id = CASE WHEN marked = $3 THEN $25 ELSE notify_member_id END
                 WHERE id = $1 AND portal_id = $2
                   AND ($26 = 0 OR (marked = $3 AND NOT EXISTS (SELECT 1 FROM tile_mark WHERE tile_id = $1)))
                   AND EXISTS (SELECT 1 FROM portal WHERE id = $2 AND fence = $27)
                 RETURNING marked",
                values![
                    tile.id,
                    fence.portal,
                    tile.marked,
                    tile.phase.code(),
                    &tile.confirmed,
                    tile.app_id.as_deref(),
                    tile.attempt,
                    tile.sent_at,
                    tile.scanned_at,
                    tile.mirror_label.as_deref(),
                    tile.mirror_url.as_deref(),
                    tile.mirror_status.as_deref(),
                    in_flight,
                    tile.settled,
                    tile.synced_at,
                    tile.gone_at,
                    tile.steps_done,
                    tile.steps_total,
                    tile.due_at,
                    i64::from(tile.refresh),
                    tile.failures,
                    tile.problem.as_deref(),
                    tile.problem_detail.as_deref(),
                    tile.problem_request_id.as_deref(),
                    tile.notify,
                    i64::from(self.is_strict),
                    fence.number,
                    tile.priority,
                ],
            )
            .await?;
        row.map(|row| Ok(row.int("marked")? == tile.marked)).transpose()
    }

    /// What else is known of the app, and since when the tile has not been as it should be (L6).
    async fn save_known(&self, tx: &mut Tx, by: &By) -> Result<()> {
        let (tile, known) = (&self.seen.tile, &self.seen.known);
        tx.execute(
            "UPDATE tile SET mirror_updated_at = $2, mirror_self_service = $3, logo = $7,
                    refresh = CASE WHEN refresh = 1 AND $5 = 1 AND marked = $6 THEN 2 ELSE refresh END,
                    behind_since = CASE WHEN settled >= marked THEN NULL WHEN $5 = 1 THEN behind_since
                                        ELSE COALESCE(behind_since, $4) END
             WHERE id = $1",
            values![
                tile.id,
                known.updated_at,
                i64::from(known.self_service),
                by.now,
                i64::from(known.is_glance),
                tile.marked,
                known.logo
            ],
        )
        .await?;
        Ok(())
    }

    /// What counts for the safety stop, and what it need not ask about any more; what differed and is as it should be.
    async fn save_removals(&self, tx: &mut Tx, by: &mut By, fence: Fence) -> Result<()> {
        let tile = &self.seen.tile;
        for removal in &self.seen.counts {
            safety::count(tx, tile.workspace, fence.portal, removal, by.now).await?;
        }
        if let People::Remove(group @ Principal::Group(_)) = &self.people {
            safety::end_item(tx, &Removal::assignment(tile.id, group), by.now).await?;
        }
        if matches!(self.people, People::Remove(_) | People::Replace) {
            safety::end_unseen(tx, tile.id, by.now).await?;
        }
        for difference in &self.drift {
            audit::insert_drift(tx, by, fence.portal, tile, difference).await?;
        }
        if self.settled().is_some() {
            self.end_removals(tx, by).await?;
            audit::end_drift(tx, tile.id, by.now).await?;
        }
        Ok(())
    }

    /// Nothing is left to take away, but for whom a group keeps until an admin has decided.
    async fn end_removals(&self, tx: &mut Tx, by: &By) -> Result<()> {
        let waits = safety::waits(tx, &self.seen.tile.id.to_string()).await?;
        let lingering = self.seen.removals();
        for removal in waits.held.union(&waits.allowed) {
            if !lingering.contains(removal) {
                safety::end_item(tx, removal, by.now).await?;
            }
        }
        Ok(())
    }

    /// Answers the groups by which the portal showed the tile, and does no more.
    async fn save_people(&self, tx: &mut Tx, by: &By) -> Result<Vec<String>> {
        match &self.people {
            People::Same => Ok(Vec::new()),
            People::Add(principal) => {
                if let Principal::Person(person) = principal {
                    mark_returned(tx, by, person).await?;
                }
                self.insert(tx, principal).await?;
                Ok(Vec::new())
            }
            People::Remove(principal) => {
                let (kind, id) = columns(principal);
                tx.execute(
                    "DELETE FROM tile_principal WHERE tile_id = $1 AND kind = $2 AND external_id = $3",
                    values![self.seen.tile.id, kind, id],
                )
                .await?;
                Ok(group_in(principal).into_iter().collect())
            }
            People::Replace => {
                let before = people(tx, self.seen.tile.id).await?;
                self.replace(tx, &self.seen.people).await?;
                Ok(before.difference(&self.seen.people).filter_map(group_in).collect())
            }
        }
    }

    async fn replace(&self, tx: &mut Tx, people: &BTreeSet<Principal>) -> Result<()> {
        tx.execute("DELETE FROM tile_principal WHERE tile_id = $1", values![self.seen.tile.id])
            .await?;
        for principal in people {
            self.insert(tx, principal).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut Tx, principal: &Principal) -> Result<()> {
        let (kind, id) = columns(principal);
        tx.execute(
            "INSERT INTO tile_principal (tile_id, workspace_id, kind, external_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tile_id, kind, external_id) DO NOTHING",
            values![self.seen.tile.id, self.seen.tile.workspace, kind, id],
        )
        .await?;
        Ok(())
    }

    async fn save_entry(&self, tx: &mut Tx, by: &mut By, entry: &Entry) -> Result<()> {
        let id = ActivityId::new(by.now, &mut by.rng);
        tx.execute(
            "INSERT INTO tile_event (id, workspace_id, tile_id, at, step, result, request_id, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                id,
                self.seen.tile.workspace,
                self.seen.tile.id,
                by.now,
                &entry.step,
                entry.result,
                entry.request_id.as_deref(),
                entry.detail.as_deref()
            ],
        )
        .await?;
        Ok(())
    }
}

fn group_in(principal: &Principal) -> Option<String> {
    match principal {
        Principal::Group(id) => Some(id.clone()),
        Principal::Person(_) => None,
    }
}

fn columns(principal: &Principal) -> (&'static str, &str) {
    match principal {
        Principal::Person(id) => ("person", id),
        Principal::Group(id) => ("group", id),
    }
}

/// A step as the row of its tile tells it.
pub(super) fn code(step: &Step) -> String {
    serde_json::to_string(step).expect("a step has only texts for keys")
}
