//! Lists in pages: all of them or an error, never a part that looks whole (R19).

use super::answer::Answer;
use super::http::Call;
use crate::Error;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// More pages than any list has; a list that goes on is a loop that we did not see.
const MOST_PAGES: usize = 5_000;

/// A list that is being read.
#[derive(Debug)]
pub(crate) struct Pages {
    first: String,
    next: Option<String>,
    seen_links: BTreeSet<String>,
    seen_ids: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

impl Pages {
    /// A list that starts at this path and query.
    pub(crate) fn new(first: String) -> Self {
        Self {
            next: Some(first.clone()),
            seen_links: BTreeSet::from([first.clone()]),
            seen_ids: BTreeSet::new(),
            first,
        }
    }

    /// A list of which some pages were read before, up to where `from` begins.
    pub(crate) fn at(first: String, from: Option<&str>) -> Result<Self, Error> {
        let Some(from) = from else { return Ok(Self::new(first)) };
        let path = first.split('?').next().unwrap_or_default();
        let is_within = from.strip_prefix(path).is_some_and(|rest| {
            rest.starts_with('?') && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
        });
        if !is_within {
            return Err(Error::Refused {
                code: "bad_cursor".to_owned(),
                reason: "The place in a list that was kept is damaged.".to_owned(),
                request_id: None,
            });
        }
        let mut pages = Self::new(first);
        pages.seen_links.insert(from.to_owned());
        pages.next = Some(from.to_owned());
        Ok(pages)
    }

    /// The path and query of the page to read next; `None` at the end of the list.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The items of a page, in Okta's JSON.
    pub(crate) fn read(
        &mut self,
        answer: &Answer,
        call: &Call,
        domain: &Url,
    ) -> Result<Vec<Value>, Error> {
        let items: Vec<Value> = answer.json(call)?;
        for item in &items {
            let Identified { id } = Identified::deserialize(item)
                .map_err(|_| broken(call, "a list has an item without an id"))?;
            if !self.seen_ids.insert(id) {
                return Err(broken(call, "a list names the same item twice"));
            }
        }
        self.next = match &answer.next {
            None => None,
            Some(link) => Some(self.follow(link, call, domain)?),
        };
        Ok(items)
    }

    /// The link's cursor is opaque, so it is followed as it is; but only within the same list.
    fn follow(&mut self, link: &str, call: &Call, domain: &Url) -> Result<String, Error> {
        let url = domain.join(link).map_err(|_| broken(call, "a list's next link is no URL"))?;
        let path = self.first.split('?').next().unwrap_or_default();
        if url.origin() != domain.origin() || url.path() != path {
            return Err(broken(call, "a list's next link leads elsewhere"));
        }
        let next = match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        if self.seen_links.len() >= MOST_PAGES || !self.seen_links.insert(next.clone()) {
            return Err(broken(call, "a list's next link leads back"));
        }
        Ok(next)
    }
}

fn broken(call: &Call, what: &str) -> Error {
    Error::Unavailable {
        detail: format!("{} {}: {what}", call.method, call.path),
        unknown_outcome: false,
    }
}
