//! One run: events and turns in a drawn order, judged after each; then calm weather until everybody rests, an audit of
//! what an admin of the org disturbed, and the last judgement (L2).

use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use keytile::values;
use rand::Rng as _;

use crate::model::Item;
use crate::world::World;

/// Longer than any limit that the org may have set, and than any pause between tries.
const PATIENCE: SignedDuration = SignedDuration::from_hours(16);

/// More polls than any run needs.
const POLLS: u32 = 60_000;

impl World {
    /// Plays the whole run, or up to the first violation.
    pub async fn play(&mut self) -> anyhow::Result<()> {
        self.judge(true).await;
        let mut events = self.rng.random_range(40..=150);
        while events > 0 && !self.stage.is_broken() {
            self.stage.step();
            self.rouse().await?;
            let busy = self.busy();
            let is_event = match busy.len() {
                0 => self.rng.random_ratio(1, 2),
                _ => self.rng.random_ratio(1, 15),
            };
            if is_event {
                events -= 1;
                let event = self.draw();
                self.happen(event).await;
                self.judge(true).await;
            } else if busy.is_empty() {
                self.wait();
            } else {
                self.go_on_somewhere(&busy).await;
            }
        }
        if !self.stage.is_broken() {
            self.end().await?;
        }
        Ok(())
    }

    /// Everything that was begun must come to its end.
    async fn end(&mut self) -> anyhow::Result<()> {
        self.stage.note("the weather clears up");
        self.clear_up();
        if !self.token_works || !self.model.is_on {
            self.turn_on().await;
        }
        self.calm_down().await?;
        // Once more: what slept since before the calm may have disturbed a tile at its end.
        self.audit().await?;
        self.calm_down().await?;
        self.judge_pauses();
        self.resume_all().await;
        self.calm_down().await?;
        self.judge_end().await;
        Ok(())
    }

    /// Lets everybody go on until all rest, and time pass as it must.
    async fn calm_down(&mut self) -> anyhow::Result<()> {
        let deadline = self.stage.now() + PATIENCE;
        for _ in 0..POLLS {
            if self.stage.is_broken() {
                return Ok(());
            }
            self.stage.step();
            self.rouse().await?;
            let busy = self.busy();
            if !busy.is_empty() {
                self.go_on_somewhere(&busy).await;
            } else if self.is_idle() || self.rest_ends_at().is_none_or(|until| until > deadline) {
                return Ok(());
            } else {
                self.wait();
            }
        }
        self.stage.violate("L2", "the worker never comes to rest");
        Ok(())
    }

    async fn go_on_somewhere(&mut self, busy: &[(usize, usize)]) {
        let (crew, lane) = busy[self.rng.random_range(0..busy.len())];
        if self.go_on(crew, lane).await {
            self.judge(false).await;
        }
    }

    /// Nobody can go on before the first of them wants to.
    fn wait(&self) {
        let now = self.stage.now();
        let next = self.rest_ends_at().filter(|until| *until > now);
        let longest = now + SignedDuration::from_hours(13);
        let until = next.map_or(now + SignedDuration::from_secs(15), |until| until.min(longest));
        self.stage.advance(until.duration_since(now));
    }

    /// What an audit of the portal does: the tiles that somebody else touched are read again (C12).
    async fn audit(&mut self) -> anyhow::Result<()> {
        for url in self.watch.disturbed() {
            let Some(row) = self.rows.iter().find(|row| row.url == url) else { continue };
            let (launch, now) = (row.launch, self.stage.now());
            self.write("system", move |tx, by| {
                Box::pin(async move {
                    tx.execute(
                        "UPDATE tile SET marked = marked + 1, refresh = 1, due_at = $2
                         WHERE launch_id = $1 AND gone_at IS NULL AND (phase <> 'paused' OR problem = 'foreign_url')",
                        values![launch.as_bytes().as_slice(), now],
                    )
                    .await?;
                    tx.signal(by.workspace);
                    Ok(())
                })
            })
            .await?;
        }
        Ok(())
    }

    /// A tile waits for a person only where somebody in the org, or an org that lags, gave it a reason.
    fn judge_pauses(&self) {
        let disturbed = self.watch.disturbed();
        for row in self.rows.iter().filter(|row| row.phase == "paused" && !row.is_gone) {
            if !disturbed.contains(&row.url) && !self.has_lagged() {
                let problem = row.problem.as_deref().unwrap_or_default();
                self.stage
                    .violate("L2", format!("{} is paused ({problem}) for no reason", row.url));
            }
        }
    }

    /// Whoever owns the accounts of paused tiles decides to go on.
    async fn resume_all(&mut self) {
        let paused = self.rows.iter().filter(|row| row.phase == "paused" && !row.is_ended);
        let accounts: Vec<usize> = paused.map(|row| row.account).collect();
        for account in accounts {
            if let Some(owner) = self.model.owners(Item::Account(account)).first().copied() {
                self.stage.note(format_args!("person {owner} resumes account {account}"));
                self.resume_tile(owner, account).await;
            }
        }
    }

    /// L2, S34, L7: everything is as it should be, and on record.
    async fn judge_end(&mut self) {
        if self.stage.is_broken() {
            return;
        }
        self.judge(false).await;
        self.judge_decisions(true).await;
        for row in &self.rows {
            let is_orphaned = self.model.owners(Item::Account(row.account)).is_empty();
            if row.phase == "paused" && is_orphaned {
                continue;
            }
            if let Err(why) = self.stands(row) {
                let (phase, problem) = (&row.phase, &row.problem);
                self.stage.violate("L2", format!("{} ({phase}, {problem:?}): {why}", row.url));
            } else if !row.is_settled {
                self.stage.violate("L2", format!("{} is not settled: {:?}", row.url, row.problem));
            }
        }
        self.judge_timeline().await;
    }

    /// L7: every step that the org confirmed has its line in a timeline, as far as its turn was not cut off.
    async fn judge_timeline(&self) {
        let query = "SELECT COUNT(*) AS n FROM tile_event
                     WHERE result = 'done'
                       AND step NOT IN ('read the app', 'look at the people', 'search for the app')";
        let mut tx = self.app.db.read().await.expect("a reader");
        let row = tx.one(query, values![]).await.expect("a row");
        let lines = u64::try_from(row.int("n").expect("a number")).unwrap_or(0);
        let done = self.ledger.done.load(Ordering::Relaxed);
        let gone = self.ledger.gone.load(Ordering::Relaxed);
        let cut_off = self.workers.cut_off;
        if lines > done + gone || lines + cut_off < done {
            let what =
                format!("{lines} lines for {done} steps, {gone} without an app, {cut_off} cut off");
            self.stage.violate("L7", what);
        }
    }
}
