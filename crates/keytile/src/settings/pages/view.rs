//! What the settings page shows.

use askama::Template;
use model::access::{Action, permit};
use portal::{Check, Strategy, Verdict};

use crate::app::App;
use crate::directories::{self, Directory, ScimToken};
use crate::error::{Error, Result};
use crate::http::{Signed, router};
use crate::scim;
use crate::settings::{everywhere, refusal, standby, store};
use crate::signin::oidc;
use crate::sync::store::CredentialKind;
use crate::sync::{self, PortalStatus};
use crate::ui::{Field, Shell, When};

/// The settings of the identity provider.
#[expect(clippy::struct_excessive_bools, reason = "each is one part of the page")]
#[derive(Template)]
#[template(path = "settings/idp.html")]
pub struct IdpPage {
    shell: Shell,
    may_set_up: bool,
    confirmed: bool,
    confirm: String,
    may_extend: bool,
    pub(super) signin: SigninView,
    pub(super) provisioning: ProvisioningView,
    extend: ExtendView,
    pub(super) form: PortalForm,
    pub(super) turn_off_open: bool,
}

/// The answers of "Test connection" alone.
#[derive(Template)]
#[template(path = "settings/checks.html")]
pub struct ChecksFragment {
    pub(super) form: PortalForm,
}

pub(super) struct SigninView {
    configured: bool,
    pub(super) issuer: Field,
    pub(super) client_id: Field,
    pub(super) client_secret: Field,
    redirect_url: String,
}

pub(super) struct ProvisioningView {
    base_url: String,
    tokens: Vec<TokenRow>,
    pub(super) new_token: Option<String>,
    people: i64,
    groups: i64,
}

struct TokenRow {
    id: String,
    created: When,
    used: Option<When>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Off,
    On,
    Update,
}

struct ExtendView {
    status: Status,
    credential: &'static str,
    is_app: bool,
    has_standby: bool,
    warning: Option<String>,
    by_groups: bool,
    domain: String,
    by: String,
    since: Option<When>,
    tiles: i64,
    left: i64,
    problem: Option<String>,
    cleaning: Option<Progress>,
}

struct Progress {
    done: i64,
    total: i64,
}

#[derive(Default)]
pub(super) struct PortalForm {
    pub(super) domain: Field,
    pub(super) token: Field,
    pub(super) checks: Vec<CheckRow>,
    pub(super) open: bool,
}

/// One line of "Test connection".
pub(super) struct CheckRow {
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: String,
}

impl IdpPage {
    /// The page for those who may see how people sign in: admins.
    pub(super) async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let actor = &signed.actor;
        let directory = directories::view(app, actor).await?;
        let may = |action| permit(actor, action, everywhere(actor)).is_ok();
        let extend = ExtendView::load(app, signed).await?;
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            may_set_up: may(Action::ConfigureSignIn),
            confirmed: signed.require_confirmed(app.now()).is_ok(),
            confirm: router::confirm(router::SETTINGS),
            may_extend: may(Action::ConfigurePortal),
            signin: SigninView::of(app, directory),
            provisioning: ProvisioningView::load(app, signed).await?,
            form: PortalForm { domain: Field::of(&extend.domain), ..PortalForm::default() },
            extend,
            turn_off_open: false,
        })
    }
}

impl SigninView {
    fn of(app: &App, directory: Option<Directory>) -> Self {
        let (issuer, client_id) =
            directory.map_or((None, None), |directory| (directory.issuer, directory.client_id));
        Self {
            configured: issuer.is_some() && client_id.is_some(),
            issuer: Field::of(issuer.unwrap_or_default()),
            client_id: Field::of(client_id.unwrap_or_default()),
            client_secret: Field::default(),
            redirect_url: format!("{}{}", app.config.origin(), oidc::CALLBACK),
        }
    }
}

impl ProvisioningView {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let tokens = directories::scim_tokens(app, &signed.actor).await?;
        let pushed = store::pushed(&mut app.db.read().await?, signed.actor.workspace).await?;
        Ok(Self {
            base_url: format!("{}{}", app.config.origin(), scim::http::PATH),
            tokens: tokens.into_iter().map(TokenRow::from).collect(),
            new_token: None,
            people: pushed.people,
            groups: pushed.groups,
        })
    }
}

impl From<ScimToken> for TokenRow {
    fn from(token: ScimToken) -> Self {
        Self {
            id: token.id.to_string(),
            created: token.created_at.into(),
            used: token.last_used_at.map(When::from),
        }
    }
}

impl ExtendView {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let portal = sync::portal(app, &signed.actor).await?;
        let standing = store::standing(&mut app.db.read().await?, signed.actor.workspace).await?;
        let (Some(portal), Some(standing)) = (portal, standing) else { return Ok(Self::never()) };
        let is_off = portal.status == PortalStatus::Off;
        let progress = Progress { done: standing.gone, total: standing.leaving };
        let credentials = standby::credentials(app, &signed.actor).await?;
        let advice = "Okta does not let Keytile in any more. Update the connection.";
        Ok(Self {
            problem: (portal.status == PortalStatus::Update)
                .then(|| portal.status_detail.unwrap_or_else(|| advice.into())),
            status: match portal.status {
                PortalStatus::Off => Status::Off,
                PortalStatus::On => Status::On,
                PortalStatus::Update => Status::Update,
            },
            credential: match portal.credential {
                CredentialKind::Token => "An API token",
                CredentialKind::ServiceApp => "A service app",
            },
            is_app: portal.credential == CredentialKind::ServiceApp,
            has_standby: credentials.as_ref().is_some_and(|both| both.standby.is_some()),
            warning: credentials.and_then(|both| both.in_use.warning).filter(|_| !is_off),
            by_groups: portal.strategy == Strategy::Audience,
            domain: portal.domain,
            by: standing.by.unwrap_or_else(|| "Keytile".into()),
            since: portal.turned_on_at.map(When::from),
            tiles: standing.tiles,
            left: if is_off { standing.tiles } else { 0 },
            cleaning: (is_off && progress.done < progress.total).then_some(progress),
        })
    }

    /// Where no org was ever connected.
    fn never() -> Self {
        Self {
            status: Status::Off,
            credential: "",
            is_app: false,
            has_standby: false,
            warning: None,
            by_groups: false,
            domain: String::new(),
            by: String::new(),
            since: None,
            tiles: 0,
            left: 0,
            problem: None,
            cleaning: None,
        }
    }

    fn is_off(&self) -> bool {
        self.status == Status::Off
    }
}

impl CheckRow {
    /// What stood in the way of turning on.
    pub(super) fn refused(error: &Error) -> Self {
        Self { kind: "bad", title: "The connection was not saved", detail: error.to_string() }
    }
}

impl From<Check> for CheckRow {
    fn from(check: Check) -> Self {
        let (kind, detail) = match check.result {
            Verdict::Passed(text) => ("good", text),
            Verdict::Warning(text) => ("warn", text),
            Verdict::Failed(error) => ("bad", refusal::said(&error)),
            Verdict::Optional(text) => ("skipped", text),
            Verdict::Skipped => ("skipped", String::new()),
        };
        Self { kind, title: check.name, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(status: Status, confirmed: bool) -> IdpPage {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        let off = status == Status::Off;
        IdpPage {
            shell: Shell::sample("settings"),
            may_set_up: true,
            confirmed,
            confirm: "/confirm?return_to=%2Fsettings".into(),
            may_extend: true,
            signin: SigninView {
                configured: true,
                issuer: Field::of("https://acme.okta.com"),
                client_id: Field::refused("", "Paste the client id of the OIDC app."),
                client_secret: Field::default(),
                redirect_url: "https://keytile.example/sign-in/okta/callback".into(),
            },
            provisioning: ProvisioningView {
                base_url: "https://keytile.example/scim/v2".into(),
                tokens: vec![TokenRow { id: "key_01".into(), created: at.clone(), used: None }],
                new_token: Some("scim_once".into()),
                people: 40,
                groups: 3,
            },
            extend: ExtendView {
                status,
                credential: "A service app",
                is_app: true,
                has_standby: true,
                warning: Some("Whoever steals it could take over the org.".into()),
                by_groups: true,
                domain: "https://acme.okta.com".into(),
                by: "Ada Byron".into(),
                since: Some(at),
                tiles: 12,
                left: if off { 12 } else { 0 },
                problem: (status == Status::Update).then(|| "The token was revoked.".into()),
                cleaning: None,
            },
            form: PortalForm {
                checks: vec![CheckRow { kind: "bad", title: "The token", detail: "401".into() }],
                open: true,
                ..PortalForm::default()
            },
            turn_off_open: true,
        }
    }

    /// C1, C6, C7.
    #[test]
    fn the_page_renders_in_every_state_of_the_switch() {
        for (status, words) in [
            (Status::Off, "Turn on extended account access?"),
            (Status::On, "Turn off extended account access?"),
            (Status::Update, "The token was revoked."),
        ] {
            let text = sample(status, true).render().unwrap();
            for words in [words, "IDP Domain", "Test connection", "scim_once", "401"] {
                assert!(text.contains(words), "{status:?}: {words}");
            }
        }
    }

    /// C41.
    #[test]
    fn who_has_not_confirmed_is_led_there_first() {
        let text = sample(Status::On, false).render().unwrap();
        assert!(text.contains("Confirm that it is you to change this"));
        assert!(!text.contains("action=\"/settings/signin\""));
        assert!(!text.contains("commandfor=\"turn-off\""));
    }

    /// U6.
    #[test]
    fn removing_more_than_ten_apps_asks_for_their_number() {
        assert!(sample(Status::On, true).render().unwrap().contains("To remove them, type 12"));
        assert!(sample(Status::Off, true).render().unwrap().contains("Type 12 to confirm"));
    }
}
