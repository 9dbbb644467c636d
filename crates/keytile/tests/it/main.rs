//! The integration tests of Keytile, in one binary: each module is about one thing that a user could name.
//! They run on SQLite, and on PostgreSQL where `KEYTILE_TEST_DATABASE` names a server.

mod support;

mod accounts;
mod activity;
mod builders;
mod changes;
mod collections;
mod headers;
mod history;
mod keys;
mod labels;
mod launch;
mod marking;
mod members;
mod random_worlds;
mod sealed;
mod sharing;
mod signin;
mod stolen_database;
mod teams;
mod tiles;
