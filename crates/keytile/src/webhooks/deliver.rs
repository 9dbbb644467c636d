//! Sending messages: signed, and sent once through the guarded client. A message that is heard twice, because an answer
//! was lost, has the same id both times.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use model::{DeliveryId, Timestamp, WorkspaceId};
use serde_json::{Value, json};

use super::{Endpoint, field, store};
use crate::actor::By;
use crate::app::App;
use crate::deliveries::{self, Channel, Delivery, Outcome};
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications;

/// Messages that are on their way at once.
const AT_A_TIME: usize = 20;

/// Sends what is due.
///
/// # Errors
/// A failure of the database. What was not sent comes again.
pub async fn turn(app: &App) -> Result<()> {
    let attempt = |workspace, id| attempt(app, workspace, id);
    deliveries::turn(app, Channel::Webhook, AT_A_TIME, attempt).await
}

/// Sends one message now, and answers what became of it.
pub(super) async fn at_once(app: &App, workspace: WorkspaceId, id: DeliveryId) -> Result<Delivery> {
    let sent = attempt(app, workspace, id).await?;
    sent.ok_or_else(|| Error::Conflict("It is being sent just now. Reload the page.".into()))
}

async fn attempt(app: &App, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>> {
    let now = app.now();
    let claimed = app
        .db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                let Some(sent) = deliveries::claim(tx, workspace, id, now).await? else {
                    return Ok(None);
                };
                let name = deliveries::workspace_name(tx, workspace).await?;
                let endpoint = store::endpoint(tx, workspace).await?;
                Ok(endpoint.map(|endpoint| (sent, endpoint, name)))
            })
        })
        .await?;
    let Some((sent, endpoint, name)) = claimed else { return Ok(None) };
    let body = body(app, workspace, &name, &sent);
    let outcome = match send(app, workspace, &endpoint, &sent, body).await {
        Ok(()) => Outcome::Heard,
        Err(problem) => {
            tracing::warn!(problem, event.id = %sent.id, "a webhook was not heard");
            Outcome::Unheard(problem)
        }
    };
    let sent = sent.after(outcome, app.now());
    settle(app, workspace, sent).await.map(Some)
}

async fn settle(app: &App, workspace: WorkspaceId, sent: Delivery) -> Result<Delivery> {
    let mut by = By::process(app, workspace, "system");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                deliveries::settle(tx, workspace, &sent).await?;
                if sent.delivered_at.is_some() {
                    store::set_failing(tx, workspace, None).await?;
                } else if sent.is_given_up()
                    && store::set_failing(tx, workspace, Some(by.now)).await?
                {
                    let text =
                        "The webhook has not been heard for two days, and a message was given up.";
                    notifications::tell_admins(tx, &mut by, "bad", text, router::WEBHOOK).await?;
                }
                Ok(sent)
            })
        })
        .await
}

fn body(app: &App, workspace: WorkspaceId, name: &str, sent: &Delivery) -> String {
    let message: Value = json!({
        "id": sent.id.to_string(),
        "kind": sent.kind,
        "at": sent.at.to_string(),
        "workspace": { "id": workspace.to_string(), "name": name },
        "message": sent.message,
        "link": format!("{}{}", app.config.origin(), sent.link),
        "detail": sent.detail,
    });
    message.to_string()
}

async fn send(
    app: &App,
    workspace: WorkspaceId,
    endpoint: &Endpoint,
    sent: &Delivery,
    body: String,
) -> std::result::Result<(), String> {
    // What may be reached is the operator's to say, and may have changed since the address was entered.
    let url =
        app.guard.public(&endpoint.url).map_err(|_| "The address is not allowed.".to_owned())?;
    let secret = secret(app, workspace, endpoint).await.map_err(|error| error.to_string())?;
    let answer = app
        .guard
        .client()
        .post(url)
        .header("content-type", "application/json")
        .header("keytile-event", &sent.kind)
        .header("keytile-event-id", sent.id.to_string())
        .header("keytile-signature", sign(&secret, app.now(), &body))
        .body(body)
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("The server answered {}.", answer.status())),
        Err(error) if error.is_timeout() => Err("The server did not answer in time.".into()),
        Err(error) if error.is_connect() => {
            Err("No connection: check the name, its certificate, and that it is a public address."
                .into())
        }
        Err(_) => Err("The connection broke off.".into()),
    }
}

async fn secret(app: &App, workspace: WorkspaceId, endpoint: &Endpoint) -> Result<String> {
    let place = field(workspace, endpoint.secret_version);
    let mut tx = app.db.read().await?;
    app.keys.open_text(&mut tx, workspace, endpoint.data_key, place, &endpoint.secret).await
}

/// What proves that a body is ours, and when it was sent: `t=<seconds>,v1=<HMAC-SHA256 of "seconds.body" in hex>`.
pub fn sign(secret: &str, at: Timestamp, body: &str) -> String {
    let at = at.as_second();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex(tag.as_ref()))
}

/// Bytes as receivers of webhooks are used to see them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    /// The value is OpenSSL's: `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_1`.
    #[test]
    fn a_signature_covers_the_time_and_the_body() {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let signed = sign("whsec_1", at, "{}");
        assert_eq!(
            signed,
            "t=1700000000,v1=c8cf6ed9fd9120874a1792902ffdf5b69559118b76d10974da8a20cf21f94bc5"
        );
        assert_ne!(signed, sign("whsec_1", at, "{ }"));
        assert_ne!(signed, sign("whsec_2", at, "{}"));
        assert_ne!(signed, sign("whsec_1", at + SignedDuration::from_secs(1), "{}"));
    }
}
