//! Who signs the extension for Chromium's browsers, and what comes of it
//! (docs/decisions/0022-who-signs-the-extension.md). Each workspace has a key, unless the operator brings a file that was
//! signed elsewhere: then this server holds no key at all.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use extension_package::crx::{self, Key};
use extension_package::{CHROMIUM, VERSION};
use model::WorkspaceId;
use model::access::Actor;
use seal::grant::SigningKey;
use serde_json::json;

use super::store::{self, Sealed};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::devices::rules::{self, Version};
use crate::error::{Error, Result};
use crate::keys::Field;

/// The extension as Chromium's browsers install it.
#[derive(Debug, Clone)]
pub struct Published {
    /// How browsers call it.
    pub id: String,
    /// The public half of the key that signed it, as DER.
    pub public: Vec<u8>,
    /// The signed file.
    pub file: Bytes,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Whether browsers may still get it: not where the workspace refuses this version (T24).
    pub is_offered: bool,
}

impl Published {
    /// Its public key's SHA-256, in hexadecimal. The first half, in other letters, is the id.
    pub fn fingerprint(&self) -> String {
        hex(&self.public)
    }

    /// What arrives where `file` is given out.
    pub fn new(id: String, public: Vec<u8>, file: Vec<u8>) -> Self {
        let sha256 = hex(&file);
        Self { id, public, file: file.into(), sha256, is_offered: true }
    }

    /// What the operator had signed elsewhere: exactly this server's own package, or it is refused.
    ///
    /// # Errors
    /// Where the file cannot be read, its signature does not fit, or it holds something else.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = std::fs::read(path).with_context(|| format!("read the extension {shown}"))?;
        let signed = crx::read(&file).with_context(|| format!("accept the extension {shown}"))?;
        ensure!(
            signed.archive == CHROMIUM.bytes,
            "the extension {shown} is not the one of this server: sign version {VERSION} with SHA-256 {}, which \
             `cargo xtask extension --key FILE` does on the same commit",
            CHROMIUM.sha256
        );
        let (id, public) = (signed.id(), signed.public.to_vec());
        Ok(Self::new(id, public, file))
    }
}

/// What this process gives out: the operator's file, or what it has signed itself, so that a browser that asks costs no
/// signature.
#[derive(Default)]
pub struct Shelf {
    foreign: Option<Published>,
    signed: RwLock<HashMap<String, Published>>,
}

impl Shelf {
    /// With the operator's file, where there is one.
    ///
    /// # Errors
    /// See [`Published::load`].
    pub fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let foreign = file.map(Published::load).transpose()?;
        Ok(Self { foreign, ..Self::default() })
    }

    /// What the operator had signed elsewhere.
    pub fn foreign(&self) -> Option<&Published> {
        self.foreign.as_ref()
    }

    fn sign(&self, key: &Key) -> Published {
        let published = Published::new(key.id(), key.public(), key.sign(CHROMIUM.bytes));
        let mut signed = self.signed.write().unwrap_or_else(PoisonError::into_inner);
        signed.insert(published.id.clone(), published.clone());
        published
    }

    fn find(&self, id: &str) -> Option<Published> {
        self.signed.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// The extension of the actor's workspace. Its key is made at the first need.
pub async fn own(app: &App, actor: &Actor) -> Result<Published> {
    if let Some(foreign) = app.extension.foreign() {
        return Ok(foreign.clone());
    }
    let workspace = actor.workspace;
    let mut tx = app.db.read().await?;
    let is_offered = is_offered(&mut tx, workspace).await?;
    if let Some(sealed) = store::of_workspace(&mut tx, workspace).await? {
        return Ok(Published { is_offered, ..signed(app, &mut tx, &sealed).await? });
    }
    drop(tx);
    let (app2, mut by) = (app.clone(), By::member(app, actor));
    let key = app.db.write::<_, Error, _>(workspace, move |tx| {
        Box::pin(async move {
            match store::of_workspace(tx, workspace).await? {
                Some(sealed) => open(&app2, tx, &sealed).await,
                None => make(&app2, tx, &mut by, 1).await,
            }
        })
    });
    Ok(Published { is_offered, ..app.extension.sign(&key.await?) })
}

/// The extension with this id, for browsers, who do not say whose they are.
pub async fn find(app: &App, id: &str) -> Result<Option<Published>> {
    if let Some(foreign) = app.extension.foreign() {
        return Ok((foreign.id == id).then(|| foreign.clone()));
    }
    let mut tx = app.db.read().await?;
    let Some(sealed) = store::of_id(&mut tx, id).await? else { return Ok(None) };
    let is_offered = is_offered(&mut tx, sealed.workspace).await?;
    Ok(Some(Published { is_offered, ..signed(app, &mut tx, &sealed).await? }))
}

/// Puts a new key in place of the workspace's, and tells the new id: browsers take it for another extension.
pub async fn replace(app: &App, workspace: WorkspaceId) -> Result<String> {
    let (app2, mut by) = (app.clone(), By::process(app, workspace, "cli"));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let before = store::of_workspace(tx, workspace).await?;
                let version = before.map_or(0, |sealed| sealed.version) + 1;
                let id = make(&app2, tx, &mut by, version).await?.id();
                let event = Event::new("extension.key_replaced").detail(json!({ "id": &id }));
                activity::record(tx, &mut by, event).await?;
                Ok(id)
            })
        })
        .await
}

async fn make(app: &App, tx: &mut Tx, by: &mut By, version: i64) -> Result<Key> {
    let scalar = SigningKey::generate(&mut by.rng);
    let data_key = app.keys.current(tx, by).await?;
    let bytes = app.keys.seal(tx, by, data_key, field(by.workspace, version), &*scalar).await?;
    let key = Key::from_scalar(&*scalar).ok_or(seal::Error::NotAKey)?;
    let sealed = Sealed { id: key.id(), workspace: by.workspace, version, data_key, bytes };
    store::set(tx, by, &sealed).await?;
    Ok(key)
}

async fn signed(app: &App, tx: &mut Tx, sealed: &Sealed) -> Result<Published> {
    match app.extension.find(&sealed.id) {
        Some(published) => Ok(published),
        None => Ok(app.extension.sign(&open(app, tx, sealed).await?)),
    }
}

async fn open(app: &App, tx: &mut Tx, sealed: &Sealed) -> Result<Key> {
    let Sealed { workspace, version, data_key, bytes, .. } = sealed;
    let place = field(*workspace, *version);
    let scalar = app.keys.open(tx, *workspace, *data_key, place, bytes).await?;
    Ok(Key::from_scalar(&scalar).ok_or(seal::Error::NotAKey)?)
}

fn field(workspace: WorkspaceId, version: i64) -> Field {
    Field { item: workspace.uuid(), name: "extension_key", version }
}

async fn is_offered(tx: &mut Tx, workspace: WorkspaceId) -> Result<bool> {
    let version: Version = VERSION.parse()?;
    Ok(rules::of(tx, workspace).await?.check(&version).is_ok())
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&seal::token::sha256(bytes))
}
