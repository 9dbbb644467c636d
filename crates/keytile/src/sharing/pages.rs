//! The part of an item's page that tells who has access, and the forms that share it, change a role and end a share.
//! The page around it is that of `accounts` or `collections`.

mod reached;
mod view;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use model::access::{Action, Actor, permit};
use model::share::{Grantee, ItemRole, ShareItem};
use model::{AccountId, CollectionId, ShareId};
use serde::Deserialize;

use super::{Share, on_account, on_collection};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, check_number, fragment, html};
use crate::http::{Path, Signed, flash, router};
use crate::ui::picker::Sought;
use crate::{accounts, collections};

pub use reached::Reached;
pub use view::{ShareForm, ShareRow, SharingView};

/// Whom to share with, and in which role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    with: String,
    role: String,
}

/// Another role for a share.
#[derive(Debug, Deserialize)]
pub(crate) struct NewRole {
    role: ItemRole,
}

/// A number that was typed to confirm something.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Confirmed {
    pub(crate) confirm: String,
}

/// Whom an account can be shared with.
pub(crate) async fn choose_for_account(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Page {
    choose(&app, &signed, ShareItem::Account(id), &sought.q, &headers).await
}

/// Whom a collection can be shared with.
pub(crate) async fn choose_for_collection(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Page {
    choose(&app, &signed, ShareItem::Collection(id), &sought.q, &headers).await
}

/// Shares an account.
pub(crate) async fn share_account(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
    Form(wanted): Form<Wanted>,
) -> Page {
    share(&app, &signed, ShareItem::Account(id), &wanted).await
}

/// Shares a collection.
pub(crate) async fn share_collection(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Form(wanted): Form<Wanted>,
) -> Page {
    share(&app, &signed, ShareItem::Collection(id), &wanted).await
}

/// Changes the role of a share of an account.
pub(crate) async fn set_account_role(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(AccountId, ShareId)>,
    Form(new): Form<NewRole>,
) -> Page {
    set_role(&app, &signed, ShareItem::Account(id), share, new.role).await
}

/// Changes the role of a share of a collection.
pub(crate) async fn set_collection_role(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(CollectionId, ShareId)>,
    Form(new): Form<NewRole>,
) -> Page {
    set_role(&app, &signed, ShareItem::Collection(id), share, new.role).await
}

/// Ends a share of an account.
pub(crate) async fn unshare_account(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(AccountId, ShareId)>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    unshare(&app, &signed, ShareItem::Account(id), share, &confirmed).await
}

/// Ends a share of a collection.
pub(crate) async fn unshare_collection(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(CollectionId, ShareId)>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    unshare(&app, &signed, ShareItem::Collection(id), share, &confirmed).await
}

/// The choices alone for the script that asks as one types; else the item's page with the dialog open.
async fn choose(
    app: &App,
    signed: &Signed,
    item: ShareItem,
    search: &str,
    headers: &HeaderMap,
) -> Page {
    let form = ShareForm::find(app, &signed.actor, item, search).await?;
    if headers.contains_key(FRAGMENT) {
        return fragment("with-choices", &form.choices);
    }
    item_page(app, signed, item, |sharing| sharing.form = ShareForm { open: true, ..form }).await
}

/// The page of the item, with something changed about its sharing.
async fn item_page(
    app: &App,
    signed: &Signed,
    item: ShareItem,
    change: impl FnOnce(&mut SharingView),
) -> Page {
    match item {
        ShareItem::Account(id) => {
            let mut page = accounts::pages::AccountPage::load(app, signed, id).await?;
            change(&mut page.sharing);
            html(&page)
        }
        ShareItem::Collection(id) => {
            let mut page = collections::pages::CollectionPage::load(app, signed, id).await?;
            change(&mut page.sharing);
            html(&page)
        }
    }
}

async fn share(app: &App, signed: &Signed, item: ShareItem, wanted: &Wanted) -> Page {
    match try_share(app, &signed.actor, item, wanted).await {
        Ok(share) => {
            let said = flash::good(format!("{} {}.", share.grantee_name, is_now(share.role)));
            let to = way_back(app, &signed.actor, item).await?;
            Ok(flash::redirect(&app.config, &to, &said))
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            let page = item_page(app, signed, item, |sharing| {
                sharing.refuse(&wanted.with, &wanted.role, &error);
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn try_share(app: &App, actor: &Actor, item: ShareItem, wanted: &Wanted) -> Result<Share> {
    let with = &wanted.with;
    let grantee = with
        .parse()
        .map(Grantee::Member)
        .or_else(|_| with.parse().map(Grantee::Team))
        .map_err(|_| Error::invalid("with", "Choose a person or a team."))?;
    let role = ItemRole::from_code(&wanted.role)
        .ok_or_else(|| Error::invalid("with", "Choose a role: Collaborator or Owner."))?;
    let id = super::share(app, actor, item, grantee, role).await?;
    super::find(app, actor, id).await
}

async fn set_role(
    app: &App,
    signed: &Signed,
    item: ShareItem,
    id: ShareId,
    role: ItemRole,
) -> Page {
    let share = of_item(app, &signed.actor, item, id).await?;
    let changed = super::change_role(app, &signed.actor, id, role).await;
    let to = way_back(app, &signed.actor, item).await?;
    flash::told(&app.config, &to, changed, |_| format!("{} {}.", share.grantee_name, is_now(role)))
}

async fn unshare(
    app: &App,
    signed: &Signed,
    item: ShareItem,
    id: ShareId,
    confirmed: &Confirmed,
) -> Page {
    let share = of_item(app, &signed.actor, item, id).await?;
    let losing = SharingView::load(app, signed, item).await?.people_of(id);
    let ended = match check_number(losing, &confirmed.confirm) {
        Ok(()) => super::unshare(app, &signed.actor, id).await,
        Err(error) => Err(error),
    };
    let to = way_back(app, &signed.actor, item).await?;
    flash::told(&app.config, &to, ended, |()| {
        format!("The access of {} is removed.", share.grantee_name)
    })
}

/// A share of this very item, for those who may change it.
async fn of_item(app: &App, actor: &Actor, item: ShareItem, id: ShareId) -> Result<Share> {
    let share = super::find(app, actor, id).await?;
    if share.item == item { Ok(share) } else { Err(Error::NotFound) }
}

/// The item's page; the list where the person has just given up what they held.
async fn way_back(app: &App, actor: &Actor, item: ShareItem) -> Result<String> {
    let mut tx = app.db.read().await?;
    let (action, on, to, list) = match item {
        ShareItem::Account(id) => {
            let on = on_account(&mut tx, actor, id).await?;
            (Action::ViewAccount, on, router::account(id), router::ACCOUNTS)
        }
        ShareItem::Collection(id) => {
            let on = on_collection(&mut tx, actor, id).await?;
            (Action::ViewCollection, on, router::collection(id), router::COLLECTIONS)
        }
    };
    Ok(if permit(actor, action, on).is_ok() { to } else { list.to_owned() })
}

fn is_now(role: ItemRole) -> &'static str {
    match role {
        ItemRole::Collaborator => "is a Collaborator now",
        ItemRole::Owner => "is an Owner now",
    }
}
