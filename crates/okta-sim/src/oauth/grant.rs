//! The client credentials grant at the org authorization server, the only one that grants Okta's
//! own scopes.

use serde_json::{Value, json};

use super::{Proof, Refusal, Use, assertion};
use crate::org::{Org, ServiceClient};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client asks for.
#[derive(Debug, Default)]
pub(crate) struct Grant<'a> {
    pub(crate) assertion_type: Option<&'a str>,
    pub(crate) assertion: Option<&'a str>,
    pub(crate) scope: Option<&'a str>,
    /// The `DPoP` header.
    pub(crate) proof: Option<&'a str>,
}

/// The id of the app that is known by then, and the body of the answer or the refusal.
pub(crate) fn grant(org: &mut Org, asked: &Grant) -> (Option<String>, Result<Value, Refusal>) {
    let Some(assertion) = asked.assertion else {
        let text = "Client authentication failed: a client_assertion is required.";
        return (None, Err(Refusal::new("invalid_client", text)));
    };
    if asked.assertion_type != Some(ASSERTION_TYPE) {
        let text = "The client_assertion_type is invalid.";
        return (None, Err(Refusal::new("invalid_client", text)));
    }
    match assertion::client(org, assertion) {
        Ok((app, client)) => {
            let answer = token(org, &app, &client, asked);
            (Some(app), answer)
        }
        Err(refusal) => (None, Err(refusal)),
    }
}

fn token(
    org: &mut Org,
    app: &str,
    client: &ServiceClient,
    asked: &Grant,
) -> Result<Value, Refusal> {
    let bound_to = possession(org, client, asked.proof)?;
    let wanted: Vec<&str> = asked.scope.unwrap_or_default().split_whitespace().collect();
    if wanted.is_empty() {
        let text = "The authentication request must contain scopes.";
        return Err(Refusal::new("invalid_scope", text));
    }
    let granted = wanted.iter().filter(|scope| client.scopes.contains(**scope));
    let granted: Vec<String> = granted.map(|scope| (*scope).to_owned()).collect();
    // That a request for more than is granted gets what is granted is not verified.
    if granted.is_empty() {
        let text = "You are not allowed any of the requested scopes.";
        return Err(Refusal::new("consent_required", text));
    }
    let scope = granted.join(" ");
    let token_type = if bound_to.is_some() { "DPoP" } else { "Bearer" };
    let token = org.issue_access_token(app, granted, bound_to);
    Ok(json!({
        "token_type": token_type,
        "expires_in": token.expires_at.duration_since(org.now()).as_secs(),
        "access_token": token.value,
        "scope": scope,
    }))
}

/// The key that the token is bound to, where there is a proof or must be one.
fn possession(
    org: &mut Org,
    client: &ServiceClient,
    proof: Option<&str>,
) -> Result<Option<String>, Refusal> {
    if proof.is_none() && !client.requires_dpop {
        return Ok(None);
    }
    let uri = format!("{}/oauth2/v1/token", org.base_url);
    let wanted = Use { method: "POST", uri: &uri, access_token: None };
    let proof = Proof::read(org, proof, &wanted)?;
    if proof.nonce.as_deref().is_some_and(|nonce| org.takes_dpop_nonce(nonce)) {
        return Ok(Some(proof.thumbprint));
    }
    // Recording 48.
    let text = "Authorization server requires nonce in DPoP proof.";
    Err(Refusal::new("use_dpop_nonce", text))
}
