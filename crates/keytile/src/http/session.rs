//! Who is signed in: a cookie leads to a session, and one statement reads whether it still holds and what the person
//! is now. Opening and ending sessions is left to `signin`.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderMap, Method};
use jiff::SignedDuration;
use model::access::{Action, Actor, On, Target, permit};
use model::workspace::WorkspaceRole;
use model::{SessionId, StopId, Timestamp};
use seal::token::TokenText;

use super::{Failure, flash, router};
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::notifications;
use crate::signin::session::{self, Concern, Found};
use crate::ui::{self, Link, Message, Person, Sees, Shell};

/// A confirmation of one's identity holds this long (C41).
pub const CONFIRMED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The person who is signed in on this browser. As an extractor it sends everyone else to the sign-in page.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who, with their present role and state.
    pub actor: Actor,
    /// By which session.
    pub session: SessionId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// When they last proved that it is them.
    pub confirmed_at: Timestamp,
    /// How strong the identity provider said that this was.
    pub acr: Option<String>,
    workspace_name: String,
    has_news: bool,
    concern: Option<Concern>,
    open_stop: Option<StopId>,
    flash: Option<Message>,
}

impl Signed {
    /// Refuses unless the person proved within the last five minutes that it is them (C41).
    ///
    /// # Errors
    /// [`Error::ConfirmIdentity`]: the page answers it with the way to `/confirm` and back.
    pub fn require_confirmed(&self, now: Timestamp) -> Result<()> {
        if now.duration_since(self.confirmed_at) > CONFIRMED_FOR {
            return Err(Error::ConfirmIdentity);
        }
        Ok(())
    }

    /// The frame of a page in this section of the navigation. What has news for the person is shown once, as a toast.
    pub async fn shell(&self, app: &App, section: &'static str) -> Result<Shell> {
        let mut toasts: Vec<_> = self.flash.iter().cloned().collect();
        if self.has_news {
            toasts.extend(notifications::take(app, &self.actor).await?);
        }
        Ok(Shell {
            workspace: self.workspace_name.clone(),
            section,
            person: self.person(),
            sees: self.sees(),
            query: String::new(),
            banners: self.banners(),
            toasts,
        })
    }

    /// The person as pages name them.
    pub fn person(&self) -> Person {
        Person {
            id: self.actor.member.to_string(),
            name: self.name.clone(),
            email: self.email.clone(),
            role: self.actor.role.title().into(),
            initials: ui::initials(&self.name),
            hue: ui::hue(&self.name),
        }
    }

    fn may(&self, action: Action) -> bool {
        let on = On { workspace: self.actor.workspace, target: Target::Workspace };
        permit(&self.actor, action, on).is_ok()
    }

    fn sees(&self) -> Sees {
        Sees {
            collections: self.actor.role != WorkspaceRole::LoginOnly,
            teams: self.may(Action::ViewTeams),
            members: self.may(Action::ViewMembers),
            settings: self.may(Action::ConfigurePortal),
            rotations: self.may(Action::ViewRotations),
            sync: self.may(Action::ViewSync),
        }
    }

    fn banners(&self) -> Vec<Message> {
        let mut banners = Vec::new();
        if let Some(concern) = self.concern.filter(|_| self.may(Action::ConfigurePortal)) {
            let (text, words, href) = told(concern);
            let link = Link { text: words.into(), href: href.into() };
            banners.push(Message { kind: "warn", text: text.into(), link: Some(link) });
        }
        if let Some(stop) = self.open_stop.filter(|_| self.may(Action::DecideSync)) {
            let text = "Keytile stopped before taking many tiles away from Okta at once. Nobody clicked for it.";
            let link = Link { text: "Look, and decide".into(), href: router::stop(stop) };
            banners.push(Message { kind: "warn", text: text.into(), link: Some(link) });
        }
        banners
    }
}

/// A sentence for everybody who may put it right, and where they do.
fn told(concern: Concern) -> (&'static str, &'static str, &'static str) {
    match concern {
        Concern::OutsideZone => (
            "Okta refuses calls from this server's network address. Nothing has expired, and nothing is lost: syncing waits.",
            "See the address",
            router::SETTINGS,
        ),
        Concern::Refused => (
            "Okta does not let Keytile in any more. Syncing waits, and nothing is lost.",
            "See why, and put it right",
            router::SETTINGS,
        ),
        Concern::TookOver => (
            "Okta ended the credential that Keytile used, and the standby took over. Nothing stands by now.",
            "Enter another standby",
            router::CREDENTIALS,
        ),
        Concern::Full => (
            "Okta takes no more apps: the org holds as many as it may. Remove some there, or ask Okta for more. Until then only new tiles wait.",
            "See what waits",
            router::QUEUE,
        ),
        Concern::Old => (
            "Keytile's API token for Okta is older than it should be.",
            "Replace it",
            router::CREDENTIALS,
        ),
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> std::result::Result<Self, Response> {
        match find(parts, app).await {
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => Err(ask_to_sign_in(parts)),
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

impl OptionalFromRequestParts<App> for Signed {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> std::result::Result<Option<Self>, Response> {
        find(parts, app).await.map_err(|error| Failure::from(error).into_response())
    }
}

async fn find(parts: &Parts, app: &App) -> Result<Option<Signed>> {
    let jar = CookieJar::from_headers(&parts.headers);
    let Some(token) = jar.get(cookie_name(&app.config)) else { return Ok(None) };
    let Some(found) = session::find(app, token.value()).await? else { return Ok(None) };
    let Found { actor, session, name, email, confirmed_at, acr, workspace_name, .. } = found;
    Ok(Some(Signed {
        actor,
        session,
        name,
        email,
        confirmed_at,
        acr,
        workspace_name,
        has_news: found.has_news,
        concern: found.concern,
        open_stop: found.open_stop,
        flash: flash::read(&app.config, &jar),
    }))
}

/// A page's reader goes to the sign-in page and comes back; a script is told.
fn ask_to_sign_in(parts: &Parts) -> Response {
    if wants_data(&parts.headers) {
        return Failure::signed_out().into_response();
    }
    let return_to = match parts.method {
        Method::GET => parts.uri.path_and_query().map_or("/", |path| path.as_str()),
        _ => "/",
    };
    Redirect::to(&router::sign_in(return_to)).into_response()
}

fn wants_data(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("application/json") || value.contains("event-stream"))
}

/// The session cookie's name. `__Host-` makes browsers refuse one that another host or a plain connection sets.
pub fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-keytile" } else { "keytile" }
}

/// The cookie that carries a session (ASVS 3.3). It ends with the browser; the server ends it earlier.
pub fn cookie(config: &Config, token: &TokenText) -> Cookie<'static> {
    build(config, token.expose().to_owned())
}

/// The cookie that takes a session away from the browser.
pub fn removal(config: &Config) -> Cookie<'static> {
    let mut cookie = build(config, String::new());
    cookie.make_removal();
    cookie
}

fn build(config: &Config, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(config), value))
        .path("/")
        .http_only(true)
        .secure(config.is_https())
        .same_site(SameSite::Lax)
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    /// ASVS 3.3.1 to 3.3.4, T11.
    #[test]
    fn the_session_cookie_stays_with_this_host_and_out_of_scripts() {
        let at = |url: &str| {
            let config =
                Config::from_parts(None, HashMap::from([("public_url".into(), url.into())]));
            let token = seal::token::mint("kts", &mut StdRng::seed_from_u64(1)).0;
            cookie(&config.unwrap(), &token).to_string()
        };
        let secure = at("https://keytile.example");
        assert!(secure.starts_with("__Host-keytile=kts_"));
        assert!(secure.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"), "{secure}");
        let local = at("http://localhost:8080");
        assert!(local.starts_with("keytile=kts_") && !local.contains("Secure"), "{local}");
        assert!(!secure.contains("Domain"), "a domain would let sibling hosts have it");
    }
}
