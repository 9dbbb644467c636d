//! SQL of portals and tiles.

mod own;
mod portal;
mod tile;

pub use own::*;
pub use portal::*;
pub use tile::*;
