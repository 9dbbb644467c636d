//! The front door: every route, who is signed in, and what surrounds each request and answer.
//! What a page says and does is left to the slices.

pub mod assets;
pub mod budget;
pub mod csrf;
pub mod csv;
pub mod flash;
pub mod headers;
pub mod health;
pub mod page;
mod path;
mod request;
pub mod router;
pub mod session;

pub use page::Failure;
pub use path::Path;
pub use session::Signed;
