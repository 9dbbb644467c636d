//! OpenID Connect towards the directory's identity provider: discovery, the way there, and what the ID token says.
//! Who that is here, and whether they may come in, is decided in `mod.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Uri;
use jiff::SignedDuration;
use model::Timestamp;
use model::secret::Secret;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, SignatureVerificationError, TokenResponse as _,
};
use portal::Misconfigured;
use url::Url;

use crate::app::App;

/// The path that the identity provider sends people back to; it is registered there.
pub const CALLBACK: &str = "/sign-in/callback";

/// Metadata and keys are read again after this long.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Where somebody is sent on with metadata older than this, it is looked meanwhile whether the provider still answers.
const LOOK_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// An unknown key asks for the keys again, but not more often than this.
pub(super) const REREAD_AFTER: SignedDuration = SignedDuration::from_mins(1);
const LARGEST_ANSWER: usize = 512 * 1024;

/// Why nobody was signed in. The words are for people; the source is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No issuer or client is configured.
    #[error(
        "Sign-in with Okta is not set up in this workspace. Its owner can do that in the settings."
    )]
    NotSetUp,
    /// The provider did not answer, or not as a provider does.
    #[error("Okta could not be reached. Try again in a minute; if it persists, tell an admin.")]
    Unreachable(#[source] Cause),
    /// The provider refused the code: it was used, too old, or the client secret is wrong.
    #[error(
        "Okta did not accept the sign-in. Try again; if it persists, an admin should check the client secret in the settings."
    )]
    Refused(#[source] Cause),
    /// The ID token is not what we asked for (T6).
    #[error(
        "Okta’s answer could not be verified, so you were not signed in. Try again, and tell an admin if it persists."
    )]
    Distrusted(#[source] Cause),
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How people of one workspace sign in.
pub struct Registration {
    /// The issuer, without a trailing slash.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there.
    pub client_secret: Option<Secret<String>>,
}

/// How much the provider should ask of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Nothing: answer at once, or say `login_required`.
    Nothing,
    /// What it thinks right.
    AsUsual,
    /// To sign in again, as whomever they like.
    Anew,
    /// To prove that it is them, now (C41).
    Proof,
    /// To sign in again where they did so too long ago or too weakly.
    StepUp {
        /// How long ago at most.
        max_age: Option<Duration>,
        /// One of these classes, separated by spaces.
        acr_values: Option<String>,
    },
}

/// What only this sign-in knows.
pub struct Secrets {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// PKCE's verifier.
    pub verifier: String,
}

/// What a valid ID token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The person's immutable id at the issuer.
    pub subject: String,
    /// When they last proved who they are, there.
    pub authenticated_at: Option<Timestamp>,
    /// How strong the provider says that this was.
    pub acr: Option<String>,
}

/// What providers say about themselves, by issuer. Cheap to clone.
#[derive(Clone, Default)]
pub struct Providers(Arc<Mutex<HashMap<String, Known>>>);

#[derive(Clone)]
struct Known {
    metadata: CoreProviderMetadata,
    read_at: Timestamp,
    /// A look is under way.
    is_looked_at: bool,
    /// The last look got no answer.
    is_doubtful: bool,
}

impl Providers {
    /// Where to send the browser (OpenID Connect Core, section 3.1.2.1).
    pub async fn authorize_url(
        &self,
        app: &App,
        to: &Registration,
        secrets: &Secrets,
        ask: Ask,
    ) -> Result<Url, Trouble> {
        let metadata = self.reachable(app, &to.issuer).await?;
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(to.client_id.clone()), None)
                .set_redirect_uri(redirect_url(app));
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".into()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let request = match ask {
            Ask::Nothing => request.add_prompt(CoreAuthPrompt::None),
            Ask::AsUsual => request,
            Ask::Anew => request.add_prompt(CoreAuthPrompt::Login),
            Ask::Proof => request.set_max_age(Duration::ZERO),
            Ask::StepUp { max_age, acr_values } => {
                let classes = acr_values.unwrap_or_default();
                let request = classes.split_whitespace().fold(request, |request, class| {
                    request.add_auth_context_value(AuthenticationContextClass::new(class.into()))
                });
                match max_age {
                    Some(max_age) => request.set_max_age(max_age),
                    None => request,
                }
            }
        };
        Ok(request.url().0)
    }

    /// Redeems the code and verifies the ID token: signature by the issuer's key with RS256, issuer, audience, nonce
    /// and expiry (OpenID Connect Core, section 3.1.3.7).
    pub async fn redeem(
        &self,
        app: &App,
        to: &Registration,
        code: String,
        verifier: String,
        nonce: String,
    ) -> Result<Identified, Trouble> {
        let metadata = self.metadata(app, &to.issuer, KEPT_FOR).await?;
        let secret = to.client_secret.as_ref().map(|s| ClientSecret::new(s.expose().clone()));
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(to.client_id.clone()),
            secret,
        )
        .set_redirect_uri(redirect_url(app));
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| Trouble::Unreachable(e.into()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&|request| send(app.clone(), request))
            .await
            .map_err(|e| match e {
                openidconnect::RequestTokenError::Request(e) => Trouble::Unreachable(e.into()),
                other => Trouble::Refused(other.to_string().into()),
            })?;
        let token = answer
            .id_token()
            .ok_or_else(|| Trouble::Distrusted("the answer holds no ID token".into()))?;
        let nonce = Nonce::new(nonce);
        match verify(app, to, &metadata, token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have changed its keys since we read them.
                let fresh = self.metadata(app, &to.issuer, REREAD_AFTER).await?;
                verify(app, to, &fresh, token, &nonce)
            }
            verified => verified,
        }
        .map_err(|e| Trouble::Distrusted(e.into()))
    }

    /// What an issuer says about itself, for somebody who is about to be sent there. What is kept serves at once; where it is
    /// not of this minute, the issuer is looked at meanwhile. Where that got no answer, it is asked before anybody else goes:
    /// a browser that is sent to a provider that is down does not come back, and no page of ours offers another way.
    async fn reachable(&self, app: &App, issuer: &str) -> Result<CoreProviderMetadata, Trouble> {
        let Some((metadata, looks)) = self.trusted(issuer, app.now()) else {
            return self.read(app, issuer).await;
        };
        if looks {
            // Off the way of the answer; the client's limits end it.
            tokio::spawn(look(self.clone(), app.clone(), issuer.to_owned()));
        }
        Ok(metadata)
    }

    /// What is kept of an issuer that nobody doubts, and whether the caller now has to look at it.
    fn trusted(&self, issuer: &str, now: Timestamp) -> Option<(CoreProviderMetadata, bool)> {
        let mut all = self.all();
        let known = all.get_mut(issuer)?;
        let age = now.duration_since(known.read_at);
        if known.is_doubtful || age >= KEPT_FOR {
            return None;
        }
        let looks = age >= LOOK_AFTER && !known.is_looked_at;
        known.is_looked_at |= looks;
        Some((known.metadata.clone(), looks))
    }

    /// What an issuer says about itself, no older than this.
    pub(super) async fn metadata(
        &self,
        app: &App,
        issuer: &str,
        max_age: SignedDuration,
    ) -> Result<CoreProviderMetadata, Trouble> {
        let now = app.now();
        if let Some(known) = self.known(issuer)
            && now.duration_since(known.read_at) < max_age
        {
            return Ok(known.metadata);
        }
        self.read(app, issuer).await
    }

    /// Asks an issuer about itself, and keeps the answer.
    async fn read(&self, app: &App, issuer: &str) -> Result<CoreProviderMetadata, Trouble> {
        let now = app.now();
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|e| Trouble::Unreachable(e.into()))?;
        let metadata =
            CoreProviderMetadata::discover_async(url, &|request| send(app.clone(), request))
                .await
                .map_err(|e| Trouble::Unreachable(e.into()))?;
        if !stays_at(issuer, &metadata) {
            let why = format!("an endpoint of {issuer} is at another host");
            return Err(Trouble::Distrusted(why.into()));
        }
        let known = Known {
            metadata: metadata.clone(),
            read_at: now,
            is_looked_at: false,
            is_doubtful: false,
        };
        self.all().insert(issuer.to_owned(), known);
        Ok(metadata)
    }

    fn known(&self, issuer: &str) -> Option<Known> {
        self.all().get(issuer).cloned()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks whether an issuer still answers: one look at a time.
async fn look(providers: Providers, app: App, issuer: String) {
    if let Err(trouble) = providers.read(&app, &issuer).await {
        tracing::warn!(issuer, "people are sent to sign in where nobody answers: {trouble}");
        if let Some(known) = providers.all().get_mut(&issuer) {
            known.is_looked_at = false;
            known.is_doubtful = true;
        }
    }
}

type Token = openidconnect::core::CoreIdToken;
type Flaw = ClaimsVerificationError;

fn verify(
    app: &App,
    to: &Registration,
    metadata: &CoreProviderMetadata,
    token: &Token,
    nonce: &Nonce,
) -> Result<Identified, Flaw> {
    let now = app.now();
    let client_id = ClientId::new(to.client_id.clone());
    let client = CoreClient::from_provider_metadata(metadata.clone(), client_id.clone(), None);
    let verifier = client
        .id_token_verifier()
        // One algorithm: neither `none` nor a MAC under a public key can be asked for.
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
        .set_time_fn(move || now.to_string().parse().expect("a timestamp prints as RFC 3339"));
    let claims = token.claims(&verifier, nonce)?;
    if claims.authorized_party().is_some_and(|party| *party != client_id) {
        return Err(Flaw::Unsupported("the token was issued to another client (azp)".into()));
    }
    let authenticated_at =
        claims.auth_time().and_then(|at| Timestamp::from_second(at.timestamp()).ok());
    let acr = claims.auth_context_ref().map(|class| class.to_string());
    Ok(Identified { subject: claims.subject().to_string(), authenticated_at, acr })
}

/// An org answers for itself alone: an endpoint elsewhere would be an identity provider mix-up (ASVS 10.2.2).
fn stays_at(issuer: &str, metadata: &CoreProviderMetadata) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    let home = origin(issuer);
    home.is_some()
        && origin(metadata.authorization_endpoint().as_str()) == home
        && origin(metadata.jwks_uri().as_str()) == home
        && metadata.token_endpoint().is_some_and(|url| origin(url.as_str()) == home)
}

fn redirect_url(app: &App) -> RedirectUrl {
    RedirectUrl::new(format!("{}{CALLBACK}", app.config.origin()))
        .expect("an origin and a path are a URL")
}

/// Why a request to the provider failed.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("{0} may not be asked: {1}")]
    Forbidden(Uri, Misconfigured),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
    #[error(transparent)]
    Answer(#[from] http::Error),
}

/// Sends by the guarded client, which follows no redirects and reaches no private address.
async fn send(app: App, request: HttpRequest) -> Result<HttpResponse, Unsent> {
    let uri = request.uri().clone();
    app.guard.check(&uri.to_string()).map_err(|why| Unsent::Forbidden(uri, why))?;
    let mut answer = app.guard.client().execute(request.try_into()?).await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER {
            return Err(Unsent::TooLarge);
        }
    }
    Ok(response.body(body)?)
}
