//! How the extension comes into browsers: the packages of this server, and what administrators of computers paste into
//! their tools so that it is there already and knows where its server is.

pub mod pages;
mod snippets;

pub use snippets::{Snippet, snippets};
