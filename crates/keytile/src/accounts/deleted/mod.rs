//! Accounts that were deleted, and their way back (C45): they return with whom they were shared with, directly or by a team.

pub mod api;
pub mod pages;
mod store;

use model::access::{Action, Actor, may_receive, permit};
use model::share::ItemRole;
use model::{AccountId, Timestamp};

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::error::Result;
use crate::paging::{Part, Wanted};
use crate::sharing::on_deleted_account;

/// A deleted account, for those who may restore it.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its app, as people call it.
    pub app: Option<String>,
    /// The user name at the app.
    pub username: String,
    /// When it was deleted.
    pub at: Timestamp,
    /// The name of who did that.
    pub by: Option<String>,
}

/// The deleted accounts that the actor may restore, the last one first.
pub async fn list(app: &App, actor: &Actor, wanted: &Wanted<AccountId>) -> Result<Part<Deleted>> {
    // Whoever may own nothing any more has nothing to restore.
    if may_receive(actor.role, ItemRole::Owner).is_err() {
        return Ok(Part { items: Vec::new(), next: None });
    }
    let found = store::list(&mut app.db.read().await?, actor, wanted).await?;
    Ok(Part::cut(found, wanted.limit, store::cursor))
}

/// Restores a deleted account with its direct and team shares; it is not extended again by itself (S47, C45).
pub async fn restore(app: &App, actor: &Actor, id: AccountId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let on = on_deleted_account(tx, &actor, id).await?;
                let id = permit(&actor, Action::RestoreAccount, on)?.account();
                store::restore(tx, &by, id).await?;
                Ok(activity::record(tx, &mut by, Event::new("account.restored").account(id))
                    .await?)
            })
        })
        .await
}
