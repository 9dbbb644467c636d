//! What became of logins: to one account, or of one person.

use model::access::{Action, Actor, On, Target, permit};
use model::{AccountId, MemberId, Timestamp};
use uuid::Uuid;

use super::{Outcome, store};
use crate::app::App;
use crate::error::{Error, Result};
use crate::{members, sharing};

/// Whose logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// To this account, by anybody.
    Account(AccountId),
    /// By this person, to any account.
    Member(MemberId),
}

/// One try to log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// What it is known by.
    pub id: Uuid,
    /// When it began.
    pub at: Timestamp,
    /// To which account.
    pub account: AccountId,
    /// Its present name.
    pub account_name: String,
    /// By whom.
    pub member: MemberId,
    /// Their name.
    pub person: String,
    /// In which browser; `None` where it did not get so far.
    pub device: Option<String>,
    /// How it ended.
    pub ended: Ended,
    /// At which origin.
    pub origin: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Whether it goes on with one before, once the person had acted.
    pub is_resumed: bool,
}

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As the extension told.
    Told(Outcome),
    /// It did not begin: the person had no access.
    Refused,
    /// Nobody has told yet; after `expires_at` nothing can come of it any more.
    Not {
        /// When its grant runs out.
        expires_at: Timestamp,
    },
}

/// Logins, the latest first, before the place `before`: an account's for its Owners, a person's for themselves and for
/// those who see everybody's activity.
pub async fn list(
    app: &App,
    actor: &Actor,
    of: Of,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Login>> {
    let mut tx = app.db.read().await?;
    match of {
        Of::Account(id) => {
            let on = sharing::on_account(&mut tx, actor, id).await?;
            let _owner = permit(actor, Action::ViewAccountActivity, on)?;
        }
        Of::Member(id) if id == actor.member => {}
        Of::Member(id) => {
            let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
            let _admin = permit(actor, Action::ViewAllActivity, everywhere)?;
            members::store::find(&mut tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
        }
    }
    Ok(store::history::list(&mut tx, actor.workspace, of, before, limit).await?)
}
