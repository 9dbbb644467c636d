//! Tickets: what a page that a person has signed in to hands to the extension. 256 random bits, good once, for half a
//! minute, for one thing; stored as a hash.

use jiff::SignedDuration;
use model::{AccountId, MemberId, SessionId, Timestamp, WorkspaceId};
use seal::token::{self, TokenText};

use super::store::ticket as store;
use crate::actor::By;
use crate::db::Tx;
use crate::error::Result;

/// So many unused tickets one session has at a time; the oldest ends where one more is made.
pub const UNUSED: i64 = 30;
/// How long a ticket is good for.
pub const LASTS: SignedDuration = SignedDuration::from_secs(30);

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One grant for this account.
    Launch(AccountId),
    /// Binding a device to the session.
    Connect,
}

impl Kind {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Launch(_) => "launch",
            Self::Connect => "connect",
        }
    }

    pub(super) fn account(self) -> Option<AccountId> {
        match self {
            Self::Launch(account) => Some(account),
            Self::Connect => None,
        }
    }
}

/// A ticket that was just used.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// In which session the page was shown.
    pub session: SessionId,
    /// To whom.
    pub member: MemberId,
    /// What for.
    pub kind: Kind,
    /// True where it was given in exchange for the one with which a browser was enrolled: it enrols none.
    pub enrolled: bool,
}

/// Makes a ticket for a page that is about to be shown in this session.
pub async fn issue(
    tx: &mut Tx,
    by: &mut By,
    session: SessionId,
    member: MemberId,
    kind: Kind,
) -> Result<TokenText> {
    insert(tx, by, &Ticket { session, member, kind, enrolled: false }).await
}

/// Makes a ticket for the same launch, once a browser was enrolled with the one of the page.
pub(super) async fn issue_again(tx: &mut Tx, by: &mut By, ticket: &Ticket) -> Result<TokenText> {
    insert(tx, by, &Ticket { enrolled: true, ..ticket.clone() }).await
}

async fn insert(tx: &mut Tx, by: &mut By, ticket: &Ticket) -> Result<TokenText> {
    let (text, hash) = token::mint("ktt", &mut by.rng);
    store::forget(tx, by.now - LASTS).await?;
    store::make_room(tx, by, ticket.session, UNUSED).await?;
    store::insert(tx, by, &hash.0, ticket, by.now + LASTS).await?;
    Ok(text)
}

/// The workspace that a ticket is of, whatever state it is in.
pub async fn workspace_of(tx: &mut Tx, text: &str) -> Result<Option<WorkspaceId>> {
    Ok(store::workspace(tx, &token::hash(text)).await?)
}

/// Uses a ticket up; `None` where it was used, is too old, or was never issued.
pub async fn take(
    tx: &mut Tx,
    workspace: WorkspaceId,
    text: &str,
    now: Timestamp,
) -> Result<Option<Ticket>> {
    Ok(store::take(tx, workspace, &token::hash(text), now).await?)
}
