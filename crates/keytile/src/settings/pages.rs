//! The page of the identity provider: how people sign in, how they are provisioned, and extending accounts to Okta.
//! What is sensitive asks first whether it is really them (C41).

mod credentials;
mod extend;
mod service_app;
mod strategy;
mod view;

use axum::Form;
use axum::extract::State;
use model::ApiKeyId;
use model::secret::Secret;
use serde::Deserialize;

use crate::app::App;
use crate::directories::{self, SignIn};
use crate::error::{Error, Result};
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::ui::Field;

pub use credentials::CredentialsPage;
pub(crate) use credentials::{
    remove as remove_standby, set_days as set_token_days, show as show_credentials, stand_by,
    test as test_standby, try_again,
};
pub(crate) use extend::{ask_turn_off, clean_up, edit, test, turn_off, turn_on};
pub use service_app::ServiceAppPage;
pub(crate) use service_app::{
    connect as connect_service_app, make_key as make_service_key, show as show_service_app,
    stand_by as stand_by_service_app, test as test_service_app,
};
pub use strategy::{RightsFragment, StrategyPage};
pub(crate) use strategy::{
    choose as choose_strategy, choose_logos, rights as show_rights, show as show_strategy,
};
pub use view::{ChecksFragment, IdpPage};

/// How people sign in, as the Owner entered it.
#[derive(Debug, Deserialize)]
pub(crate) struct EnteredSignIn {
    issuer: String,
    client_id: String,
    client_secret: Secret<String>,
}

/// The settings.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    html(&IdpPage::load(&app, &signed).await?)
}

/// Sets how people sign in.
pub(crate) async fn save_sign_in(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredSignIn>,
) -> Page {
    let typed = !entered.client_secret.expose().trim().is_empty();
    let sign_in = SignIn {
        issuer: entered.issuer.clone(),
        client_id: entered.client_id.clone(),
        client_secret: typed.then(|| entered.client_secret.clone()),
    };
    let saved = directories::set_sign_in(&app, &signed.actor, signed.confirmed_at, sign_in).await;
    if let Err(error @ Error::Invalid { field, .. }) = &saved {
        let mut page = IdpPage::load(&app, &signed).await?;
        page.signin.issuer = Field::of(&entered.issuer);
        page.signin.client_id = Field::of(&entered.client_id);
        let at = match *field {
            "client_id" => &mut page.signin.client_id,
            "client_secret" => &mut page.signin.client_secret,
            _ => &mut page.signin.issuer,
        };
        at.error = Some(error.to_string());
        return again(&page);
    }
    flash::told(&app.config, router::SETTINGS, saved, |()| {
        "Sign-in is set up. Try it in another browser before you sign out here.".into()
    })
}

/// Makes a SCIM token, and shows it this once.
pub(crate) async fn create_scim_token(State(app): State<App>, signed: Signed) -> Page {
    let token = directories::create_scim_token(&app, &signed.actor, signed.confirmed_at).await?;
    let mut page = IdpPage::load(&app, &signed).await?;
    page.provisioning.new_token = Some(token.expose().clone());
    html(&page)
}

/// Ends a SCIM token.
pub(crate) async fn revoke_scim_token(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<ApiKeyId>,
) -> Page {
    let confirmed_at = signed.confirmed_at;
    let revoked: Result<()> =
        directories::revoke_scim_token(&app, &signed.actor, confirmed_at, id).await;
    flash::told(&app.config, router::SETTINGS, revoked, |()| {
        "The token is revoked. Okta can no longer push people with it.".into()
    })
}
