//! Envelope encryption: a root key wraps one data key per workspace, and a data key seals fields,
//! each bound to its place; and what leaves for one browser is sealed to that browser (`grant`). Pure: keys and chance are
//! arguments; reading the root key file and storing what is sealed are left to the caller.

pub mod grant;
pub mod token;

mod cipher;
mod error;
mod field;
mod root;
mod root_file;

pub use error::Error;
pub use field::{DataKey, Place, open, seal};
pub use root::{DataKeyContext, RootKeys, Wrapped};
