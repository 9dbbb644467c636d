//! The integration tests of Keytile, in one binary: each module is about one thing that a user could name.
//! They run on SQLite, and on PostgreSQL where `KEYTILE_TEST_DATABASE` names a server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

mod support;

mod accounts;
mod activity;
mod api;
mod builders;
mod changes;
mod collections;
mod command_line;
mod database_lost;
mod departures;
mod directory;
mod every_route;
mod extension;
mod floods;
mod headers;
mod history;
mod jobs;
mod keys;
mod labels;
mod launch;
mod leaving;
mod mail;
mod many_people;
mod marking;
mod members;
mod metrics;
mod ownerless;
mod pages;
mod random_worlds;
mod replicas;
mod requests;
mod rotations;
mod scim;
mod sealed;
mod sharing;
mod signin;
mod stolen_database;
mod sync_worker;
mod teams;
mod tiles;
mod two_processes;
mod webhooks;
