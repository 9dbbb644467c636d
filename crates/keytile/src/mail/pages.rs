//! How mail stands: a part of the page of alerts, and the button that tries it.

use axum::extract::State;

use super::Mail;
use crate::app::App;
use crate::deliveries::Delivery;
use crate::error::{Error, Result};
use crate::http::page::Page;
use crate::http::{Signed, flash, router};
use crate::ui::{Message, When};

/// What the page of alerts shows of mail (`card.html`).
pub struct MailCard {
    pub(crate) host: String,
    pub(crate) from: String,
    pub(crate) readers: usize,
    pub(crate) without: Vec<String>,
    pub(crate) sent: Option<When>,
    pub(crate) waiting: i64,
    pub(crate) unheard: Option<Unheard>,
    pub(crate) unreached: Vec<UnreachedRow>,
}

/// The newest mail that came to nothing so far.
pub(crate) struct Unheard {
    pub(crate) at: When,
    pub(crate) problem: String,
    pub(crate) next: Option<When>,
}

/// An admin whom mail does not reach.
pub(crate) struct UnreachedRow {
    pub(crate) name: String,
    pub(crate) since: When,
    pub(crate) problem: String,
}

impl MailCard {
    /// How mail stands, where there is any.
    pub(crate) async fn load(app: &App, signed: &Signed) -> Result<Option<Self>> {
        Ok(super::find(app, &signed.actor).await?.map(Self::from))
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        let problem = String::from("The mail server refused the mail for good (550).");
        let unheard = Unheard { at: at.clone(), problem: problem.clone(), next: Some(at.clone()) };
        Self {
            host: "mail.example.com".into(),
            from: "keytile@example.com".into(),
            readers: 3,
            without: vec!["Grace Hopper".into()],
            sent: Some(at.clone()),
            waiting: 2,
            unheard: Some(unheard),
            unreached: vec![UnreachedRow { name: "Ada Byron".into(), since: at, problem }],
        }
    }
}

impl From<Mail> for MailCard {
    fn from(mail: Mail) -> Self {
        let unheard = mail.unheard.map(|unheard| Unheard {
            at: unheard.at.into(),
            problem: unheard.problem.unwrap_or_default(),
            next: unheard.due_at.map(When::from),
        });
        let row = |one: super::Unreached| UnreachedRow {
            name: one.name,
            since: one.since.into(),
            problem: one.problem,
        };
        Self {
            host: mail.host,
            from: mail.from,
            readers: mail.readers,
            without: mail.without,
            sent: mail.sent_at.map(When::from),
            waiting: mail.waiting,
            unheard,
            unreached: mail.unreached.into_iter().map(row).collect(),
        }
    }
}

/// Sends a mail that says nothing to whoever asks.
pub(crate) async fn test(State(app): State<App>, signed: Signed) -> Page {
    let message = match super::test(&app, &signed.actor).await {
        Ok(sent) => told(&sent),
        Err(Error::Conflict(why)) => flash::bad(why),
        Err(error) => return Err(error.into()),
    };
    Ok(flash::redirect(&app.config, router::WEBHOOK, &message))
}

fn told(sent: &Delivery) -> Message {
    match &sent.problem {
        None => flash::good("The mail server took it over. Look into your mailbox."),
        Some(problem) => flash::bad(format!("The mail did not arrive. {problem}")),
    }
}
