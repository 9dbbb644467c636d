//! What an answer's headers say about its window.

use super::WINDOW;
use http::header::{DATE, HeaderMap};
use jiff::SignedDuration;
use jiff::fmt::rfc2822;

/// `X-Rate-Limit-*` and `Date` of one answer; whatever is missing or unreadable is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Calls a window for this token. `0` on a 429 for too many simultaneous calls.
    pub limit: Option<u32>,
    /// Calls left in the window after this one.
    pub remaining: Option<u32>,
    /// When the window ends, in seconds since 1970 by Okta's clock.
    pub reset: Option<i64>,
    /// When Okta answered, by the same clock.
    pub date: Option<i64>,
}

impl Rate {
    /// Reads the headers of an answer.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            limit: text("x-rate-limit-limit").and_then(|text| text.trim().parse().ok()),
            remaining: text("x-rate-limit-remaining").and_then(|text| text.trim().parse().ok()),
            reset: text("x-rate-limit-reset").and_then(|text| text.trim().parse().ok()),
            date: text(DATE.as_str())
                .and_then(|text| rfc2822::parse(text).ok())
                .map(|date| date.timestamp().as_second()),
        }
    }

    /// How long the window still lasts by Okta's own clock, if that can be true.
    ///
    /// Our clock plays no part, so it may be wrong by any amount (R9).
    pub fn window_left(self) -> Option<SignedDuration> {
        let left = SignedDuration::from_secs(self.reset?.checked_sub(self.date?)?);
        (left > SignedDuration::ZERO && left <= WINDOW * 2).then_some(left)
    }
}
