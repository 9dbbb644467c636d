//! One run: events and turns in a drawn order, judged after each; then calm weather until everybody rests, audits of
//! what an admin of the org disturbed, people's decisions about what waits for them, and the last judgement (L2).

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;

use crate::model::Item;
use crate::rows::Row;
use crate::strays::GONE_AFTER;
use crate::world::{OWNER, World};

/// Longer than any limit that the org may have set, and than any pause between tries.
const PATIENCE: SignedDuration = SignedDuration::from_hours(16);

/// Whatever no list and no log tells is looked at once in so many audits.
const SAMPLED_ONCE_IN: u32 = 24;

/// Audits are further apart.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_hours(7);

/// More questions than one after the other come up.
const QUESTIONS: u32 = 5;

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
        self.fill_pool();
        self.calm_down().await?;
        self.audit_until_whole().await?;
        self.judge_pauses();
        self.resume_until_none_is_paused().await?;
        if self.has_planted() {
            self.live_until(self.stage.now() + GONE_AFTER).await?;
            self.judge_planted();
        }
        for _ in 0..QUESTIONS {
            if !self.decide_open_stop().await {
                break;
            }
            self.calm_down().await?;
            self.resume_until_none_is_paused().await?;
        }
        self.judge_end().await;
        Ok(())
    }

    /// Behind one decision there may be another: a tile is resumed, or what waited is approved, and then the group that shows it
    /// turns out not to be ours any more.
    async fn resume_until_none_is_paused(&mut self) -> anyhow::Result<()> {
        for _ in 0..QUESTIONS {
            if !self.resume_all().await {
                break;
            }
            self.calm_down().await?;
        }
        Ok(())
    }

    /// What the list or the log of the org tells is found by one audit; what neither does, by one in so many (C12).
    async fn audit_until_whole(&mut self) -> anyhow::Result<()> {
        // What reaches the log late is there by then.
        self.stage.advance(SignedDuration::from_mins(10));
        for pass in 0..=SAMPLED_ONCE_IN {
            let is_open = |row: &Row| row.phase != "paused" && self.stands(row).is_err();
            if pass > 0 && !self.rows.iter().any(is_open) {
                self.stage.count(format!("audits until everything was found: {pass}"));
                break;
            }
            self.audit_now(OWNER).await;
            self.calm_down().await?;
        }
        Ok(())
    }

    /// Lets time pass, with everything that comes by itself.
    async fn live_until(&mut self, until: Timestamp) -> anyhow::Result<()> {
        while self.stage.now() < until && !self.stage.is_broken() {
            self.calm_down().await?;
            let left = until.duration_since(self.stage.now()).min(BETWEEN_LOOKS);
            self.stage.advance(left.max(SignedDuration::ZERO));
        }
        self.calm_down().await
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

    /// Whoever owns the accounts of paused tiles decides to go on; of the tiles of a group that is paused, one is enough.
    /// Answers whether there was anything to decide.
    async fn resume_all(&mut self) -> bool {
        let (mut accounts, mut groups) = (Vec::new(), BTreeSet::new());
        for row in self.rows.iter().filter(|row| !row.is_ended) {
            let Some(owner) = self.model.owners(Item::Account(row.account)).first().copied() else {
                continue;
            };
            let group = self.audience_of(row).filter(|group| group.phase == "paused");
            let is_first = group.is_some_and(|group| groups.insert(group.id));
            if row.phase == "paused" || is_first {
                accounts.push((owner, row.account));
            }
        }
        let has_any = !accounts.is_empty();
        for (owner, account) in accounts {
            self.stage.note(format_args!("person {owner} resumes account {account}"));
            self.resume_tile(owner, account).await;
        }
        has_any
    }

    /// L2, S34, L7: everything is as it should be, and on record.
    async fn judge_end(&mut self) {
        if self.stage.is_broken() {
            return;
        }
        self.judge(false).await;
        self.judge_decisions(true).await;
        for row in &self.rows {
            let group = self.audience_of(row).filter(|_| !row.is_gone);
            let is_orphaned = self.model.owners(Item::Account(row.account)).is_empty();
            let is_paused =
                row.phase == "paused" || group.is_some_and(|group| group.phase == "paused");
            if is_paused && is_orphaned || self.stops.held.apps.contains(&row.url) {
                continue;
            }
            let held = &self.stops.held;
            let keeps = held.people.contains_key(&row.url) || held.groups.contains_key(&row.url);
            let (phase, problem) = (&row.phase, &row.problem);
            if let Err(why) = self.stands(row) {
                self.stage.violate("L2", format!("{} ({phase}, {problem:?}): {why}", row.url));
            } else if !row.is_settled && !keeps {
                self.stage.violate("L2", format!("{} is not settled: {problem:?}", row.url));
            } else if group.is_some_and(|it| !it.is_settled) && self.stops.held.people.is_empty() {
                self.stage.violate("L2", format!("the group of {} is not settled", row.url));
            }
        }
        self.judge_groups();
        self.judge_timeline().await;
    }

    /// L7: every step that the org confirmed has its line in a timeline, as far as its turn was not cut off.
    async fn judge_timeline(&self) {
        // What is done about an app that no tile explains is an activity of its own.
        let tiles = "SELECT (SELECT COUNT(*) FROM tile_event WHERE result = 'done'
                               AND step NOT IN ('read the app', 'look at the people', 'search for the app'))
                          + (SELECT COUNT(*) FROM activity WHERE event IN ('stray.hidden', 'stray.deleted')) AS n";
        let groups = "SELECT COUNT(*) AS n FROM audience_event
                      WHERE result IN ('done', 'adopted', 'name taken')
                        AND step NOT IN ('read the group', 'take a group from the pool')";
        for (of, query, steps) in
            [("tiles", tiles, &self.ledger.tiles), ("groups", groups, &self.ledger.groups)]
        {
            let rows = self.load(query).await;
            let lines = rows.first().map_or(0, |row| row.int("n").expect("a number"));
            let lines = u64::try_from(lines).unwrap_or(0);
            let (done, gone) =
                (steps.done.load(Ordering::Relaxed), steps.gone.load(Ordering::Relaxed));
            let cut_off = self.workers.cut_off;
            if lines > done + gone || lines + cut_off < done {
                let what = format!(
                    "{of}: {lines} lines for {done} steps, {gone} without a subject, {cut_off} cut off"
                );
                self.stage.violate("L7", what);
            }
        }
    }
}
