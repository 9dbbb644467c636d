//! The client of a stored connection: its credential is opened here and nowhere else.

use std::sync::Arc;

use model::secret::Secret;
use portal::Misconfigured;
use portal::okta::{AppKey, Chance, Credential, OktaPortal, Scope, ServiceApp};
use rand::RngCore as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::store::credential::Standby;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sync::store::CredentialKind;
use crate::sync::{self, Portal};

/// A service app as it is sealed: all that it takes to sign in as it.
#[derive(Clone, Deserialize)]
pub(super) struct StoredApp {
    /// Its client id.
    pub(super) client_id: String,
    /// The private half of its key.
    pub(super) key: Secret<String>,
    /// The key's name.
    pub(super) kid: String,
    /// It wants tokens that are bound to a key.
    pub(super) is_dpop: bool,
    /// What to ask for.
    pub(super) scopes: Vec<Scope>,
}

impl StoredApp {
    /// What is sealed.
    pub(super) fn to_secret(&self) -> Secret<String> {
        let text = json!({
            "client_id": self.client_id,
            "key": self.key.expose(),
            "kid": self.kid,
            "is_dpop": self.is_dpop,
            "scopes": self.scopes,
        });
        Secret::new(text.to_string())
    }

    /// The proof of who we are.
    pub(super) fn credential(&self, app: &App) -> std::result::Result<Credential, Misconfigured> {
        Ok(Credential::ServiceApp(ServiceApp {
            client_id: self.client_id.clone(),
            key: AppKey::read(self.key.expose(), Some(self.kid.clone()))?,
            is_dpop: self.is_dpop,
            scopes: self.scopes.clone(),
            chance: chance(app),
        }))
    }
}

/// The client of a stored connection.
///
/// # Errors
/// [`Error::Portal`] says what an admin has to put right.
pub async fn open_portal(app: &App, tx: &mut Tx, row: &Portal) -> Result<OktaPortal> {
    let secret = super::open_token(app, tx, row).await?;
    let okta = built(app, row, row.credential, &secret);
    let okta = okta.map_err(|why| Error::Portal(why.to_string()))?;
    // A restart must not forget how long something takes.
    let limits = sync::worker::limits(tx, row).await?;
    Ok(okta.with_expected_limits(limits.buckets.iter().filter_map(sync::worker::Bucket::known)))
}

/// As [`open_portal`], with the credential that stands by.
pub(super) async fn open_standby(
    app: &App,
    tx: &mut Tx,
    row: &Portal,
    standby: &Standby,
) -> Result<OktaPortal> {
    let place = (standby.version, standby.data_key);
    let secret = super::open_sealed(app, tx, row, place, &standby.sealed).await?;
    built(app, row, standby.kind, &secret).map_err(|why| Error::Portal(why.to_string()))
}

/// The client of a connection, with this credential.
pub(super) fn built(
    app: &App,
    row: &Portal,
    kind: CredentialKind,
    secret: &Secret<String>,
) -> std::result::Result<OktaPortal, Misconfigured> {
    let domain = Url::parse(&row.domain).map_err(|_| Misconfigured::BadUrl)?;
    let org = (!row.org_id.is_empty()).then(|| row.org_id.clone());
    let credential = match kind {
        CredentialKind::Token => Credential::Token(Zeroizing::new(secret.expose().clone())),
        CredentialKind::ServiceApp => {
            let stored: StoredApp =
                serde_json::from_str(secret.expose()).map_err(|_| Misconfigured::BadKey)?;
            stored.credential(app)?
        }
    };
    OktaPortal::connect(&app.guard, &domain, credential, org)
}

fn chance(app: &App) -> Chance {
    let app = app.clone();
    Arc::new(move || {
        let mut rng = app.rng();
        u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())
    })
}
