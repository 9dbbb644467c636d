//! Accounts that no active person owns (C49): whoever owned them has left, rests, or may not own any more. An Owner who
//! comes by a team or a collection counts.

pub mod pages;
mod store;

use model::access::{Action, Actor, On, Target, may_receive, permit};
use model::share::{Grantee, ItemRole, ShareItem};
use model::workspace::MemberStatus;
use model::{AccountId, DepartureId, MemberId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::http::session::CONFIRMED_FOR;
use crate::paging::{Part, Wanted};
use crate::{members, notifications, sharing};

/// The most accounts that are given to somebody at once.
const MOST: usize = 500;

/// An account that nobody owns.
#[derive(Debug, Clone)]
pub struct Ownerless {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its app's name.
    pub app: Option<String>,
    /// The name of the last person who owned it by a share of their own.
    pub last_owner: Option<String>,
    /// How many people can use it, by whatever path.
    pub people: usize,
    /// How it is sorted.
    key: String,
}

/// The accounts without an active Owner, by name.
pub async fn list(app: &App, actor: &Actor, wanted: &Wanted<AccountId>) -> Result<Part<Ownerless>> {
    let workspace = permit(actor, Action::ViewOwnerless, everywhere(actor))?.workspace();
    let one_more = Wanted { limit: wanted.limit + 1, ..wanted.clone() };
    let found = store::list(&mut app.db.read().await?, workspace, &one_more).await?;
    Ok(Part::cut(found, wanted.limit, store::cursor))
}

/// How many accounts have lost their last active Owner by a departure.
pub async fn left_by(tx: &mut Tx, workspace: WorkspaceId, departure: DepartureId) -> Result<i64> {
    Ok(store::left_by(tx, workspace, departure).await?)
}

/// Makes somebody the Owner of accounts that have none, and answers of how many. To own an account is to reach its
/// password, so it is asked whether it is really the admin (C41), and the new Owner is told.
pub async fn assign(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    accounts: Vec<AccountId>,
    owner: MemberId,
) -> Result<usize> {
    let workspace = permit(actor, Action::AssignOwner, everywhere(actor))?.workspace();
    if app.now().duration_since(confirmed_at) > CONFIRMED_FOR {
        return Err(Error::ConfirmIdentity);
    }
    if accounts.is_empty() {
        return Err(Error::invalid("account", "Choose at least one account."));
    }
    if accounts.len() > MOST {
        return Err(Error::invalid("account", format!("Choose at most {MOST} accounts at once.")));
    }
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let _still = permit(&actor, Action::AssignOwner, everywhere(&actor))?;
                let person = members::store::find(tx, workspace, owner)
                    .await?
                    .filter(|person| person.status == MemberStatus::Active)
                    .ok_or_else(|| Error::invalid("member", "Choose an active member."))?;
                may_receive(person.role, ItemRole::Owner)
                    .map_err(|why| Error::invalid("member", why))?;
                let mut given = 0;
                for account in accounts {
                    // Whoever got an Owner meanwhile keeps that one.
                    if !store::is_ownerless(tx, workspace, account).await? {
                        continue;
                    }
                    let item = ShareItem::Account(account);
                    let grantee = Grantee::Member(owner);
                    sharing::put(tx, &mut by, item, grantee, ItemRole::Owner).await?;
                    given += 1;
                }
                if given > 0 && owner != actor.member {
                    let which = match given {
                        1 => "an account that had none".to_owned(),
                        given => format!("{given} accounts that had none"),
                    };
                    let text = format!("You are an Owner now of {which}. See who else uses it.");
                    let link = router::ACCOUNTS;
                    notifications::tell(tx, &mut by, owner, "info", &text, link).await?;
                }
                Ok(given)
            })
        })
        .await
}

fn everywhere(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}
