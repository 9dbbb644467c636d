//! Collections: accounts kept together and shared together, nested to six levels (C46).

pub mod api;
pub mod pages;
pub mod store;

use model::access::{Action, Actor, Level, On, Target, permit};
use model::share::{Grantee, ItemRole, ShareItem};
use model::{AccountId, CollectionId};
use portal::Priority;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sharing::{self, on_account, on_collection};
use crate::sync::{Touched, mark};

/// A collection as it is shown.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
    /// The collection that it is in.
    pub parent: Option<CollectionId>,
    /// What the actor holds on it.
    pub level: Level,
    /// How many accounts are directly in it.
    pub accounts: i64,
    /// How many collections it is beneath the top.
    pub depth: i64,
}

/// Makes a collection, of which the maker is Owner; inside another one only where they own that.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    parent: Option<CollectionId>,
) -> Result<CollectionId> {
    let workspace = permit(
        actor,
        Action::CreateCollection,
        On { workspace: actor.workspace, target: Target::Workspace },
    )?
    .workspace();
    let name = parse_name(name)?;
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                if let Some(parent) = parent {
                    let parent = permit(
                        &actor,
                        Action::EditCollection,
                        on_collection(tx, &actor, parent).await?,
                    )?
                    .collection();
                    let depth = store::depth(tx, actor.workspace, parent).await?;
                    check_depth(depth + 2)?;
                }
                let id = store::insert(tx, &mut by, &name, parent).await?;
                let event =
                    Event::new("collection.created").collection(id).detail(json!({ "name": name }));
                activity::record(tx, &mut by, event).await?;
                sharing::put(
                    tx,
                    &mut by,
                    ShareItem::Collection(id),
                    Grantee::Member(actor.member),
                    ItemRole::Owner,
                )
                .await?;
                Ok(id)
            })
        })
        .await
}

/// Renames a collection.
pub async fn rename(app: &App, actor: &Actor, id: CollectionId, name: &str) -> Result<()> {
    let name = parse_name(name)?;
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id =
                    permit(&actor, Action::EditCollection, on_collection(tx, &actor, id).await?)?
                        .collection();
                store::set_name(tx, &by, id, &name).await?;
                let event =
                    Event::new("collection.renamed").collection(id).detail(json!({ "name": name }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Moves a collection, with all beneath it, into another one or to the top. Who reaches its accounts follows.
pub async fn move_to(
    app: &App,
    actor: &Actor,
    id: CollectionId,
    parent: Option<CollectionId>,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id =
                    permit(&actor, Action::EditCollection, on_collection(tx, &actor, id).await?)?
                        .collection();
                if let Some(parent) = parent {
                    let parent = permit(
                        &actor,
                        Action::EditCollection,
                        on_collection(tx, &actor, parent).await?,
                    )?
                    .collection();
                    if store::is_within(tx, actor.workspace, parent, id).await? {
                        return Err(Error::invalid(
                            "parent",
                            "A collection cannot be moved into itself or one beneath it.",
                        ));
                    }
                    let above = store::depth(tx, actor.workspace, parent).await? + 1;
                    check_depth(above + store::height(tx, actor.workspace, id).await?)?;
                }
                mark(tx, &by, Touched::Collection(id), Priority::Change).await?;
                store::move_to(tx, &by, id, parent).await?;
                Ok(activity::record(tx, &mut by, Event::new("collection.moved").collection(id))
                    .await?)
            })
        })
        .await
}

/// Puts an account into a collection. Whoever holds the collection reaches the account from now on.
pub async fn add_account(
    app: &App,
    actor: &Actor,
    id: CollectionId,
    account: AccountId,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id =
                    permit(&actor, Action::AddToCollection, on_collection(tx, &actor, id).await?)?
                        .collection();
                // Only an account's Owner may add it, for it is a share with everyone who holds the collection.
                let account =
                    permit(&actor, Action::ShareAccount, on_account(tx, &actor, account).await?)?
                        .account();
                if store::add_item(tx, &mut by, id, account).await? {
                    mark(tx, &by, Touched::Account(account), Priority::Change).await?;
                    let event =
                        Event::new("collection.account_added").collection(id).account(account);
                    activity::record(tx, &mut by, event).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Takes an account out of a collection.
pub async fn remove_account(
    app: &App,
    actor: &Actor,
    id: CollectionId,
    account: AccountId,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id =
                    permit(&actor, Action::AddToCollection, on_collection(tx, &actor, id).await?)?
                        .collection();
                if store::remove_item(tx, &by, id, account).await? {
                    mark(tx, &by, Touched::Account(account), Priority::Leaver).await?;
                    let event =
                        Event::new("collection.account_removed").collection(id).account(account);
                    activity::record(tx, &mut by, event).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Deletes a collection that holds no other; its accounts stay, what it shared ends.
pub async fn delete(app: &App, actor: &Actor, id: CollectionId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id =
                    permit(&actor, Action::DeleteCollection, on_collection(tx, &actor, id).await?)?
                        .collection();
                if store::height(tx, actor.workspace, id).await? > 1 {
                    return Err(Error::Conflict(
                        "Move or delete the collections inside this one first.".into(),
                    ));
                }
                mark(tx, &by, Touched::Collection(id), Priority::Leaver).await?;
                sharing::end_all_of_item(tx, &mut by, ShareItem::Collection(id)).await?;
                store::delete(tx, &by, id).await?;
                Ok(activity::record(tx, &mut by, Event::new("collection.deleted").collection(id))
                    .await?)
            })
        })
        .await
}

/// The collections that the actor holds, parents before children, by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Collection>> {
    Ok(store::list(&mut app.db.read().await?, actor).await?)
}

/// One collection, and whether the actor may change it.
pub async fn find(app: &App, actor: &Actor, id: CollectionId) -> Result<(Collection, bool)> {
    let mut tx = app.db.read().await?;
    let on = on_collection(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ViewCollection, on)?.collection();
    let collection = store::list(&mut tx, actor)
        .await?
        .into_iter()
        .find(|c| c.id == id)
        .ok_or(Error::NotFound)?;
    Ok((collection, permit(actor, Action::EditCollection, on).is_ok()))
}

/// The accounts directly in a collection that the actor may see.
pub async fn accounts_of(app: &App, actor: &Actor, id: CollectionId) -> Result<Vec<AccountId>> {
    let mut tx = app.db.read().await?;
    let on = on_collection(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ViewCollection, on)?.collection();
    Ok(store::accounts_of(&mut tx, actor.workspace, id).await?)
}

/// How many people reach a collection that the actor may see.
pub async fn count_people(app: &App, actor: &Actor, id: CollectionId) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let on = on_collection(&mut tx, actor, id).await?;
    let id = permit(actor, Action::ViewCollection, on)?.collection();
    let people = store::count_people(&mut tx, actor.workspace, id).await?;
    Ok(usize::try_from(people).unwrap_or(0))
}

fn check_depth(levels: i64) -> Result<()> {
    let most = i64::try_from(model::collection::MAX_DEPTH).expect("a small number");
    if levels > most {
        return Err(Error::invalid(
            "parent",
            format!("Collections can be nested {most} levels deep, and this would be {levels}."),
        ));
    }
    Ok(())
}

fn parse_name(name: &str) -> Result<String> {
    let name = model::CollectionName::parse(name).map_err(|e| Error::invalid("name", e))?;
    Ok(name.to_string())
}

/// The ids of the collections that hold an account directly.
pub async fn of_account(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
) -> Result<Vec<CollectionId>> {
    Ok(store::of_account(tx, actor.workspace, account).await?)
}
