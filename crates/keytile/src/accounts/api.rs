//! Accounts as JSON. The password is in none of them: revealing it is a call of its own, and on record.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Level;
use model::secret::Secret;
use model::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{Account, Change, Cursor, Draft, StepUp, login};
use crate::api::{
    Body, Caller, Failure, Page, Path, Query, decode_cursor, encode_cursor, not_a_next,
};
use crate::app::App;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    #[schema(value_type = String)]
    id: AccountId,
    name: String,
    app_name: Option<String>,
    login_url: Option<String>,
    username: String,
    /// Where its login may be filled in; missing for the origin of the login page.
    #[serde(skip_serializing_if = "Option::is_none")]
    origins: Option<Vec<String>>,
    /// What the caller is on it: `owner` or `collaborator`.
    role: &'static str,
    has_password: bool,
    has_totp: bool,
    /// Notes for everyone who may use it; only when one account is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// When its site refused the password, until that is changed; for Owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    password_rejected_at: Option<Timestamp>,
    /// What it asks of the sign-in of whoever launches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up: Option<StepUpView>,
}

/// How recent and how strong a sign-in must be for a launch; `null` or missing for what is not asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpView {
    /// How many minutes old it may be, 1 to 1440.
    #[serde(default)]
    max_age_minutes: Option<i64>,
    /// One of these values of OpenID Connect's `acr`, separated by spaces.
    #[serde(default)]
    acr_values: Option<String>,
}

impl From<StepUpView> for StepUp {
    fn from(view: StepUpView) -> Self {
        Self { max_age_minutes: view.max_age_minutes, acr: view.acr_values }
    }
}

impl AccountView {
    fn new(account: Account, notes: Option<String>) -> Self {
        Self {
            id: account.id,
            name: account.name,
            app_name: account.app_name,
            login_url: account.login_url,
            username: account.username,
            origins: account.origins,
            role: if account.level == Level::Own { "owner" } else { "collaborator" },
            has_password: account.has_password,
            has_totp: account.has_totp,
            notes,
            version: account.version,
            created_at: account.created_at,
            updated_at: account.updated_at,
            disabled_at: account.disabled_at,
            password_rejected_at: account
                .password_rejected_at
                .filter(|_| account.level == Level::Own),
            step_up: Some(account.step_up).filter(StepUp::asks).map(|asked| StepUpView {
                max_age_minutes: asked.max_age_minutes,
                acr_values: asked.acr,
            }),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// A part of the name, the app or the user name.
    #[serde(default)]
    search: String,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, at most 200.
    #[serde(default = "default_limit")]
    limit: i64,
}

fn default_limit() -> i64 {
    50
}

/// The fields of a new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    name: String,
    #[serde(default)]
    app_name: String,
    #[serde(default)]
    login_url: String,
    #[serde(default)]
    username: String,
    #[schema(value_type = Option<String>)]
    password: Option<Secret<String>>,
    #[schema(value_type = Option<String>)]
    totp: Option<Secret<String>>,
    #[schema(value_type = Option<String>)]
    notes: Option<Secret<String>>,
    /// Where its login may be filled in; without any, the origin of the login page.
    #[serde(default)]
    origins: Vec<String>,
    /// What it asks of the sign-in of whoever launches it.
    step_up: Option<StepUpView>,
}

/// The fields to change; a missing one stays, an empty text removes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    name: Option<String>,
    app_name: Option<String>,
    login_url: Option<String>,
    username: Option<String>,
    #[schema(value_type = Option<String>)]
    password: Option<Secret<String>>,
    #[schema(value_type = Option<String>)]
    totp: Option<Secret<String>>,
    #[schema(value_type = Option<String>)]
    notes: Option<Secret<String>>,
    /// Where its login may be filled in; an empty list for the origin of the login page.
    origins: Option<Vec<String>>,
    /// What it asks of the sign-in of whoever launches it; `{}` for nothing.
    step_up: Option<StepUpView>,
    /// Disable the account, so that its tile rests, or enable it again.
    disabled: Option<bool>,
}

/// The accounts that you reach, by name.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(ListQuery),
    responses((status = 200, body = Page<AccountView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<AccountView>>, Failure> {
    let after = match &query.after {
        None => None,
        Some(text) => {
            let (key, id) = decode_cursor(text).ok_or_else(not_a_next)?;
            Some(Cursor { key, id })
        }
    };
    let limit = query.limit.clamp(1, 200);
    let mut accounts =
        super::list(&app, &caller.0, &query.search, after.as_ref(), limit + 1).await?;
    let more = i64::try_from(accounts.len()).is_ok_and(|n| n > limit);
    if more {
        accounts.pop();
    }
    let next =
        accounts.last().filter(|_| more).map(Cursor::after).map(|c| encode_cursor(&c.key, c.id));
    let items = accounts.into_iter().map(|account| AccountView::new(account, None)).collect();
    Ok(Json(Page { items, next }))
}

/// Add an account; you are its Owner.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountView)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), Failure> {
    let draft = Draft {
        name: new.name,
        app_name: new.app_name,
        login_url: new.login_url,
        username: new.username,
        password: new.password,
        totp: new.totp,
        notes: new.notes,
        origins: Some(new.origins),
        recipe: None,
        step_up: new.step_up.map(StepUp::from),
        version: None,
    };
    let id = super::create(&app, &caller.0, draft).await?;
    let (account, notes) = super::find_with_notes(&app, &caller.0, id).await?;
    Ok((StatusCode::CREATED, Json(AccountView::new(account, notes))))
}

/// One account, with its notes.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}", tag = "accounts",
    params(("account_id" = String, Path)), responses((status = 200, body = AccountView)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Failure> {
    let (account, notes) = super::find_with_notes(&app, &caller.0, id).await?;
    Ok(Json(AccountView::new(account, notes)))
}

/// Change an account. Its tile is re-labelled by itself.
#[utoipa::path(patch, path = "/api/v1/accounts/{account_id}", tag = "accounts", request_body = AccountChange,
    params(("account_id" = String, Path)),
    responses((status = 200, body = AccountView)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Body(change): Body<AccountChange>,
) -> Result<Json<AccountView>, Failure> {
    let disabled = change.disabled;
    let changed = super::update(&app, &caller.0, id, Change::from(change)).await?;
    let (account, notes) = match disabled {
        None => changed,
        Some(disabled) => {
            super::set_disabled(&app, &caller.0, id, disabled).await?;
            super::find_with_notes(&app, &caller.0, id).await?
        }
    };
    Ok(Json(AccountView::new(account, notes)))
}

impl From<AccountChange> for Change {
    fn from(change: AccountChange) -> Self {
        let AccountChange {
            name,
            app_name,
            login_url,
            username,
            password,
            totp,
            notes,
            origins,
            step_up,
            disabled: _,
        } = change;
        Self {
            name,
            app_name,
            login_url,
            username,
            password,
            totp,
            notes,
            origins,
            recipe: None,
            step_up: step_up.map(StepUp::from),
            version: None,
        }
    }
}

/// Delete an account: its tile goes by itself, its Owners may restore it.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}", tag = "accounts",
    params(("account_id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    super::delete(&app, &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A revealed password.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordView {
    /// Missing where none is stored.
    password: Option<String>,
}

/// Reveal the password to an Owner. It is on record before it leaves.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/reveal", tag = "accounts",
    params(("account_id" = String, Path)),
    responses((status = 200, body = PasswordView)))]
pub(crate) async fn reveal(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<PasswordView>, Failure> {
    let revealed = super::reveal(&app, &caller.0, id).await?;
    Ok(Json(PasswordView { password: revealed.password.map(|p| p.expose().clone()) }))
}

/// How the pages of an account are filled in: `{"recipe": …}`, or `null` where the extension finds out by itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipeView {
    #[schema(value_type = Option<Object>)]
    recipe: Value,
}

/// How an account's pages are filled in.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recipe", tag = "accounts",
    params(("account_id" = String, Path)), responses((status = 200, body = RecipeView)))]
pub(crate) async fn read_recipe(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<RecipeView>, Failure> {
    let recipe = login::recipe(&app, &caller.0, id).await?;
    Ok(Json(RecipeView { recipe: recipe.unwrap_or_default() }))
}

/// Say how an account's pages are filled in; `null` leaves it to the extension.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/recipe", tag = "accounts", request_body = RecipeView,
    params(("account_id" = String, Path)),
    responses((status = 200, body = RecipeView)))]
pub(crate) async fn set_recipe(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Body(sent): Body<RecipeView>,
) -> Result<Json<RecipeView>, Failure> {
    let recipe = login::check_recipe(&sent.recipe)?;
    login::set_recipe(&app, &caller.0, id, recipe.clone()).await?;
    Ok(Json(RecipeView { recipe: recipe.unwrap_or_default() }))
}
