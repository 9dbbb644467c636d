//! The only code that says Okta's API: guard, limits, wire, client, and the allow list.

pub mod allow;
mod answer;
mod client;
mod credential;
pub mod guard;
mod http;
pub mod limits;
mod line;
pub(crate) mod misconfigured;
mod ours;
mod pages;
mod probe;
#[cfg(test)]
mod recorded;
mod scan;
mod steps;
mod wire;

pub use allow::Exchange;
pub use client::{OktaPortal, Recorder};
pub use credential::Credential;
pub use line::{Guarded, NoAnswer, NoAnswerKind, Reply, Sending, Wire};
