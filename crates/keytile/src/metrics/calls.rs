//! How many calls this process made to portals, by their status. A counter of a process is the process's own: it begins
//! at nothing with each start, as Prometheus expects, and no decision rests on it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

static CALLS: Mutex<BTreeMap<Option<u16>, u64>> = Mutex::new(BTreeMap::new());

/// Counts a call, by its status where there was an answer.
pub fn count(status: Option<u16>) {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    *calls.entry(status).or_default() += 1;
}

/// All statuses so far.
pub(super) fn all() -> Vec<(String, u64)> {
    let calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let word = |status: &Option<u16>| status.map_or_else(|| "none".to_owned(), |s| s.to_string());
    calls.iter().map(|(status, calls)| (word(status), *calls)).collect()
}
