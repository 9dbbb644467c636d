//! SQL of the audit: passes, differences, and apps that no tile explains.

mod drift;
mod pass;
mod stray;

pub use drift::*;
pub use pass::*;
pub use stray::*;
