//! Approval, where a workspace wants it: what a person wants extended waits for an admin's word, and nobody has more
//! tiles than they may. Admins ask nobody.

pub mod api;
pub mod pages;
mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::workspace::WorkspaceRole;
use model::{AccountId, MemberId, TileRequestId, Timestamp, WorkspaceId};
use portal::Priority;
use serde_json::json;

use super::{Portal, put_tile};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::sharing::on_account;
use crate::{members, notifications, ui};

/// The most tiles that a quota can be.
const LARGEST: i64 = 100_000;
/// As long as the reason for a refusal may be.
const LONGEST_REASON: usize = 500;

/// Said to whoever asked.
pub const ASKED: &str = "An admin has to approve this first, and has been asked.";

/// What a workspace wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// An admin is asked before a person's account becomes a tile.
    pub asks: bool,
    /// How many tiles a person may have extended.
    pub quota: Option<i64>,
}

/// A wish that waits.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub id: TileRequestId,
    /// What is to be extended.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who asked.
    pub member: MemberId,
    /// Their name.
    pub by: String,
    /// When.
    pub asked_at: Timestamp,
    /// How many tiles they have.
    pub tiles: i64,
}

/// What the rules say to one extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Go on.
    Yes,
    /// An admin has been asked.
    Asked,
}

/// Asks the rules before an account that has no tile gets one.
pub(super) async fn ask(
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    portal: &Portal,
    account: AccountId,
) -> Result<Answer> {
    if actor.role >= WorkspaceRole::Admin {
        return Ok(Answer::Yes);
    }
    let rules = store::rules(tx, actor.workspace).await?;
    if store::open_for(tx, actor.workspace, account).await?.is_some() {
        return Err(Error::Conflict("An admin has been asked about this account already.".into()));
    }
    if let Some(quota) = rules.quota {
        let held = store::held(tx, portal.id, actor.member).await?;
        if held >= quota {
            return Err(Error::Conflict(format!(
                "You have extended {}, or asked to, and may have {quota}. Remove one from Okta first, or ask an admin.",
                ui::counted(held, "account", "accounts")
            )));
        }
    }
    if !rules.asks {
        return Ok(Answer::Yes);
    }
    store::insert(tx, by, portal.id, account, actor.member).await?;
    activity::record(tx, by, Event::new("tile.requested").account(account)).await?;
    let (name, person) = store::names(tx, account, actor.member).await?;
    let text = format!("{person} would like to extend {name} to Okta.");
    notifications::tell_admins(tx, by, "info", &text, router::REQUESTS).await?;
    Ok(Answer::Asked)
}

/// The wish that waits for an account, where there is one: who asked and when.
pub(super) async fn waiting(
    app: &App,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Option<(String, Timestamp)>> {
    Ok(store::open_for(&mut app.db.read().await?, workspace, account).await?)
}

/// What the workspace wants.
pub async fn rules(app: &App, actor: &Actor) -> Result<Rules> {
    let workspace = may(actor, Action::ViewSync)?;
    Ok(store::rules(&mut app.db.read().await?, workspace).await?)
}

/// What waits, the oldest first, after `after`.
pub async fn open(
    app: &App,
    actor: &Actor,
    after: Option<TileRequestId>,
    limit: i64,
) -> Result<Vec<Request>> {
    let workspace = may(actor, Action::ViewSync)?;
    Ok(store::open(&mut app.db.read().await?, workspace, after, limit).await?)
}

/// Sets what the workspace wants. What waits goes on waiting.
pub async fn set_rules(app: &App, actor: &Actor, asks: bool, quota: &str) -> Result<()> {
    let workspace = may(actor, Action::ConfigurePortal)?;
    let quota = match quota.trim() {
        "" => None,
        text => {
            let number = text.parse().ok().filter(|number| (0..=LARGEST).contains(number));
            let why = "Enter a number, or nothing where people may have any number of tiles.";
            Some(number.ok_or_else(|| Error::invalid("quota", why))?)
        }
    };
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                if !store::set_rules(tx, &by, Rules { asks, quota }).await? {
                    return Err(Error::FeatureOff);
                }
                let detail = json!({ "asks": asks, "quota": quota });
                let event = Event::new("portal.approval_set").detail(detail);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Lets the account become a tile, in the name of whoever asked, if they still may.
pub async fn approve(app: &App, actor: &Actor, id: TileRequestId) -> Result<()> {
    let workspace = may(actor, Action::DecideSync)?;
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let request = store::find(tx, workspace, id).await?.ok_or(Error::NotFound)?;
                store::decide(tx, &by, id, "approved", None).await?;
                let event = Event::new("tile.request_approved").account(request.account);
                activity::record(tx, &mut by, event.member(request.member)).await?;
                let asker = asker(tx, workspace, &request).await?;
                let system = By::process(&app2, workspace, "member");
                let mut theirs = By { member: Some(request.member), ..system };
                let put =
                    put_tile(tx, &mut theirs, &asker, request.account, Priority::Person).await;
                match put {
                    Ok(_) => Ok(()),
                    Err(Error::NotFound | Error::Forbidden(_)) => Err(Error::Conflict(format!(
                        "{} may not extend this account any more. Decline it.",
                        request.by
                    ))),
                    Err(error) => Err(error),
                }
            })
        })
        .await
}

/// Says no, and why; whoever asked is told.
pub async fn decline(app: &App, actor: &Actor, id: TileRequestId, reason: &str) -> Result<()> {
    let workspace = may(actor, Action::DecideSync)?;
    let reason: String =
        reason.trim().chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "Say why, so that they know what to do instead."));
    }
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let request = store::find(tx, workspace, id).await?.ok_or(Error::NotFound)?;
                store::decide(tx, &by, id, "declined", Some(&reason)).await?;
                let event = Event::new("tile.request_declined")
                    .account(request.account)
                    .member(request.member)
                    .detail(json!({ "reason": reason }));
                activity::record(tx, &mut by, event).await?;
                let text = format!("{} was not extended to Okta: {reason}", request.name);
                let link = router::account(request.account);
                notifications::tell(tx, &mut by, request.member, "warn", &text, &link).await
            })
        })
        .await
}

/// Takes back what an admin was asked about an account: whoever might have asked may.
pub async fn withdraw(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let on = on_account(tx, &actor, account).await?;
                let account = permit(&actor, Action::ExtendAccount, on)?.account();
                if !store::withdraw(tx, &by, account).await? {
                    let why = "Nothing waits for an admin here: it was decided, or taken back, a moment ago.";
                    return Err(Error::Conflict(why.into()));
                }
                let event = Event::new("tile.request_withdrawn").account(account);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Whoever asked, as they are now.
async fn asker(tx: &mut Tx, workspace: WorkspaceId, request: &Request) -> Result<Actor> {
    let member = members::store::find(tx, workspace, request.member).await?;
    let member = member.ok_or(Error::NotFound)?;
    Ok(Actor { workspace, member: member.id, role: member.role, status: member.status })
}

fn may(actor: &Actor, action: Action) -> Result<WorkspaceId> {
    let on = On { workspace: actor.workspace, target: Target::Workspace };
    Ok(permit(actor, action, on)?.workspace())
}
