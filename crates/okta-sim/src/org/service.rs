//! Service apps: clients of the management API that are no person. They prove who they are with a
//! key and get access tokens for an hour ("Implement OAuth for Okta with a service app").

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;

use super::{ApiError, ApiResult, App, Org, Permissions};

/// How long an access token of a service app holds; Okta lets nobody change it.
const TOKEN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Okta changes the nonce of its proofs once a day and takes an old one for three.
const NONCE_FOR: SignedDuration = SignedDuration::from_hours(24);
const OLD_NONCE_FOR: SignedDuration = SignedDuration::from_hours(72);

/// What makes an OpenID Connect app a service app.
#[derive(Debug, Clone, Default)]
pub struct ServiceClient {
    /// Public keys that its assertions may be signed with.
    pub keys: Vec<Jwk>,
    /// Scopes that a super administrator granted.
    pub scopes: BTreeSet<String>,
    /// Every call needs a proof of possession (RFC 9449): Okta's default for new service apps.
    pub requires_dpop: bool,
    /// What its admin roles allow.
    pub permissions: Permissions,
}

/// A token of a service app.
#[derive(Debug, Clone)]
pub struct AccessToken {
    pub value: String,
    /// The app's id.
    pub app: String,
    pub scopes: Vec<String>,
    pub expires_at: Timestamp,
    /// RFC 7638 thumbprint of the key that must prove possession; `None` for a bearer token.
    pub bound_to: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct ServiceTokens {
    issued: BTreeMap<String, AccessToken>,
    nonces: Vec<(String, Timestamp)>,
    used_ids: BTreeMap<String, Timestamp>,
}

impl Org {
    /// The active service app with this client id.
    pub fn service_app(&self, client_id: &str) -> Option<(&App, &ServiceClient)> {
        let apps = self.apps.values().filter(|app| app.is_active());
        apps.filter_map(|app| Some((app, app.oidc()?)))
            .find(|(_, client)| client.client_id == client_id)
            .and_then(|(app, client)| Some((app, client.service.as_ref()?)))
    }

    /// Hands out an access token. Its value comes from the org's chance, so that a run repeats.
    pub fn issue_access_token(
        &mut self,
        app: &str,
        scopes: Vec<String>,
        bound_to: Option<String>,
    ) -> AccessToken {
        let now = self.exact_now();
        self.service_tokens.issued.retain(|_, token| token.expires_at > now);
        let token = AccessToken {
            value: format!("eyJ{}", self.random_text(180)),
            app: app.to_owned(),
            scopes,
            expires_at: now + TOKEN_FOR,
            bound_to,
        };
        self.service_tokens.issued.insert(token.value.clone(), token.clone());
        token
    }

    /// The access token with this value, and its app. It ends with its hour and with the app.
    pub fn valid_access_token(
        &self,
        value: &str,
    ) -> ApiResult<(&AccessToken, &App, &ServiceClient)> {
        let now = self.exact_now();
        let found = self.service_tokens.issued.get(value).filter(|token| token.expires_at > now);
        let found = found.and_then(|token| {
            let app = self.apps.get(&token.app).filter(|app| app.is_active())?;
            Some((token, app, app.oidc()?.service.as_ref()?))
        });
        found.ok_or_else(ApiError::invalid_token)
    }

    /// The app that an access token was issued to, however long ago.
    pub fn owner_of_access_token(&self, value: &str) -> Option<&str> {
        self.service_tokens.issued.get(value).map(|token| token.app.as_str())
    }

    /// The nonce that proofs for the token endpoint must carry now.
    pub fn dpop_nonce(&mut self) -> String {
        let now = self.exact_now();
        self.service_tokens.nonces.retain(|(_, since)| now.duration_since(*since) < OLD_NONCE_FOR);
        let newest = self.service_tokens.nonces.last();
        if let Some((nonce, since)) = newest
            && now.duration_since(*since) < NONCE_FOR
        {
            return nonce.clone();
        }
        let nonce = self.random_text(32);
        self.service_tokens.nonces.push((nonce.clone(), now));
        nonce
    }

    /// Whether a proof with this nonce is recent enough.
    pub fn takes_dpop_nonce(&self, nonce: &str) -> bool {
        let now = self.exact_now();
        let holds = |since: Timestamp| now.duration_since(since) < OLD_NONCE_FOR;
        self.service_tokens.nonces.iter().any(|(own, since)| own == nonce && holds(*since))
    }

    /// Notes the id of a one-time token; `false` when it was used before.
    pub fn use_once(&mut self, id: &str, until: Timestamp) -> bool {
        let now = self.exact_now();
        self.service_tokens.used_ids.retain(|_, until| *until > now);
        self.service_tokens.used_ids.insert(id.to_owned(), until).is_none()
    }
}
