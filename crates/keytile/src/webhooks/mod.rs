//! Another system is told what admins must hear of: an address per workspace, signed messages, and what became of each.
//! What is worth telling is left to those who raise alerts.

mod deliver;
pub mod pages;
mod store;

use model::access::{Action, Actor, On, Target, permit};
use model::secret::Secret;
use model::{DataKeyId, DeliveryId, Timestamp, WorkspaceId};
use rand::RngCore as _;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::alerts::Alert;
use crate::app::App;
use crate::db::Tx;
use crate::deliveries::{self, Channel, Delivery, TEST};
use crate::directories;
use crate::error::{Error, Result};
use crate::keys::Field;

pub use deliver::{sign, turn};

/// Events that the page shows.
const SHOWN: i64 = 30;

/// Where another system is told, and what it was told lately.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its address.
    pub url: String,
    /// When it was entered.
    pub created_at: Timestamp,
    /// Since when messages have been given up.
    pub failing_since: Option<Timestamp>,
    /// The newest messages first.
    pub events: Vec<Delivery>,
}

/// An address as it is stored.
struct Endpoint {
    url: String,
    secret: Vec<u8>,
    secret_version: i64,
    data_key: DataKeyId,
    created_at: Timestamp,
    failing_since: Option<Timestamp>,
}

/// The webhook of the actor's workspace, where there is one.
pub async fn find(app: &App, actor: &Actor) -> Result<Option<Webhook>> {
    let workspace = may(actor)?;
    let mut tx = app.db.read().await?;
    let Some(endpoint) = store::endpoint(&mut tx, workspace).await? else { return Ok(None) };
    Ok(Some(Webhook {
        url: endpoint.url,
        created_at: endpoint.created_at,
        failing_since: endpoint.failing_since,
        events: deliveries::newest(&mut tx, workspace, Channel::Webhook, SHOWN).await?,
    }))
}

/// Sets where another system is told. Answers the secret that signs, where it is a new one: it is shown this once.
pub async fn set(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    url: &str,
) -> Result<Option<Secret<String>>> {
    let workspace = may(actor)?;
    directories::confirmed(app, confirmed_at)?;
    let url = app.guard.public(url.trim()).map_err(|_| {
        Error::invalid(
            "url",
            "Enter an address of a server on the public internet that begins with https:// and has no password in it.",
        )
    })?;
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let present = store::endpoint(tx, by.workspace).await?;
                let new = match &present {
                    Some(_) => None,
                    None => Some(sealed_secret(&app2, tx, &mut by, 1).await?),
                };
                match &new {
                    None => store::set_url(tx, &by, url.as_str()).await?,
                    Some(new) => store::insert(tx, &by, url.as_str(), new).await?,
                }
                // The host alone: what stands behind it may be a key of the other system.
                let detail = json!({ "host": url.host_str() });
                let event = Event::new("webhook.set").detail(detail);
                activity::record(tx, &mut by, event).await?;
                Ok(new.map(|new| new.text))
            })
        })
        .await
}

/// Makes another secret in the place of the one that signs now.
pub async fn rotate(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<Secret<String>> {
    let workspace = may(actor)?;
    directories::confirmed(app, confirmed_at)?;
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let present = store::endpoint(tx, by.workspace).await?.ok_or(Error::NotFound)?;
                let new = sealed_secret(&app2, tx, &mut by, present.secret_version + 1).await?;
                store::set_secret(tx, &by, &new).await?;
                activity::record(tx, &mut by, Event::new("webhook.secret_made")).await?;
                Ok(new.text)
            })
        })
        .await
}

/// Tells nobody any more. What was not heard is forgotten.
pub async fn remove(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<()> {
    let workspace = may(actor)?;
    directories::confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                deliveries::forget_all(tx, by.workspace, Channel::Webhook).await?;
                store::delete(tx, by.workspace).await?;
                Ok(activity::record(tx, &mut by, Event::new("webhook.removed")).await?)
            })
        })
        .await
}

/// Sends a message that says nothing, at once and once, and answers what became of it.
pub async fn test(app: &App, actor: &Actor) -> Result<Delivery> {
    let workspace = may(actor)?;
    let mut by = By::member(app, actor);
    let id = app
        .db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                if store::endpoint(tx, by.workspace).await?.is_none() {
                    return Err(Error::NotFound);
                }
                let alert = Alert {
                    kind: TEST,
                    tone: "good",
                    message: "This is a test: Keytile can reach you.".into(),
                    link: crate::http::router::WEBHOOK,
                    detail: json!({}),
                };
                Ok(deliveries::enqueue(tx, &mut by, Channel::Webhook, None, &alert).await?)
            })
        })
        .await?;
    deliver::at_once(app, workspace, id).await
}

/// Sends a message again that was heard or given up before: the other side knows it by its id.
pub async fn again(app: &App, actor: &Actor, id: DeliveryId) -> Result<Delivery> {
    let workspace = may(actor)?;
    let now = app.now();
    app.db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                if deliveries::rearm(tx, workspace, Channel::Webhook, id, now).await? {
                    return Ok(());
                }
                Err(Error::NotFound)
            })
        })
        .await?;
    deliver::at_once(app, workspace, id).await
}

/// Leaves an alert to be sent, where the workspace wants it told.
pub async fn enqueue(tx: &mut Tx, by: &mut By, alert: &Alert) -> Result<()> {
    if store::endpoint(tx, by.workspace).await?.is_some() {
        deliveries::enqueue(tx, by, Channel::Webhook, None, alert).await?;
    }
    Ok(())
}

/// A secret as it is stored, and as it is shown once.
struct NewSecret {
    text: Secret<String>,
    sealed: Vec<u8>,
    version: i64,
    data_key: DataKeyId,
}

async fn sealed_secret(app: &App, tx: &mut Tx, by: &mut By, version: i64) -> Result<NewSecret> {
    let mut bytes = [0_u8; 32];
    by.rng.fill_bytes(&mut bytes);
    let text = format!("whsec_{}", deliver::hex(&bytes));
    let data_key = app.keys.current(tx, by).await?;
    let place = field(by.workspace, version);
    let sealed = app.keys.seal(tx, by, data_key, place, text.as_bytes()).await?;
    Ok(NewSecret { text: Secret::new(text), sealed, version, data_key })
}

fn field(workspace: WorkspaceId, version: i64) -> Field {
    Field { item: workspace.uuid(), name: "webhook_secret", version }
}

fn may(actor: &Actor) -> Result<WorkspaceId> {
    let on = On { workspace: actor.workspace, target: Target::Workspace };
    Ok(permit(actor, Action::ConfigurePortal, on)?.workspace())
}
