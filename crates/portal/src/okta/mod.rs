//! The only code that says Okta's API: guard, limits, wire, client, and the allow list.

pub mod guard;
pub mod limits;
pub(crate) mod misconfigured;
