//! The integration tests of Keytile, in one binary: each module is about one thing that a user could name.
//! They run on SQLite, and on PostgreSQL where `KEYTILE_TEST_DATABASE` names a server.

mod support;

mod builders;
