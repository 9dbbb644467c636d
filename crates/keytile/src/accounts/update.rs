//! Changing an account: what a person names changes, everything else stays as it is at that moment.

use model::AccountId;
use model::access::{Action, Actor, permit};
use model::secret::Secret;
use serde_json::{Value, json};

use super::store::Sealed;
use super::{Account, Draft, StepUp, Valid, login, on, secrets, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::{rotations, sync};

/// What to change about an account. A field that is `None` stays; an empty text removes what is there.
#[derive(Debug, Default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// The app's name.
    pub app_name: Option<String>,
    /// Where its login page is.
    pub login_url: Option<String>,
    /// The user name at the app.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret<String>>,
    /// The seed of its verification codes.
    pub totp: Option<Secret<String>>,
    /// Notes for everyone who may use it.
    pub notes: Option<Secret<String>>,
    /// Where its login may be filled in; none for the origin of the login page.
    pub origins: Option<Vec<String>>,
    /// How its pages are filled in; `null` leaves that to the extension.
    pub recipe: Option<Value>,
    /// What it asks of the sign-in of whoever launches it.
    pub step_up: Option<StepUp>,
    /// The version that was changed; none overwrites whatever is there.
    pub version: Option<i64>,
}

impl From<Draft> for Change {
    fn from(draft: Draft) -> Self {
        Self {
            name: Some(draft.name),
            app_name: Some(draft.app_name),
            login_url: Some(draft.login_url),
            username: Some(draft.username),
            password: draft.password,
            totp: draft.totp,
            notes: draft.notes,
            origins: draft.origins,
            recipe: draft.recipe,
            step_up: draft.step_up,
            version: draft.version,
        }
    }
}

impl Change {
    fn over(self, present: &Account, recipe: Option<Value>) -> Draft {
        let or = |new: Option<String>, old: Option<&str>| {
            new.unwrap_or_else(|| old.unwrap_or_default().to_owned())
        };
        Draft {
            name: or(self.name, Some(&present.name)),
            app_name: or(self.app_name, present.app_name.as_deref()),
            login_url: or(self.login_url, present.login_url.as_deref()),
            username: or(self.username, Some(&present.username)),
            password: self.password,
            totp: self.totp,
            notes: self.notes,
            origins: self.origins.or_else(|| present.origins.clone()),
            recipe: self.recipe.or(recipe),
            step_up: Some(self.step_up.unwrap_or_else(|| present.step_up.clone())),
            version: self.version,
        }
    }
}

/// Changes an account, and answers it with its notes. Renaming it, or its app, re-labels its tile (S21).
pub async fn update(
    app: &App,
    actor: &Actor,
    id: AccountId,
    change: impl Into<Change>,
) -> Result<(Account, Option<String>)> {
    let (app2, actor, mut by, change) =
        (app.clone(), *actor, By::member(app, actor), change.into());
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { apply(&app2, tx, &mut by, &actor, id, change).await })
        })
        .await
}

async fn apply(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    actor: &Actor,
    id: AccountId,
    change: Change,
) -> Result<(Account, Option<String>)> {
    let (before, sealed) = store::find_held(tx, actor, id).await?.ok_or(Error::NotFound)?;
    let id = permit(actor, Action::EditAccount, on(actor, &before))?.account();
    if change.version.is_some_and(|version| version != before.version) {
        return Err(Error::Conflict(
            "Somebody changed this account while you were editing it. Open it again to see the present state, then \
             make your change there."
                .into(),
        ));
    }
    let recipe = login::recipe_in(&sealed);
    let valid = change.over(&before, recipe.clone()).validate(app)?;
    store::update(tx, by, id, &valid).await?;
    if valid.recipe != recipe {
        activity::record(tx, by, Event::new("account.recipe_set").account(id)).await?;
    }
    let changed = secrets::replace(app, tx, by, id, &sealed, &valid).await?;
    if changed.contains(&"password") {
        rotations::password_changed(tx, by, id).await?;
    }
    let detail = json!({
        "name": valid.name,
        "before": before.name,
        "secrets": changed,
        "step_up": [valid.step_up.max_age_minutes.map(|m| m.to_string()), valid.step_up.acr.clone()],
    });
    activity::record(tx, by, Event::new("account.updated").account(id).detail(detail)).await?;
    let is_relabelled = valid.name != before.name
        || valid.app_name != before.app_name
        || valid.login_url != before.login_url;
    if is_relabelled {
        sync::relabel(tx, by, id).await?;
    }
    let notes = notes_now(app, tx, actor, &before, &sealed, &valid).await?;
    Ok((after(before, valid, by), notes))
}

async fn notes_now(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    before: &Account,
    sealed: &Sealed,
    valid: &Valid,
) -> Result<Option<String>> {
    match &valid.notes {
        Some(new) => Ok(Some(new.expose().clone()).filter(|text| !text.is_empty())),
        None => secrets::open_notes(app, tx, actor, before.id, sealed).await,
    }
}

/// The account as the change leaves it.
fn after(before: Account, valid: Valid, by: &By) -> Account {
    let has = |new: &Option<Secret<String>>, had| match new {
        Some(secret) => !secret.expose().is_empty(),
        None => had,
    };
    Account {
        has_password: has(&valid.password, before.has_password),
        has_totp: has(&valid.totp, before.has_totp),
        name: valid.name,
        app_name: valid.app_name,
        login_url: valid.login_url,
        username: valid.username,
        origins: valid.origins,
        step_up: valid.step_up,
        password_rejected_at: before.password_rejected_at.filter(|_| valid.password.is_none()),
        version: before.version + 1,
        updated_at: by.now,
        ..before
    }
}
