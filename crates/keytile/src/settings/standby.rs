//! The credentials of a connection: how the one in use stands, and another that takes over by itself when Okta ends it.

use model::Timestamp;
use model::access::{Action, Actor, permit};
use model::secret::Secret;
use portal::okta::OktaPortal;
use portal::{Check, Portal as _};
use serde_json::json;

use super::store::credential::{self as store, InUse, NewStandby};
use super::{credential, everywhere, first_failure, open_token, refusal, token_field, warnings};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::directories;
use crate::error::{Error, Result};
use crate::sync::store::CredentialKind;
use crate::sync::{self, Portal, PortalStatus};

/// How long a token may be used before it is called old, at most.
const LONGEST_DAYS: i64 = 3_650;

/// Both credentials, as an admin sees them.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The one in use.
    pub in_use: Life,
    /// The one that stands by.
    pub standby: Option<Life>,
    /// When a standby took over, and why: until there is another one.
    pub took_over: Option<(Timestamp, String)>,
    /// After how many days a token is called old.
    pub days: i64,
    /// The connection is refused.
    pub is_refused: bool,
}

/// What there is to know of one credential.
#[derive(Debug, Clone)]
pub struct Life {
    /// What it is.
    pub kind: CredentialKind,
    /// When it was entered.
    pub entered_at: Option<Timestamp>,
    /// By whom.
    pub entered_by: Option<String>,
    /// When Okta last accepted it, as far as is written down.
    pub used_at: Option<Timestamp>,
    /// What speaks against it although it works.
    pub warning: Option<String>,
    /// Why Okta refuses it.
    pub problem: Option<String>,
    /// It is a token, and older than it should be.
    pub is_old: bool,
}

/// A credential that was tested and is to stand by.
pub(super) struct Ready {
    pub(super) kind: CredentialKind,
    pub(super) secret: Secret<String>,
    pub(super) warning: Option<String>,
}

/// How the credentials of the actor's workspace stand; none where nothing is connected.
pub async fn credentials(app: &App, actor: &Actor) -> Result<Option<Credentials>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let Some(in_use) = store::in_use(&mut tx, workspace).await? else { return Ok(None) };
    let standby = store::standby(&mut tx, workspace).await?;
    let row = sync::store::portal(&mut tx, workspace).await?;
    let is_refused = in_use.status == PortalStatus::Update;
    let problem = row.filter(|_| is_refused).and_then(|row| row.status_detail);
    let (days, now) = (in_use.days, app.now());
    Ok(Some(Credentials {
        took_over: in_use.took_over.clone(),
        standby: standby.map(|standby| Life {
            kind: standby.kind,
            entered_at: Some(standby.entered_at),
            is_old: is_old(standby.kind, Some(standby.entered_at), days, now),
            entered_by: standby.entered_by,
            used_at: Some(standby.used_at),
            warning: standby.warning,
            problem: standby.problem,
        }),
        in_use: life(in_use, problem, now),
        days,
        is_refused,
    }))
}

fn life(found: InUse, problem: Option<String>, now: Timestamp) -> Life {
    Life {
        kind: found.kind,
        entered_at: found.entered_at,
        is_old: is_old(found.kind, found.entered_at, found.days, now),
        entered_by: found.entered_by,
        used_at: found.used_at,
        warning: found.warning,
        problem,
    }
}

/// Whether it is a token that was entered more than so many days ago. A service app's key does not end.
pub(crate) fn is_old(
    kind: CredentialKind,
    entered_at: Option<Timestamp>,
    days: i64,
    now: Timestamp,
) -> bool {
    let longest = jiff::SignedDuration::from_hours(days * 24);
    kind == CredentialKind::Token && entered_at.is_some_and(|at| now.duration_since(at) > longest)
}

/// What "Test" finds with a token that is to stand by. Reads only, stores nothing (C2).
pub async fn test(app: &App, actor: &Actor, token: &Secret<String>) -> Result<Vec<Check>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let portal = sync::store::portal(&mut app.db.read().await?, workspace).await?;
    let portal = portal.ok_or(Error::FeatureOff)?;
    Ok(client(app, &portal, token)?.probe(app.now()).await)
}

/// Keeps a token as the standby, after it has been tested.
pub async fn stand_by(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    token: &Secret<String>,
) -> Result<()> {
    let portal = connected(app, actor, confirmed_at).await?;
    let entered = token.expose().trim().to_owned();
    let in_use = open_token(app, &mut app.db.read().await?, &portal).await?;
    if portal.credential == CredentialKind::Token && *in_use.expose() == entered {
        let why = "This is the token that is in use. Create another one, best as another user, so that not both end at \
                   once.";
        return Err(Error::invalid("token", why));
    }
    let secret = Secret::new(entered);
    let checks = client(app, &portal, &secret)?.probe(app.now()).await;
    if let Some(error) = first_failure(&checks) {
        return Err(Error::Portal(error.to_string()));
    }
    let ready = Ready { kind: CredentialKind::Token, secret, warning: warnings(&checks) };
    keep(app, actor, ready).await
}

/// The connection for which something may stand by.
pub(super) async fn connected(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<Portal> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let portal = sync::store::portal(&mut app.db.read().await?, workspace).await?;
    portal.filter(|portal| portal.status != PortalStatus::Off).ok_or(Error::FeatureOff)
}

/// A standby of another org would be let in nowhere.
pub(super) async fn same_org_as(app: &App, portal: &Portal, okta: &OktaPortal) -> Result<()> {
    let org = okta.org(app.now()).await.map_err(|error| Error::Portal(error.to_string()))?;
    if org.id == portal.org_id {
        return Ok(());
    }
    let why = "This is of another Okta org than the connection. Enter a token or a service app of the connected org.";
    Err(Error::Conflict(why.into()))
}

/// Stores a tested credential as the standby.
pub(super) async fn keep(app: &App, actor: &Actor, ready: Ready) -> Result<()> {
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let portal = sync::store::portal(tx, by.workspace).await?;
                let portal = portal.ok_or(Error::FeatureOff)?;
                store_standby(&app2, tx, &mut by, &portal, ready).await
            })
        })
        .await
}

async fn store_standby(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    portal: &Portal,
    ready: Ready,
) -> Result<()> {
    let version = store::next_version(tx, by.workspace).await?;
    let data_key = app.keys.current(tx, by).await?;
    let field = token_field(portal.id, version);
    let secret = ready.secret.expose().as_bytes();
    let sealed = app.keys.seal(tx, by, data_key, field, secret).await?;
    let detail = json!({ "credential": ready.kind.code() });
    let new = NewStandby { kind: ready.kind, sealed, version, data_key, warning: ready.warning };
    store::put_standby(tx, by, portal.id, new).await?;
    activity::record(tx, by, Event::new("portal.standby_set").detail(detail)).await?;
    refusal::fall_back(tx, by).await
}

/// Goes on without a standby.
pub async fn remove(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::forget_standby(tx, by.workspace).await?;
                let event = Event::new("portal.standby_removed");
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Sets after how many days a token is called old.
pub async fn set_days(app: &App, actor: &Actor, confirmed_at: Timestamp, days: &str) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let days = days.trim().parse().ok().filter(|days| (1..=LONGEST_DAYS).contains(days));
    let days = days.ok_or_else(|| Error::invalid("days", "Enter a number of days, 1 to 3650."))?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::set_days(tx, &by, days).await?;
                let event = Event::new("portal.token_days_set").detail(json!({ "days": days }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Tries a refused connection again with the credential that it has: after a right was given back, or a network zone
/// was widened, nothing need be entered anew.
pub async fn try_again(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<()> {
    let portal = connected(app, actor, confirmed_at).await?;
    let okta = credential::open_portal(app, &mut app.db.read().await?, &portal).await?;
    if let Some(error) = first_failure(&okta.probe(app.now()).await) {
        return Err(Error::Portal(refusal::Refusal::of(app, &portal.domain, error).await.text));
    }
    let mut by = By::member(app, actor);
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { refusal::resume(tx, &mut by).await.map(drop) })
        })
        .await
}

fn client(app: &App, portal: &Portal, token: &Secret<String>) -> Result<OktaPortal> {
    let trimmed = Secret::new(token.expose().trim().to_owned());
    credential::built(app, portal, CredentialKind::Token, &trimmed)
        .map_err(|why| Error::invalid("token", why))
}
