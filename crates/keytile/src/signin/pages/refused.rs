//! Why somebody was not let in, in words, and what to do. Whoever has not proved who they are learns nothing about
//! anybody.

use model::WorkspaceId;

use crate::app::App;
use crate::directories;
use crate::directories::health::{self, Kind};
use crate::error::{Error, Result};
use crate::http::Signed;

/// The provider's refusal in words (OpenID Connect Core, section 3.1.2.6; RFC 6749, section 4.1.2.1). What it says
/// itself came through the browser, so anyone could have written it: only the code is used.
pub(super) async fn at_provider(
    app: &App,
    workspace: WorkspaceId,
    error: &str,
    signed: Option<&Signed>,
) -> Result<String> {
    Ok(match error {
        "access_denied" => denied(app, workspace, signed).await?,
        "temporarily_unavailable" | "server_error" => {
            "Okta cannot sign anybody in at the moment. Try again in a minute.".into()
        }
        _ => "Okta did not accept the sign-in. Try again; if it persists, an admin should compare the app in Okta with the settings here.".into(),
    })
}

/// Most often only one of the two apps is assigned to the person. Who they are is known here only where they are signed
/// in already.
async fn denied(app: &App, workspace: WorkspaceId, signed: Option<&Signed>) -> Result<String> {
    let now = app.now();
    app.db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move { Ok(directories::store::note_denied(tx, workspace, now).await?) })
        })
        .await?;
    let mut text = "Okta did not let you in: you are not assigned to Keytile there, or the sign-in was cancelled. \
                    Ask an Okta admin to assign you to the app Keytile."
        .to_owned();
    let is_known = match signed.filter(|signed| signed.actor.workspace == workspace) {
        Some(signed) => {
            health::of_member(app, &signed.actor).await?.contains(&Kind::OnlyProvisioning)
        }
        None => false,
    };
    if is_known {
        text.push_str(" The app that tells Keytile of you is assigned to you there, the app to sign in through is not.");
    } else if health::explains_refusals(app, workspace).await? {
        text.push_str(
            " Keytile has two apps in Okta, and some people are assigned to only one of them: an admin of Keytile sees \
             who in the settings, under Directory.",
        );
    }
    Ok(text)
}

/// The provider vouches for them, and nobody has told us of them.
pub(super) async fn unknown(
    app: &App,
    workspace: WorkspaceId,
    subject: &str,
) -> Result<&'static str> {
    let kinds = health::of_person(app, workspace, subject).await?;
    Ok(if kinds.contains(&Kind::OnlySignIn) {
        "You are not in this workspace yet: in Okta, only the app to sign in through is assigned to you. Ask an Okta \
         admin to assign you to Keytile’s provisioning app too; once Okta has told Keytile of you, sign in again."
    } else if kinds.contains(&Kind::NotPushed) {
        "You are assigned to Keytile in Okta, but Okta has not told Keytile of you: a push failed. Ask an Okta admin to \
         retry it in the provisioning app, then sign in again."
    } else {
        "You are not in this workspace yet. Ask an admin to assign you to Keytile in Okta; once Okta has told Keytile of \
         you, sign in again."
    })
}
