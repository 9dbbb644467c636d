//! `/oauth2/v1/token`: a code and its verifier become an id token and an access token
//! (RFC 6749, section 4.1.3; RFC 7636, section 4.6; OpenID Connect Core 1.0, section 3.1.3).

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::{People, Shared};
use super::client::{self, Credentials};
use super::grants::{Grant, TOKEN_FOR};
use super::{service, userinfo};
use crate::org::Org;

/// Forms of clients are short.
const MAX_FORM: usize = 64 << 10;

#[derive(Deserialize)]
pub struct Redemption {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    pub(super) client_assertion_type: Option<String>,
    pub(super) client_assertion: Option<String>,
    pub(super) scope: Option<String>,
}

/// A refusal in the words of RFC 6749, section 5.2.
struct Refusal(&'static str, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error, description) = self;
        let body = Json(json!({"error": error, "error_description": description}));
        if error == "invalid_client" {
            let challenge = [(header::WWW_AUTHENTICATE, "Basic")];
            return (StatusCode::UNAUTHORIZED, challenge, body).into_response();
        }
        (StatusCode::BAD_REQUEST, body).into_response()
    }
}

pub async fn redeem(State(people): Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_FORM).await.unwrap_or_default();
    let form = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let Ok(Form(form)) = Form::<Redemption>::from_request(form, &()).await else {
        return Refusal("invalid_request", "The body is not a form, or names a field twice.")
            .into_response();
    };
    if form.grant_type.as_deref() == Some("client_credentials") {
        return service::redeem(&people.sim, parts, body, form).await;
    }
    match tokens(&people, &parts.headers, &form) {
        Ok(body) => ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn tokens(people: &People, headers: &HeaderMap, form: &Redemption) -> Result<Value, Refusal> {
    let (id, secret) = (form.client_id.as_deref(), form.client_secret.as_deref());
    let credentials =
        Credentials::read(headers, id, secret).map_err(|text| Refusal("invalid_client", text))?;
    check_client(&people.sim.org(), &credentials)?;
    if form.grant_type.as_deref() != Some("authorization_code") {
        return Err(Refusal("unsupported_grant_type", "The grant type is not supported."));
    }
    let Some(code) = form.code.as_deref() else {
        return Err(Refusal("invalid_request", "The token request must specify a 'code'."));
    };
    let now = people.sim.now();
    let gone = Refusal("invalid_grant", "The authorization code is invalid or has expired.");
    let grant = people.grants.look_at_code(code, now);
    let Some(grant) = grant.filter(|grant| grant.client_id == credentials.client_id) else {
        return Err(gone);
    };
    if form.redirect_uri.as_deref() != Some(grant.redirect_uri.as_str()) {
        let text = "The 'redirect_uri' does not match the redirection URI used in the \
                    authorization request.";
        return Err(Refusal("invalid_grant", text));
    }
    if !proves(form.code_verifier.as_deref().unwrap_or_default(), &grant.code_challenge) {
        return Err(Refusal("invalid_grant", "PKCE verification failed."));
    }
    let ended_before = match people.sim.org().user(&grant.user) {
        Ok(user) if user.status.keeps_sessions() => user.tokens_ended,
        _ => return Err(Refusal("invalid_grant", "The user is not active.")),
    };
    let access_token = people.grants.redeem(code, ended_before, now).ok_or(gone)?;
    let claims = claims(&people.sim.org(), &grant, &access_token, now);
    let id_token = people.sim.key().sign(&claims).map_err(|error| {
        tracing::error!(%error, "sign an id token");
        Refusal("server_error", "The id token could not be signed.")
    })?;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": TOKEN_FOR.as_secs(),
        "access_token": access_token,
        "scope": grant.scopes.join(" "),
        "id_token": id_token,
    }))
}

fn check_client(org: &Org, credentials: &Credentials) -> Result<(), Refusal> {
    let Some((_, registered)) = client::find(org, &credentials.client_id) else {
        return Err(Refusal("invalid_client", "Invalid value for 'client_id' parameter."));
    };
    if credentials.fit(registered) {
        return Ok(());
    }
    let text = "The client secret supplied for a confidential client is invalid.";
    Err(Refusal("invalid_client", text))
}

/// RFC 7636, section 4.6. The verifier's own form is checked too: 43 to 128 unreserved characters.
fn proves(verifier: &str, challenge: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (43..=128).contains(&verifier.len())
        && verifier.chars().all(unreserved)
        && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}

fn claims(org: &Org, grant: &Grant, access_token: &str, now: Timestamp) -> Map<String, Value> {
    let mut claims = userinfo::claims(org, &grant.user, &grant.scopes);
    let own = json!({
        "ver": 1,
        "iss": org.base_url,
        "aud": grant.client_id,
        "iat": now.as_second(),
        "exp": now.as_second() + TOKEN_FOR.as_secs(),
        "jti": format!("ID.{}", super::super::secret()),
        "amr": if grant.second_factor { json!(["mfa", "otp", "pwd"]) } else { json!(["pwd"]) },
        "idp": org.id,
        "auth_time": grant.auth_time.as_second(),
        "at_hash": half_hash(access_token),
    });
    if let Value::Object(own) = own {
        claims.extend(own);
    }
    // Okta says it where the request asked for it.
    if let Some(acr) = grant.acr {
        claims.insert("acr".to_owned(), acr.into());
    }
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), nonce.as_str().into());
    }
    let wanted = client::find(org, &grant.client_id).and_then(|(_, it)| it.groups_claim.clone());
    if let Some(name) = wanted
        && grant.scopes.iter().any(|scope| scope == "groups")
    {
        let groups = org.groups_of_user(&grant.user).map(|group| group.name.as_str());
        claims.insert(name, groups.collect::<Vec<_>>().into());
    }
    claims
}

/// The left half of the hash (OpenID Connect Core 1.0, section 3.1.3.6).
fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
}
