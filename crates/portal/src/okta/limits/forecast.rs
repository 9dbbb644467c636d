//! What is known about the limits, to show on a page and to say when a run will be done.

use super::{Bucket, Limits, ROUNDING, WINDOW};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The limits at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// One entry for each bucket that was ever used.
    pub buckets: Vec<BucketView>,
}

/// One bucket at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BucketView {
    /// Which one.
    pub bucket: Bucket,
    /// Calls a window, as Okta told; `None` before its first answer.
    pub limit: Option<u32>,
    /// Calls left in this window.
    pub remaining: u32,
    /// Calls without an answer yet.
    pub in_flight: u32,
    /// When the window ends, if that is known.
    pub ends_at: Option<Timestamp>,
}

impl Limits {
    /// What is known now.
    pub fn snapshot(&self) -> Snapshot {
        let view = |(bucket, window): (&Bucket, &super::Window)| BucketView {
            bucket: *bucket,
            limit: window.limit,
            remaining: window.remaining,
            in_flight: window.in_flight,
            ends_at: window.ends_at,
        };
        Snapshot { buckets: self.buckets.iter().map(view).collect() }
    }
}

impl Snapshot {
    /// The limits that are known, in calls a minute.
    pub fn limits(&self) -> BTreeMap<Bucket, u32> {
        self.buckets.iter().filter_map(|view| Some((view.bucket, view.limit?))).collect()
    }

    /// The same, with limits that are expected where Okta has told none yet.
    #[must_use]
    pub fn with_expected(mut self, expected: &BTreeMap<Bucket, u32>) -> Self {
        let known = self.limits();
        let missing = expected.iter().filter(|(bucket, _)| !known.contains_key(bucket));
        for (bucket, limit) in missing {
            self.buckets.retain(|view| view.bucket != *bucket);
            let (limit, remaining) = (Some(*limit), *limit);
            let view =
                BucketView { bucket: *bucket, limit, remaining, in_flight: 0, ends_at: None };
            self.buckets.push(view);
        }
        self
    }

    /// When so many background calls in the apps bucket would have been sent, where people leave the share that is kept
    /// for them to others.
    ///
    /// `None` before Okta has told the bucket's limit.
    pub fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        let apps = self.buckets.iter().find(|view| view.bucket == Bucket::Apps)?;
        let limit = apps.limit?.max(1);
        let is_over = apps.ends_at.is_none_or(|ends_at| ends_at <= now);
        let left = if is_over { limit } else { apps.remaining };
        let first = left.saturating_sub(apps.in_flight);
        let later = calls.saturating_sub(first);
        if later == 0 {
            return Some(now);
        }
        let window = WINDOW + ROUNDING;
        let next_starts = apps.ends_at.filter(|ends_at| *ends_at > now).unwrap_or(now + window);
        let windows = i32::try_from(later.div_ceil(limit) - 1).unwrap_or(i32::MAX);
        next_starts.checked_add(window.checked_mul(windows)?).ok()
    }
}
