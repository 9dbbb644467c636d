//! Rotations: after somebody left, the password of each account that they could use is to be changed at its site (C51).
//! What they used or saw comes first. Whoever changes the password here is done with it.

pub mod api;
pub mod pages;
mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::share::ItemRole;
use model::{AccountId, DepartureId, MemberId, Timestamp, WorkspaceId};
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::departures::{Rules, days};
use crate::error::{Error, Result};
use crate::paging::{Part, Wanted};
use crate::{members, sharing};

pub use store::{count_of_account, count_of_member};

/// Places in teams that ended this many days before the departure count as well: a directory often takes somebody out
/// of their groups before it says that they have left.
const LEFT_BEFORE_DAYS: i64 = 1;

/// One account that is to be rotated because of one departure.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The departure.
    pub departure: DepartureId,
    /// Who left.
    pub member: MemberId,
    /// Their name.
    pub member_name: String,
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its app's name.
    pub app: Option<String>,
    /// True where it has been deleted here: at its site it may live on.
    pub is_deleted: bool,
    /// In which role they held it.
    pub role: ItemRole,
    /// By which paths, in words.
    pub via: String,
    /// When they last opened it by its tile.
    pub launched_at: Option<Timestamp>,
    /// When they last saw or copied its password.
    pub revealed_at: Option<Timestamp>,
    /// When they left.
    pub opened_at: Timestamp,
    /// Until when it should be done.
    pub due_at: Timestamp,
    /// When somebody said that the sessions at the site are ended.
    pub sessions_ended_at: Option<Timestamp>,
    /// How it was done, where it is.
    pub done: Option<Done>,
    priority: i64,
}

/// How a rotation was done.
#[derive(Debug, Clone)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// By whom, where it was a person.
    pub by: Option<String>,
    /// How.
    pub how: How,
}

/// How a rotation was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Somebody said so.
    Marked,
    /// The password was changed here.
    Changed,
    /// The leaver is back, and has the account again.
    Returned,
}

impl How {
    /// As the database, the API and exports write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Marked => "marked",
            Self::Changed => "changed",
            Self::Returned => "returned",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Marked, Self::Changed, Self::Returned].into_iter().find(|how| how.code() == code)
    }
}

/// Which rotations are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Those that are done rather than those that are open.
    pub is_done: bool,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this leaver.
    pub member: Option<MemberId>,
}

/// Lists what somebody could use on the day on which they leave, while all their paths are open. A fixed number of
/// statements, whatever they could use.
pub async fn open(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    member: MemberId,
    rules: &Rules,
) -> Result<u64> {
    store::insert_paths(tx, by, departure, member, by.now - days(LEFT_BEFORE_DAYS)).await?;
    let (used, unused) = (by.now + days(rules.used_days), by.now + days(rules.unused_days));
    Ok(store::insert(tx, by, departure, member, used, unused).await?)
}

/// The people who own, by a share of their own, accounts that the departure put on the list, and how many each.
pub async fn owners(
    tx: &mut Tx,
    workspace: WorkspaceId,
    departure: DepartureId,
    limit: i64,
) -> Result<Vec<(MemberId, i64)>> {
    Ok(store::owners(tx, workspace, departure, limit).await?)
}

/// The password of an account was changed: whatever was open about it is done.
pub async fn password_changed(tx: &mut Tx, by: &By, account: AccountId) -> Result<()> {
    Ok(store::finish_of_account(tx, by, account).await?)
}

/// Somebody is back: what they have again need not be rotated because they had left.
pub async fn returned(
    tx: &mut Tx,
    by: &By,
    departure: DepartureId,
    member: MemberId,
) -> Result<()> {
    Ok(store::finish_what_is_held(tx, by, departure, member).await?)
}

/// The rotations that the actor may see: of all accounts for admins, of those that they own for others. What is open is
/// in the order in which it should be done, what is done from the latest.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: Filter,
    wanted: &Wanted<DepartureId>,
) -> Result<Part<Rotation>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let _seen = permit(actor, Action::ViewRotations, everywhere)?;
    let sees_all = permit(actor, Action::ViewAllRotations, everywhere).is_ok();
    let one_more = Wanted { limit: wanted.limit + 1, ..wanted.clone() };
    let mut tx = app.db.read().await?;
    let found = store::list(&mut tx, actor, sees_all, filter, &one_more).await?;
    Ok(Part::cut(found, wanted.limit, store::cursor))
}

/// What can be said about a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The password was changed at the site.
    Rotated,
    /// The sessions at the site are ended.
    SessionsEnded,
    /// It was no more than a mistake: it is open again.
    Reopened,
}

impl Mark {
    fn event(self) -> &'static str {
        match self {
            Self::Rotated => "rotation.marked",
            Self::SessionsEnded => "rotation.sessions_ended",
            Self::Reopened => "rotation.reopened",
        }
    }
}

/// Notes what an Owner of the account, or an admin, says about it.
pub async fn note(
    app: &App,
    actor: &Actor,
    departure: DepartureId,
    account: AccountId,
    mark: Mark,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let on = on(tx, &actor, account).await?;
                let account = permit(&actor, Action::MarkRotated, on)?.account();
                let member = store::member_of(tx, actor.workspace, departure, account).await?;
                let member = member.ok_or(Error::NotFound)?;
                let is_new = match mark {
                    Mark::Rotated => store::finish(tx, &by, departure, account).await?,
                    Mark::SessionsEnded => store::end_sessions(tx, &by, departure, account).await?,
                    Mark::Reopened => store::reopen(tx, &by, departure, account).await?,
                };
                if !is_new {
                    return Ok(());
                }
                let detail = json!({ "departure_id": departure });
                let event = Event::new(mark.event()).account(account).member(member);
                Ok(activity::record(tx, &mut by, event.detail(detail)).await?)
            })
        })
        .await
}

/// The account, in whatever state: a deleted one may live on at its site.
async fn on(tx: &mut Tx, actor: &Actor, account: AccountId) -> Result<On> {
    match sharing::on_account(tx, actor, account).await {
        Err(Error::NotFound) => sharing::on_deleted_account(tx, actor, account).await,
        found => found,
    }
}
