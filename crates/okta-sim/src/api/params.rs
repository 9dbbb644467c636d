//! The query string: single parameters, and paging with opaque cursors.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde_json::Value;
use url::form_urlencoded::{Serializer, parse};

use super::reply::Listing;
use crate::org::{ApiError, ApiResult, Org};

/// The path and the parameters of a request.
pub(super) struct Params {
    path: String,
    values: BTreeMap<String, String>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let values = parse(query.as_bytes()).into_owned().collect();
        Ok(Self { path: parts.uri.path().to_owned(), values })
    }
}

/// How long the pages of a list are.
#[derive(Clone, Copy)]
pub(super) struct PageSize {
    pub(super) default: usize,
    pub(super) max: usize,
}

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A switch; anything but `true` and `false` counts as the default.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// Cuts one page out of a list that is ordered by its cursors. Longer pages than the maximum
    /// are shortened to it.
    pub(super) fn page<T>(
        &self,
        org: &Org,
        size: PageSize,
        items: impl Iterator<Item = T>,
        cursor_of: impl Fn(&T) -> String,
        view: impl Fn(&T) -> Value,
    ) -> ApiResult<Listing> {
        let limit = self.limit(size)?;
        let after = self.get("after").unwrap_or_default();
        if !after.is_empty() && !looks_like_a_cursor(after) {
            return Err(ApiError::invalid_cursor());
        }
        let mut rest = items.skip_while(|item| !after.is_empty() && *cursor_of(item) <= *after);
        let page: Vec<T> = rest.by_ref().take(limit).collect();
        let mut links = vec![self.link(org, limit, self.get("after"), "self")];
        if rest.next().is_some()
            && let Some(last) = page.last()
        {
            links.push(self.link(org, limit, Some(&cursor_of(last)), "next"));
        }
        Ok(Listing { items: page.iter().map(view).collect(), links })
    }

    fn limit(&self, size: PageSize) -> ApiResult<usize> {
        match self.get("limit").map(str::parse::<i64>) {
            None | Some(Ok(-1)) => Ok(size.default),
            Some(Ok(limit)) if limit > 0 => {
                Ok(usize::try_from(limit).unwrap_or(size.max).min(size.max))
            }
            Some(_) => {
                let cause = format!("limit: The limit must be between 1 and {}", size.max);
                Err(ApiError::validation("limit", cause))
            }
        }
    }

    /// A link to this list with another cursor, and without a start that the cursor knows better.
    pub(super) fn link_to(&self, org: &Org, after: Option<&str>, rel: &str) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in &self.values {
            if name != "after" && (after.is_none() || name != "since") {
                query.append_pair(name, value);
            }
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        format!("<{}{}?{}>; rel=\"{rel}\"", org.base_url, self.path, query.finish())
    }

    fn link(&self, org: &Org, limit: usize, after: Option<&str>, rel: &str) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        query.append_pair("limit", &limit.to_string());
        for (name, value) in &self.values {
            if name != "after" && name != "limit" {
                query.append_pair(name, value);
            }
        }
        format!("<{}{}?{}>; rel=\"{rel}\"", org.base_url, self.path, query.finish())
    }
}

// Cursors are an id, for some lists with a few digits before it (recording 32).
fn looks_like_a_cursor(text: &str) -> bool {
    text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
