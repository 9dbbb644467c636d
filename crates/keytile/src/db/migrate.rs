//! Migrations: one folder for both databases. sqlx applies them to PostgreSQL; here is the same for SQLite, in the
//! same table with the same checksums.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migration};

use super::Result;
use super::sqlite::Connection;
use crate::values;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

const APPLIED: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL)";

pub(super) async fn postgres(pool: &PgPool) -> Result<()> {
    Ok(MIGRATIONS.run(pool).await?)
}

/// All missing migrations in one transaction: a crash leaves the old schema or the new one.
pub(super) fn sqlite(connection: &mut Connection) -> Result<()> {
    connection.execute("BEGIN IMMEDIATE", &[])?;
    match apply_missing(connection) {
        Ok(()) => connection.execute("COMMIT", &[]).map(drop),
        Err(error) => {
            connection.execute("ROLLBACK", &[])?;
            Err(error)
        }
    }
}

fn apply_missing(connection: &mut Connection) -> Result<()> {
    connection.script(APPLIED)?;
    let rows = connection.rows(
        "SELECT version, checksum FROM _sqlx_migrations ORDER BY version",
        &[],
        usize::MAX,
    )?;
    for row in &rows {
        let version = row.int("version")?;
        let known = MIGRATIONS.iter().find(|migration| migration.version == version);
        let known = known.ok_or(MigrateError::VersionMissing(version))?;
        if row.bytes("checksum")? != known.checksum.as_ref() {
            return Err(MigrateError::VersionMismatch(version).into());
        }
    }
    let last = rows.last().map(|row| row.int("version")).transpose()?;
    for migration in MIGRATIONS.iter().filter(|m| last.is_none_or(|last| m.version > last)) {
        apply(connection, migration)?;
    }
    Ok(())
}

fn apply(connection: &mut Connection, migration: &Migration) -> Result<()> {
    connection.script(migration.sql.as_str())?;
    connection.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES ($1, $2, 1, $3, 0)",
        values![migration.version, migration.description.as_ref(), migration.checksum.as_ref()],
    )?;
    Ok(())
}
