//! SQL of the people and groups of a directory.

pub(super) mod groups;
pub(super) mod people;
