//! A simulated Okta org over HTTP, for tests and the demo: the management API (`api`), what people
//! see (`people`), provisioning to others (`push`), and telling others what happened (`deliver`), on
//! one state (`org`). It is written from Okta's documents alone and knows no other crate of the
//! project.

mod api;
pub mod control;
pub mod deliver;
mod door;
mod faults;
mod interference;
mod keys;
mod limits;
mod mischief;
mod oauth;
pub mod org;
pub mod people;
pub mod push;
mod seed;
mod sim;
mod traffic;
mod virtual_clock;

pub use door::{Door, Lost, Reply};
pub use faults::{Fault, Outcome};
pub use interference::{Interfered, Interference, Meddler, Meddling, PersonStep};
pub use limits::Limits;
pub use mischief::{Mischief, Reset, Strike, Trick};
pub use org::{Change, Clock};
pub use seed::{Seed, SeedApp, SeedClient, SeedError, SeedGroup, SeedScim, SeedService, SeedUser};
pub use sim::{OrgGuard, Sim, SimConfig, serve};
pub use traffic::Exchange;
pub use virtual_clock::VirtualClock;
