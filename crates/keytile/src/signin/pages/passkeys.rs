//! Handlers of passkeys and of a person's sessions. Passkey ceremonies speak JSON with `passkey.js`.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;
use model::{PasskeyId, SessionId};
use seal::token::TokenText;
use serde_json::{Value, json};
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::out::left;
use super::{Visit, Wish, own_path, returning};
use crate::actor::By;
use crate::app::App;
use crate::error::Error;
use crate::http::page::{self, Page};
use crate::http::session::cookie;
use crate::http::{Failure, Path, Signed, flash, router};
use crate::signin::attempt::{self, Begun, Browser};
use crate::signin::passkey::{self, Maker};
use crate::signin::{self, Invited, session};

#[derive(Template)]
#[template(path = "signin/setup.html")]
struct SetupPage {
    workspace: String,
    name: String,
    email: String,
    token: String,
    problem: Option<String>,
}

const USED: &str = "This link was used already, or is older than a day. If you have made a passkey, sign in with it; \
     otherwise ask whoever runs Keytile for a new link.";

/// The page of a one-time link.
pub async fn set_up(State(app): State<App>, Path(token): Path<String>) -> Page {
    let Some(Invited { workspace_name, name, email, .. }) = signin::invited(&app, &token).await?
    else {
        let page = SetupPage {
            workspace: String::new(),
            name: String::new(),
            email: String::new(),
            token: String::new(),
            problem: Some(USED.into()),
        };
        return Ok((StatusCode::NOT_FOUND, page::html(&page)?).into_response());
    };
    page::html(&SetupPage { workspace: workspace_name, name, email, token, problem: None })
}

/// Begins making the first passkey.
pub async fn start_set_up(State(app): State<App>, visit: Visit, Path(token): Path<String>) -> Page {
    if let Err(refused) = visit.spend() {
        return Ok(refused);
    }
    let invited = find_invited(&app, &token).await?;
    start_making(&app, visit, &Maker::from(&invited), Some(invited.id)).await
}

/// Keeps the first passkey, and signs its owner in.
pub async fn finish_set_up(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Json(made): Json<RegisterPublicKeyCredential>,
) -> Page {
    let invited = find_invited(&app, &token).await?;
    let (workspace, begun) = take(&app, &visit).await?;
    let Begun::MakePasskey { member, invite: Some(invite), state } = begun else {
        return Err(too_late().into());
    };
    if invite != invited.id {
        return Err(too_late().into());
    }
    let with = Some((invite, visit.device.clone()));
    match passkey::finish_making(&app, workspace, member, &made, &state, with).await? {
        Some(token) => enter(&app, &visit, &token, "/").await,
        None => Err(too_late().into()),
    }
}

/// Begins adding a passkey to one's own.
pub async fn start_adding(State(app): State<App>, signed: Signed, visit: Visit) -> Page {
    signed.require_confirmed(app.now())?;
    let maker = Maker {
        workspace: signed.actor.workspace,
        member: signed.actor.member,
        name: signed.name,
        email: signed.email,
    };
    start_making(&app, visit, &maker, None).await
}

/// Keeps a further passkey.
pub async fn finish_adding(
    State(app): State<App>,
    signed: Signed,
    visit: Visit,
    Json(made): Json<RegisterPublicKeyCredential>,
) -> Page {
    let (workspace, begun) = take(&app, &visit).await?;
    match begun {
        Begun::MakePasskey { member, invite: None, state } if member == signed.actor.member => {
            passkey::finish_making(&app, workspace, member, &made, &state, None).await?;
            let mut response = Json(json!({ "location": router::PROFILE })).into_response();
            flash::set(&app.config, &mut response, &flash::good("The passkey is ready to use."));
            Ok(response)
        }
        _ => Err(too_late().into()),
    }
}

/// Removes one of one's own passkeys.
pub async fn remove(State(app): State<App>, signed: Signed, Path(id): Path<PasskeyId>) -> Page {
    signed.require_confirmed(app.now())?;
    passkey::remove(&app, &signed.actor, id).await?;
    Ok(flash::redirect(&app.config, router::PROFILE, &flash::good("The passkey is removed.")))
}

/// Begins signing in with a passkey.
pub async fn start_sign_in(State(app): State<App>, visit: Visit) -> Page {
    if let Err(refused) = visit.spend() {
        return Ok(refused);
    }
    let (options, state) = passkey::begin_sign_in(&app)?;
    // Whose workspace it is, only the passkey will tell; until then the attempt is kept with any.
    let Some(door) = signin::doors(&app).await?.into_iter().next() else {
        let text = "There is no workspace yet. Make one with `keytile init` on the server.";
        return Err(Error::Conflict(text.into()).into());
    };
    begin(&app, visit, door.workspace, Begun::SignInByPasskey { state }, options).await
}

/// Signs in whoever holds the passkey.
pub async fn finish_sign_in(
    State(app): State<App>,
    visit: Visit,
    Query(wish): Query<Wish>,
    Json(used): Json<PublicKeyCredential>,
) -> Page {
    let (_, begun) = take(&app, &visit).await?;
    let Begun::SignInByPasskey { state } = begun else { return Err(too_late().into()) };
    let token = passkey::finish_sign_in(&app, &used, state, visit.device.clone()).await?;
    enter(&app, &visit, &token, &own_path(&app, &wish.return_to)).await
}

/// Ends one of one's own sessions.
pub async fn end_session(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<SessionId>,
) -> Page {
    session::end(&app, &signed.actor, id).await?;
    Ok(flash::redirect(&app.config, router::PROFILE, &flash::good("That session is ended.")))
}

/// Ends all of one's own sessions, this one included.
pub async fn end_all_sessions(State(app): State<App>, signed: Signed) -> Page {
    let (actor, mut by) = (signed.actor, By::member(&app, &signed.actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { session::end_all(tx, &mut by, actor.member).await })
        })
        .await?;
    Ok((left(&app), Redirect::to(&router::signed_out(""))).into_response())
}

async fn find_invited(app: &App, token: &str) -> Result<Invited, Failure> {
    let invited = signin::invited(app, token).await?;
    Ok(invited.ok_or_else(|| Error::Conflict(USED.into()))?)
}

async fn start_making(
    app: &App,
    visit: Visit,
    maker: &Maker,
    invite: Option<model::InviteId>,
) -> Page {
    let (options, state) = passkey::begin_making(app, maker).await?;
    let begun = Begun::MakePasskey { member: maker.member, invite, state };
    begin(app, visit, maker.workspace, begun, options).await
}

/// Answers the options, and remembers in a cookie which ceremony this browser has begun.
pub(super) async fn begin(
    app: &App,
    visit: Visit,
    workspace: model::WorkspaceId,
    begun: Begun,
    options: Value,
) -> Page {
    let browser = Browser::of(app, visit.jar);
    let state = attempt::begin(app, workspace, &browser, begun).await?;
    let jar = browser.jar.add(attempt::ceremony(app, state));
    Ok((jar, Json(options)).into_response())
}

/// The ceremony that this browser has begun.
pub(super) async fn take(app: &App, visit: &Visit) -> Result<(model::WorkspaceId, Begun), Failure> {
    let browser = Browser::of(app, visit.jar.clone());
    let taken = match attempt::begun_ceremony(app, &visit.jar) {
        Some(state) => attempt::take(app, &state, &browser).await?,
        None => None,
    };
    Ok(taken.ok_or_else(too_late)?)
}

pub(super) fn too_late() -> Error {
    Error::Conflict(
        "This took too long, or was begun in another window. Reload the page and try again.".into(),
    )
}

/// Goes on with a session that has just begun.
pub(super) async fn enter(app: &App, visit: &Visit, token: &TokenText, return_to: &str) -> Page {
    let on = returning::way(app, visit, return_to).await?;
    let jar = CookieJar::new().add(cookie(&app.config, token));
    Ok((jar, Json(json!({ "location": on }))).into_response())
}
