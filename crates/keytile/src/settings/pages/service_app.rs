//! The page on which a service app is connected: the key to register in Okta, and the app's client id.

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::HeaderMap;
use serde::Deserialize;

use super::extend::confirmed_admin;
use super::view::{CheckRow, ChecksFragment, PortalForm};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, fragment, html};
use crate::http::{Signed, flash, router};
use crate::settings::service_app::{self, EnteredApp, PublicKey};
use crate::sync::{self, PortalStatus};
use crate::ui::{Field, Shell, When};

/// The key, and the app that it belongs to.
#[derive(Template)]
#[template(path = "settings/service_app.html")]
pub struct ServiceAppPage {
    shell: Shell,
    key: Option<KeyView>,
    client_id: Field,
    /// There is a connection for which it could stand by.
    is_connected: bool,
    form: PortalForm,
}

struct KeyView {
    jwk: String,
    made: When,
}

/// The app, as an admin entered it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredForm {
    domain: String,
    client_id: String,
}

impl EnteredForm {
    fn entered(&self) -> EnteredApp {
        EnteredApp { domain: self.domain.clone(), client_id: self.client_id.clone() }
    }

    async fn page(&self, app: &App, signed: &Signed) -> Result<ServiceAppPage> {
        let mut page = ServiceAppPage::load(app, signed).await?;
        page.form.domain = Field::of(&self.domain);
        page.client_id = Field::of(&self.client_id);
        Ok(page)
    }
}

impl ServiceAppPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let key = service_app::public_key(app, &signed.actor).await?;
        let portal = sync::portal(app, &signed.actor).await?;
        let is_connected = portal.as_ref().is_some_and(|portal| portal.status != PortalStatus::Off);
        let domain = portal.map(|portal| portal.domain).unwrap_or_default();
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            key: key.map(KeyView::from),
            client_id: Field::default(),
            is_connected,
            form: PortalForm { domain: Field::of(&domain), ..PortalForm::default() },
        })
    }
}

impl From<PublicKey> for KeyView {
    fn from(key: PublicKey) -> Self {
        Self { jwk: key.jwk, made: key.created_at.into() }
    }
}

/// The page: behind the proof that it is really them.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    confirmed_admin(&app, &signed)?;
    html(&ServiceAppPage::load(&app, &signed).await?)
}

/// Makes a key.
pub(crate) async fn make_key(State(app): State<App>, signed: Signed) -> Page {
    let made = service_app::make_key(&app, &signed.actor, signed.confirmed_at).await;
    flash::told(&app.config, router::SERVICE_APP, made, |()| {
        "The key is made. Add its public half to the app in Okta.".into()
    })
}

/// Tries the app, and stores nothing (C2).
pub(crate) async fn test(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Form(entered): Form<EnteredForm>,
) -> Page {
    let checks = service_app::test(&app, &signed.actor, &entered.entered()).await?;
    let checks = checks.into_iter().map(CheckRow::from).collect();
    if headers.contains_key(FRAGMENT) {
        let form = PortalForm { checks, ..PortalForm::default() };
        return fragment("checks", &ChecksFragment { form });
    }
    let mut page = entered.page(&app, &signed).await?;
    page.form.checks = checks;
    html(&page)
}

/// Connects by the app.
pub(crate) async fn connect(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredForm>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let error = match service_app::turn_on(&app, actor, confirmed_at, entered.entered()).await {
        Ok(()) => {
            let said = flash::good("Keytile is connected by the service app.");
            return Ok(flash::redirect(&app.config, router::SETTINGS, &said));
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_) | Error::Portal(_))) => error,
        Err(error) => return Err(error.into()),
    };
    let mut page = entered.page(&app, &signed).await?;
    page.form.checks.push(CheckRow::refused(&error));
    again(&page)
}

/// Keeps the app as the standby.
pub(crate) async fn stand_by(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredForm>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let client_id = entered.client_id.clone();
    let error = match service_app::stand_by(&app, actor, confirmed_at, client_id).await {
        Ok(()) => {
            let said = flash::good("The service app stands by.");
            return Ok(flash::redirect(&app.config, router::CREDENTIALS, &said));
        }
        Err(
            error @ (Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::Portal(_)
            | Error::FeatureOff),
        ) => error,
        Err(error) => return Err(error.into()),
    };
    let mut page = entered.page(&app, &signed).await?;
    page.form.checks.push(CheckRow::refused(&error));
    again(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(key: Option<KeyView>) -> ServiceAppPage {
        ServiceAppPage {
            shell: Shell::sample("settings"),
            key,
            client_id: Field::of("0oa1example"),
            is_connected: true,
            form: PortalForm {
                domain: Field::of("https://acme.okta.com"),
                checks: vec![CheckRow::refused(&Error::Portal("No such app.".into()))],
                ..PortalForm::default()
            },
        }
    }

    /// C4.
    #[test]
    fn the_page_asks_for_a_key_first_and_then_for_the_app() {
        let text = sample(None).render().unwrap();
        assert!(text.contains("Make a key") && !text.contains("name=\"client_id\""));
        let made = model::Timestamp::UNIX_EPOCH.into();
        let text = sample(Some(KeyView { jwk: "{\"kty\":\"EC\"}".into(), made })).render().unwrap();
        for words in ["kty", "name=\"client_id\"", "okta.apps.manage", "No such app."] {
            assert!(text.contains(words), "{words}");
        }
    }
}
