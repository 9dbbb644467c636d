//! The Authorization header: an API token (SSWS) of a person, or an access token of a service app
//! as a bearer or bound to a key (DPoP).

use http::HeaderMap;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;

use super::headers::set;
use crate::oauth::{Proof, Use};
use crate::org::{self, Action, Actor, ApiError, Org, Permissions};
use axum::response::{IntoResponse, Response};

/// Who calls, and what they may do.
pub(super) struct Identity {
    /// Whose share of the rate limits is used: an API token's, or a service app's.
    pub(super) principal: String,
    pub(super) user_id: String,
    pub(super) permissions: Permissions,
    /// Only service apps have scopes.
    scopes: Option<Vec<String>>,
    outside_of_its_zone: bool,
    client_id: Option<String>,
}

impl Identity {
    /// Whose token it is, or the refusal with its challenge.
    pub(super) fn read(org: &mut Org, parts: &Parts) -> Result<Self, Denied> {
        let header = text(&parts.headers, AUTHORIZATION.as_str()).unwrap_or_default();
        // Okta's own Python SDK 3.4.6 sends `SSWSabc` without the space.
        if let Some(value) = header.strip_prefix("SSWS") {
            let identity = Self::of_api_token(org, value.trim())?;
            org.touch_token(&identity.principal);
            return Ok(identity);
        }
        match header.split_once(' ') {
            Some((scheme, value)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::of_access_token(org, value.trim(), None)
            }
            Some((scheme, value)) if scheme.eq_ignore_ascii_case("dpop") => {
                Self::of_access_token(org, value.trim(), Some(parts))
            }
            _ => Err(ApiError::invalid_token().into()),
        }
    }

    fn of_api_token(org: &Org, value: &str) -> Result<Self, ApiError> {
        let token = org.valid_token(value)?;
        Ok(Self {
            principal: token.id.clone(),
            user_id: token.user_id.clone(),
            permissions: token.permissions.clone(),
            scopes: None,
            outside_of_its_zone: token.outside_of_its_zone,
            client_id: None,
        })
    }

    fn of_access_token(
        org: &mut Org,
        value: &str,
        with_proof: Option<&Parts>,
    ) -> Result<Self, Denied> {
        let invalid = "Bearer error=\"invalid_token\", \
                       error_description=\"The access token is invalid.\"";
        let Ok((token, app, client)) = org.valid_access_token(value) else {
            return Err(challenged(ApiError::invalid_token(), invalid));
        };
        let bound_to = token.bound_to.clone();
        let identity = Self {
            principal: app.id.clone(),
            user_id: String::new(),
            permissions: client.permissions.clone(),
            scopes: Some(token.scopes.clone()),
            outside_of_its_zone: false,
            client_id: app.oidc().map(|client| client.client_id.clone()),
        };
        match (bound_to, with_proof) {
            (None, None) => Ok(identity),
            (Some(thumbprint), Some(parts)) => {
                prove(org, value, &thumbprint, parts)?;
                Ok(identity)
            }
            // A bound token is no bearer token, nor the other way round (RFC 9449, section 7).
            (Some(_), None) | (None, Some(_)) => {
                Err(challenged(ApiError::invalid_token(), invalid))
            }
        }
    }

    /// Whether the call may be made.
    pub(super) fn may(&self, org: &Org, action: &Action) -> Result<(), Denied> {
        if self.outside_of_its_zone {
            return Err(ApiError::outside_of_zone().into());
        }
        if self.scopes.as_ref().is_some_and(|scopes| !action.is_in_scopes(scopes)) {
            let challenge = format!(
                "Bearer scope=\"{}\", error=\"insufficient_scope\", error_description=\"The access \
                 token provided does not contain the required scopes.\"",
                action.scope()
            );
            return Err(challenged(ApiError::forbidden(), &challenge));
        }
        let group = action.changed_group().and_then(|group| org.groups.get(group));
        let is_for_admins = group.is_some_and(|group| !group.roles.is_empty());
        if self.permissions.allow(action, is_for_admins) {
            return Ok(());
        }
        Err(ApiError::forbidden().into())
    }

    /// How the System Log names the caller.
    pub(super) fn actor(&self, request: org::Request) -> Actor {
        match &self.client_id {
            None => {
                Actor::Token { user: self.user_id.clone(), token: self.principal.clone(), request }
            }
            Some(client_id) => Actor::Service {
                app: self.principal.clone(),
                client_id: client_id.clone(),
                request,
            },
        }
    }
}

// What Okta's API answers to a bad proof is not verified; this is RFC 9449, section 7.1.
fn prove(org: &mut Org, token: &str, thumbprint: &str, parts: &Parts) -> Result<(), Denied> {
    let uri = format!("{}{}", org.base_url, parts.uri.path());
    let wanted = Use { method: parts.method.as_str(), uri: &uri, access_token: Some(token) };
    let header = text(&parts.headers, "dpop").map(ToOwned::to_owned);
    let why = match Proof::read(org, header.as_deref(), &wanted) {
        Ok(proof) if proof.thumbprint == thumbprint => return Ok(()),
        Ok(_) => "The DPoP proof JWT is signed by another key than the token is bound to.",
        Err(refusal) => refusal.description,
    };
    let challenge = format!("DPoP error=\"invalid_dpop_proof\", error_description=\"{why}\"");
    Err(challenged(ApiError::invalid_token(), &challenge))
}

/// A refusal, with the challenge that goes with access tokens.
pub(super) struct Denied {
    error: ApiError,
    challenge: Option<String>,
}

impl From<ApiError> for Denied {
    fn from(error: ApiError) -> Self {
        Self { error, challenge: None }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let mut response = self.error.into_response();
        if let Some(challenge) = self.challenge {
            set(&mut response, WWW_AUTHENTICATE.as_str(), &challenge);
        }
        response
    }
}

fn challenged(error: ApiError, challenge: &str) -> Denied {
    Denied { error, challenge: Some(challenge.to_owned()) }
}

/// Whose token a request carries, valid or not: for the record alone.
pub(super) fn principal(org: &Org, headers: &HeaderMap) -> Option<String> {
    let header = text(headers, AUTHORIZATION.as_str())?;
    if let Some(value) = header.strip_prefix("SSWS").map(str::trim) {
        let mut tokens = org.tokens.values();
        return tokens.find(|token| token.value == value).map(|token| token.id.clone());
    }
    let (_, value) = header.split_once(' ')?;
    org.owner_of_access_token(value.trim()).map(ToOwned::to_owned)
}

/// A header as text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
