//! One small door to both databases: one SQL text, dynamic values, and behind it rusqlite for SQLite and sqlx for
//! PostgreSQL. Holds what really differs between the two; all SQL about nouns lives in each `store.rs`.

mod migrate;
mod readers;
mod sqlite;
mod value;
mod writer;

use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Timestamp, WorkspaceId};
use rusqlite::ffi;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::broadcast;
use uuid::Uuid;

use self::readers::{Lent, Readers};
use self::sqlite::{Connection, Place};

pub use value::{Row, Value, filling, places};

/// A failure of the database itself: it names the operation, and the cause chain is for operators.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A statement or a connection to PostgreSQL failed.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A statement or a connection to SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A query that always has a row had none.
    #[error("the database has no row where there is always one")]
    NoRow,
    /// A migration failed.
    #[error("bring the database to this version's schema")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored value is not what the schema promises.
    #[error("the database holds an unexpected value in column {column}: {why}")]
    Stored {
        /// The column that was read.
        column: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The URL names neither SQLite nor PostgreSQL. It may hold a password, so it is not shown.
    #[error("the database URL must begin with sqlite: or postgres:")]
    Url,
    /// There is no PostgreSQL that lets us in.
    #[error("PostgreSQL at {place} does not answer or does not let us in")]
    Unreachable {
        /// Its host and port, or the folder of its socket.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The writer ended while it held this change, so whether it was stored is not known.
    #[error("the change was interrupted; look whether it was stored before you repeat it")]
    Interrupted,
}

/// What a store function returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// True where a unique index refused the row: somebody else was first.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Postgres(sqlx::Error::Database(error)) => error.is_unique_violation(),
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.extended_code,
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            ),
            _ => false,
        }
    }
}

/// How long a connection to PostgreSQL may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The topic that concerns everybody: wake-ups may have been missed, so look again.
pub const ANYTHING: Uuid = Uuid::nil();

/// Both databases behind one type. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    /// Topics (ids of portals, tiles, members) that changed: a wake-up that carries no data.
    signals: broadcast::Sender<Uuid>,
}

#[derive(Clone)]
enum Pools {
    Sqlite { place: Place, readers: Readers, writer: writer::Handle },
    Postgres(PgPool),
}

/// A connection on which statements run: a transaction inside [`Db::write`], a plain reader otherwise.
pub struct Tx {
    inner: Inner,
    signals: Vec<Uuid>,
    statements: u64,
}

enum Inner {
    SqliteWriter(Connection),
    SqliteReader(Lent),
    PostgresWriter(Transaction<'static, Postgres>),
    PostgresReader(PoolConnection<Postgres>),
}

/// A connection, whatever it was opened for. What awaits PostgreSQL is boxed: the driver's futures are large, and those who
/// run on SQLite would move them about with their own.
enum Side<'c> {
    Sqlite(&'c mut Connection),
    Postgres(&'c mut PgConnection),
}

impl Inner {
    fn connection(&mut self) -> Side<'_> {
        match self {
            Self::SqliteWriter(c) => Side::Sqlite(c),
            Self::SqliteReader(c) => Side::Sqlite(c.connection()),
            Self::PostgresWriter(c) => Side::Postgres(c),
            Self::PostgresReader(c) => Side::Postgres(c),
        }
    }
}

impl Db {
    /// Opens the database that `url` names (`sqlite:PATH` or `postgres://…`), creating an SQLite file when it
    /// is missing. The schema is left as it is: see [`Db::migrate`].
    pub async fn open(url: &str) -> Result<Self> {
        let (signals, _) = broadcast::channel(1024);
        let pools = if let Some(place) = Place::parse(url) {
            let writer = writer::spawn_thread(Connection::writer(&place)?);
            Pools::Sqlite { readers: Readers::new(place.clone()), place, writer }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Pools::Postgres(connect(url.parse()?).await?)
        } else {
            return Err(Error::Url);
        };
        Ok(Self { pools, signals })
    }

    /// Opens an SQLite database whose writer is a task of the present runtime rather than a thread of its own: in a
    /// runtime of one thread nothing then depends on how threads take turns, which a simulation needs to repeat a run.
    pub fn open_in_runtime(url: &str) -> Result<Self> {
        Self::open_at(Place::parse(url).ok_or(Error::Url)?)
    }

    /// The same in memory: an empty database of this name, which ends with its last connection. A statement that would
    /// come in between those of a change, as can be in a runtime of several threads, waits for its end.
    pub fn open_in_memory(name: &str) -> Result<Self> {
        Self::open_at(Place::in_memory(name))
    }

    fn open_at(place: Place) -> Result<Self> {
        let (signals, _) = broadcast::channel(1024);
        let writer = writer::spawn_task(Connection::writer(&place)?);
        let pools = Pools::Sqlite { readers: Readers::new(place.clone()), place, writer };
        Ok(Self { pools, signals })
    }

    /// Brings the schema to this version's. Safe to run again, and from several replicas at once.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { place, .. } => migrate::sqlite(&mut Connection::writer(place)?),
            Pools::Postgres(pool) => migrate::postgres(pool).await,
        }
    }

    /// A reader: statements on it see committed data, and it cannot write.
    pub async fn read(&self) -> Result<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::SqliteReader(readers.lend().await?),
            Pools::Postgres(pool) => Inner::PostgresReader(Box::pin(pool.acquire()).await?),
        };
        Ok(Tx { inner, signals: Vec::new(), statements: 0 })
    }

    /// Runs `change` as one transaction, and answers only after its commit. One change of a workspace runs at a
    /// time, on both databases: what a change reads cannot move beneath it (docs/decisions/0005).
    ///
    /// # Errors
    /// What `change` answers, and nothing is stored; or a failure of the database.
    pub async fn write<T, E, F>(
        &self,
        workspace: WorkspaceId,
        change: F,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, std::result::Result<T, E>> + Send + 'static,
    {
        let (value, topics) = match &self.pools {
            Pools::Sqlite { writer, .. } => writer.run(change).await?,
            Pools::Postgres(pool) => Box::pin(write_postgres(pool, workspace, change)).await?,
        };
        for topic in topics {
            // Nobody listening is fine: a wake-up is only a hint.
            let _ = self.signals.send(topic);
        }
        Ok(value)
    }

    /// Topics that change, from now on, in this process and (on PostgreSQL, once [`Db::listen`] runs) in others, and
    /// [`ANYTHING`].
    pub fn signals(&self) -> broadcast::Receiver<Uuid> {
        self.signals.subscribe()
    }

    /// Forwards other replicas' wake-ups, and says [`ANYTHING`] whenever some may have been missed: at the beginning,
    /// and after the connection was lost. Does nothing on SQLite.
    pub async fn listen(&self) -> Result<()> {
        let Pools::Postgres(pool) = &self.pools else { return std::future::pending().await };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("keytile").await?;
        let _ = self.signals.send(ANYTHING);
        loop {
            // Nothing where the connection was lost; it listens again by then.
            let topic = match listener.try_recv().await? {
                Some(notice) => Uuid::parse_str(notice.payload()),
                None => Ok(ANYTHING),
            };
            if let Ok(topic) = topic {
                let _ = self.signals.send(topic);
            }
        }
    }

    /// True on PostgreSQL, where several replicas may share the database.
    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Ends all connections after what is under way.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer, .. } => {
                writer.close().await;
                readers.close();
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Waits for a server that is only about to start.
async fn connect(options: PgConnectOptions) -> Result<PgPool> {
    let place = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(PATIENCE)
        .connect_with(options.clone())
        .await;
    let source = match pool {
        Ok(pool) => return Ok(pool),
        // The pool tells of its patience alone: what stands in the way is asked for once more.
        Err(sqlx::Error::PoolTimedOut) => {
            let again = PgConnection::connect_with(&options);
            match tokio::time::timeout(PATIENCE, again).await {
                Ok(Err(cause)) => cause,
                Ok(Ok(_)) | Err(_) => sqlx::Error::PoolTimedOut,
            }
        }
        Err(other) => other,
    };
    Err(Error::Unreachable { place, source })
}

async fn write_postgres<T, E, F>(
    pool: &PgPool,
    workspace: WorkspaceId,
    change: F,
) -> std::result::Result<(T, Vec<Uuid>), E>
where
    E: From<Error>,
    F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, std::result::Result<T, E>>,
{
    let transaction = pool.begin().await.map_err(Error::from)?;
    let mut tx =
        Tx { inner: Inner::PostgresWriter(transaction), signals: Vec::new(), statements: 0 };
    let lock = i64::from_le_bytes(
        workspace.uuid().as_bytes()[8..].try_into().expect("a UUID has 16 bytes"),
    );
    tx.one("SELECT pg_advisory_xact_lock($1)", &[Value::Int(Some(lock))]).await?;
    let value = change(&mut tx).await?;
    let topics = std::mem::take(&mut tx.signals);
    for topic in &topics {
        tx.one("SELECT pg_notify('keytile', $1)", &[topic.to_string().into()]).await?;
    }
    if let Inner::PostgresWriter(transaction) = tx.inner {
        transaction.commit().await.map_err(Error::from)?;
    }
    Ok((value, topics))
}

impl Tx {
    /// Runs a statement and answers how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        self.statements += 1;
        match self.inner.connection() {
            Side::Sqlite(c) => c.execute(sql, values),
            Side::Postgres(c) => {
                let done = Box::pin(value::postgres(sql, values).execute(c)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// All rows of a query.
    pub async fn all(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        self.statements += 1;
        match self.inner.connection() {
            Side::Sqlite(c) => Ok(wrap(c.rows(sql, values, usize::MAX)?, Row::Sqlite)),
            Side::Postgres(c) => {
                let rows = Box::pin(value::postgres(sql, values).fetch_all(c)).await?;
                Ok(wrap(rows, Row::Postgres))
            }
        }
    }

    /// The row of a query, where there is one.
    pub async fn optional(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>> {
        self.statements += 1;
        match self.inner.connection() {
            Side::Sqlite(c) => Ok(c.rows(sql, values, 1)?.pop().map(Row::Sqlite)),
            Side::Postgres(c) => {
                let row = Box::pin(value::postgres(sql, values).fetch_optional(c)).await?;
                Ok(row.map(Row::Postgres))
            }
        }
    }

    /// The one row of a query that always has one.
    pub async fn one(&mut self, sql: &'static str, values: &[Value]) -> Result<Row> {
        self.optional(sql, values).await?.ok_or(Error::NoRow)
    }

    /// The instant by which replicas judge leases (R9): the server's own clock on PostgreSQL, and `now` on SQLite,
    /// where there is one process.
    pub async fn agreed_now(&mut self, now: Timestamp) -> Result<Timestamp> {
        match &self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => Ok(now),
            Inner::PostgresWriter(_) | Inner::PostgresReader(_) => {
                let sql =
                    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now";
                self.one(sql, &[]).await?.at("now")
            }
        }
    }

    /// How many statements ran on it: what a change costs, whatever the machine.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Wakes whoever waits for `topic`, after the commit.
    pub fn signal(&mut self, topic: impl Into<Uuid>) {
        let topic = topic.into();
        if !self.signals.contains(&topic) {
            self.signals.push(topic);
        }
    }
}

fn wrap<R>(rows: Vec<R>, into: fn(R) -> Row) -> Vec<Row> {
    rows.into_iter().map(into).collect()
}
