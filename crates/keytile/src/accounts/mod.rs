//! Accounts: stored logins. Create, edit, reveal, disable and delete them; their way back is [`deleted`]'s, sharing is
//! `sharing`'s, tiles `sync`'s.

pub mod api;
pub mod code;
pub mod deleted;
pub mod login;
pub mod origins;
pub mod ownerless;
pub mod pages;
mod secrets;
pub mod step_up;
pub mod store;
mod update;

use model::access::{Action, Actor, Level, On, Target, level, permit};
use model::secret::Secret;
use model::share::{Grantee, ItemRole, ShareItem};
use model::{AccountId, Timestamp};
use model::{AccountName, AppName, LoginUrl};
use portal::Priority;
use serde_json::{Value, json};

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sharing::{self, on_account};
use crate::sync::{self, Touched, mark};

pub use secrets::{Revealed, reveal};
pub use step_up::StepUp;
pub use store::Cursor;
pub use update::{Change, update};

/// An account as it is shown to those who may launch it; no secret but the notes is ever in here.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name, such as `Contentzilla`.
    pub name: String,
    /// The app's name, such as `Instagram`.
    pub app_name: Option<String>,
    /// Where its login page is.
    pub login_url: Option<String>,
    /// The user name at the app.
    pub username: String,
    /// Where its login may be filled in, where somebody has listed that: see [`origins::of`].
    pub origins: Option<Vec<String>>,
    /// What the actor holds on it.
    pub level: Level,
    /// True where a password is stored.
    pub has_password: bool,
    /// True where a seed for verification codes is stored.
    pub has_totp: bool,
    /// Grows with each change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was disabled (S48).
    pub disabled_at: Option<Timestamp>,
    /// When its site refused the password, until that is changed; for its Owners.
    pub password_rejected_at: Option<Timestamp>,
    /// What it asks of the sign-in of whoever launches it.
    pub step_up: StepUp,
}

impl Account {
    /// The app as people call it: its name, else the site's domain (S10).
    pub fn app(&self) -> Option<String> {
        app_of(self.app_name.as_deref(), self.login_url.as_deref())
    }
}

fn app_of(name: Option<&str>, login_url: Option<&str>) -> Option<String> {
    name.map(String::from).or_else(|| {
        let url = LoginUrl::parse(login_url?, true).ok()?;
        model::registrable_domain(&url).map(String::from)
    })
}

/// What a person fills in to add or edit an account. A secret that is `None` stays as it is; an empty one is removed.
#[derive(Debug, Default)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// The app's name.
    pub app_name: String,
    /// Where its login page is.
    pub login_url: String,
    /// The user name at the app.
    pub username: String,
    /// The password.
    pub password: Option<Secret<String>>,
    /// The seed of its verification codes: Base32, or an `otpauth://` link.
    pub totp: Option<Secret<String>>,
    /// Notes for everyone who may use it.
    pub notes: Option<Secret<String>>,
    /// Where its login may be filled in; an empty list is the origin of the login page alone.
    pub origins: Option<Vec<String>>,
    /// How its pages are filled in; `null` leaves that to the extension.
    pub recipe: Option<Value>,
    /// What it asks of the sign-in of whoever launches it.
    pub step_up: Option<StepUp>,
    /// The version that was changed; none overwrites whatever is there.
    pub version: Option<i64>,
}

/// A draft whose every field has been found acceptable.
pub(crate) struct Valid {
    pub(crate) name: String,
    pub(crate) app_name: Option<String>,
    pub(crate) login_url: Option<String>,
    pub(crate) username: String,
    pub(crate) password: Option<Secret<String>>,
    pub(crate) totp: Option<Secret<String>>,
    pub(crate) notes: Option<Secret<String>>,
    pub(crate) origins: Option<Vec<String>>,
    pub(crate) recipe: Option<Value>,
    pub(crate) step_up: StepUp,
}

impl Draft {
    /// Checks every field; the first that is not acceptable is named, with what to write instead.
    pub(crate) fn validate(self, app: &App) -> Result<Valid> {
        let name =
            AccountName::parse(&self.name).map_err(|e| Error::invalid("name", e))?.to_string();
        let app_name = match self.app_name.trim() {
            "" => None,
            text => {
                Some(AppName::parse(text).map_err(|e| Error::invalid("app_name", e))?.to_string())
            }
        };
        let login_url = match self.login_url.trim() {
            "" => None,
            text => {
                // A demo's sample site is on localhost without TLS.
                let local = !app.config.okta_insecure_hosts.is_empty();
                Some(
                    LoginUrl::parse(text, local)
                        .map_err(|e| Error::invalid("login_url", e))?
                        .to_string(),
                )
            }
        };
        let username = self.username.trim().to_string();
        if username.chars().count() > 255 || username.chars().any(char::is_control) {
            return Err(Error::invalid(
                "username",
                "A user name has at most 255 characters and no control characters.",
            ));
        }
        secrets::check("password", self.password.as_ref(), 1_000)?;
        secrets::check("notes", self.notes.as_ref(), 45_000)?;
        let totp = secrets::parse_totp(self.totp)?;
        let origins = origins::parse(app, self.origins.as_deref().unwrap_or_default())?;
        let recipe = match self.recipe {
            Some(recipe) => login::check_recipe(&recipe)?,
            None => None,
        };
        let step_up = self.step_up.unwrap_or_default().check()?;
        Ok(Valid {
            name,
            app_name,
            login_url,
            username,
            password: self.password,
            totp,
            notes: self.notes,
            origins,
            recipe,
            step_up,
        })
    }
}

/// Adds an account, of which the maker is Owner.
pub async fn create(app: &App, actor: &Actor, draft: Draft) -> Result<AccountId> {
    let workspace = permit(
        actor,
        Action::CreateAccount,
        On { workspace: actor.workspace, target: Target::Workspace },
    )?
    .workspace();
    let valid = draft.validate(app)?;
    let (app2, actor, mut by) = (app.clone(), *actor, By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move { insert(&app2, tx, &mut by, &actor, valid).await })
        })
        .await
}

/// Adds an account inside a change: for an import, all or nothing.
pub(crate) async fn insert(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    valid: Valid,
) -> Result<AccountId> {
    let id = AccountId::new(by.now, &mut by.rng);
    let key = app.keys.current(tx, by).await?;
    let sealed = secrets::seal_new(app, tx, by, id, key, &valid).await?;
    store::insert(tx, by, id, key, &valid, sealed).await?;
    let event = Event::new("account.created").account(id).detail(json!({ "name": valid.name }));
    activity::record(tx, by, event).await?;
    sharing::put(tx, by, ShareItem::Account(id), Grantee::Member(actor.member), ItemRole::Owner)
        .await?;
    Ok(id)
}

/// Disables an account, so that its tile rests (S48), or enables it again.
pub async fn set_disabled(app: &App, actor: &Actor, id: AccountId, disabled: bool) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id = permit(&actor, Action::EditAccount, on_account(tx, &actor, id).await?)?
                    .account();
                store::set_disabled(tx, &by, id, disabled).await?;
                mark(tx, &by, Touched::Account(id), Priority::Person).await?;
                let name = if disabled { "account.disabled" } else { "account.enabled" };
                Ok(activity::record(tx, &mut by, Event::new(name).account(id)).await?)
            })
        })
        .await
}

/// Deletes an account: its details and activity stay for its Owners, its tile goes (S20), collections let go of it.
pub async fn delete(app: &App, actor: &Actor, id: AccountId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id = permit(&actor, Action::DeleteAccount, on_account(tx, &actor, id).await?)?
                    .account();
                let account = store::find(tx, &actor, id).await?.ok_or(Error::NotFound)?;
                sync::end_of_account(tx, &by, id).await?;
                store::delete(tx, &by, id).await?;
                let event = Event::new("account.deleted")
                    .account(id)
                    .detail(json!({ "name": account.name }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// One account, with what the actor holds on it; deleted ones are [`deleted`]'s.
pub async fn find(app: &App, actor: &Actor, id: AccountId) -> Result<Account> {
    let mut tx = app.db.read().await?;
    let account = store::find(&mut tx, actor, id).await?.ok_or(Error::NotFound)?;
    let _seen = permit(actor, Action::ViewAccount, on(actor, &account))?;
    Ok(account)
}

/// One account and its notes, in one reading.
pub async fn find_with_notes(
    app: &App,
    actor: &Actor,
    id: AccountId,
) -> Result<(Account, Option<String>)> {
    let mut tx = app.db.read().await?;
    let (account, sealed) = store::find_sealed(&mut tx, actor, id).await?.ok_or(Error::NotFound)?;
    let id = permit(actor, Action::ViewAccount, on(actor, &account))?.account();
    let notes = secrets::open_notes(app, &mut tx, actor, id, &sealed).await?;
    Ok((account, notes))
}

/// The name of whoever added an account that the actor may see.
pub async fn added_by(app: &App, actor: &Actor, id: AccountId) -> Result<String> {
    Ok(store::added_by(&mut app.db.read().await?, actor.workspace, id).await?)
}

/// A page of the accounts that the actor reaches, by name; `search` is part of a name, an app or a user name.
pub async fn list(
    app: &App,
    actor: &Actor,
    search: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Account>> {
    Ok(store::list(&mut app.db.read().await?, actor, search, after, "", limit).await?)
}

fn on(actor: &Actor, account: &Account) -> On {
    On {
        workspace: actor.workspace,
        target: Target::Account { id: account.id, level: account.level },
    }
}

pub(crate) fn level_of(actor: &Actor, role: Option<ItemRole>) -> Level {
    level(actor.role, actor.status, role.into_iter())
}
