//! Who did what, when, to which account (S50). A record commits together with the change that it tells of.

pub mod pages;
mod store;

use model::{AccountId, ActivityId, CollectionId, MemberId, TeamId, Timestamp};
use serde_json::json;

use crate::actor::By;
use crate::db::{Result, Tx};

pub use store::{list_all, list_causes, list_own};

/// What happened, in words that never change: the API, filters and exports rely on them.
#[derive(Debug, Clone)]
pub struct Event {
    /// For example `account.shared`.
    pub name: &'static str,
    /// The account that it concerns.
    pub account: Option<AccountId>,
    /// The collection that it concerns.
    pub collection: Option<CollectionId>,
    /// The team that it concerns.
    pub team: Option<TeamId>,
    /// The member whom it was done to.
    pub member: Option<MemberId>,
    /// Names and values as they were then; never a secret.
    pub detail: serde_json::Value,
}

impl Event {
    /// An event that concerns nothing yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, account: None, collection: None, team: None, member: None, detail: json!({}) }
    }

    /// The account that it concerns.
    #[must_use]
    pub fn account(mut self, id: AccountId) -> Self {
        self.account = Some(id);
        self
    }

    /// The collection that it concerns.
    #[must_use]
    pub fn collection(mut self, id: CollectionId) -> Self {
        self.collection = Some(id);
        self
    }

    /// The team that it concerns.
    #[must_use]
    pub fn team(mut self, id: TeamId) -> Self {
        self.team = Some(id);
        self
    }

    /// The member whom it was done to.
    #[must_use]
    pub fn member(mut self, id: MemberId) -> Self {
        self.member = Some(id);
        self
    }

    /// Names and values as they were then.
    #[must_use]
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}

/// A record as it is shown.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id, by which pages go on.
    pub id: ActivityId,
    /// When.
    pub at: Timestamp,
    /// Who, where it was a person.
    pub actor: Option<(MemberId, String)>,
    /// `member`, `scim`, `system` or `cli`.
    pub actor_kind: String,
    /// What, for example `account.shared`.
    pub event: String,
    /// The account's id and present name.
    pub account: Option<(AccountId, String)>,
    /// The collection's id and present name.
    pub collection: Option<(CollectionId, String)>,
    /// The member whom it was done to.
    pub member_id: Option<MemberId>,
    /// The name of the member whom it was done to.
    pub member: Option<String>,
    /// The team.
    pub team_id: Option<TeamId>,
    /// The name of the team.
    pub team: Option<String>,
    /// Names and values as they were then.
    pub detail: serde_json::Value,
}

/// Writes the record of a change into the change's own transaction.
pub async fn record(tx: &mut Tx, by: &mut By, event: Event) -> Result<()> {
    store::insert(tx, by, event).await
}
