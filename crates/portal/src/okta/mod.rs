//! The only code that says Okta's API: guard, limits, wire, client, and the allow list.

pub mod allow;
mod answer;
mod client;
mod credential;
mod group_steps;
mod groups;
pub mod guard;
pub mod hook;
mod http;
pub mod limits;
mod line;
mod log;
pub(crate) mod misconfigured;
mod ours;
mod pages;
mod people;
mod portal;
mod probe;
#[cfg(test)]
mod recorded;
mod scan;
mod sightings;
mod steps;
pub mod strategy;
mod token;
mod wire;

pub use allow::Exchange;
pub use client::{OktaPortal, Recorder};
pub use credential::{AppKey, Chance, Credential, NewKey, Scope, ServiceApp};
pub use line::{Guarded, NoAnswer, NoAnswerKind, Reply, Sending, Wire};
pub use probe::Abilities;
