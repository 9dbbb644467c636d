//! Signing in: through the directory's identity provider (OIDC), or with a passkey; and the sessions that come of it.
//! What a signed-in person may do is left to `model::access`.

pub mod pages;
pub mod session;
mod store;

pub use session::{end_all, open_session};
