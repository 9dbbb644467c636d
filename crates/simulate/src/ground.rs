//! What the worlds of one thread stand on: a runtime of one thread, and a database in memory that is emptied before each
//! of them. Its connections stay, and with them their prepared statements: to prepare those takes longer than a world.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use ::model::WorkspaceId;
use anyhow::Context as _;
use jiff::Timestamp;
use keytile::db::{self, Db};
use keytile::values;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::runtime::{Builder, Runtime};

/// Makes each thread's database one of its own.
static MADE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static GROUND: OnceCell<Ground> = const { OnceCell::new() };
}

struct Ground {
    runtime: Runtime,
    db: Db,
    /// Empties each table, those that refer to others before these.
    emptying: &'static [String],
}

/// Runs a world on this thread's database, which is empty.
pub fn stand<T>(world: impl AsyncFnOnce(Db) -> anyhow::Result<T>) -> anyhow::Result<T> {
    GROUND.with(|ground| {
        let ground = if let Some(ground) = ground.get() {
            ground
        } else {
            let made = Ground::new()?;
            ground.get_or_init(|| made)
        };
        ground.runtime.block_on(async {
            ground.empty().await.context("empty the database")?;
            world(ground.db.clone()).await
        })
    })
}

impl Ground {
    fn new() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let (db, emptying) = runtime.block_on(async {
            let db = Db::open_in_memory(&format!("worlds-{number}"))?;
            db.migrate().await?;
            let emptying = emptying(&db).await?;
            db::Result::Ok((db, emptying))
        })?;
        // As long as the thread: statements are known by where their text is.
        Ok(Self { runtime, db, emptying: emptying.leak() })
    }

    /// Whatever the last world had still asked for comes first.
    async fn empty(&self) -> db::Result<()> {
        let emptying = self.emptying;
        let any = WorkspaceId::new(Timestamp::UNIX_EPOCH, &mut StdRng::seed_from_u64(0));
        let change = self.db.write(any, move |tx| {
            Box::pin(async move {
                for statement in emptying {
                    tx.execute(statement, values![]).await?;
                }
                db::Result::Ok(())
            })
        });
        change.await
    }
}

/// The statements that empty every table but that of the migrations.
async fn emptying(db: &Db) -> db::Result<Vec<String>> {
    let mut tx = db.read().await?;
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations' ORDER BY name";
    let mut left: BTreeSet<String> = BTreeSet::new();
    for row in tx.all(tables, values![]).await? {
        left.insert(row.text("name")?);
    }
    let references = r#"SELECT m.name AS name, f."table" AS refers FROM sqlite_master m, pragma_foreign_key_list(m.name) f
                        WHERE m.type = 'table' AND f."table" <> m.name"#;
    let mut referring: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in tx.all(references, values![]).await? {
        referring.entry(row.text("refers")?).or_default().insert(row.text("name")?);
    }
    let mut statements = Vec::new();
    while !left.is_empty() {
        let is_free =
            |table: &String| referring.get(table).is_none_or(|tables| tables.is_disjoint(&left));
        let free: Vec<String> = left.iter().filter(|table| is_free(table)).cloned().collect();
        assert!(!free.is_empty(), "these tables refer to each other: {left:?}");
        for table in free {
            statements.push(format!("DELETE FROM {table}"));
            left.remove(&table);
        }
    }
    Ok(statements)
}
