//! What an automated login takes of an account, inside the change that records it. Whom it leaves to, and how it is
//! sealed on the way, is left to `grants`.

use std::collections::BTreeSet;

use model::access::{Action, Actor, permit};
use model::secret::Secret;
use model::share::ItemRole;
use model::{AccountId, Timestamp};
use serde_json::Value;

use super::code::{self, Code};
use super::store::{self, Sealed};
use super::{Account, Cursor, on, secrets};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::recipe;
use crate::http::router;
use crate::{notifications, sharing};

/// What fills in a login, in the clear.
pub struct Login {
    /// The account.
    pub account: Account,
    /// The password, where there is one.
    pub password: Option<Secret<String>>,
    /// How its pages are filled in, where somebody has said so.
    pub recipe: Option<Value>,
}

/// Opens the login of an account for somebody who may launch it. `actor` is who they are in this very transaction.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, id: AccountId) -> Result<Login> {
    let (account, sealed) = find(tx, actor, id, Action::LaunchAccount).await?;
    let password = match &sealed.password {
        Some(bytes) => Some(open_password(app, tx, actor, id, &sealed, bytes).await?),
        None => None,
    };
    let recipe = recipe_in(&sealed);
    Ok(Login { account, password, recipe })
}

/// Decides again whether somebody may launch it.
pub async fn check(tx: &mut Tx, actor: &Actor, id: AccountId) -> Result<()> {
    find(tx, actor, id, Action::LaunchAccount).await.map(drop)
}

/// The verification code of this moment, for whom `action` is allowed; `None` where there is no seed that makes codes.
pub async fn code(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
    action: Action,
    now: Timestamp,
) -> Result<Option<Code>> {
    let (_, sealed) = find(tx, actor, id, action).await?;
    let Some(bytes) = &sealed.totp else { return Ok(None) };
    let field = secrets::field(id, "totp", sealed.totp_version);
    let seed =
        Secret::new(app.keys.open_text(tx, actor.workspace, sealed.key, field, bytes).await?);
    Ok(code::code(seed.expose(), now))
}

/// The password, for its Owner alone.
pub async fn password(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
) -> Result<Option<Secret<String>>> {
    let (_, sealed) = find(tx, actor, id, Action::RevealPassword).await?;
    match &sealed.password {
        Some(bytes) => Ok(Some(open_password(app, tx, actor, id, &sealed, bytes).await?)),
        None => Ok(None),
    }
}

async fn find(
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
    action: Action,
) -> Result<(Account, Sealed)> {
    let (account, sealed) = store::find_sealed(tx, actor, id).await?.ok_or(Error::NotFound)?;
    let _held = permit(actor, action, on(actor, &account))?;
    Ok((account, sealed))
}

async fn open_password(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
    sealed: &Sealed,
    bytes: &[u8],
) -> Result<Secret<String>> {
    let field = secrets::field(id, "password", sealed.password_version);
    Ok(Secret::new(app.keys.open_text(tx, actor.workspace, sealed.key, field, bytes).await?))
}

/// A site has refused the password: the account is flagged until it is changed, and its Owners are told, once.
pub async fn rejected(tx: &mut Tx, by: &mut By, id: AccountId) -> Result<()> {
    let Some(name) = store::login::set_rejected(tx, by, id).await? else { return Ok(()) };
    activity::record(tx, by, Event::new("account.password_rejected").account(id)).await?;
    let people = sharing::people(tx, by.workspace, id).await?;
    let owners: BTreeSet<_> =
        people.iter().filter(|path| path.role == ItemRole::Owner).map(|path| path.member).collect();
    let text =
        format!("The site of {name} refused its password. Look whether it was changed there.");
    for owner in owners {
        notifications::tell(tx, by, owner, "warn", &text, &router::account(id)).await?;
    }
    Ok(())
}

/// How its pages are filled in, for whoever may launch it.
pub async fn recipe(app: &App, actor: &Actor, id: AccountId) -> Result<Option<Value>> {
    let mut tx = app.db.read().await?;
    let (_, sealed) = find(&mut tx, actor, id, Action::LaunchAccount).await?;
    Ok(recipe_in(&sealed))
}

pub(super) fn recipe_in(sealed: &Sealed) -> Option<Value> {
    sealed.recipe.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

/// A recipe that somebody sent, as it is kept; `None` for `null`.
///
/// # Errors
/// [`Error::Invalid`] of the field `recipe`.
pub fn check_recipe(sent: &Value) -> Result<Option<Value>> {
    recipe::check(sent).map_err(|refused| Error::invalid("recipe", refused.message()))
}

/// Sets how its pages are filled in; `None` leaves that to the extension.
pub async fn set_recipe(
    app: &App,
    actor: &Actor,
    id: AccountId,
    recipe: Option<Value>,
) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = crate::members::present(tx, &actor).await?;
                find(tx, &actor, id, Action::EditAccount).await?;
                let text = recipe.as_ref().map(Value::to_string);
                store::login::set_recipe(tx, &by, id, text).await?;
                let event = Event::new("account.recipe_set").account(id);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// A page of the accounts that the actor reaches, as [`super::list`]; with `origin`, of those that log in there.
pub async fn list(
    app: &App,
    actor: &Actor,
    search: &str,
    origin: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Account>> {
    Ok(store::list(&mut app.db.read().await?, actor, search, after, origin, limit).await?)
}
