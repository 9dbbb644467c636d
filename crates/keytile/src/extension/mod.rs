//! How the extension comes into browsers: the packages of this server, signed for those that ask for it, and what
//! administrators of computers paste into their tools so that it is there already and knows where its server is.

pub mod pages;
pub mod signing;
pub mod updates;

mod snippets;
mod store;

pub use snippets::{Snippet, snippets};
