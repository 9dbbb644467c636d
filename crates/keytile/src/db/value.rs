//! Values on their way into a statement and out of a row, the same for both databases.

use model::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Postgres, Row as _, Sqlite};
use uuid::Uuid;

use super::{Error, Result};

/// A value bound to `$1`, `$2`, …; a missing one keeps its type, which PostgreSQL needs.
#[derive(Clone)]
pub enum Value {
    /// A typed id.
    Id(Option<Uuid>),
    /// Text.
    Text(Option<String>),
    /// A number, or an instant in milliseconds.
    Int(Option<i64>),
    /// Bytes: ciphertext, hashes.
    Bytes(Option<Vec<u8>>),
}

pub(super) fn sqlite<'q>(
    sql: &'static str,
    values: &'q [Value],
) -> Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Id(v) => query.bind(v),
        Value::Text(v) => query.bind(v.as_deref()),
        Value::Int(v) => query.bind(v),
        Value::Bytes(v) => query.bind(v.as_deref()),
    })
}

pub(super) fn postgres<'q>(
    sql: &'static str,
    values: &'q [Value],
) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Id(v) => query.bind(v),
        Value::Text(v) => query.bind(v.as_deref()),
        Value::Int(v) => query.bind(v),
        Value::Bytes(v) => query.bind(v.as_deref()),
    })
}

/// A row of either database.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! get {
    ($row:expr, $column:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($column),
            Row::Postgres(row) => row.try_get($column),
        }
    };
}

impl Row {
    /// A typed id.
    pub fn id<T: From<Uuid>>(&self, column: &'static str) -> Result<T> {
        Ok(T::from(get!(self, column)?))
    }

    /// A typed id that may be missing.
    pub fn opt_id<T: From<Uuid>>(&self, column: &'static str) -> Result<Option<T>> {
        let id: Option<Uuid> = get!(self, column)?;
        Ok(id.map(T::from))
    }

    /// Text.
    pub fn text(&self, column: &'static str) -> Result<String> {
        Ok(get!(self, column)?)
    }

    /// Text that may be missing.
    pub fn opt_text(&self, column: &'static str) -> Result<Option<String>> {
        Ok(get!(self, column)?)
    }

    /// A number.
    pub fn int(&self, column: &'static str) -> Result<i64> {
        Ok(get!(self, column)?)
    }

    /// A number that may be missing.
    pub fn opt_int(&self, column: &'static str) -> Result<Option<i64>> {
        Ok(get!(self, column)?)
    }

    /// A truth, such as `x IS NOT NULL`, which SQLite tells as a number.
    pub fn truth(&self, column: &'static str) -> Result<bool> {
        Ok(get!(self, column)?)
    }

    /// Bytes.
    pub fn bytes(&self, column: &'static str) -> Result<Vec<u8>> {
        Ok(get!(self, column)?)
    }

    /// Bytes that may be missing.
    pub fn opt_bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>> {
        Ok(get!(self, column)?)
    }

    /// An instant.
    pub fn at(&self, column: &'static str) -> Result<Timestamp> {
        instant(column, self.int(column)?)
    }

    /// An instant that may be missing.
    pub fn opt_at(&self, column: &'static str) -> Result<Option<Timestamp>> {
        self.opt_int(column)?.map(|ms| instant(column, ms)).transpose()
    }

    /// A word of a closed list, such as a role.
    pub fn code<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T> {
        let code = self.text(column)?;
        parse(&code).ok_or_else(|| Error::Stored { column, why: format!("unknown word {code:?}") })
    }
}

fn instant(column: &'static str, ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|e| Error::Stored { column, why: e.to_string() })
}

impl From<Uuid> for Value {
    fn from(v: Uuid) -> Self {
        Self::Id(Some(v))
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(Some(v.into()))
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(Some(v))
    }
}

impl From<&String> for Value {
    fn from(v: &String) -> Self {
        Self::Text(Some(v.clone()))
    }
}

impl From<Option<String>> for Value {
    fn from(v: Option<String>) -> Self {
        Self::Text(v)
    }
}

impl From<Option<&str>> for Value {
    fn from(v: Option<&str>) -> Self {
        Self::Text(v.map(Into::into))
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(Some(v))
    }
}

impl From<Option<i64>> for Value {
    fn from(v: Option<i64>) -> Self {
        Self::Int(v)
    }
}

impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Self::Bytes(Some(v))
    }
}

impl From<&[u8]> for Value {
    fn from(v: &[u8]) -> Self {
        Self::Bytes(Some(v.into()))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(v: Option<Vec<u8>>) -> Self {
        Self::Bytes(v)
    }
}

impl From<Timestamp> for Value {
    fn from(v: Timestamp) -> Self {
        Self::Int(Some(v.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(v: Option<Timestamp>) -> Self {
        Self::Int(v.map(Timestamp::as_millisecond))
    }
}

macro_rules! ids {
    ($($id:ty),+ $(,)?) => {$(
        impl From<$id> for Value {
            fn from(v: $id) -> Self {
                Self::Id(Some(v.uuid()))
            }
        }
        impl From<Option<$id>> for Value {
            fn from(v: Option<$id>) -> Self {
                Self::Id(v.map(|v| v.uuid()))
            }
        }
    )+};
}

ids!(
    model::WorkspaceId,
    model::MemberId,
    model::AccountId,
    model::TeamId,
    model::CollectionId,
    model::ShareId,
    model::MembershipId,
    model::TileId,
    model::PortalId,
    model::DirectoryId,
    model::SessionId,
    model::ApiKeyId,
    model::ActivityId,
    model::InviteId,
    model::PasskeyId,
    model::DataKeyId,
);

/// The values of a statement, in order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Value::from($value)),*]
    };
}
