//! A service app: a short-lived assertion signed with its key is exchanged for a token, which is
//! kept until shortly before it ends (RFC 7523, Okta's org authorization server).

use super::key::AppKey;
use super::proof::{Proven, Prover};
use super::secret_header;
use crate::okta::misconfigured::Misconfigured;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// How long an assertion may be used; Okta takes up to an hour.
const ASSERTION_SECONDS: i64 = 300;

/// A call may take half a minute, and clocks differ.
const BEFORE_THE_END: SignedDuration = SignedDuration::from_secs(120);

/// The path of the only authorization server that knows Okta's own scopes.
pub(crate) const TOKEN_PATH: &str = "/oauth2/v1/token";

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A source of numbers that nobody can guess: chance is an argument.
pub type Chance = Arc<dyn Fn() -> u128 + Send + Sync>;

/// An OAuth 2.0 service app of the org.
pub struct ServiceApp {
    /// Its client id.
    pub client_id: String,
    /// The private half of a key that is registered with it.
    pub key: AppKey,
    /// The app requires that tokens are bound to a key (DPoP).
    pub is_dpop: bool,
    /// What to ask for. Okta refuses all when one of them is not granted.
    pub scopes: Vec<Scope>,
    /// For the ids of assertions and proofs.
    pub chance: Chance,
}

/// What a service app may be granted; no other scope is ever asked for (C4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Make, change, assign and remove apps.
    ManageApps,
    /// Read people.
    ReadUsers,
    /// Read groups.
    ReadGroups,
    /// Keep one group for each audience.
    ManageGroups,
    /// Read admin roles: of groups before they are written to, and of the app itself.
    ReadRoles,
    /// Read the System Log.
    ReadLogs,
}

impl Scope {
    /// What a service app cannot do without.
    pub const NEEDED: [Self; 3] = [Self::ManageApps, Self::ReadUsers, Self::ReadGroups];

    /// Okta's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManageApps => "okta.apps.manage",
            Self::ReadUsers => "okta.users.read",
            Self::ReadGroups => "okta.groups.read",
            Self::ManageGroups => "okta.groups.manage",
            Self::ReadRoles => "okta.roles.read",
            Self::ReadLogs => "okta.logs.read",
        }
    }
}

/// A service app that is signed in, or about to be.
pub(crate) struct Session {
    app: ServiceApp,
    /// Made when it is first needed.
    prover: Option<Prover>,
    nonce: Option<String>,
    token: Option<AccessToken>,
}

struct AccessToken {
    value: Zeroizing<String>,
    is_dpop: bool,
    ends_at: Timestamp,
}

/// Okta's answer to a request for a token.
#[derive(Deserialize)]
pub(crate) struct Granted {
    access_token: String,
    #[serde(default)]
    token_type: String,
    #[serde(default)]
    expires_in: i64,
}

/// Why it gave none.
#[derive(Deserialize)]
pub(crate) struct NotGranted {
    pub(crate) error: String,
    #[serde(default, rename = "error_description")]
    pub(crate) why: String,
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
}

impl Session {
    pub(crate) fn new(app: ServiceApp) -> Self {
        Self { app, prover: None, nonce: None, token: None }
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.app.client_id
    }

    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.app.scopes.contains(&scope)
    }

    pub(crate) fn is_dpop(&self) -> bool {
        self.app.is_dpop
    }

    /// Whether the token that we have is good for one more call.
    pub(crate) fn is_signed_in(&self, now: Timestamp) -> bool {
        self.token.as_ref().is_some_and(|token| now + BEFORE_THE_END < token.ends_at)
    }

    /// Okta does not take the token any more.
    pub(crate) fn forget(&mut self) {
        self.token = None;
    }

    /// The form of a request for a token.
    pub(crate) fn form(
        &self,
        endpoint: &str,
        now: Timestamp,
    ) -> Result<Zeroizing<String>, Misconfigured> {
        let assertion = self.app.key.sign(&Assertion {
            iss: &self.app.client_id,
            sub: &self.app.client_id,
            aud: endpoint,
            iat: now.as_second(),
            exp: now.as_second() + ASSERTION_SECONDS,
            jti: &self.id(),
        })?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &self.scope())
            .append_pair("client_assertion_type", ASSERTION_TYPE)
            .append_pair("client_assertion", &assertion)
            .finish();
        Ok(Zeroizing::new(form))
    }

    pub(crate) fn scope(&self) -> String {
        let scopes: Vec<&str> = self.app.scopes.iter().map(|scope| scope.as_str()).collect();
        scopes.join(" ")
    }

    /// Whether this nonce is another than the one that was used last: then it is worth a try.
    pub(crate) fn learn_nonce(&mut self, nonce: Option<String>) -> bool {
        let is_new = nonce.is_some() && nonce != self.nonce;
        self.nonce = nonce.or_else(|| self.nonce.take());
        is_new
    }

    pub(crate) fn learn_token(&mut self, granted: Granted, now: Timestamp) {
        self.token = Some(AccessToken {
            is_dpop: granted.token_type.eq_ignore_ascii_case("DPoP"),
            value: Zeroizing::new(granted.access_token),
            ends_at: now + SignedDuration::from_secs(granted.expires_in.clamp(0, 86_400)),
        });
    }

    /// The headers of a request for a token.
    pub(crate) fn proof_headers(
        &mut self,
        endpoint: &str,
        now: Timestamp,
    ) -> Result<HeaderMap, Misconfigured> {
        let mut headers = HeaderMap::new();
        if self.app.is_dpop {
            let nonce = self.nonce.clone();
            let nonce = nonce.as_deref();
            let proof = self.prove("POST", endpoint, nonce, None, now)?;
            headers.insert(DPOP, secret_header(&proof));
        }
        Ok(headers)
    }

    /// The headers of any other request; the token is there.
    pub(crate) fn headers(
        &mut self,
        method: &str,
        url: &str,
        now: Timestamp,
    ) -> Result<HeaderMap, Misconfigured> {
        let mut headers = HeaderMap::new();
        let Some((value, is_dpop)) =
            self.token.as_ref().map(|token| (token.value.clone(), token.is_dpop))
        else {
            return Ok(headers);
        };
        let kind = if is_dpop { "DPoP" } else { "Bearer" };
        let text = Zeroizing::new(format!("{kind} {}", *value));
        headers.insert(AUTHORIZATION, secret_header(&text));
        if is_dpop {
            let proof = self.prove(method, url, None, Some(&value), now)?;
            headers.insert(DPOP, secret_header(&proof));
        }
        Ok(headers)
    }

    fn prove(
        &mut self,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Misconfigured> {
        let id = self.id();
        let prover = match self.prover.take() {
            Some(prover) => prover,
            None => Prover::generate()?,
        };
        let proof = prover.prove(&Proven { method, url, id, nonce, token, now });
        self.prover = Some(prover);
        proof
    }

    fn id(&self) -> String {
        format!("{:032x}", (self.app.chance)())
    }
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
