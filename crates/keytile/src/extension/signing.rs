//! Who signs the extension for Chromium's browsers, and what comes of it
//! (docs/decisions/0022-who-signs-the-extension.md). Each workspace has a key, unless the operator brings a file that was
//! signed elsewhere: then this server holds no key at all.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
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
    pub file: Arc<[u8]>,
    /// Whether browsers may still get it: not where the workspace refuses this version (T24).
    pub is_offered: bool,
}

impl Published {
    /// Its public key's SHA-256, in hexadecimal. The first half, in other letters, is the id.
    pub fn fingerprint(&self) -> String {
        hex(&self.public)
    }

    /// The file's SHA-256, in hexadecimal.
    pub fn sha256(&self) -> String {
        hex(&self.file)
    }

    fn signed(key: &Key, is_offered: bool) -> Self {
        let file = key.sign(CHROMIUM.bytes).into();
        Self { id: key.id(), public: key.public(), file, is_offered }
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
        Ok(Self { id, public, file: file.into(), is_offered: true })
    }
}

/// The extension of the actor's workspace. Its key is made at the first need.
pub async fn own(app: &App, actor: &Actor) -> Result<Published> {
    let workspace = actor.workspace;
    let mut tx = app.db.read().await?;
    let is_offered = is_offered(&mut tx, workspace).await?;
    if let Some(foreign) = &app.extension {
        return Ok(Published { is_offered, ..foreign.clone() });
    }
    if let Some(sealed) = store::of_workspace(&mut tx, workspace).await? {
        return Ok(Published::signed(&open(app, &mut tx, &sealed).await?, is_offered));
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
    Ok(Published::signed(&key.await?, is_offered))
}

/// The extension with this id, for browsers, who do not say whose they are.
pub async fn find(app: &App, id: &str) -> Result<Option<Published>> {
    if let Some(foreign) = app.extension.as_ref().filter(|foreign| foreign.id == id) {
        return Ok(Some(foreign.clone()));
    }
    let mut tx = app.db.read().await?;
    let Some(sealed) = store::of_id(&mut tx, id).await? else { return Ok(None) };
    let is_offered = is_offered(&mut tx, sealed.workspace).await?;
    Ok(Some(Published::signed(&open(app, &mut tx, &sealed).await?, is_offered)))
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
    let sealed = Sealed { workspace: by.workspace, version, data_key, bytes };
    store::set(tx, by, &key.id(), &sealed).await?;
    Ok(key)
}

async fn open(app: &App, tx: &mut Tx, sealed: &Sealed) -> Result<Key> {
    let Sealed { workspace, version, data_key, bytes } = sealed;
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
