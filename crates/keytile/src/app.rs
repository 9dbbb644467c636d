//! What every use-case is handed: the database, the keys, the time, chance and the configuration.

use std::ops::Deref;
use std::sync::Arc;

use model::Timestamp;
use portal::okta::guard::{Guard, Policy};
use rand::rngs::StdRng;

use crate::clock::{Chance, Clock};
use crate::config::Config;
use crate::db::Db;
use crate::devices::Replays;
use crate::extension::signing::Shelf;
use crate::keys::{self, Keyring};
use crate::scim;

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// Both databases behind one door.
    pub db: Db,
    /// Data keys under the root key.
    pub keys: Keyring,
    /// What the operator configured.
    pub config: Config,
    /// The one door to other hosts: no redirects, no private addresses, time limits.
    pub guard: Guard,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub chance: Chance,
    /// What SCIM clients sent and is not stored yet.
    pub scim_log: scim::log::Log,
    /// What devices have signed lately.
    pub replays: Replays,
    /// The extension as Chromium's browsers get it.
    pub extension: Shelf,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Opens the database and the keys that `config` names. The schema is brought up to date.
    pub async fn open(config: Config, clock: Clock, chance: Chance) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let extension = Shelf::open(config.extension_file.as_deref())?;
        // What a driver keeps while it connects or migrates is large, and nobody else's to carry.
        let db = Box::pin(Db::open(&config.database))
            .await
            .context("open the database (the configuration's `database`)")?;
        Box::pin(db.migrate()).await.context("bring the database up to date")?;
        keys::permit_new_file(&db, &config.root_key_file).await?;
        let keys = Keyring::load_or_create(&config.root_key_file, &mut chance.rng())?;
        let guard = Guard::new(Policy {
            custom_hosts: config.okta_custom_hosts.iter().cloned().collect(),
            allowed_insecure_hosts: config.okta_insecure_hosts.iter().cloned().collect(),
        });
        let scim_log = scim::log::Log::default();
        Ok(Self::new(Parts {
            db,
            keys,
            config,
            guard,
            clock,
            chance,
            scim_log,
            replays: Replays::default(),
            extension,
        }))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A random generator of one's own.
    pub fn rng(&self) -> StdRng {
        self.chance.rng()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
