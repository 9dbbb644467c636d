//! The keyring: each workspace's data keys, wrapped by the root key of a file, opened when first needed.
//! Sealing itself is the `seal` crate's.

mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use model::{DataKeyId, WorkspaceId};
use seal::{DataKey, DataKeyContext, Place, RootKeys, Wrapped};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::actor::By;
use crate::app::App;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};

/// Data keys under the root keys of a file.
pub struct Keyring {
    path: PathBuf,
    root: RwLock<RootKeys>,
    open: RwLock<HashMap<DataKeyId, Arc<DataKey>>>,
}

/// What a sealed field is bound to, besides its workspace and data key.
#[derive(Clone, Copy)]
pub struct Field {
    /// The row that holds it.
    pub item: Uuid,
    /// The column.
    pub name: &'static str,
    /// Grows by one with each change.
    pub version: i64,
}

impl Keyring {
    /// Reads the root keys from `path`; makes the file, readable by its owner alone, where there is none.
    pub fn load_or_create(path: &Path, rng: &mut rand::rngs::StdRng) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        if !path.exists() {
            write_private(path, &RootKeys::generate(rng).to_text())
                .with_context(|| format!("create the root key file {}", path.display()))?;
        }
        Self::load(path)
    }

    /// Reads the root keys from `path`.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let root = read_root_keys(path)?;
        Ok(Self { path: path.into(), root: RwLock::new(root), open: RwLock::default() })
    }

    /// Seals `plaintext` for one field under the workspace's data key, made at the first use.
    pub async fn seal(
        &self,
        tx: &mut Tx,
        by: &mut By,
        key: DataKeyId,
        field: Field,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let data_key = self.data_key(tx, by.workspace, key).await?;
        Ok(seal::seal(&data_key, &place(by.workspace, key, field), plaintext, &mut by.rng))
    }

    /// Opens a field that [`Keyring::seal`] sealed.
    pub async fn open(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        key: DataKeyId,
        field: Field,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let data_key = self.data_key(tx, workspace, key).await?;
        Ok(seal::open(&data_key, &place(workspace, key, field), sealed)?)
    }

    /// As [`Keyring::open`], for text.
    pub async fn open_text(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        key: DataKeyId,
        field: Field,
        sealed: &[u8],
    ) -> Result<String> {
        let bytes = self.open(tx, workspace, key, field, sealed).await?;
        // What we sealed was text; anything else has been tampered with, which `open` has already refused.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The data key under which the workspace seals now.
    pub async fn current(&self, tx: &mut Tx, by: &mut By) -> Result<DataKeyId> {
        if let Some(id) = store::newest(tx, by.workspace).await? {
            return Ok(id);
        }
        let id = DataKeyId::new(by.now, &mut by.rng);
        let data_key = DataKey::generate(&mut by.rng);
        // A rotation may have retired the root key that we know. Within this change the file holds: see `rotate`.
        self.read_again()?;
        let wrapped = {
            let root = self.root.read().unwrap_or_else(PoisonError::into_inner);
            root.wrap(&data_key, context(by.workspace, id), &mut by.rng)
        };
        store::insert(tx, by, id, &wrapped).await?;
        Ok(id)
    }

    async fn data_key(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        id: DataKeyId,
    ) -> Result<Arc<DataKey>> {
        if let Some(key) = self.open.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(key));
        }
        let wrapped = store::find(tx, workspace, id).await?.ok_or(Error::NotFound)?;
        let key = Arc::new(self.unwrap(workspace, id, &wrapped)?);
        self.open.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// Another process may have rotated the root key since we read the file, so an unknown one means: look again.
    fn unwrap(&self, workspace: WorkspaceId, id: DataKeyId, wrapped: &Wrapped) -> Result<DataKey> {
        let first = self
            .root
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap(wrapped, context(workspace, id));
        if !matches!(first, Err(seal::Error::UnknownRootKey(_))) {
            return Ok(first?);
        }
        self.read_again()?;
        Ok(self
            .root
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap(wrapped, context(workspace, id))?)
    }

    /// Another process may have rotated the root key since we read the file.
    fn read_again(&self) -> Result<()> {
        let fresh = read_root_keys(&self.path);
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        *root = fresh.map_err(|error| {
            tracing::error!(error = format!("{error:#}"), "could not read the root key file again");
            seal::Error::UnknownRootKey(root.current_id().into())
        })?;
        Ok(())
    }
}

/// Makes sure that a missing root key file was never there: a new one opens nothing that the database holds already.
///
/// # Errors
/// The database holds data keys: which file to put back.
pub async fn permit_new_file(db: &Db, path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let held = store::count(&mut db.read().await?).await?;
    anyhow::ensure!(
        held == 0,
        "the root key file {} (the configuration's `root_key_file`) is missing, and the database holds secrets that \
         only it opens. Put the file back from its backup; nothing was changed",
        path.display()
    );
    Ok(())
}

/// Opens a data key of each root key that the database names.
///
/// # Errors
/// One does not open: the file is another database's, or lacks a root key. It says which file to put back.
pub async fn verify(app: &App) -> anyhow::Result<()> {
    use anyhow::Context as _;
    let mut tx = app.db.read().await?;
    for root_key in store::root_keys(&mut tx).await? {
        // A rotation that runs beside us may have taken the last one away.
        let Some((workspace, id, wrapped)) = store::first_under(&mut tx, &root_key).await? else {
            continue;
        };
        let mut opened = app.keys.unwrap(workspace, id, &wrapped);
        if opened.is_err()
            && let Some(wrapped) = store::find(&mut tx, workspace, id).await?
        {
            // Or wrapped it anew since it was read.
            opened = app.keys.unwrap(workspace, id, &wrapped);
        }
        // The cause alone: what `Error` says of it is for people who cannot see the file.
        let opened = opened.map_err(|error| match error {
            Error::Seal(cause) => anyhow::Error::from(cause),
            other => other.into(),
        });
        opened.with_context(|| {
            format!(
                "the root key file {} (the configuration's `root_key_file`) does not open the secrets of this database. \
                 Put the file back from the backup that belongs to it; nothing was changed",
                app.keys.path.display()
            )
        })?;
    }
    Ok(())
}

/// What [`rotate`] did.
pub struct Rotation {
    /// The id of the new root key.
    pub root_key: String,
    /// How many data keys it wraps now.
    pub rewrapped: usize,
}

/// Makes a new root key and wraps every data key with it, while servers run: they read the file again when they meet
/// the new key. Safe to run again after an interruption (T10), and refused while another one is under way: each would write a
/// file without the other's key.
pub async fn rotate(app: &App) -> anyhow::Result<Rotation> {
    let path = &app.keys.path;
    let _alone = alone_at(path)?;
    let mut rng = app.rng();
    let mut root = read_root_keys(path)?;
    // An interrupted rotation left data keys under an older root key: finish it rather than begin another.
    let root_key =
        if store::count_under_other(&mut app.db.read().await?, root.current_id()).await? > 0 {
            root.current_id().to_string()
        } else {
            root.add(&mut rng)
        };
    write_private(path, &root.to_text())?;
    // Whoever read the file before this may be about to store a data key under an older root key. A change that runs
    // in every workspace from here on has let those finish, and later ones read the new file.
    for workspace in store::workspaces(&mut app.db.read().await?).await? {
        app.db.write::<_, Error, _>(workspace, |_| Box::pin(async { Ok(()) })).await?;
    }
    let mut rewrapped = 0;
    loop {
        let batch = store::under_other(&mut app.db.read().await?, &root_key).await?;
        if batch.is_empty() {
            break;
        }
        for (workspace, id, wrapped) in batch {
            let data_key = root.unwrap(&wrapped, context(workspace, id))?;
            let fresh = root.wrap(&data_key, context(workspace, id), &mut rng);
            app.db
                .write(workspace, move |tx| {
                    Box::pin(
                        async move { store::rewrap(tx, workspace, id, &wrapped, &fresh).await },
                    )
                })
                .await?;
            rewrapped += 1;
        }
    }
    let old: Vec<String> = root.ids().filter(|id| *id != root_key).map(String::from).collect();
    for id in old {
        root.retire(&id)?;
    }
    write_private(path, &root.to_text())?;
    *app.keys.root.write().unwrap_or_else(PoisonError::into_inner) = root;
    Ok(Rotation { root_key, rewrapped })
}

/// Whether anybody but its owner may read or change the file.
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

fn place(workspace: WorkspaceId, key: DataKeyId, field: Field) -> Place<'static> {
    Place {
        workspace: workspace.uuid(),
        item: field.item,
        field: field.name,
        version: field.version,
        key_id: key.uuid(),
    }
}

fn context(workspace: WorkspaceId, id: DataKeyId) -> DataKeyContext {
    DataKeyContext { workspace: workspace.uuid(), key_id: id.uuid() }
}

fn read_root_keys(path: &Path) -> anyhow::Result<RootKeys> {
    use anyhow::Context as _;
    let text = Zeroizing::new(
        std::fs::read_to_string(path)
            .with_context(|| format!("read the root key file {}", path.display()))?,
    );
    RootKeys::parse(&text)
        .with_context(|| format!("understand the root key file {}", path.display()))
}

/// Lets one rotation at a time in, until what it answers is dropped or its process ends. The folder is locked, as the file is
/// replaced.
fn alone_at(path: &Path) -> anyhow::Result<std::fs::File> {
    use anyhow::Context as _;
    let folder = std::fs::File::open(folder_of(path))
        .with_context(|| format!("open the folder of the root key file {}", path.display()))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(std::fs::TryLockError::WouldBlock) => anyhow::bail!(
            "another rotation of the root key file {} is under way: wait until it has ended; nothing was changed",
            path.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("lock the folder of the root key file {}", path.display())),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes beside the file, then takes its place: a crash leaves the old file or the new one, never half of one.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder_of(path);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    std::fs::File::open(folder)?.sync_all()
}
