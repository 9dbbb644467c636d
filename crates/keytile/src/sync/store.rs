//! SQL of portals and tiles.

mod portal;
mod tile;

pub use portal::*;
pub use tile::*;
