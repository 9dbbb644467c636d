//! The page of what lets Keytile into Okta: how the credential in use stands, and the one that stands by.

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::HeaderMap;
use model::secret::Secret;
use serde::Deserialize;

use super::extend::confirmed_admin;
use super::view::{CheckRow, ChecksFragment, PortalForm};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, fragment, html};
use crate::http::{Signed, flash, router};
use crate::settings::standby::{self, Life};
use crate::sync::store::CredentialKind;
use crate::ui::{Field, Shell, When};

/// Both credentials.
#[derive(Template)]
#[template(path = "settings/credentials.html")]
pub struct CredentialsPage {
    shell: Shell,
    in_use: LifeView,
    standby: Option<LifeView>,
    took_over: Option<TookOver>,
    is_refused: bool,
    days: Field,
    form: PortalForm,
}

struct LifeView {
    is_token: bool,
    entered: Option<When>,
    by: Option<String>,
    used: Option<When>,
    warning: Option<String>,
    problem: Option<String>,
    is_old: bool,
}

struct TookOver {
    at: When,
    why: String,
}

/// A token, as an admin entered it.
#[derive(Debug, Deserialize)]
pub(crate) struct EnteredToken {
    token: Secret<String>,
}

/// After how many days a token is old.
#[derive(Debug, Deserialize)]
pub(crate) struct EnteredDays {
    #[serde(default)]
    days: String,
}

impl CredentialsPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let found = standby::credentials(app, &signed.actor).await?.ok_or(Error::FeatureOff)?;
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            in_use: found.in_use.into(),
            standby: found.standby.map(LifeView::from),
            took_over: found.took_over.map(|(at, why)| TookOver { at: at.into(), why }),
            is_refused: found.is_refused,
            days: Field::of(found.days.to_string()),
            form: PortalForm::default(),
        })
    }
}

impl From<Life> for LifeView {
    fn from(life: Life) -> Self {
        Self {
            is_token: life.kind == CredentialKind::Token,
            entered: life.entered_at.map(When::from),
            by: life.entered_by,
            used: life.used_at.map(When::from),
            warning: life.warning,
            problem: life.problem,
            is_old: life.is_old,
        }
    }
}

/// The page: behind the proof that it is really them.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    confirmed_admin(&app, &signed)?;
    html(&CredentialsPage::load(&app, &signed).await?)
}

/// Tries a token that is to stand by, and stores nothing (C2).
pub(crate) async fn test(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Form(entered): Form<EnteredToken>,
) -> Page {
    let checks = standby::test(&app, &signed.actor, &entered.token).await?;
    let checks = checks.into_iter().map(CheckRow::from).collect();
    let form = PortalForm { checks, ..PortalForm::default() };
    if headers.contains_key(FRAGMENT) {
        return fragment("checks", &ChecksFragment { form });
    }
    html(&CredentialsPage { form, ..CredentialsPage::load(&app, &signed).await? })
}

/// Keeps a token as the standby.
pub(crate) async fn stand_by(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredToken>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let error = match standby::stand_by(&app, actor, confirmed_at, &entered.token).await {
        Ok(()) => {
            let said =
                flash::good("The token stands by. It takes over by itself when it is needed.");
            return Ok(flash::redirect(&app.config, router::CREDENTIALS, &said));
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_) | Error::Portal(_))) => error,
        Err(error) => return Err(error.into()),
    };
    let mut page = CredentialsPage::load(&app, &signed).await?;
    match &error {
        Error::Invalid { .. } => page.form.token.error = Some(error.to_string()),
        _ => page.form.checks.push(CheckRow::refused(&error)),
    }
    again(&page)
}

/// Goes on without a standby.
pub(crate) async fn remove(State(app): State<App>, signed: Signed) -> Page {
    let removed = standby::remove(&app, &signed.actor, signed.confirmed_at).await;
    flash::told(&app.config, router::CREDENTIALS, removed, |()| "Nothing stands by now.".into())
}

/// Sets after how many days a token is called old.
pub(crate) async fn set_days(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredDays>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let set = standby::set_days(&app, actor, confirmed_at, &entered.days).await;
    if let Err(error @ Error::Invalid { .. }) = &set {
        let mut page = CredentialsPage::load(&app, &signed).await?;
        page.days = Field::refused(&entered.days, error.to_string());
        return again(&page);
    }
    flash::told(&app.config, router::CREDENTIALS, set, |()| "Saved.".into())
}

/// Tries a refused connection again.
pub(crate) async fn try_again(State(app): State<App>, signed: Signed) -> Page {
    let tried = standby::try_again(&app, &signed.actor, signed.confirmed_at).await;
    flash::told(&app.config, router::SETTINGS, tried, |()| {
        "Okta lets Keytile in again. Everything that waited goes on.".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(is_token: bool) -> LifeView {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        LifeView {
            is_token,
            entered: Some(at.clone()),
            by: Some("Ada Byron".into()),
            used: Some(at),
            warning: Some("It is a super administrator’s.".into()),
            problem: Some("It was revoked.".into()),
            is_old: is_token,
        }
    }

    fn sample(standby: Option<LifeView>) -> CredentialsPage {
        let why = "Okta does not accept the API token.".to_owned();
        CredentialsPage {
            shell: Shell::sample("settings"),
            in_use: life(true),
            took_over: standby
                .is_none()
                .then(|| TookOver { at: model::Timestamp::UNIX_EPOCH.into(), why }),
            standby,
            is_refused: true,
            days: Field::of("90"),
            form: PortalForm::default(),
        }
    }

    /// T27, C3.
    #[test]
    fn the_page_tells_how_both_credentials_stand() {
        let text = sample(Some(life(false))).render().unwrap();
        for words in [
            "API token",
            "Service app",
            "super administrator",
            "It was revoked.",
            "older than 90 days",
            "Try again",
            "Replace the standby",
        ] {
            assert!(text.contains(words), "{words}");
        }
        let text = sample(None).render().unwrap();
        for words in ["The standby took over", "Nothing stands by", "Keep as standby"] {
            assert!(text.contains(words), "{words}");
        }
    }
}
