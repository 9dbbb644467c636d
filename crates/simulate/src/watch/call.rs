//! A request on its way, as far as anybody judges it.

use std::fmt;

use http::Request;
use jiff::Timestamp;
use serde_json::Value;

/// A request on its way.
pub struct Call {
    pub(super) worker: usize,
    /// When the client let go of it.
    pub(super) at: Timestamp,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

/// What a request is about, by the org's id, and what follows in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About<'a> {
    App(&'a str, &'a str),
    Group(&'a str, &'a str),
    Other,
}

/// What a request does, as far as it needs something before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Read,
    /// Makes an app or a group.
    Create,
    /// Gives something to somebody: it rests on a look that is not too old.
    Give,
    /// Whatever else is written: it has a look of its own.
    Change,
}

impl Call {
    /// What the worker with this number is about to send.
    pub fn read(worker: usize, at: Timestamp, request: &Request<Vec<u8>>) -> Self {
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let body = serde_json::from_slice(request.body()).ok();
        Self { worker, at, method: request.method().to_string(), path, body }
    }

    pub(super) fn about(&self) -> About<'_> {
        let path = self.path.split('?').next().unwrap_or_default();
        let split = |rest: &'static str| {
            let rest = path.strip_prefix(rest)?;
            Some(rest.split_once('/').unwrap_or((rest, "")))
        };
        match (split("/api/v1/apps/"), split("/api/v1/groups/")) {
            (Some((app, rest)), _) => About::App(app, rest),
            (None, Some((group, rest))) => About::Group(group, rest),
            (None, None) => About::Other,
        }
    }

    pub(super) fn deed(&self) -> Deed {
        match (self.method.as_str(), self.about()) {
            ("GET", _) => Deed::Read,
            ("POST", About::App(_, "users")) => Deed::Give,
            ("PUT", About::App(_, rest)) if rest.starts_with("groups/") => Deed::Give,
            ("PUT", About::Group(_, rest)) if rest.starts_with("users/") => Deed::Give,
            ("POST", About::Other) => Deed::Create,
            _ => Deed::Change,
        }
    }

    /// The word for it in the coverage.
    pub(super) fn kind(&self) -> String {
        let (of, rest) = match self.about() {
            About::App(_, rest) => ("app", rest),
            About::Group(_, rest) => ("group", rest),
            About::Other => (self.path.split('?').next().unwrap_or_default(), ""),
        };
        let part = match rest.split_once('/') {
            Some(("lifecycle", _)) | None => rest,
            Some((part, _)) => part,
        };
        format!("call: {} {of} {part}", self.method).trim_end().to_owned()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Filters of the log are long, and always the same.
        let path = self.path.get(..150).unwrap_or(&self.path);
        write!(f, "{} {path}", self.method)?;
        let body = self.body.as_ref();
        let said = |body: &Value| {
            let of = [&body["label"], &body["id"], &body["profile"]["name"]];
            of.into_iter().find_map(|it| it.as_str().map(str::to_owned))
        };
        match body.and_then(said) {
            Some(subject) => write!(f, " {subject:?}"),
            None => Ok(()),
        }
    }
}
