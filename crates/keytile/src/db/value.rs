//! Values on their way into a statement and out of a row, the same for both databases.

use std::sync::Arc;

use model::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Type, Value as Stored, ValueRef};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row as _};
use uuid::Uuid;

use super::{Error, Result};

/// A value bound to `$1`, `$2`, …; a missing one keeps its type, which PostgreSQL needs.
#[derive(Clone)]
pub enum Value {
    /// A typed id.
    Id(Option<Uuid>),
    /// Text without U+0000.
    Text(Option<String>),
    /// A number, or an instant in milliseconds.
    Int(Option<i64>),
    /// Bytes: ciphertext, hashes.
    Bytes(Option<Vec<u8>>),
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let borrowed = match self {
            Self::Id(Some(v)) => ValueRef::Blob(v.as_bytes()),
            Self::Text(Some(v)) => ValueRef::Text(v.as_bytes()),
            Self::Int(Some(v)) => ValueRef::Integer(*v),
            Self::Bytes(Some(v)) => ValueRef::Blob(v),
            Self::Id(None) | Self::Text(None) | Self::Int(None) | Self::Bytes(None) => {
                ValueRef::Null
            }
        };
        Ok(ToSqlOutput::Borrowed(borrowed))
    }
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

/// The places of `many` values in a list of SQL, the first of them `$first`: `$5, $6, $7`.
pub fn places(first: usize, many: usize) -> String {
    let places: Vec<_> = (first..first + many).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// What fills so many places of a statement: some things, and the last of them again and again.
pub fn filling<T>(some: &[T], places: usize) -> impl Iterator<Item = &T> {
    some.iter().chain(some.last().into_iter().cycle()).take(places)
}

/// A row of either database.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

/// A row of SQLite: its cells, by the names of its columns.
pub struct SqliteRow {
    columns: Arc<[Box<str>]>,
    cells: Vec<Stored>,
}

impl SqliteRow {
    pub(super) fn new(columns: Arc<[Box<str>]>, cells: Vec<Stored>) -> Self {
        Self { columns, cells }
    }

    fn cell(&self, column: &'static str) -> Result<&Stored> {
        let index = self.columns.iter().position(|name| **name == *column);
        index
            .and_then(|index| self.cells.get(index))
            .ok_or_else(|| Error::Stored { column, why: "the statement has no such column".into() })
    }

    fn opt_uuid(&self, column: &'static str) -> Result<Option<Uuid>> {
        match self.cell(column)? {
            Stored::Null => Ok(None),
            Stored::Blob(bytes) => Uuid::from_slice(bytes)
                .map(Some)
                .map_err(|error| Error::Stored { column, why: error.to_string() }),
            other => Err(mistyped(column, "an id", other.data_type())),
        }
    }

    fn opt_text(&self, column: &'static str) -> Result<Option<String>> {
        match self.cell(column)? {
            Stored::Null => Ok(None),
            Stored::Text(text) => Ok(Some(text.clone())),
            other => Err(mistyped(column, "text", other.data_type())),
        }
    }

    fn opt_int(&self, column: &'static str) -> Result<Option<i64>> {
        match self.cell(column)? {
            Stored::Null => Ok(None),
            Stored::Integer(number) => Ok(Some(*number)),
            other => Err(mistyped(column, "a number", other.data_type())),
        }
    }

    fn opt_bytes(&self, column: &'static str) -> Result<Option<&[u8]>> {
        match self.cell(column)? {
            Stored::Null => Ok(None),
            Stored::Blob(bytes) => Ok(Some(bytes)),
            other => Err(mistyped(column, "bytes", other.data_type())),
        }
    }

    /// A number.
    pub(super) fn int(&self, column: &'static str) -> Result<i64> {
        present(column, self.opt_int(column)?)
    }

    /// Bytes.
    pub(super) fn bytes(&self, column: &'static str) -> Result<&[u8]> {
        present(column, self.opt_bytes(column)?)
    }
}

fn present<T>(column: &'static str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Stored { column, why: "expected a value, found none".into() })
}

impl Row {
    /// A typed id.
    pub fn id<T: From<Uuid>>(&self, column: &'static str) -> Result<T> {
        present(column, self.opt_id(column)?)
    }

    /// A typed id that may be missing.
    pub fn opt_id<T: From<Uuid>>(&self, column: &'static str) -> Result<Option<T>> {
        let id: Option<Uuid> = match self {
            Self::Sqlite(row) => row.opt_uuid(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        Ok(id.map(T::from))
    }

    /// Text.
    pub fn text(&self, column: &'static str) -> Result<String> {
        present(column, self.opt_text(column)?)
    }

    /// Text that may be missing.
    pub fn opt_text(&self, column: &'static str) -> Result<Option<String>> {
        match self {
            Self::Sqlite(row) => row.opt_text(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A number.
    pub fn int(&self, column: &'static str) -> Result<i64> {
        present(column, self.opt_int(column)?)
    }

    /// A number that may be missing.
    pub fn opt_int(&self, column: &'static str) -> Result<Option<i64>> {
        match self {
            Self::Sqlite(row) => row.opt_int(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A truth, such as `x IS NOT NULL`, which SQLite tells as a number.
    pub fn truth(&self, column: &'static str) -> Result<bool> {
        match self {
            Self::Sqlite(row) => Ok(row.int(column)? != 0),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// Bytes: ciphertext, hashes.
    pub fn bytes(&self, column: &'static str) -> Result<Vec<u8>> {
        present(column, self.opt_bytes(column)?)
    }

    /// Bytes that may be missing.
    pub fn opt_bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Sqlite(row) => Ok(row.opt_bytes(column)?.map(<[u8]>::to_vec)),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
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

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(Some(storable(v)))
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        v.to_owned().into()
    }
}

impl From<&String> for Value {
    fn from(v: &String) -> Self {
        v.clone().into()
    }
}

impl From<Option<String>> for Value {
    fn from(v: Option<String>) -> Self {
        Self::Text(v.map(storable))
    }
}

impl From<Option<&str>> for Value {
    fn from(v: Option<&str>) -> Self {
        v.map(str::to_owned).into()
    }
}

/// PostgreSQL has no place for U+0000 in text, so both databases keep what HTML puts in its stead (WHATWG HTML, 13.2.5).
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
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
    model::JobId,
    model::DeliveryId,
    model::TileRequestId,
    model::DepartureId,
    model::WaveId,
    model::TileId,
    model::AudienceId,
    model::PortalId,
    model::DirectoryId,
    model::DirectoryRunId,
    model::HookId,
    model::SessionId,
    model::DeviceId,
    model::GrantId,
    model::ApiKeyId,
    model::ActivityId,
    model::InviteId,
    model::PasskeyId,
    model::DataKeyId,
    model::StopId,
    model::DriftId,
);

/// The values of a statement, in order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Value::from($value)),*]
    };
}

/// What is wrong with a stored value that has another type than its reader expects.
fn mistyped(column: &'static str, expected: &str, found: Type) -> Error {
    Error::Stored { column, why: format!("expected {expected}, found {found}") }
}
