//! Settings of the workspace: connect the Okta org into which accounts are extended, turn that on and off (C1-C8).

mod credential;
pub mod keeper;
pub mod pages;
pub mod refusal;
pub mod service_app;
pub mod standby;
mod store;
pub mod strategy;

use model::access::{Action, Actor, On, Target, permit};
use model::secret::Secret;
use model::{DataKeyId, PortalId, Timestamp};
use portal::okta::OktaPortal;
use portal::{Check, Misconfigured, Portal as _, Priority, Verdict};
use serde_json::json;
use url::Url;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::directories;
use crate::error::{Error, Result};
use crate::keys::Field;
use crate::sync::store::{Connection, CredentialKind};
use crate::sync::{self, Portal, PortalStatus, rank};
use crate::ui;

pub use credential::open_portal;
use store::credential as credentials;

/// The org and the token that an admin enters.
pub struct Entered {
    /// The org's address, such as `https://acme.okta.com`.
    pub domain: String,
    /// The API token.
    pub token: Secret<String>,
}

/// What "Test connection" found: every check with its own answer (C2). Reads only, stores nothing.
pub async fn test_connection(app: &App, actor: &Actor, entered: &Entered) -> Result<Vec<Check>> {
    let _admin = permit(actor, Action::ConfigurePortal, everywhere(actor))?;
    let domain = match app.guard.domain(entered.domain.trim()) {
        Ok(domain) => domain,
        Err(why) => return Ok(vec![failed("The address", why)]),
    };
    let okta = match client(app, &domain, entered) {
        Ok(okta) => okta,
        Err(why) => return Ok(vec![failed("API token", why)]),
    };
    let mut checks = okta.probe(app.now()).await;
    if first_failure(&checks).is_none() {
        checks.push(same_org(app, actor, &okta).await?);
    }
    Ok(checks)
}

/// Connects the org and turns extending on, or replaces the domain and token of the connection that is there.
/// Everything that waited goes on by itself (C6, C8).
pub async fn turn_on(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    entered: Entered,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let checks = test_connection(app, actor, &entered).await?;
    if let Some(error) = first_failure(&checks) {
        return Err(Error::Portal(error.to_string()));
    }
    let domain =
        app.guard.domain(entered.domain.trim()).map_err(|why| Error::invalid("domain", why))?;
    let okta = client(app, &domain, &entered).map_err(|why| Error::invalid("token", why))?;
    let org = okta.org(app.now()).await.map_err(|e| Error::Portal(e.to_string()))?;
    let warning = warnings(&checks);
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let proof = Proof { kind: CredentialKind::Token, secret: &entered.token, warning };
                connect_with(&app2, tx, &mut by, &domain, org.id, proof).await
            })
        })
        .await
}

/// The inner part of [`turn_on`]: stores a connection that has been tested.
pub async fn connect(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    domain: &Url,
    org_id: String,
    token: &Secret<String>,
) -> Result<()> {
    let proof = Proof { kind: CredentialKind::Token, secret: token, warning: None };
    connect_with(app, tx, by, domain, org_id, proof).await
}

/// A credential that has been tested.
struct Proof<'a> {
    kind: CredentialKind,
    secret: &'a Secret<String>,
    /// What speaks against it although it works.
    warning: Option<String>,
}

/// As [`connect`], with either kind of credential.
async fn connect_with(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    domain: &Url,
    org_id: String,
    proof: Proof<'_>,
) -> Result<()> {
    let Proof { kind, secret, warning } = proof;
    let present = sync::store::portal(tx, by.workspace).await?;
    if let Some(other) = present.as_ref().filter(|p| p.org_id != org_id) {
        let tiles = sync::store::count_tiles(tx, by.workspace).await?;
        if tiles > 0 {
            return Err(Error::Conflict(format!(
                "{} still in another Okta org, {}. Turn extending off with \"also remove all apps\" first, \
                 wait until they are gone, then connect this org.",
                ui::counted(tiles, "tile is", "tiles are"),
                other.domain
            )));
        }
    }
    let id = present.as_ref().map_or_else(|| PortalId::new(by.now, &mut by.rng), |p| p.id);
    let token_version = credentials::next_version(tx, by.workspace).await?;
    if present.as_ref().is_some_and(|p| p.org_id != org_id) {
        // What stood by for another org would be sent to this one.
        credentials::forget_standby(tx, by.workspace).await?;
    }
    let data_key = app.keys.current(tx, by).await?;
    let field = token_field(id, token_version);
    let sealed = app.keys.seal(tx, by, data_key, field, secret.expose().trim().as_bytes()).await?;
    let domain = domain.as_str().trim_end_matches('/').to_string();
    let detail = json!({ "domain": domain, "org": org_id, "credential": kind.code() });
    let connection = Connection { domain, org_id, token: sealed, token_version, data_key };
    sync::store::put_portal(tx, by, id, connection).await?;
    sync::store::set_credential_kind(tx, by, kind).await?;
    credentials::begin_life(tx, by, warning.as_deref()).await?;
    sync::store::mark_all(tx, by, rank(Priority::Change)).await?;
    tx.signal(by.workspace);
    let updated = present.is_some_and(|p| p.status != PortalStatus::Off);
    let event = if updated { "portal.updated" } else { "portal.turned_on" };
    Ok(activity::record(tx, by, Event::new(event).detail(detail)).await?)
}

/// Turns extending off. Tiles stay in Okta as they are and still launch, unless `remove_all` takes them out too (C7).
pub async fn turn_off(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    remove_all: bool,
) -> Result<u64> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                sync::store::turn_off(tx, &by).await?;
                let removed = if remove_all {
                    sync::store::end_all(tx, &by, rank(Priority::Change)).await?
                } else {
                    0
                };
                tx.signal(by.workspace);
                let event =
                    Event::new("portal.turned_off").detail(json!({ "tiles_removed": removed }));
                activity::record(tx, &mut by, event).await?;
                Ok(removed)
            })
        })
        .await
}

/// After extending was turned off: takes out of Okta what had stayed there, and answers how many apps that are (C7).
pub async fn clean_up(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<u64> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let portal = sync::store::portal(tx, by.workspace).await?;
                if portal.is_none_or(|portal| portal.status != PortalStatus::Off) {
                    return Err(Error::Conflict(
                        "Extending accounts is on. Turn it off before you remove all apps.".into(),
                    ));
                }
                let removed = sync::store::end_all(tx, &by, rank(Priority::Change)).await?;
                tx.signal(by.workspace);
                let event =
                    Event::new("portal.cleaned_up").detail(json!({ "tiles_removed": removed }));
                activity::record(tx, &mut by, event).await?;
                Ok(removed)
            })
        })
        .await
}

/// The sealed secret of a connection: its API token, or its service app as text.
pub async fn open_token(app: &App, tx: &mut Tx, portal: &Portal) -> Result<Secret<String>> {
    let place = (portal.token_version, portal.data_key);
    open_sealed(app, tx, portal, place, &portal.token).await
}

/// As [`open_token`], of any credential of the connection: all are sealed in the same way.
async fn open_sealed(
    app: &App,
    tx: &mut Tx,
    portal: &Portal,
    (version, key): (i64, DataKeyId),
    sealed: &[u8],
) -> Result<Secret<String>> {
    let field = token_field(portal.id, version);
    Ok(Secret::new(app.keys.open_text(tx, portal.workspace, key, field, sealed).await?))
}

fn token_field(id: PortalId, version: i64) -> Field {
    Field { item: id.uuid(), name: "token", version }
}

/// People sign in through one org and see tiles in it: two different orgs would show tiles to nobody.
async fn same_org(app: &App, actor: &Actor, okta: &OktaPortal) -> Result<Check> {
    let name = "The org that people sign in through";
    let directory = directories::find(&mut app.db.read().await?, actor.workspace).await?;
    let Some(issuer) = directory.and_then(|d| d.issuer) else {
        let text = "Sign-in through Okta is not set up yet, so this was not compared.".into();
        return Ok(Check { name, result: Verdict::Warning(text) });
    };
    let Ok(address) = app.guard.domain(&issuer) else {
        return Ok(Check { name, result: Verdict::Skipped });
    };
    // Who an org is needs no token, so the other address gets none of ours.
    let Ok(other) = OktaPortal::new(&app.guard, &address, String::new(), None) else {
        return Ok(Check { name, result: Verdict::Skipped });
    };
    let theirs = other.org(app.now()).await;
    let ours = okta.org(app.now()).await;
    let result = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) if ours.id == theirs.id => {
            Verdict::Passed("It is the same org.".into())
        }
        (Ok(ours), Ok(theirs)) => Verdict::Failed(misconfigured(Misconfigured::WrongOrg {
            expected: theirs.id,
            found: ours.id,
        })),
        (Err(error), _) | (_, Err(error)) => Verdict::Failed(error),
    };
    Ok(Check { name, result })
}

/// What speaks against a connection that works, in one text.
fn warnings(checks: &[Check]) -> Option<String> {
    let texts: Vec<&str> = checks
        .iter()
        .filter_map(|check| match &check.result {
            Verdict::Warning(text) => Some(text.as_str()),
            Verdict::Passed(_) | Verdict::Failed(_) | Verdict::Optional(_) | Verdict::Skipped => {
                None
            }
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// The first thing that stands in the way of a connection.
fn first_failure(checks: &[Check]) -> Option<&portal::Error> {
    checks.iter().find_map(|check| match &check.result {
        Verdict::Failed(error) => Some(error),
        Verdict::Passed(_) | Verdict::Warning(_) | Verdict::Optional(_) | Verdict::Skipped => None,
    })
}

fn failed(name: &'static str, why: Misconfigured) -> Check {
    Check { name, result: Verdict::Failed(misconfigured(why)) }
}

fn misconfigured(what: Misconfigured) -> portal::Error {
    portal::Error::Misconfigured { what, request_id: None }
}

fn client(
    app: &App,
    domain: &Url,
    entered: &Entered,
) -> std::result::Result<OktaPortal, Misconfigured> {
    OktaPortal::new(&app.guard, domain, entered.token.expose().trim().to_string(), None)
}

fn everywhere(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}
