//! How people come to see a tile: assigned one by one, or through a group that all tiles with the
//! same people share. What each costs in calls and time, by arithmetic alone.
//!
//! Assignments and creates share Okta's narrowest limit, while groups have a roomy one of their
//! own. A group costs one call for itself and one for each person in it, once for all tiles that
//! share it; after that a tile needs a single assignment, whoever sees it.

use super::limits::Bucket;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How people come to see a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Each person is assigned.
    Individual,
    /// Groups that the directory has already are assigned, and people who came by no group.
    Existing,
    /// One group of ours for each distinct set of people is assigned.
    Audience,
}

/// What a first sync has to bring over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tiles.
    pub tiles: u64,
    /// Pairs of a person and a tile that they see.
    pub people: u64,
    /// Pairs of a tile and a directory's group or a person of no group.
    pub principals: u64,
    /// Distinct sets of people.
    pub sets: u64,
    /// People in these sets, each counted once for each set.
    pub members: u64,
    /// Tiles that get a picture.
    pub logos: u64,
}

/// How calls leave: together, and how long one takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Calls under way at the same time.
    pub at_once: u64,
    /// How long one call takes.
    pub call: SignedDuration,
}

impl Default for Pace {
    /// Okta says that loads rarely need more than ten; recorded calls took 1.2 s.
    fn default() -> Self {
        Self { at_once: 10, call: SignedDuration::from_millis(1_200) }
    }
}

/// What a first sync costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Calls in each bucket.
    pub calls: BTreeMap<Bucket, u64>,
    /// How long it takes at best; `None` while the limit of a bucket is not known.
    pub duration: Option<SignedDuration>,
}

impl Forecast {
    /// Calls in all buckets together.
    pub fn total(&self) -> u64 {
        self.calls.values().sum()
    }
}

const WINDOW_SECONDS: u64 = 60;

/// What a first sync costs with `strategy`, within `limits` calls a minute.
pub fn forecast_first_sync(
    strategy: Strategy,
    counts: Counts,
    limits: &BTreeMap<Bucket, u32>,
    pace: Pace,
) -> Forecast {
    let assigned = match strategy {
        Strategy::Individual => counts.people,
        Strategy::Existing => counts.principals,
        // A tile that nobody sees needs no assignment, and one that anybody sees needs one.
        Strategy::Audience => counts.tiles.min(counts.people),
    };
    let mut calls = BTreeMap::from([(
        Bucket::Apps,
        counts.tiles.saturating_add(assigned).saturating_add(counts.logos),
    )]);
    // Each picture is preceded by a look at the tile that it is for.
    calls.insert(Bucket::App, counts.logos);
    if strategy == Strategy::Audience {
        calls.insert(Bucket::Groups, counts.sets.saturating_add(counts.members));
    }
    calls.retain(|_, calls| *calls > 0);
    let durations: Option<Vec<SignedDuration>> = calls
        .iter()
        .map(|(bucket, calls)| Some(time_for(*calls, *limits.get(bucket)?, pace)))
        .collect();
    let duration = durations.map(|all| all.into_iter().max().unwrap_or(SignedDuration::ZERO));
    Forecast { calls, duration }
}

/// Whole windows pass until the last one, in which the rest leaves as fast as calls can.
fn time_for(calls: u64, limit: u32, pace: Pace) -> SignedDuration {
    let limit = u64::from(limit.max(1));
    let full = calls.div_ceil(limit).saturating_sub(1);
    let rounds = (calls - full * limit).div_ceil(pace.at_once.max(1));
    let seconds = i64::try_from(full.saturating_mul(WINDOW_SECONDS)).unwrap_or(i64::MAX);
    let rounds = i32::try_from(rounds).unwrap_or(i32::MAX);
    SignedDuration::from_secs(seconds).saturating_add(pace.call.saturating_mul(rounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five people and two teams of ten for each account, and a twentieth of them distinct sets.
    fn counts(accounts: u64) -> Counts {
        let sets = (accounts / 20).max(1);
        Counts {
            tiles: accounts,
            people: accounts * 25,
            principals: accounts * 7,
            sets,
            members: sets * 25,
            logos: 0,
        }
    }

    /// Half of what a workforce org allows, as a token gets by default.
    fn half() -> BTreeMap<Bucket, u32> {
        [(Bucket::Apps, 50), (Bucket::App, 250), (Bucket::Groups, 250)].into()
    }

    fn minutes(strategy: Strategy, accounts: u64) -> (u64, f64) {
        let forecast = forecast_first_sync(strategy, counts(accounts), &half(), Pace::default());
        let duration = forecast.duration.expect("all limits are known");
        (forecast.total(), duration.as_secs_f64() / 60.0)
    }

    /// The figures of the design: calls exactly, time to half of the last digit given.
    #[test]
    fn a_first_sync_costs_what_the_design_says() {
        let hour = 60.0;
        for (strategy, accounts, calls, about, within) in [
            (Strategy::Individual, 100, 2_600, 51.0, 0.5),
            (Strategy::Existing, 100, 800, 15.0, 0.5),
            (Strategy::Audience, 100, 330, 3.1, 0.05),
            (Strategy::Individual, 1_000, 26_000, 8.7 * hour, 3.0),
            (Strategy::Existing, 1_000, 8_000, 2.7 * hour, 3.0),
            (Strategy::Audience, 1_000, 3_300, 39.0, 0.5),
            (Strategy::Individual, 10_000, 260_000, 87.0 * hour, 30.0),
            (Strategy::Existing, 10_000, 80_000, 27.0 * hour, 30.0),
            (Strategy::Audience, 10_000, 33_000, 6.7 * hour, 3.0),
            (Strategy::Audience, 100_000, 330_000, 2.8 * 24.0 * hour, 72.0),
        ] {
            let (found, took) = minutes(strategy, accounts);
            assert_eq!(found, calls, "{strategy:?} {accounts}");
            assert!((took - about).abs() <= within, "{strategy:?} {accounts}: {took} min");
        }
    }

    #[test]
    fn a_picture_costs_a_call_for_each_tile_and_an_unknown_limit_no_guess() {
        let with_logos = Counts { logos: 100, ..counts(100) };
        let forecast =
            forecast_first_sync(Strategy::Audience, with_logos, &half(), Pace::default());
        assert_eq!(forecast.calls[&Bucket::Apps], 300);
        let unknown = BTreeMap::new();
        let forecast =
            forecast_first_sync(Strategy::Audience, with_logos, &unknown, Pace::default());
        assert_eq!(forecast.duration, None);
        let nothing =
            forecast_first_sync(Strategy::Audience, Counts::default(), &unknown, Pace::default());
        assert_eq!((nothing.total(), nothing.duration), (0, Some(SignedDuration::ZERO)));
    }
}
