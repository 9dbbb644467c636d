//! Keytile's rules: who may see and do what, and what a tile is called.
//!
//! Pure, synchronous and total: no database, no network, no clock and no chance of its own.
//! `now` and `rng` are arguments.

pub mod access;
mod base32;
pub mod clock;
pub mod id;
pub mod secret;
pub mod share;
pub mod team;
pub mod workspace;

#[cfg(test)]
mod testing;

pub use access::{Action, Actor, Denied, Grant, Grants, Level, On, Path, Permit, Target};
pub use clock::Timestamp;
pub use id::*;
pub use secret::Secret;
pub use share::{Grantee, ItemRole, ShareItem};
pub use team::{TeamOrigin, TeamRole};
pub use workspace::{MemberStatus, WorkspaceRole};
