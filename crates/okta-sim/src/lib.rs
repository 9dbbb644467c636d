//! A simulated Okta org over HTTP, for tests and the demo: the management API (`api`), what people
//! see (`people`), and provisioning to others (`push`), on one state (`org`). It is written from
//! Okta's documents alone and knows no other crate of the project.

mod api;
mod faults;
mod limits;
mod oauth;
pub mod org;
pub mod people;
pub mod push;
mod seed;
mod sim;
mod traffic;

pub use faults::{Fault, Outcome};
pub use limits::Limits;
pub use org::{Change, Clock};
pub use seed::{Seed, SeedApp, SeedClient, SeedError, SeedGroup, SeedScim, SeedUser};
pub use sim::{OrgGuard, Sim, SimConfig, serve};
pub use traffic::Exchange;
