//! Sending messages: claimed in the database, signed, sent once through the guarded client, and tried again later and
//! later. A message that is heard twice, because an answer was lost, has the same id both times.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use futures_util::future::join_all;
use jiff::SignedDuration;
use model::{Timestamp, WebhookEventId, WorkspaceId};
use serde_json::{Value, json};

use super::{Endpoint, Sent, TEST, field, store};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications;

/// Messages of one round.
const ROUND: i64 = 20;

/// Longer than a try can take.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_mins(2);

/// Minutes until the next try, after the first, the second, and so on; then it is given up, after two days.
const PAUSES: [i64; 9] = [1, 2, 5, 15, 60, 180, 360, 720, 1_440];

/// Sends what is due.
///
/// # Errors
/// A failure of the database. What was not sent comes again.
pub async fn turn(app: &App) -> Result<()> {
    let due = store::due(&mut app.db.read().await?, app.now(), ROUND).await?;
    let tries = due.into_iter().map(|(workspace, id)| attempt(app, workspace, id));
    for tried in join_all(tries).await {
        tried?;
    }
    Ok(())
}

/// Sends one message now, and answers what became of it.
pub(super) async fn at_once(app: &App, workspace: WorkspaceId, id: WebhookEventId) -> Result<Sent> {
    let sent = attempt(app, workspace, id).await?;
    sent.ok_or_else(|| Error::Conflict("It is being sent just now. Reload the page.".into()))
}

async fn attempt(app: &App, workspace: WorkspaceId, id: WebhookEventId) -> Result<Option<Sent>> {
    let now = app.now();
    let claimed = app
        .db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                let Some(sent) = store::claim(tx, workspace, id, now, now + CLAIMED_FOR).await?
                else {
                    return Ok(None);
                };
                let name = store::workspace_name(tx, workspace).await?;
                let endpoint = store::endpoint(tx, workspace).await?;
                Ok(endpoint.map(|endpoint| (sent, endpoint, name)))
            })
        })
        .await?;
    let Some((mut sent, endpoint, name)) = claimed else { return Ok(None) };
    let body = body(app, workspace, &name, &sent);
    let heard = send(app, workspace, &endpoint, &sent, body).await;
    let now = app.now();
    match heard {
        Ok(()) => {
            (sent.delivered_at, sent.due_at, sent.problem) = (Some(now), None, None);
        }
        Err(problem) => {
            tracing::warn!(problem, event.id = %sent.id, "a webhook was not heard");
            (sent.due_at, sent.problem) = (next_try(&sent, now), Some(problem));
        }
    }
    settle(app, workspace, sent).await.map(Some)
}

/// When it is tried again; a test never is.
fn next_try(sent: &Sent, now: Timestamp) -> Option<Timestamp> {
    let tries = usize::try_from(sent.attempts).unwrap_or(1).max(1);
    let pause = PAUSES.get(tries - 1).filter(|_| sent.kind != TEST)?;
    Some(now + SignedDuration::from_mins(*pause))
}

async fn settle(app: &App, workspace: WorkspaceId, sent: Sent) -> Result<Sent> {
    let mut by = By::process(app, workspace, "system");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::settle(tx, workspace, &sent).await?;
                let is_given_up = sent.due_at.is_none() && sent.delivered_at.is_none();
                let is_heard = sent.delivered_at.is_some();
                if is_heard {
                    store::set_failing(tx, workspace, None).await?;
                } else if is_given_up
                    && sent.kind != TEST
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

fn body(app: &App, workspace: WorkspaceId, name: &str, sent: &Sent) -> String {
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
    sent: &Sent,
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

    #[test]
    fn pauses_grow_until_it_is_given_up() {
        let now = Timestamp::UNIX_EPOCH;
        let sent = |attempts, kind: &str| Sent {
            id: WebhookEventId::from(uuid::Uuid::nil()),
            kind: kind.into(),
            message: String::new(),
            link: String::new(),
            detail: json!({}),
            at: now,
            attempts,
            due_at: None,
            delivered_at: None,
            problem: None,
        };
        let minutes: Vec<i64> = (1..=10)
            .filter_map(|n| next_try(&sent(n, "tiles.late"), now))
            .map(|at| at.as_second() / 60)
            .collect();
        assert_eq!(minutes, PAUSES);
        assert_eq!(next_try(&sent(1, TEST), now), None);
    }
}
