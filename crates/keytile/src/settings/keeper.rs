//! Looks after credentials once a day: a token that nobody uses ends after thirty days, a standby must work on the day
//! on which it is needed, and an old token is worth a word (T27).

use jiff::SignedDuration;
use model::WorkspaceId;
use portal::okta::OktaPortal;
use portal::{Error as PortalError, Priority};
use serde_json::json;

use super::refusal::{self, Refusal};
use super::store::credential::{self as store, EVERY, InUse, Standby};
use super::{credential, standby};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::router;
use crate::sync::{self, Portal, PortalStatus};

/// After no usable answer, and while a network zone keeps us out: it may be widened at any time.
pub(super) const SOON: SignedDuration = SignedDuration::from_mins(15);

/// Looks after every connection whose turn it is.
///
/// # Errors
/// A failure of the database. What was not done comes again.
pub async fn turn(app: &App) -> Result<()> {
    let now = app.now();
    let due = store::due(&mut app.db.read().await?, now).await?;
    for workspace in due {
        let again = now + EVERY;
        let is_ours = app
            .db
            .write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move { Ok(store::claim(tx, workspace, now, again).await?) })
            })
            .await?;
        if is_ours && let Err(error) = visit(app, workspace).await {
            tracing::error!(%error, workspace.id = %workspace, "could not look after the credentials of {workspace}");
        }
    }
    Ok(())
}

async fn visit(app: &App, workspace: WorkspaceId) -> Result<()> {
    let mut tx = app.db.read().await?;
    let row = sync::store::portal(&mut tx, workspace).await?;
    let found = store::in_use(&mut tx, workspace).await?;
    let standby = store::standby(&mut tx, workspace).await?;
    drop(tx);
    let (Some(row), Some(found)) = (row, found) else { return Ok(()) };
    let mut is_sure = true;
    // The standby first: when it turns out that it must take over, it is known whether it can.
    if let Some(standby) = standby {
        is_sure &= try_standby(app, &row, &standby).await?;
    }
    if wants_a_knock(&found, app.now()) {
        is_sure &= try_in_use(app, &row, &found).await?;
    }
    tell_age(app, &row, &found).await?;
    if is_sure {
        return Ok(());
    }
    let soon = app.now() + SOON;
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move { Ok(store::look_at(tx, workspace, soon).await?) })
        })
        .await
}

/// A credential that is used anyway needs no call for its own sake.
fn wants_a_knock(found: &InUse, now: jiff::Timestamp) -> bool {
    let is_idle = found.used_at.is_none_or(|at| now.duration_since(at) >= EVERY);
    match found.status {
        PortalStatus::On => is_idle,
        // Apps that are left can still be removed, as long as we are let in.
        PortalStatus::Off => is_idle && found.tiles > 0,
        PortalStatus::Update => found.status_code.as_deref() == Some(refusal::OUTSIDE_ZONE),
    }
}

/// Knocks with the credential in use, and tells whether the answer says something.
async fn try_in_use(app: &App, row: &Portal, found: &InUse) -> Result<bool> {
    let okta = credential::open_portal(app, &mut app.db.read().await?, row).await;
    let okta = match okta {
        Ok(okta) => okta,
        // The worker has said so.
        Err(Error::Portal(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    let answer = knock(app, &okta).await;
    let mut by = By::process(app, row.workspace, "system");
    let (id, version) = (row.id, row.token_version);
    let was_refused = found.status == PortalStatus::Update;
    let refusal = match answer {
        Ok(()) => None,
        Err(error @ PortalError::Misconfigured { .. }) => {
            Some(Refusal::of(app, &row.domain, &error).await)
        }
        Err(error) => {
            tracing::info!(%error, "could not keep a credential alive; it is tried again soon");
            return Ok(false);
        }
    };
    let is_sure = refusal.is_none() || !was_refused;
    app.db
        .write::<_, Error, _>(row.workspace, move |tx| {
            Box::pin(async move {
                match refusal {
                    None if was_refused => refusal::resume(tx, &mut by).await.map(drop),
                    None => Ok(store::note_use(tx, &by).await?),
                    Some(refusal) => refusal::refused(tx, &mut by, id, version, &refusal).await,
                }
            })
        })
        .await?;
    Ok(is_sure)
}

async fn try_standby(app: &App, row: &Portal, standby: &Standby) -> Result<bool> {
    let okta = credential::open_standby(app, &mut app.db.read().await?, row, standby).await?;
    let problem = match knock(app, &okta).await {
        Ok(()) => None,
        Err(error @ PortalError::Misconfigured { .. }) => {
            Some(Refusal::of(app, &row.domain, &error).await.text)
        }
        Err(error) => {
            tracing::info!(%error, "could not try a standby; it is tried again soon");
            return Ok(false);
        }
    };
    let (version, is_news) = (standby.version, standby.problem.is_none());
    let mut by = By::process(app, row.workspace, "system");
    app.db
        .write(row.workspace, move |tx| {
            Box::pin(async move {
                store::note_standby(tx, &by, version, problem.as_deref()).await?;
                match problem {
                    Some(why) if is_news => alerts::raise(tx, &mut by, useless(&why)).await,
                    Some(_) => Ok(()),
                    None => refusal::fall_back(tx, &mut by).await,
                }
            })
        })
        .await?;
    Ok(true)
}

fn useless(why: &str) -> Alert {
    Alert {
        kind: "credential.standby_refused",
        tone: "warn",
        message: format!("The standby credential for Okta could not take over now. {why}"),
        link: router::CREDENTIALS,
        detail: json!({}),
    }
}

/// Once for each token.
async fn tell_age(app: &App, row: &Portal, found: &InUse) -> Result<()> {
    let is_old = standby::is_old(found.kind, found.entered_at, found.days, app.now());
    if !is_old || found.old_told_at.is_some() || found.status == PortalStatus::Off {
        return Ok(());
    }
    let days = found.days;
    let mut by = By::process(app, row.workspace, "system");
    app.db
        .write(row.workspace, move |tx| {
            Box::pin(async move {
                store::note_told(tx, &by).await?;
                let alert = Alert {
                    kind: "credential.old",
                    tone: "warn",
                    message: format!(
                        "Keytile's API token for Okta is older than {days} days. Create a new one there and enter it."
                    ),
                    link: router::CREDENTIALS,
                    detail: json!({ "days": days }),
                };
                alerts::raise(tx, &mut by, alert).await
            })
        })
        .await
}

async fn knock(app: &App, okta: &OktaPortal) -> std::result::Result<(), PortalError> {
    okta.knock(Priority::Audit, &|| app.now()).await
}
