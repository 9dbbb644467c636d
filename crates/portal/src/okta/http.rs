//! One request to Okta, once: sent, counted, recorded, and read to its end or not at all.
//!
//! What an answer means is `answer.rs`. Nothing here repeats a request.

use super::allow::Exchange;
use super::answer::{self, Answer};
use super::guard::{Guard, Refused, Unresolved};
use super::limits::{Bucket, Rate, Slot};
use super::misconfigured::Misconfigured;
use crate::{Clock, Error};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LINK};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::error::Error as StdError;
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// Is told of every request that was sent.
pub type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// No answer of Okta that we ask for is nearly as long.
const LONGEST_BODY: usize = 10 * 1024 * 1024;

/// What to send.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// The right that this needs, as "cannot …" in a sentence for an admin.
    pub(crate) right: &'static str,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>, right: &'static str) -> Self {
        Self { method: Method::GET, path: path.into(), body: None, right }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        Bucket::of(&self.method, &self.path)
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// Why no answer came.
pub(crate) struct NoAnswer {
    kind: Kind,
    /// Okta may have seen the request.
    was_sent: bool,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    PrivateAddress,
    NoSuchHost,
    Tls,
    Other,
}

impl NoAnswer {
    /// During a sync, names and certificates fail for a while too: only a private address is final.
    fn into_error(self, call: &Call) -> Error {
        match self.kind {
            Kind::PrivateAddress => Error::misconfigured(Misconfigured::PrivateAddress),
            Kind::NoSuchHost | Kind::Tls | Kind::Other => Error::Unavailable {
                detail: self.detail,
                unknown_outcome: self.was_sent && call.is_write(),
            },
        }
    }

    /// While an admin sets the connection up, a bad name or certificate is what to put right.
    pub(crate) fn into_setup_error(self, call: &Call) -> Error {
        match self.kind {
            Kind::NoSuchHost => Error::misconfigured(Misconfigured::NoSuchHost),
            Kind::Tls => Error::misconfigured(Misconfigured::Tls),
            Kind::PrivateAddress | Kind::Other => self.into_error(call),
        }
    }
}

pub(crate) struct Http {
    client: reqwest::Client,
    domain: Url,
    token: Zeroizing<String>,
    recorder: Option<Recorder>,
}

impl Http {
    pub(crate) fn new(guard: &Guard, domain: Url, token: String) -> Self {
        Self { client: guard.client(), domain, token: Zeroizing::new(token), recorder: None }
    }

    pub(crate) fn record_with(&mut self, recorder: Recorder) {
        self.recorder = Some(recorder);
    }

    pub(crate) fn domain(&self) -> &Url {
        &self.domain
    }

    /// Sends `call` and reads a good answer.
    pub(crate) async fn send(
        &self,
        slot: &mut Slot,
        call: &Call,
        now_fn: Clock<'_>,
    ) -> Result<Answer, Error> {
        match self.exchange(slot, call, now_fn).await {
            Ok(answer) => answer::judge(answer, call, slot, now_fn()),
            Err(no_answer) => Err(no_answer.into_error(call)),
        }
    }

    /// Sends `call` and reads any answer. The slot is settled, except after a 429.
    pub(crate) async fn exchange(
        &self,
        slot: &mut Slot,
        call: &Call,
        now_fn: Clock<'_>,
    ) -> Result<Answer, NoAnswer> {
        debug_assert_eq!(slot.bucket(), call.bucket(), "room is reserved in the call's own bucket");
        slot.sent(now_fn());
        let response = match self.request(call).send().await {
            Ok(response) => response,
            Err(error) => {
                let no_answer = describe(&error, call);
                if no_answer.was_sent {
                    slot.lost(now_fn());
                } else {
                    slot.unsent(now_fn());
                }
                self.record(call, None, None);
                return Err(no_answer);
            }
        };
        let status = response.status();
        let headers = response.headers();
        let rate = Rate::from_headers(headers);
        let request_id = text(headers, "x-okta-request-id");
        let next = next_link(headers);
        if status != StatusCode::TOO_MANY_REQUESTS {
            slot.answered(rate, now_fn());
        }
        self.record(call, Some(status), request_id.clone());
        let body = match read(response).await {
            Ok(body) => body,
            // The status alone is enough to know that a 429 did nothing.
            Err(_) if status == StatusCode::TOO_MANY_REQUESTS => Vec::new(),
            Err(detail) => {
                let detail = format!("{} {}: {detail}", call.method, call.path);
                return Err(NoAnswer { kind: Kind::Other, was_sent: true, detail });
            }
        };
        Ok(Answer { status, body, next, rate, request_id })
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let mut url = self.domain.clone();
        let (path, query) = match call.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.path.as_str(), None),
        };
        url.set_path(path);
        url.set_query(query);
        let mut request =
            self.client.request(call.method.clone(), url).header(ACCEPT, "application/json");
        // The organisation's description is public: who only asks for it needs no token.
        if call.bucket() != Bucket::Public {
            request = request.header(AUTHORIZATION, self.authorization());
        }
        match &call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    fn authorization(&self) -> HeaderValue {
        let text = Zeroizing::new(format!("SSWS {}", *self.token));
        // A token that is no header value is refused by Okta like any other wrong token.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("SSWS ?"));
        value.set_sensitive(true);
        value
    }

    fn record(&self, call: &Call, status: Option<StatusCode>, request_id: Option<String>) {
        let status = status.map(|status| status.as_u16());
        tracing::debug!(method = %call.method, path = %call.path, status, request_id, "called Okta");
        if let Some(recorder) = &self.recorder {
            recorder(&Exchange {
                method: call.method.to_string(),
                path: call.path.clone(),
                status,
                request_id,
                body_sent: call.body.clone(),
            });
        }
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

fn describe(error: &reqwest::Error, call: &Call) -> NoAnswer {
    let detail = format!("{} {}: {}", call.method, call.path, causes(error));
    let kind = if chain(error).any(<dyn StdError>::is::<Refused>) {
        Kind::PrivateAddress
    } else if chain(error).any(<dyn StdError>::is::<Unresolved>) {
        Kind::NoSuchHost
    } else if error.is_connect() && is_tls(&detail) {
        Kind::Tls
    } else {
        Kind::Other
    };
    // Only a connection that never stood proves that Okta saw nothing.
    let was_sent = !(error.is_connect() || error.is_builder());
    NoAnswer { kind, was_sent, detail }
}

/// rustls' errors arrive as text inside an I/O error.
fn is_tls(detail: &str) -> bool {
    ["certificate", "tls", "handshake", "fatal alert", "corrupt message"]
        .iter()
        .any(|sign| detail.to_ascii_lowercase().contains(sign))
}

/// An error and its causes in one line, without the URL: its path is named already.
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

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The `rel="next"` of RFC 8288 links, which Okta sends as one header line each.
fn next_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok()).find_map(|line| {
        line.split(", ").find_map(|link| {
            let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            parameters.contains(r#"rel="next""#).then(|| target.to_owned())
        })
    })
}
