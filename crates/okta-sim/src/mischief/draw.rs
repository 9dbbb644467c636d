//! Drawing tricks. One number of the main sequence is used for each draw, and what a trick needs
//! comes from a sequence of its own, so that a new detail of one trick moves no other.

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::weights::OF;
use super::{Mischief, Reset, Trick};
use crate::org::LogLag;

/// Where tricks come from: the same seed and the same calls give the same tricks.
#[derive(Debug)]
pub(crate) struct Trickster {
    mischief: Mischief,
    sequence: StdRng,
}

impl Trickster {
    pub(crate) fn new(mischief: Mischief, seed: u64) -> Self {
        Self { mischief, sequence: StdRng::seed_from_u64(seed) }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.mischief == Mischief::none()
    }

    /// What strikes the next call, if anything does.
    pub(crate) fn trick(&mut self) -> Option<Trick> {
        let mut details = self.details();
        let odds = self.odds();
        let total: u32 = odds.iter().map(|(weight, _)| weight).sum();
        let mut ball = details.random_range(0..total.max(OF));
        for (weight, make) in odds {
            if ball < weight {
                return Some(make(&mut details, &self.mischief));
            }
            ball -= weight;
        }
        None
    }

    /// How long a new thing stays out of lists.
    pub(crate) fn list_lag(&mut self, id: &str, now: Timestamp) -> Option<Trick> {
        let until = self.lag(self.mischief.list_lag, now)?;
        Some(Trick::ListLag { id: id.to_owned(), until })
    }

    /// How long a new app stays unknown to one of the replicas.
    pub(crate) fn stale_replica(&mut self, id: &str, now: Timestamp) -> Option<Trick> {
        let until = self.lag(self.mischief.stale_replica, now)?;
        Some(Trick::StaleReplica { id: id.to_owned(), until })
    }

    /// When a deleted app is there again.
    pub(crate) fn reappearance(&mut self, id: &str, now: Timestamp) -> Option<Trick> {
        let until = self.lag(self.mischief.reappearance, now)?;
        let gone_for = until.duration_since(now).as_secs() / 4;
        let from = now + SignedDuration::from_secs(self.details().random_range(0..=gone_for));
        Some(Trick::Reappearance { id: id.to_owned(), from, until })
    }

    /// How late events reach the log.
    pub(crate) fn log_lag(&mut self) -> Option<LogLag> {
        let sequence = self.details();
        let longest = SignedDuration::from_secs(self.mischief.longest_lag_seconds.into());
        let odds = self.mischief.log_lag;
        (odds > 0).then_some(LogLag { sequence, odds, longest })
    }

    /// Which of two replicas a call meets.
    pub(crate) fn meets_the_old_replica(&mut self) -> bool {
        self.details().random()
    }

    fn details(&mut self) -> StdRng {
        StdRng::seed_from_u64(self.sequence.random())
    }

    fn lag(&mut self, weight: u32, now: Timestamp) -> Option<Timestamp> {
        let mut details = self.details();
        let strikes = details.random_range(0..OF) < weight;
        let longest = i64::from(self.mischief.longest_lag_seconds.max(1));
        strikes.then(|| now + SignedDuration::from_secs(details.random_range(1..=longest)))
    }

    fn odds(&self) -> [(u32, Make); 23] {
        let odds = &self.mischief;
        [
            (odds.latency, |rng, odds| Trick::Latency {
                wait: wait(rng, odds),
                after_the_work: rng.random(),
            }),
            (odds.slow_drip, |rng, odds| Trick::SlowDrip { wait: wait(rng, odds) }),
            (odds.lost_after_commit, |_, _| Trick::LostAfterCommit),
            (odds.dropped_before, |_, _| Trick::DroppedBefore),
            (odds.limited, |rng, _| limited(Reset::Right { after: seconds(rng, 1, 60) })),
            (odds.limited_for_hours, |rng, _| {
                limited(Reset::HoursAway { after: seconds(rng, 2 * 3600, 12 * 3600) })
            }),
            (odds.limited_without_reset, |_, _| limited(Reset::Missing)),
            (odds.limited_until_past, |_, _| limited(Reset::Past)),
            (odds.limited_by_concurrency, |_, _| limited(Reset::Concurrency)),
            (odds.internal_error, |rng, _| error(rng, 500)),
            (odds.bad_gateway, |rng, _| error(rng, 502)),
            (odds.unavailable, |rng, _| error(rng, 503)),
            (odds.gateway_timeout, |rng, _| error(rng, 504)),
            (odds.reconciling, |_, _| Trick::Reconciling),
            (odds.cut_off, |_, _| Trick::CutOff),
            (odds.truncated_json, |_, _| Trick::TruncatedJson),
            (odds.invalid_json, |_, _| Trick::InvalidJson),
            (odds.html, |_, _| Trick::Html),
            (odds.empty_body, |_, _| Trick::EmptyBody),
            (odds.no_content, |_, _| Trick::NoContent),
            (odds.page_repeated, |_, _| Trick::PageRepeated),
            (odds.page_skipped, |_, _| Trick::PageSkipped),
            (odds.list_ends_early, |_, _| Trick::ListEndsEarly),
        ]
    }
}

type Make = fn(&mut StdRng, &Mischief) -> Trick;

fn limited(reset: Reset) -> Trick {
    Trick::Limited { reset }
}

fn error(rng: &mut StdRng, status: u16) -> Trick {
    Trick::Error { status, committed: rng.random() }
}

fn wait(rng: &mut StdRng, odds: &Mischief) -> SignedDuration {
    seconds(rng, 1, i64::from(odds.longest_wait_seconds.max(1)))
}

fn seconds(rng: &mut StdRng, from: i64, to: i64) -> SignedDuration {
    SignedDuration::from_secs(rng.random_range(from..=to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(mischief: Mischief, seed: u64, calls: usize) -> Vec<Option<Trick>> {
        let mut trickster = Trickster::new(mischief, seed);
        (0..calls).map(|_| trickster.trick()).collect()
    }

    /// 3.5 of the reliability goals: a failure prints its seed and repeats.
    #[test]
    fn for_every_seed_the_same_seed_draws_the_same_tricks() {
        for seed in 0..200 {
            let draw = || drawn(Mischief::everything(), seed, 50);
            assert_eq!(draw(), draw(), "seed {seed}");
        }
        assert_ne!(drawn(Mischief::everything(), 1, 50), drawn(Mischief::everything(), 2, 50));
    }

    #[test]
    fn an_org_that_behaves_is_struck_by_nothing() {
        assert!(drawn(Mischief::none(), 7, 1000).iter().all(Option::is_none));
    }

    #[test]
    fn a_bad_day_has_every_trick_and_spares_most_calls() {
        let drawn = drawn(Mischief::everything(), 7, 20_000);
        let spared = drawn.iter().filter(|trick| trick.is_none()).count();
        assert!((14_000..16_000).contains(&spared), "{spared}");
        let mut kinds: Vec<String> = drawn
            .iter()
            .flatten()
            .map(|trick| match trick {
                Trick::Error { status, .. } => status.to_string(),
                Trick::Limited { reset } => format!("{reset:?}")[..4].to_owned(),
                other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
            })
            .collect();
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), 23, "{kinds:?}");
    }

    #[test]
    fn odds_of_more_than_all_calls_strike_every_call() {
        let always = Mischief { html: 2000, cut_off: 2000, ..Mischief::none() };
        let drawn = drawn(always, 7, 200);
        assert!(drawn.iter().all(Option::is_some));
        assert!(drawn.contains(&Some(Trick::Html)) && drawn.contains(&Some(Trick::CutOff)));
    }

    #[test]
    fn a_lag_is_within_its_limit_and_a_reappearance_begins_before_it_ends() {
        let always = Mischief { list_lag: OF, reappearance: OF, ..Mischief::none() };
        let (mut trickster, now) = (Trickster::new(always, 7), Timestamp::UNIX_EPOCH);
        for _ in 0..500 {
            let Some(Trick::ListLag { until, .. }) = trickster.list_lag("00g1", now) else {
                panic!("always")
            };
            assert!((1..=300).contains(&until.as_second()));
            let reappearance = trickster.reappearance("0oa1", now);
            let Some(Trick::Reappearance { from, until, .. }) = reappearance else {
                panic!("always")
            };
            assert!(from < until && until.as_second() <= 300);
        }
    }
}
