//! Sending mails: to whoever is still an admin when it is sent, at the address that they have then. A mail that arrives
//! twice, because an answer was lost, has the same id both times.

use lettre::Address;
use model::{DeliveryId, WorkspaceId};

use super::letter::Letter;
use super::smtp::{self, Failure, Problem};
use super::store;
use crate::actor::By;
use crate::app::App;
use crate::deliveries::{self, Channel, Delivery, Outcome};
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications;

/// Mails that are on their way at once: some mail servers take no more connections from one sender.
const AT_A_TIME: usize = 3;

/// Sends what is due. Without a mail server, what was left of the time when there was one is forgotten.
///
/// # Errors
/// A failure of the database. What was not sent comes again.
pub async fn turn(app: &App) -> Result<()> {
    if app.config.mailer().is_none() {
        return forget(app).await;
    }
    let attempt = |workspace, id| attempt(app, workspace, id);
    deliveries::turn(app, Channel::Mail, AT_A_TIME, attempt).await
}

/// Sends one mail now, and answers what became of it.
pub(super) async fn at_once(app: &App, workspace: WorkspaceId, id: DeliveryId) -> Result<Delivery> {
    let sent = attempt(app, workspace, id).await?;
    sent.ok_or_else(|| Error::Conflict("It is being sent just now. Reload the page.".into()))
}

async fn forget(app: &App) -> Result<()> {
    let left = deliveries::mailed(&mut app.db.read().await?).await?;
    for workspace in left {
        app.db
            .write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move {
                    deliveries::forget_all(tx, workspace, Channel::Mail).await?;
                    Ok(store::clear_all(tx, workspace).await?)
                })
            })
            .await?;
    }
    Ok(())
}

/// A mail that is to be sent, and all that it takes.
struct Claimed {
    sent: Delivery,
    address: String,
    workspace_name: String,
}

async fn attempt(app: &App, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>> {
    let Some(claimed) = claim(app, workspace, id).await? else { return Ok(None) };
    let outcome = match send(app, &claimed).await {
        Ok(()) => Outcome::Heard,
        Err(Failure { problem, said }) => {
            tracing::warn!(?problem, said, delivery.id = %id, "a mail did not arrive");
            if problem.is_final() {
                Outcome::Refused(problem.to_string())
            } else {
                Outcome::Unheard(problem.to_string())
            }
        }
    };
    let sent = claimed.sent.after(outcome, app.now());
    settle(app, workspace, sent).await.map(Some)
}

/// Takes a try on. What was left for somebody who is no admin any more is forgotten.
async fn claim(app: &App, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Claimed>> {
    let now = app.now();
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let Some(sent) = deliveries::claim(tx, workspace, id, now).await? else {
                    return Ok(None);
                };
                let admins = notifications::admins(tx, workspace).await?;
                let reader = admins.into_iter().find(|admin| Some(admin.id) == sent.member);
                let Some(reader) = reader.filter(|admin| !admin.email.is_empty()) else {
                    deliveries::forget(tx, workspace, id).await?;
                    if let Some(member) = sent.member {
                        store::clear_failing(tx, workspace, member).await?;
                    }
                    return Ok(None);
                };
                let workspace_name = deliveries::workspace_name(tx, workspace).await?;
                Ok(Some(Claimed { sent, address: reader.email, workspace_name }))
            })
        })
        .await
}

async fn send(app: &App, claimed: &Claimed) -> std::result::Result<(), Failure> {
    let gone = || Failure { problem: Problem::Unreachable, said: "no mail server".into() };
    let unusable = |error: &dyn std::fmt::Display| Failure {
        problem: Problem::Address,
        said: error.to_string(),
    };
    let (server, from) = app.config.mailer().ok_or_else(gone)?;
    let to: Address = claimed.address.parse().map_err(|error| unusable(&error))?;
    let origin = app.config.origin();
    let letter = Letter::write(from, &to, &claimed.workspace_name, &origin, &claimed.sent)
        .map_err(|error| unusable(&error))?;
    smtp::send(server, &smtp::hello(&app.config), &from.0.email, &to, &letter).await
}

async fn settle(app: &App, workspace: WorkspaceId, sent: Delivery) -> Result<Delivery> {
    let mut by = By::process(app, workspace, "system");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                deliveries::settle(tx, workspace, &sent).await?;
                let Some(member) = sent.member else { return Ok(sent) };
                if sent.delivered_at.is_some() {
                    store::clear_failing(tx, workspace, member).await?;
                } else if sent.is_given_up() {
                    let problem = sent.problem.clone().unwrap_or_default();
                    let known = store::unreached(tx, workspace).await?;
                    // A server that is down is told once, and not once for each admin.
                    let is_news =
                        known.iter().all(|one| one.member != member && one.problem != problem);
                    store::set_failing(tx, workspace, member, by.now, &problem).await?;
                    if is_news {
                        let text = format!("Mail to admins was given up. {problem}");
                        notifications::tell_admins(tx, &mut by, "bad", &text, router::WEBHOOK)
                            .await?;
                    }
                }
                Ok(sent)
            })
        })
        .await
}
