//! A simulated Okta org over HTTP, for tests and the demo: the management API (`api`), what people
//! see (`people`), and provisioning to others (`push`), on one state (`org`). It is written from
//! Okta's documents alone and knows no other crate of the project.

mod faults;
mod limits;
pub mod org;
mod sim;
mod traffic;

pub use faults::{Fault, Outcome};
pub use limits::Limits;
pub use org::{Change, Clock};
pub use sim::{OrgGuard, Sim, SimConfig};
pub use traffic::Exchange;
