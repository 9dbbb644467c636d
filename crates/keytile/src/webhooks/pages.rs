//! The page of the webhook: where it goes, the secret that signs, and what became of each message.

use askama::Template;
use axum::Form;
use axum::extract::State;
use model::DeliveryId;
use serde::Deserialize;

use super::Webhook;
use crate::app::App;
use crate::deliveries::Delivery;
use crate::error::{Error, Result};
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::mail::pages::MailCard;
use crate::ui::{Badge, Field, Message, Shell, When};

/// Where another system is told.
#[derive(Template)]
#[template(path = "webhooks/show.html")]
pub struct WebhookPage {
    shell: Shell,
    url: Field,
    is_set: bool,
    since: Option<When>,
    failing: Option<When>,
    new_secret: Option<String>,
    events: Vec<EventRow>,
    mail: Option<MailCard>,
}

struct EventRow {
    id: String,
    kind: String,
    message: String,
    at: When,
    badge: Badge,
    problem: Option<String>,
    next: Option<When>,
}

/// The address, as an admin entered it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredUrl {
    url: String,
}

impl WebhookPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let found = super::find(app, &signed.actor).await?;
        let shell = signed.shell(app, "settings").await?;
        let mail = MailCard::load(app, signed).await?;
        let Some(Webhook { url, created_at, failing_since, events }) = found else {
            return Ok(Self {
                shell,
                url: Field::default(),
                is_set: false,
                since: None,
                failing: None,
                new_secret: None,
                events: Vec::new(),
                mail,
            });
        };
        Ok(Self {
            shell,
            url: Field::of(url),
            is_set: true,
            since: Some(created_at.into()),
            failing: failing_since.map(When::from),
            new_secret: None,
            events: events.into_iter().map(EventRow::from).collect(),
            mail,
        })
    }
}

impl From<Delivery> for EventRow {
    fn from(sent: Delivery) -> Self {
        let (text, kind) = match (sent.delivered_at, sent.due_at) {
            (Some(_), _) => ("Heard", "good"),
            (None, Some(_)) if sent.attempts == 0 => ("Waits", ""),
            (None, Some(_)) => ("Tried again soon", "warn"),
            (None, None) => ("Given up", "bad"),
        };
        Self {
            id: sent.id.to_string(),
            kind: sent.kind,
            message: sent.message,
            at: sent.at.into(),
            badge: Badge { text: text.into(), kind, icon: "" },
            problem: sent.problem,
            next: sent.due_at.map(When::from),
        }
    }
}

/// The page.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    html(&WebhookPage::load(&app, &signed).await?)
}

/// Sets the address. The secret is shown with the first one, this once.
pub(crate) async fn save(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredUrl>,
) -> Page {
    let set = super::set(&app, &signed.actor, signed.confirmed_at, &entered.url).await;
    match set {
        Ok(Some(secret)) => {
            let mut page = WebhookPage::load(&app, &signed).await?;
            page.new_secret = Some(secret.expose().clone());
            html(&page)
        }
        Ok(None) => Ok(flash::redirect(&app.config, router::WEBHOOK, &flash::good("Saved."))),
        Err(error @ Error::Invalid { .. }) => {
            let mut page = WebhookPage::load(&app, &signed).await?;
            page.url = Field::refused(&entered.url, error.to_string());
            again(&page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes another secret, and shows it this once.
pub(crate) async fn rotate(State(app): State<App>, signed: Signed) -> Page {
    let secret = super::rotate(&app, &signed.actor, signed.confirmed_at).await?;
    let mut page = WebhookPage::load(&app, &signed).await?;
    page.new_secret = Some(secret.expose().clone());
    html(&page)
}

/// Tells nobody any more.
pub(crate) async fn remove(State(app): State<App>, signed: Signed) -> Page {
    let removed = super::remove(&app, &signed.actor, signed.confirmed_at).await;
    flash::told(&app.config, router::WEBHOOK, removed, |()| "The webhook is removed.".into())
}

/// Sends a message that says nothing.
pub(crate) async fn test(State(app): State<App>, signed: Signed) -> Page {
    let sent = super::test(&app, &signed.actor).await?;
    Ok(flash::redirect(&app.config, router::WEBHOOK, &told(&sent)))
}

/// Sends a message again.
pub(crate) async fn send_again(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<DeliveryId>,
) -> Page {
    let sent = super::again(&app, &signed.actor, id).await?;
    Ok(flash::redirect(&app.config, router::WEBHOOK, &told(&sent)))
}

fn told(sent: &Delivery) -> Message {
    match &sent.problem {
        None => flash::good("It was heard."),
        Some(problem) => flash::bad(format!("It was not heard. {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(is_set: bool) -> WebhookPage {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        let row = |text: &str, kind| EventRow {
            id: "evt_01".into(),
            kind: "credential.refused".into(),
            message: "Syncing with Okta waits.".into(),
            at: at.clone(),
            badge: Badge { text: text.into(), kind, icon: "" },
            problem: Some("The server answered 500 Internal Server Error.".into()),
            next: Some(at.clone()),
        };
        WebhookPage {
            shell: Shell::sample("settings"),
            url: Field::refused("https://hooks.example.com/keytile", "Enter an address."),
            is_set,
            since: is_set.then(|| at.clone()),
            failing: is_set.then(|| at.clone()),
            new_secret: is_set.then(|| "whsec_once".into()),
            events: if is_set {
                vec![row("Heard", "good"), row("Given up", "bad")]
            } else {
                vec![]
            },
            mail: is_set.then(MailCard::sample),
        }
    }

    #[test]
    fn the_page_shows_each_message_and_the_secret_once() {
        let text = sample(true).render().unwrap();
        for words in [
            "whsec_once",
            "Given up",
            "answered 500",
            "Send a test<",
            "Send again",
            "Send a test mail",
            "Ada Byron",
            "(550)",
        ] {
            assert!(text.contains(words), "{words}");
        }
        let text = sample(false).render().unwrap();
        assert!(
            text.contains("no mail server")
                && !text.contains("Send a test")
                && text.contains("name=\"url\"")
        );
    }
}
