//! Which apps were seen to be ours not long ago. Whatever could harm somebody else's app is preceded by a look of its own
//! (T2); an assignment harms nobody and costs a call of the narrowest bucket, so it may rest on an earlier look.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::AppId;
use crate::plan::is_same_launch;

/// As long as the check of a group is good ([`crate::Checked::GOOD_FOR`]).
const GOOD_FOR: SignedDuration = crate::Checked::GOOD_FOR;

/// So many are kept before those that are too old are dropped.
const MANY: usize = 1_000;

/// The apps that were seen, with the address that they had and when that was.
#[derive(Debug, Default)]
pub(super) struct Sightings(Mutex<HashMap<AppId, (String, Timestamp)>>);

impl Sightings {
    /// This app of our org was asked for at this instant, and leads there.
    pub(super) fn note(&self, app: &AppId, url: &str, at: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MANY {
            seen.retain(|_, (_, seen_at)| is_good(*seen_at, at));
        }
        seen.insert(app.clone(), (url.to_owned(), at));
    }

    /// The app turned out to be none of ours, or is not there.
    pub(super) fn forget(&self, app: &AppId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(app);
    }

    /// Whether the app was seen to lead to `url` not long ago.
    pub(super) fn has(&self, app: &AppId, url: &str, now: Timestamp) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(app).is_some_and(|(found, at)| is_good(*at, now) && is_same_launch(url, found))
    }
}

fn is_good(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now < at + GOOD_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://k.example/launch/a";

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("an instant")
    }

    /// L4.
    #[test]
    fn a_sighting_is_good_for_a_quarter_of_an_hour_and_for_one_address() {
        let (seen, app) = (Sightings::default(), AppId("0oa1".into()));
        assert!(!seen.has(&app, OURS, at(20)));
        seen.note(&app, OURS, at(20));
        assert!(seen.has(&app, OURS, at(34)) && !seen.has(&app, OURS, at(35)));
        assert!(!seen.has(&app, OURS, at(19)), "a clock that was set back proves nothing");
        assert!(!seen.has(&app, "https://k.example/launch/b", at(21)));
        seen.note(&app, "https://elsewhere.example/", at(22));
        assert!(!seen.has(&app, OURS, at(22)));
        seen.note(&app, OURS, at(23));
        seen.forget(&app);
        assert!(!seen.has(&app, OURS, at(23)));
    }

    #[test]
    fn what_is_too_old_does_not_pile_up() {
        let seen = Sightings::default();
        for number in 0..5_000 {
            seen.note(&AppId(format!("0oa{number}")), OURS, at(number / 10));
        }
        assert!(seen.0.lock().expect("no poison").len() <= MANY);
    }
}
