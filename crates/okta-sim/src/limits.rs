//! Okta's rate limits: which bucket a request falls into, how much a token may use, and the 60 s
//! windows. Figures are from the last public table (2025); clients must read the headers.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A window lasts this long, counted from the first request in it.
const WINDOW_SECONDS: i64 = 60;

/// A token may use this share of a bucket unless an admin says otherwise.
const TOKEN_SHARE_PERCENT: u32 = 50;

/// Which table of limits the org has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// Headers are sent, nothing is refused.
    #[default]
    None,
    /// Workforce Identity Cloud.
    Workforce,
    /// The free Integrator plan.
    Integrator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bucket {
    Apps,
    App,
    Groups,
    Group,
    Users,
    UserRead,
    UserWrite,
    Logs,
    Token,
    Other,
}

impl Bucket {
    fn of(method: &str, path: &str) -> Self {
        let path = path.trim_matches('/');
        if path == "oauth2/v1/token" {
            return Self::Token;
        }
        let segments: Vec<&str> =
            path.strip_prefix("api/v1/").unwrap_or_default().split('/').collect();
        match segments.as_slice() {
            ["apps", _] => Self::App,
            ["apps", ..] => Self::Apps,
            ["groups", _] => Self::Group,
            ["groups", ..] => Self::Groups,
            ["users"] => Self::Users,
            ["users", _] if method == "GET" => Self::UserRead,
            ["users", _] => Self::UserWrite,
            ["logs"] => Self::Logs,
            _ => Self::Other,
        }
    }

    fn per_minute(self, limits: Limits) -> u32 {
        let (workforce, integrator) = match self {
            Self::Apps => (100, 20),
            Self::App | Self::Groups => (500, 100),
            Self::Group => (1000, 100),
            Self::Users | Self::UserWrite => (600, 100),
            Self::UserRead => (2000, 100),
            Self::Logs => (120, 20),
            // Recording 48, where it is what one client gets.
            Self::Token => (300, 300),
            Self::Other => (1200, 100),
        };
        match limits {
            Limits::Integrator => integrator,
            Limits::Workforce | Limits::None => workforce,
        }
    }
}

/// What the `X-Rate-Limit-*` headers say about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Epoch seconds at which the window closes.
    pub(crate) reset: i64,
    pub(crate) refused: bool,
}

#[derive(Debug)]
struct Window {
    reset: i64,
    used: u32,
}

/// The open windows, by token and bucket.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    open: BTreeMap<(String, Bucket), Window>,
    /// Buckets that are used up for everybody, and until which second.
    closed: BTreeMap<Bucket, i64>,
}

impl Windows {
    /// Uses up a bucket for everybody: others of the org had their share.
    pub(crate) fn close(&mut self, method: &str, path: &str, until: Timestamp) {
        self.closed.insert(Bucket::of(method, path), until.as_second());
    }

    /// Counts one request of a token. A window opens with the first request after the last one
    /// closed, not on the minute.
    pub(crate) fn count(
        &mut self,
        limits: Limits,
        token: &str,
        method: &str,
        path: &str,
        now: Timestamp,
    ) -> Standing {
        let bucket = Bucket::of(method, path);
        let limit = bucket.per_minute(limits) * TOKEN_SHARE_PERCENT / 100;
        let now = now.as_second();
        if let Some(reset) = self.closed.get(&bucket).copied().filter(|until| now < *until) {
            return Standing { limit, remaining: 0, reset, refused: true };
        }
        let fresh = Window { reset: now + WINDOW_SECONDS, used: 0 };
        let window = self.open.entry((token.to_owned(), bucket)).or_insert(fresh);
        if now >= window.reset {
            *window = Window { reset: now + WINDOW_SECONDS, used: 0 };
        }
        let refused = limits != Limits::None && window.used >= limit;
        if !refused {
            window.used += 1;
        }
        let remaining = if limits == Limits::None { limit } else { limit - window.used };
        Standing { limit, remaining, reset: window.reset, refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn list_apps(windows: &mut Windows, second: i64) -> Standing {
        windows.count(Limits::Integrator, "t", "GET", "/api/v1/apps", at(second))
    }

    #[test]
    fn a_token_gets_half_of_a_bucket_and_then_is_refused() {
        let mut windows = Windows::default();
        for left in (0..10).rev() {
            let standing = list_apps(&mut windows, 1000);
            assert_eq!((standing.limit, standing.remaining, standing.refused), (10, left, false));
        }
        let refused = list_apps(&mut windows, 1059);
        assert_eq!((refused.remaining, refused.reset, refused.refused), (0, 1060, true));
    }

    #[test]
    fn a_window_opens_with_the_first_request_after_the_last_one_closed() {
        let mut windows = Windows::default();
        assert_eq!(list_apps(&mut windows, 1_759_127_045).reset, 1_759_127_105);
        // Recording 38: the next request came two seconds after the window closed.
        let next = list_apps(&mut windows, 1_759_127_107);
        assert_eq!((next.reset, next.remaining), (1_759_127_167, 9));
    }

    #[test]
    fn every_path_below_an_app_shares_the_bucket_of_the_list() {
        let of = |path| Bucket::of("GET", path);
        assert_eq!(of("/api/v1/apps/"), Bucket::Apps);
        assert_eq!(of("/api/v1/apps/0oa1/users/00u1"), Bucket::Apps);
        assert_eq!(of("/api/v1/apps/0oa1/lifecycle/deactivate"), Bucket::Apps);
        assert_eq!(of("/api/v1/apps/0oa1/"), Bucket::App);
        assert_eq!(of("/api/v1/groups/00g1/users"), Bucket::Groups);
        assert_eq!(of("/api/v1/groups/00g1"), Bucket::Group);
        assert_eq!(of("/api/v1/users"), Bucket::Users);
        assert_eq!(of("/api/v1/users/me/appLinks"), Bucket::Other);
        assert_eq!(Bucket::of("POST", "/api/v1/users/00u1"), Bucket::UserWrite);
    }

    #[test]
    fn buckets_and_tokens_do_not_share_windows() {
        let mut windows = Windows::default();
        let path = "/api/v1/apps";
        for _ in 0..50 {
            windows.count(Limits::Workforce, "a", "GET", path, at(0));
        }
        assert!(windows.count(Limits::Workforce, "a", "GET", path, at(1)).refused);
        assert!(!windows.count(Limits::Workforce, "b", "GET", path, at(1)).refused);
        assert!(!windows.count(Limits::Workforce, "a", "GET", "/api/v1/users", at(1)).refused);
    }
}
