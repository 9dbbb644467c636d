//! Collections: how deep they may lie in one another. Where one lies is the store's, who may move one is decided in
//! `access`.

/// The levels of collections, the top one included (C46).
pub const MAX_DEPTH: usize = 6;
