//! My profile: who one is, syncing all one's accounts (S37), the API key, passkeys and sessions.

use askama::Template;
use axum::extract::State;
use model::access::{Action, On, Target, permit};

use crate::apikeys::{self, ApiKey};
use crate::app::App;
use crate::error::Result;
use crate::http::page::{Page, html};
use crate::http::{Signed, flash, router};
use crate::signin::{self, passkey, session};
use crate::sync::{self, PortalStatus};
use crate::ui::{Shell, When};

/// The person's own page.
#[derive(Template)]
#[template(path = "members/profile.html")]
pub struct ProfilePage {
    shell: Shell,
    provisioned: bool,
    may_have_key: bool,
    api_key: Option<ApiKeyView>,
    new_key: Option<String>,
    sync: ProfileSync,
    passkeys: Vec<PasskeyRow>,
    passkeys_are_allowed: bool,
    sessions: Vec<SessionRow>,
}

struct ApiKeyView {
    created: When,
    used: Option<When>,
}

struct ProfileSync {
    offered: bool,
    tiles: i64,
    last: Option<When>,
}

struct PasskeyRow {
    id: String,
    name: String,
    created: When,
    used: Option<When>,
}

struct SessionRow {
    id: String,
    browser: String,
    began: When,
    seen: When,
    this: bool,
}

/// The person's own page.
pub(crate) async fn profile(State(app): State<App>, signed: Signed) -> Page {
    html(&ProfilePage::load(&app, &signed).await?)
}

/// Makes the person's API key, and shows it this once. It outlives the session, so it takes a proof of who they are (C41).
pub(crate) async fn create_api_key(State(app): State<App>, signed: Signed) -> Page {
    signed.require_confirmed(app.now())?;
    let key = apikeys::create(&app, &signed.actor).await?;
    let mut page = ProfilePage::load(&app, &signed).await?;
    page.new_key = Some(key.expose().clone());
    html(&page)
}

/// Ends the person's API key.
pub(crate) async fn revoke_api_key(State(app): State<App>, signed: Signed) -> Page {
    let revoked = apikeys::revoke(&app, &signed.actor).await;
    flash::told(&app.config, router::PROFILE, revoked, |()| {
        "The API key is revoked. Programs that use it are refused from now on.".into()
    })
}

/// Syncs every extended account that the person owns (S37).
pub(crate) async fn sync_all(State(app): State<App>, signed: Signed) -> Page {
    let synced = sync::sync_all(&app, &signed.actor).await;
    flash::told(&app.config, router::PROFILE, synced, |accounts| match accounts {
        0 => "You own no account that is extended to Okta.".into(),
        1 => "One account is being synced. You are told here when it is done.".into(),
        _ => format!("{accounts} accounts are being synced. You are told here when they are done."),
    })
}

impl ProfilePage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let actor = &signed.actor;
        let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
        Ok(Self {
            shell: signed.shell(app, "").await?,
            provisioned: signin::proofs(app, actor).await?.oidc,
            may_have_key: permit(actor, Action::ManageApiKeys, everywhere).is_ok(),
            api_key: apikeys::find(app, actor).await?.map(ApiKeyView::from),
            new_key: None,
            sync: ProfileSync::load(app, signed).await?,
            passkeys: passkey::list(app, actor).await?.into_iter().map(PasskeyRow::from).collect(),
            passkeys_are_allowed: passkey::is_allowed(app, actor).await?,
            sessions: sessions(app, signed).await?,
        })
    }
}

impl ProfileSync {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let portal = sync::portal(app, &signed.actor).await?;
        let is_on = portal.is_some_and(|portal| portal.status != PortalStatus::Off);
        let own = sync::store::own_tiles(&mut app.db.read().await?, &signed.actor).await?;
        Ok(Self {
            offered: is_on && own.tiles > 0,
            tiles: own.tiles,
            last: own.synced_at.map(When::from),
        })
    }
}

async fn sessions(app: &App, signed: &Signed) -> Result<Vec<SessionRow>> {
    let row = |session: session::Session| SessionRow {
        this: session.id == signed.session,
        id: session.id.to_string(),
        browser: browser(&session.user_agent),
        began: session.created_at.into(),
        seen: session.last_seen_at.into(),
    };
    Ok(session::list(app, &signed.actor).await?.into_iter().map(row).collect())
}

/// The browser and the system in a user agent, as people call them. A hint for its owner, nothing is decided by it.
fn browser(agent: &str) -> String {
    let find = |known: &[(&str, &'static str)], other| {
        known.iter().find(|(part, _)| agent.contains(part)).map_or(other, |(_, name)| *name)
    };
    let browser = find(
        &[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ],
        "A browser",
    );
    let system = find(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ],
        "",
    );
    if system.is_empty() { browser.into() } else { format!("{browser} on {system}") }
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self { created: key.created_at.into(), used: key.last_used_at.map(When::from) }
    }
}

impl From<passkey::View> for PasskeyRow {
    fn from(passkey: passkey::View) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created: passkey.created_at.into(),
            used: passkey.last_used_at.map(When::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> When {
        model::Timestamp::UNIX_EPOCH.into()
    }

    fn sample(tiles: i64, new_key: Option<&str>) -> ProfilePage {
        ProfilePage {
            shell: Shell::sample(""),
            provisioned: true,
            may_have_key: true,
            api_key: Some(ApiKeyView { created: at(), used: None }),
            new_key: new_key.map(Into::into),
            sync: ProfileSync { offered: tiles > 0, tiles, last: Some(at()) },
            passkeys: vec![PasskeyRow {
                id: "pk_01".into(),
                name: "My phone".into(),
                created: at(),
                used: Some(at()),
            }],
            passkeys_are_allowed: true,
            sessions: vec![SessionRow {
                id: "ses_01".into(),
                browser: "Firefox on Linux".into(),
                began: at(),
                seen: at(),
                this: true,
            }],
        }
    }

    /// S37.
    #[test]
    fn syncing_is_offered_to_who_owns_extended_accounts() {
        let text = sample(2, None).render().unwrap();
        for words in [
            "Connected Apps and Services",
            "Sync with Okta",
            "Sync your accounts with Okta manually?",
            "Sync accounts",
        ] {
            assert!(text.contains(words), "{words}");
        }
        assert!(!sample(0, None).render().unwrap().contains("Sync with Okta"));
    }

    #[test]
    fn passkeys_that_no_admin_has_allowed_are_shown_as_such() {
        let mut page = sample(0, None);
        assert!(page.render().unwrap().contains("Add a passkey"));
        page.passkeys_are_allowed = false;
        let text = page.render().unwrap();
        assert!(text.contains("ask an admin to allow it") && text.contains("Not allowed"));
        assert!(!text.contains("Add a passkey") && text.contains("/profile/passkeys/pk_01/remove"));
    }

    #[test]
    fn a_new_key_is_on_the_page_that_made_it() {
        assert!(sample(0, Some("ktk_secret")).render().unwrap().contains("ktk_secret"));
    }

    #[test]
    fn a_session_is_told_by_browser_and_system() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Windows");
        assert_eq!(browser(&format!("{chrome} Edg/126.0")), "Edge on Windows");
        assert_eq!(browser("curl/8"), "A browser");
    }
}
