//! Scripted misbehaviour: what a real Okta does on a bad day. Nothing happens unless a test or
//! the demo asks for it.

use serde::Deserialize;

use crate::mischief::Trick;

/// One fault, used up by the first request that matches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `None` matches every method.
    pub method: Option<String>,
    /// The path as sent, where `*` stands for one segment: `/api/v1/apps/*/users`.
    pub path: String,
    pub outcome: Outcome,
}

/// What the client meets instead of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// This answer; nothing is done.
    Answer { status: u16, content_type: String, body: String },
    /// The request is carried out, and then this answer is given.
    CommitThenAnswer { status: u16, content_type: String, body: String },
    /// The request is carried out, and the answer breaks off in the middle.
    CommitThenDrop,
    /// Nothing is done, and the connection breaks.
    Drop,
    /// A trick of those that mischief draws, on purpose.
    Play(Trick),
}

impl Fault {
    /// A fault for the next request with this method and path pattern.
    pub fn new(method: &str, path: &str, outcome: Outcome) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), outcome }
    }

    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        let method_fits = self.method.as_deref().is_none_or(|wanted| wanted == method);
        method_fits && path_fits(&self.path, path)
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.trim_end_matches('/').split('/');
    let mut given = path.trim_end_matches('/').split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment() {
        let fault = Fault::new("GET", "/api/v1/apps/*/users", Outcome::Drop);
        assert!(fault.matches("GET", "/api/v1/apps/0oa1/users"));
        assert!(fault.matches("GET", "/api/v1/apps/0oa1/users/"));
        assert!(!fault.matches("GET", "/api/v1/apps/0oa1/users/00u1"));
        assert!(!fault.matches("PUT", "/api/v1/apps/0oa1/users"));
    }
}
