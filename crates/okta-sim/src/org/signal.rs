//! Ending what a person has at apps: Universal Logout (Okta's name for Global Token Revocation)
//! and streams of security events (Shared Signals Framework 1.0, CAEP 1.0).

use jiff::Timestamp;

use super::{ApiError, ApiResult, AppKind, Change, Org, Outgoing, Resource, Signal};

/// How an app is told whom a logout is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubjectFormat {
    #[default]
    Email,
    /// The issuer and the person's id there, as in an ID token.
    IssuerAndSubject,
}

/// Where an app takes logouts ("Global token revocation endpoint").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniversalLogout {
    pub endpoint: String,
    pub subject: SubjectFormat,
}

/// Why sessions were ended, in words for admins.
pub type Reason = &'static str;

/// A receiver of security events. Okta pushes and nothing else (RFC 8935).
#[derive(Debug, Clone)]
pub struct Stream {
    pub id: String,
    pub endpoint: String,
    /// Sent as it is with every event.
    pub authorization: Option<String>,
    /// The types that the receiver asked for.
    pub events: Vec<String>,
    pub created: Timestamp,
}

pub const SESSION_REVOKED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
pub const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// What streams of this org may carry.
pub const SUPPORTED: [&str; 1] = [SESSION_REVOKED];

impl Org {
    /// "Clear sessions and revoke tokens": ends what the person has at the org, and asks every app
    /// of theirs that can be asked to do the same. Says how many are asked.
    pub fn log_out_everywhere(&mut self, user: &str) -> ApiResult<usize> {
        let email = self.user(user)?.email().to_owned();
        self.clear_sessions(user, true)?;
        let theirs = |app: &&super::App| {
            let has_it = app.implicit_assignment || app.users.contains_key(user);
            app.is_active() && app.universal_logout.is_some() && has_it
        };
        let apps: Vec<String> =
            self.apps.values().filter(theirs).map(|app| app.id.clone()).collect();
        let mut targets = vec![self.user_target(user)];
        targets.extend(apps.iter().map(|app| self.app_target(app)));
        self.write_event("user.authentication.universal_logout", targets);
        for app in &apps {
            let (app, user, email) = (app.clone(), user.to_owned(), email.clone());
            self.tell(Outgoing::Logout { app, user, email });
        }
        Ok(apps.len())
    }

    /// Sets where an app takes logouts, or that it takes none. A bookmark cannot.
    pub fn set_universal_logout(
        &mut self,
        app: &str,
        logout: Option<UniversalLogout>,
    ) -> ApiResult<()> {
        let is_bookmark = matches!(self.app(app)?.kind, AppKind::Bookmark { .. });
        if is_bookmark && logout.is_some() {
            let cause = "universalLogout: The app does not support Universal Logout";
            return Err(ApiError::validation("universalLogout", cause));
        }
        if let Some(logout) = &logout {
            check_address(&logout.endpoint, "universalLogout.endpoint")?;
        }
        self.app_mut(app)?.universal_logout = logout;
        self.record(Change::AppUpdated { app: app.to_owned() });
        Ok(())
    }

    /// Opens a stream of security events.
    pub fn create_stream(
        &mut self,
        endpoint: &str,
        authorization: Option<String>,
        events: Vec<String>,
    ) -> ApiResult<String> {
        check_address(endpoint, "delivery.endpoint_url")?;
        let now = self.now();
        let id = self.next_id("esc");
        let endpoint = endpoint.to_owned();
        let stream = Stream { id: id.clone(), endpoint, authorization, events, created: now };
        self.streams.insert(id.clone(), stream);
        Ok(id)
    }

    /// The stream with this id.
    pub fn stream(&self, id: &str) -> ApiResult<&Stream> {
        self.streams.get(id).ok_or_else(|| ApiError::not_found(id, Resource::Stream))
    }

    /// Ends a stream.
    pub fn delete_stream(&mut self, id: &str) -> ApiResult<()> {
        self.stream(id)?;
        self.streams.remove(id);
        Ok(())
    }

    /// Sends a verification event, as a receiver asks for it (SSF 1.0, section 8.1.4).
    pub fn verify_stream(&mut self, id: &str, state: Option<String>) -> ApiResult<()> {
        let stream = self.stream(id)?.id.clone();
        self.tell(Outgoing::Signal { stream, signal: Signal::Verification { state } });
        Ok(())
    }

    /// `user.session.end` is what Okta's transmitter turns into CAEP's session-revoked.
    pub(super) fn signal_end_of_session(&mut self, user: &str, reason: Reason) {
        let at = self.exact_now();
        let wants = |stream: &&Stream| stream.events.iter().any(|event| event == SESSION_REVOKED);
        let streams: Vec<String> =
            self.streams.values().filter(wants).map(|stream| stream.id.clone()).collect();
        for stream in streams {
            let signal = Signal::SessionRevoked { user: user.to_owned(), reason, at };
            self.tell(Outgoing::Signal { stream, signal });
        }
    }
}

/// Okta takes https alone; the simulated org also reaches this machine without TLS.
pub(super) fn check_address(address: &str, what: &str) -> ApiResult<()> {
    let is_here = |url: &url::Url| {
        let host = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "http" && host
    };
    if url::Url::parse(address).is_ok_and(|url| url.scheme() == "https" || is_here(&url)) {
        return Ok(());
    }
    Err(ApiError::validation(what, format!("{what}: The address must be a valid https URL")))
}
