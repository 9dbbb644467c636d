//! Keytile keeps shared accounts, decides who may use each of them, and extends each into Okta as a tile.
//!
//! A folder per thing that a user can name: `mod.rs` holds its use-cases, `store.rs` all of its SQL, `pages.rs` its
//! pages, `api.rs` its JSON. ARCHITECTURE.md has the map.

pub mod accounts;
pub mod activity;
pub mod actor;
pub mod alerts;
pub mod api;
pub mod apikeys;
pub mod app;
pub mod cli;
pub mod clock;
pub mod collections;
pub mod config;
pub mod db;
pub mod deliveries;
pub mod departures;
pub mod devices;
pub mod directories;
pub mod errands;
pub mod error;
pub mod extension;
pub mod grants;
pub mod http;
pub mod imports;
pub mod keys;
pub mod launch;
pub mod mail;
pub mod members;
pub mod metrics;
pub mod notifications;
pub mod paging;
pub mod rotations;
pub mod scim;
pub mod server;
pub mod settings;
pub mod sharing;
pub mod signin;
pub mod sync;
pub mod teams;
pub mod ui;
pub mod webhooks;
pub mod workspaces;

pub use app::App;
pub use error::{Error, Result};
