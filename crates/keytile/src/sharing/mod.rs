//! Shares: who holds an account or a collection, in which role, by which path. Share, change a role, unshare.

pub mod api;
pub mod pages;
mod store;

use std::collections::BTreeSet;

use model::access::{Action, Actor, Level, On, Target, may_receive, permit};
use model::share::{Grantee, ItemRole, ShareItem};
use model::{
    AccountId, CollectionId, DepartureId, MemberId, ShareId, TeamId, Timestamp, WorkspaceId,
};
use portal::Priority;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sync::{Touched, mark};
use crate::{members, teams};

pub use store::{
    Granted, PersonPath, ReachedPath, Use, granted, grantees, opt_role as store_role, people,
    reached_by_member, reached_by_team, uses_between,
};

/// A share as it is shown.
#[derive(Debug, Clone)]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// What is shared.
    pub item: ShareItem,
    /// With whom.
    pub grantee: Grantee,
    /// The grantee's present name.
    pub grantee_name: String,
    /// In which role.
    pub role: ItemRole,
    /// Since when.
    pub started_at: Timestamp,
}

/// The actor's level on an account, with what `access` needs to decide.
pub async fn on_account(tx: &mut Tx, actor: &Actor, account: AccountId) -> Result<On> {
    on_account_that(tx, actor, account, false).await
}

/// As [`on_account`], for one that was deleted: there is nothing to do with it but to restore it.
pub async fn on_deleted_account(tx: &mut Tx, actor: &Actor, account: AccountId) -> Result<On> {
    on_account_that(tx, actor, account, true).await
}

async fn on_account_that(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    is_deleted: bool,
) -> Result<On> {
    let (workspace, member) = (actor.workspace, actor.member);
    let held = store::held_on_account(tx, workspace, account, member, is_deleted).await?;
    Ok(On {
        workspace: held.workspace.ok_or(Error::NotFound)?,
        target: Target::Account { id: account, level: held.level },
    })
}

/// The actor's level on a collection.
pub async fn on_collection(tx: &mut Tx, actor: &Actor, collection: CollectionId) -> Result<On> {
    let held = store::held_on_collection(tx, actor.workspace, collection, actor.member).await?;
    Ok(On {
        workspace: held.workspace.ok_or(Error::NotFound)?,
        target: Target::Collection { id: collection, level: held.level },
    })
}

/// Shares an item with a member or a team, or changes the role of the share that is there.
pub async fn share(
    app: &App,
    actor: &Actor,
    item: ShareItem,
    grantee: Grantee,
    role: ItemRole,
) -> Result<ShareId> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                permit_share(tx, &actor, item).await?;
                check_grantee(tx, actor.workspace, grantee, role).await?;
                put(tx, &mut by, item, grantee, role).await
            })
        })
        .await
}

/// The inner part of [`share`], for use-cases that make an item and share it in one change.
pub async fn put(
    tx: &mut Tx,
    by: &mut By,
    item: ShareItem,
    grantee: Grantee,
    role: ItemRole,
) -> Result<ShareId> {
    if let Some((id, present)) = store::find_live(tx, by.workspace, item, grantee).await? {
        if present == role {
            return Ok(id);
        }
        // A role is closed and opened anew, so that the past stays askable.
        store::close(tx, by, id).await?;
    }
    let id = store::insert(tx, by, item, grantee, role).await?;
    touch(tx, by, item, Priority::Person).await?;
    let event =
        described(Event::new("share.added"), item, grantee).detail(json!({ "role": role.code() }));
    activity::record(tx, by, event).await?;
    Ok(id)
}

/// Ends a share. Other paths of the same person stay (S14).
pub async fn unshare(app: &App, actor: &Actor, id: ShareId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let share = found(tx, &actor, id).await?;
                end(tx, &mut by, &share).await
            })
        })
        .await
}

/// Changes the role of a share.
pub async fn change_role(app: &App, actor: &Actor, id: ShareId, role: ItemRole) -> Result<ShareId> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                // Looked up in the change itself, so that a share that was ended a moment ago does not come back.
                let share = found(tx, &actor, id).await?;
                check_grantee(tx, actor.workspace, share.grantee, role).await?;
                put(tx, &mut by, share.item, share.grantee, role).await
            })
        })
        .await
}

/// A share that the actor may change now.
async fn found(tx: &mut Tx, actor: &Actor, id: ShareId) -> Result<Share> {
    let share = store::find(tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
    permit_share(tx, actor, share.item).await?;
    Ok(share)
}

/// A share that the actor may see.
pub async fn find(app: &App, actor: &Actor, id: ShareId) -> Result<Share> {
    let mut tx = app.db.read().await?;
    let share = store::find(&mut tx, actor.workspace, id).await?.ok_or(Error::NotFound)?;
    permit_view(&mut tx, actor, share.item).await?;
    Ok(share)
}

/// The shares of an item, for those who may see them.
pub async fn list(app: &App, actor: &Actor, item: ShareItem) -> Result<Vec<Share>> {
    let mut tx = app.db.read().await?;
    permit_view(&mut tx, actor, item).await?;
    Ok(store::list(&mut tx, actor.workspace, item).await?)
}

/// Everyone who reaches the account, with every path (C44), for those who may see it.
pub async fn people_of(app: &App, actor: &Actor, account: AccountId) -> Result<Vec<PersonPath>> {
    let mut tx = app.db.read().await?;
    permit_view(&mut tx, actor, ShareItem::Account(account)).await?;
    Ok(people(&mut tx, actor.workspace, account).await?)
}

/// How many people reach the account, by whatever paths, for those who may see who.
pub async fn count_people(app: &App, actor: &Actor, account: AccountId) -> Result<usize> {
    let paths = people_of(app, actor, account).await?;
    Ok(paths.iter().map(|path| path.member).collect::<BTreeSet<_>>().len())
}

/// Ends a share inside a change that has been permitted already.
pub async fn end(tx: &mut Tx, by: &mut By, share: &Share) -> Result<()> {
    touch(tx, by, share.item, Priority::Leaver).await?;
    store::close(tx, by, share.id).await?;
    let event = described(Event::new("share.removed"), share.item, share.grantee)
        .detail(json!({ "role": share.role.code(), "name": share.grantee_name }));
    Ok(activity::record(tx, by, event).await?)
}

/// Ends everything that was shared with a member: part of the routine for a leaver. What it closed remembers by which
/// departure.
pub async fn end_all_of_member(
    tx: &mut Tx,
    by: &By,
    member: MemberId,
    departure: DepartureId,
) -> Result<u64> {
    Ok(store::close_of_member(tx, by, member, departure).await?)
}

/// Opens anew what a departure had closed, inside a change that has been permitted. Whoever calls it marks the tiles and
/// records it.
pub async fn restore(
    tx: &mut Tx,
    by: &mut By,
    item: ShareItem,
    member: MemberId,
    role: ItemRole,
) -> Result<()> {
    store::insert(tx, by, item, Grantee::Member(member), role).await?;
    Ok(())
}

/// Ends everything that was shared with a team that goes.
pub async fn end_all_of_team(tx: &mut Tx, by: &mut By, team: TeamId) -> Result<u64> {
    Ok(store::close_of_team(tx, by, team).await?)
}

/// Ends every share of an item that goes.
pub async fn end_all_of_item(tx: &mut Tx, by: &mut By, item: ShareItem) -> Result<()> {
    for share in store::list(tx, by.workspace, item).await? {
        store::close(tx, by, share.id).await?;
    }
    Ok(())
}

/// Refuses whoever may not share the item.
pub async fn permit_share(tx: &mut Tx, actor: &Actor, item: ShareItem) -> Result<()> {
    let _held = match item {
        ShareItem::Account(id) => {
            permit(actor, Action::ShareAccount, on_account(tx, actor, id).await?)?
        }
        ShareItem::Collection(id) => {
            permit(actor, Action::ShareCollection, on_collection(tx, actor, id).await?)?
        }
    };
    Ok(())
}

async fn permit_view(tx: &mut Tx, actor: &Actor, item: ShareItem) -> Result<()> {
    let _held = match item {
        ShareItem::Account(id) => {
            permit(actor, Action::ViewShares, on_account(tx, actor, id).await?)?
        }
        ShareItem::Collection(id) => {
            permit(actor, Action::ShareCollection, on_collection(tx, actor, id).await?)?
        }
    };
    Ok(())
}

async fn check_grantee(
    tx: &mut Tx,
    workspace: WorkspaceId,
    grantee: Grantee,
    role: ItemRole,
) -> Result<()> {
    match grantee {
        Grantee::Member(id) => {
            let member = members::store::find(tx, workspace, id)
                .await?
                .filter(|m| m.removed_at.is_none())
                .ok_or_else(|| {
                    Error::invalid("member", "This person is not a member of the workspace.")
                })?;
            may_receive(member.role, role).map_err(|why| Error::invalid("role", why))
        }
        Grantee::Team(id) => {
            teams::store::find(tx, workspace, id)
                .await?
                .ok_or_else(|| Error::invalid("team", "This team does not exist any more."))?;
            Ok(())
        }
    }
}

async fn touch(tx: &mut Tx, by: &By, item: ShareItem, priority: Priority) -> Result<()> {
    let touched = match item {
        ShareItem::Account(id) => Touched::Account(id),
        ShareItem::Collection(id) => Touched::Collection(id),
    };
    mark(tx, by, touched, priority).await?;
    Ok(())
}

fn described(event: Event, item: ShareItem, grantee: Grantee) -> Event {
    let event = match item {
        ShareItem::Account(id) => event.account(id),
        ShareItem::Collection(id) => event.collection(id),
    };
    match grantee {
        Grantee::Member(id) => event.member(id),
        Grantee::Team(id) => event.team(id),
    }
}

/// True where the level lets the person launch the account.
pub fn may_launch(on: &On) -> bool {
    matches!(on.target, Target::Account { level, .. } if level >= Level::Launch)
}
