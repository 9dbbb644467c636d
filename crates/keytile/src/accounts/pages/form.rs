//! The form that adds or changes an account. What a person typed is shown again with what is wrong; secrets are not.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use model::AccountId;
use model::access::Level;
use model::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::accounts::{self, Draft, StepUp};
use crate::app::App;
use crate::error::Error;
use crate::http::Path;
use crate::http::flash;
use crate::http::page::{Failure, Page, html};
use crate::http::router;
use crate::http::session::Signed;
use crate::ui::{Field, Shell};

/// Add or edit an account.
#[derive(Template)]
#[template(path = "accounts/form.html")]
pub struct AccountFormPage {
    shell: Shell,
    id: Option<String>,
    heading: String,
    problem: Option<String>,
    name: Field,
    app: Field,
    login_url: Field,
    username: Field,
    password: Field,
    totp: Field,
    notes: Field,
    origins: Field,
    recipe: Field,
    max_age: Field,
    acr: Field,
    has_password: bool,
    has_totp: bool,
    version: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Entered {
    name: String,
    app_name: String,
    login_url: String,
    username: String,
    password: Secret<String>,
    totp: Secret<String>,
    notes: Secret<String>,
    #[serde(default)]
    origins: String,
    #[serde(default)]
    recipe: String,
    #[serde(default)]
    max_age_minutes: String,
    #[serde(default)]
    acr_values: String,
    version: String,
}

impl Entered {
    fn draft(&self) -> Result<Draft, Error> {
        // A secret that is left empty in the form stays as it is; the notes are shown, so empty means none.
        let typed = |secret: &Secret<String>| (!secret.expose().is_empty()).then(|| secret.clone());
        let recipe = match self.recipe.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text)
                .map_err(|error| Error::invalid("recipe", format!("This is not JSON: {error}.")))?,
        };
        let max_age_minutes = match self.max_age_minutes.trim() {
            "" => None,
            // What is no number is refused like one that is out of bounds.
            text => Some(text.parse().unwrap_or(-1)),
        };
        let acr = Some(self.acr_values.clone());
        Ok(Draft {
            name: self.name.clone(),
            app_name: self.app_name.clone(),
            login_url: self.login_url.clone(),
            username: self.username.clone(),
            password: typed(&self.password),
            totp: typed(&self.totp),
            notes: Some(self.notes.clone()),
            origins: Some(self.origins.lines().map(ToOwned::to_owned).collect()),
            recipe: Some(recipe),
            step_up: Some(StepUp { max_age_minutes, acr }),
            version: self.version.parse().ok(),
        })
    }
}

impl AccountFormPage {
    fn empty(shell: Shell) -> Self {
        Self {
            shell,
            id: None,
            heading: "Add an account".into(),
            problem: None,
            name: Field::default(),
            app: Field::default(),
            login_url: Field::default(),
            username: Field::default(),
            password: Field::default(),
            totp: Field::default(),
            notes: Field::default(),
            origins: Field::default(),
            recipe: Field::default(),
            max_age: Field::default(),
            acr: Field::default(),
            has_password: false,
            has_totp: false,
            version: String::new(),
        }
    }

    /// The form as it was sent, with what is wrong at the field that is meant.
    fn refused(mut self, entered: &Entered, error: &Error) -> Self {
        self.name = Field::of(&entered.name);
        self.app = Field::of(&entered.app_name);
        self.login_url = Field::of(&entered.login_url);
        self.username = Field::of(&entered.username);
        self.notes = Field::of(entered.notes.expose());
        self.origins = Field::of(&entered.origins);
        self.recipe = Field::of(&entered.recipe);
        self.max_age = Field::of(&entered.max_age_minutes);
        self.acr = Field::of(&entered.acr_values);
        self.version.clone_from(&entered.version);
        let message = Some(error.to_string());
        match error {
            Error::Invalid { field: "name", .. } => self.name.error = message,
            Error::Invalid { field: "app_name", .. } => self.app.error = message,
            Error::Invalid { field: "login_url", .. } => self.login_url.error = message,
            Error::Invalid { field: "username", .. } => self.username.error = message,
            Error::Invalid { field: "password", .. } => self.password.error = message,
            Error::Invalid { field: "totp", .. } => self.totp.error = message,
            Error::Invalid { field: "notes", .. } => self.notes.error = message,
            Error::Invalid { field: "origins", .. } => self.origins.error = message,
            Error::Invalid { field: "recipe", .. } => self.recipe.error = message,
            Error::Invalid { field: "max_age_minutes", .. } => self.max_age.error = message,
            Error::Invalid { field: "acr_values", .. } => self.acr.error = message,
            _ => self.problem = message,
        }
        self
    }
}

/// The empty form.
pub(crate) async fn new(State(app): State<App>, signed: Signed) -> Page {
    if !super::may_add(&signed) {
        return Err(
            Error::Forbidden("Your workspace role does not let you add accounts.".into()).into()
        );
    }
    html(&AccountFormPage::empty(signed.shell(&app, "accounts").await?))
}

/// Adds an account.
pub(crate) async fn create(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<Entered>,
) -> Result<Response, Failure> {
    let created = match entered.draft() {
        Ok(draft) => accounts::create(&app, &signed.actor, draft).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(id) => {
            let said = flash::good(format!("{} was added. You own it.", entered.name.trim()));
            Ok(flash::redirect(&app.config, &router::account(id), &said))
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            let page = AccountFormPage::empty(signed.shell(&app, "accounts").await?);
            again(&page.refused(&entered, &error))
        }
        Err(error) => Err(error.into()),
    }
}

/// The form of an account that there is.
pub(crate) async fn edit(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
) -> Page {
    html(&filled(&app, &signed, id).await?)
}

/// Changes an account.
pub(crate) async fn update(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
    Form(entered): Form<Entered>,
) -> Result<Response, Failure> {
    let updated = match entered.draft() {
        Ok(draft) => accounts::update(&app, &signed.actor, id, draft).await,
        Err(error) => Err(error),
    };
    match updated {
        Ok(_) => {
            let said = flash::good(format!("{} was saved.", entered.name.trim()));
            Ok(flash::redirect(&app.config, &router::account(id), &said))
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            again(&filled(&app, &signed, id).await?.refused(&entered, &error))
        }
        Err(error) => Err(error.into()),
    }
}

async fn filled(app: &App, signed: &Signed, id: AccountId) -> Result<AccountFormPage, Failure> {
    let (account, notes) = accounts::find_with_notes(app, &signed.actor, id).await?;
    if account.level < Level::Own {
        return Err(Error::Forbidden("Only an Owner of this account can change it.".into()).into());
    }
    let recipe = accounts::login::recipe(app, &signed.actor, id).await?;
    Ok(AccountFormPage {
        id: Some(id.to_string()),
        heading: format!("Edit {}", account.name),
        name: Field::of(account.name),
        app: Field::of(account.app_name.unwrap_or_default()),
        login_url: Field::of(account.login_url.unwrap_or_default()),
        username: Field::of(account.username),
        notes: Field::of(notes.unwrap_or_default()),
        origins: Field::of(account.origins.unwrap_or_default().join("\n")),
        recipe: Field::of(recipe.as_ref().map(pretty).unwrap_or_default()),
        max_age: Field::of(
            account.step_up.max_age_minutes.map(|m| m.to_string()).unwrap_or_default(),
        ),
        acr: Field::of(account.step_up.acr.unwrap_or_default()),
        has_password: account.has_password,
        has_totp: account.has_totp,
        version: account.version.to_string(),
        ..AccountFormPage::empty(signed.shell(app, "accounts").await?)
    })
}

fn pretty(recipe: &Value) -> String {
    serde_json::to_string_pretty(recipe).expect("a value is JSON")
}

fn again(page: &AccountFormPage) -> Result<Response, Failure> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(page)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_form_shows_what_was_typed_and_never_a_secret() {
        let secret = |text: &str| Secret::new(text.to_string());
        let entered = Entered {
            name: "Contentzilla".into(),
            app_name: String::new(),
            login_url: "ftp://x".into(),
            username: String::new(),
            password: secret("correct horse"),
            totp: secret(""),
            notes: secret(""),
            origins: "https://a.example".into(),
            recipe: String::new(),
            max_age_minutes: String::new(),
            acr_values: String::new(),
            version: String::new(),
        };
        let error = Error::invalid("login_url", "It must begin with https://.");
        let page = AccountFormPage::empty(Shell::sample("accounts")).refused(&entered, &error);
        let text = page.render().unwrap();
        assert!(text.contains("Contentzilla") && text.contains("It must begin with"));
        assert!(!text.contains("correct horse"));
        assert!(text.contains("https://a.example"));
    }

    #[test]
    fn what_is_wrong_with_addresses_and_a_recipe_stands_beside_them_and_opens_what_holds_it() {
        let entered = Entered {
            name: "Contentzilla".into(),
            app_name: String::new(),
            login_url: String::new(),
            username: String::new(),
            password: Secret::new(String::new()),
            totp: Secret::new(String::new()),
            notes: Secret::new(String::new()),
            origins: "https://a.example".into(),
            recipe: "{ <".into(),
            max_age_minutes: String::new(),
            acr_values: String::new(),
            version: String::new(),
        };
        let error = entered.draft().err().unwrap();
        let page = AccountFormPage::empty(Shell::sample("accounts")).refused(&entered, &error);
        let text = page.render().unwrap();
        assert!(text.contains("This is not JSON") && text.contains("{ &#60;"));
        assert!(text.contains("<details class=\"inset\" open>"));
        let page = AccountFormPage::empty(Shell::sample("accounts"));
        assert!(page.render().unwrap().contains("<details class=\"inset\">"));
    }
}
