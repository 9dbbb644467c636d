//! SQL of portals and tiles.

mod audience;
pub(in crate::sync) mod away;
mod own;
mod phase;
mod portal;
mod tile;

pub(in crate::sync) use audience::*;
pub use own::*;
pub use phase::Phase;
pub use portal::*;
pub(in crate::sync) use tile::tile_rows;
pub use tile::*;
