//! The switch "Extend accounts to Okta": on, edited, tried, off, cleaned up (C1, C2, C6, C7).

use axum::Form;
use axum::extract::State;
use http::HeaderMap;
use model::access::{Action, permit};
use model::secret::Secret;
use serde::Deserialize;

use super::view::{CheckRow, ChecksFragment, IdpPage, PortalForm};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, check_number, fragment, html};
use crate::http::{Signed, flash, router};
use crate::settings::{self, Entered, everywhere};
use crate::ui::Field;

/// The org and the token, as an admin entered them.
#[derive(Debug, Deserialize)]
pub(crate) struct EnteredPortal {
    domain: String,
    token: Secret<String>,
}

/// Whether the apps go from Okta too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TurningOff {
    remove_all: Option<String>,
    confirm: String,
}

impl EnteredPortal {
    fn entered(&self) -> Entered {
        Entered { domain: self.domain.clone(), token: self.token.clone() }
    }

    fn form(&self, checks: Vec<CheckRow>) -> PortalForm {
        PortalForm { domain: Field::of(&self.domain), token: Field::default(), checks, open: true }
    }
}

/// The dialog that turns extending on or edits it: behind the proof that it is really them.
pub(crate) async fn edit(State(app): State<App>, signed: Signed) -> Page {
    confirmed_admin(&app, &signed)?;
    let mut page = IdpPage::load(&app, &signed).await?;
    page.form.open = true;
    html(&page)
}

/// The dialog that turns extending off: behind the same.
pub(crate) async fn ask_turn_off(State(app): State<App>, signed: Signed) -> Page {
    confirmed_admin(&app, &signed)?;
    let mut page = IdpPage::load(&app, &signed).await?;
    page.turn_off_open = true;
    html(&page)
}

pub(super) fn confirmed_admin(app: &App, signed: &Signed) -> Result<()> {
    let _admin = permit(&signed.actor, Action::ConfigurePortal, everywhere(&signed.actor))?;
    signed.require_confirmed(app.now())
}

/// Tries the connection, and stores nothing (C2).
pub(crate) async fn test(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Form(entered): Form<EnteredPortal>,
) -> Page {
    let checks = settings::test_connection(&app, &signed.actor, &entered.entered()).await?;
    let form = entered.form(checks.into_iter().map(CheckRow::from).collect());
    if headers.contains_key(FRAGMENT) {
        return fragment("checks", &ChecksFragment { form });
    }
    let mut page = IdpPage::load(&app, &signed).await?;
    page.form = form;
    html(&page)
}

/// Turns extending on, or replaces the domain and the token.
pub(crate) async fn turn_on(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredPortal>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let error = match settings::turn_on(&app, actor, confirmed_at, entered.entered()).await {
        Ok(()) => {
            let said = flash::good("Extending accounts to Okta is on.");
            return Ok(flash::redirect(&app.config, router::SETTINGS, &said));
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_) | Error::Portal(_))) => error,
        Err(error) => return Err(error.into()),
    };
    let mut form = entered.form(Vec::new());
    match &error {
        Error::Invalid { field: "domain", .. } => form.domain.error = Some(error.to_string()),
        Error::Invalid { .. } => form.token.error = Some(error.to_string()),
        _ => form.checks.push(CheckRow::refused(&error)),
    }
    let mut page = IdpPage::load(&app, &signed).await?;
    page.form = form;
    again(&page)
}

/// Turns extending off.
pub(crate) async fn turn_off(
    State(app): State<App>,
    signed: Signed,
    Form(turning): Form<TurningOff>,
) -> Page {
    confirmed_admin(&app, &signed)?;
    let removes = turning.remove_all.is_some();
    let checked = if removes { check_apps(&app, &signed, &turning.confirm).await } else { Ok(()) };
    let turned_off = match checked {
        Ok(()) => settings::turn_off(&app, &signed.actor, signed.confirmed_at, removes).await,
        Err(error) => Err(error),
    };
    flash::told(&app.config, router::SETTINGS, turned_off, |removed| match removed {
        0 => "Extending accounts to Okta is off.".into(),
        _ => format!("Extending accounts to Okta is off. {}", being_removed(removed)),
    })
}

/// Removes what had stayed in Okta.
pub(crate) async fn clean_up(
    State(app): State<App>,
    signed: Signed,
    Form(turning): Form<TurningOff>,
) -> Page {
    confirmed_admin(&app, &signed)?;
    let removed = match check_apps(&app, &signed, &turning.confirm).await {
        Ok(()) => settings::clean_up(&app, &signed.actor, signed.confirmed_at).await,
        Err(error) => Err(error),
    };
    flash::told(&app.config, router::SETTINGS, removed, being_removed)
}

fn being_removed(apps: u64) -> String {
    match apps {
        1 => "One app is being removed from Okta.".into(),
        _ => format!("{apps} apps are being removed from Okta."),
    }
}

/// U6: many tiles go only where their number was typed.
async fn check_apps(app: &App, signed: &Signed, typed: &str) -> Result<()> {
    let mut tx = app.db.read().await?;
    let standing = settings::store::standing(&mut tx, signed.actor.workspace).await?;
    let tiles = standing.map_or(0, |standing| standing.tiles);
    check_number(usize::try_from(tiles).unwrap_or(0), typed)
}
