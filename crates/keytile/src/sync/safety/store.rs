//! SQL of the safety stop: questions, what they are about, and what has gone without one.

mod end;
mod facts;
mod stop;

pub use end::*;
pub use facts::*;
pub use stop::*;
