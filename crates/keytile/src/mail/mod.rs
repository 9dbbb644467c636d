//! Alerts by mail: to each admin who may put it right, through the operator's mail server, where there is one
//! (docs/decisions/0021-alerts-by-mail.md). What is worth telling is left to those who raise alerts.

mod deliver;
mod letter;
pub mod pages;
mod server;
mod smtp;
mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::{Timestamp, WorkspaceId};
use serde_json::json;

use crate::actor::By;
use crate::alerts::Alert;
use crate::app::App;
use crate::config::Config;
use crate::db::Tx;
use crate::deliveries::{self, Channel, Delivery, TEST};
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications::{self, Admin};

pub use deliver::turn;
pub use server::{Security, Sender, Server};
pub use smtp::{Failure, Problem};

/// How mail stands, as every admin may see it.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server, by its name.
    pub host: String,
    /// Whom mail comes from.
    pub from: String,
    /// How many admins get it.
    pub readers: usize,
    /// Admins who have no mail address.
    pub without: Vec<String>,
    /// When a mail was last taken over.
    pub sent_at: Option<Timestamp>,
    /// How many mails wait for their next try.
    pub waiting: i64,
    /// The newest mail that came to nothing so far.
    pub unheard: Option<Delivery>,
    /// Admins to whom mail has been given up.
    pub unreached: Vec<Unreached>,
}

/// An admin whom mail does not reach.
#[derive(Debug, Clone)]
pub struct Unreached {
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, in words.
    pub problem: String,
}

/// How mail stands in the actor's workspace; nothing where the operator has no mail server for it.
pub async fn find(app: &App, actor: &Actor) -> Result<Option<Mail>> {
    let workspace = may(actor)?;
    let Some((server, from)) = app.config.mailer() else { return Ok(None) };
    let mut tx = app.db.read().await?;
    let admins = notifications::admins(&mut tx, workspace).await?;
    let standing = deliveries::standing(&mut tx, workspace, Channel::Mail).await?;
    let failing = store::unreached(&mut tx, workspace).await?;
    let unreached = failing.into_iter().filter_map(|one| {
        let admin = admins.iter().find(|admin| admin.id == one.member)?;
        Some(Unreached { name: admin.name.clone(), since: one.since, problem: one.problem })
    });
    let unreached = unreached.collect();
    let (with, without): (Vec<Admin>, _) =
        admins.into_iter().partition(|admin| !admin.email.is_empty());
    Ok(Some(Mail {
        host: server.host.clone(),
        from: from.address().to_owned(),
        readers: with.len(),
        without: without.into_iter().map(|admin| admin.name).collect(),
        sent_at: standing.heard_at,
        waiting: standing.waiting,
        unheard: standing.unheard,
        unreached,
    }))
}

/// Sends the actor a mail that says nothing, at once and once, and answers what became of it.
pub async fn test(app: &App, actor: &Actor) -> Result<Delivery> {
    let (workspace, member) = (may(actor)?, actor.member);
    if app.config.mailer().is_none() {
        return Err(Error::NotFound);
    }
    let mut by = By::member(app, actor);
    let id = app
        .db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                let admins = notifications::admins(tx, workspace).await?;
                if !admins.iter().any(|admin| admin.id == member && !admin.email.is_empty()) {
                    let text = "You have no mail address to which a test could go.";
                    return Err(Error::Conflict(text.into()));
                }
                let alert = Alert {
                    kind: TEST,
                    tone: "good",
                    message: "This is a test: mail from Keytile reaches you.".into(),
                    link: router::WEBHOOK,
                    detail: json!({}),
                };
                Ok(deliveries::enqueue(tx, &mut by, Channel::Mail, Some(member), &alert).await?)
            })
        })
        .await?;
    deliver::at_once(app, workspace, id).await
}

/// Leaves an alert to be mailed to each admin who has an address, where the operator wants mail.
pub async fn enqueue(tx: &mut Tx, by: &mut By, alert: &Alert) -> Result<()> {
    if !by.is_mailed {
        return Ok(());
    }
    for admin in notifications::admins(tx, by.workspace).await? {
        if !admin.email.is_empty() {
            deliveries::enqueue(tx, by, Channel::Mail, Some(admin.id), alert).await?;
        }
    }
    Ok(())
}

/// Asks the configured mail server whether it lets us in. Sends nothing.
///
/// # Errors
/// Why it does not.
pub async fn check(config: &Config, server: &Server) -> std::result::Result<(), Failure> {
    smtp::knock(server, &smtp::hello(config)).await
}

fn may(actor: &Actor) -> Result<WorkspaceId> {
    let on = On { workspace: actor.workspace, target: Target::Workspace };
    Ok(permit(actor, Action::ConfigurePortal, on)?.workspace())
}
