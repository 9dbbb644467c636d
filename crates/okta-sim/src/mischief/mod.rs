//! Misbehaviour by chance: odds, the tricks that are drawn from them, and the record of those that
//! struck. How a trick changes an answer is `api`'s.

mod draw;
mod trick;
mod weights;

pub(crate) use draw::Trickster;
pub use trick::{Reset, Strike, Trick};
pub use weights::Mischief;
