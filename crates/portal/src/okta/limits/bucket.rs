//! Which of Okta's buckets a call is counted in.

use http::Method;
use serde::{Deserialize, Serialize};

/// A set of paths that share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// `/api/v1/apps` and everything beneath an app: the narrow one.
    Apps,
    /// `/api/v1/apps/{id}` exactly.
    App,
    /// `/api/v1/groups` and everything beneath a group.
    Groups,
    /// `/api/v1/groups/{id}` exactly.
    Group,
    /// `GET` and `POST /api/v1/users`.
    Users,
    /// Writes of `/api/v1/users/{id}`.
    User,
    /// `GET /api/v1/users/{id}`.
    UserRead,
    /// `/api/v1/logs`.
    Logs,
    /// The rest of `/api/v1`.
    Other,
    /// `/oauth2/v1/token`.
    Token,
    /// Outside `/api/v1`.
    Public,
}

impl Bucket {
    /// The bucket of a call, by method and path (a query is ignored).
    pub fn of(method: &Method, path: &str) -> Self {
        let path = path.split('?').next().unwrap_or(path);
        if path == "/oauth2/v1/token" {
            return Self::Token;
        }
        let Some(rest) = path.strip_prefix("/api/v1/") else { return Self::Public };
        let mut parts = rest.split('/').filter(|part| !part.is_empty());
        let kind = parts.next();
        let depth = parts.count();
        match (kind, depth) {
            (Some("apps"), 1) => Self::App,
            (Some("apps"), _) => Self::Apps,
            (Some("groups"), 1) => Self::Group,
            (Some("groups"), _) => Self::Groups,
            (Some("users"), 0) => Self::Users,
            (Some("users"), 1) if method == Method::GET => Self::UserRead,
            (Some("users"), 1) => Self::User,
            (Some("logs"), _) => Self::Logs,
            _ => Self::Other,
        }
    }
}
