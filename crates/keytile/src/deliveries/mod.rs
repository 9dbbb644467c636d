//! What is still to be told to somebody outside: a stored queue for all channels. A message is written in the transaction
//! that makes it true, taken on by whichever replica is first, tried again later and later, and given up in the end.
//! How a channel sends is left to it.

mod store;

use std::future::Future;

use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use model::{DeliveryId, MemberId, Timestamp, WorkspaceId};
use serde_json::Value;

use crate::app::App;
use crate::error::Result;

pub use store::{
    claim, enqueue, forget, forget_all, mailed, newest, rearm, settle, standing, workspace_name,
};

/// The kind of a message that says nothing but that it arrived.
pub const TEST: &str = "test";

/// Messages of one round.
const ROUND: i64 = 20;

/// Minutes until the next try, after the first, the second, and so on; then it is given up, after two days.
const PAUSES: [i64; 9] = [1, 2, 5, 15, 60, 180, 360, 720, 1_440];

/// By which way somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Another system, by a signed request.
    Webhook,
    /// One admin, by mail.
    Mail,
}

impl Channel {
    fn code(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }
}

/// A message, and what became of it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// By which the other side knows it, however often it comes.
    pub id: DeliveryId,
    /// Whom it goes to, where it goes to a person.
    pub member: Option<MemberId>,
    /// In words that never change.
    pub kind: String,
    /// What happened, for people.
    pub message: String,
    /// The page of ours that says more.
    pub link: String,
    /// Names and numbers for programs.
    pub detail: Value,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was sent.
    pub attempts: i64,
    /// When it is sent next; none once it was heard or given up.
    pub due_at: Option<Timestamp>,
    /// When it was heard.
    pub delivered_at: Option<Timestamp>,
    /// Why the last try came to nothing.
    pub problem: Option<String>,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Heard,
    /// It has not, and another try may end otherwise.
    Unheard(String),
    /// It will never take it.
    Refused(String),
}

impl Delivery {
    /// The message after a try at `now`: heard, due again, or given up.
    #[must_use]
    pub fn after(self, outcome: Outcome, now: Timestamp) -> Self {
        match outcome {
            Outcome::Heard => Self { delivered_at: Some(now), due_at: None, problem: None, ..self },
            Outcome::Unheard(problem) => {
                Self { due_at: self.next_try(now), problem: Some(problem), ..self }
            }
            Outcome::Refused(problem) => Self { due_at: None, problem: Some(problem), ..self },
        }
    }

    /// True of an alert that is sent no more and was never heard.
    pub fn is_given_up(&self) -> bool {
        self.due_at.is_none() && self.delivered_at.is_none() && self.kind != TEST
    }

    /// When it is tried again; a test never is.
    fn next_try(&self, now: Timestamp) -> Option<Timestamp> {
        let tries = usize::try_from(self.attempts).unwrap_or(1).max(1);
        let pause = PAUSES.get(tries - 1).filter(|_| self.kind != TEST)?;
        Some(now + SignedDuration::from_mins(*pause))
    }
}

/// How a channel stands in a workspace.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// When something was last heard.
    pub heard_at: Option<Timestamp>,
    /// How many messages wait for their next try.
    pub waiting: i64,
    /// The newest message that has not been heard, though it was tried.
    pub unheard: Option<Delivery>,
}

/// Sends what is due on a channel, so many messages at a time; `attempt` sends one.
///
/// # Errors
/// A failure of the database. What was not sent comes again.
pub async fn turn<F: Future<Output = Result<Option<Delivery>>>>(
    app: &App,
    channel: Channel,
    at_a_time: usize,
    attempt: impl Fn(WorkspaceId, DeliveryId) -> F,
) -> Result<()> {
    let due = store::due(&mut app.db.read().await?, channel, app.now(), ROUND).await?;
    let tries = due.into_iter().map(|(workspace, id)| attempt(workspace, id));
    // Each is ended before a failure of one is told, for what is cut off would be sent twice.
    let tried: Vec<_> = stream::iter(tries).buffer_unordered(at_a_time).collect().await;
    for one in tried {
        one?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tried(attempts: i64, kind: &str) -> Delivery {
        Delivery {
            id: DeliveryId::from(uuid::Uuid::nil()),
            member: None,
            kind: kind.into(),
            message: String::new(),
            link: String::new(),
            detail: json!({}),
            at: Timestamp::UNIX_EPOCH,
            attempts,
            due_at: Some(Timestamp::UNIX_EPOCH),
            delivered_at: None,
            problem: None,
        }
    }

    #[test]
    fn pauses_grow_until_it_is_given_up() {
        let unheard =
            |n, kind| tried(n, kind).after(Outcome::Unheard("No.".into()), Timestamp::UNIX_EPOCH);
        let minutes: Vec<i64> = (1..=10)
            .filter_map(|n| unheard(n, "tiles.late").due_at)
            .map(|at| at.as_second() / 60)
            .collect();
        assert_eq!(minutes, PAUSES);
        assert!(unheard(10, "tiles.late").is_given_up());
        assert!(unheard(1, TEST).due_at.is_none() && !unheard(1, TEST).is_given_up());
    }

    #[test]
    fn what_is_refused_is_given_up_at_once_and_what_is_heard_never() {
        let now = Timestamp::UNIX_EPOCH;
        assert!(tried(1, "tiles.late").after(Outcome::Refused("No.".into()), now).is_given_up());
        let heard = tried(3, "tiles.late").after(Outcome::Heard, now);
        assert!(heard.due_at.is_none() && heard.delivered_at.is_some() && !heard.is_given_up());
    }
}
