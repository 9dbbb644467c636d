//! Asks a signed-in person to prove that it is them, before what is sensitive (C41).

use askama::Template;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use webauthn_rs::prelude::PublicKeyCredential;

use super::passkeys::{begin, enter, take, too_late};
use super::{Trip, Visit, Wish, leave, own_path, returning};
use crate::app::App;
use crate::http::page::{self, Page};
use crate::http::{Signed, router};
use crate::signin::attempt::Begun;
use crate::signin::oidc::{Ask, Providers};
use crate::signin::{self, passkey};
use crate::ui::Shell;

#[derive(Template)]
#[template(path = "signin/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    okta: Option<String>,
    passkey: bool,
    unapproved: bool,
    return_to: String,
    back: String,
}

/// Says why, and offers the ways in which this person can do it.
pub async fn confirm(State(app): State<App>, signed: Signed, Query(wish): Query<Wish>) -> Page {
    let return_to = own_path(&app, &wish.return_to);
    // Nobody has proved anything by going back: a page elsewhere may have led here.
    let back = if router::is_launch(&return_to) {
        router::launch_asked(&return_to)
    } else {
        return_to.clone()
    };
    let proofs = signin::proofs(&app, &signed.actor).await?;
    page::html(&ConfirmPage {
        shell: signed.shell(&app, "").await?,
        okta: proofs.oidc.then(|| router::confirm_with_okta(&return_to)),
        passkey: proofs.passkey,
        unapproved: proofs.is_unapproved,
        back,
        return_to,
    })
}

/// Sends the person to the identity provider, to sign in anew.
pub async fn confirm_with_okta(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Signed,
    visit: Visit,
    Query(wish): Query<Wish>,
) -> Page {
    let return_to = returning::way(&app, &visit, &own_path(&app, &wish.return_to)).await?;
    let workspace = signed.actor.workspace;
    let confirms = Some(signed.session);
    let trip = Trip { return_to: &return_to, ask: Ask::Proof, who: Some(&signed.actor), confirms };
    leave(&app, &providers, visit, workspace, trip).await
}

/// Begins confirming with a passkey.
pub async fn start_confirming(State(app): State<App>, signed: Signed, visit: Visit) -> Page {
    let (options, state) = passkey::begin_confirming(&app, &signed.actor).await?;
    let begun = Begun::ConfirmByPasskey { session: signed.session, state };
    begin(&app, visit, signed.actor.workspace, begun, options).await
}

/// Goes on with a fresh session where the passkey proves who they are.
pub async fn finish_confirming(
    State(app): State<App>,
    signed: Signed,
    visit: Visit,
    Query(wish): Query<Wish>,
    Json(used): Json<PublicKeyCredential>,
) -> Page {
    let (_, begun) = take(&app, &visit).await?;
    match begun {
        Begun::ConfirmByPasskey { session, state } if session == signed.session => {
            let device = visit.device.clone();
            let token =
                passkey::finish_confirming(&app, &signed.actor, &used, &state, device).await?;
            let return_to = own_path(&app, &wish.return_to);
            enter(&app, &visit, &token, &return_to).await
        }
        _ => Err(too_late().into()),
    }
}
