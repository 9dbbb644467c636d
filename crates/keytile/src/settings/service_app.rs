//! A service app of Okta's in the place of a person's API token (C4): it belongs to nobody, can do what it was granted,
//! and its key does not end. The key is made here, and its private half never leaves.

use model::access::{Action, Actor, permit};
use model::secret::Secret;
use model::{DataKeyId, Timestamp};
use portal::okta::{AppKey, OktaPortal, Scope};
use portal::{Check, Misconfigured, Portal as _};
use url::Url;

use super::credential::StoredApp;
use super::standby::{self, Ready};
use super::{Proof, connect_with, everywhere, failed, first_failure, same_org, store, warnings};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::directories;
use crate::error::{Error, Result};
use crate::keys::Field;
use crate::sync::store::CredentialKind;

/// What to ask for, the most first: Okta refuses all where one is missing.
const WISHES: [&[Scope]; 4] = [
    &[
        Scope::ManageApps,
        Scope::ReadUsers,
        Scope::ReadGroups,
        Scope::ReadLogs,
        Scope::ManageGroups,
        Scope::ReadRoles,
    ],
    &[
        Scope::ManageApps,
        Scope::ReadUsers,
        Scope::ReadGroups,
        Scope::ManageGroups,
        Scope::ReadRoles,
    ],
    &[Scope::ManageApps, Scope::ReadUsers, Scope::ReadGroups, Scope::ReadLogs],
    &Scope::NEEDED,
];

/// As long as a client id may be.
const LONGEST_ID: usize = 100;

/// The public half of the key that was made for the workspace.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// As an Okta admin adds it to the app.
    pub jwk: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an admin enters.
#[derive(Debug, Clone)]
pub struct EnteredApp {
    /// The org's address.
    pub domain: String,
    /// The client id of the app there.
    pub client_id: String,
}

/// A key as it is stored.
pub(super) struct SealedKey {
    pub(super) version: i64,
    pub(super) sealed: Vec<u8>,
    pub(super) data_key: DataKeyId,
    pub(super) public: PublicKey,
}

/// The key that waits to be registered in Okta, where one was made.
pub async fn public_key(app: &App, actor: &Actor) -> Result<Option<PublicKey>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let key = store::service_key(&mut app.db.read().await?, workspace).await?;
    Ok(key.map(|key| key.public))
}

/// Makes a key for a service app. One that was made before and is not connected yet is forgotten.
pub async fn make_key(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let before = store::service_key(tx, by.workspace).await?;
                let version = before.map_or(1, |key| key.version + 1);
                let new = AppKey::generate(&kid(version))
                    .map_err(|why| Error::Portal(why.to_string()))?;
                let data_key = app2.keys.current(tx, &mut by).await?;
                let place = field(&by, version);
                let private = new.private.as_bytes();
                let sealed = app2.keys.seal(tx, &mut by, data_key, place, private).await?;
                let public = PublicKey { jwk: new.public, created_at: by.now };
                let key = SealedKey { version, sealed, data_key, public };
                store::put_service_key(tx, &by, &key).await?;
                Ok(activity::record(tx, &mut by, Event::new("portal.key_made")).await?)
            })
        })
        .await
}

/// What "Test connection" finds with this app and our key. Reads only, stores nothing (C2).
pub async fn test(app: &App, actor: &Actor, entered: &EnteredApp) -> Result<Vec<Check>> {
    let _admin = permit(actor, Action::ConfigurePortal, everywhere(actor))?;
    Ok(try_out(app, actor, entered).await?.checks)
}

/// Connects by the service app, and turns extending on (C4, C6).
pub async fn turn_on(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    entered: EnteredApp,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let tried = try_out(app, actor, &entered).await?;
    if let Some(error) = first_failure(&tried.checks) {
        return Err(Error::Portal(error.to_string()));
    }
    let Some((domain, okta, stored)) = tried.connection else {
        return Err(Error::invalid("domain", Misconfigured::BadUrl));
    };
    let org = okta.org(app.now()).await.map_err(|error| Error::Portal(error.to_string()))?;
    let (secret, warning) = (stored.to_secret(), warnings(&tried.checks));
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let kind = CredentialKind::ServiceApp;
                let proof = Proof { kind, secret: &secret, warning };
                connect_with(&app2, tx, &mut by, &domain, org.id, proof).await
            })
        })
        .await
}

/// Keeps the service app as the standby of the connection that is there.
pub async fn stand_by(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    client_id: String,
) -> Result<()> {
    let portal = standby::connected(app, actor, confirmed_at).await?;
    let entered = EnteredApp { domain: portal.domain.clone(), client_id };
    let tried = try_out(app, actor, &entered).await?;
    if let Some(error) = first_failure(&tried.checks) {
        return Err(Error::Portal(error.to_string()));
    }
    let Some((_, okta, stored)) = tried.connection else {
        return Err(Error::invalid("domain", Misconfigured::BadUrl));
    };
    standby::same_org_as(app, &portal, &okta).await?;
    let warning = warnings(&tried.checks);
    let ready = Ready { kind: CredentialKind::ServiceApp, secret: stored.to_secret(), warning };
    standby::keep(app, actor, ready).await
}

/// How an app was found to work.
struct Tried {
    checks: Vec<Check>,
    connection: Option<(Url, OktaPortal, StoredApp)>,
}

/// Asks for the most that the app was granted, and with a proof of possession where the app wants one.
async fn try_out(app: &App, actor: &Actor, entered: &EnteredApp) -> Result<Tried> {
    let nothing = |check| Ok(Tried { checks: vec![check], connection: None });
    let domain = match app.guard.domain(entered.domain.trim()) {
        Ok(domain) => domain,
        Err(why) => return nothing(failed("The address", why)),
    };
    let client_id = entered.client_id.trim();
    if client_id.is_empty() || client_id.chars().count() > LONGEST_ID {
        return nothing(failed("The service app", Misconfigured::ClientUnknown));
    }
    let mut stored = StoredApp {
        client_id: client_id.to_owned(),
        is_dpop: false,
        scopes: Vec::new(),
        ..open_key(app, actor).await?
    };
    let mut wishes = WISHES.iter();
    stored.scopes = wishes.next().map(|wish| wish.to_vec()).unwrap_or_default();
    loop {
        let okta = stored
            .credential(app)
            .and_then(|credential| OktaPortal::connect(&app.guard, &domain, credential, None));
        let okta = match okta {
            Ok(okta) => okta,
            Err(why) => return nothing(failed("The service app", why)),
        };
        let mut checks = okta.probe(app.now()).await;
        match first_failure(&checks) {
            Some(portal::Error::Misconfigured { what: Misconfigured::DpopRequired, .. })
                if !stored.is_dpop =>
            {
                stored.is_dpop = true;
                continue;
            }
            Some(portal::Error::Misconfigured { what: Misconfigured::ScopeNotGranted, .. }) => {
                if let Some(wish) = wishes.next() {
                    stored.scopes = wish.to_vec();
                    continue;
                }
            }
            Some(_) => {}
            None => checks.push(same_org(app, actor, &okta).await?),
        }
        return Ok(Tried { checks, connection: Some((domain, okta, stored)) });
    }
}

/// Our key, in an app that is yet to be named.
async fn open_key(app: &App, actor: &Actor) -> Result<StoredApp> {
    let mut tx = app.db.read().await?;
    let key = store::service_key(&mut tx, actor.workspace).await?;
    let key = key.ok_or_else(|| {
        Error::Conflict("Make a key first, and add its public half to the app in Okta.".into())
    })?;
    let by = By::member(app, actor);
    let place = field(&by, key.version);
    let private =
        app.keys.open_text(&mut tx, actor.workspace, key.data_key, place, &key.sealed).await?;
    Ok(StoredApp {
        client_id: String::new(),
        key: Secret::new(private),
        kid: kid(key.version),
        is_dpop: false,
        scopes: Vec::new(),
    })
}

fn field(by: &By, version: i64) -> Field {
    Field { item: by.workspace.uuid(), name: "service_key", version }
}

/// Okta tells several keys of an app apart by it.
fn kid(version: i64) -> String {
    format!("keytile-{version}")
}
