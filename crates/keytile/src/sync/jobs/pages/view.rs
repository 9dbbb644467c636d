//! A job in words: what its pages show, from what is known.

use crate::http::router;
use crate::sync::jobs::{Counts, Item, Kind, State};

/// How far a job is.
#[derive(Debug, Clone)]
pub struct JobView {
    pub(crate) id: String,
    pub(crate) words: Words,
    pub(crate) total: i64,
    pub(crate) counts: Counts,
    pub(crate) done_at: Option<String>,
    pub(crate) is_over: bool,
    pub(crate) failures: Vec<ItemRow>,
}

/// What a kind of job is called.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub(crate) title: &'static str,
    pub(crate) button: &'static str,
    pub(crate) running: &'static str,
    pub(crate) done: &'static str,
}

/// One account of a job.
#[derive(Debug, Clone)]
pub struct ItemRow {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) badge: (&'static str, &'static str),
    pub(crate) problem: Option<String>,
}

impl Words {
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Extend => Self {
                title: "Extend accounts to Okta",
                button: "Extend accounts",
                running: "Extending accounts to Okta",
                done: "in Okta",
            },
            Kind::Sync => Self {
                title: "Sync accounts with Okta",
                button: "Sync accounts",
                running: "Syncing accounts with Okta",
                done: "in sync",
            },
            Kind::Remove => Self {
                title: "Remove accounts from Okta",
                button: "Yes, remove them from Okta",
                running: "Removing accounts from Okta",
                done: "removed",
            },
        }
    }
}

impl JobView {
    /// Accounts whose turn is over, whatever came of it.
    pub(crate) fn over(&self) -> i64 {
        self.counts.done + self.counts.failed
    }

    /// More failed than are named.
    pub(crate) fn has_more_failures(&self) -> bool {
        usize::try_from(self.counts.failed).is_ok_and(|n| n > self.failures.len())
    }
}

impl ItemRow {
    pub(super) fn new(item: Item) -> Self {
        Self {
            href: router::account(item.account),
            name: item.name,
            badge: match item.state {
                State::Waiting => ("Waiting", ""),
                State::Asked => ("On its way", "info"),
                State::Done => ("Done", "good"),
                State::Failed => ("Needs a look", "bad"),
            },
            problem: item.problem,
        }
    }
}
