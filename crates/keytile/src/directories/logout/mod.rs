//! The directory has somebody signed out everywhere, by one of two ways: a request of its own (Global Token Revocation,
//! draft-parecki-oauth-global-token-revocation) and a security event (CAEP session-revoked in a SET, RFC 8417 and 8935).
//! Both are signed by the issuer of the ID tokens. Sessions end and nothing else: what is shared stays.

pub mod http;
mod store;
mod subject;

use jiff::SignedDuration;
use model::access::{Action, Actor, permit};
use model::{DirectoryId, MemberId, Timestamp};
use seal::token;
use serde_json::{Map, Value, json};

use super::{Directory, everywhere, store as directories};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::apikeys;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications;
use crate::signin;
use crate::signin::oidc::Providers;
use crate::signin::signed::{self, Expected, Flaw, Signed};

pub use subject::Subject;

/// The `typ` of a request to sign somebody out.
const REQUEST: &str = "global-token-revocation+jwt";
/// The `typ` of a security event (RFC 8417, section 2.3).
const EVENT: &str = "secevent+jwt";
/// A request is good for five minutes; more, and somebody kept it.
const REQUEST_LASTS: SignedDuration = SignedDuration::from_mins(5);
/// A stream repeats what was not heard, for a while.
const EVENT_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The event that ends sessions (CAEP 1.0, section 3.1).
const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// Where a directory asks for somebody to be signed out.
pub fn request_url(app: &App, directory: DirectoryId) -> String {
    format!("{}/universal-logout/{directory}", app.config.origin())
}

/// Where a directory's stream of security events goes.
pub fn stream_url(app: &App, directory: DirectoryId) -> String {
    format!("{}/ssf/{directory}", app.config.origin())
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Their sessions have ended.
    SignedOut,
    /// Nobody of ours.
    Nobody,
    /// The token was used before.
    Replayed,
}

/// Why a request is refused.
enum Refused {
    /// What it says of itself.
    Token(Flaw),
    /// It is signed, and for another client of the same issuer.
    Client,
    /// Whom it is about cannot be read.
    Subject,
    /// We failed.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        Self::Token(flaw)
    }
}

/// The directory with this id, where people sign in by it.
async fn find(app: &App, id: DirectoryId) -> Result<(Directory, String)> {
    let found = directories::find_by_id(&mut app.db.read().await?, id).await?;
    let directory = found.ok_or(Error::NotFound)?;
    let issuer = directory.issuer.clone().ok_or(Error::NotFound)?;
    Ok((directory, issuer))
}

/// The issuer wants somebody signed out.
async fn request(
    app: &App,
    providers: &Providers,
    id: DirectoryId,
    token: &str,
    body: &[u8],
) -> std::result::Result<Done, Refused> {
    let (directory, issuer) = find(app, id).await?;
    let audiences = [request_url(app, id)];
    let expected = Expected {
        kind: REQUEST,
        issuer: &issuer,
        audiences: &audiences,
        ends: true,
        oldest: REQUEST_LASTS,
    };
    let signed = signed::verify(app, providers, token, &expected).await?;
    // The same issuer signs for its other apps: this one must be about us.
    let client = signed.claims.get("sub").and_then(Value::as_str);
    if client.is_none() || client != directory.client_id.as_deref() {
        return Err(Refused::Client);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refused::Subject)?;
    let named = body.get("sub_id").or_else(|| body.get("subject"));
    let subject = named.and_then(Subject::read).ok_or(Refused::Subject)?;
    Ok(sign_out(app, &directory, &issuer, signed, subject).await?)
}

/// The issuer's stream tells of something.
async fn event(
    app: &App,
    providers: &Providers,
    id: DirectoryId,
    token: &str,
) -> std::result::Result<Option<Done>, Refused> {
    let (directory, issuer) = find(app, id).await?;
    // Whom a stream is for is the transmitter's to say: this server, or the address that it was given.
    let origin = app.config.origin();
    let audiences = [stream_url(app, id), format!("{origin}/"), origin];
    let expected = Expected {
        kind: EVENT,
        issuer: &issuer,
        audiences: &audiences,
        ends: false,
        oldest: EVENT_LASTS,
    };
    let signed = signed::verify(app, providers, token, &expected).await?;
    let events = signed.claims.get("events").and_then(Value::as_object);
    let events = events.filter(|events| !events.is_empty()).ok_or(Refused::Subject)?;
    let Some(revoked) = events.get(SESSION_REVOKED) else {
        heard(app, &directory).await?;
        return Ok(None);
    };
    let subject = subject_of(&signed.claims, revoked).ok_or(Refused::Subject)?;
    let done = sign_out(app, &directory, &issuer, signed, subject).await?;
    heard(app, &directory).await?;
    Ok(Some(done))
}

/// The subject stands beside the events today, and stood within them in earlier drafts.
fn subject_of(claims: &Map<String, Value>, event: &Value) -> Option<Subject> {
    let named = claims.get("sub_id").or_else(|| event.get("subject"))?;
    Subject::read(named)
}

/// Ends the sessions of the subject, unless the token was used before.
async fn sign_out(
    app: &App,
    directory: &Directory,
    issuer: &str,
    signed: Signed,
    subject: Subject,
) -> Result<Done> {
    let (directory, workspace, issuer) = (directory.id, directory.workspace, issuer.to_owned());
    let mut by = By::process(app, workspace, "logout");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let hash = token::hash(&signed.id);
                store::forget_tokens(tx, by.now).await?;
                if !store::is_new(tx, &by, directory, &hash, signed.until).await? {
                    return Ok(Done::Replayed);
                }
                let Some(member) = store::find(tx, directory, &issuer, &subject).await? else {
                    return Ok(Done::Nobody);
                };
                end(tx, &mut by, directory, member).await?;
                Ok(Done::SignedOut)
            })
        })
        .await
}

async fn end(tx: &mut Tx, by: &mut By, directory: DirectoryId, member: MemberId) -> Result<()> {
    let ended = signin::end_all(tx, by, member).await?;
    apikeys::revoke_of(tx, by, member).await?;
    store::note_logout(tx, by, directory, member).await?;
    let event = Event::new("session.universal_logout").member(member);
    activity::record(tx, by, event.detail(json!({ "ended": ended }))).await?;
    let text = "Okta ended all your sessions here, and your API key if you had one. If you did not expect that, ask an admin.";
    notifications::tell(tx, by, member, "info", text, router::PROFILE).await
}

async fn heard(app: &App, directory: &Directory) -> Result<()> {
    let (id, workspace, now) = (directory.id, directory.workspace, app.now());
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move { Ok(store::note_stream(tx, id, now).await?) })
        })
        .await
}

/// When each way was last used.
#[derive(Debug, Clone, Default)]
pub struct Last {
    /// When somebody was last signed out, and who.
    pub logout: Option<(Timestamp, String)>,
    /// When the stream was last heard.
    pub stream_at: Option<Timestamp>,
}

/// When each way was last used, for those who may see it.
pub async fn last(app: &App, actor: &Actor) -> Result<Last> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    Ok(store::last(&mut app.db.read().await?, workspace).await?)
}
