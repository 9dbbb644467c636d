//! The database of one test: an SQLite file of its own, or a PostgreSQL database of its own, copied from a template
//! that was brought up to date once. Safe for tests that run side by side in many processes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tempfile::TempDir;
use url::Url;

/// Any number, as long as nobody else on the server locks it.
const LOCK: i64 = 7_305_441_912;

/// The database of one test; it is gone when the test is over.
pub struct Database {
    folder: TempDir,
    postgres: Option<Postgres>,
}

/// A database on the server that `KEYTILE_TEST_DATABASE` names.
struct Postgres {
    server: Url,
    name: String,
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    server().is_some()
}

/// The PostgreSQL server that the tests run on.
fn server() -> Option<Url> {
    #[expect(clippy::disallowed_methods, reason = "the test's own switch, not configuration")]
    let url = std::env::var("KEYTILE_TEST_DATABASE").ok()?;
    url.starts_with("postgres").then(|| url.parse().expect("a postgres:// URL"))
}

impl Database {
    pub(super) async fn fresh() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = match server() {
            Some(server) => Some(Box::pin(Postgres::fresh(server)).await),
            None => None,
        };
        Self { folder, postgres }
    }

    /// What the configuration's `database` names.
    pub fn url(&self) -> String {
        match &self.postgres {
            Some(postgres) => postgres.url(&postgres.name),
            None => format!("sqlite:{}", self.file().display()),
        }
    }

    /// Where the test may keep files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("keytile.db")
    }

    pub(super) async fn dump(&self) -> Vec<u8> {
        if let Some(postgres) = &self.postgres {
            return postgres.dump().await;
        }
        let mut all = std::fs::read(self.file()).expect("the database file");
        // What is committed but not yet moved into the file.
        all.extend(std::fs::read(self.file().with_extension("db-wal")).unwrap_or_default());
        all
    }
}

impl Postgres {
    async fn fresh(server: Url) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("keytile_test_{}_{number}", std::process::id());
        let this = Self { server, name };
        let mut connection = this.connect_to_server().await;
        let template = this.template(&mut connection).await;
        // A crashed test of an earlier process with this number may have left its database behind.
        run(&mut connection, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", this.name)).await;
        run(&mut connection, format!("CREATE DATABASE {} TEMPLATE {template}", this.name)).await;
        connection.close().await.expect("the server says goodbye");
        this
    }

    /// The name of a database that holds this version's schema and nothing else, made by whoever comes first.
    async fn template(&self, connection: &mut PgConnection) -> String {
        let template = format!("keytile_template_{:016x}", hash_of_migrations());
        run(connection, format!("SELECT pg_advisory_lock({LOCK})")).await;
        let present = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind(&template)
            .fetch_optional(&mut *connection)
            .await
            .expect("the server answers");
        if present.is_none() {
            let building = format!("{template}_building");
            run(connection, format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await;
            run(connection, format!("CREATE DATABASE {building}")).await;
            let db = keytile::db::Db::open(&self.url(&building)).await.expect("the template opens");
            db.migrate().await.expect("the template takes the schema");
            db.close().await;
            run(connection, format!("ALTER DATABASE {building} RENAME TO {template}")).await;
        }
        run(connection, format!("SELECT pg_advisory_unlock({LOCK})")).await;
        template
    }

    async fn dump(&self) -> Vec<u8> {
        let url = self.url(&self.name);
        let mut connection = PgConnection::connect(&url).await.expect("the database opens");
        let tables = sqlx::query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut connection)
            .await
            .expect("the server answers");
        let mut all = Vec::new();
        for table in tables {
            let table: String = table.get(0);
            let mut copy = connection
                .copy_out_raw(&format!("COPY \"{table}\" TO STDOUT (FORMAT binary)"))
                .await
                .expect("the table is copied");
            while let Some(chunk) = futures_util::StreamExt::next(&mut copy).await {
                all.extend_from_slice(&chunk.expect("the copy goes on"));
            }
        }
        connection.close().await.expect("the server says goodbye");
        all
    }

    fn url(&self, database: &str) -> String {
        let mut url = self.server.clone();
        url.set_path(database);
        url.into()
    }

    async fn connect_to_server(&self) -> PgConnection {
        PgConnection::connect(self.server.as_str()).await.expect("KEYTILE_TEST_DATABASE answers")
    }
}

/// A test's runtime may be gone by now, so this brings one of its own.
impl Drop for Postgres {
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            let dropping = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(async {
                    let mut connection = self.connect_to_server().await;
                    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
                    run(&mut connection, sql).await;
                });
            });
            let dropped = dropping.join().is_ok() || std::thread::panicking();
            assert!(dropped, "the test's database {} could not be dropped", self.name);
        });
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("the statement runs");
}

/// Changes with every edit of a migration, so that no test runs on an older schema.
fn hash_of_migrations() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the migrations are here")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).expect("a readable migration").hash(&mut hasher);
    }
    hasher.finish()
}
