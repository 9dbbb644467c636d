//! The wire between the client and Okta: one request out, one answer back, or why none came.
//!
//! The product's is [`Guarded`]: no redirect, no retry, no answer longer than 10 MB. A simulation
//! puts an org of its own behind the same trait and runs the real client without a socket.

use super::guard::{Guard, Refused, Unresolved};
use http::{HeaderMap, Request, StatusCode};
use std::error::Error as StdError;
use std::pin::Pin;

/// No answer of Okta that we ask for is nearly as long.
const LONGEST_BODY: usize = 10 * 1024 * 1024;

/// What [`Wire::send`] gives: boxed, so that a wire can be chosen while the program runs.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, NoAnswer>> + Send + 'a>>;

/// Sends one request, once.
///
/// An implementation never repeats a request and never follows a redirect, and it needs neither a
/// timer nor a second thread of its caller.
pub trait Wire: Send + Sync + 'static {
    /// Sends `request`, whose URI is absolute, and reads the answer to its end.
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_>;
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, with Okta's limits among them.
    pub headers: HeaderMap,
    /// The whole body, or how it ended too early: the status is known even then.
    pub body: Result<Vec<u8>, String>,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// What failed.
    pub kind: NoAnswerKind,
    /// Okta may have seen the request.
    pub was_sent: bool,
    /// What happened, with its causes, for operators.
    pub detail: String,
}

/// The ways in which a connection fails that an admin can put right, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswerKind {
    /// The name leads into a private network (T13).
    PrivateAddress,
    /// The name leads nowhere.
    NoSuchHost,
    /// No trustworthy encrypted connection.
    Tls,
    /// Anything else.
    Other,
}

/// The guarded HTTP client as a wire.
#[derive(Clone, Debug)]
pub struct Guarded(reqwest::Client);

impl Guarded {
    /// A wire that reaches the hosts that `guard` allows.
    pub fn new(guard: &Guard) -> Self {
        Self(guard.client())
    }
}

impl Wire for Guarded {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|error| describe(&error))?;
            let response = self.0.execute(request).await.map_err(|error| describe(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok(Reply { status, headers, body: read(response).await })
        })
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| causes(&error))? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err("the answer is longer than 10 MB".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn describe(error: &reqwest::Error) -> NoAnswer {
    let detail = causes(error);
    let kind = if chain(error).any(<dyn StdError>::is::<Refused>) {
        NoAnswerKind::PrivateAddress
    } else if chain(error).any(<dyn StdError>::is::<Unresolved>) {
        NoAnswerKind::NoSuchHost
    } else if error.is_connect() && is_tls(&detail) {
        NoAnswerKind::Tls
    } else {
        NoAnswerKind::Other
    };
    // Only a connection that never stood proves that Okta saw nothing.
    NoAnswer { kind, was_sent: !(error.is_connect() || error.is_builder()), detail }
}

/// rustls' errors arrive as text inside an I/O error.
fn is_tls(detail: &str) -> bool {
    ["certificate", "tls", "handshake", "fatal alert", "corrupt message"]
        .iter()
        .any(|sign| detail.to_ascii_lowercase().contains(sign))
}

/// An error and its causes in one line.
fn causes(error: &(dyn StdError + 'static)) -> String {
    chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        next = this.source();
        Some(this)
    })
}
