//! Searching and paging: RFC 7644 section 3.4.2, and RFC 9865 for cursors. Finding the resources is
//! the server's.

use serde_json::{Map, Value, json};

use crate::body::expect_schema;
use crate::sort::Sort;
use crate::value::get;
use crate::{Error, Filter, Projection, ScimType, urn};

/// What a search asks for, from a URL's parameters or from the body of a POST to `.search`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order, where the server's own does not do.
    pub sort: Option<Sort>,
    /// Which part of the list of them.
    pub page: Page,
    /// Where the page begins, where it was asked for by a cursor: then `page.start_index` is 1.
    pub cursor: Option<Cursor>,
    /// Which part of each.
    pub projection: Projection,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The first resource, counted from 1.
    pub start_index: u64,
    /// At most so many. 0 asks for the total only.
    pub count: u64,
}

/// Where a page begins: RFC 9865. What a cursor says is the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// At the beginning: the parameter came without a value.
    First,
    /// Where the page before ended.
    After(String),
}

impl Query {
    /// Reads the parameters of a URL, already decoded, in any case. `most` caps a page and is its
    /// length where none was asked for. Unknown parameters are passed over: Entra's base URL carries
    /// one.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidPath`, `invalidCount` or `invalidValue`.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        most: u64,
    ) -> Result<Self, Error> {
        let [mut filter, mut start, mut count, mut attributes, mut excluded] = [None; 5];
        let [mut sort_by, mut sort_order, mut cursor] = [None; 3];
        for (name, value) in pairs {
            match name.to_ascii_lowercase().as_str() {
                "filter" => filter = Some(value),
                "startindex" => start = Some(value),
                "count" => count = Some(value),
                "cursor" => cursor = Some(value),
                "sortby" => sort_by = Some(value),
                "sortorder" => sort_order = Some(value),
                "attributes" => attributes = Some(value),
                "excludedattributes" => excluded = Some(value),
                _ => {}
            }
        }
        let cursor = Cursor::parse(cursor, start)?;
        let page = Page::parse(start, count, most).map_err(|refused| match &cursor {
            // RFC 9865 section 2.1 has a word of its own for it.
            Some(_) => Error::new(ScimType::InvalidCount, refused.detail),
            None => refused,
        })?;
        Ok(Self {
            filter: filter
                .filter(|filter| !filter.trim().is_empty())
                .map(Filter::parse)
                .transpose()?,
            sort: Sort::parse(sort_by, sort_order)?,
            page,
            cursor,
            projection: Projection::parse(attributes, excluded)?,
        })
    }

    /// Reads the body of a POST to `.search`.
    ///
    /// # Errors
    /// `invalidSyntax`, and those of [`Query::from_pairs`].
    pub fn from_search(body: &Value, most: u64) -> Result<Self, Error> {
        expect_schema(body, urn::SEARCH_REQUEST)?;
        let Value::Object(body) = body else {
            return Err(Error::new(ScimType::InvalidSyntax, "the body must be a JSON object"));
        };
        let names = [
            "filter",
            "startIndex",
            "count",
            "cursor",
            "sortBy",
            "sortOrder",
            "attributes",
            "excludedAttributes",
        ];
        let mut pairs = Vec::new();
        for name in names {
            match get(body, name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => pairs.push((name, text.clone())),
                Some(Value::Array(values)) => {
                    let names: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                    pairs.push((name, names.join(",")));
                }
                Some(value) => pairs.push((name, value.to_string())),
            }
        }
        Self::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())), most)
    }
}

impl Page {
    /// Reads `startIndex` and `count`: less than 1 is 1, less than 0 is 0, more than `most` is
    /// `most`.
    ///
    /// # Errors
    /// `invalidValue` for what is no whole number.
    pub fn parse(start: Option<&str>, count: Option<&str>, most: u64) -> Result<Self, Error> {
        let start_index = start.map(|text| number("startIndex", text)).transpose()?.unwrap_or(1);
        let count = count.map(|text| number("count", text)).transpose()?.unwrap_or(most);
        Ok(Self { start_index: start_index.max(1), count: count.min(most) })
    }

    /// How many resources to pass over.
    pub fn offset(self) -> u64 {
        self.start_index - 1
    }
}

impl Cursor {
    fn parse(cursor: Option<&str>, start: Option<&str>) -> Result<Option<Self>, Error> {
        match (cursor, start) {
            (Some(_), Some(_)) => {
                let detail = "send startIndex or cursor, and not both";
                Err(Error::new(ScimType::InvalidValue, detail))
            }
            (Some(""), None) => Ok(Some(Self::First)),
            (Some(text), None) => Ok(Some(Self::After(text.to_owned()))),
            (None, _) => Ok(None),
        }
    }
}

/// The answer to a search: one page of `total` resources.
pub fn list_response(total: u64, page: Page, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": total,
        "startIndex": page.start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// The answer to a search by cursor (RFC 9865 section 2.2). `total` is left out where counting
/// would mean going through everything; `next` is where the next page begins, if there is one.
pub fn cursor_response(total: Option<u64>, next: Option<String>, resources: Vec<Value>) -> Value {
    let mut answer = Map::new();
    answer.insert("schemas".into(), json!([urn::LIST_RESPONSE]));
    if let Some(total) = total {
        answer.insert("totalResults".into(), total.into());
    }
    answer.insert("itemsPerPage".into(), resources.len().into());
    if let Some(next) = next {
        answer.insert("nextCursor".into(), next.into());
    }
    answer.insert("Resources".into(), resources.into());
    Value::Object(answer)
}

/// A whole number. One below 0 is 0, and one too large to count to is as large as can be.
fn number(name: &str, text: &str) -> Result<u64, Error> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let detail = format!("{name} is {text:?}: send a whole number");
        return Err(Error::new(ScimType::InvalidValue, detail));
    }
    // Offsets end up as signed numbers in SQL.
    let largest = i64::MAX.unsigned_abs();
    Ok(if negative { 0 } else { digits.parse().unwrap_or(largest).min(largest) })
}
