//! The two answers: a permit, which a write takes its ids from, or a refusal.

use super::{Action, Actor, Target};
use crate::id::{AccountId, CollectionId, MemberId, TeamId, WorkspaceId};

/// Proof that `access` said yes. Only `access` makes one; a store that writes asks for it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is not used guards nothing"]
pub struct Permit {
    workspace: WorkspaceId,
    actor: MemberId,
    action: Action,
    target: Target,
}

impl Permit {
    pub(super) fn new(actor: &Actor, action: Action, target: Target) -> Self {
        Self { workspace: actor.workspace, actor: actor.member, action, target }
    }

    /// The workspace in which it holds.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// Who may do it.
    pub fn actor(&self) -> MemberId {
        self.actor
    }

    /// What may be done.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The account that it is about. Panics for a permit about something else: whoever asked for
    /// the permit chose both the action and the store function, so a mix-up is theirs.
    #[track_caller]
    pub fn account(&self) -> AccountId {
        match self.target {
            Target::Account { id, .. } => id,
            _ => self.is_not_about("an account"),
        }
    }

    /// The collection that it is about. Panics as [`Permit::account`] does.
    #[track_caller]
    pub fn collection(&self) -> CollectionId {
        match self.target {
            Target::Collection { id, .. } => id,
            _ => self.is_not_about("a collection"),
        }
    }

    /// The team that it is about. Panics as [`Permit::account`] does.
    #[track_caller]
    pub fn team(&self) -> TeamId {
        match self.target {
            Target::Team { id, .. } => id,
            _ => self.is_not_about("a team"),
        }
    }

    /// The member that it is about. Panics as [`Permit::account`] does.
    #[track_caller]
    pub fn member(&self) -> MemberId {
        match self.target {
            Target::Member { id, .. } => id,
            _ => self.is_not_about("a member"),
        }
    }

    #[track_caller]
    fn is_not_about(&self, noun: &str) -> ! {
        panic!("a permit to {:?} is not about {noun}", self.action)
    }
}

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// 404, not 403: the existence of the thing is itself private.
    #[error("there is no such thing here")]
    Hidden,
    /// 403, with a sentence for the person who asked.
    #[error("{0}")]
    Forbidden(&'static str),
}
