//! SQL of the audit: passes, differences, and apps that no tile explains.

mod drift;
mod heard;
mod pass;
mod stray;

pub use drift::*;
pub(in crate::sync) use heard::*;
pub use pass::*;
pub use stray::*;
