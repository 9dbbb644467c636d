//! Keytile's rules: who may see and do what, and what a tile is called.
//!
//! Pure, synchronous and total: no database, no network, no clock and no chance of its own.
//! `now` and `rng` are arguments.

pub mod access;
pub mod account;
mod base32;
pub mod clock;
pub mod collection;
pub mod id;
pub mod label;
pub mod name;
pub mod secret;
pub mod share;
pub mod team;
mod text;
pub mod workspace;

#[cfg(test)]
mod testing;

pub use access::{Action, Actor, Denied, Level, On, Path, Permit, Target};
pub use account::{LoginUrl, registrable_domain};
pub use clock::Timestamp;
pub use id::*;
pub use label::Label;
pub use name::{
    AccountName, AppName, CollectionName, MemberName, NameError, TeamName, WorkspaceName,
};
pub use secret::Secret;
pub use share::{Grantee, ItemRole, ShareItem};
pub use team::{TeamOrigin, TeamRole};
pub use workspace::{MemberStatus, WorkspaceRole};
