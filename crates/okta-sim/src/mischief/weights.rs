//! How often the org misbehaves, and in which way.

use serde::{Deserialize, Serialize};

/// The odds of each trick, in thousandths of all calls: `latency: 50` slows one call in twenty.
/// At most one trick strikes a call; where they add up to more than a thousand, every call is
/// struck and they share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mischief {
    /// Slow, before or after the work is done.
    pub latency: u32,
    /// A whole answer, a few bytes at a time.
    pub slow_drip: u32,
    /// The work is done, and no answer comes.
    pub lost_after_commit: u32,
    /// Nothing is done, and no answer comes.
    pub dropped_before: u32,
    /// 429, and the limit really is used up until the reset that it names.
    pub limited: u32,
    /// 429 with a reset that is hours away.
    pub limited_for_hours: u32,
    /// 429 without the headers of the limit.
    pub limited_without_reset: u32,
    /// 429 with a reset that is over.
    pub limited_until_past: u32,
    /// 429 for too many calls at once: limit and remaining are 0.
    pub limited_by_concurrency: u32,
    /// 500 E0000009, with the work done or not.
    pub internal_error: u32,
    /// 502, 503 and 504 of something in front of Okta, with the work done or not.
    pub bad_gateway: u32,
    pub unavailable: u32,
    pub gateway_timeout: u32,
    /// 423 E0000239.
    pub reconciling: u32,
    /// The work is done, and the connection breaks in the middle of the answer.
    pub cut_off: u32,
    /// A whole answer that ends in the middle of its JSON.
    pub truncated_json: u32,
    /// An answer that is no JSON although it says so.
    pub invalid_json: u32,
    /// A page for people in the place of the answer.
    pub html: u32,
    /// The right status and no body.
    pub empty_body: u32,
    /// 204 in the place of 200.
    pub no_content: u32,
    /// The `next` link of a list leads to the page that it is on.
    pub page_repeated: u32,
    /// The `next` link of a list leads past a page.
    pub page_skipped: u32,
    /// A list ends before its end.
    pub list_ends_early: u32,

    /// Of all creations, how many are missing from lists for a while.
    pub list_lag: u32,
    /// Of all apps created, how many are unknown to an old replica for a while. Every second read
    /// or assignment meets that replica and is answered 404.
    pub stale_replica: u32,
    /// Of all apps deleted, how many reappear for a while.
    pub reappearance: u32,

    /// Of all events, how many reach the System Log late.
    pub log_lag: u32,

    /// The longest that a call is held up.
    pub longest_wait_seconds: u32,
    /// The longest that lists, replicas and the log stay behind.
    pub longest_lag_seconds: u32,
}

/// No call is struck more often than this many times in as many calls.
pub(super) const OF: u32 = 1000;

impl Default for Mischief {
    fn default() -> Self {
        Self::none()
    }
}

impl Mischief {
    /// An org that behaves.
    pub fn none() -> Self {
        Self {
            latency: 0,
            slow_drip: 0,
            lost_after_commit: 0,
            dropped_before: 0,
            limited: 0,
            limited_for_hours: 0,
            limited_without_reset: 0,
            limited_until_past: 0,
            limited_by_concurrency: 0,
            internal_error: 0,
            bad_gateway: 0,
            unavailable: 0,
            gateway_timeout: 0,
            reconciling: 0,
            cut_off: 0,
            truncated_json: 0,
            invalid_json: 0,
            html: 0,
            empty_body: 0,
            no_content: 0,
            page_repeated: 0,
            page_skipped: 0,
            list_ends_early: 0,
            list_lag: 0,
            stale_replica: 0,
            reappearance: 0,
            log_lag: 0,
            longest_wait_seconds: 60,
            longest_lag_seconds: 300,
        }
    }

    /// A bad day: about one call in four is struck, by everything there is.
    pub fn everything() -> Self {
        Self {
            latency: 20,
            slow_drip: 8,
            lost_after_commit: 20,
            dropped_before: 15,
            limited: 15,
            limited_for_hours: 2,
            limited_without_reset: 8,
            limited_until_past: 8,
            limited_by_concurrency: 10,
            internal_error: 20,
            bad_gateway: 10,
            unavailable: 15,
            gateway_timeout: 12,
            reconciling: 10,
            cut_off: 12,
            truncated_json: 8,
            invalid_json: 8,
            html: 8,
            empty_body: 8,
            no_content: 8,
            page_repeated: 10,
            page_skipped: 10,
            list_ends_early: 10,
            list_lag: 300,
            stale_replica: 200,
            reappearance: 200,
            log_lag: 200,
            longest_wait_seconds: 60,
            longest_lag_seconds: 300,
        }
    }
}
