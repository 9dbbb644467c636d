//! SQL of the people and groups of a directory, and of what its client sent.

pub(super) mod groups;
pub(super) mod log;
pub(super) mod people;
