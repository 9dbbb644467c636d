//! Unfinished sign-ins: what was asked of whom, from which browser, and where to go afterwards. Each can be finished
//! once, within ten minutes, and by the browser that began it: that is what refuses login CSRF (T12).

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use model::{InviteId, MemberId, SessionId, WorkspaceId};
use seal::token::{self, TokenHash};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration,
};

use super::store;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;

/// How long a person may take.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// What has been begun.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Begun {
    /// The browser was sent to the identity provider.
    Oidc {
        /// Expected in the ID token.
        nonce: String,
        /// PKCE: proves at the token endpoint that the code is ours (RFC 7636).
        verifier: String,
        /// A path of ours.
        return_to: String,
        /// True where the provider was told not to ask the person.
        silent: bool,
        /// The session that this confirms.
        confirms: Option<SessionId>,
    },
    /// The browser is on its way to a launch that begins at once.
    Launch { path: String },
    /// A passkey is being made.
    MakePasskey { member: MemberId, invite: Option<InviteId>, state: PasskeyRegistration },
    /// Somebody signs in with a passkey.
    SignInByPasskey { state: DiscoverableAuthentication },
    /// A person confirms with a passkey that it is them.
    ConfirmByPasskey { session: SessionId, state: PasskeyAuthentication },
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// The hash of the browser's own cookie, in hexadecimal.
    browser: String,
    begun: Begun,
}

/// The secret of this browser, made where it has none, and the cookies that keep it there.
pub struct Browser {
    /// With the browser's secret in it.
    pub jar: CookieJar,
    hash: String,
}

impl Browser {
    /// The browser that sent these cookies.
    pub fn of(app: &App, jar: CookieJar) -> Self {
        let name = cookie_name(&app.config);
        if let Some(known) = jar.get(name).filter(|cookie| token::hint(cookie.value()).is_some()) {
            let hash = hex(&token::hash(known.value()));
            return Self { jar, hash };
        }
        let (text, hash) = token::mint("ktb", &mut app.rng());
        let cookie = Cookie::build((name, text.expose().to_owned()))
            .path("/")
            .http_only(true)
            .secure(app.config.is_https())
            .same_site(SameSite::Lax)
            .build();
        Self { jar: jar.add(cookie), hash: hex(&hash.0) }
    }
}

/// Remembers what this browser has begun. The answer finishes it: the `state` of OIDC (RFC 6749, section 10.12).
pub async fn begin(
    app: &App,
    workspace: WorkspaceId,
    browser: &Browser,
    begun: Begun,
) -> Result<String> {
    let (state, TokenHash(hash)) = token::mint("kta", &mut app.rng());
    let stored = Stored { browser: browser.hash.clone(), begun };
    let stored = serde_json::to_string(&stored).expect("an attempt is plain data");
    let (now, mut rng) = (app.now(), app.rng());
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::forget_attempts(tx, now).await?;
                store::insert_attempt(tx, &mut rng, workspace, &hash, &stored, now, now + LASTS)
                    .await
            })
        })
        .await?;
    Ok(state.expose().to_owned())
}

/// Takes what was begun, once; `None` where it is unknown, too old, used already, or another browser's. Another
/// browser's try uses it up: whoever holds its state is not to be trusted with a second one.
pub async fn take(
    app: &App,
    state: &str,
    browser: &Browser,
) -> Result<Option<(WorkspaceId, Begun)>> {
    let hash = token::hash(state);
    let now = app.now();
    let Some(workspace) = store::attempt_workspace(&mut app.db.read().await?, &hash).await? else {
        return Ok(None);
    };
    let stored = app
        .db
        .write(workspace, move |tx| {
            Box::pin(async move { store::take_attempt(tx, workspace, &hash, now).await })
        })
        .await?;
    let Some(stored) = stored.and_then(|text| serde_json::from_str::<Stored>(&text).ok()) else {
        return Ok(None);
    };
    if stored.browser != browser.hash {
        tracing::warn!("a sign-in was refused: another browser began it");
        return Ok(None);
    }
    Ok(Some((workspace, stored.begun)))
}

/// What was begun in this browser, without using it up.
pub async fn find(app: &App, state: &str, browser: &Browser) -> Result<Option<Begun>> {
    let hash = token::hash(state);
    let stored = store::find_attempt(&mut app.db.read().await?, &hash, app.now()).await?;
    let stored = stored.and_then(|text| serde_json::from_str::<Stored>(&text).ok());
    Ok(stored.filter(|stored| stored.browser == browser.hash).map(|stored| stored.begun))
}

fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile-browser" } else { "keytile-browser" }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Remembers in the browser which passkey ceremony it has begun; OIDC carries its state in the URL instead.
pub fn ceremony(app: &App, state: String) -> Cookie<'static> {
    Cookie::build((ceremony_name(&app.config), state))
        .path("/")
        .http_only(true)
        .secure(app.config.is_https())
        .same_site(SameSite::Strict)
        .build()
}

/// The passkey ceremony that a browser says it has begun.
pub fn begun_ceremony(app: &App, jar: &CookieJar) -> Option<String> {
    jar.get(ceremony_name(&app.config)).map(|cookie| cookie.value().to_owned())
}

fn ceremony_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile-ceremony" } else { "keytile-ceremony" }
}
