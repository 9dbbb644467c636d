//! The directory that people and groups come from: an Okta org. Keeps how its people sign in (OIDC) and the tokens with
//! which it pushes them (SCIM); the protocols are `signin`'s and `scim`'s.

pub mod health;
pub mod hooks;
pub mod logout;
pub mod pages;
pub mod store;
pub mod watch;

use model::access::{Action, Actor, On, Target, permit};
use model::secret::Secret;
use model::{ApiKeyId, DirectoryId, Timestamp};
use portal::Misconfigured;
use scim::Dialect;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::keys::Field;

pub use store::{Directory, ScimToken, find, find_by_scim_token};

/// At most this many SCIM tokens are valid at a time, so that one can be replaced without a gap (C36).
const SCIM_TOKENS: usize = 2;

/// What an admin enters so that people sign in through Okta.
pub struct SignIn {
    /// The org's address: the issuer of its org authorization server.
    pub issuer: String,
    /// The client id of the OIDC app.
    pub client_id: String,
    /// Its client secret; none keeps the one that is stored.
    pub client_secret: Option<Secret<String>>,
}

/// The workspace's directory, made where there is none yet.
pub async fn ensure(tx: &mut Tx, by: &mut By) -> Result<Directory> {
    if let Some(directory) = store::find(tx, by.workspace).await? {
        return Ok(directory);
    }
    store::insert(tx, by).await?;
    store::find(tx, by.workspace).await?.ok_or(Error::NotFound)
}

/// How people of this workspace sign in, for those who may see it; the secret stays sealed.
pub async fn view(app: &App, actor: &Actor) -> Result<Option<Directory>> {
    let workspace = permit(actor, Action::ViewSignIn, everywhere(actor))?.workspace();
    Ok(store::find(&mut app.db.read().await?, workspace).await?)
}

/// Sets how people sign in.
pub async fn set_sign_in(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    sign_in: SignIn,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigureSignIn, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    check_issuer(&sign_in.issuer)?;
    let issuer = app
        .guard
        .domain(sign_in.issuer.trim())
        .map_err(|why: Misconfigured| Error::invalid("issuer", why))?;
    let issuer = issuer.as_str().trim_end_matches('/').to_string();
    let client_id = sign_in.client_id.trim().to_string();
    if client_id.is_empty() || client_id.len() > 255 {
        return Err(Error::invalid(
            "client_id",
            "Paste the client id of the OIDC app, such as 0oa1b2c3d4.",
        ));
    }
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                put_sign_in(&app2, tx, &mut by, issuer, client_id, sign_in.client_secret).await
            })
        })
        .await
}

/// The inner part of [`set_sign_in`], for set-up by the command line and the demo.
pub async fn put_sign_in(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    issuer: String,
    client_id: String,
    secret: Option<Secret<String>>,
) -> Result<()> {
    check_issuer(&issuer)?;
    let directory = ensure(tx, by).await?;
    if directory.client_secret.is_none()
        && secret.as_ref().is_none_or(|s| s.expose().trim().is_empty())
    {
        return Err(Error::invalid("client_secret", "Paste the client secret of the OIDC app."));
    }
    store::set_sign_in(tx, by, directory.id, &issuer, &client_id).await?;
    if let Some(secret) = secret.filter(|s| !s.expose().trim().is_empty()) {
        let key = app.keys.current(tx, by).await?;
        let version = directory.client_secret_version + 1;
        let field = secret_field(directory.id, version);
        let sealed = app.keys.seal(tx, by, key, field, secret.expose().trim().as_bytes()).await?;
        store::set_client_secret(tx, by, directory.id, sealed, version, key).await?;
    }
    let event = Event::new("sign_in.configured")
        .detail(json!({ "issuer": issuer, "client_id": client_id }));
    Ok(activity::record(tx, by, event).await?)
}

/// The org's own authorization server is meant: a custom one may put the login into `sub`, which names nobody for good
/// (T6), and it signs neither universal logouts nor security events.
fn check_issuer(issuer: &str) -> Result<()> {
    let path = issuer.trim().split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let is_custom = path.is_some_and(|(_, path)| path == "oauth2" || path.starts_with("oauth2/"));
    if is_custom {
        return Err(Error::invalid(
            "issuer",
            "This is a custom authorization server. Enter your Okta domain alone, such as https://mycompany.okta.com: a \
             custom server may call people by their login, which can become another's.",
        ));
    }
    Ok(())
}

/// The client secret in the clear: for the exchange with Okta alone.
pub async fn client_secret(
    app: &App,
    tx: &mut Tx,
    directory: &Directory,
) -> Result<Option<Secret<String>>> {
    let (Some(sealed), Some(key)) = (&directory.client_secret, directory.data_key) else {
        return Ok(None);
    };
    let field = secret_field(directory.id, directory.client_secret_version);
    Ok(Some(Secret::new(app.keys.open_text(tx, directory.workspace, key, field, sealed).await?)))
}

fn secret_field(id: DirectoryId, version: i64) -> Field {
    Field { item: id.uuid(), name: "client_secret", version }
}

/// Makes a SCIM token and shows it this once. The oldest ends where two are valid already.
pub async fn create_scim_token(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
) -> Result<Secret<String>> {
    let workspace = permit(actor, Action::ConfigureDirectory, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| Box::pin(async move { add_scim_token(tx, &mut by).await }))
        .await
}

/// The inner part of [`create_scim_token`].
pub async fn add_scim_token(tx: &mut Tx, by: &mut By) -> Result<Secret<String>> {
    let directory = ensure(tx, by).await?;
    let valid = store::scim_tokens(tx, by.workspace).await?;
    for old in valid.iter().rev().skip(SCIM_TOKENS - 1) {
        store::end_scim_token(tx, by, old.id).await?;
    }
    let (token, hash) = seal::token::mint("scim", &mut by.rng);
    store::insert_scim_token(tx, by, directory.id, &hash.0).await?;
    activity::record(tx, by, Event::new("scim_token.created")).await?;
    Ok(Secret::new(token.expose().to_string()))
}

/// Ends a SCIM token at once.
pub async fn revoke_scim_token(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    id: ApiKeyId,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigureDirectory, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::end_scim_token(tx, &by, id).await?;
                Ok(activity::record(tx, &mut by, Event::new("scim_token.revoked")).await?)
            })
        })
        .await
}

/// Says what the SCIM client is, by its code. That decides whether another external id means another person.
pub async fn set_dialect(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    code: &str,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigureDirectory, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let dialect = Dialect::from_code(code)
        .ok_or_else(|| Error::invalid("dialect", "Choose what pushes people here."))?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move { put_dialect(tx, &mut by, dialect).await })
        })
        .await
}

/// The inner part of [`set_dialect`].
pub async fn put_dialect(tx: &mut Tx, by: &mut By, dialect: Dialect) -> Result<()> {
    let directory = ensure(tx, by).await?;
    if directory.dialect == dialect {
        return Ok(());
    }
    store::set_dialect(tx, by, directory.id, dialect).await?;
    let event = Event::new("scim.dialect_set").detail(json!({ "dialect": dialect.code() }));
    Ok(activity::record(tx, by, event).await?)
}

/// The valid SCIM tokens, oldest first.
pub async fn scim_tokens(app: &App, actor: &Actor) -> Result<Vec<ScimToken>> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    Ok(store::scim_tokens(&mut app.db.read().await?, workspace).await?)
}

/// A sensitive change needs a sign-in of the last five minutes (C41).
pub fn confirmed(app: &App, confirmed_at: Timestamp) -> Result<()> {
    let age = app.now().duration_since(confirmed_at);
    if age > jiff::SignedDuration::from_mins(5) {
        return Err(Error::ConfirmIdentity);
    }
    Ok(())
}

fn everywhere(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}
