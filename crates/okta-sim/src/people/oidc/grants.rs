//! What the authorization server has handed out and not yet forgotten: sign-ins that are under
//! way, codes, and access tokens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::super::secret;
use super::authorize::Request;

/// How long a code can be redeemed (Okta, "Authorization code").
const CODE_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How long an access token of the org authorization server holds.
pub const TOKEN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long somebody may take to sign in.
const SIGN_IN_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What a code stands for.
#[derive(Debug, Clone)]
pub struct Grant {
    pub client_id: String,
    pub redirect_uri: String,
    pub user: String,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    /// base64url(SHA-256(verifier)), RFC 7636.
    pub code_challenge: String,
    pub auth_time: Timestamp,
    /// Whether a second factor was shown.
    pub second_factor: bool,
    /// The class that was asked for, and met.
    pub acr: Option<&'static str>,
}

/// A sign-in that somebody was sent away for.
#[derive(Debug, Clone)]
pub struct Pending {
    pub request: Request,
    /// This session is not enough: the client asked for a fresh one.
    pub not_session: Option<String>,
}

struct Code {
    grant: Grant,
    issued_at: Timestamp,
    /// Set once the code was redeemed: a second attempt ends this token.
    access_token: Option<String>,
}

/// What an access token opens.
#[derive(Debug, Clone)]
pub struct Access {
    pub user: String,
    pub scopes: Vec<String>,
    /// How often all tokens of the person had been ended when it was issued.
    pub ended_before: u32,
    issued_at: Timestamp,
}

#[derive(Default)]
pub struct Grants {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    pending: HashMap<String, (Pending, Timestamp)>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Access>,
}

impl Grants {
    /// Keeps a request while the person signs in; the answer is Okta's `okta_key`.
    pub fn set_aside(&self, pending: Pending, now: Timestamp) -> String {
        let key = secret();
        let mut held = self.lock();
        held.pending.retain(|_, (_, since)| now.duration_since(*since) < SIGN_IN_FOR);
        held.pending.insert(key.clone(), (pending, now));
        key
    }

    pub fn pending(&self, key: &str, now: Timestamp) -> Option<Pending> {
        let held = self.lock();
        let (pending, since) = held.pending.get(key)?;
        (now.duration_since(*since) < SIGN_IN_FOR).then(|| pending.clone())
    }

    pub fn forget_pending(&self, key: &str) {
        self.lock().pending.remove(key);
    }

    pub fn issue_code(&self, grant: Grant, now: Timestamp) -> String {
        let code = secret();
        let mut held = self.lock();
        // Redeemed codes stay as long as their tokens, so that a second use is noticed.
        held.codes.retain(|_, code| now.duration_since(code.issued_at) < TOKEN_FOR);
        held.codes.insert(code.clone(), Code { grant, issued_at: now, access_token: None });
        code
    }

    /// Looks at a code without using it up. One that was redeemed before, or too late, is `None`;
    /// the second use of a code also ends the token that the first one gave (RFC 6749, 4.1.2).
    pub fn look_at_code(&self, code: &str, now: Timestamp) -> Option<Grant> {
        let mut held = self.lock();
        let found = held.codes.get(code)?;
        if let Some(token) = found.access_token.clone() {
            held.tokens.remove(&token);
            return None;
        }
        (now.duration_since(found.issued_at) < CODE_FOR).then(|| found.grant.clone())
    }

    /// Uses a code up and gives an access token for it; `None` when somebody was faster.
    pub fn redeem(&self, code: &str, ended_before: u32, now: Timestamp) -> Option<String> {
        let mut held = self.lock();
        held.tokens.retain(|_, access| now.duration_since(access.issued_at) < TOKEN_FOR);
        let found = held.codes.get_mut(code).filter(|code| code.access_token.is_none())?;
        let token = secret();
        found.access_token = Some(token.clone());
        let access = Access {
            user: found.grant.user.clone(),
            scopes: found.grant.scopes.clone(),
            ended_before,
            issued_at: now,
        };
        held.tokens.insert(token.clone(), access);
        Some(token)
    }

    pub fn access(&self, token: &str, now: Timestamp) -> Option<Access> {
        let held = self.lock();
        let access = held.tokens.get(token)?;
        (now.duration_since(access.issued_at) < TOKEN_FOR).then(|| access.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
