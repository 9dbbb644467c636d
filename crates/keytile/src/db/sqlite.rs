//! One connection to SQLite. Its statements run where they are called: a point read takes microseconds, which a trip
//! to another thread and back would multiply (docs/decisions/0007).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::Value as Stored;
use rusqlite::{CachedStatement, OpenFlags};

use super::Result;
use super::value::{SqliteRow, Value};

/// How many statements stay prepared on a connection: more than the product has on its hot paths.
const PREPARED: usize = 256;

/// How much of the file a connection may keep in memory, in KiB; taken only as pages are read. The indexes behind checks and
/// marks of 100,000 accounts fit, so that these cost there what they cost in a small workspace.
const KEPT: i64 = 16 * 1024;

/// How long a statement waits for another process, such as `keytile key rotate` beside a server.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the database is, as its URL says.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    /// In memory: the connections of this process to the same path share it, and it ends with the last of them.
    is_memory: bool,
}

impl Place {
    /// Reads `sqlite:PATH` or `sqlite://PATH`.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let path = url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty()).then(|| Self { path: path.into(), is_memory: false })
    }

    /// The database of this name in the memory of this process.
    pub(super) fn in_memory(name: &str) -> Self {
        Self { path: format!("file:/{name}?vfs=memdb").into(), is_memory: true }
    }
}

/// So many pages gather in the log before they are moved into the file: a page that is written again and again until then
/// is moved once.
const MOVED_AFTER_PAGES: i64 = 10_000;

/// A connection, with what is known about the statements that it prepared.
pub(super) struct Connection {
    inner: rusqlite::Connection,
    /// By the address of their text: hashing a long statement costs as much as running a short one.
    shapes: HashMap<(usize, usize), Arc<Shape>>,
}

/// What SQLite says about a statement once, rather than at each run.
struct Shape {
    columns: Arc<[Box<str>]>,
    /// SQLite numbers `$2, $1` by their first appearance: which value each of its parameters takes.
    takes: Vec<usize>,
}

impl Connection {
    /// A connection that may write, creating the file when it is missing.
    pub(super) fn writer(place: &Place) -> Result<Self> {
        if !place.is_memory {
            make_private(&place.path);
        }
        let create = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let this = Self::open(place, create)?;
        this.inner.pragma_update(None, "journal_mode", "WAL")?;
        // Durable against power loss: an answer leaves only after the commit is on the disk.
        this.inner.pragma_update(None, "synchronous", "FULL")?;
        this.inner.pragma_update(None, "foreign_keys", true)?;
        this.inner.pragma_update(None, "wal_autocheckpoint", MOVED_AFTER_PAGES)?;
        Ok(this)
    }

    /// A connection that cannot write.
    pub(super) fn reader(place: &Place) -> Result<Self> {
        let this = Self::open(place, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        this.inner.pragma_update(None, "query_only", true)?;
        Ok(this)
    }

    fn open(place: &Place, flags: OpenFlags) -> Result<Self> {
        // Each connection is used by one task at a time, so SQLite need not lock it.
        let mut flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_URI, place.is_memory);
        let inner = rusqlite::Connection::open_with_flags(&place.path, flags)?;
        inner.busy_timeout(PATIENCE)?;
        // A plan depends on the statement alone. Without this SQLite prepares a statement again at each run with other values,
        // to see whether they allow a better one: a tenth of all time of a worker.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Negative: kibibytes rather than pages.
        inner.pragma_update(None, "cache_size", -KEPT)?;
        inner.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self { inner, shapes: HashMap::new() })
    }

    /// Runs a statement and answers how many rows it touched.
    pub(super) fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let (mut statement, _) = self.prepare(sql, values)?;
        if statement.column_count() == 0 {
            return Ok(statement.raw_execute()? as u64);
        }
        // A statement with RETURNING whose rows nobody asked for.
        let mut rows = statement.raw_query();
        let mut touched = 0;
        while rows.next()?.is_some() {
            touched += 1;
        }
        Ok(touched)
    }

    /// At most `most` rows of a query.
    pub(super) fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value],
        most: usize,
    ) -> Result<Vec<SqliteRow>> {
        let (mut statement, columns) = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while found.len() < most
            && let Some(row) = rows.next()?
        {
            let cells: std::result::Result<Vec<Stored>, _> =
                (0..columns.len()).map(|index| row.get(index)).collect();
            found.push(SqliteRow::new(Arc::clone(&columns), cells?));
        }
        Ok(found)
    }

    /// Runs statements that take no values, such as a migration.
    pub(super) fn script(&mut self, sql: &str) -> Result<()> {
        Ok(self.inner.execute_batch(sql)?)
    }

    fn prepare(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<(CachedStatement<'_>, Arc<[Box<str>]>)> {
        let mut statement = self.inner.prepare_cached(sql)?;
        let place = (sql.as_ptr().addr(), sql.len());
        let shape = match self.shapes.get(&place) {
            // Another process may have changed the schema, and SQLite then prepares anew.
            Some(shape) if shape.columns.len() == statement.column_count() => Arc::clone(shape),
            _ => {
                let shape = Arc::new(Shape::of(&statement)?);
                self.shapes.insert(place, Arc::clone(&shape));
                shape
            }
        };
        for (index, value) in shape.takes.iter().enumerate() {
            let value = values
                .get(*value)
                .ok_or(rusqlite::Error::InvalidParameterCount(values.len(), shape.takes.len()))?;
            statement.raw_bind_parameter(index + 1, value)?;
        }
        Ok((statement, Arc::clone(&shape.columns)))
    }
}

/// Makes the file that is missing, for its owner alone; SQLite gives those beside it the same rights. Where this cannot be
/// done, opening it says why.
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

impl Shape {
    fn of(statement: &CachedStatement<'_>) -> Result<Self> {
        let columns = statement.column_names().into_iter().map(Box::from).collect();
        let takes = (1..=statement.parameter_count())
            .map(|index| {
                let number =
                    statement.parameter_name(index).and_then(|name| name.strip_prefix('$'));
                number.and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1)).ok_or(
                    rusqlite::Error::InvalidParameterName(format!("parameter {index} is not $N")),
                )
            })
            .collect::<std::result::Result<_, _>>()?;
        Ok(Self { columns, takes })
    }
}
