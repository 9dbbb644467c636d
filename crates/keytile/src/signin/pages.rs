//! The pages of signing in and out.

mod confirm;
mod out;
mod passkeys;
mod refused;
pub(crate) mod returning;

use std::net::IpAddr;

use askama::Template;
use axum::Extension;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;
use http::header::USER_AGENT;
use http::request::Parts;
use model::access::Actor;
use model::{SessionId, WorkspaceId};
use seal::token;
use serde::Deserialize;

use super::attempt::{self, Begun, Browser};
use super::oidc::{Ask, Providers, Secrets, Trouble};
use super::{Device, Outcome};
use crate::app::App;
use crate::http::budget::{self, Budget};
use crate::http::page::{self, Page};
use crate::http::session::{cookie, cookie_name};
use crate::http::{Signed, router};

pub use confirm::{confirm, confirm_with_okta, finish_confirming, start_confirming};
pub use out::sign_out;
pub use passkeys::{
    end_all_sessions, end_session, finish_adding, finish_set_up, finish_sign_in, remove, set_up,
    start_adding, start_set_up, start_sign_in,
};

/// What a request tells of its browser, what that is to be given, and what its address may still begin.
pub struct Visit {
    jar: CookieJar,
    device: Device,
    from: IpAddr,
    budget: Budget,
}

impl Visit {
    /// Before somebody begins to sign in of whom nothing is known yet.
    #[expect(clippy::result_large_err, reason = "an answer is what its caller returns")]
    pub(crate) fn spend(&self) -> Result<(), Response> {
        self.budget.begin_sign_in(self.from)
    }

    /// The cookies that the browser has, and those that it is to be given.
    pub(crate) fn into_jar(self) -> CookieJar {
        self.jar
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Extension(budget) = Extension::<Budget>::from_request_parts(parts, app)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let from = budget::client(app, &parts.headers, &parts.extensions);
        let jar = CookieJar::from_headers(&parts.headers);
        let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let token = jar.get(cookie_name(&app.config)).map(|cookie| cookie.value().to_owned());
        let device = Device::of(agent, token.as_deref());
        Ok(Self { jar, device, from, budget })
    }
}

#[derive(Template)]
#[template(path = "signin/signin.html")]
struct SignInPage {
    doors: Vec<Way>,
    return_to: String,
    problem: Option<String>,
    signed_out: bool,
    passkey: bool,
}

/// A way in.
struct Way {
    workspace: String,
    /// The start of signing in with Okta, where that is set up.
    okta: Option<String>,
}

/// Where to go afterwards, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    return_to: String,
    workspace: Option<WorkspaceId>,
    /// Present after signing out, or to switch: the provider asks who it is.
    anew: Option<String>,
}

/// The sign-in page.
pub async fn sign_in(
    State(app): State<App>,
    signed: Option<Signed>,
    visit: Visit,
    Query(wish): Query<Wish>,
) -> Page {
    if signed.is_some() {
        let on = returning::way(&app, &visit, &own_path(&app, &wish.return_to)).await?;
        return Ok(Redirect::to(&on).into_response());
    }
    show(&app, StatusCode::OK, &wish, None, None).await
}

/// The sign-in page, with what went wrong, for `who` where somebody is signed in: they are offered a passkey only where they
/// may use one. Whoever is not may be anybody.
async fn show(
    app: &App,
    status: StatusCode,
    wish: &Wish,
    problem: Option<String>,
    who: Option<&Actor>,
) -> Page {
    let anew = wish.anew.is_some();
    let return_to = own_path(app, &wish.return_to);
    let doors = super::doors(app)
        .await?
        .into_iter()
        .map(|door| Way {
            okta: door.by_oidc.then(|| router::sign_in_okta(door.workspace, &return_to, anew)),
            workspace: door.name,
        })
        .collect();
    let passkey = match who {
        Some(actor) => super::proofs(app, actor).await?.passkey,
        None => true,
    };
    let page = SignInPage { doors, return_to, problem, signed_out: anew, passkey };
    Ok((status, page::html(&page)?).into_response())
}

/// Sends the browser to the identity provider.
pub async fn start_okta(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    Query(wish): Query<Wish>,
) -> Page {
    let who = signed.as_ref().map(|signed| &signed.actor);
    let Some(workspace) = wish.workspace else {
        return show(&app, StatusCode::OK, &wish, None, who).await;
    };
    if who.is_none()
        && let Err(refused) = visit.spend()
    {
        return Ok(refused);
    }
    let ask = if wish.anew.is_some() { Ask::Anew } else { Ask::AsUsual };
    let return_to = returning::way(&app, &visit, &own_path(&app, &wish.return_to)).await?;
    let trip = Trip { return_to: &return_to, ask, who, confirms: None };
    leave(&app, &providers, visit, workspace, trip).await
}

/// A way through the identity provider and back.
struct Trip<'t> {
    return_to: &'t str,
    ask: Ask,
    /// Who is signed in.
    who: Option<&'t Actor>,
    /// The session that this confirms.
    confirms: Option<SessionId>,
}

/// Sends somebody who is not signed in through the identity provider, which asks them nothing. Whoever
/// calls it has spent a sign-in.
pub(crate) async fn leave_silently(
    app: &App,
    providers: &Providers,
    visit: Visit,
    workspace: WorkspaceId,
    return_to: &str,
) -> Page {
    let trip = Trip { return_to, ask: Ask::Nothing, who: None, confirms: None };
    leave(app, providers, visit, workspace, trip).await
}

/// Sends somebody who is signed in, and whose login is about to begin, to sign in as recently and as strongly as is asked.
pub(crate) async fn leave_again(
    app: &App,
    providers: &Providers,
    visit: Visit,
    actor: &Actor,
    return_to: &str,
    ask: Ask,
) -> Page {
    let trip = Trip { return_to, ask, who: Some(actor), confirms: None };
    leave(app, providers, visit, actor.workspace, trip).await
}

/// Begins an OIDC round trip from this browser; where that cannot be, the sign-in page says why.
async fn leave(
    app: &App,
    providers: &Providers,
    visit: Visit,
    workspace: WorkspaceId,
    trip: Trip<'_>,
) -> Page {
    let Trip { return_to, ask, who, confirms } = trip;
    let wish = Wish { return_to: return_to.to_owned(), ..Wish::default() };
    let Some((_, registration)) = super::registration(app, workspace).await? else {
        return Ok((visit.jar, show(app, StatusCode::OK, &wish, None, who).await?).into_response());
    };
    let mut rng = app.rng();
    let mut random = |prefix| token::mint(prefix, &mut rng).0.expose().to_owned();
    let (nonce, verifier) = (random("ktn"), random("ktv"));
    let browser = Browser::of(app, visit.jar);
    let begun = Begun::Oidc {
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        return_to: return_to.to_owned(),
        silent: ask == Ask::Nothing,
        confirms,
    };
    let state = attempt::begin(app, workspace, &browser, begun).await?;
    let secrets = Secrets { state, nonce, verifier };
    match providers.authorize_url(app, &registration, &secrets, ask).await {
        Ok(url) => Ok((browser.jar, Redirect::to(url.as_str())).into_response()),
        Err(trouble) => Ok((browser.jar, fail(app, &wish, &trouble, who).await?).into_response()),
    }
}

/// What the identity provider sends back with the browser.
#[derive(Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// The identity provider sends the browser back (OpenID Connect Core, section 3.1.2.5).
pub async fn callback(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    Query(answer): Query<Answer>,
) -> Page {
    let browser = Browser::of(&app, visit.jar.clone());
    let who = signed.as_ref().map(|signed| signed.actor);
    let begun = match &answer.state {
        Some(state) => attempt::take(&app, state, &browser).await?,
        None => None,
    };
    let Some((workspace, Begun::Oidc { nonce, verifier, return_to, silent, confirms })) = begun
    else {
        let text = "This sign-in was begun in another browser, or too long ago. Nobody was signed in; try again here.";
        return show(
            &app,
            StatusCode::FORBIDDEN,
            &Wish::default(),
            Some(text.into()),
            who.as_ref(),
        )
        .await;
    };
    let wish = Wish { return_to: return_to.clone(), ..Wish::default() };
    let code = match (answer.code, answer.error) {
        (Some(code), None) => code,
        (_, error) => {
            let error = error.unwrap_or_default();
            if silent && error.ends_with("_required") {
                // Nobody is signed in there either: let them sign in, and come back.
                let on = router::sign_in_okta(workspace, &return_to, false);
                return Ok(Redirect::to(&on).into_response());
            }
            tracing::info!(
                error,
                description = answer.error_description,
                "the identity provider refused a sign-in"
            );
            let text = refused::at_provider(&app, workspace, &error, signed.as_ref()).await?;
            return show(&app, StatusCode::FORBIDDEN, &wish, Some(text), who.as_ref()).await;
        }
    };
    let confirms = match (confirms, signed) {
        (None, _) => None,
        (Some(session), Some(signed)) if signed.session == session => Some(signed.actor),
        // It ended meanwhile, so there is nothing left to confirm.
        (Some(_), _) => return Ok(Redirect::to(&router::sign_in(&return_to)).into_response()),
    };
    let Some((directory, registration)) = super::registration(&app, workspace).await? else {
        return fail(&app, &wish, &Trouble::NotSetUp, who.as_ref()).await;
    };
    let identified = match providers.redeem(&app, &registration, code, verifier, nonce).await {
        Ok(identified) => identified,
        Err(trouble) => return fail(&app, &wish, &trouble, who.as_ref()).await,
    };
    let subject = identified.subject.clone();
    let outcome = super::arrive(&app, &directory, identified, confirms, visit.device).await?;
    let text = match outcome {
        Outcome::Opened(token) => {
            let jar = CookieJar::new().add(cookie(&app.config, &token));
            return Ok((jar, Redirect::to(&return_to)).into_response());
        }
        Outcome::Unknown => refused::unknown(&app, workspace, &subject).await?,
        Outcome::Suspended => {
            "Your access to this workspace is suspended. Ask an admin of Keytile."
        }
        Outcome::NotConfirmed => {
            "It could not be confirmed that it is you: Okta signed in somebody else, or not anew. Try again."
        }
    };
    show(&app, StatusCode::FORBIDDEN, &wish, Some(text.into()), who.as_ref()).await
}

async fn fail(app: &App, wish: &Wish, trouble: &Trouble, who: Option<&Actor>) -> Page {
    let cause = std::error::Error::source(trouble).map(ToString::to_string);
    tracing::warn!(cause, "a sign-in failed: {trouble}");
    let status = match trouble {
        Trouble::NotSetUp => StatusCode::CONFLICT,
        Trouble::Unreachable(_) => StatusCode::BAD_GATEWAY,
        Trouble::Refused(_) | Trouble::Distrusted(_) => StatusCode::FORBIDDEN,
    };
    show(app, status, wish, Some(trouble.to_string()), who).await
}

/// A path of ours, never a page of the sign-in itself; `/` for anything else (ASVS 3.7.2). Judged as a browser reads it:
/// it drops tabs and line ends, and takes `\` for `/`.
fn own_path(app: &App, text: &str) -> String {
    let start = "/".to_owned();
    if !text.starts_with('/') || text.len() > 2_000 || text.chars().any(char::is_control) {
        return start;
    }
    match app.config.public_url.join(text) {
        Ok(url) if url.origin() == app.config.public_url.origin() => {
            let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
            let loops =
                ["/sign-in", "/sign-out", "/set-up"].iter().any(|own| path.starts_with(own));
            if loops || path.starts_with("//") { start } else { path.to_owned() }
        }
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_page_says_what_went_wrong_and_offers_each_workspace() {
        let door = |name: &str| Way { workspace: name.into(), okta: Some(format!("/go/{name}")) };
        let page = SignInPage {
            doors: vec![door("Acme"), door("Globex")],
            return_to: "/launch/1?a=b&c".into(),
            problem: Some("<b>Okta</b> did not let you in".into()),
            signed_out: false,
            passkey: true,
        };
        let html = page.render().unwrap();
        assert!(html.contains("/go/Acme") && html.contains("/go/Globex"));
        assert!(
            html.contains("&#60;b&#62;Okta")
                && html.contains("return_to=%2Flaunch%2F1%3Fa%3Db%26c")
        );
    }
}
