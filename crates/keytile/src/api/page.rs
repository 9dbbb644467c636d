//! Lists as JSON, a page at a time.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Failure;
use crate::error::Error;
use crate::paging::{Cursor, LARGEST, Part, Wanted};

pub use crate::paging::{decode_cursor, encode_cursor};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Pass this as `after` for the next page; missing on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which part of a list to read.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Turn {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, at most 200.
    #[serde(default = "default_limit")]
    limit: usize,
}

/// What was passed as `after` is not the `next` of a page.
pub fn not_a_next() -> Error {
    Error::invalid("after", "Pass the `next` of the page before, unchanged.")
}

fn default_limit() -> usize {
    50
}

impl<T> Page<T> {
    /// A part of a list, as JSON shows it.
    pub fn of<U>(part: Part<U>, show: impl FnMut(U) -> T) -> Self {
        Self { items: part.items.into_iter().map(show).collect(), next: part.next }
    }
}

impl Turn {
    /// How many are wanted.
    pub fn limit(&self) -> usize {
        self.limit.clamp(1, LARGEST)
    }

    /// The last item of the page before, in a list that goes on by ids alone.
    ///
    /// # Errors
    /// [`Error::Invalid`], where `after` is not the `next` of a page.
    pub fn after_id<I: FromStr>(&self) -> Result<Option<I>, Failure> {
        let after = self.after.as_deref().map(str::parse).transpose();
        Ok(after.map_err(|_| not_a_next())?)
    }

    /// What was passed as `after`.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The part that is asked for, of what `search` finds.
    ///
    /// # Errors
    /// [`Error::Invalid`], where `after` is not the `next` of a page.
    pub fn wanted<I: FromStr>(&self, search: &str) -> Result<Wanted<I>, Failure> {
        let after = match &self.after {
            None => None,
            Some(text) => {
                let (key, id) = decode_cursor(text).ok_or_else(not_a_next)?;
                Some(Cursor { key, id })
            }
        };
        Ok(Wanted { after, ..Wanted::first(search, self.limit()) })
    }
}
